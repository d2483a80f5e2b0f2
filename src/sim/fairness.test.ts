import { describe, expect, it } from "vitest";
import { createRandom, type Random } from "../base/random.ts";
import type { Address } from "../chain/ids.ts";
import {
  computeDroughtLimit,
  computeFairness,
  computeRotations,
  computeWithinTenPercentAlarmRate,
} from "./fairness.ts";

const [a, b, c, stranger] = ["a", "b", "c", "stranger"] as Address[] as [Address, Address, Address, Address];

function stakesOf(shares: Readonly<Record<string, bigint>>) {
  return Object.entries(shares).map(([name, stake]) => ({
    voteAccount: name as Address,
    identity: `identity of ${name}` as Address,
    stake,
  }));
}

const tutorialStakes = stakesOf({ a: 600n, b: 300n, c: 100n });

function repeat(leader: Address, count: number): Address[] {
  return Array.from({ length: count }, () => leader);
}

function drawFair(random: Random, rotations: number): Address[] {
  return Array.from({ length: rotations }, () => {
    const ticket = random.below(1000);
    return ticket < 600 ? a : ticket < 900 ? b : c;
  });
}

describe("fairness of leadership", () => {
  it("gives the drawn example chi-square 4.67, p = 0.097 (SciPy's chisquare)", () => {
    const rotations = [...repeat(a, 620), ...repeat(b, 300), ...repeat(c, 80)];
    const fairness = computeFairness({ stakes: tutorialStakes, rotations });
    expect(fairness.chiSquare.statistic).toBeCloseTo(14 / 3, 12);
    expect(fairness.chiSquare.pValue).toBeCloseTo(0.09697196786440507, 12);
    expect(fairness).toMatchObject({
      verdict: "consistent",
      reason: "p-value",
      rotations: 1000,
      falseAlarmRate: 0.001,
    });
    expect(fairness.summary).toBe(
      "consistent: chi-square 4.67, 2 degrees of freedom, p = 0.097; a fair lottery is called suspicious in 1 of 1000 checks",
    );
    expect(fairness.validators.map((each) => [each.share, each.expectedRotations, each.observedRotations])).toEqual([
      [0.6, 600, 620],
      [0.3, 300, 300],
      [0.1, 100, 80],
    ]);
  });

  it("is suspicious one count past p = 0.001, and not before", () => {
    // Two equal stakes, 1000 rotations: chi-square = (2d)²/1000 for d off the middle; its 0.1 % point is 10.8276.
    const stakes = stakesOf({ a: 1n, b: 1n });
    const verdictAt = (off: number) =>
      computeFairness({ stakes, rotations: [...repeat(a, 500 + off), ...repeat(b, 500 - off)] }).verdict;
    expect((2 * 52) ** 2 / 1000).toBeLessThan(10.8276);
    expect((2 * 53) ** 2 / 1000).toBeGreaterThan(10.8276);
    expect(verdictAt(52)).toBe("consistent");
    expect(verdictAt(53)).toBe("suspicious");
  });

  it("names the validator that was passed over", () => {
    const rotations = [...repeat(a, 660), ...repeat(b, 300), ...repeat(c, 40)];
    const { validators, verdict } = computeFairness({ stakes: tutorialStakes, rotations });
    expect(verdict).toBe("suspicious");
    expect(validators.map((each) => each.withinInterval)).toEqual([false, true, false]);
  });

  it("calls a leader without stake impossible, listed or not", () => {
    const stakes = [...tutorialStakes, ...stakesOf({ poor: 0n })];
    for (const leader of [stranger, "poor" as Address]) {
      const rotations = [...repeat(a, 600), ...repeat(b, 300), ...repeat(c, 99), leader];
      expect(computeFairness({ stakes, rotations })).toMatchObject({
        verdict: "suspicious",
        reason: "impossible-leader",
        impossibleRotations: 1,
        summary: "suspicious: 1 of 1000 rotations went to leaders without stake",
      });
    }
  });

  it("is undecided after too few rotations, and sure of a validator that is alone", () => {
    expect(computeFairness({ stakes: tutorialStakes, rotations: repeat(a, 7) })).toMatchObject({
      verdict: "undecided",
      reason: "too-few-rotations",
    });
    const alone = computeFairness({ stakes: stakesOf({ a: 5n, poor: 0n }), rotations: repeat(a, 7) });
    expect(alone).toMatchObject({ verdict: "consistent", reason: "single-validator" });
    expect(alone.validators[0]).toMatchObject({ interval: [7, 7], withinInterval: true });
  });

  it("counts the longest drought from the start, between turns and to the end", () => {
    const droughts = (rotations: Address[]) =>
      computeFairness({ stakes: tutorialStakes, rotations }).validators.map((each) => each.longestDrought);
    expect(droughts([b, b, b, a, b, a])).toEqual([3, 1, 6]);
    expect(droughts([a, b, b, a, b, b, b, b])).toEqual([4, 1, 8]);
    expect(droughts([])).toEqual([0, 0, 0]);
  });

  it("needs stake, and each vote account once", () => {
    expect(() => computeFairness({ stakes: [], rotations: [] })).toThrow("needs stake");
    expect(() => computeFairness({ stakes: [...tutorialStakes, ...tutorialStakes], rotations: [] })).toThrow("twice");
  });
});

