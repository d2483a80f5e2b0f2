import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "../base/sha256.ts";
import { checkTicks, type SignedEntry, verifyEntry, verifyEntryChain } from "./entry.ts";
import { computeMixin } from "./mixin.ts";
import { portablePohKernel as kernel } from "./poh-kernel.ts";

const start = new Uint8Array(32).fill(9);
const signatureOf = (value: number) => new Uint8Array(64).fill(value);

/** Follows the rule by single hashes. */
function entryTwin(from: Uint8Array, numHashes: number, signatures: readonly Uint8Array[]): SignedEntry {
  let hash: Uint8Array = from;
  const last = signatures.length === 0 ? numHashes : Math.max(1, numHashes) - 1;
  for (let i = 0; i < last; i++) hash = sha256(hash);
  if (signatures.length > 0) hash = kernel.mix(hash, computeMixin(signatures));
  return { numHashes, hash, signatures };
}

function chainTwin(steps: readonly { numHashes: number; signatures: readonly Uint8Array[] }[]): SignedEntry[] {
  let hash: Uint8Array = start;
  return steps.map(({ numHashes, signatures }) => {
    const entry = entryTwin(hash, numHashes, signatures);
    hash = entry.hash;
    return entry;
  });
}

const step = fc.record({ numHashes: fc.nat(5), signatures: fc.array(fc.nat(255).map(signatureOf), { maxLength: 3 }) });
const steps = fc.array(step, { minLength: 1, maxLength: 8 });

describe("verifyEntryChain", () => {
  it("accepts the drawn example", () => {
    const drawn = chainTwin([
      { numHashes: 3, signatures: [] },
      { numHashes: 2, signatures: [signatureOf(1), signatureOf(2)] },
      { numHashes: 1, signatures: [] },
    ]);
    expect(verifyEntryChain(start, drawn, kernel)).toEqual({ ok: true });
    expect(verifyEntryChain(start, [], kernel)).toEqual({ ok: true });
  });

  it("accepts every chain made by single hashes, and names the first entry whose hash is changed", () => {
    fc.assert(
      fc.property(steps, fc.nat(7), fc.nat(31), (list, at, byte) => {
        const entries = chainTwin(list);
        expect(verifyEntryChain(start, entries, kernel)).toEqual({ ok: true });
        const index = at % entries.length;
        const hash = entries[index]!.hash.slice();
        hash[byte]! ^= 1;
        const changed = entries.with(index, { ...entries[index]!, hash });
        expect(verifyEntryChain(start, changed, kernel)).toEqual({ ok: false, index, code: "hash-mismatch" });
      }),
      { seed: 1234, numRuns: 150 },
    );
  });

  it("checks an entry by itself, given the hash before it", () => {
    const [first, second] = chainTwin([
      { numHashes: 4, signatures: [] },
      { numHashes: 3, signatures: [signatureOf(1)] },
    ]) as [SignedEntry, SignedEntry];
    const mixin = computeMixin(second.signatures);
    expect(verifyEntry(first.hash, 3, mixin, second.hash, kernel)).toBe(true);
    expect(verifyEntry(first.hash, 3, null, second.hash, kernel)).toBe(false);
    expect(verifyEntry(first.hash, 4, mixin, second.hash, kernel)).toBe(false);
    expect(verifyEntry(start, 3, mixin, second.hash, kernel)).toBe(false);
  });

  it("counts no hash as one where there is something to mix in", () => {
    const mixin = computeMixin([signatureOf(1)]);
    expect(verifyEntry(start, 0, mixin, kernel.mix(start, mixin), kernel)).toBe(true);
    expect(verifyEntry(start, 1, mixin, kernel.mix(start, mixin), kernel)).toBe(true);
    expect(verifyEntry(start, 0, null, start, kernel)).toBe(true);
  });

  it("refuses malformed entries, at any place, without a throw and before any hashing", () => {
    const good = entryTwin(start, 1, []);
    const idle = { ...kernel, hashChain: () => expect.unreachable("hashed before all entries were looked over") };
    for (const bad of [
      { ...good, hash: new Uint8Array(31) },
      { ...good, hash: "text" },
      { ...good, numHashes: -1 },
      { ...good, numHashes: 0.5 },
      { ...good, numHashes: 2 ** 53 },
      { ...good, numHashes: 1n },
      { ...good, signatures: [new Uint8Array(63)] },
      { ...good, signatures: [null] },
      { ...good, signatures: undefined },
      null,
      undefined,
      7,
    ]) {
      const entries = [good, bad as SignedEntry];
      expect(verifyEntryChain(start, entries, idle)).toEqual({ ok: false, index: 1, code: "malformed-entry" });
    }
  });

  it("takes as many hashes as it may, and not one more", () => {
    const entries = chainTwin([3, 4].map((numHashes) => ({ numHashes, signatures: [] })));
    expect(verifyEntryChain(start, entries, kernel, 7)).toEqual({ ok: true });
    expect(verifyEntryChain(start, entries, kernel, 6)).toEqual({ ok: false, index: 1, code: "too-many-hashes" });
  });
});

