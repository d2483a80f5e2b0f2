/**
 * Withdraw: takes lamports out of a stake account.
 *
 *     [0] stake account, written  [1] recipient, written  [2] withdrawer, signs  [3] custodian?, signs
 *                                                                    old form: Clock and StakeHistory before [2]
 *
 *     5 SOL, of them 3 delegated and 0.00228288 rent reserve      at most 1.99771712
 *     deactivated, 1.2 of the 3 still cooling down                at most 3.79771712
 *     cooled down                                                 all 5, and the account is gone
 *
 * Stake that was never deactivated counts whole, also while it warms up. An account that is not initialized signs for
 * itself, as [2].
 *
 * Source: solana-program/stake, `process_withdraw`.
 */
import { type Address, u64Max } from "../ids.ts";
import { type Lockup, noLockup } from "../stake-account.ts";
import {
  accountAt,
  addressAt,
  checkAccountCount,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
} from "./instruction-context.ts";
import { checkWithdrawer, custodianAt, isLockupInForce, passAuthority } from "./stake-authority.ts";
import { stakeError } from "./stake-errors.ts";
import {
  type Answer,
  answer,
  commitStakeChanges,
  fail,
  readStakeState,
  rentReserveAt,
  statusNow,
} from "./stake-state.ts";

const source = 0;
const recipient = 1;

/** What keeps lamports in the account. */
type Hold = { readonly lockup: Lockup; readonly lamports: bigint; readonly isStaked: boolean };

export function processWithdraw(context: InstructionContext, lamports: bigint): InstructionError | null {
  const missing = checkAccountCount(context, 2);
  if (missing !== null) return missing;
  const passed = passAuthority(context, 2, 3);
  if (!passed.ok) return passed.error;
  if (addressAt(context, source) === addressAt(context, recipient)) return "InvalidArgument";
  const authority = passed.value - 1;
  if (!isSignerAt(context, authority)) return "MissingRequiredSignature";
  const custodian = custodianAt(context, passed.value);
  if (!custodian.ok) return custodian.error;
  const signers = new Set([addressAt(context, authority)]);
  if (custodian.value !== null) signers.add(custodian.value);
  const hold = readHold(context, signers);
  if (!hold.ok) return hold.error;
  if (isLockupInForce(hold.value.lockup, context.env, custodian.value)) return stakeError("LockupInForce");
  return takeOut(context, lamports, hold.value);
}

function readHold(context: InstructionContext, signers: ReadonlySet<Address>): Answer<Hold> {
  const read = readStakeState(context, source);
  const isEmpty = !read.ok && read.error === "InvalidAccountData" && accountAt(context, source).data.length === 0;
  if (isEmpty || (read.ok && read.value.type === "uninitialized")) {
    return signers.has(addressAt(context, source))
      ? answer({ lockup: noLockup, lamports: 0n, isStaked: false })
      : fail("MissingRequiredSignature");
  }
  if (!read.ok) return read;
  const state = read.value;
  if (state.type !== "initialized" && state.type !== "delegated") return fail("InvalidAccountData");
  const error = checkWithdrawer(state.meta, signers);
  if (error !== null) return fail(error);
  const { lockup } = state.meta;
  const reserve = rentReserveAt(context, source);
  if (state.type === "initialized") return answer({ lockup, lamports: reserve, isStaked: false });
  const { delegation } = state;
  const isDeactivated = BigInt(context.env.epoch) >= delegation.deactivationEpoch;
  const staked = isDeactivated ? statusNow(context, delegation).effective : delegation.stake;
  const held = staked + reserve;
  return held > u64Max ? fail("InsufficientFunds") : answer({ lockup, lamports: held, isStaked: staked !== 0n });
}

function takeOut(context: InstructionContext, lamports: bigint, hold: Hold): InstructionError | null {
  const balance = accountAt(context, source).lamports;
  const transfer = { from: source, to: recipient, lamports };
  if (lamports === balance) {
    if (hold.isStaked) return "InsufficientFunds";
    return commitStakeChanges(context, { states: [{ index: source, state: "none" }], transfer });
  }
  return lamports + hold.lamports > balance ? "InsufficientFunds" : commitStakeChanges(context, { transfer });
}
