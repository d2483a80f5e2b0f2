/**
 * A block arrives: from a peer, from the own producer, or from the orphans whose parent has come.
 *
 *     refused?  ──> report, nothing changes
 *     orphan?   ──> keep it (bounded), ask the sender for its parent
 *     early?    ──> keep it (bounded) until its slot begins
 *     replayed  ──> tree, fork choice, votes that landed in it, own vote
 *
 * A leader may be ahead of our clock, or ahead of everybody's on purpose: a block that took its place before its slot
 * would be built upon, and the leaders of the slots before it would lose their turns.
 */
import { assertDefined } from "../base/assert.ts";
import { type Refusal, refuse } from "../base/refusal.ts";
import { type Block, blockSignatureMessage, computeBlockId } from "../chain/block.ts";
import { type Address, addressBytes, type Hash } from "../chain/ids.ts";
import { addNode, type BlockNode, nodeAt } from "../consensus/block-tree.ts";
import { reportCommitments } from "./commitments.ts";
import type { Effect } from "./contract.ts";
import type { Validator } from "./validator.ts";
import { followHead } from "./voting.ts";

export function onBlock(validator: Validator, block: Block, from: Address): Effect[] {
  const { tree, limits } = validator;
  if (tree.nodes.has(block.blockId) || isHeld(validator, block.blockId)) return [];
  if (block.slot <= tree.root.slot) {
    return refused(block, from, refuse("block-below-root", { slot: block.slot, root: tree.root.slot }));
  }
  if (block.slot > validator.slot + limits.slotsAheadMax) {
    return refused(block, from, refuse("block-from-future", { slot: block.slot, clock: validator.slot }));
  }
  const parent = nodeAt(tree, block.parentId);
  if (parent === null) return keepOrphan(validator, block, from);
  const replayed = validator.work.replay(parent.bank, block);
  if (!replayed.ok) return refused(block, from, replayed);
  if (block.slot > validator.slot) return hold(validator, block, from);
  const effects = adopt(validator, addNode(tree, replayed.value, block), block);
  for (const orphan of takeOrphans(validator, block.blockId))
    effects.push(...onBlock(validator, orphan.block, orphan.from));
  return effects;
}

function refused(block: Block, from: Address, refusal: Refusal): Effect[] {
  const { slot, blockId } = block;
  return [{ type: "report", report: { type: "block-refused", slot, blockId, from, refusal } }];
}

/** Keeps a sound block whose slot has not begun. Its leader signed it, so nobody else can crowd it out. */
function hold({ early, limits }: Validator, block: Block, from: Address): Effect[] {
  early.push({ block, from });
  if (early.length > limits.earlyBlocksMax) early.shift();
  return [];
}

function isHeld({ early }: Validator, blockId: Hash): boolean {
  return early.some(({ block }) => block.blockId === blockId);
}

/** Once a slot, after the clock moved: the blocks that were early and are so no more. */
export function onEarlyBlocks(validator: Validator): Effect[] {
  const held = validator.early.splice(0);
  return held.flatMap(({ block, from }) => onBlock(validator, block, from));
}

function keepOrphan(validator: Validator, block: Block, from: Address): Effect[] {
  const { orphans, limits, chain, tree } = validator;
  if (block.parentSlot <= tree.root.slot) {
    // Its parent would be the root or below it, and is not in the tree: it is on no fork that is still open.
    return refused(block, from, refuse("block-below-root", { slot: block.slot, root: tree.root.slot }));
  }
  const siblings = orphans.get(block.parentId) ?? [];
  if (siblings.some((orphan) => orphan.block.blockId === block.blockId)) return [];
  // The id is what orphans are told apart by, so nobody may claim another block's.
  const computed = computeBlockId(block, chain.genesisHash);
  if (block.blockId !== computed) {
    return refused(block, from, refuse("block-id-wrong", { slot: block.slot, blockId: block.blockId, computed }));
  }
  // Nor may a copy with a spoiled signature, which the id does not cover, keep the real block out.
  const { slot, blockId, leader, signature } = block;
  if (!chain.crypto.signatures.verify(signature, blockSignatureMessage(blockId), addressBytes(leader))) {
    return refused(block, from, refuse("block-signature-invalid", { slot, blockId, leader }));
  }
  orphans.set(block.parentId, [...siblings, { block, from }]);
  let count = 0;
  for (const waiting of orphans.values()) count += waiting.length;
  for (; count > limits.orphansMax; count--) dropOldestOrphan(validator);
  const missing = missingAncestor(validator, block);
  return isHeld(validator, missing)
    ? []
    : [{ type: "request-blocks", to: from, blockId: missing, above: tree.root.slot }];
}

function dropOldestOrphan({ orphans }: Validator): void {
  const [parentId, waiting] = assertDefined(orphans.entries().next().value, "orphans were counted");
  if (waiting.length === 1) orphans.delete(parentId);
  else orphans.set(parentId, waiting.slice(1));
}

/**
 * The first ancestor that is not even an orphan here. Every orphan asks for it again, so that one lost request or answer
 * loses nothing.
 */
function missingAncestor({ orphans }: Validator, block: Block): Hash {
  const parentOf = new Map<Hash, Hash>();
  for (const waiting of orphans.values())
    for (const orphan of waiting) parentOf.set(orphan.block.blockId, orphan.block.parentId);
  let missing = block.parentId;
  for (let parentId = parentOf.get(missing); parentId !== undefined; parentId = parentOf.get(missing))
    missing = parentId;
  return missing;
}

function takeOrphans(
  validator: Validator,
  parentId: Hash,
): readonly { readonly block: Block; readonly from: Address }[] {
  const waiting = validator.orphans.get(parentId) ?? [];
  validator.orphans.delete(parentId);
  return waiting;
}

/** A replayed block joins the tree; everything that follows from it, in order. */
function adopt(validator: Validator, node: BlockNode, block: Block): Effect[] {
  const { consensus, work } = validator;
  const effects: Effect[] = [{ type: "report", report: { type: "block-added", block, bank: node.bank } }];
  consensus.addBlock(node);
  for (const { blockId, votes } of work.votesIn(node.bank)) consensus.addVotes(blockId, votes);
  effects.push(...followHead(validator), ...reportCommitments(validator));
  return effects;
}
