/**
 * Two signed blocks for each of its slots, each to half of the others.
 *
 *     leader 0, slot 8   block 8  ──> 1, 3        block 8' ──> 2, the observer        halves drawn anew for each slot
 *
 * The honest tell one another (src/validator/relay.ts).
 */

import type { Block } from "../../chain/block.ts";
import { forgeSecondBlock } from "./forge.ts";
import type { Deed, Strategy, StrategyContext } from "./strategy.ts";

export const equivocate: Strategy = {
  createMemory: () => null,
  act: (context, _memory, _input, effects) =>
    effects.flatMap((effect): readonly Deed[] => {
      if (effect.type === "broadcast-block") return showTwoFaces(context, effect.block);
      // It does not tell of itself.
      return effect.type === "relay-block" && isOwn(context, effect.block) ? [] : [effect];
    }),
};

const isOwn = ({ validator }: StrategyContext, { leader }: Block) => leader === validator.identity.address;

function showTwoFaces({ validator, others, random }: StrategyContext, block: Block): readonly Deed[] {
  const second = forgeSecondBlock(validator, block, random);
  if (second === null) return [{ type: "broadcast-block", block }];
  const order = random.shuffled(others);
  const half = Math.ceil(order.length / 2);
  const from = validator.identity.address;
  const ascending = (list: readonly number[]) => [...list].sort((a, b) => a - b);
  return [
    { type: "send", to: ascending(order.slice(0, half)), message: { type: "block", block, from } },
    { type: "send", to: ascending(order.slice(half)), message: { type: "block", block: second, from } },
  ];
}
