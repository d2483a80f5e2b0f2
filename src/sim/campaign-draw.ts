/**
 * One run of the campaign, drawn from a seed as plain data: who there is, how the network is, what goes wrong and when, and
 * by when the chain must have come back.
 *
 *     slot 1 ───────────── safety ───────────── heal ──────── liveness ────────
 *        loss, partitions, crashes, drift …       │  everybody back, links clean    each honest root passes the heal: over
 *        (whatever, of whomever)                  │  only the Byzantine go on
 *
 * The bound within which Tower BFT promises both:
 *
 *  - Who signs what contradicts (votes on two forks, votes against its lockouts) or lost its promises with its disk has
 *    less than 38 % − 1/3 = 4.66 % of the stake. A voter leaves its fork only when it sees 38 % on others; a root needs
 *    more than 2/3 above it, so that fewer than 1/3 honest and these 4.66 % can never add up to 38 % against it.
 *  - Who equivocates as a leader has, together with them, less than 10 %: of two blocks in one slot one counts when more than
 *    52 % = 100 − 38 − 10 voted for it, or its voters see 38 % elsewhere and leave; 10 % silent stake is what the gap allows.
 *  - All who misbehave have less than 1/5, far from the third that could withhold the 2/3 which every vote beyond eight deep
 *    needs: what censors, delays or withholds blocks costs slots, and slots are what the liveness bound counts.
 *  - Honest validators may crash, be cut off, be late or run slow in any number before the heal; after it all are back.
 *
 * A half-and-half partition leaves each side stuck eight votes deep. Their oldest lockout stands for 2^8 = 256 slots; only
 * then may the losing side switch. The liveness bound waits for that, and for the 32 votes that make a root.
 */
import { createRandom, type Random } from "../base/random.ts";
import type { DiskFate, Fault, LinkConditions, StrategyName, TimedFault } from "./faults.ts";

export type CampaignRun = {
  readonly seed: string;
  /** Whole coins, by validator. */
  readonly stakes: readonly number[];
  /** Of all links, while nothing is wrong with them. */
  readonly conditions: LinkConditions;
  readonly faults: readonly TimedFault[];
  /** From this slot on only Byzantine strategies are left. */
  readonly healSlot: number;
  /** So many slots later every honest validator must have a root from after the heal. */
  readonly recoverWithin: number;
  /** Of 100 slots so many bring a client's transaction. */
  readonly transactionsPercent: number;
};

/** Lockout of a vote eight deep, then a stack of 32, then slots lost to the Byzantine and to chance. */
const recoverWithin = 2 ** 8 + 32 + 112;

/** Shares of all stake, in ten-thousandths, that each kind may have together; see above. */
const contradictingBpsMax = 466;
const equivocatingBpsMax = 1000;
const misbehavingBpsMax = 2000;

const contradicting: readonly StrategyName[] = ["vote-both-forks", "ignore-lockout"];
const strategies: readonly StrategyName[] = [
  "equivocate",
  "equivocate",
  "vote-both-forks",
  "ignore-lockout",
  "withhold",
  "censor",
  "delay",
  "spam",
  "break-rules",
];

type Plan = {
  readonly random: Random;
  readonly stakes: readonly number[];
  readonly healSlot: number;
  readonly faults: TimedFault[];
};

export function drawCampaignRun(seed: string): CampaignRun {
  const shape = createRandom(seed, "campaign shape");
  const stakes = drawStakes(shape);
  const healSlot = 40 + shape.below(61);
  const faults: TimedFault[] = [];
  // A stream for each kind: one more crash leaves the partitions as they were.
  const plan = (kind: string): Plan => ({ random: createRandom(seed, `campaign ${kind}`), stakes, healSlot, faults });
  const { misbehaving, forgetful } = drawMisbehaviour(plan("misbehaviour"));
  drawPartitions(plan("partitions"));
  drawLinks(plan("links"));
  drawCrashes(plan("crashes"), misbehaving, forgetful);
  drawClocks(plan("clocks"));
  heal(plan("heal"), misbehaving);
  return {
    seed,
    stakes,
    conditions: { latencyMs: drawLatency(shape), lossBps: shape.below(3) * 20 },
    faults: faults.sort((a, b) => a.slot - b.slot),
    healSlot,
    recoverWithin,
    transactionsPercent: shape.below(4) * 20,
  };
}

