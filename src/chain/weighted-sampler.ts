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
 * can lead to at least; with as many guide entries as weights, a step or two remain, however the weights lie.
 */
import { assert, assertDefined } from "../base/assert.ts";

/** Two words a draw: the low one, then the high one. */
export type WordSource = { nextU32(): number };

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
  /** The same draw, with its reasons. */
  explainDraw(source: WordSource): WeightedDraw;
  /** The sum of all weights before `index`. */
  cumulativeBefore(index: number): bigint;
};

const twoTo16 = 0x10000;
const guideBitsMax = 20;
const u64Count = 2n ** 64n;

/** Weights are not negative; their sum is above 0 and below 2^64. */
export function createWeightedSampler(weights: readonly bigint[]): WeightedSampler {
  const { endsHigh, endsLow, total } = computeEnds(weights);
  const [n0, n1, n2, n3] = [0n, 16n, 32n, 48n].map((shift) => Number((total >> shift) & 0xffffn)) as Limbs;
  const zone = u64Count - 1n - (u64Count % total);
  const [zoneHigh, zoneLow] = splitWords(zone);
  const guideBits = Math.min(guideBitsMax, Math.max(1, 32 - Math.clz32(weights.length - 1)));
  const guide = computeGuide(endsHigh, endsLow, total, guideBits);

  // The last draw's outcome; kept here because a returned pair would cost more than the draw.
  let drawHigh = 0;
  let drawLow = 0;

  /** v * total in columns of 16 bits, each below 2^35: draw = the upper half. False: rejected. */
  function tryDraw(vHigh: number, vLow: number): boolean {
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

  function drawIndex(source: WordSource): number {
    for (;;) {
      const vLow = source.nextU32();
      const vHigh = source.nextU32();
      if (tryDraw(vHigh, vLow)) return find(vHigh);
    }
  }

  /** The first index whose interval ends above the last draw, which v's high word led to. */
  function find(vHigh: number): number {
    let index = guide[vHigh >>> (32 - guideBits)]!;
    while (endsHigh[index]! < drawHigh || (endsHigh[index] === drawHigh && endsLow[index]! <= drawLow)) index++;
    return index;
  }

  function explainDraw(source: WordSource): WeightedDraw {
    for (let rejected = 0; ; rejected++) {
      const vLow = source.nextU32();
      const vHigh = source.nextU32();
      if (tryDraw(vHigh, vLow)) return { index: find(vHigh), draw: joinWords(drawHigh, drawLow), rejected };
    }
  }

  function cumulativeBefore(index: number): bigint {
    if (index === 0) return 0n;
    const high = assertDefined(endsHigh[index - 1], `no weight ${index}`);
    return joinWords(high, endsLow[index - 1]!);
  }

  return { total, drawIndex, explainDraw, cumulativeBefore };
}

type Limbs = [number, number, number, number];

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

/** Where each weight's interval ends (its running sum), as two words. */
function computeEnds(weights: readonly bigint[]): { endsHigh: Uint32Array; endsLow: Uint32Array; total: bigint } {
  const endsHigh = new Uint32Array(weights.length);
  const endsLow = new Uint32Array(weights.length);
  let total = 0n;
  for (const [index, weight] of weights.entries()) {
    assert(weight >= 0n, `weight ${index} is negative: ${weight}`);
    total += weight;
    assert(total < u64Count, `the weights' sum passes 2^64 - 1 at weight ${index}`);
    [endsHigh[index], endsLow[index]] = splitWords(total);
  }
  assert(total > 0n, "there is no weight to draw from");
  return { endsHigh, endsLow, total };
}

/** For each value of v's top bits: the index of the smallest draw that such a v can give, floor(bits * total / 2^guideBits). */
function computeGuide(endsHigh: Uint32Array, endsLow: Uint32Array, total: bigint, guideBits: number): Uint32Array {
  const guide = new Uint32Array(2 ** guideBits);
  let index = 0;
  for (let bits = 0; bits < guide.length; bits++) {
    const [high, low] = splitWords((BigInt(bits) * total) >> BigInt(guideBits));
    while (endsHigh[index]! < high || (endsHigh[index] === high && endsLow[index]! <= low)) index++;
    guide[bits] = index;
  }
  return guide;
}
