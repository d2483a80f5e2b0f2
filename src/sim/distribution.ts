/**
 * How a whole number is distributed over a run: finality lags, vote latencies, depths of reorganisations.
 *
 *     add(31) add(31) add(33) …   ──finish()──>   count, mean with its interval, quantiles, how often each value came
 *
 * Values of a run follow one another, and neighbours are alike: an interval that took them for independent would be too
 * narrow. So the mean's interval comes from batch means: 20 to 39 batches of equal length, whose means are nearly
 * independent, and Student's t. What is kept does not grow with the run: a count a value, and the batches' sums.
 *
 * Source: Law and Kelton, Simulation Modeling and Analysis, on batch means. Floats: for people, never for the protocol.
 */
import { qt } from "lib-r-math.js";
import { assert } from "../base/assert.ts";
import type { Range } from "./statistics.ts";

export type Distribution = {
  readonly count: number;
  /** Null of no values; so are all that follow. */
  readonly mean: number | null;
  /** 95 % interval of the mean in runs like this one; null of fewer than 20 values. */
  readonly meanInterval: Range | null;
  readonly min: number | null;
  readonly median: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  /** How often each value came, by value. */
  readonly counts: readonly (readonly [value: number, count: number])[];
};

export type DistributionRecorder = { add(value: number): void; finish(): Distribution };

const batchesMin = 20;
const confidence = 0.95;

export function createDistribution(): DistributionRecorder {
  const counts = new Map<number, number>();
  let count = 0;
  let sum = 0;
  let batchSize = 1;
  /** Sums of the whole batches; the rest belongs to none yet. */
  let batches: number[] = [];
  let rest = { sum: 0, count: 0 };

  return {
    add(value) {
      assert(Number.isSafeInteger(value), `not a whole number: ${value}`);
      counts.set(value, (counts.get(value) ?? 0) + 1);
      count++;
      sum += value;
      rest = { sum: rest.sum + value, count: rest.count + 1 };
      if (rest.count < batchSize) return;
      batches.push(rest.sum);
      rest = { sum: 0, count: 0 };
      if (batches.length < 2 * batchesMin) return;
      // Two and two become one: as many batches again, of twice the length.
      batches = Array.from({ length: batchesMin }, (_, index) => batches[2 * index]! + batches[2 * index + 1]!);
      batchSize *= 2;
    },
    finish() {
      const sorted = [...counts].sort(([a], [b]) => a - b);
      const quantile = (share: number) => quantileOf(sorted, count, share);
      return {
        count,
        mean: count === 0 ? null : sum / count,
        meanInterval: intervalOf(batches.map((batch) => batch / batchSize)),
        min: sorted[0]?.[0] ?? null,
        median: quantile(0.5),
        p90: quantile(0.9),
        p99: quantile(0.99),
        max: sorted.at(-1)?.[0] ?? null,
        counts: sorted,
      };
    },
  };
}

/** The smallest value that at least this share of all does not exceed. */
function quantileOf(sorted: Distribution["counts"], count: number, share: number): number | null {
  let seen = 0;
  for (const [value, times] of sorted) {
    seen += times;
    if (seen >= share * count) return value;
  }
  return null;
}

function intervalOf(means: readonly number[]): Range | null {
  const n = means.length;
  if (n < batchesMin) return null;
  const mean = means.reduce((sum, each) => sum + each, 0) / n;
  const variance = means.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (n - 1);
  const half = qt((1 + confidence) / 2, n - 1) * Math.sqrt(variance / n);
  return [mean - half, mean + half];
}
