/**
 * Votes for every fork it sees: where its core votes for one, the strategy signs for the others too.
 *
 *     5 ── 6 ── 8     the core votes 8
 *      └── 7          and so much for lockouts: a vote for 7, by a tower that says 5, 7
 */
import { isAncestorOf, nodeAt } from "../../consensus/block-tree.ts";
import { forgeVote } from "./forge.ts";
import type { Deed, Strategy } from "./strategy.ts";

export const voteBothForks: Strategy = {
  createMemory: () => null,
  act({ validator }, _memory, _input, effects) {
    const head = validator.consensus.head();
    const forged = effects.flatMap((effect): readonly Deed[] => {
      if (effect.type !== "report" || effect.report.type !== "block-added") return [];
      const node = nodeAt(validator.tree, effect.report.block.blockId);
      const vote = node === null || isAncestorOf(node, head) ? null : forgeVote(validator, node);
      return vote === null ? [] : [{ type: "broadcast-vote", vote }];
    });
    return [...effects, ...forged];
  },
};
