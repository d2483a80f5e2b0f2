/**
 * A block arrives: from a peer, from the own producer, or from the orphans whose parent has come.
 *
 *     refused?  ──> report, nothing changes
 *     orphan?   ──> keep it (bounded), ask the sender for its parent (orphans.ts, catch-up.ts)
 *     early?    ──> keep it (bounded) until its slot begins
 *     replayed  ──> tree, fork choice, votes that landed in it, own vote
 *
 * A leader may be ahead of our clock, or ahead of everybody's on purpose: a block that took its place before its slot
 * would be built upon, and the leaders of the slots before it would lose their turns.
 */
import { type Refusal, refuse } from "../base/refusal.ts";
import type { Block } from "../chain/block.ts";
import type { Address, Hash } from "../chain/ids.ts";
import { addNode, type BlockNode, nodeAt } from "../consensus/block-tree.ts";
import { askOn, catchUpLimits } from "./catch-up.ts";
import { reportCommitments } from "./commitments.ts";
import { type Effect, type Input, noEffects } from "./contract.ts";
import { noteDuplicateBlock, noteVote, otherVersions } from "./offences.ts";
import { checkOrphan, keepOrphan, takeOrphans } from "./orphans.ts";
import { tellOfDuplicate } from "./relay.ts";
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
  if (parent === null) {
    const unfit = checkOrphan(validator, block);
    return unfit === null ? keepOrphan(validator, block, from) : refused(block, from, unfit);
  }
  const unwanted = checkRoom(validator, parent, block);
  if (unwanted !== null) return refused(block, from, unwanted);
  const replayed = validator.work.replay(parent.bank, block);
  if (!replayed.ok) return refused(block, from, replayed);
  if (block.slot > validator.slot) return hold(validator, block, from);
  const effects = adopt(validator, addNode(tree, replayed.value, block), block);
  for (const orphan of takeOrphans(validator, block.blockId))
    effects.push(...onBlock(validator, orphan.block, orphan.from));
  return effects;
}

/** Blocks that were asked for; beyond what an answer may hold the rest is left. */
export function onBlocks(validator: Validator, answer: Extract<Input, { readonly type: "blocks" }>): Effect[] {
  const taken = answer.blocks.slice(0, catchUpLimits.blocksPerAnswerMax);
  const effects = taken.flatMap((block) => onBlock(validator, block, answer.from));
  return [...effects, ...askOn(validator, answer.blockId, taken, answer.from)];
}

/**
 * Whether the tree has room for it. A leader can sign as many blocks for its slot as it likes, and build on any fork: what
 * nobody asked for or voted for joins only up to a limit. The forks that this validator follows have no limit, for the
 * chain goes on without finality.
 */
function checkRoom(validator: Validator, parent: BlockNode, block: Block): Refusal | null {
  const { tree, limits, consensus, catchUp, orphans } = validator;
  const { slot, blockId, leader } = block;
  if (catchUp.wants.has(blockId) || orphans.has(blockId) || consensus.hasVotesFor(blockId)) return null;
  const versions = otherVersions(validator, block);
  if (versions.length >= limits.versionsMax) {
    return refuse("block-versions-too-many", { slot, leader, versions: versions.length, limit: limits.versionsMax });
  }
  if (tree.nodes.size <= limits.strayBlocksMax || parent === consensus.head()) return null;
  const followed = consensus.head().bank.height - tree.root.bank.height;
  const stray = tree.nodes.size - 1 - followed;
  if (stray < limits.strayBlocksMax) return null;
  return refuse("block-stray-too-many", { slot, blockId, stray, limit: limits.strayBlocksMax });
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
export function onEarlyBlocks(validator: Validator): readonly Effect[] {
  if (validator.early.length === 0) return noEffects;
  const held = validator.early.splice(0);
  return held.flatMap(({ block, from }) => onBlock(validator, block, from));
}

/** A replayed block joins the tree; everything that follows from it, in order. */
function adopt(validator: Validator, node: BlockNode, block: Block): Effect[] {
  const { consensus, work, catchUp } = validator;
  const added: Effect[] = [{ type: "report", report: { type: "block-added", block, bank: node.bank } }];
  catchUp.wants.delete(block.blockId);
  const equivocation = reportEquivocation(validator, node, block);
  consensus.addBlock(node);
  for (const { blockId, votes } of work.votesIn(node.bank)) {
    if (consensus.hasHeardAll(votes)) continue;
    for (const vote of votes) noteVote(validator, consensus.voteOf(vote.voteAccount), vote, work);
    consensus.addVotes(blockId, votes);
  }
  return added.concat(equivocation, followHead(validator), reportCommitments(validator));
}

/** The leader signed another block for this slot: consensus and peers have to know, and the offence is to be booked. */
function reportEquivocation(validator: Validator, node: BlockNode, block: Block): readonly Effect[] {
  const { slot, leader, blockId } = block;
  const others = otherVersions(validator, block);
  const [other] = others;
  if (other === undefined || node.parent === null) return noEffects;
  validator.consensus.addDuplicate(slot, leader);
  noteDuplicateBlock(validator, node.parent.bank, block, other);
  const blockIds = [other.blockId, blockId] as const;
  const report = { type: "equivocation-seen", slot, leader, blockIds } as const;
  return [{ type: "report", report }, ...tellOfDuplicate(validator, block, others)];
}
