import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chiSquareTest,
  computeBinomialRange,
  computeChiSquareTail,
  computeNormalQuantile,
  computeTail,
  wilsonInterval,
} from "./statistics.ts";

/** |actual / expected - 1|, with two zeros equal. */
function relativeError(actual: number, expected: number): number {
  return actual === expected ? 0 : Math.abs(actual / expected - 1);
}

describe("tail of the chi-square distribution", () => {
  // mpmath, gammainc(k/2, x/2, inf, regularized) with 40 digits; the first two are the textbooks' 5 % points.
  it.each([
    [3.841458820694124, 1, 0.05000000000000006],
    [18.307038053275146, 10, 0.05000000000000001],
    [1, 1, 0.3173105078629141],
    [1e-9, 1, 0.999974768674784],
    [0.5, 3, 0.9188914116546758],
    [50, 2, 1.3887943864964021e-11],
    [100, 1, 1.523970604832105e-23],
    [300, 10, 1.5546747543803181e-58],
    [350, 455, 0.999918040131573],
    [455, 455, 0.49118324826756016],
    [505.7, 455, 0.050094858014544476],
    [700, 455, 1.1030028412528608e-12],
    [1000, 455, 6.2827435385955974e-43],
    [1500, 1000, 1.0454640385979657e-22],
    [7000, 7000, 0.49775221132988023],
    [100_000, 99_000, 0.012503086996302764],
  ])("beyond %d with %d degrees of freedom is %d", (statistic, degreesOfFreedom, expected) => {
    const tolerance = degreesOfFreedom > 10_000 ? 1e-9 : 1e-11;
    expect(relativeError(computeChiSquareTail(statistic, degreesOfFreedom), expected)).toBeLessThan(tolerance);
  });

  it("is 1 from nothing, 0 beyond everything", () => {
    expect(computeChiSquareTail(0, 3)).toBe(1);
    expect(computeChiSquareTail(5, 455)).toBe(1);
    expect(computeChiSquareTail(Number.POSITIVE_INFINITY, 3)).toBe(0);
    expect(computeChiSquareTail(1e6, 2)).toBe(0);
  });

  it("is a Poisson sum where the degrees of freedom are even, on both sides of the switch of method", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), fc.double({ min: 0.01, max: 300, noNaN: true }), (a, x) => {
        // Q(a, x) = e^-x (1 + x + x²/2! + … + x^(a-1)/(a-1)!)
        let term = Math.exp(-x);
        let sum = 0;
        for (let n = 1; n <= a; n++) {
          sum += term;
          term *= x / n;
        }
        expect(relativeError(computeChiSquareTail(2 * x, 2 * a), sum)).toBeLessThan(1e-11);
      }),
      { seed: 1234, numRuns: 500 },
    );
  });
});

describe("normal quantile", () => {
  // mpmath: the root of erfc(z/√2)/2 = tail, with 40 digits.
  it.each([
    [0.25, 0.6744897501960817],
    [0.025, 1.9599639845400543],
    [0.005, 2.575829303548901],
    [0.0005, 3.290526731491895],
    [5e-5, 3.890591886413094],
    [1e-9, 5.9978070150076865],
    [1e-15, 7.941345326170997],
  ])("leaves %d above %d", (tail, expected) => {
    expect(relativeError(computeNormalQuantile(tail), expected)).toBeLessThan(1e-13);
  });

  it("is 0 at one half, and refuses what is no upper tail", () => {
    expect(computeNormalQuantile(0.5)).toBeLessThan(1e-15);
    expect(() => computeNormalQuantile(0)).toThrow("tail");
    expect(() => computeNormalQuantile(0.51)).toThrow("tail");
  });
});

