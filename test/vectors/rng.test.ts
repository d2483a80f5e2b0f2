import { describe, expect, it } from "vitest";
import { encodeBase58 } from "../../src/base/base58.ts";
import { decodeHex, encodeHex } from "../../src/base/bytes.ts";
import { type ChaCha20, createChaCha20 } from "../../src/base/chacha20.ts";
import { sha256 } from "../../src/base/sha256.ts";
import { createWeightedSampler } from "../../src/chain/weighted-sampler.ts";
import { readVector, vectorsNote, vectorsPresent } from "../support/vectors.ts";

type UniformCase = {
  readonly seed: string;
  readonly calls: readonly (readonly [bound: number | string, values: string[]])[];
};
type RngVector = {
  readonly first_u64: { seed: string; value: string; xor_of_next_100000: string };
  readonly zero_seed: { seed: string; first_u32: string; first_u64: string; first_32_bytes: string };
  readonly reseeded: { u32: string[]; u64: string[] };
  readonly second_stream: { bytes: string };
  readonly block_beyond_2_32: { seed: string; block_index: string; block: string };
  readonly uniform_new: readonly UniformCase[];
  readonly uniform_single: readonly UniformCase[];
  readonly uniform_new_hashed: { cases: readonly (readonly [bound: number, sha: string])[] };
  readonly weighted: readonly { seed: string; n: number; pow: number; indices: number[] }[];
  readonly weighted_hashed: { cases: readonly (readonly [n: number, pow: number, count: number, sha: string])[] };
  readonly weighted_sig: { values: string[] };
  readonly chacha8_weighted: { weights: number[]; indices: number[] };
};

const sourceOf = (seedHex: string) => createChaCha20(decodeHex(seedHex)!);
const seed16 = "10".repeat(32);

function drawBytes(source: ChaCha20, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i += 4) view.setUint32(i, source.nextU32(), true);
  return bytes;
}

/** A uniform draw below `bound` is the draw of a sampler whose only weight is `bound`. */
function uniform(bound: bigint): (source: ChaCha20) => bigint {
  const sampler = createWeightedSampler([bound]);
  return (source) => sampler.explainDraw(source).draw;
}

/** Another rule, of `gen_range` (not the leader schedule's); here only to tell the two apart. */
function uniformSingle(source: ChaCha20, bound: bigint): bigint {
  const leadingZeros = 64 - bound.toString(2).length;
  const zone = BigInt.asUintN(64, bound << BigInt(leadingZeros)) - 1n;
  for (;;) {
    const product = source.nextU64() * bound;
    if (BigInt.asUintN(64, product) <= zone) return product >> 64n;
  }
}

function hashOfU64s(count: number, next: () => bigint): string {
  const values = new BigUint64Array(count);
  for (let i = 0; i < count; i++) values[i] = next();
  return encodeBase58(sha256(new Uint8Array(values.buffer)));
}

describe.skipIf(!vectorsPresent)(`random numbers (${vectorsNote})`, () => {
  const read = () => readVector<RngVector>("rng/chacha.json");

  it("has ChaCha20Rng's stream", () => {
    const { first_u64, zero_seed, reseeded, second_stream } = read();
    const first = sourceOf(first_u64.seed);
    expect(first.nextU64()).toBe(BigInt(first_u64.value));
    let xor = 0n;
    for (let i = 0; i < 100_000; i++) xor ^= first.nextU64();
    expect(xor).toBe(BigInt(first_u64.xor_of_next_100000));

    expect(sourceOf(zero_seed.seed).nextU32()).toBe(Number(zero_seed.first_u32));
    expect(sourceOf(zero_seed.seed).nextU64()).toBe(BigInt(zero_seed.first_u64));
    const seed = drawBytes(sourceOf(zero_seed.seed), 32);
    expect(encodeHex(seed)).toBe(zero_seed.first_32_bytes);
    expect(encodeHex(drawBytes(createChaCha20(seed), 32))).toBe(second_stream.bytes);

    const second = createChaCha20(seed);
    expect(reseeded.u32.length).toBe(100);
    for (const [i, u32] of reseeded.u32.entries()) {
      expect(second.nextU32()).toBe(Number(u32));
      expect(second.nextU64()).toBe(BigInt(reseeded.u64[i]!));
    }
  });

  it("has a block counter beyond 32 bits", () => {
    const { seed, block_index, block } = read().block_beyond_2_32;
    const source = sourceOf(seed);
    source.seek(16 * Number(block_index));
    expect(encodeHex(drawBytes(source, 64))).toBe(block);
  });

  it("draws uniformly as Agave does", () => {
    for (const { seed, calls } of read().uniform_new) {
      const source = sourceOf(seed);
      for (const [bound, values] of calls) {
        const draw = uniform(BigInt(bound));
        expect(values.map(() => draw(source))).toEqual(values.map(BigInt));
      }
    }
    for (const [bound, sha] of read().uniform_new_hashed.cases) {
      const source = sourceOf(seed16);
      const draw = uniform(BigInt(bound));
      expect(
        hashOfU64s(600_000, () => draw(source)),
        `below ${bound}`,
      ).toBe(sha);
    }
  });

  it("does not draw as gen_range does, which is another rule", () => {
    let differing = 0;
    for (const { seed, calls } of read().uniform_single) {
      const source = sourceOf(seed);
      const ours = sourceOf(seed);
      for (const [bound, values] of calls) {
        expect(values.map(() => uniformSingle(source, BigInt(bound)))).toEqual(values.map(BigInt));
        const draw = uniform(BigInt(bound));
        if (values.some((value) => draw(ours) !== BigInt(value))) differing++;
      }
    }
    expect(differing).toBe(4);
  });

  it("draws by weight as Agave does", () => {
    const weightsOf = (n: number, pow: number) => Array.from({ length: n }, (_, i) => BigInt(i) ** BigInt(pow));
    for (const { seed, n, pow, indices } of read().weighted) {
      const source = sourceOf(seed);
      const sampler = createWeightedSampler(weightsOf(n, pow));
      expect(
        indices.map(() => sampler.drawIndex(source)),
        `${n} weights, power ${pow}`,
      ).toEqual(indices);
    }
    for (const [n, pow, count, sha] of read().weighted_hashed.cases) {
      const source = sourceOf(seed16);
      const sampler = createWeightedSampler(weightsOf(n, pow));
      expect(
        hashOfU64s(count, () => BigInt(sampler.drawIndex(source))),
        `${n} weights, power ${pow}`,
      ).toBe(sha);
    }
  });

  it("draws by weight from a generator already in use, as Sig does", () => {
    const { values } = read().weighted_sig;
    const source = createChaCha20(new Uint8Array(32));
    const weights = Array.from({ length: 100 }, () => BigInt(source.nextU32()));
    const sampler = createWeightedSampler(weights);
    expect(values.map(() => weights[sampler.drawIndex(source)])).toEqual(values.map(BigInt));
  });

  it("uses twenty rounds: ChaCha8 would draw otherwise", () => {
    const { weights, indices } = read().chacha8_weighted;
    const sampler = createWeightedSampler(weights.map(BigInt));
    const source = createChaCha20(new Uint8Array(32));
    const drawn = indices.map(() => sampler.drawIndex(source));
    expect(drawn).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
    expect(drawn).not.toEqual(indices);
  });
});
