/**
 * The threshold check: a vote may not deepen a lockout that the others do not share.
 *
 *     tower  1:8 2:7 3:6 4:5 5:4 6:3 7:2 8:1       vote 9 would be the ninth: slot 1 lies 8 deep, and its lockout doubles
 *                                                  to 2^9 slots: only if more than 2/3 of the stake stands on 1 as well
 *
 * The stake is what has landed on the fork of the block voted on. A validator alone on its fork thus stops after 8 votes,
 * locked out for 2^8 slots and not for ever. A vote that deepens nothing there (the lockout was as long before) passes.
 *
 * Source: Solana's `Tower::check_vote_stake_threshold`, `VOTE_THRESHOLD_DEPTH`, `VOTE_THRESHOLD_SIZE`.
 */
import type { Slot } from "../chain/ids.ts";
import { applyVoteToLockouts, type Lockout } from "../chain/lockouts.ts";

export const thresholdDepth = 8;

export type ThresholdDecision =
  | { readonly type: "pass" }
  | {
      readonly type: "fail";
      readonly depth: number;
      /** The vote that lies so deep. */
      readonly votedSlot: Slot;
      readonly stakeSeen: bigint;
      /** It has to be more than that. */
      readonly stakeNeeded: bigint;
    };

export type ThresholdRule = { readonly depth: number; readonly numerator: bigint; readonly denominator: bigint };

/** More than two thirds, 8 deep. */
export const thresholdRule: ThresholdRule = { depth: thresholdDepth, numerator: 2n, denominator: 3n };

const pass: ThresholdDecision = { type: "pass" };

/** `stakeOn` gives the stake that stands on an ancestor of the block voted on, of `total` in all. */
export function checkThreshold(
  votes: readonly Lockout[],
  slot: Slot,
  stakeOn: (slot: Slot) => bigint,
  total: bigint,
  { depth, numerator, denominator }: ThresholdRule = thresholdRule,
): ThresholdDecision {
  const deep = deepenedBy(votes, slot, depth);
  if (deep === null) return pass;
  const stakeSeen = stakeOn(deep.slot);
  if (stakeSeen * denominator > total * numerator) return pass;
  return { type: "fail", depth, votedSlot: deep.slot, stakeSeen, stakeNeeded: (total * numerator) / denominator };
}

type Deepened = { readonly slot: Slot; readonly depth: number; readonly deep: Lockout | null };

/** The last answer for each stack: validators who voted alike share one (validator/shared-work.ts), and ask the same. */
const deepened = new WeakMap<readonly Lockout[], Deepened>();

/** The lockout `depth` deep that voting on `slot` would make longer; null when there is none. */
function deepenedBy(votes: readonly Lockout[], slot: Slot, depth: number): Lockout | null {
  const known = deepened.get(votes);
  if (known !== undefined && known.slot === slot && known.depth === depth) return known.deep;
  const after = applyVoteToLockouts(votes, slot).votes;
  const at = after[after.length - 1 - depth];
  const grows =
    at !== undefined && !votes.some((vote) => vote.slot === at.slot && vote.confirmationCount === at.confirmationCount);
  const deep = grows ? at : null;
  deepened.set(votes, { slot, depth, deep });
  return deep;
}
