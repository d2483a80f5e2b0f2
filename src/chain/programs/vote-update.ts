/**
 * What a vote account's withdrawer may change: the validator's identity, the commissions and who collects them.
 *
 *     UpdateValidatorIdentity    [0] vote account, written  [1] new identity, signs        and the withdrawer signs
 *     UpdateCommission, …Bps     [0] vote account, written
 *     UpdateCommissionCollector  [0] vote account, written  [1] new collector, written     [2] withdrawer, signs
 *
 * A commission may change at any time, up or down, and also above 100 %. What protects delegators is that it is not taken
 * at once: an epoch's rewards are shared by the commission that stood at the beginning of the epoch before (SIMD-0249).
 * Before that rule an increase was refused in an epoch's second half; its error, CommissionUpdateTooLate, is not answered
 * any more.
 *
 * Block revenue is not shared with delegators on this chain, so its commission cannot be changed (as on Solana before
 * SIMD-0123), but its collector can (SIMD-0232), and the identity's change leaves it alone.
 *
 * Source: Solana's vote program, `update_validator_identity`, `update_commission`, `update_commission_bps` (SIMD-0291),
 * `update_commission_collector`.
 */
import { systemProgramAddress } from "../addresses.ts";
import type { Address } from "../ids.ts";
import { rentExemptMinimum } from "../rent.ts";
import type { CommissionKind } from "../vote-instruction.ts";
import {
  accountAt,
  addressAt,
  type InstructionContext,
  type InstructionError,
  isWritableAt,
  signersOf,
} from "./instruction-context.ts";
import { checkAccounts, checkSigner, readVoteAccount, updateAsWithdrawer, writeVoteAccount } from "./vote-account.ts";

export function processUpdateValidatorIdentity(context: InstructionContext): InstructionError | null {
  const accountsError = checkAccounts(context, 2);
  if (accountsError !== null) return accountsError;
  const read = readVoteAccount(context);
  if (!read.ok) return read.error;
  const node = addressAt(context, 1);
  const signers = signersOf(context);
  const error = checkSigner(signers, read.state.authorizedWithdrawer) ?? checkSigner(signers, node);
  return error ?? writeVoteAccount(context, { ...read.state, node });
}

/** `commission`: percent. */
export function processUpdateCommission(context: InstructionContext, commission: number): InstructionError | null {
  return updateAsWithdrawer(context, (state) => ({ ...state, inflationRewardsCommissionBps: commission * 100 }));
}

export function processUpdateCommissionBps(
  context: InstructionContext,
  commissionBps: number,
  kind: CommissionKind,
): InstructionError | null {
  if (kind === "BlockRevenue") return "InvalidInstructionData";
  return updateAsWithdrawer(context, (state) => ({ ...state, inflationRewardsCommissionBps: commissionBps }));
}

export function processUpdateCommissionCollector(
  context: InstructionContext,
  kind: CommissionKind,
): InstructionError | null {
  const accountsError = checkAccounts(context, 3);
  if (accountsError !== null) return accountsError;
  const read = readVoteAccount(context);
  if (!read.ok) return read.error;
  const error = checkSigner(signersOf(context), read.state.authorizedWithdrawer) ?? checkCollector(context);
  if (error !== null) return error;
  const collector: Address = addressAt(context, 1);
  const change =
    kind === "InflationRewards" ? { inflationRewardsCollector: collector } : { blockRevenueCollector: collector };
  return writeVoteAccount(context, { ...read.state, ...change });
}

/** The vote account collects for itself; anybody else must be able to: an existing account that lamports can be added to. */
function checkCollector(context: InstructionContext): InstructionError | null {
  if (addressAt(context, 1) === addressAt(context, 0)) return null;
  const collector = accountAt(context, 1);
  if (collector.owner !== systemProgramAddress) return "InvalidAccountOwner";
  const minimum = rentExemptMinimum(collector.data.length, context.env.params);
  if (collector.lamports < minimum) return "InsufficientFunds";
  // Reserved accounts are never writable.
  return isWritableAt(context, 1) ? null : "InvalidArgument";
}
