/**
 * What happens, event by event: a node is told something, steps, and what it asks for is carried out in order.
 *
 *     event ──> node online? slow: it waits ──> [hear] step [act] ──> deeds ──> disk, network, listeners
 *
 * A failed assertion stops the node that hit it and nobody else.
 */
import { assertNever } from "../base/assert.ts";
import type { Input } from "../validator/contract.ts";
import { step } from "../validator/step.ts";
import { strategies } from "./byzantine/strategies.ts";
import type { Deed, StrategyContext } from "./byzantine/strategy.ts";
import { carryOut } from "./carry-out.ts";
import { hearTogether } from "./hear-together.ts";
import { describeInput } from "./message.ts";
import { crash, cutDeeds, stop } from "./power.ts";
import {
  type ClusterEvent,
  type ClusterNode,
  isAlive,
  nodeOf,
  record,
  scheduleTick,
  slotByClock,
  slotStartMs,
  type World,
} from "./world.ts";

/** Inputs that a slow validator has not come to; what comes beyond them is lost. */
export const waitingMax = 4096;

/** Everything up to `untilMs`, that included. */
export function run(world: World, untilMs: number): void {
  for (let next = world.queue.next(untilMs); next !== null; next = world.queue.next(untilMs)) {
    world.state.nowMs = next.at;
    if (!hearTogether(world, next.event)) happen(world, next.event);
  }
}

function happen(world: World, event: ClusterEvent): void {
  switch (event.type) {
    case "delivery":
      record(world, event.to, describeInput(event.input));
      // By index: an iterator would make an object for each of N x N deliveries a slot.
      for (let i = 0; i < event.to.length; i++) deliver(world, event.to[i]!, event.input);
      break;
    case "tick": {
      const node = nodeOf(world, event.node);
      if (node.clockSettings !== event.setting) break;
      scheduleTick(world, event.node, node);
      const input = { type: "slot", slot: slotByClock(world, node) } as const;
      record(world, [event.node], `own ${describeInput(input)}`);
      deliver(world, event.node, input);
      break;
    }
    case "work": {
      const input = isAlive(world, event) ? nodeOf(world, event.node).waiting.shift() : undefined;
      if (input === undefined) break;
      record(world, [event.node], `comes to ${describeInput(input)}`);
      act(world, event.node, input);
      break;
    }
    case "later":
      if (!isAlive(world, event)) break;
      record(world, [event.node], `later ${event.deeds.length}`);
      carryOut(world, event.node, event.deeds);
      break;
    case "death": {
      const node = nodeOf(world, event.node);
      if (!isAlive(world, event) || node.dying === null) break;
      record(world, [event.node], "dies");
      stop(node, node.dying);
      break;
    }
    default:
      assertNever(event);
  }
}

/** A node is told something; a slow one comes to it later, after what it was told before. */
function deliver(world: World, index: number, input: Input): void {
  const node = nodeOf(world, index);
  if (!node.online) return;
  if (node.delayMs === 0 && node.waiting.length === 0) {
    act(world, index, input);
    return;
  }
  if (node.waiting.length >= waitingMax) return;
  node.waiting.push(input);
  node.busyUntilMs = Math.max(node.busyUntilMs, world.state.nowMs + node.delayMs);
  world.queue.schedule(node.busyUntilMs, { type: "work", node: index, life: node.lives });
}

/** It steps, and what follows is carried out. Returns what was. */
export function act(world: World, index: number, input: Input): readonly Deed[] {
  const node = nodeOf(world, index);
  for (const listener of world.listeners) listener.onInput?.(index, input);
  let deeds: readonly Deed[];
  try {
    deeds = node.strategy === null ? step(node.validator, input) : stepByStrategy(world, index, node, input);
  } catch (error) {
    crash(world, index, error);
    return [];
  }
  const cut = node.dying === null ? null : cutDeeds(world, node, deeds);
  carryOut(world, index, cut ?? deeds);
  if (cut !== null) {
    record(world, [index], `dies after ${cut.length} of ${deeds.length}`);
    stop(node, "torn");
  }
  return cut ?? deeds;
}

function stepByStrategy(world: World, index: number, node: ClusterNode, input: Input): readonly Deed[] {
  const strategy = strategies[node.strategy!];
  const { validator, memory } = node;
  const context: StrategyContext = {
    validator,
    others: world.others[index]!,
    random: world.randoms.byzantine,
    nowMs: world.state.nowMs,
    slotEndMs: slotStartMs(world, world.state.slot + 1) - 1,
  };
  const heard = strategy.hear === undefined ? input : strategy.hear(context, memory, input);
  return heard === null ? [] : strategy.act(context, memory, heard, step(validator, heard));
}
