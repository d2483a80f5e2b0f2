import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import { createDistribution, type Distribution } from "./distribution.ts";

function of(values: readonly number[]): Distribution {
  const recorder = createDistribution();
  for (const value of values) recorder.add(value);
  return recorder.finish();
}

describe("distribution", () => {
  it("gives the mean, the quantiles and the counts", () => {
    expect(of([31, 33, 31, 32, 40])).toEqual({
      count: 5,
      mean: 33.4,
      meanInterval: null,
      min: 31,
      median: 32,
      p90: 40,
      p99: 40,
      max: 40,
      counts: [
        [31, 2],
        [32, 1],
        [33, 1],
        [40, 1],
      ],
    });
    expect(of([])).toMatchObject({ count: 0, mean: null, meanInterval: null, median: null, max: null, counts: [] });
  });

  it("has the quantiles of the inverted distribution function, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 50 }), { minLength: 1, maxLength: 300 }), (values) => {
        const sorted = values.toSorted((a, b) => a - b);
        const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
        const { min, median, p90, p99, max } = of(values);
        expect([min, median, p90, p99, max]).toEqual([sorted[0], at(0.5), at(0.9), at(0.99), sorted.at(-1)]);
      }),
      { seed: 1234, numRuns: 300 },
    );
  });

  it("has Student's interval where each value is a batch", () => {
    // The variance of 1 … 20 is 35; Student's t for 97.5 % and 19 degrees of freedom is 2.093024054408263 in R's tables.
    const half = 2.093024054408263 * Math.sqrt(35 / 20);
    const { mean, meanInterval } = of(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(mean).toBe(10.5);
    expect(meanInterval![0]).toBeCloseTo(10.5 - half, 6);
    expect(meanInterval![1]).toBeCloseTo(10.5 + half, 6);
  });

  it("covers the true mean of a process with a memory, where an interval for independent values would miss it", () => {
    const random = createRandom("distribution", "test");
    const runs = 300;
    let covered = 0;
    let naive = 0;
    for (let run = 0; run < runs; run++) {
      // A level of 0 or 100 that changes with a chance of 1 in 10: mean 50, neighbours alike.
      let level = 100 * random.below(2);
      const values: number[] = [];
      for (let step = 0; step < 2000; step++) {
        if (random.below(10) === 0) level = 100 - level;
        values.push(level);
      }
      const { mean, meanInterval } = of(values);
      if (meanInterval![0] <= 50 && 50 <= meanInterval![1]) covered++;
      if (Math.abs(mean! - 50) <= (1.96 * 50) / Math.sqrt(2000)) naive++;
    }
    // 95 % of 300 is 285, give or take 4 × 3.8.
    expect(covered).toBeGreaterThan(269);
    expect(naive).toBeLessThan(200);
  });

  it("keeps no more of a long run than of a short one", () => {
    const values = Array.from({ length: 100_000 }, (_, index) => index % 7);
    const { count, counts, mean, meanInterval } = of(values);
    expect([count, counts.length]).toEqual([100_000, 7]);
    expect(mean).toBeCloseTo(3, 3);
    expect(meanInterval![1] - meanInterval![0]).toBeLessThan(0.01);
  });

  it("asserts that values are whole numbers", () => {
    expect(() => createDistribution().add(1.5)).toThrow("whole");
  });
});
