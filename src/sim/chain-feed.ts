/**
 * The blocks of the chain that a cluster settles on, each once, in order, while it runs: the finalized ones as they become
 * so, and at the end the rest up to the head. Blocks of forks that lost are never given.
 *
 *     block-added 1 2 3 4 4'      ──>  pending { 1 2 3 4 4' }
 *     block-finalized 1 2         ──>  take(1) take(2)         pending { 3 4 4' }
 *     finish (head 4)             ──>  take(3) take(4)
 */
import { assertDefined } from "../base/assert.ts";
import type { Block } from "../chain/block.ts";
import type { Hash } from "../chain/ids.ts";
import type { Cluster, ClusterOptions } from "./cluster.ts";

type Report = Parameters<NonNullable<ClusterOptions["onReport"]>>[1];

export type ChainFeed = { onReport(report: Report): void; finish(cluster: Cluster): void };

export function createChainFeed(take: (block: Block) => void): ChainFeed {
  const pending = new Map<Hash, Block>();
  return {
    onReport(report) {
      if (report.type === "block-added") pending.set(report.block.blockId, report.block);
      if (report.type !== "block-finalized") return;
      const { blockId, slot } = report.bank;
      take(assertDefined(pending.get(blockId), `finalized block ${blockId} was never added`));
      for (const [id, block] of pending) if (block.slot <= slot) pending.delete(id);
    },
    finish(cluster) {
      const rest: Block[] = [];
      let node = cluster.observing.consensus.head();
      // Down to the root, which is final and was taken already (or is genesis).
      while (node.parent !== null) {
        rest.push(assertDefined(node.block, `no block ${node.blockId}`));
        node = node.parent;
      }
      for (const block of rest.reverse()) take(block);
    },
  };
}
