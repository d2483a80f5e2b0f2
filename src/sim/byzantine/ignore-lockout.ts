/**
 * Votes for the heaviest fork whatever it has promised: where its core holds its vote, the strategy signs all the same.
 *
 *     core     vote-held at 9: locked out by 8
 *     deeds    a vote for 9, by a tower in which 8 never was
 */
import type { Hash } from "../../chain/ids.ts";
import { forgeVote } from "./forge.ts";
import type { Strategy } from "./strategy.ts";

type Memory = { lastForged: Hash | null };

export const ignoreLockout: Strategy<Memory> = {
  createMemory: () => ({ lastForged: null }),
  act({ validator }, memory, _input, effects) {
    const isHeld = effects.some((effect) => effect.type === "report" && effect.report.type === "vote-held");
    const head = validator.consensus.head();
    if (!isHeld || memory.lastForged === head.blockId) return effects;
    const vote = forgeVote(validator, head);
    if (vote === null) return effects;
    memory.lastForged = head.blockId;
    return [...effects, { type: "broadcast-vote", vote }];
  },
};
