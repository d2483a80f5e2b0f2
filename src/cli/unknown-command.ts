/**
 * What somebody meant who typed a command that there is not.
 *
 *     delegate-stake   (the solana CLI's word)      escapement says `stake delegate`
 *     stake dele       (the beginning of one)       Did you mean delegate?
 */

/** The solana CLI's commands that have another name here. */
export const solanaCommands: Readonly<Record<string, string>> = {
  "create-stake-account": "stake create",
  "create-stake-account-checked": "stake create",
  "delegate-stake": "stake delegate",
  "deactivate-stake": "stake deactivate",
  "withdraw-stake": "stake withdraw",
  "split-stake": "stake split",
  "merge-stake": "stake merge",
  "stake-authorize": "stake authorize",
  "stake-authorize-checked": "stake authorize",
  "stake-set-lockup": "stake set-lockup",
  "stake-set-lockup-checked": "stake set-lockup",
  "stake-minimum-delegation": "genesis inspect",
  "create-vote-account": "vote create",
  "vote-update-commission": "vote update-commission",
  "vote-update-validator": "vote update-validator",
  "vote-authorize-voter": "vote authorize-voter",
  "vote-authorize-voter-checked": "vote authorize-voter",
  "vote-authorize-withdrawer": "vote authorize-withdrawer",
  "vote-authorize-withdrawer-checked": "vote authorize-withdrawer",
  "withdraw-from-vote-account": "vote withdraw",
  "close-vote-account": "vote close",
  "genesis-hash": "genesis inspect",
  "block-height": "epoch-info",
  epoch: "epoch-info",
  slot: "epoch-info",
  pay: "transfer",
};

/** `names`: the commands there are at this place. Null: there is nothing to suggest. */
export function suggestCommand(word: string, names: readonly string[]): string | null {
  const ours = Object.hasOwn(solanaCommands, word) ? solanaCommands[word] : undefined;
  if (ours !== undefined) return `escapement says \`${ours}\``;
  const begun = word.length < 2 ? [] : names.filter((name) => name.startsWith(word));
  return begun.length === 0 ? null : `Did you mean ${begun.join(" or ")}?`;
}
