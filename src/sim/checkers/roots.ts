/**
 * I1: all roots of all honest validators, over all their lives, lie on one chain. I3: no root moves back.
 *
 *     validator 0   5 ── 8          one chain: 5 ── 6 ── 8
 *     validator 1   6               fine
 *     validator 1   7               diverged: 7 is no ancestor of 8, nor 8 of 7
 *
 * A root is what a saved tower says, what a validator's tree starts from, and what the observer calls finalized.
 */
import type { Hash } from "../../chain/ids.ts";
import type { Checker, CheckerContext } from "./checker.ts";
import { addRoot, type SeenBlock } from "./chronicle.ts";

const checker = "roots";

export function createRootsChecker(context: CheckerContext, onRooted: (seen: SeenBlock) => void): Checker {
  const { cluster, chronicle, accuse } = context;
  /** By validator, in this life: where its tree starts. */
  const treeRoots = new Map<number, number>();
  /** By validator: the root that its newest vote told of. A lost disk forgets it. */
  const spokenRoots = new Map<number, number>();

  function see(node: number, blockId: Hash, where: string): void {
    const rooting = addRoot(chronicle, blockId);
    if (rooting.type === "extended") for (const seen of rooting.path) onRooted(seen);
    if (rooting.type === "conflict") {
      accuse({
        checker,
        validator: node,
        message: `its root conflicts with another validator's: neither is an ancestor of the other`,
        facts: {
          where,
          root: blockId,
          rootSlot: chronicle.blocks.get(blockId)?.slot ?? null,
          otherRoot: rooting.newest.blockId,
          otherSlot: rooting.newest.slot,
          forkSlot: rooting.fork.slot,
        },
      });
    }
    if (rooting.type === "unknown") {
      const message = "it rooted a block that no honest validator adopted, or whose ancestors none did";
      accuse({ checker, validator: node, message, facts: { where, root: blockId } });
    }
  }

  function rise(roots: Map<number, number>, node: number, slot: number, where: string): void {
    const before = roots.get(node);
    roots.set(node, slot);
    if (before === undefined || slot >= before) return;
    accuse({ checker, validator: node, message: "its root moved back", facts: { where, before, after: slot } });
  }

  return {
    name: checker,
    onEffect(node, effect) {
      if (effect.type === "save-tower" && effect.tower.rootBlockId !== null) {
        see(node, effect.tower.rootBlockId, "saved tower");
      } else if (effect.type === "broadcast-vote") {
        const { root } = effect.vote.tower;
        if (root !== null || spokenRoots.has(node)) rise(spokenRoots, node, root ?? -1, "vote");
      } else if (effect.type === "report" && effect.report.type === "block-finalized") {
        see(node, effect.report.bank.blockId, "finalized");
      }
    },
    onSlot() {
      for (const [node, { validator, online }] of cluster.nodes.entries()) {
        if (!online || chronicle.misbehaved.has(node)) continue;
        const { root } = validator.tree;
        rise(treeRoots, node, root.slot, "block tree");
        see(node, root.blockId, "block tree");
      }
    },
    onFault(fault) {
      // Who starts again does so from a root that others have, which may lie below its own.
      if (fault.type === "restart") treeRoots.delete(fault.validator);
      if (fault.type === "kill" && fault.disk === "lost") spokenRoots.delete(fault.validator);
    },
  };
}
