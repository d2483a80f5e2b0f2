/**
 * Messages on their way: each becomes an event at the time it arrives. Those whom a message reaches at the same time share
 * one event, and where nothing distinguishes the links everybody does.
 */

import { arrivalsOf, evenDelayMs } from "./links.ts";
import { type Message, messageBytes } from "./message.ts";
import type { World } from "./world.ts";

/** From one member to others. */
export function post(world: World, from: number, to: readonly number[], message: Message): void {
  const { state, queue, randoms } = world;
  const evenly = evenDelayMs(state.links);
  if (evenly !== null) {
    if (to.length > 0) queue.schedule(state.nowMs + evenly, { type: "delivery", to, input: message });
    return;
  }
  let measured: number | null = null;
  const bytes = (): number => {
    measured ??= messageBytes(message);
    return measured;
  };
  const byArrival = new Map<number, number[]>();
  for (const receiver of to) {
    for (const at of arrivalsOf(state.links, randoms.network, { from, to: receiver, bytes }, state.nowMs)) {
      const together = byArrival.get(at);
      if (together === undefined) byArrival.set(at, [receiver]);
      else together.push(receiver);
    }
  }
  for (const [at, together] of byArrival) queue.schedule(at, { type: "delivery", to: together, input: message });
}

/** From one member to everybody else. */
export function postToAll(world: World, from: number, message: Message): void {
  post(world, from, world.others[from]!, message);
}
