import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createChaCha20 } from "../base/chacha20.ts";
import { createWeightedSampler, type WeightedDraw } from "./weighted-sampler.ts";

/** The rule, word for word: 128-bit product, linear search. */
function explainDrawTwin(weights: readonly bigint[], nextU64: () => bigint): WeightedDraw {
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  const zone = 2n ** 64n - 1n - (2n ** 64n % total);
  for (let rejected = 0; ; rejected++) {
    const product = nextU64() * total;
    if (product % 2n ** 64n > zone) continue;
    const draw = product / 2n ** 64n;
    let end = 0n;
    const index = weights.findIndex((weight) => {
      end += weight;
      return end > draw;
    });
    return { index, draw, rejected };
  }
}

/** Gives chosen 64-bit values in turn, the low word first. */
function wordsOf(values: readonly bigint[]): { nextU32(): number; nextU64(): bigint; fill(words: Uint32Array): void } {
  const words = values.flatMap((value) => [Number(value & 0xffff_ffffn), Number(value >> 32n)]);
  let at = 0;
  const nextU32 = () => words[at++ % words.length]!;
  const nextU64 = () => BigInt(nextU32()) + 2n ** 32n * BigInt(nextU32());
  const fill = (target: Uint32Array) => target.set(Array.from(target, nextU32));
  return { nextU32, nextU64, fill };
}

/** Of an odd number, modulo 2^64. */
function inverseOf(odd: bigint): bigint {
  let inverse = odd;
  for (let bits = 3; bits < 64; bits *= 2) inverse = BigInt.asUintN(64, inverse * (2n - odd * inverse));
  return inverse;
}

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

/** Small, equal, zero, huge and lopsided weights, with a sum from 1 to 2^64 - 1. */
const weights = fc
  .array(
    fc.oneof(
      fc.constant(0n),
      fc.constant(1n),
      fc.bigInt({ min: 0n, max: 10n }),
      fc.bigInt({ min: 0n, max: 2n ** 33n }),
      fc.bigInt({ min: 0n, max: 2n ** 63n }),
    ),
    { minLength: 1, maxLength: 60 },
  )
  .filter((list) => {
    const sum = list.reduce((total, weight) => total + weight, 0n);
    return sum > 0n && sum < 2n ** 64n;
  });

describe("weighted sampler", () => {
  it("picks by the drawn example: a draw of 5 of 5, 1, 4 is index 1", () => {
    // v = 2^63 gives draw floor(2^63 * 10 / 2^64) = 5.
    expect(createWeightedSampler([5n, 1n, 4n]).explainDraw(wordsOf([2n ** 63n]))).toEqual({
      index: 1,
      draw: 5n,
      rejected: 0,
    });
  });

  it("draws, rejects and picks as the plain 128-bit rule does", () => {
    fc.assert(
      fc.property(weights, fc.uint8Array({ minLength: 32, maxLength: 32 }), (list, key) => {
        const sampler = createWeightedSampler(list);
        const twin = createChaCha20(key);
        const explained = createChaCha20(key);
        const plain = createChaCha20(key);
        const inBulk = sampler.drawIndexes(createChaCha20(key), 30);
        for (let i = 0; i < 30; i++) {
          const expected = explainDrawTwin(list, twin.nextU64);
          expect(sampler.explainDraw(explained)).toEqual(expected);
          expect(sampler.drawIndex(plain)).toBe(expected.index);
          expect(inBulk[i]).toBe(expected.index);
        }
      }),
      { seed: 1234, numRuns: 300 },
    );
  });

  it("is exact at the very edges of acceptance and of every interval", () => {
    fc.assert(
      fc.property(weights, fc.array(u64, { minLength: 1, maxLength: 5 }), (list, values) => {
        const sampler = createWeightedSampler(list);
        const total = sampler.total;
        const draws = [
          ...values.map((value) => value % total),
          ...list.map((_, index) => sampler.cumulativeBefore(index)),
        ];
        const edges = draws.flatMap((draw) => {
          // The smallest v of a draw, and its neighbours; there the low half of the product is next to 0 or 2^64.
          const first = (draw * 2n ** 64n + total - 1n) / total;
          return [first - 1n, first, first + 1n, draw].map((v) => BigInt.asUintN(64, v));
        });
        for (const edge of edges) {
          // v = 0 is always accepted: the twin and we stop there at the latest.
          const expected = explainDrawTwin(list, wordsOf([edge, 0n]).nextU64);
          expect(sampler.explainDraw(wordsOf([edge, 0n]))).toEqual(expected);
          expect([...sampler.drawIndexes(wordsOf([edge, 0n]), 1)]).toEqual([expected.index]);
        }
      }),
      { seed: 1234, numRuns: 300 },
    );
  });

  it("is exact in bulk where the rest of the product stands at the edge of acceptance", () => {
    fc.assert(
      fc.property(u64, fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }), (value, high, low) => {
        // With an odd total every rest has its v: take those beside the last accepted one, and beside 0.
        const total = value | 1n | (2n ** 63n);
        const sampler = createWeightedSampler([total - 2n ** 62n, 2n ** 62n]);
        const zone = 2n ** 64n - 1n - (2n ** 64n % total);
        const near = BigInt(high) * 2n ** 32n + BigInt(low);
        const edges = [zone + near, near].map((rest) => BigInt.asUintN(64, rest * inverseOf(total)));
        for (const edge of edges) {
          const expected = explainDrawTwin([total - 2n ** 62n, 2n ** 62n], wordsOf([edge, 0n]).nextU64);
          expect([...sampler.drawIndexes(wordsOf([edge, 0n]), 1)]).toEqual([expected.index]);
        }
      }),
      { seed: 1234, numRuns: 300 },
    );
  });

  it("rejects a quarter of all values for a total of 2^63 + 2^62 and none for 2^63", () => {
    const source = createChaCha20(new Uint8Array(32));
    const rejections = (total: bigint) => {
      const sampler = createWeightedSampler([total]);
      let rejected = 0;
      for (let i = 0; i < 2000; i++) rejected += sampler.explainDraw(source).rejected;
      return rejected;
    };
    expect(rejections(2n ** 63n)).toBe(0);
    expect(Math.abs(rejections(2n ** 63n + 2n ** 62n) - 667)).toBeLessThan(150);
  });

  it("never picks a weight of zero, and knows every interval", () => {
    const list = [0n, 3n, 0n, 2n, 0n];
    const sampler = createWeightedSampler(list);
    const source = createChaCha20(new Uint8Array(32));
    const picked = new Set(Array.from({ length: 200 }, () => sampler.drawIndex(source)));
    expect(picked).toEqual(new Set([1, 3]));
    expect(list.map((_, index) => sampler.cumulativeBefore(index))).toEqual([0n, 0n, 3n, 3n, 5n]);
  });

  it("takes a total of 2^64 - 1, and not one more", () => {
    const source = createChaCha20(new Uint8Array(32));
    expect(createWeightedSampler([2n ** 64n - 2n, 1n]).drawIndex(source)).toBe(0);
    expect(() => createWeightedSampler([2n ** 64n - 1n, 1n])).toThrow("passes 2^64 - 1 at weight 1");
    expect(() => createWeightedSampler([2n ** 64n])).toThrow("passes 2^64 - 1 at weight 0");
    expect(() => createWeightedSampler([1n, 2n ** 64n + 1n])).toThrow("passes 2^64 - 1 at weight 1");
    expect(() => createWeightedSampler([])).toThrow("no weight");
    expect(() => createWeightedSampler([0n])).toThrow("no weight");
    expect(() => createWeightedSampler([2n, -1n])).toThrow("negative");
  });
});
