/**
 * The blocks a validator knows since its root, as a tree:
 *
 *     root ── 5 ── 6 ── 8        head 8
 *              └── 7             a fork
 *
 * Only blocks that replayed without a refusal get in, so every node has a bank. Advancing the root drops everything
 * that does not descend from it.
 */
import { assert, assertDefined } from "../base/assert.ts";
import type { Bank } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import { type Address, compareAddresses, type Hash, type Slot } from "../chain/ids.ts";
import type { StakeTable } from "../chain/stake-table.ts";
import { createStakeSum, type StakeSum } from "./stake-sum.ts";

export type BlockNode = {
  readonly blockId: Hash;
  readonly slot: Slot;
  readonly bank: Bank;
  /** Null for genesis. */
  readonly block: Block | null;
  /** The stakes that weigh votes for this block. */
  readonly stakes: StakeTable;
  /** Null for the root. */
  parent: BlockNode | null;
  readonly children: BlockNode[];
  /** Stake that voted for exactly this block. */
  readonly support: StakeSum;
  /** Stake whose latest vote is for this block or a descendant (fork-choice.ts). */
  readonly weight: StakeSum;
  /** Whether its leader signed another block for its slot, and whether the stake has settled on this one (duplicates.ts). */
  duplicate: "none" | "unconfirmed" | "confirmed";
};

export type BlockTree = {
  root: BlockNode;
  readonly nodes: Map<Hash, BlockNode>;
  /** All blocks of a slot, in order of arrival: more than one only on forks, or where a leader signed more. */
  readonly slots: Map<Slot, BlockNode[]>;
};

function createNode(bank: Bank, block: Block | null, parent: BlockNode | null): BlockNode {
  const stakes = assertDefined(bank.stakeTables.get(bank.epoch), `bank ${bank.slot} has no stakes of its epoch`);
  return {
    blockId: bank.blockId,
    slot: bank.slot,
    bank,
    block,
    stakes,
    parent,
    children: [],
    support: createStakeSum(),
    weight: createStakeSum(),
    duplicate: "none",
  };
}

export function createBlockTree(rootBank: Bank, rootBlock: Block | null = null): BlockTree {
  const root = createNode(rootBank, rootBlock, null);
  return { root, nodes: new Map([[root.blockId, root]]), slots: new Map([[root.slot, [root]]]) };
}

export function nodeAt(tree: BlockTree, blockId: Hash): BlockNode | null {
  return tree.nodes.get(blockId) ?? null;
}

/** Adds a replayed block under its parent, which must be in the tree. Siblings stand in order of (slot, id). */
export function addNode(tree: BlockTree, bank: Bank, block: Block): BlockNode {
  assert(!tree.nodes.has(bank.blockId), `block ${bank.blockId} is in the tree already`);
  const parent = assertDefined(nodeAt(tree, bank.parentId), `parent of ${bank.blockId} is not in the tree`);
  const node = createNode(bank, block, parent);
  parent.children.push(node);
  if (parent.children.length > 1) {
    parent.children.sort((a, b) => a.slot - b.slot || compareHashes(a.blockId, b.blockId));
  }
  tree.nodes.set(node.blockId, node);
  const ofSlot = tree.slots.get(node.slot);
  if (ofSlot === undefined) tree.slots.set(node.slot, [node]);
  else ofSlot.push(node);
  return node;
}

/** By the bytes of the hashes, ascending. */
export function compareHashes(a: Hash, b: Hash): number {
  return compareAddresses(a as unknown as Address, b as unknown as Address);
}

/** The ancestor of `node` (or itself) at a slot, or null when that slot was skipped on its fork or lies below the root. */
export function ancestorAt(node: BlockNode, slot: Slot): BlockNode | null {
  let at: BlockNode | null = node;
  while (at !== null && at.slot > slot) at = at.parent;
  return at !== null && at.slot === slot ? at : null;
}

export function isAncestorOf(ancestor: BlockNode, node: BlockNode): boolean {
  return ancestorAt(node, ancestor.slot) === ancestor;
}

/**
 * Makes `node` the root. Returns the path from the old root (excluded) to the new one (included), oldest first. Walks what is
 * dropped and nothing else: every validator does this each slot, with a tree of some 40 blocks that lose one.
 */
export function advanceRoot(tree: BlockTree, node: BlockNode): readonly BlockNode[] {
  assert(isAncestorOf(tree.root, node), `new root ${node.slot} does not descend from the root ${tree.root.slot}`);
  const rooted: BlockNode[] = [];
  for (let at = node; at !== tree.root; ) {
    rooted.push(at);
    const parent = assertDefined(at.parent, "path to the root");
    dropBranches(tree, parent, at);
    at = parent;
  }
  node.parent = null;
  tree.root = node;
  return rooted.reverse();
}

/** Drops a block and what descends from it, but for one of its children. */
function dropBranches(tree: BlockTree, from: BlockNode, kept: BlockNode): void {
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    tree.nodes.delete(at.blockId);
    const ofSlot = assertDefined(tree.slots.get(at.slot), "every block stands in its slot");
    if (ofSlot.length === 1) tree.slots.delete(at.slot);
    else ofSlot.splice(ofSlot.indexOf(at), 1);
    for (const child of at.children) if (child !== kept) open.push(child);
    // Whoever still holds a dropped node must not hold the whole chain through it.
    at.children.length = 0;
  }
}
