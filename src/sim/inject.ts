/**
 * Faults happen: each is checked, noted in the timeline and the trace, told to listeners, and carried out. Between slots
 * only, so that the timeline says exactly when.
 */
import { assertNever } from "../base/assert.ts";
import { type Refusal, refuse } from "../base/refusal.ts";
import { strategies } from "./byzantine/strategies.ts";
import { checkFault, describeFault } from "./check-fault.ts";
import { isTrueClock } from "./clock.ts";
import type { Fault } from "./faults.ts";
import { changeConditions, healLinks, partitionLinks } from "./links.ts";
import { kill, restart } from "./power.ts";
import { nodeOf, record, type World } from "./world.ts";

export function inject(world: World, fault: Fault): Refusal | null {
  const { state, chain, members } = world;
  const isDown = (validator: number): boolean => {
    const { online, dying } = nodeOf(world, validator);
    return !online || dying !== null;
  };
  if (world.isBusy) return refuse("slot-running", { slot: state.slot });
  const refusal = checkFault(fault, { validators: members.length - 1, isDown });
  if (refusal !== null) return refusal;
  if (fault.type === "misbehave" && world.isConsensusOnly)
    return refuse("consensus-only", { type: fault.type, validator: fault.validator });
  record(world, [], describeFault(fault));
  state.timeline.push({ slot: state.slot + 1 - chain.genesis.firstSlot, fault });
  for (const listener of world.listeners) listener.onFault?.(fault);
  carryOutFault(world, fault);
  return null;
}

function carryOutFault(world: World, fault: Fault): void {
  const { links } = world.state;
  switch (fault.type) {
    case "kill":
      kill(world, fault.validator, fault.disk ?? "kept");
      break;
    case "restart":
      restart(world, fault.validator);
      break;
    case "partition":
      partitionLinks(links, fault.groups);
      break;
    case "heal":
      healLinks(links);
      break;
    case "link":
      changeLink(world, fault);
      break;
    case "slow":
      nodeOf(world, fault.validator).delayMs = fault.delayMs;
      break;
    case "clock":
      setClock(world, fault);
      break;
    case "misbehave":
      misbehave(world, fault);
      break;
    default:
      assertNever(fault);
  }
}

function changeLink(world: World, { from, to, both = true, conditions }: Extract<Fault, { type: "link" }>): void {
  const { links } = world.state;
  const everybody = world.members.map((_, index) => index);
  const changed = new Set<number>();
  for (const sender of from === null ? everybody : [from]) {
    for (const receiver of to === null ? everybody : [to]) {
      if (sender === receiver) continue;
      changed.add(sender * links.members + receiver);
      if (both) changed.add(receiver * links.members + sender);
    }
  }
  for (const key of changed) {
    changeConditions(links, Math.floor(key / links.members), key % links.members, conditions);
  }
}

/** From now on its slots begin by this clock; the next one at once, where the clock is past its beginning. */
function setClock(world: World, { validator, offsetMs, driftPpm }: Extract<Fault, { type: "clock" }>): void {
  const { state, queue } = world;
  const node = nodeOf(world, validator);
  node.clock = { offsetMs, driftPpm, sinceMs: state.nowMs };
  node.clockSettings++;
  if (!isTrueClock(node.clock)) {
    queue.schedule(state.nowMs, { type: "tick", node: validator, setting: node.clockSettings });
  } else if (node.validator.slot < state.slot) {
    queue.schedule(state.nowMs, { type: "delivery", to: [validator], input: { type: "slot", slot: state.slot } });
  }
}

function misbehave(world: World, { validator, strategy }: Extract<Fault, { type: "misbehave" }>): void {
  const node = nodeOf(world, validator);
  node.strategy = strategy;
  node.memory = strategy === null ? null : strategies[strategy].createMemory();
  if (strategy !== null) node.honest = false;
}
