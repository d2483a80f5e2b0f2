/**
 * Who may do what with a stake account, and until when it is locked.
 *
 *     old form   [stake] [Clock] [authority] [custodian]      who signs counts, wherever in the list
 *     new form   [stake] [authority, signs] [custodian]
 *
 * Clients of before 2026 put sysvar accounts into the list, newer ones do not. What stands in the place of the first
 * sysvar decides which form it is; what the sysvars hold is known without them.
 *
 * Source: solana-program/stake, program/src/processor.rs; interface/src/state.rs (`Lockup`, `Authorized`).
 */
import { clockSysvarAddress } from "../addresses.ts";
import type { ExecutionEnv } from "../execution.ts";
import type { Address } from "../ids.ts";
import type { Lockup, StakeMeta } from "../stake-account.ts";
import {
  addressAt,
  checkAccountCount,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
} from "./instruction-context.ts";
import { stakeError } from "./stake-errors.ts";
import type { StakeAuthority } from "./stake-instruction.ts";
import { type Answer, answer, fail } from "./stake-state.ts";

/**
 * The index after the authority that stands at `index`, where it must have signed. A list of the old form has the Clock
 * there, and `oldFormAccounts` accounts with it, one of which may be the authority.
 */
export function passAuthority(context: InstructionContext, index: number, oldFormAccounts: number): Answer<number> {
  const missing = checkAccountCount(context, index + 1);
  if (missing !== null) return fail(missing);
  if (addressAt(context, index) !== clockSysvarAddress) {
    return isSignerAt(context, index) ? answer(index + 1) : fail("MissingRequiredSignature");
  }
  const error = checkAccountCount(context, index + oldFormAccounts);
  return error === null ? answer(index + oldFormAccounts) : fail(error);
}

/** The custodian at `index` if it signed; anything else there is passed over. */
export function signingCustodianAt(context: InstructionContext, index: number): Address | null {
  const isThere = index < context.accountIndices.length && isSignerAt(context, index);
  return isThere ? addressAt(context, index) : null;
}

/** The custodian at `index`, which must sign if it is there at all. */
export function custodianAt(context: InstructionContext, index: number): Answer<Address | null> {
  if (index >= context.accountIndices.length) return answer(null);
  return isSignerAt(context, index) ? answer(addressAt(context, index)) : fail("MissingRequiredSignature");
}

export function checkStaker(meta: StakeMeta, signers: ReadonlySet<Address>): InstructionError | null {
  return signers.has(meta.staker) ? null : "MissingRequiredSignature";
}

export function checkWithdrawer(meta: StakeMeta, signers: ReadonlySet<Address>): InstructionError | null {
  return signers.has(meta.withdrawer) ? null : "MissingRequiredSignature";
}

/** Both the time and the epoch must have come, unless the custodian agrees. */
export function isLockupInForce(
  lockup: Lockup,
  { unixTimestamp, epoch }: Pick<ExecutionEnv, "unixTimestamp" | "epoch">,
  custodian: Address | null,
): boolean {
  if (custodian === lockup.custodian) return false;
  return lockup.unixTimestamp > unixTimestamp || lockup.epoch > BigInt(epoch);
}

/**
 * The meta with another authority. The staker and the withdrawer may name the staker; only the withdrawer names the
 * withdrawer, and under a lockup only together with the custodian.
 */
export function replaceAuthority(
  meta: StakeMeta,
  change: { readonly kind: StakeAuthority; readonly newAuthority: Address; readonly custodian: Address | null },
  signers: ReadonlySet<Address>,
  env: Pick<ExecutionEnv, "unixTimestamp" | "epoch">,
): Answer<StakeMeta> {
  if (change.kind === "Staker") {
    if (checkStaker(meta, signers) !== null && checkWithdrawer(meta, signers) !== null) {
      return fail("MissingRequiredSignature");
    }
    return answer({ ...meta, staker: change.newAuthority });
  }
  if (isLockupInForce(meta.lockup, env, null)) {
    if (change.custodian === null) return fail(stakeError("CustodianMissing"));
    if (!signers.has(change.custodian)) return fail(stakeError("CustodianSignatureMissing"));
    if (isLockupInForce(meta.lockup, env, change.custodian)) return fail(stakeError("LockupInForce"));
  }
  const error = checkWithdrawer(meta, signers);
  return error === null ? answer({ ...meta, withdrawer: change.newAuthority }) : fail(error);
}
