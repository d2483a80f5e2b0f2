/**
 * The one door of a validator: step(validator, input) -> effects, in the order in which they must be carried out.
 *
 *     slot          am I its leader on my fork?  produce, broadcast         (slots.ts)
 *     block         known? parent there? its slot?  replay, add, vote       (blocks.ts)
 *     vote          genuine?  weigh it; commitments may rise
 *     transactions  room and reason?  keep, or send on                      (transactions.ts)
 *     blocks        each as above
 *     block-request have it?  send it
 *
 * Total and synchronous: no clock, no randomness, no throw on any input. An assertion that fails is our bug and stops
 * the validator.
 */
import { assertNever } from "../base/assert.ts";
import { nodeAt } from "../consensus/block-tree.ts";
import { onBlock } from "./blocks.ts";
import { reportCommitments } from "./commitments.ts";
import type { Effect, Input } from "./contract.ts";
import { onSlot } from "./slots.ts";
import { onTransactions } from "./transactions.ts";
import type { Validator } from "./validator.ts";

const nothing: readonly Effect[] = [];

export function step(validator: Validator, input: Input): readonly Effect[] {
  switch (input.type) {
    case "vote": {
      // The most frequent input by far: N validators hear N votes each slot.
      if (!validator.work.isGenuineVote(input.vote)) return nothing;
      validator.consensus.addVote(input.vote);
      return validator.consensus.confirmed().blockId === validator.confirmed ? nothing : reportCommitments(validator);
    }
    case "slot":
      return onSlot(validator, input.slot);
    case "block":
      return onBlock(validator, input.block, input.from);
    case "blocks":
      return input.blocks.flatMap((block) => onBlock(validator, block, input.from));
    case "transactions":
      return onTransactions(validator, input.transactions);
    case "block-request": {
      const block = nodeAt(validator.tree, input.blockId)?.block ?? null;
      return block === null ? nothing : [{ type: "send-blocks", to: input.from, blocks: [block] }];
    }
    default:
      return assertNever(input);
  }
}
