/**
 * I2 for leaders: an honest validator signs one block a slot, over all its lives, and only in slots that come later than
 * the block it builds on.
 *
 *     slot 7   block a…, crash, restart, block b…        diverged: two blocks of one slot under one key
 */
import type { Hash } from "../../chain/ids.ts";
import type { Checker, CheckerContext } from "./checker.ts";

const checker = "proposals";

export function createProposalsChecker({ accuse }: CheckerContext): Checker {
  const signed = new Map<number, Map<number, Hash>>();
  return {
    name: checker,
    onEffect(node, effect) {
      if (effect.type !== "broadcast-block") return;
      const { slot, blockId } = effect.block;
      const own = signed.get(node) ?? new Map<number, Hash>();
      signed.set(node, own);
      const before = own.get(slot);
      own.set(slot, before ?? blockId);
      if (before === undefined || before === blockId) return;
      const facts = { slot, first: before, second: blockId };
      accuse({ checker, validator: node, message: "it signed two blocks of one slot", facts });
    },
  };
}
