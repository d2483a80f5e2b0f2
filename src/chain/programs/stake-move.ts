/**
 * MoveStake and MoveLamports: between two stake accounts of the same owner, without waiting.
 *
 *     [0] source, written  [1] destination, written  [2] staker, signs
 *
 *     MoveStake      active delegation with its lamports, to an account active with the same vote account, or inactive
 *     MoveLamports   what is not delegated and no rent reserve, from an active or inactive account to any at rest
 *
 * Both accounts have the same authorities, and the same lockup or none in force. A source that gives all its stake is
 * initialized afterwards. Source of the rule: SIMD-0148; solana-program/stake, `process_move_stake`, `process_move_lamports`.
 */
import { type Lamports, u64Max } from "../ids.ts";
import { type StakeDelegation, type StakeMeta, type StakeState, stakeAccountBytes } from "../stake-account.ts";
import {
  accountAt,
  addressAt,
  checkAccountCount,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
  isWritableAt,
} from "./instruction-context.ts";
import { checkStaker } from "./stake-authority.ts";
import { stakeError } from "./stake-errors.ts";
import { readMergeKind } from "./stake-merge.ts";
import { absorbStake, checkMetasMerge, checkStaysInReach, type MergeKind } from "./stake-merge-kind.ts";
import { type Answer, answer, commitStakeChanges, fail, rentReserveAt } from "./stake-state.ts";

const source = 0;
const destination = 1;
const authority = 2;

type Pair = { readonly from: MergeKind; readonly to: MergeKind };

export function processMoveStake(context: InstructionContext, amount: bigint): InstructionError | null {
  const pair = checkMove(context, amount);
  if (!pair.ok) return pair.error;
  const { from, to } = pair.value;
  const isRightSize = [source, destination].every(
    (index) => accountAt(context, index).data.length === stakeAccountBytes,
  );
  if (!isRightSize || from.type !== "active") return "InvalidAccountData";
  const minimum = context.env.params.stakeMinimumDelegation;
  const stakeLeft = from.delegation.stake - amount;
  if (stakeLeft < 0n || (stakeLeft !== 0n && stakeLeft < minimum)) return "InvalidArgument";
  const moved = addMoved(context, from.delegation, to, amount);
  if (!moved.ok) return moved.error;
  const rest = { ...from.delegation, stake: stakeLeft as Lamports, flags: 0 };
  const error = commitStakeChanges(context, {
    states: [
      { index: source, state: stakeLeft === 0n ? initialized(from.meta) : delegated(from.meta, rest) },
      { index: destination, state: delegated(to.meta, moved.value) },
    ],
    transfer: { from: source, to: destination, lamports: amount },
  });
  if (error !== null) return error;
  const isShort = [source, destination].some(
    (index) => accountAt(context, index).lamports < rentReserveAt(context, index),
  );
  return isShort ? "InvalidArgument" : null;
}

/** The destination's delegation with the stake that comes to it. */
function addMoved(
  context: InstructionContext,
  given: StakeDelegation,
  to: MergeKind,
  amount: bigint,
): Answer<StakeDelegation> {
  const minimum = context.env.params.stakeMinimumDelegation;
  if (to.type === "activating") return fail("InvalidAccountData");
  if (to.type === "inactive") {
    return amount < minimum ? fail("InvalidArgument") : answer({ ...given, stake: amount as Lamports, flags: 0 });
  }
  const { delegation } = to;
  if (delegation.voteAccount !== given.voteAccount) return fail(stakeError("VoteAddressMismatch"));
  const sum = delegation.stake + amount;
  if (sum > u64Max) return fail("ArithmeticOverflow");
  if (sum < minimum) return fail("InvalidArgument");
  const hidden = checkStaysInReach(context, given, delegation);
  if (hidden !== null) return fail(hidden);
  const merged = absorbStake(delegation, amount, given.creditsObserved);
  return merged.ok ? answer({ ...merged.value, flags: 0 }) : merged;
}

const initialized = (meta: StakeMeta): StakeState => ({ type: "initialized", meta });
const delegated = (meta: StakeMeta, delegation: StakeDelegation): StakeState => ({
  type: "delegated",
  meta,
  delegation,
});

export function processMoveLamports(context: InstructionContext, amount: bigint): InstructionError | null {
  const pair = checkMove(context, amount);
  if (!pair.ok) return pair.error;
  const { from } = pair.value;
  if (from.type === "activating") return "InvalidAccountData";
  const delegated = from.type === "active" ? from.delegation.stake : 0n;
  const free = accountAt(context, source).lamports - delegated - rentReserveAt(context, source);
  if (amount > free) return "InvalidArgument";
  return commitStakeChanges(context, { transfer: { from: source, to: destination, lamports: amount } });
}

function checkMove(context: InstructionContext, amount: bigint): Answer<Pair> {
  const missing = checkAccountCount(context, 3);
  if (missing !== null) return fail(missing);
  if (!isSignerAt(context, authority)) return fail("MissingRequiredSignature");
  if (addressAt(context, source) === addressAt(context, destination)) return fail("InvalidInstructionData");
  // Asked for here and not left to the runtime, so that no move succeeds that writes nothing.
  if (!isWritableAt(context, source) || !isWritableAt(context, destination)) return fail("InvalidInstructionData");
  if (amount === 0n) return fail("InvalidArgument");
  const from = readMergeKind(context, source);
  if (!from.ok) return from;
  const error = checkStaker(from.value.meta, new Set([addressAt(context, authority)]));
  if (error !== null) return fail(error);
  const to = readMergeKind(context, destination);
  if (!to.ok) return to;
  const mismatch = checkMetasMerge(context, from.value.meta, to.value.meta);
  return mismatch === null ? answer({ from: from.value, to: to.value }) : fail(mismatch);
}