/** Seven to thirteen; equal, falling, or a few large ones; often a small one that may be Byzantine. Nobody near a third. */
function drawStakes(random: Random): number[] {
  const count = 7 + random.below(7);
  const kind = random.below(3);
  const stakes = Array.from({ length: count }, (_, index) => {
    if (kind === 0) return 1000;
    if (kind === 1) return 1000 + 200 * (count - index);
    return index < 3 ? 2000 + random.below(500) : 600 + random.below(900);
  });
  if (random.chance(2, 3)) {
    const others = stakes.slice(1).reduce((sum, stake) => sum + stake, 0);
    stakes[count - 1] = Math.floor((others * (200 + random.below(200))) / 10_000);
  }
  return stakes;
}

function drawLatency(random: Random): readonly [number, number] {
  const least = random.below(15);
  return [least, least + random.below(30)];
}

function add(plan: Plan, slot: number, fault: Fault): void {
  plan.faults.push({ slot, fault });
}

/** A span of slots before the heal, at least one long. */
function drawSpan({ random, healSlot }: Plan, longest: number): readonly [from: number, to: number] {
  const from = 2 + random.below(healSlot - 3);
  const to = from + 1 + random.below(longest);
  return [from, Math.min(to, healSlot)];
}

function drawMisbehaviour(plan: Plan): { misbehaving: ReadonlySet<number>; forgetful: number | null } {
  const { random, stakes, healSlot } = plan;
  const total = stakes.reduce((sum, stake) => sum + stake, 0);
  const bps = (validator: number) => Math.ceil((stakes[validator]! * 10_000) / total);
  const spent = { contradicting: 0, equivocating: 0, misbehaving: 0 };
  const misbehaving = new Set<number>();
  let forgetful: number | null = null;
  const order = random.shuffled([...stakes.keys()]);
  if (random.chance(1, 8)) {
    const small = order.find((validator) => bps(validator) < contradictingBpsMax);
    if (small !== undefined) {
      forgetful = small;
      for (const kind of ["contradicting", "equivocating", "misbehaving"] as const) spent[kind] += bps(small);
    }
  }
  for (let wanted = random.below(3); wanted > 0; wanted--) {
    const strategy = random.pick(strategies);
    const isContradicting = contradicting.includes(strategy);
    const isEquivocating = isContradicting || strategy === "equivocate";
    const validator = order.find((each) => {
      return (
        !misbehaving.has(each) &&
        each !== forgetful &&
        spent.misbehaving + bps(each) < misbehavingBpsMax &&
        (!isEquivocating || spent.equivocating + bps(each) < equivocatingBpsMax) &&
        (!isContradicting || spent.contradicting + bps(each) < contradictingBpsMax)
      );
    });
    const slot = 1 + random.below(healSlot - 1);
    if (validator === undefined) continue;
    misbehaving.add(validator);
    spent.misbehaving += bps(validator);
    if (isEquivocating) spent.equivocating += bps(validator);
    if (isContradicting) spent.contradicting += bps(validator);
    add(plan, slot, { type: "misbehave", validator, strategy });
  }
  return { misbehaving, forgetful };
}

function drawPartitions(plan: Plan): void {
  const { random, stakes } = plan;
  for (let left = random.below(3); left > 0; left--) {
    const kind = random.below(5);
    const [from, to] = drawSpan(plan, random.chance(1, 4) ? 60 : 15);
    const order = random.shuffled([...stakes.keys()]);
    const groups = kind === 1 ? inGroups(order, 3) : kind === 2 ? inHalves(order, stakes) : cutOff(order, random);
    if (kind === 3) {
      // One way only: these are heard by nobody, and hear everybody.
      for (const validator of groups[0]!) {
        const link = { type: "link", from: validator, to: null, both: false } as const;
        add(plan, from, { ...link, conditions: { cut: true } });
        add(plan, to, { ...link, conditions: { cut: false } });
      }
    } else if (kind === 4) {
      for (let slot = from; slot < to; slot += 4) {
        add(plan, slot, { type: "partition", groups });
        add(plan, Math.min(slot + 2, to), { type: "heal" });
      }
    } else {
      add(plan, from, { type: "partition", groups });
      add(plan, to, { type: "heal" });
    }
  }
}

