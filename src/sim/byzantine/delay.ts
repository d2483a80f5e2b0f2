/**
 * Sends its blocks and votes at the last moment of the slot.
 *
 *     slot of 100 ms   built at 0   sent at 99        the next leader may have begun to build without it
 */
import type { Effect } from "../../validator/contract.ts";
import type { Deed, Strategy } from "./strategy.ts";

export const delay: Strategy = {
  createMemory: () => null,
  act({ nowMs, slotEndMs }, _memory, _input, effects) {
    const afterMs = Math.max(0, slotEndMs - nowMs);
    const isSpoken = ({ type }: Effect) => type === "broadcast-block" || type === "broadcast-vote";
    const spoken = effects.filter(isSpoken);
    const deeds: Deed[] = effects.filter((effect) => !isSpoken(effect));
    if (spoken.length > 0) deeds.push({ type: "later", afterMs, deeds: spoken });
    return deeds;
  },
};
