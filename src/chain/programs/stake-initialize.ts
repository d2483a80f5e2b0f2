/**
 * The stake program's two ways to make an account a stake account.
 *
 *     Initialize          [0] stake account, written, 200 zero bytes
 *     InitializeChecked   [0] stake account, written  [1] staker  [2] withdrawer, signs      old form: Rent before [1]
 *
 * Source: solana-program/stake, `do_initialize`.
 */
import { rentSysvarAddress } from "../addresses.ts";
import type { Address } from "../ids.ts";
import { type Lockup, noLockup, stakeAccountBytes } from "../stake-account.ts";
import {
  accountAt,
  addressAt,
  checkAccountCount,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
} from "./instruction-context.ts";
import { commitStakeChanges, readStakeState, rentReserveAt, writtenRentReserve } from "./stake-state.ts";

export function processInitialize(
  context: InstructionContext,
  request: { readonly staker: Address; readonly withdrawer: Address; readonly lockup: Lockup },
): InstructionError | null {
  const error = checkAccountCount(context, 1);
  if (error !== null) return error;
  if (accountAt(context, 0).data.length !== stakeAccountBytes) return "InvalidAccountData";
  const read = readStakeState(context, 0);
  if (!read.ok) return read.error;
  if (read.value.type !== "uninitialized") return "InvalidAccountData";
  if (accountAt(context, 0).lamports < rentReserveAt(context, 0)) return "InsufficientFunds";
  const { staker, withdrawer, lockup } = request;
  const meta = { rentReserve: writtenRentReserve, staker, withdrawer, lockup };
  return commitStakeChanges(context, { states: [{ index: 0, state: { type: "initialized", meta } }] });
}

export function processInitializeChecked(context: InstructionContext): InstructionError | null {
  const error = checkAccountCount(context, 2);
  if (error !== null) return error;
  const stakerIndex = addressAt(context, 1) === rentSysvarAddress ? 2 : 1;
  const missing = checkAccountCount(context, stakerIndex + 2);
  if (missing !== null) return missing;
  if (!isSignerAt(context, stakerIndex + 1)) return "MissingRequiredSignature";
  return processInitialize(context, {
    staker: addressAt(context, stakerIndex),
    withdrawer: addressAt(context, stakerIndex + 1),
    lockup: noLockup,
  });
}
