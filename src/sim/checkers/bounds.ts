/**
 * I12: nothing grows without a limit. At the end of each slot every honest validator's queues are within the limits it was
 * given, its tree is no larger than the slots since its root allow, and it said no more in the slot than it may.
 *
 *     root 40, slot 75, one equivocating leader: at most 2 × 36 blocks in the tree
 */
import { mempoolSizeOf } from "../../validator/mempool.ts";
import type { Checker, CheckerContext } from "./checker.ts";

const checker = "bounds";

/** Blocks that one slot may leave in a tree: its leader's, and what an equivocating one adds before it is stopped. */
const blocksPerSlotMax = 4;
const blocksPerAnswerMax = 32;
/** Effects of one validator in one slot, for each member of the cluster. */
const effectsPerMemberMax = 64;
/** And for each block that it adopts: who catches up votes as it goes, a tower saved and a vote sent each time. */
const effectsPerBlockMax = 2;

export function createBoundsChecker({ cluster, chronicle, accuse }: CheckerContext): Checker {
  const effects = new Map<number, number>();
  const adopted = new Map<number, number>();

  function effectsMaxOf(node: number): number {
    return effectsPerMemberMax * cluster.nodes.length + effectsPerBlockMax * (adopted.get(node) ?? 0);
  }

  function look(node: number): void {
    const { validator } = cluster.nodes[node]!;
    const { tree, orphans, early, mempool, limits, slot } = validator;
    let orphansCount = 0;
    for (const waiting of orphans.values()) orphansCount += waiting.length;
    const bounded: readonly (readonly [string, number, number])[] = [
      ["blocks in the tree", tree.nodes.size, 1 + blocksPerSlotMax * Math.max(1, slot + 1 - tree.root.slot)],
      ["orphans", orphansCount, limits.orphansMax],
      ["early blocks", early.length, limits.earlyBlocksMax],
      ["transactions waiting", mempoolSizeOf(mempool), limits.mempoolTransactionsMax],
      ["transactions held aside", mempool.aside.size, limits.mempoolAsideMax],
      ["effects in a slot", effects.get(node) ?? 0, effectsMaxOf(node)],
    ];
    for (const [what, count, most] of bounded) {
      if (count <= most) continue;
      accuse({ checker, validator: node, message: `too many ${what}`, facts: { what, count, most } });
    }
  }

  return {
    name: checker,
    onEffect(node, effect) {
      if (effect.type === "report" && effect.report.type === "block-added")
        adopted.set(node, (adopted.get(node) ?? 0) + 1);
      if (effect.type !== "report") effects.set(node, (effects.get(node) ?? 0) + 1);
      if (effect.type !== "send-blocks" || effect.blocks.length <= blocksPerAnswerMax) return;
      const facts = { what: "blocks in an answer", count: effect.blocks.length, most: blocksPerAnswerMax };
      accuse({ checker, validator: node, message: "too many blocks in an answer", facts });
    },
    onSlot() {
      for (const node of cluster.nodes.keys()) if (!chronicle.misbehaved.has(node)) look(node);
      effects.clear();
      adopted.clear();
    },
  };
}
