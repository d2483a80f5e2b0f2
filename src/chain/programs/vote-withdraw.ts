/**
 * Lamports leave a vote account, in part or altogether.
 *
 *     Withdraw   [0] vote account, written   [1] recipient, written   and the withdrawer signs
 *
 *     balance 27,074,400 + 500, least balance 27,074,400:
 *       500 of them          what is above the least balance may go
 *       27,074,900           all of them: the account is closed and its data cleared
 *       anything between     InsufficientFunds
 *
 * An account that earned credits in this epoch or the last is still voting and is not closed: its delegators' stake would
 * count for nobody. What is pending for delegators stays in any case. Source: Solana's vote program, `withdraw`.
 */
import { rentExemptMinimum } from "../rent.ts";
import type { VoteState } from "../vote-state.ts";
import {
  accountAt,
  addLamports,
  type InstructionContext,
  type InstructionError,
  setData,
  signersOf,
  subtractLamports,
} from "./instruction-context.ts";
import { checkAccounts, checkSigner, readVoteAccount, voteError } from "./vote-account.ts";

export function processWithdraw(context: InstructionContext, lamports: bigint): InstructionError | null {
  const accountsError = checkAccounts(context, 2);
  if (accountsError !== null) return accountsError;
  const read = readVoteAccount(context);
  if (!read.ok) return read.error;
  const signerError = checkSigner(signersOf(context), read.state.authorizedWithdrawer);
  if (signerError !== null) return signerError;
  const rest = accountAt(context, 0).lamports - lamports;
  if (rest < 0n) return "InsufficientFunds";
  const error = rest === 0n ? close(context, read.state) : checkRest(context, read.state, rest);
  return error ?? subtractLamports(context, 0, lamports) ?? addLamports(context, 1, lamports);
}

function checkRest(context: InstructionContext, state: VoteState, rest: bigint): InstructionError | null {
  const minimum = rentExemptMinimum(accountAt(context, 0).data.length, context.env.params);
  return rest < minimum + state.pendingDelegatorRewards ? "InsufficientFunds" : null;
}

function close(context: InstructionContext, state: VoteState): InstructionError | null {
  if (state.pendingDelegatorRewards > 0n) return "InsufficientFunds";
  const lastCredits = state.epochCredits.at(-1);
  // An entry of a later epoch cannot be; it would count as active, as on Solana.
  const isActive = lastCredits !== undefined && context.env.epoch - lastCredits.epoch < 2;
  if (isActive) return voteError("ActiveVoteAccountClose");
  return setData(context, 0, new Uint8Array(accountAt(context, 0).data.length));
}
