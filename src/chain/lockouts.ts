/**
 * The lockout stack: each vote promises to stay on its fork, and the promise doubles with every vote on top.
 *
 * A vote on slot s with confirmation count c stands until slot s + 2^c, that slot included. A new vote pops what has
 * expired from the top and stops at the first vote that still stands, so an expired vote below a standing one stays.
 *
 *     slot  confirmations  stands until
 *      4         1              6          vote 9 pops 4 (until 6) and 3 (until 7);
 *      3         2              7          it stops at 2 (until 10), so that 1 and 2 stay:
 *      2         3             10
 *      1         4             17          1:4  2:3  9:1
 *
 * A vote arriving on a full stack of 31 makes the oldest one the root: it can never be taken back. The same rules run
 * on the ledger (the vote program) and in each validator's own tower.
 *
 * Source: Solana's Tower BFT, `process_next_vote_slot` of the vote program.
 */
import type { Slot } from "./ids.ts";

/** Votes a stack can hold; the next one roots the oldest. Also the highest confirmation count. */
export const lockoutHistoryMax = 31;

/** A vote and how deep it is buried: it locks its voter for 2^confirmationCount slots. */
export type Lockout = { readonly slot: Slot; readonly confirmationCount: number };

export type LockoutStep = {
  /** Oldest first. */
  readonly votes: readonly Lockout[];
  /** Slots this vote rooted: none or one. */
  readonly rooted: readonly Slot[];
};

/** The last slot at which the vote still binds. Counts above 31 bind as 31 does. */
export function lastLockedOutSlot(lockout: Lockout): number {
  // 2^count by a shift, unsigned: this runs for every pair of votes, and the power operator is ten times slower.
  return lockout.slot + ((1 << Math.min(lockout.confirmationCount, lockoutHistoryMax)) >>> 0);
}

/** Whether the vote still stands at `slot`. */
export function isLockedOut(lockout: Lockout, slot: Slot): boolean {
  return lastLockedOutSlot(lockout) >= slot;
}

/** The stack (oldest first) after voting on `slot`; unchanged when `slot` is not newer than the last vote. */
export function applyVoteToLockouts(votes: readonly Lockout[], slot: Slot): LockoutStep {
  const last = votes.at(-1);
  if (last !== undefined && slot <= last.slot) return { votes, rooted: [] };

  let standing = votes.length;
  while (standing > 0 && !isLockedOut(votes[standing - 1]!, slot)) standing -= 1;

  const isFull = standing === lockoutHistoryMax;
  const rooted = isFull ? [votes[0]!.slot] : [];
  const kept = votes.slice(isFull ? 1 : 0, standing);
  kept.push({ slot, confirmationCount: 0 });

  // A lockout grows only once enough votes lie on top of it: a gap left by popped votes has to be filled again first.
  const depth = kept.length;
  for (let index = 0; index < depth; index++) {
    const vote = kept[index]!;
    if (index === depth - 1 || depth > index + vote.confirmationCount) {
      kept[index] = { slot: vote.slot, confirmationCount: vote.confirmationCount + 1 };
    }
  }
  return { votes: kept, rooted };
}
