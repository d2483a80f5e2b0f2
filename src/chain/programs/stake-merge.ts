/**
 * Merge: one stake account takes over another's lamports and delegation; the other is gone.
 *
 *     [0] destination, written  [1] source, written  [2] staker, signs      old form: Clock and StakeHistory before [2]
 *
 *     destination   source                   delegation of the destination afterwards
 *     inactive      inactive, activating     none: the source's delegation ends
 *     activating    inactive                 + all lamports of the source
 *     activating    activating               + all lamports of the source
 *     active        active                   + the source's delegation; its rent reserve becomes free lamports
 *
 * Anything else does not merge: a rent reserve must never begin to count without warming up. Where stake is slashed, the
 * destination of active stake must not be one that has only just become active (stake-merge-kind.ts).
 *
 * Source: solana-program/stake, `process_merge`, `MergeKind::merge`.
 */
import { never, type StakeDelegation } from "../stake-account.ts";
import {
  accountAt,
  addressAt,
  checkAccountCount,
  type InstructionContext,
  type InstructionError,
  signersOf,
} from "./instruction-context.ts";
import { checkStaker, passAuthority } from "./stake-authority.ts";
import { stakeError } from "./stake-errors.ts";
import {
  absorbStake,
  addStake,
  checkMetasMerge,
  checkStaysInReach,
  type MergeKind,
  mergeKindOf,
} from "./stake-merge-kind.ts";
import { type Answer, answer, commitStakeChanges, fail, readStakeState } from "./stake-state.ts";

const destination = 0;
const source = 1;

export function processMerge(context: InstructionContext): InstructionError | null {
  const missing = checkAccountCount(context, 2);
  if (missing !== null) return missing;
  const passed = passAuthority(context, 2, 2);
  if (!passed.ok) return passed.error;
  if (addressAt(context, source) === addressAt(context, destination)) return "InvalidArgument";
  const into = readMergeKind(context, destination);
  if (!into.ok) return into.error;
  const error = checkStaker(into.value.meta, signersOf(context));
  if (error !== null) return error;
  const from = readMergeKind(context, source);
  if (!from.ok) return from.error;
  const { lamports } = accountAt(context, source);
  const mismatch = checkMetasMerge(context, into.value.meta, from.value.meta);
  if (mismatch !== null) return mismatch;
  const merged = merge(context, into.value, from.value, lamports);
  if (!merged.ok) return merged.error;
  const { meta } = into.value;
  const delegation = merged.value;
  const grown =
    delegation === null ? [] : [{ index: destination, state: { type: "delegated", meta, delegation } as const }];
  return commitStakeChanges(context, {
    states: [...grown, { index: source, state: "none" }],
    transfer: { from: source, to: destination, lamports },
  });
}

export function readMergeKind(context: InstructionContext, index: number): Answer<MergeKind> {
  const read = readStakeState(context, index);
  return read.ok ? mergeKindOf(context, read.value) : read;
}

/** The destination's new delegation; null when its state stays as it is. */
function merge(
  context: InstructionContext,
  into: MergeKind,
  from: MergeKind,
  lamports: bigint,
): Answer<StakeDelegation | null> {
  if (into.type === "inactive") return from.type === "active" ? fail(stakeError("MergeMismatch")) : answer(null);
  if (from.type !== "inactive" && !isSameDelegation(into.delegation, from.delegation)) {
    return fail(stakeError("MergeMismatch"));
  }
  if (into.type === "activating" && from.type !== "active") {
    const flags = into.delegation.flags | (from.type === "inactive" ? from.flags : from.delegation.flags);
    const { delegation } = into;
    return withFlags(
      from.type === "inactive"
        ? addStake(delegation, lamports)
        : absorbStake(delegation, lamports, from.delegation.creditsObserved),
      flags,
    );
  }
  if (into.type === "active" && from.type === "active") {
    const hidden = checkStaysInReach(context, from.delegation, into.delegation);
    if (hidden !== null) return fail(hidden);
    return withFlags(absorbStake(into.delegation, from.delegation.stake, from.delegation.creditsObserved), 0);
  }
  return fail(stakeError("MergeMismatch"));
}

function isSameDelegation(a: StakeDelegation, b: StakeDelegation): boolean {
  return a.voteAccount === b.voteAccount && a.deactivationEpoch === never && b.deactivationEpoch === never;
}

function withFlags(delegation: Answer<StakeDelegation>, flags: number): Answer<StakeDelegation> {
  return delegation.ok ? answer({ ...delegation.value, flags }) : delegation;
}
