import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashChain, hashChains } from "./sha256.ts";
import { createSha256Module } from "./sha256-module.ts";
import { createWasmSha256 } from "./wasm-sha256.ts";

const hash32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe.each([{ simd: true }, { simd: false }])("SHA-256 in WebAssembly, with SIMD: $simd", ({ simd }) => {
  const wasm = createWasmSha256({ simd })!;

  it("says whether it has lanes", () => {
    expect(wasm.hasSimd).toBe(simd);
  });

  it("chains as TypeScript does, in one call and in several", () => {
    fc.assert(
      fc.property(hash32, fc.oneof(fc.nat(3), fc.nat(200)), (hash, count) => {
        expect(wasm.hashChain(hash, count)).toEqual(hashChain(hash, count));
      }),
      { numRuns: 60 },
    );
    for (const count of [1023, 1024, 1025, 3000]) {
      const hash = new Uint8Array(32).fill(count);
      expect(wasm.hashChain(hash, count)).toEqual(hashChain(hash, count));
    }
  });

  it("does chains beside each other as one after another, whatever their number and lengths", () => {
    const count = fc.oneof(fc.constant(0), fc.constant(1), fc.nat(40), fc.nat(200));
    fc.assert(
      fc.property(fc.array(fc.tuple(hash32, count), { maxLength: 20 }), (chains) => {
        const hashes = Uint8Array.from(chains.flatMap(([hash]) => [...hash]));
        const counts = Float64Array.from(chains, ([, count]) => count);
        expect(wasm.hashChains(hashes, counts)).toEqual(hashChains(hashes, counts));
      }),
      { numRuns: 100 },
    );
    const counts = Float64Array.of(2500, 1, 2049, 1024, 0, 1500);
    const hashes = Uint8Array.from({ length: 32 * 6 }, (_, i) => i);
    expect(wasm.hashChains(hashes, counts)).toEqual(hashChains(hashes, counts));
  });

  it("reads hashes from the middle of an array, and leaves what is around its results", () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
    expect(wasm.hashChain(bytes.subarray(5, 37), 3)).toEqual(hashChain(bytes.slice(5, 37), 3));
    const out = new Uint8Array(96).fill(7);
    wasm.chainsInto(bytes.subarray(5, 37), Float64Array.of(3), out.subarray(32, 64));
    expect(out).toEqual(Uint8Array.of(...Array(32).fill(7), ...hashChain(bytes.slice(5, 37), 3), ...Array(32).fill(7)));
  });

  it("refuses what is no hash or no count", () => {
    expect(() => wasm.hashChain(new Uint8Array(31), 1)).toThrow("32 bytes");
    expect(() => wasm.hashChain(new Uint8Array(32), 0.5)).toThrow("not a count");
    expect(() => wasm.hashChains(new Uint8Array(32), Float64Array.of(-1))).toThrow("not a count");
    expect(() => wasm.hashChains(new Uint8Array(33), Float64Array.of(1))).toThrow("33 bytes");
  });
});

it("writes the same module each time", () => {
  expect(createSha256Module(true)).toEqual(createSha256Module(true));
});
