/**
 * The one door of a validator: step(validator, input) -> effects, in the order in which they must be carried out.
 *
 *     slot          am I its leader on my fork?  produce, broadcast         (slots.ts)
 *     block         known? parent there? its slot?  replay, add, vote       (blocks.ts)
 *     vote          genuine?  weigh it; commitments may rise                (heard-vote.ts)
 *     transactions  room and reason?  keep, or send on                      (transactions.ts)
 *     blocks        each as above
 *     block-request have it?  send it, and what the asker lacks below it  (catch-up.ts)
 *
 * Total and synchronous: no clock, no randomness, no throw on any input. An assertion that fails is our bug and stops
 * the validator.
 */
import { assertNever } from "../base/assert.ts";
import { onBlock, onBlocks } from "./blocks.ts";
import { answerRequest } from "./catch-up.ts";
import type { Effect, Input } from "./contract.ts";
import { hearVote } from "./heard-vote.ts";
import { onSlot } from "./slots.ts";
import { onTransactions } from "./transactions.ts";
import type { Validator } from "./validator.ts";

export function step(validator: Validator, input: Input): readonly Effect[] {
  switch (input.type) {
    case "vote":
      return hearVote(validator, validator.work.hear(input.vote));
    case "slot":
      return onSlot(validator, input.slot);
    case "block":
      return onBlock(validator, input.block, input.from);
    case "blocks":
      return onBlocks(validator, input);
    case "transactions":
      return onTransactions(validator, input.transactions);
    case "block-request":
      return answerRequest(validator, input.blockId, input.above, input.from);
    default:
      return assertNever(input);
  }
}