describe("rate of false alarms over seeded fair lotteries", () => {
  const runs = 1500;
  const random = createRandom("fairness", "lottery");
  const reports = Array.from({ length: runs }, () => {
    const rotations = drawFair(random, 128);
    return { rotations, fairness: computeFairness({ stakes: tutorialStakes, rotations }) };
  });

  it("is what the p-value says: 5 % below 0.05, about none below 0.001", () => {
    const belowFive = reports.filter(({ fairness }) => (fairness.chiSquare.pValue ?? 0) < 0.05).length;
    // 75 expected; four standard deviations of sqrt(1500 × 0.05 × 0.95) = 8.4.
    expect(Math.abs(belowFive - 75)).toBeLessThan(34);
    expect(reports.filter(({ fairness }) => fairness.verdict === "suspicious").length).toBeLessThan(8);
  });

  it("is at most 5 % for all ranges together", () => {
    const alarms = reports.filter(({ fairness }) => fairness.validators.some((each) => !each.withinInterval)).length;
    expect(alarms).toBeLessThan(75 + 34);
    expect(alarms).toBeGreaterThan(0);
  });

  it("would be a hundred times higher if slots were counted as draws", () => {
    const alarms = reports.filter(({ rotations }) => {
      const slots = rotations.flatMap((leader) => repeat(leader, 4));
      return computeFairness({ stakes: tutorialStakes, rotations: slots }).verdict === "suspicious";
    }).length;
    // Four times the statistic: P(chi-square, 2 degrees, > 13.816 / 4) = exp(-1.727) = 17.8 %.
    expect(alarms / runs).toBeGreaterThan(0.14);
    expect(alarms / runs).toBeLessThan(0.22);
  });
});