describe("chi-square test", () => {
  it("finds 2.0 and p = 0.849 in the six counts of SciPy's own example", () => {
    const test = chiSquareTest(
      [16, 18, 16, 14, 12, 12],
      Array.from({ length: 6 }, () => ({ numerator: 1n, denominator: 6n })),
    );
    expect(test).toMatchObject({ degreesOfFreedom: 5, pooled: 0 });
    expect(test.statistic).toBeCloseTo(2, 12);
    expect(test.pValue).toBeCloseTo(0.8491450360846096, 12);
  });

  it("keeps a cell that expects exactly 5 and pools what expects less with the next smallest", () => {
    // 100 trials: expected 5, 5, 90.
    expect(chiSquareTest([4, 6, 90], [0.05, 0.05, 0.9])).toMatchObject({ degreesOfFreedom: 2, pooled: 0 });
    // Expected 4, 6, 90: the 4 swallows the 6.
    const pooled = chiSquareTest([1, 7, 92], [0.04, 0.06, 0.9]);
    expect(pooled).toMatchObject({ degreesOfFreedom: 1, pooled: 2 });
    expect(pooled.statistic).toBeCloseTo(4 / 10 + 4 / 90, 12);
    // Expected 3, 3, 44, 50: the first two make 6 together, and stop there.
    expect(chiSquareTest([3, 3, 44, 50], [0.03, 0.03, 0.44, 0.5])).toMatchObject({ degreesOfFreedom: 2, pooled: 2 });
    // Expected 1, 1, 1, 4, 93: all that is below 5 goes in, though three would not do and four make 7.
    expect(chiSquareTest([1, 1, 1, 4, 93], [0.01, 0.01, 0.01, 0.04, 0.93])).toMatchObject({
      degreesOfFreedom: 1,
      pooled: 4,
    });
  });

  it("has no p-value when fewer than two cells remain", () => {
    expect(chiSquareTest([4, 5], [0.5, 0.5])).toMatchObject({ degreesOfFreedom: 0, pValue: null, pooled: 2 });
    expect(chiSquareTest([5, 5], [0.5, 0.5])).toMatchObject({ degreesOfFreedom: 1, pValue: 1, pooled: 0 });
    expect(chiSquareTest([9], [1])).toMatchObject({ pValue: null });
    expect(chiSquareTest([0, 0], [0.5, 0.5])).toMatchObject({ pValue: null });
  });

  it("leaves out cells that can hold nothing, unless they do: then chance is ruled out", () => {
    expect(chiSquareTest([50, 50, 0], [0.5, 0.5, 0])).toMatchObject({ degreesOfFreedom: 1, pValue: 1 });
    expect(chiSquareTest([50, 49, 1], [0.5, 0.5, 0])).toMatchObject({ statistic: Number.POSITIVE_INFINITY, pValue: 0 });
  });

  it("does not depend on the order of the cells", () => {
    const observed = [3, 50, 7, 1, 39];
    const shares = [0.02, 0.5, 0.06, 0.03, 0.39];
    const test = chiSquareTest(observed, shares);
    const reversed = chiSquareTest(observed.toReversed(), shares.toReversed());
    expect(reversed).toEqual(test);
  });

  it("asserts that shares are whole and counts are counts", () => {
    expect(() => chiSquareTest([1, 2], [0.5, 0.4])).toThrow("sum");
    expect(() => chiSquareTest([1], [0.5, 0.5])).toThrow("1 counts, 2 shares");
    expect(() => chiSquareTest([-1, 2], [0.5, 0.5])).toThrow("count");
  });
});

