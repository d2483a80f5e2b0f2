/** Tells the world when a block's commitment rises: processed, confirmed, finalized. */
import { advanceRoot, type BlockNode, nodeAt } from "../consensus/block-tree.ts";
import type { Effect } from "./contract.ts";
import { removeTransactions } from "./mempool.ts";
import type { Validator } from "./validator.ts";

/** Reports for what was confirmed since last asked. */
export function reportCommitments(validator: Validator): Effect[] {
  const confirmed = validator.consensus.confirmed();
  if (confirmed.blockId === validator.confirmed) return [];
  validator.confirmed = confirmed.blockId;
  return [{ type: "report", report: { type: "block-confirmed", bank: confirmed.bank } }];
}

/** Once a slot: what became final, in order; an observer, which has no tower of its own, roots it. */
export function reportFinality(validator: Validator): Effect[] {
  if (validator.voteAccount !== null) return [];
  const finalized = validator.consensus.finalized();
  if (finalized.blockId === validator.finalized) return [];
  validator.finalized = finalized.blockId;
  const effects: Effect[] = [];
  for (const { bank } of rootAt(validator, finalized)) {
    effects.push({ type: "report", report: { type: "block-finalized", bank } });
    // What is final needs no sending on any more (transactions.ts).
    removeTransactions(
      validator.mempool,
      bank.results.map((result) => result.transaction.messageHash),
    );
  }
  return effects;
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
  const rooted = advanceRoot(validator.tree, node);
  validator.consensus.prune();
  // Orphans at or below the root can never join the tree.
  for (const [parentId, waiting] of validator.orphans) {
    const kept = waiting.filter(({ block }) => block.slot > node.slot);
    if (kept.length === 0) validator.orphans.delete(parentId);
    else validator.orphans.set(parentId, kept);
  }
  return rooted;
}
