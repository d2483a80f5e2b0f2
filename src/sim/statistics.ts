/**
 * The few statistics a verdict on a lottery needs, from the regularised incomplete gamma function.
 *
 *     P(chi-square with k degrees of freedom > x) = Q(k/2, x/2)        x = 3.8415, k = 1: 0.05
 *     P(standard normal > z)                      = Q(1/2, z²/2) / 2   z = 1.95996:       0.025
 *
 * Q itself is computed, not 1 - P, so that a p-value of 1e-43 is a number and not 0.
 * Sources: NIST DLMF 8.7.1 (series), 8.9.2 (continued fraction), 5.11.1 (log gamma).
 *
 * Floats: for people and tests, never for the protocol.
 */
import { assert } from "../base/assert.ts";

/** An exact fraction, such as stake of all stake. */
export type Ratio = { readonly numerator: bigint; readonly denominator: bigint };

/** ln Γ(a) for a > 0: Stirling's series from 12 up, and Γ(a) = Γ(a + 1) / a below. */
export function computeLogGamma(a: number): number {
  assert(a > 0, `log gamma of ${a}`);
  let product = 1;
  let x = a;
  while (x < 12) product *= x++;
  const square = 1 / (x * x);
  const tail =
    (1 / 12 -
      square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - (square * 691) / 360360))))) /
    x;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + tail - Math.log(product);
}

/** Q(a, x) = Γ(a, x) / Γ(a), for a > 0 and x >= 0: relative error below 1e-11 for a up to 10 000, far into the tail. */
export function computeUpperGamma(a: number, x: number): number {
  assert(a > 0 && x >= 0, `upper gamma of ${a}, ${x}`);
  if (x === 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const front = Math.exp(a * Math.log(x) - x - computeLogGamma(a));
  return x < a + 1 ? 1 - front * sumLowerSeries(a, x) : front * evaluateUpperFraction(a, x);
}

// Both converge within a few times sqrt(a) terms; a million is far past any count of validators.
const termsMax = 1_000_000;

/** 1/a + x/(a(a+1)) + x²/(a(a+1)(a+2)) + … */
function sumLowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < termsMax; n++) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * Number.EPSILON) return sum;
  }
  assert(false, `the series of the incomplete gamma function of ${a}, ${x} does not converge`);
}

/** 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- …))), forwards by the modified Lentz method. */
function evaluateUpperFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < termsMax; n++) {
    const numerator = n * (a - n);
    b += 2;
    d = 1 / (numerator * d + b || tiny);
    c = b + numerator / c || tiny;
    value *= c * d;
    if (Math.abs(c * d - 1) < 2 * Number.EPSILON) return value;
  }
  assert(false, `the fraction of the incomplete gamma function of ${a}, ${x} does not converge`);
}

/** P(chi-square > statistic): how often chance alone would give this much or more. */
export function computeChiSquareTail(statistic: number, degreesOfFreedom: number): number {
  return computeUpperGamma(degreesOfFreedom / 2, statistic / 2);
}

/** The z that a standard normal exceeds with this probability, 0 < tail <= 1/2. Asked by the tail: 1 - tail would lose small ones. */
export function computeNormalQuantile(tail: number): number {
  assert(tail > 0 && tail <= 0.5, `no upper tail of a normal distribution: ${tail}`);
  let low = 0;
  let high = 40;
  // Halving until two neighbouring doubles are left.
  for (;;) {
    const z = (low + high) / 2;
    if (z === low || z === high) return z;
    if (computeUpperGamma(0.5, (z * z) / 2) / 2 > tail) low = z;
    else high = z;
  }
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
 * `tail`. Exact sums, so that it holds for the rarest winners too, where score intervals raise false alarms.
 */
export function computeBinomialRange(trials: number, share: number, tail: number): Range {
  assert(Number.isSafeInteger(trials) && trials >= 0, `not a number of trials: ${trials}`);
  assert(share >= 0 && share <= 1 && tail > 0 && tail < 0.5, `share ${share}, tail ${tail}`);
  if (share === 0 || trials === 0) return [0, 0];
  if (share === 1) return [trials, trials];
  // Weights relative to the mode's, walked outwards until they cannot matter; their sum normalises them.
  const mode = Math.min(trials, Math.floor((trials + 1) * share));
  const odds = share / (1 - share);
  const negligible = tail * 1e-15;
  const below: number[] = [];
  for (let k = mode, weight = 1; k > 0 && weight > negligible; k--) {
    weight *= k / ((trials - k + 1) * odds);
    below.push(weight);
  }
  const above: number[] = [];
  for (let k = mode, weight = 1; k < trials && weight > negligible; k++) {
    weight *= ((trials - k) * odds) / (k + 1);
    above.push(weight);
  }
  const mass = tail * (1 + sumOf(below) + sumOf(above));
  return [mode - countKept(below, mass), mode + countKept(above, mass)];
}

function sumOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** How many weights remain when the outermost, of at most this mass together, are cut off. */
function countKept(weights: readonly number[], mass: number): number {
  let cut = 0;
  for (let kept = weights.length; kept > 0; kept--) {
    cut += weights[kept - 1]!;
    if (cut > mass) return kept;
  }
  return 0;
}
