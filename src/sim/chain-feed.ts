/**
 * The blocks of the chain that a cluster settles on, each once, in order, while it runs: the finalized ones as they become
 * so, and at the end the rest up to the head. Blocks of forks that lost are never given.
 *
 *     block-added 1 2 3 4 4'      ──>  pending { 1 2 3 4 4' }
 *     block-finalized 1 2         ──>  take(1) take(2)         pending { 3 4 4' }
 *     finish (head 4)             ──>  take(3) take(4)
 */
import { assertDefined } from "../base/assert.ts";
import type { Bank } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import type { Hash } from "../chain/ids.ts";
import type { BlockNode } from "../consensus/block-tree.ts";
import type { Report } from "../validator/contract.ts";
import type { Cluster } from "./cluster.ts";

export type ChainFeed = { onReport(report: Report): void; finish(cluster: Cluster): void };

export function createChainFeed(take: (block: Block, bank: Bank) => void): ChainFeed {
  const pending = new Map<Hash, Block>();
  return {
    onReport(report) {
      if (report.type === "block-added") pending.set(report.block.blockId, report.block);
      if (report.type !== "block-finalized") return;
      const { blockId, slot } = report.bank;
      take(assertDefined(pending.get(blockId), `finalized block ${blockId} was never added`), report.bank);
      for (const [id, block] of pending) if (block.slot <= slot) pending.delete(id);
    },
    finish(cluster) {
      const rest: BlockNode[] = [];
      // Down to the root, which is final and was taken already (or is genesis).
      for (let node = cluster.observing.consensus.head(); node.parent !== null; node = node.parent) rest.push(node);
      for (const { block, bank, blockId } of rest.reverse()) take(assertDefined(block, `no block ${blockId}`), bank);
    },
  };
}
