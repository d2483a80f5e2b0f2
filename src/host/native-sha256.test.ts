import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHex } from "../base/bytes.ts";
import { hashChain, hashChains, mix } from "../base/sha256.ts";
import { loadNativeSha256, nativeEngines } from "./native-sha256.ts";

const engines = nativeEngines();
const hashOf = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
const hash32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

it("has plain C as its last engine, where it is built", () => {
  if (engines.length > 0) expect(engines.at(-1)).toBe("plain C");
});

describe.each(engines.map((name, engine) => ({ name, engine })))("native $name", ({ name, engine }) => {
  const native = loadNativeSha256(undefined, engine)!;
  const { kernel } = native;

  it("says what it is, and passes its own test", () => {
    expect(kernel.name).toBe(`native ${name}`);
  });

  it("hashes messages of every length around a block's and its memory's end as OpenSSL does", () => {
    const lengths = [...Array(200).keys(), 511, 512, 513, 4031, 4032, 4095, 4096, 4097, 4160, 100_000];
    for (const length of lengths) {
      const bytes = Uint8Array.from({ length: length + 3 }, (_, i) => (i * 31) & 0xff).subarray(3);
      expect(native.sha256(bytes), `${length} bytes`).toEqual(hashOf(bytes));
    }
  });

  it("chains and mixes as the portable kernel does", () => {
    fc.assert(
      fc.property(hash32, hash32, fc.nat(300), (hash, mixin, count) => {
        expect(kernel.hashChain(hash, count)).toEqual(hashChain(hash, count));
        expect(kernel.mix(hash, mixin)).toEqual(mix(hash, mixin));
      }),
      { numRuns: 60 },
    );
  });

  it("does chains beside each other as one after another, whatever their number and lengths", () => {
    const count = fc.oneof(fc.constant(0), fc.constant(1), fc.nat(40), fc.nat(200));
    fc.assert(
      fc.property(fc.array(fc.tuple(hash32, count), { maxLength: 70 }), (chains) => {
        const hashes = Uint8Array.from(chains.flatMap(([hash]) => [...hash]));
        const counts = Float64Array.from(chains, ([, count]) => count);
        expect(kernel.hashChains(hashes, counts)).toEqual(hashChains(hashes, counts));
      }),
      { numRuns: 60 },
    );
  });

  it("keeps chains apart across the end of a batch of 512", () => {
    const counts = Float64Array.from({ length: 1100 }, (_, i) => i % 7);
    const hashes = Uint8Array.from({ length: 32 * 1100 }, (_, i) => (i * 7) >> 3);
    expect(kernel.hashChains(hashes, counts)).toEqual(hashChains(hashes, counts));
  });

  it("hashes many messages of one length, pairs of hashes among them", () => {
    const bytes = Uint8Array.from({ length: 6400 }, (_, i) => i >> 2);
    for (const length of [32, 64, 100, 6400]) {
      const hashes = Array.from({ length: 6400 / length }, (_, i) =>
        hashOf(bytes.subarray(length * i, length * (i + 1))),
      );
      expect(encodeHex(native.hashMessages(bytes, length))).toBe(hashes.map(encodeHex).join(""));
    }
    expect(native.hashMessages(new Uint8Array(), 64)).toEqual(new Uint8Array());
    expect(() => native.hashMessages(bytes, 63)).toThrow("do not fit");
  });

  it("refuses as the portable kernel does what is no hash or no count", () => {
    const hash = new Uint8Array(32);
    for (const count of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => kernel.hashChain(hash, count)).toThrow("not a count of hashes");
      expect(() => kernel.hashChains(hash, Float64Array.of(count))).toThrow("not a count of hashes");
    }
    expect(() => kernel.hashChain(new Uint8Array(31), 1)).toThrow("32 bytes");
    expect(() => kernel.mix(hash, new Uint8Array(33))).toThrow("32 bytes");
    expect(() => kernel.hashChains(hash, new Float64Array(2))).toThrow("2 counts");
  });
});

describe("loading the addon", () => {
  it("finds none where there is no file, and where it is nothing to load", () => {
    expect(loadNativeSha256("/nowhere/sha256.node")).toBeNull();
    expect(nativeEngines("/nowhere/sha256.node")).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), "escapement-addon-"));
    writeFileSync(join(folder, "broken.node"), "not a library");
    expect(loadNativeSha256(join(folder, "broken.node"))).toBeNull();
    rmSync(folder, { recursive: true });
  });
});
