/**
 * Picks an index with a probability in proportion to its weight: exact integers, no bias, the same on every machine.
 *
 *     weights       5        1      4              total 10
 *     intervals  [0 .. 5) [5 .. 6) [6 .. 10)       a draw of 5 picks index 1: the first whose end lies above it
 *
 * A random 64-bit v becomes a draw below `total` by v * total = draw * 2^64 + rest; it is accepted when
 * rest <= 2^64 - 1 - (2^64 mod total), so that every draw has equally many v, and else v is drawn anew.
 * Rule: `rand` 0.8 `Uniform::new(0, total)`, which Agave keeps as its own `WeightedU64Index`. The rules of `gen_range`
 * and of `rand` 0.9 accept other v, and so elect other leaders.
 *
 * The work is done in limbs that numbers hold exactly. The look-up starts from a guide: what index the top bits of v
 * can lead to at least; with as many guide entries as weights, a step or two remain, however the weights lie. Draws in
 * bulk are tried in floating point first, and done over in limbs wherever its error could change the outcome.
 */
import { assert, assertDefined } from "../base/assert.ts";

/** Two words a draw: the low one, then the high one. */
export type WordSource = { nextU32(): number };

/** Gives the next words, as many as there is room for. */
export type BulkSource = { fill(words: Uint32Array): void };

export type WeightedDraw = {
  readonly index: number;
  /** 0 <= draw < total; the one accepted. */
  readonly draw: bigint;
  /** Draws thrown away before it. */
  readonly rejected: number;
};

export type WeightedSampler = {
  readonly total: bigint;
  /** Draws one index. */
  drawIndex(source: WordSource): number;
  /** Draws many, the same as one by one; but the source may be left some words further on. */
  drawIndexes(source: BulkSource, count: number): Uint32Array;
  /** The same draw, with its reasons. */
  explainDraw(source: WordSource): WeightedDraw;
  /** The sum of all weights before `index`. */
  cumulativeBefore(index: number): bigint;
};

const twoTo16 = 0x10000;
const twoTo32 = 2 ** 32;
const guideBitsMax = 20;
const u64Count = 2n ** 64n;
const wordsAtOnce = 8192;

/** What the draws go by. Functions over it, rather than closures, stay compiled from one sampler to the next. */
type Intervals = {
  readonly total: bigint;
  readonly totalHigh: number;
  readonly totalLow: number;
  /** The greatest rest that is accepted. */
  readonly zoneHigh: number;
  readonly zoneLow: number;
  /** Where each weight's interval ends, as two words, and rounded. */
  readonly endsHigh: Uint32Array;
  readonly endsLow: Uint32Array;
  readonly ends: Float64Array;
  /** More than a draw in floating point and a rounded end can be off together. */
  readonly error: number;
  readonly guide: Uint32Array;
  /** v's high word, shifted by as much, is a place in the guide. */
  readonly guideShift: number;
};

/** The outcome of the last exact draw: a returned pair would cost more than the draw. */
let drawHigh = 0;
let drawLow = 0;

/** Weights are not negative; their sum is above 0 and below 2^64. */
export function createWeightedSampler(weights: readonly bigint[]): WeightedSampler {
  const intervals = computeIntervals(weights);
  return {
    total: intervals.total,
    drawIndex: (source) => drawIndex(intervals, source),
    drawIndexes: (source, count) => drawIndexes(intervals, source, count),
    explainDraw: (source) => explainDraw(intervals, source),
    cumulativeBefore: (index) => cumulativeBefore(intervals, index),
  };
}

function drawIndex(intervals: Intervals, source: WordSource): number {
  for (;;) {
    const vLow = source.nextU32();
    const vHigh = source.nextU32();
    if (tryDraw(intervals, vHigh, vLow)) return findIndex(intervals, vHigh);
  }
}

function explainDraw(intervals: Intervals, source: WordSource): WeightedDraw {
  for (let rejected = 0; ; rejected++) {
    const vLow = source.nextU32();
    const vHigh = source.nextU32();
    if (!tryDraw(intervals, vHigh, vLow)) continue;
    return { index: findIndex(intervals, vHigh), draw: joinWords(drawHigh, drawLow), rejected };
  }
}

function cumulativeBefore({ endsHigh, endsLow }: Intervals, index: number): bigint {
  if (index === 0) return 0n;
  const high = assertDefined(endsHigh[index - 1], `no weight ${index}`);
  return joinWords(high, endsLow[index - 1]!);
}

function drawIndexes(intervals: Intervals, source: BulkSource, count: number): Uint32Array {
  const indexes = new Uint32Array(count);
  const words = new Uint32Array(Math.min(wordsAtOnce, 2 * count));
  let drawn = 0;
  while (drawn < count) {
    const wanted = words.subarray(0, 2 * (count - drawn));
    source.fill(wanted);
    drawn = drawFromWords(intervals, wanted, indexes, drawn);
  }
  return indexes;
}

/**
 * Draws from words into indexes[drawn …], and tells how far it came.
 *
 * A draw in floating point and a rounded end are off by less than `error`; the rest's high word is right or, where the
 * product of the low words rounded up, one too high, which makes 0 of 2^32 - 1. What lies farther from every edge is
 * certain; the others are drawn exactly.
 */
