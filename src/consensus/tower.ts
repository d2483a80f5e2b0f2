/**
 * A validator's own tower: the votes it stands by, each with the block it meant.
 *
 *     root 1    2:4  3:3  4:2  5:1      vote for 9, a child of 3's block: 5 and 4 have expired, 9 may be voted
 *     root 1    2:4  3:3  9:1
 *
 * The tower keeps block ids beside the slots: when a leader builds two blocks in one slot, having voted for one of them
 * locks out the other's descendants as well. Plain data; whoever holds it makes it durable before a vote is sent.
 *
 * Source: Solana's Tower BFT (`Tower::is_locked_out`, `record_bank_vote`); stack rules in chain/lockouts.ts.
 */
import { assert } from "../base/assert.ts";
import type { Hash, Slot } from "../chain/ids.ts";
import { applyVoteToLockouts, type Lockout, lastLockedOutSlot } from "../chain/lockouts.ts";

export type TowerVote = Lockout & { readonly blockId: Hash };

export type Tower = {
  /** The newest slot that can never be taken back, and its block. Null until 32 votes stood on one another. */
  readonly root: Slot | null;
  readonly rootBlockId: Hash | null;
  /** Oldest first, at most 31. */
  readonly votes: readonly TowerVote[];
};

export const emptyTower: Tower = { root: null, rootBlockId: null, votes: [] };

export function lastVoteOf(tower: Tower): TowerVote | null {
  return tower.votes.at(-1) ?? null;
}

/** The tower after voting for the block at `slot`, which must be newer than the last vote. */
export function recordVote(tower: Tower, slot: Slot, blockId: Hash): Tower {
  const last = lastVoteOf(tower);
  assert(last === null || slot > last.slot, `vote for slot ${slot} is not newer than ${last?.slot}`);
  const { votes, rooted } = applyVoteToLockouts(tower.votes, slot);
  const root = rooted.at(-1);
  // What stays of the stack stays in order, above the vote that was rooted.
  const kept = rooted.length;
  return {
    root: root ?? tower.root,
    rootBlockId: root === undefined ? tower.rootBlockId : tower.votes[0]!.blockId,
    votes: votes.map((vote, index) => ({
      slot: vote.slot,
      confirmationCount: vote.confirmationCount,
      blockId: index === votes.length - 1 ? blockId : tower.votes[kept + index]!.blockId,
    })),
  };
}

/** Whether two towers say the same. */
export function isSameTower(a: Tower, b: Tower): boolean {
  if (a.root !== b.root || a.rootBlockId !== b.rootBlockId || a.votes.length !== b.votes.length) return false;
  return a.votes.every((vote, index) => {
    const other = b.votes[index]!;
    return (
      vote.slot === other.slot && vote.confirmationCount === other.confirmationCount && vote.blockId === other.blockId
    );
  });
}

/** A vote that stands in the way, and the last slot at which it does. */
export type StandingLockout = { readonly lockedBy: Slot; readonly until: number };

/**
 * The vote that forbids one for a block at `slot`: one that would still stand and is not on its fork; null when there is
 * none. `isAncestor` tells whether the block voted for is an ancestor of that block.
 */
export function findLockout(
  tower: Tower,
  slot: Slot,
  isAncestor: (slot: Slot, blockId: Hash) => boolean,
): StandingLockout | null {
  const last = lastVoteOf(tower);
  // Nothing at or below the last vote or the root can be voted on, ever.
  if (last !== null && slot <= last.slot) return { lockedBy: last.slot, until: lastLockedOutSlot(last) };
  // Each vote of a tower stands on those before it: what descends from the last one descends from all, and from the root.
  if (last !== null && isAncestor(last.slot, last.blockId)) return null;
  const { root, rootBlockId } = tower;
  const isRootInTheWay = root !== null && rootBlockId !== null && !(slot > root && isAncestor(root, rootBlockId));
  if (isRootInTheWay) return { lockedBy: root, until: Number.MAX_SAFE_INTEGER };
  const standing = new Set(applyVoteToLockouts(tower.votes, slot).votes.map((vote) => vote.slot));
  const lock = tower.votes.findLast((vote) => standing.has(vote.slot) && !isAncestor(vote.slot, vote.blockId));
  return lock === undefined ? null : { lockedBy: lock.slot, until: lastLockedOutSlot(lock) };
}
