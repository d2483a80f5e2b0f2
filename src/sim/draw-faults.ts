/**
 * Faults drawn from a seed for a scenario: so many, of the kinds it names, each with its end, all over by a slot.
 *
 *     { faults: [crash, partition], count: 2, until: 100 }   ──>   17 kill 3   31 restart 3   58 partition   77 heal
 *
 * A kind has a stream of its own, so that a scenario that asks for one kind more leaves the others as they were.
 */
import { createRandom, type Random } from "../base/random.ts";
import type { DiskFate, Fault, TimedFault } from "./faults.ts";
import type { randomFaultKinds } from "./scenario.ts";

export type RandomFaultKind = (typeof randomFaultKinds)[number];

export type RandomFaults = {
  readonly faults: readonly RandomFaultKind[];
  readonly count: number;
  readonly until: number;
};

type Draw = (random: Random, validators: number) => readonly [begin: Fault, end: Fault];

const disks: readonly DiskFate[] = ["kept", "kept", "torn"];

const draws: Readonly<Record<RandomFaultKind, Draw>> = {
  crash(random, validators) {
    const validator = random.below(validators);
    return [
      { type: "kill", validator, disk: random.pick(disks) },
      { type: "restart", validator },
    ];
  },
  partition(random, validators) {
    const order = random.shuffled(Array.from({ length: validators }, (_, index) => index));
    const cut = 1 + random.below(Math.max(1, validators - 1));
    const groups = [order.slice(0, cut), order.slice(cut)].map((group) => group.sort((a, b) => a - b));
    return [{ type: "partition", groups }, { type: "heal" }];
  },
  link(random, validators) {
    const from = random.below(validators);
    const to = random.chance(1, 3) ? null : random.below(validators);
    const least = random.below(200);
    const conditions = {
      latencyMs: [least, least + random.below(200)],
      lossBps: random.below(3000),
      duplicateBps: random.below(500),
      reorderBps: random.below(500),
    } as const;
    return [{ type: "link", from, to, both: random.chance(1, 2), conditions }, { type: "heal" }];
  },
  slow(random, validators) {
    const validator = random.below(validators);
    return [
      { type: "slow", validator, delayMs: 1 + random.below(150) },
      { type: "slow", validator, delayMs: 0 },
    ];
  },
  clock(random, validators) {
    const validator = random.below(validators);
    return [
      { type: "clock", validator, offsetMs: random.below(201) - 100, driftPpm: random.below(20_001) - 10_000 },
      { type: "clock", validator, offsetMs: 0, driftPpm: 0 },
    ];
  },
};

/** By slot. Whoever is down already is not killed again. */
export function drawFaults(seed: string, validators: number, { faults, count, until }: RandomFaults): TimedFault[] {
  const order = createRandom(seed, "scenario faults");
  const randoms = new Map(faults.map((kind) => [kind, createRandom(seed, `scenario ${kind}`)]));
  const drawn: TimedFault[] = [];
  const down = new Map<number, number>();
  for (let left = count; left > 0; left--) {
    const kind = order.pick(faults);
    const random = randoms.get(kind)!;
    const from = 1 + random.below(Math.max(1, until - 1));
    const to = Math.min(until, from + 1 + random.below(Math.max(1, Math.floor(until / 3))));
    const [begin, end] = draws[kind](random, validators);
    if (begin.type === "kill") {
      // One crash of each at a time: lives that overlap would need an order of their own.
      if (down.has(begin.validator)) continue;
      down.set(begin.validator, to);
    }
    drawn.push({ slot: from, fault: begin }, { slot: to, fault: end });
  }
  return drawn.sort((a, b) => a.slot - b.slot);
}