describe("checkTicks", () => {
  const tick = (numHashes: number) => ({ numHashes, isTick: true });
  const record = (numHashes: number) => ({ numHashes, isTick: false });
  const block = { slot: 7, parentSlot: 6, ticksPerSlot: 2, hashesPerTick: 10 };
  const codeOf = (entries: { numHashes: number; isTick: boolean }[], changes: object = {}) =>
    checkTicks({ ...block, entries, ...changes })?.code ?? null;

  it("accepts exactly the ticks due, with exactly their hashes", () => {
    expect(codeOf([tick(10), tick(10)])).toBeNull();
    expect(codeOf([record(4), record(5), tick(1), tick(10)])).toBeNull();
  });

  it("refuses a tick too many, one too few, and anything after the last", () => {
    expect(codeOf([tick(10), tick(10), tick(10)])).toBe("too-many-ticks");
    expect(codeOf([tick(10)])).toBe("too-few-ticks");
    expect(codeOf([])).toBe("too-few-ticks");
    expect(codeOf([tick(10), tick(10), record(1)])).toBe("trailing-entry");
  });

  it("asks for the ticks of skipped slots too", () => {
    const six = Array.from({ length: 6 }, () => tick(10));
    expect(codeOf(six, { parentSlot: 4 })).toBeNull();
    expect(codeOf(six, { parentSlot: 3 })).toBe("too-few-ticks");
    expect(codeOf(six, { parentSlot: 5 })).toBe("too-many-ticks");
  });

  it("refuses one hash more or less to a tick, and a tick left without its own hash", () => {
    expect(codeOf([tick(9), tick(10)])).toBe("invalid-tick-hash-count");
    expect(codeOf([tick(11), tick(10)])).toBe("invalid-tick-hash-count");
    expect(codeOf([tick(10), record(9), tick(2)])).toBe("invalid-tick-hash-count");
    expect(codeOf([record(10), tick(0), tick(10)])).toBe("invalid-tick-hash-count");
    expect(checkTicks({ ...block, entries: [tick(10), record(9), tick(2)] })?.facts).toEqual({
      index: 2,
      hashes: 11,
      hashesPerTick: 10,
    });
  });

  it("does not count hashes when hashesPerTick is 0, but still counts ticks", () => {
    expect(codeOf([tick(1), record(500), tick(0)], { hashesPerTick: 0 })).toBeNull();
    expect(codeOf([tick(1)], { hashesPerTick: 0 })).toBe("too-few-ticks");
  });

  it("refuses counts that are not counts", () => {
    for (const numHashes of [-1, 0.5, Number.NaN, 2 ** 53]) expect(codeOf([tick(numHashes)])).toBe("malformed-entry");
  });
});
