/** What a node asks for is done, in order: disk, network, listeners. */
import { assertNever } from "../base/assert.ts";
import type { Address } from "../chain/ids.ts";
import type { Deed } from "./byzantine/strategy.ts";
import { writeTower } from "./disk.ts";
import type { Message } from "./message.ts";
import { post, postToAll } from "./post.ts";
import { nodeOf, type World } from "./world.ts";

export function carryOut(world: World, index: number, deeds: readonly Deed[]): void {
  for (const deed of deeds) {
    if (deed.type !== "send" && deed.type !== "later") {
      for (const listener of world.listeners) listener.onEffect?.(index, deed, world.state.nowMs);
    }
    carryOutOne(world, index, deed);
  }
}

function carryOutOne(world: World, index: number, deed: Deed): void {
  const node = nodeOf(world, index);
  const from = node.validator.identity.address;
  switch (deed.type) {
    case "save-tower":
      writeTower(node.disk, deed.tower);
      break;
    case "broadcast-block":
      if (deed.block.leader === from) node.disk.ledSlot = deed.block.slot;
      postToAll(world, index, { type: "block", block: deed.block, from });
      break;
    case "relay-block":
      postToAll(world, index, { type: "block", block: deed.block, from });
      break;
    case "broadcast-vote":
      postToAll(world, index, { type: "vote", vote: deed.vote });
      break;
    case "send-blocks":
      sendTo(world, index, deed.to, { type: "blocks", blockId: deed.blockId, blocks: deed.blocks, from });
      break;
    case "request-blocks":
      sendTo(world, index, deed.to, { type: "block-request", blockId: deed.blockId, above: deed.above, from });
      break;
    case "send-transactions":
      sendTo(world, index, deed.to, { type: "transactions", transactions: deed.transactions });
      break;
    case "report":
      for (const listener of world.listeners) listener.onReport?.(index, deed.report);
      break;
    case "send":
      post(world, index, deed.to, deed.message);
      break;
    case "later": {
      const at = world.state.nowMs + deed.afterMs;
      world.queue.schedule(at, { type: "later", node: index, life: node.lives, deeds: deed.deeds });
      break;
    }
    default:
      assertNever(deed);
  }
}

function sendTo(world: World, from: number, to: Address, message: Message): void {
  const index = world.indexOf.get(to);
  if (index !== undefined) post(world, from, [index], message);
}
