/**
 * A vote, from the message that its voter signed.
 *
 *     message   header | keys: payer, voter, vote account, vote program | blockhash | … TowerSync(vote account, voter) …
 *     vote      vote account, who signs, tower, block id
 *
 * What the ledger and other validators would not take for a vote is none: a tower that nobody can have, two names for one
 * block, more than one vote in a transaction. Votes may come with other instructions, and another may pay for them.
 */
import { concatBytes } from "../../base/bytes.ts";
import { accept } from "../../base/refusal.ts";
import { voteProgramAddress } from "../addresses.ts";
import { checkTower } from "../apply-tower-sync.ts";
import type { Address } from "../ids.ts";
import { parseTransaction, type TransactionLimits } from "../parse-transaction.ts";
import type { Transaction } from "../transaction.ts";
import { decodeVoteInstruction } from "../vote-instruction.ts";
import { malformed, type SlashingOutcome } from "./errors.ts";
import type { ShownTower } from "./lockout-violation.ts";

export type SignedVote = {
  readonly voteAccount: Address;
  /** Accounts of the vote instruction that must sign the message, by index into the account keys. */
  readonly signers: readonly { readonly index: number; readonly address: Address }[];
  readonly tower: ShownTower;
};

/** Of a vote's message, so that any two votes fit into one transaction as evidence: bytes, and account keys. */
export const provableVoteBytesMax = 355;
export const provableVoteKeysMax = 4;

/**
 * Whether the vote can be evidence. A voter who fills his votes up with keys that nobody needs would else vote as he
 * likes; the widest tower, with a voter who pays for himself, takes 352 bytes.
 */
export function isProvableVote({ messageBytes, accountKeys }: Transaction): boolean {
  return messageBytes.length <= provableVoteBytesMax && accountKeys.length <= provableVoteKeysMax;
}

/** The vote in a message, in whose name nobody has checked a signature yet. */
export function readVoteMessage(messageBytes: Uint8Array, limits: TransactionLimits): SlashingOutcome<SignedVote> {
  // The signers' count stands after the version byte, where there is one.
  const signers = messageBytes[messageBytes[0]! >= 0x80 ? 1 : 0] ?? 0;
  const bytes = concatBytes(Uint8Array.of(signers), new Uint8Array(64 * signers), messageBytes);
  const parsed = parseTransaction(bytes, limits);
  return parsed.ok ? readVote(parsed.value) : malformed(`message: ${parsed.code}`);
}

/** The one vote in a transaction. */
export function readVote(transaction: Transaction): SlashingOutcome<SignedVote> {
  const { accountKeys, signerCount } = transaction;
  let vote: SignedVote | null = null;
  for (const { programIndex, accountIndices, data } of transaction.instructions) {
    if (accountKeys[programIndex] !== voteProgramAddress) continue;
    const decoded = decodeVoteInstruction(data);
    if (decoded === null || (decoded.type !== "TowerSync" && decoded.type !== "TowerSyncSwitch")) continue;
    if (vote !== null) return malformed("two votes in one transaction");
    const { root, votes, hash, blockId } = decoded.tower;
    const voteAccount = accountKeys[accountIndices[0] ?? -1];
    if (voteAccount === undefined) return malformed("a vote without an account");
    if (hash !== blockId) return malformed("a vote with two names for its block");
    if (votes.length === 0) return malformed("an empty tower");
    const error = checkTower(votes, root, null);
    if (error !== null) return malformed(`tower: ${error}`);
    const signers = accountIndices.filter((index) => index < signerCount);
    vote = {
      voteAccount,
      signers: signers.map((index) => ({ index, address: accountKeys[index]! })),
      tower: { root, votes, blockId },
    };
  }
  return vote === null ? malformed("no vote in the transaction") : accept(vote);
}