function inGroups(order: readonly number[], count: number): number[][] {
  return Array.from({ length: count }, (_, group) => order.filter((_each, place) => place % count === group));
}

/** As nearly half of the stake on each side as taking them one by one gives. */
function inHalves(order: readonly number[], stakes: readonly number[]): number[][] {
  const sides: number[][] = [[], []];
  const sums = [0, 0];
  for (const validator of order) {
    const side = sums[0]! <= sums[1]! ? 0 : 1;
    sides[side]!.push(validator);
    sums[side]! += stakes[validator]!;
  }
  return sides;
}

function cutOff(order: readonly number[], random: Random): number[][] {
  const count = 1 + random.below(order.length - 1);
  return [order.slice(0, count), order.slice(count)];
}

/** Spans in which all links, or one validator's, lose, repeat and reorder messages. */
function drawLinks(plan: Plan): void {
  const { random, stakes } = plan;
  for (let left = random.below(4); left > 0; left--) {
    const [from, to] = drawSpan(plan, 30);
    const at = random.chance(1, 2) ? null : random.below(stakes.length);
    const least = random.below(60);
    const conditions = {
      latencyMs: [least, least + random.below(200)],
      lossBps: random.below(4) * 800,
      duplicateBps: random.below(3) * 1500,
      reorderBps: random.below(3) * 1500,
    } as const;
    add(plan, from, { type: "link", from: at, to: null, conditions });
    add(plan, to, { type: "heal" });
  }
}

function drawCrashes(plan: Plan, misbehaving: ReadonlySet<number>, forgetful: number | null): void {
  const { random, stakes, healSlot } = plan;
  const chanceOfAll = random.below(5);
  for (const validator of stakes.keys()) {
    const times = random.chance(chanceOfAll, 8) ? 1 + random.below(2) : 0;
    let after = 2;
    for (let left = times; left > 0 && after + 2 < healSlot; left--) {
      const slot = after + random.below(healSlot - after - 1);
      const back = Math.min(healSlot, slot + 1 + random.below(25));
      const disk: DiskFate = random.chance(1, 3) ? "torn" : "kept";
      after = back + 1;
      if (misbehaving.has(validator) || validator === forgetful) continue;
      add(plan, slot, { type: "kill", validator, disk });
      add(plan, back, { type: "restart", validator });
    }
  }
  if (forgetful !== null) {
    const slot = 2 + random.below(healSlot - 3);
    add(plan, slot, { type: "kill", validator: forgetful, disk: "lost" });
    add(plan, Math.min(healSlot, slot + 1 + random.below(20)), { type: "restart", validator: forgetful });
  }
}

/** Clocks that are wrong or run wrong, and validators that are slow, until the heal. */
function drawClocks(plan: Plan): void {
  const { random, stakes, healSlot } = plan;
  const chance = random.below(4);
  for (const validator of stakes.keys()) {
    const [from, to] = drawSpan(plan, 40);
    const offsetMs = random.below(241) - 120;
    const driftPpm = (random.below(5) - 2) * 5000;
    const delayMs = 1 + random.below(150);
    const kind = random.chance(chance, 12) ? random.below(2) : null;
    if (kind === 0) {
      add(plan, from, { type: "clock", validator, offsetMs, driftPpm });
      add(plan, healSlot, { type: "clock", validator, offsetMs: 0, driftPpm: 0 });
    } else if (kind === 1) {
      add(plan, from, { type: "slow", validator, delayMs });
      add(plan, to, { type: "slow", validator, delayMs: 0 });
    }
  }
}

/** Links are as at first. Half of the Byzantine give up; the others go on for ever. */
function heal(plan: Plan, misbehaving: ReadonlySet<number>): void {
  const { random, healSlot } = plan;
  add(plan, healSlot, { type: "heal" });
  for (const validator of misbehaving) {
    if (random.chance(1, 2)) add(plan, healSlot, { type: "misbehave", validator, strategy: null });
  }
}
