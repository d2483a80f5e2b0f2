/**
 * The stake program's two ways to change a lockup: while it is in force the custodian's to change, afterwards the
 * withdrawer's to set anew. Whoever signs counts, wherever in the list.
 *
 *     SetLockup          [0] stake account, written  [1] custodian or withdrawer, signs
 *     SetLockupChecked   …                           [1] custodian or withdrawer, signs  [2] new custodian?, signs
 *
 * Source: solana-program/stake, `Meta::set_lockup`.
 */
import type { Lockup } from "../stake-account.ts";
import { checkAccountCount, type InstructionContext, type InstructionError, signersOf } from "./instruction-context.ts";
import { custodianAt, isLockupInForce } from "./stake-authority.ts";
import type { LockupChange } from "./stake-instruction.ts";
import { commitStakeChanges, readStakeState } from "./stake-state.ts";

export function processSetLockup(context: InstructionContext, change: LockupChange): InstructionError | null {
  const error = checkAccountCount(context, 1);
  if (error !== null) return error;
  const read = readStakeState(context, 0);
  if (!read.ok) return read.error;
  const state = read.value;
  if (state.type !== "initialized" && state.type !== "delegated") return "InvalidAccountData";
  const { meta } = state;
  const authority = isLockupInForce(meta.lockup, context.env, null) ? meta.lockup.custodian : meta.withdrawer;
  if (!signersOf(context).has(authority)) return "MissingRequiredSignature";
  return commitStakeChanges(context, {
    states: [{ index: 0, state: { ...state, meta: { ...meta, lockup: changeLockup(meta.lockup, change) } } }],
  });
}

export function processSetLockupChecked(
  context: InstructionContext,
  change: Omit<LockupChange, "custodian">,
): InstructionError | null {
  const error = checkAccountCount(context, 1);
  if (error !== null) return error;
  const custodian = custodianAt(context, 2);
  if (!custodian.ok) return custodian.error;
  return processSetLockup(context, { ...change, custodian: custodian.value });
}

function changeLockup(lockup: Lockup, change: LockupChange): Lockup {
  return {
    unixTimestamp: change.unixTimestamp ?? lockup.unixTimestamp,
    epoch: change.epoch ?? lockup.epoch,
    custodian: change.custodian ?? lockup.custodian,
  };
}
