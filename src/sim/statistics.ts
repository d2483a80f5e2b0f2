/**
 * The few statistics a verdict on a lottery needs. Distributions are R's, by lib-r-math.js.
 *
 *     P(chi-square with k degrees of freedom > x)      x = 3.8415, k = 1: 0.05
 *     P(standard normal > z)                           z = 1.95996:       0.025
 *
 * Tails are asked for as tails, not as 1 - P, so that a p-value of 1e-43 is a number and not 0.
 *
 * Floats: for people and tests, never for the protocol.
 */
import { pchisq, qbinom, qnorm } from "lib-r-math.js";
import { assert } from "../base/assert.ts";

/** An exact fraction, such as stake of all stake. */
export type Ratio = { readonly numerator: bigint; readonly denominator: bigint };

/** P(chi-square > statistic): how often chance alone would give this much or more. */
export function computeChiSquareTail(statistic: number, degreesOfFreedom: number): number {
  return pchisq(statistic, degreesOfFreedom, undefined, false);
}

/** The z that a standard normal exceeds with this probability, 0 < tail <= 1/2. Asked by the tail: 1 - tail would lose small ones. */
export function computeNormalQuantile(tail: number): number {
  assert(tail > 0 && tail <= 0.5, `no upper tail of a normal distribution: ${tail}`);
  return qnorm(tail, 0, 1, false);
}

export type ChiSquareTest = {
  readonly statistic: number;
  /** Cells compared, less one; 0 when there was nothing to compare. */
  readonly degreesOfFreedom: number;
  /** Null when fewer than two cells remain after pooling. */
  readonly pValue: number | null;
  /** How many cells were put together into one, being too small to stand alone; 0 when none. */
  readonly pooled: number;
};

/** Below this many expected, a cell's square deviation is not yet chi-square distributed (Cochran's rule). */
const cellExpectedMin = 5;

/**
 * Pearson's test of counts against shares (which sum to 1). Cells that expect fewer than 5 are pooled into one, which
 * swallows the next smallest cells until it expects 5 itself. A count where the share is 0 cannot happen by chance:
 * statistic infinite, p-value 0.
 */
export function chiSquareTest(observed: readonly number[], expectedShares: readonly (number | Ratio)[]): ChiSquareTest {
  assert(observed.length === expectedShares.length, `${observed.length} counts, ${expectedShares.length} shares`);
  const shares = expectedShares.map(shareAsNumber);
  const sum = shares.reduce((total, share) => total + share, 0);
  assert(Math.abs(sum - 1) < 1e-9, `the shares sum to ${sum}, not to 1`);
  for (const count of observed) assert(Number.isSafeInteger(count) && count >= 0, `not a count: ${count}`);
  const trials = observed.reduce((total, count) => total + count, 0);
  const cells = shares.map((share, index) => ({ expected: share * trials, observed: observed[index]! }));
  if (cells.some((cell, index) => shares[index] === 0 && cell.observed > 0)) {
    const possible = shares.filter((share) => share > 0).length;
    return { statistic: Number.POSITIVE_INFINITY, degreesOfFreedom: possible, pValue: 0, pooled: 0 };
  }
  const { whole, pooled } = poolCells(cells.filter((_, index) => shares[index]! > 0));
  if (whole.length < 2) return { statistic: 0, degreesOfFreedom: 0, pValue: null, pooled };
  let statistic = 0;
  for (const cell of whole) statistic += (cell.observed - cell.expected) ** 2 / cell.expected;
  const degreesOfFreedom = whole.length - 1;
  return { statistic, degreesOfFreedom, pValue: computeChiSquareTail(statistic, degreesOfFreedom), pooled };
}

type Cell = { readonly expected: number; readonly observed: number };

/** Which cells are pooled depends on what is expected alone: choosing by what was observed would bend the p-value. */
function poolCells(cells: readonly Cell[]): { whole: Cell[]; pooled: number } {
  const ascending = cells.toSorted((a, b) => a.expected - b.expected);
  let pool: Cell = { expected: 0, observed: 0 };
  let pooled = 0;
  for (const cell of ascending) {
    const isPoolDone = pooled === 0 || pool.expected >= cellExpectedMin;
    if (cell.expected >= cellExpectedMin && isPoolDone) break;
    pool = { expected: pool.expected + cell.expected, observed: pool.observed + cell.observed };
    pooled++;
  }
  const whole = ascending.slice(pooled);
  if (pooled > 0) whole.push(pool);
  return { whole, pooled: pooled > 1 ? pooled : 0 };
}

function shareAsNumber(share: number | Ratio): number {
  const value = typeof share === "number" ? share : Number(share.numerator) / Number(share.denominator);
  assert(value >= 0 && value <= 1, `not a share: ${value}`);
  return value;
}

/** The smallest and the greatest of a range, both in it. */
export type Range = readonly [low: number, high: number];

/**
 * Wilson's score interval for a rate, of which so many trials succeeded. With `comparisons` > 1 it is widened so that
 * all of that many intervals hold together with the stated confidence (Bonferroni: no assumption on their dependence).
 */
export function wilsonInterval(successes: number, trials: number, confidence = 0.95, comparisons = 1): Range {
  assert(Number.isSafeInteger(trials) && trials >= 0, `not a number of trials: ${trials}`);
  assert(Number.isSafeInteger(successes) && successes >= 0 && successes <= trials, `${successes} of ${trials}`);
  if (trials === 0) return [0, 1];
  const z = computeNormalQuantile(computeTail(confidence, comparisons));
  const rate = successes / trials;
  const spread = (z * z) / trials;
  const centre = (rate + spread / 2) / (1 + spread);
  const half = Math.sqrt(spread * rate * (1 - rate) + (spread * spread) / 4) / (1 + spread);
  // At the ends the interval reaches 0 or 1 exactly; the subtraction would miss it by an ulp.
  return [successes === 0 ? 0 : centre - half, successes === trials ? 1 : centre + half];
}

/** The chance left on each side of one of `comparisons` two-sided intervals. */
export function computeTail(confidence: number, comparisons: number): number {
  assert(confidence > 0 && confidence < 1, `not a confidence: ${confidence}`);
  assert(Number.isSafeInteger(comparisons) && comparisons >= 1, `not a number of comparisons: ${comparisons}`);
  return (1 - confidence) / (2 * comparisons);
}

/**
 * The counts a binomial variable keeps to: fewer than `low`, and likewise more than `high`, has at most probability
 * `tail`. Exact, so that it holds for the rarest winners too, where score intervals raise false alarms.
 */
export function computeBinomialRange(trials: number, share: number, tail: number): Range {
  assert(Number.isSafeInteger(trials) && trials >= 0, `not a number of trials: ${trials}`);
  assert(share >= 0 && share <= 1 && tail > 0 && tail < 0.5, `share ${share}, tail ${tail}`);
  if (share === 0 || trials === 0) return [0, 0];
  if (share === 1) return [trials, trials];
  return [qbinom(tail, trials, share), qbinom(tail, trials, share, false)];
}
