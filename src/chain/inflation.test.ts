import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { u64Max } from "./ids.ts";
import { computeEpochPot, computeInflation, computeSlotsPerYear, type InflationParams } from "./inflation.ts";

const params: InflationParams = { initial: 0.08, terminal: 0.015, taper: 0.15, foundation: 0.05, foundationTerm: 7 };
const at = (year: number, changed: Partial<InflationParams> = {}) =>
  computeInflation({ params: { ...params, ...changed }, year });

describe("computeInflation", () => {
  it("starts at the initial rate and tapers off to the terminal one", () => {
    expect(at(0).total).toBe(0.08);
    expect(at(1).total).toBeCloseTo(0.068, 15);
    expect(at(10.29).total).toBeGreaterThan(0.015);
    expect(at(10.31).total).toBe(0.015);
    expect(at(1e9).total).toBe(0.015);
  });

  it("gives the foundation its part until, not in, the year its term ends", () => {
    expect(at(0)).toEqual({ total: 0.08, foundation: 0.08 * 0.05, validator: 0.08 - 0.08 * 0.05 });
    expect(at(6.999).foundation).toBe(at(6.999).total * 0.05);
    expect(at(7)).toEqual({ total: at(7).total, foundation: 0, validator: at(7).total });
    expect(at(0, { foundation: 0 })).toEqual({ total: 0.08, foundation: 0, validator: 0.08 });
  });

  it("stays where it is without a taper, and never rises with the years", () => {
    expect(at(5, { taper: 0 }).total).toBe(0.08);
    const year = fc.double({ min: 0, max: 40, noNaN: true });
    fc.assert(
      fc.property(year, year, (a, b) => {
        expect(at(Math.max(a, b)).total).toBeLessThanOrEqual(at(Math.min(a, b)).total);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it("has the correctly rounded power where an engine may be a last bit off", () => {
    // Epoch 601 of 432,000 slots; the power by an 80-digit decimal computation. V8's Math.pow gives another last bit.
    const year = (601 * 432_000) / computeSlotsPerYear(400);
    expect(year).toBe(3.2909669345189765);
    expect(at(year).total).toBe(0.08 * 0.5857604137807834);
  });

  it("takes years of 0 or more and a taper below 1", () => {
    for (const year of [-1, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => at(year)).toThrow(/not a year/);
    for (const taper of [-0.1, 1, Number.NaN]) expect(() => at(1, { taper })).toThrow(/the taper is/);
  });
});

describe("computeSlotsPerYear", () => {
  it("counts a year of 365.242199 days", () => {
    expect(computeSlotsPerYear(400)).toBe(78_892_314.984);
    expect(computeSlotsPerYear(100)).toBe(4 * 78_892_314.984);
    expect(() => computeSlotsPerYear(0)).toThrow(/duration/);
  });
});

describe("computeEpochPot", () => {
  const pot = (changed: Partial<Parameters<typeof computeEpochPot>[0]> = {}) =>
    computeEpochPot({
      validatorRate: 0.06,
      capitalization: 600_000_000_000_000_000n,
      slotsInEpoch: 432_000,
      slotsPerYear: computeSlotsPerYear(400),
      ...changed,
    });

  it("is the epoch's part of the year's inflation, rounded down", () => {
    expect(pot({ validatorRate: 0.5, capitalization: 101n, slotsInEpoch: 1, slotsPerYear: 1 })).toBe(50n);
    expect(pot({ validatorRate: 0.5, capitalization: 101n, slotsInEpoch: 0 })).toBe(0n);
    const exact = (6n * 600_000_000_000_000_000n * 432_000n * 1000n) / (100n * 78_892_314_984n);
    expect(pot() - exact).toBeLessThan(64n);
    expect(pot() - exact).toBeGreaterThan(-64n);
  });

  it("multiplies from left to right: the slots' part of the year is divided first", () => {
    const wrong = { right: 0, unordered: 0 };
    for (let i = 0; i < 100; i++) {
      const capitalization = 600_000_000_000_000_000n + BigInt(i) * 1_234_567_891_011n;
      const amount = Number(capitalization);
      const value = pot({ capitalization });
      expect(value).toBe(BigInt(Math.trunc(0.06 * amount * (432_000 / 78_892_314.984))));
      if (value !== BigInt(Math.trunc(0.06 * (amount * (432_000 / 78_892_314.984))))) wrong.right++;
      if (value !== BigInt(Math.trunc((0.06 * amount * 432_000) / 78_892_314.984))) wrong.unordered++;
    }
    expect(wrong.right).toBeGreaterThan(0);
    expect(wrong.unordered).toBeGreaterThan(0);
  });

  it("is at most 2^64 - 1 lamports", () => {
    expect(pot({ validatorRate: 1, capitalization: u64Max, slotsInEpoch: 1, slotsPerYear: 1 })).toBe(u64Max);
    expect(pot({ validatorRate: 8, capitalization: u64Max, slotsInEpoch: 1, slotsPerYear: 1 })).toBe(u64Max);
  });

  it("takes amounts only", () => {
    expect(() => pot({ capitalization: -1n })).toThrow(/capitalization/);
    expect(() => pot({ capitalization: u64Max + 1n })).toThrow(/capitalization/);
    expect(() => pot({ slotsInEpoch: -1 })).toThrow(/slots/);
    expect(() => pot({ slotsPerYear: 0 })).toThrow(/slots a year/);
    expect(() => pot({ validatorRate: -0.1 })).toThrow(/rate/);
  });
});