describe("the limit of droughts", () => {
  /** Every sequence of wins and losses, one by one. */
  function exactChance(rotations: number, share: number, longerThan: number): number {
    let sum = 0;
    for (let pattern = 0; pattern < 2 ** rotations; pattern++) {
      let [run, longest, wins] = [0, 0, 0];
      for (let at = 0; at < rotations; at++) {
        const isWin = (pattern >> at) % 2 === 1;
        wins += isWin ? 1 : 0;
        run = isWin ? 0 : run + 1;
        longest = Math.max(longest, run);
      }
      if (longest > longerThan) sum += share ** wins * (1 - share) ** (rotations - wins);
    }
    return sum;
  }

  it.each([
    [12, 0.3, 0.05],
    [12, 0.3, 0.5],
    [10, 0.5, 0.01],
    [9, 0.9, 0.001],
    [11, 0.1, 0.3],
  ])("of %d rotations at share %d and chance %d is the shortest that is exceeded no more often", (n, share, chance) => {
    const limit = computeDroughtLimit(n, share, chance);
    expect(exactChance(n, share, limit)).toBeLessThanOrEqual(chance);
    expect(exactChance(n, share, limit - 1)).toBeGreaterThan(chance);
  });

  it("is none for who leads always, everything for who never does", () => {
    expect(computeDroughtLimit(50, 1, 0.05)).toBe(0);
    expect(computeDroughtLimit(50, 0, 0.05)).toBe(50);
    expect(computeDroughtLimit(0, 0.5, 0.05)).toBe(0);
  });

  it("is exceeded as often as it says, in seeded lotteries", () => {
    const random = createRandom("fairness", "droughts");
    const limit = computeDroughtLimit(100, 0.1, 0.05);
    expect(limit).toBe(46);
    let exceeded = 0;
    for (let run = 0; run < 4000; run++) {
      let [drought, longest] = [0, 0];
      for (let rotation = 0; rotation < 100; rotation++) {
        drought = random.below(10) === 0 ? 0 : drought + 1;
        longest = Math.max(longest, drought);
      }
      if (longest > limit) exceeded++;
    }
    // At most 5 % of 4000; four standard deviations are 55. One rotation less would be exceeded by more than 5 %.
    expect(exceeded).toBeLessThan(200 + 55);
    expect(exceeded).toBeGreaterThan(100);
  });
});

describe("rotations of an epoch's slots", () => {
  it("takes one leader per rotation, also of one that the epoch cuts short", () => {
    expect(computeRotations([a, a, b, b, b, b, c], 2)).toEqual([a, b, b, c]);
    expect(computeRotations([a, b], 1)).toEqual([a, b]);
  });

  it("asserts that no leader changes within a rotation", () => {
    expect(() => computeRotations([a, a, b, c], 2)).toThrow("slot 3");
  });
});

describe("the test of within 10 %", () => {
  it("fails a perfect lottery in a third of runs, as the exact multinomial sum says", () => {
    const logFactorial = [0];
    for (let n = 1; n <= 1000; n++) logFactorial.push(logFactorial[n - 1]! + Math.log(n));
    let passes = 0;
    for (let ofC = 91; ofC < 110; ofC++) {
      for (let ofB = 271; ofB < 330; ofB++) {
        const ofA = 1000 - ofB - ofC;
        if (ofA <= 540 || ofA >= 660) continue;
        const ways = logFactorial[1000]! - logFactorial[ofA]! - logFactorial[ofB]! - logFactorial[ofC]!;
        passes += Math.exp(ways + ofA * Math.log(0.6) + ofB * Math.log(0.3) + ofC * Math.log(0.1));
      }
    }
    expect(1 - passes).toBeCloseTo(0.3427, 4);
    const random = createRandom("fairness", "within ten percent");
    const alarm = computeWithinTenPercentAlarmRate({ shares: [600, 300, 100], draws: 1000, runs: 2000, random });
    expect(alarm.rate).toBe(alarm.alarms / 2000);
    // Four standard deviations of sqrt(0.343 × 0.657 / 2000) = 1.06 %.
    expect(Math.abs(alarm.rate - (1 - passes))).toBeLessThan(0.0425);
    expect(alarm.interval[0]).toBeLessThan(alarm.rate);
    expect(alarm.interval[1]).toBeGreaterThan(alarm.rate);
  });

  it("alarms at a deviation of exactly 10 %, not below", () => {
    // A lottery of two halves whose tickets alternate as the script says.
    const scripted = (wins: number) => {
      let draw = 0;
      return { below: () => (draw++ < wins ? 0 : 1) };
    };
    const alarmsOf = (wins: number) =>
      computeWithinTenPercentAlarmRate({ shares: [1, 1], draws: 100, runs: 1, random: scripted(wins) }).alarms;
    expect([44, 45, 46, 54, 55, 56].map(alarmsOf)).toEqual([1, 1, 0, 0, 1, 1]);
  });

  it("is repeated by its seed", () => {
    const run = () =>
      computeWithinTenPercentAlarmRate({ shares: [3, 1], draws: 100, runs: 50, random: createRandom("7", "test") });
    expect(run()).toEqual(run());
  });
});
