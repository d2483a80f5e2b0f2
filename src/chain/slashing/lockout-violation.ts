/**
 * Two votes of one voter that no tower can have cast.
 *
 *     earlier   root -   2:4  3:3  4:2          4 stands until 8, 3 until 11, 2 until 18
 *     later     root -   2:4  3:3  8:1          lockout-broken: 4 is gone, but 8 came while it stood
 *     later     root -   2:4  3:3  9:1          nothing wrong: 4 had expired
 *     later     root 7   8:2  9:1               root-impossible: only 2:4 and what lies on it, 32 votes, make a root
 *
 * Why an honest tower never gets here. Votes leave a stack in two ways only. (1) Popped from the top by a vote v beyond
 * their lockout: v > s + 2^c', where c' is at least the confirmations c of any earlier sight of s; with s goes all that lay
 * above it, so whatever stands above s later is v or newer, beyond s + 2^c. (2) Rooted from the bottom: s is the oldest of
 * 31 when the next vote comes, so at least 32 votes from s on were cast, each for a slot of its own; of these the earlier
 * tower has all that are not newer than its last. A root only rises. And a slot is voted in once, for one block: signing
 * that vote again, with a newer blockhash or time, changes neither slot nor block.
 *
 * The roots are looked at because they are only claimed: else whoever forgets a lockout would say that it had been rooted.
 * Source of the stack's rules: lockouts.ts.
 */
import { assertDefined } from "../../base/assert.ts";
import type { Hash, Slot } from "../ids.ts";
import { type Lockout, lastLockedOutSlot, lockoutHistoryMax } from "../lockouts.ts";

/** A tower as one vote shows it: its newest vote is for `blockId`. */
export type ShownTower = {
  readonly root: Slot | null;
  /** Oldest first, slots rising, not empty. */
  readonly votes: readonly Lockout[];
  readonly blockId: Hash;
};

export type LockoutViolation =
  /** Two votes for different blocks of one slot. */
  | { readonly type: "two-blocks"; readonly slot: Slot }
  /** `vote` is gone from the later tower, which holds a vote for `broken`, within its lockout. */
  | { readonly type: "lockout-broken"; readonly vote: Lockout; readonly until: number; readonly broken: Slot }
  /** `vote` can only be gone if it was rooted, and there were not slots enough for the votes that takes. */
  | { readonly type: "root-impossible"; readonly vote: Lockout; readonly root: Slot; readonly votesMissing: number }
  /** The later tower's root is older, or gone. */
  | { readonly type: "root-taken-back"; readonly root: Slot };

export function lastSlotOfTower(tower: Pick<ShownTower, "votes">): Slot {
  return assertDefined(tower.votes.at(-1), "a tower that was shown holds a vote").slot;
}

/** What two votes of one voter break between them, in whichever order they are given; null when nothing. */
export function findLockoutViolation(a: ShownTower, b: ShownTower): LockoutViolation | null {
  const aLast = lastSlotOfTower(a);
  const bLast = lastSlotOfTower(b);
  if (aLast === bLast) return a.blockId === b.blockId ? null : { type: "two-blocks", slot: aLast };
  return aLast < bLast ? findBrokenPromise(a, b) : findBrokenPromise(b, a);
}

function findBrokenPromise(earlier: ShownTower, later: ShownTower): LockoutViolation | null {
  // Root 0 is also what voters say who have none yet.
  if (earlier.root !== null && earlier.root !== 0 && (later.root === null || later.root < earlier.root)) {
    return { type: "root-taken-back", root: earlier.root };
  }
  const slotsBetween = lastSlotOfTower(later) - lastSlotOfTower(earlier);
  let at = 0;
  for (let index = 0; index < earlier.votes.length; index++) {
    const vote = earlier.votes[index]!;
    while (at < later.votes.length && later.votes[at]!.slot < vote.slot) at++;
    if (later.votes[at]?.slot === vote.slot) continue;
    if (later.root !== null && vote.slot <= later.root) {
      const votesMissing = lockoutHistoryMax + 1 - (earlier.votes.length - index);
      if (slotsBetween < votesMissing) return { type: "root-impossible", vote, root: later.root, votesMissing };
      continue;
    }
    const until = lastLockedOutSlot(vote);
    const broken = later.votes.find(({ slot }) => slot > vote.slot && slot <= until);
    if (broken !== undefined) return { type: "lockout-broken", vote, until, broken: broken.slot };
  }
  return null;
}
