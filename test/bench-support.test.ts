import { describe, expect, it } from "vitest";
import { fitExponent } from "../bench/support/growth-fit.ts";
import { drawLogLogPlot } from "../bench/support/log-log-plot.ts";
import { computePlainSchedule } from "../bench/support/plain-leader-schedule.ts";
import { formatColumns, formatTargets, judge, ratioOf, roundFigure } from "../bench/support/targets.ts";
import { medianOf } from "../bench/support/timing.ts";
import { computeLeaderSchedule } from "../src/chain/compute-leader-schedule.ts";
import { addressOf } from "../src/chain/ids.ts";

describe("targets", () => {
  it("are reached at the goal itself, on either side, and never by what is no number", () => {
    expect(judge("a", "ms", { atMost: 15 }, 15).reached).toBe(true);
    expect(judge("a", "ms", { atMost: 15 }, 15.01).reached).toBe(false);
    expect(judge("a", "a second", { atLeast: 15 }, 15).reached).toBe(true);
    expect(judge("a", "a second", { atLeast: 15 }, 14.99).reached).toBe(false);
    for (const goal of [{ atMost: 15 }, { atLeast: 15 }])
      expect(judge("a", "ms", goal, Number.NaN).reached).toBe(false);
  });

  it("are judged by what was measured, and rounded only to be shown", () => {
    expect(judge("a", "ms", { atMost: 15 }, 15.0004)).toMatchObject({ measured: 15, reached: false });
    expect([0.012345, 6.789, 123.4, 1234.5].map(roundFigure)).toEqual([0.0123, 6.79, 123, 1235]);
  });

  it("say how many times over they were reached, or how much of it was", () => {
    const fast = judge("schedule", "ms", { atMost: 15 }, 5);
    const slow = judge("transfers", "a second", { atLeast: 20_000 }, 10_000);
    expect([ratioOf(fast), ratioOf(slow)]).toEqual([3, 0.5]);
    expect(formatTargets([fast, slow])).toBe(
      "schedule    at most 15 ms              5 ms              reached, 3 times over\n" +
        "transfers   at least 20,000 a second   10,000 a second   MISSED: 0.5 of what is asked",
    );
  });

  it("stand in columns as wide as their widest cell", () => {
    expect(formatColumns([["a", "bb"], ["ccc"]])).toBe("a     bb\nccc");
  });
});

describe("timings", () => {
  it("have a median, whatever their order and count", () => {
    expect(medianOf([10, 9, 1])).toBe(9);
    expect(medianOf([4, 1, 3, 2])).toBe(2.5);
    expect(medianOf([])).toBeNaN();
  });
});

describe("growth", () => {
  const points = (cost: (n: number) => number, ns = [1, 3, 10, 30, 100, 300, 1000]) =>
    ns.map((n) => ({ n, cost: cost(n) }));

  it("is the slope of a power, and a little more than 1 for n log n", () => {
    expect(fitExponent(points((n) => 7 * n))).toBeCloseTo(1, 10);
    expect(fitExponent(points((n) => 0.2 * n ** 2).toReversed())).toBeCloseTo(2, 10);
    expect(fitExponent(points(() => 3))).toBeCloseTo(0, 10);
    const logarithmic = fitExponent(points((n) => n * Math.log(n + 1)));
    expect(logarithmic).toBeGreaterThan(1.1);
    expect(logarithmic).toBeLessThan(1.3);
  });

  it("is seen where it is large: what does not grow hides it at the lower end only", () => {
    expect(fitExponent(points((n) => 50 + n ** 2))).toBeGreaterThan(1.85);
  });

  it("needs two sizes", () => {
    expect(fitExponent([])).toBeNaN();
    expect(fitExponent([{ n: 4, cost: 1 }])).toBeNaN();
    expect(fitExponent(points((n) => n, [4, 8]))).toBeCloseTo(1, 10);
  });

  it("is drawn with each line's name and exponent, and every point inside the frame", () => {
    const line = { name: "a slot", points: points((n) => n / 100), exponent: 1 };
    const svg = drawLogLogPlot({ title: "Cost", across: "validators", lines: [line] });
    expect(svg).toContain(">a slot<");
    expect(svg).toContain("grows as n^1.00");
    const places = [...svg.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
    expect(places.length).toBe(7);
    for (const [x, y] of places) {
      expect(x).toBeGreaterThan(72);
      expect(x).toBeLessThan(560);
      expect(y).toBeGreaterThan(52);
      expect(y).toBeLessThan(418);
    }
    const [first, last] = [places[0]!, places.at(-1)!];
    expect(last[0]).toBeGreaterThan(first[0]);
    expect(last[1]).toBeLessThan(first[1]);
  });
});

describe("the plain leader schedule", () => {
  it("names the leaders that the library names", () => {
    const stakes = [5n, 9_000_000_000n, 40n, 2n ** 60n, 1n].map((stake, index) => {
      const address = addressOf(new Uint8Array(32).fill(index + 1));
      return { voteAccount: address, identity: address, stake };
    });
    const { rotations } = computeLeaderSchedule({
      policy: "solana",
      epoch: 7,
      stakes,
      slotsPerEpoch: 2000,
      slotsPerRotation: 4,
    });
    expect(computePlainSchedule(stakes, 7, 500)).toEqual(rotations);
  });
});
