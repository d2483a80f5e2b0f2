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
import { assert, assertDefined } from "../base/assert.ts";
import type { Hash, Slot } from "../chain/ids.ts";
import { applyVoteToLockouts, type Lockout } from "../chain/lockouts.ts";

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
  const blockIds = new Map<Slot, Hash>([[slot, blockId]]);
  for (const vote of tower.votes) blockIds.set(vote.slot, vote.blockId);
  const blockIdOf = (voted: Slot): Hash => assertDefined(blockIds.get(voted), `no block voted at ${voted}`);

  const { votes, rooted } = applyVoteToLockouts(tower.votes, slot);
  const root = rooted.at(-1);
  return {
    root: root ?? tower.root,
    rootBlockId: root === undefined ? tower.rootBlockId : blockIdOf(root),
    votes: votes.map((vote) => ({ ...vote, blockId: blockIdOf(vote.slot) })),
  };
}

/**
 * Whether earlier votes forbid a vote for a block at `slot`: it is not newer than the last vote, or a vote that would
 * still stand is not on its fork. `isAncestor` tells whether the block voted for is an ancestor of that block.
 */
export function isLockedOut(tower: Tower, slot: Slot, isAncestor: (slot: Slot, blockId: Hash) => boolean): boolean {
  const last = lastVoteOf(tower);
  if (last !== null && slot <= last.slot) return true;
  if (tower.root !== null && slot <= tower.root) return true;
  if (tower.root !== null && tower.rootBlockId !== null && !isAncestor(tower.root, tower.rootBlockId)) return true;
  const standing = new Set(applyVoteToLockouts(tower.votes, slot).votes.map((vote) => vote.slot));
  return tower.votes.some((vote) => standing.has(vote.slot) && !isAncestor(vote.slot, vote.blockId));
}
