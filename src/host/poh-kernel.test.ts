import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashChain, hashChains, mix, sha256 } from "../base/sha256.ts";
import { type SignedEntry, verifyEntryChain } from "../chain/entry.ts";
import { computeMixin } from "../chain/mixin.ts";
import { portablePohKernel } from "../chain/poh-kernel.ts";
import { nativeEngines } from "./native-sha256.ts";
import { chooseKernel, type HostKernel, KernelError, type KernelMakers, kernelNames } from "./poh-kernel.ts";

const isNativeBuilt = nativeEngines().length > 0;
const kernelsHere = kernelNames.filter((name) => name !== "native" || isNativeBuilt);

describe("the choice of a kernel", () => {
  const made = (name: HostKernel["name"]): HostKernel => ({ name, poh: portablePohKernel, sha256 });
  const makers = (...names: readonly string[]): KernelMakers => ({
    native: () => (names.includes("native") ? made("native") : null),
    wasm: () => (names.includes("wasm") ? made("wasm") : null),
    portable: () => made("portable"),
  });

  it("is the first there is, unless told", () => {
    expect(chooseKernel(undefined, makers("native", "wasm")).name).toBe("native");
    expect(chooseKernel("", makers("wasm")).name).toBe("wasm");
    expect(chooseKernel(undefined, makers()).name).toBe("portable");
    expect(chooseKernel("wasm", makers("native", "wasm")).name).toBe("wasm");
    expect(chooseKernel("portable", makers("native", "wasm")).name).toBe("portable");
  });

  it("makes no kernel that it does not choose", () => {
    const idle = () => expect.fail("made");
    expect(chooseKernel("portable", { ...makers(), native: idle, wasm: idle }).name).toBe("portable");
    expect(chooseKernel(undefined, { ...makers("native"), wasm: idle, portable: idle }).name).toBe("native");
  });

  it("says what was expected when the name is wrong, and what to do when the kernel is missing", () => {
    expect(() => chooseKernel("fast", makers("native"))).toThrow(
      new KernelError('ESCAPEMENT_POH_KERNEL is native, wasm, portable or left out, not "fast".'),
    );
    expect(() => chooseKernel("native", makers("wasm"))).toThrow(
      /native kernel, which is not to be had.*native\/build\.mjs/,
    );
    expect(() => chooseKernel("wasm", makers("native"))).toThrow(
      "asks for the wasm kernel, which is not to be had here.",
    );
  });
});

describe.each(kernelsHere)("the %s kernel of this host", (name) => {
  const { poh, sha256: hash } = chooseKernel(name);

  it("says what runs", () => {
    const expected = {
      native: /^native .+, \d+ threads?$/,
      wasm: /^wasm(, 4 SIMD lanes)?, \d+ threads?$/,
      portable: /^portable$/,
    };
    expect(poh.name).toMatch(expected[name]);
  });

  it("hashes as the portable code does, one chain and many, above the threads' threshold and below", async () => {
    const start = Uint8Array.from({ length: 32 }, (_, i) => i);
    expect(poh.hashChain(start, 5000)).toEqual(hashChain(start, 5000));
    expect(poh.mix(start, start.toReversed())).toEqual(mix(start, start.toReversed()));
    expect(hash(start)).toEqual(sha256(start));
    for (const [chains, length] of [
      [40, 2000],
      [300, 300],
      [3, 5],
      [0, 0],
    ] as const) {
      const counts = Float64Array.from({ length: chains }, (_, i) => length + (i % 13));
      const hashes = Uint8Array.from({ length: 32 * chains }, (_, i) => i >> 3);
      const expected = hashChains(hashes, counts);
      expect(poh.hashChains(hashes, counts)).toEqual(expected);
      // Threads are there a little later; then they take their share.
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(poh.hashChains(hashes, counts)).toEqual(expected);
    }
  });

  it("comes to the portable kernel's verdict on any entries, right or wrong anywhere", () => {
    const start = new Uint8Array(32).fill(9);
    const signature = fc.uint8Array({ minLength: 64, maxLength: 64 });
    const drawn = fc.record({ numHashes: fc.nat(30), signatures: fc.array(signature, { maxLength: 2 }) });
    fc.assert(
      fc.property(fc.array(drawn, { minLength: 1, maxLength: 30 }), fc.nat(), fc.nat(3), (list, at, change) => {
        let previous: Uint8Array = start;
        const entries: SignedEntry[] = list.map(({ numHashes, signatures }) => {
          const isTick = signatures.length === 0;
          const chained = hashChain(previous, isTick ? numHashes : Math.max(0, numHashes - 1));
          previous = isTick ? chained : mix(chained, computeMixin(signatures));
          return { numHashes, signatures, hash: previous };
        });
        const index = at % entries.length;
        const entry = entries[index]!;
        const hash = entry.hash.slice();
        hash[change]! ^= 1;
        const wrong = entries.with(
          index,
          change === 0 ? { ...entry, numHashes: entry.numHashes + 2 } : { ...entry, hash },
        );
        expect(verifyEntryChain(start, entries, poh)).toEqual({ ok: true });
        const verdict = { ok: false, index, code: "hash-mismatch" };
        expect(verifyEntryChain(start, wrong, poh)).toEqual(verdict);
        expect(verifyEntryChain(start, wrong, portablePohKernel)).toEqual(verdict);
      }),
      { numRuns: 60 },
    );
  });
});