describe("Wilson's interval", () => {
  // SciPy 1.17, binomtest(...).proportion_ci(method="wilson").
  it.each([
    [131, 1000, 0.95, 0.11149250620200898, 0.15333164156033072],
    [0, 20, 0.95, 0, 0.16112515805281935],
    [20, 20, 0.95, 0.8388748419471808, 1],
    [1, 100, 0.95, 0.001767432064140647, 0.054486196178705315],
    [3, 10, 0.99, 0.07956631652306578, 0.6799753207988974],
  ])("of %d in %d with confidence %d is %d to %d", (successes, trials, confidence, low, high) => {
    const interval = wilsonInterval(successes, trials, confidence);
    expect(interval[0]).toBeCloseTo(low, 13);
    expect(interval[1]).toBeCloseTo(high, 13);
  });

  it("ends where the score test starts to reject: |rate - p| = z sqrt(p(1-p)/n)", () => {
    const [successes, trials, z] = [37, 250, 1.9599639845400543];
    for (const p of wilsonInterval(successes, trials)) {
      expect(Math.abs(successes / trials - p)).toBeCloseTo(z * Math.sqrt((p * (1 - p)) / trials), 12);
    }
  });

  it("is everything after no trials, and widens for many comparisons as for a higher confidence", () => {
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
    const corrected = wilsonInterval(30, 100, 0.95, 10);
    const stricter = wilsonInterval(30, 100, 0.995);
    expect(corrected[0]).toBeCloseTo(stricter[0], 13);
    expect(corrected[1]).toBeCloseTo(stricter[1], 13);
    expect(computeTail(0.95, 10)).toBeCloseTo(0.0025, 15);
  });
});

/** P(fewer than k of n), by Pascal's triangle in exact fractions: share = numerator / 2^bits. */
function exactBelow(k: number, n: number, numerator: bigint, denominator: bigint): number {
  let choose = 1n;
  let sum = 0n;
  for (let i = 0; i < k; i++) {
    sum += choose * numerator ** BigInt(i) * (denominator - numerator) ** BigInt(n - i);
    choose = (choose * BigInt(n - i)) / BigInt(i + 1);
  }
  return Number((sum * 10n ** 30n) / denominator ** BigInt(n)) / 1e30;
}

describe("binomial range", () => {
  // SciPy 1.17: the outermost counts whose tails (binom.cdf, binom.sf) exceed the given one.
  it.each([
    [1000, 0.1, 0.025, 82, 119],
    [108_000, 0.03, 5e-5, 3024, 3460],
    [64, 0.5, 0.0005, 19, 45],
    [10, 0.9, 0.025, 7, 10],
    [100, 1e-4, 0.025 / 455, 0, 1],
  ])("of %d draws at share %d and tail %d is %d to %d", (trials, share, tail, low, high) => {
    expect(computeBinomialRange(trials, share, tail)).toEqual([low, high]);
  });

  it("is the narrowest whose ends leave no more than the tail, by exact sums", () => {
    const inputs = fc.record({
      trials: fc.integer({ min: 1, max: 80 }),
      numerator: fc.integer({ min: 1, max: 63 }),
      tail: fc.constantFrom(0.1, 0.025, 0.001, 1e-5),
    });
    fc.assert(
      fc.property(inputs, ({ trials, numerator, tail }) => {
        const share = BigInt(numerator);
        const [low, high] = computeBinomialRange(trials, numerator / 64, tail);
        const below = (k: number) => exactBelow(k, trials, share, 64n);
        const above = (k: number) => exactBelow(trials - k, trials, 64n - share, 64n);
        expect(below(low)).toBeLessThanOrEqual(tail);
        expect(above(high)).toBeLessThanOrEqual(tail);
        expect(below(low + 1)).toBeGreaterThan(tail);
        expect(above(high - 1)).toBeGreaterThan(tail);
      }),
      { seed: 1234, numRuns: 200 },
    );
  });

  it("allows the one win in a hundred of a share of 1 in 10 000, which Wilson's interval calls unfair", () => {
    expect(wilsonInterval(1, 100, 0.95, 455)[0]).toBeGreaterThan(1e-4);
    expect(computeBinomialRange(100, 1e-4, computeTail(0.95, 455))).toEqual([0, 1]);
  });

  it("is one count where nothing is left to chance", () => {
    expect(computeBinomialRange(10, 0, 0.01)).toEqual([0, 0]);
    expect(computeBinomialRange(10, 1, 0.01)).toEqual([10, 10]);
    expect(computeBinomialRange(0, 0.5, 0.01)).toEqual([0, 0]);
  });
});