function drawFromWords(intervals: Intervals, words: Uint32Array, indexes: Uint32Array, drawn: number): number {
  const { totalHigh, totalLow, zoneHigh, ends, error, guide, guideShift } = intervals;
  const perHigh = totalHigh + totalLow / twoTo32;
  let next = drawn;
  for (let at = 0; at < words.length; at += 2) {
    const vLow = words[at]!;
    const vHigh = words[at + 1]!;
    const draw = (vHigh + vLow / twoTo32) * perHigh;
    const carry = Math.floor((vLow * totalLow) / twoTo32);
    const restHigh = (carry + Math.imul(vHigh, totalLow) + Math.imul(vLow, totalHigh)) >>> 0;
    let index = guide[vHigh >>> guideShift]!;
    while (ends[index]! <= draw) index++;
    const isAccepted = restHigh > 0 && restHigh < zoneHigh;
    const isInside = ends[index]! - draw > error && (index === 0 || draw - ends[index - 1]! > error);
    if (isAccepted && isInside) indexes[next++] = index;
    else if (tryDraw(intervals, vHigh, vLow)) indexes[next++] = findIndex(intervals, vHigh);
  }
  return next;
}

/** v * total in columns of 16 bits, each below 2^35: draw = the upper half. False: rejected. */
function tryDraw({ totalHigh, totalLow, zoneHigh, zoneLow }: Intervals, vHigh: number, vLow: number): boolean {
  const n0 = totalLow & 0xffff;
  const n1 = totalLow >>> 16;
  const n2 = totalHigh & 0xffff;
  const n3 = totalHigh >>> 16;
  const v0 = vLow & 0xffff;
  const v1 = vLow >>> 16;
  const v2 = vHigh & 0xffff;
  const v3 = vHigh >>> 16;
  const c0 = v0 * n0;
  const c1 = v0 * n1 + v1 * n0 + Math.floor(c0 / twoTo16);
  const c2 = v0 * n2 + v1 * n1 + v2 * n0 + Math.floor(c1 / twoTo16);
  const c3 = v0 * n3 + v1 * n2 + v2 * n1 + v3 * n0 + Math.floor(c2 / twoTo16);
  const c4 = v1 * n3 + v2 * n2 + v3 * n1 + Math.floor(c3 / twoTo16);
  const c5 = v2 * n3 + v3 * n2 + Math.floor(c4 / twoTo16);
  const c6 = v3 * n3 + Math.floor(c5 / twoTo16);
  drawHigh = c6;
  drawLow = joinLimbs(c5, c4);
  const restHigh = joinLimbs(c3, c2);
  return restHigh < zoneHigh || (restHigh === zoneHigh && joinLimbs(c1, c0) <= zoneLow);
}

/** The first index whose interval ends above the last exact draw, which v's high word led to. */
function findIndex({ endsHigh, endsLow, guide, guideShift }: Intervals, vHigh: number): number {
  let index = guide[vHigh >>> guideShift]!;
  while (endsHigh[index]! < drawHigh || (endsHigh[index] === drawHigh && endsLow[index]! <= drawLow)) index++;
  return index;
}

/** Sixteen bits of either column, the higher one first, as 32 bits. */
function joinLimbs(high: number, low: number): number {
  return ((high << 16) | (low & 0xffff)) >>> 0;
}

function splitWords(value: bigint): [high: number, low: number] {
  return [Number(value >> 32n), Number(value & 0xffff_ffffn)];
}

function joinWords(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function computeIntervals(weights: readonly bigint[]): Intervals {
  const { endsHigh, endsLow, total } = computeEnds(weights);
  const ends = new Float64Array(weights.length);
  for (let index = 0; index < ends.length; index++) ends[index] = endsHigh[index]! * twoTo32 + endsLow[index]!;
  const [totalHigh, totalLow] = splitWords(total);
  const [zoneHigh, zoneLow] = splitWords(u64Count - 1n - (u64Count % total));
  const guideBits = Math.min(guideBitsMax, Math.max(1, 32 - Math.clz32(weights.length - 1)));
  // Four roundings of half a unit in the last place of 53 bits: two of factors, one of their product, one of an end.
  const error = Number(total) * 2 ** -50;
  const guide = computeGuide(ends, Number(total), error, guideBits);
  const guideShift = 32 - guideBits;
  return { total, totalHigh, totalLow, zoneHigh, zoneLow, endsHigh, endsLow, ends, error, guide, guideShift };
}

/** Where each weight's interval ends (its running sum), as two words. */
function computeEnds(weights: readonly bigint[]): { endsHigh: Uint32Array; endsLow: Uint32Array; total: bigint } {
  const endsHigh = new Uint32Array(weights.length);
  const endsLow = new Uint32Array(weights.length);
  const view = new DataView(new ArrayBuffer(8));
  // The sum so far: as a bigint it would be a new object each time.
  let [high, low] = [0, 0];
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index]!;
    if (weight < 0n) assert(false, `weight ${index} is negative: ${weight}`);
    view.setBigUint64(0, weight);
    low += view.getUint32(4);
    const carry = low >= twoTo32 ? 1 : 0;
    low -= carry * twoTo32;
    high += view.getUint32(0) + carry;
    if (weight >= u64Count || high >= twoTo32) assert(false, `the weights' sum passes 2^64 - 1 at weight ${index}`);
    endsHigh[index] = high;
    endsLow[index] = low;
  }
  const total = joinWords(high, low);
  assert(total > 0n, "there is no weight to draw from");
  return { endsHigh, endsLow, total };
}

/** For each value of v's top bits, an index that is at most that of the smallest draw which such a v can give. */
function computeGuide(ends: Float64Array, scale: number, error: number, guideBits: number): Uint32Array {
  const guide = new Uint32Array(2 ** guideBits);
  let index = 0;
  for (let bits = 0; bits < guide.length; bits++) {
    const draw = (bits * scale) / guide.length - error;
    while (ends[index]! <= draw) index++;
    guide[bits] = index;
  }
  return guide;
}
