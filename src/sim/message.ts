/** What members of a cluster send one another: how long it is on a wire, and how a trace names it. */
import { assertNever } from "../base/assert.ts";
import { blockBytes } from "../chain/block.ts";
import type { Input } from "../validator/contract.ts";

/** All that reaches a validator from others; its clock is its own. */
export type Message = Exclude<Input, { readonly type: "slot" }>;

const addressLength = 32;
const hashLength = 32;
const slotLength = 8;

/** The bytes of what a message carries, and of its sender where it names one. */
export function messageBytes(message: Message): number {
  switch (message.type) {
    case "block":
      return addressLength + blockBytes(message.block);
    case "blocks":
      return message.blocks.reduce((bytes, block) => bytes + blockBytes(block), addressLength + hashLength);
    case "vote":
      return message.vote.transaction.bytes.length;
    case "transactions":
      return message.transactions.reduce((bytes, transaction) => bytes + transaction.bytes.length, 0);
    case "block-request":
      return addressLength + hashLength + slotLength;
    default:
      return assertNever(message);
  }
}

/** What an input says, in a line that names its content by hash or signature. */
export function describeInput(input: Input): string {
  switch (input.type) {
    case "slot":
      return `slot ${input.slot}`;
    case "block":
      return `block ${input.block.blockId} from ${input.from}`;
    case "blocks":
      return `blocks of ${input.blockId} ${input.blocks.map(({ blockId }) => blockId).join(" ")} from ${input.from}`;
    case "vote":
      return `vote ${input.vote.transaction.signature}`;
    case "transactions":
      return `transactions ${input.transactions.map(({ signature }) => signature).join(" ")}`;
    case "block-request":
      return `block-request ${input.blockId} above ${input.above} from ${input.from}`;
    default:
      return assertNever(input);
  }
}
