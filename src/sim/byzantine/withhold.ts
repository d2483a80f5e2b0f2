/**
 * Keeps its blocks, and its votes for them, back: one in four for ever, the others for one to three slots.
 *
 *     slot 8   built and kept       slot 10   released, when the next leader has long built on 7
 */
import type { Hash } from "../../chain/ids.ts";
import type { Effect } from "../../validator/contract.ts";
import type { Deed, Strategy } from "./strategy.ts";

const slotsKeptMax = 3;

export const withhold: Strategy = {
  createMemory: () => null,
  act({ validator, random }, _memory, _input, effects) {
    const kept = new Set<Hash>();
    for (const effect of effects) if (effect.type === "broadcast-block") kept.add(effect.block.blockId);
    if (kept.size === 0) return effects;
    const isKept = (effect: Effect): boolean =>
      (effect.type === "broadcast-block" && kept.has(effect.block.blockId)) ||
      (effect.type === "broadcast-vote" && kept.has(effect.vote.blockId));
    const deeds: Deed[] = effects.filter((effect) => !isKept(effect));
    const slots = random.below(slotsKeptMax + 1);
    if (slots > 0) {
      const afterMs = slots * validator.chain.params.slotDurationMs;
      deeds.push({ type: "later", afterMs, deeds: effects.filter(isKept) });
    }
    return deeds;
  },
};
