/**
 * Blocks whose parent is missing wait here until it comes.
 *
 *     9 comes, its parent 8 is unknown     orphans  8: [9]      8 is wanted
 *     8 comes                              8 joins the tree, then 9
 *
 * They cannot be replayed yet, so whoever signs them could fill the room with parents that never were. What can be known is
 * checked: the id, the signature, and the leader, where the root has fixed who leads the slot. Where it has not, no leader
 * has more than its share of the room, and none of the others'.
 */
import { assertDefined } from "../base/assert.ts";
import { type Refusal, refuse } from "../base/refusal.ts";
import type { Block } from "../chain/block.ts";
import { epochAt } from "../chain/epoch-schedule.ts";
import type { Address, Hash, Slot } from "../chain/ids.ts";
import { epochLeadersOf, leaderIn } from "../chain/leaders.ts";
import { wantBlock } from "./catch-up.ts";
import type { Effect } from "./contract.ts";
import type { Validator } from "./validator.ts";

export type Orphan = { readonly block: Block; readonly from: Address };

/** Why a block whose parent is missing is not worth keeping, or null. */
export function checkOrphan({ chain, tree, work }: Validator, block: Block): Refusal | null {
  const { slot, leader } = block;
  if (block.parentSlot <= tree.root.slot) {
    // Its parent would be the root or below it, and is not in the tree: it is on no fork that is still open.
    return refuse("block-below-root", { slot, root: tree.root.slot });
  }
  // What every descendant of the root agrees on.
  const leaders = epochLeadersOf(chain, tree.root.bank, epochAt(chain.epochs, slot));
  const expected = leaders === null ? leader : leaderIn(leaders, slot).identity;
  if (leader !== expected) return refuse("slot-leader-wrong", { slot, leader, expected });
  // The id is what orphans are told apart by, so nobody may claim another block's; nor may a copy with a spoiled signature,
  // which the id does not cover, keep the real block out.
  return work.checkIdentity(block);
}

/** Keeps it, within its leader's share and the limit, and asks for the first ancestor that is missing. */
export function keepOrphan(validator: Validator, block: Block, from: Address): Effect[] {
  const { orphans, limits } = validator;
  const siblings = orphans.get(block.parentId) ?? [];
  if (siblings.some((orphan) => orphan.block.blockId === block.blockId)) return [];
  orphans.set(block.parentId, [...siblings, { block, from }]);
  let [count, ownCount] = [0, 0];
  for (const waiting of orphans.values()) {
    count += waiting.length;
    for (const orphan of waiting) if (orphan.block.leader === block.leader) ownCount++;
  }
  if (ownCount > limits.orphansPerLeaderMax) dropOldestOrphan(validator, ({ leader }) => leader === block.leader);
  else if (count > limits.orphansMax) dropOldestOrphan(validator, () => true);
  const missing = missingAncestor(validator, block);
  return isEarly(validator, missing.blockId)
    ? []
    : wantBlock(validator, missing.blockId, { slotMax: missing.slotMax, from, by: block.leader });
}

function isEarly({ early }: Validator, blockId: Hash): boolean {
  return early.some(({ block }) => block.blockId === blockId);
}

function dropOldestOrphan({ orphans }: Validator, mayGo: (block: Block) => boolean): void {
  for (const [parentId, waiting] of orphans) {
    const place = waiting.findIndex(({ block }) => mayGo(block));
    if (place === -1) continue;
    if (waiting.length === 1) orphans.delete(parentId);
    else orphans.set(parentId, waiting.toSpliced(place, 1));
    return;
  }
  assertDefined(null, "orphans were counted");
}

/**
 * The first ancestor that is not even an orphan here. Every orphan asks for it again, so that one lost request or answer
 * loses nothing.
 */
function missingAncestor({ orphans }: Validator, block: Block): { readonly blockId: Hash; readonly slotMax: Slot } {
  const waitingById = new Map<Hash, Block>();
  for (const waiting of orphans.values())
    for (const orphan of waiting) waitingById.set(orphan.block.blockId, orphan.block);
  let oldest = block;
  for (let at = waitingById.get(oldest.parentId); at !== undefined; at = waitingById.get(oldest.parentId)) oldest = at;
  return { blockId: oldest.parentId, slotMax: oldest.parentSlot };
}

const noOrphans: readonly Orphan[] = [];

export function takeOrphans(validator: Validator, parentId: Hash): readonly Orphan[] {
  const waiting = validator.orphans.get(parentId);
  if (waiting === undefined) return noOrphans;
  validator.orphans.delete(parentId);
  return waiting;
}
