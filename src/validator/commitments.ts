/** Tells the world when a block's commitment rises: processed, confirmed, finalized. */
import { advanceRoot, type BlockNode, isAncestorOf, nodeAt } from "../consensus/block-tree.ts";
import { lastVoteOf } from "../consensus/tower.ts";
import { archiveBlock } from "./catch-up.ts";
import { type Effect, noEffects } from "./contract.ts";
import { isMempoolEmpty, removeTransactions } from "./mempool.ts";
import type { Validator } from "./validator.ts";

/** Reports for what was confirmed since last asked. */
export function reportCommitments(validator: Validator): readonly Effect[] {
  const confirmed = validator.consensus.confirmed();
  if (confirmed.blockId === validator.confirmed) return noEffects;
  validator.confirmed = confirmed.blockId;
  return [{ type: "report", report: { type: "block-confirmed", bank: confirmed.bank } }];
}

/**
 * Once a slot: what became final, in order. An observer, which has no tower of its own, roots it; a validator only where its
 * own votes stand on another fork: its tower will root nothing for long, and what more than 2/3 have rooted is settled.
 */
export function reportFinality(validator: Validator): readonly Effect[] {
  const finalized = validator.consensus.finalized();
  if (validator.voteAccount !== null) {
    if (isLeftBehind(validator, finalized)) rootAt(validator, finalized);
    return noEffects;
  }
  if (finalized.blockId === validator.finalized) return noEffects;
  validator.finalized = finalized.blockId;
  const effects: Effect[] = [];
  for (const { bank } of rootAt(validator, finalized)) {
    effects.push({ type: "report", report: { type: "block-finalized", bank } });
    if (isMempoolEmpty(validator.mempool)) continue;
    // What is final needs no sending on any more (transactions.ts).
    removeTransactions(
      validator.mempool,
      bank.results.map((result) => result.transaction.messageHash),
    );
  }
  return effects;
}

function isLeftBehind({ tree, tower }: Validator, finalized: BlockNode): boolean {
  const last = lastVoteOf(tower);
  if (last === null || finalized.slot <= tree.root.slot) return false;
  const lastVoted = nodeAt(tree, last.blockId);
  return lastVoted === null || !isAncestorOf(finalized, lastVoted);
}

/** Moves the root up to the block that the own tower has rooted. */
export function followTowerRoot(validator: Validator): void {
  const { root, rootBlockId } = validator.tower;
  if (root === null || rootBlockId === null || root <= validator.tree.root.slot) return;
  const node = nodeAt(validator.tree, rootBlockId);
  if (node !== null) rootAt(validator, node);
}

function rootAt(validator: Validator, node: BlockNode): readonly BlockNode[] {
  if (node === validator.tree.root) return [];
  const { block: oldRoot } = validator.tree.root;
  const rooted = advanceRoot(validator.tree, node);
  archiveBlock(validator, oldRoot);
  for (const { block } of rooted) archiveBlock(validator, block);
  validator.consensus.prune();
  if (validator.orphans.size === 0) return rooted;
  // Orphans at or below the root can never join the tree.
  for (const [parentId, waiting] of validator.orphans) {
    const kept = waiting.filter(({ block }) => block.slot > node.slot);
    if (kept.length === 0) validator.orphans.delete(parentId);
    else validator.orphans.set(parentId, kept);
  }
  return rooted;
}
