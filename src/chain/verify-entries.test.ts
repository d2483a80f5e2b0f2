import { describe, expect, it } from "vitest";
import { encodeBase58 } from "../base/base58.ts";
import { encodeHex } from "../base/bytes.ts";
import { hashChain, mix } from "../base/sha256.ts";
import { computeMixin } from "./mixin.ts";
import { type VerifyEntriesInput, verifyEntries } from "./verify-entries.ts";

const start = new Uint8Array(32).fill(1);
const signatures = [2, 3, 4].map((value) => new Uint8Array(64).fill(value));
const ticked = hashChain(start, 3);
const mixed = mix(hashChain(ticked, 1), computeMixin(signatures));
const tick = { numHashes: 3, hash: ticked, transactionSignatures: [] };
const record = { numHashes: 2, hash: mixed, transactionSignatures: [signatures.slice(0, 2), signatures.slice(2)] };

describe("verifyEntries", () => {
  it("accepts hashes as bytes, hex and base58, and counts as numbers and bigints", () => {
    for (const write of [(bytes: Uint8Array) => bytes, encodeHex, encodeBase58]) {
      const entries = [
        { ...tick, hash: write(ticked) },
        { ...record, numHashes: 2n, hash: write(mixed) },
      ];
      expect(verifyEntries({ startHash: write(start), entries })).toEqual({ ok: true });
    }
  });

  it("commits to every signature in order, not to how transactions share them", () => {
    const verdictOf = (transactionSignatures: Uint8Array[][]) =>
      verifyEntries({ startHash: start, entries: [tick, { ...record, transactionSignatures }] });
    expect(verdictOf([signatures])).toEqual({ ok: true });
    expect(verdictOf([signatures.toReversed()])).toEqual({ ok: false, index: 1, code: "hash-mismatch" });
    expect(verdictOf([signatures.slice(0, 2)])).toEqual({ ok: false, index: 1, code: "hash-mismatch" });
  });

  it("says by code and index what is wrong, and never throws", () => {
    const verdictOf = (input: object) =>
      verifyEntries({ startHash: start, entries: [tick, record], ...input } as VerifyEntriesInput);
    for (const startHash of ["", "0", "zz".repeat(32), "00".repeat(31), new Uint8Array(33), 7, null, undefined])
      expect(verdictOf({ startHash })).toEqual({ ok: false, index: -1, code: "malformed-start-hash" });
    expect(verdictOf({ entries: "text" })).toEqual({ ok: false, index: -1, code: "too-many-entries" });
    for (const change of [
      { hash: "nonsense" },
      { hash: new Uint8Array(31) },
      { numHashes: -1 },
      { numHashes: 2n ** 64n },
      { numHashes: "3" },
      { transactionSignatures: undefined },
      { transactionSignatures: [[]] },
      { transactionSignatures: [[new Uint8Array(63)]] },
      { transactionSignatures: ["text"] },
    ])
      expect(verdictOf({ entries: [tick, { ...record, ...change }] })).toEqual({
        ok: false,
        index: 1,
        code: "malformed-entry",
      });
    expect(verdictOf({ entries: [null] })).toEqual({ ok: false, index: 0, code: "malformed-entry" });
    expect(verdictOf({ startHash: ticked })).toEqual({ ok: false, index: 0, code: "hash-mismatch" });
  });

  it("does no more hashing than it may", () => {
    const entries = [tick, record];
    expect(verifyEntries({ startHash: start, entries, hashesMax: 5 })).toEqual({ ok: true });
    expect(verifyEntries({ startHash: start, entries, hashesMax: 4 })).toEqual({
      ok: false,
      index: 1,
      code: "too-many-hashes",
    });
    // Not told how many, it does a thousand million.
    const endless = [{ ...tick, numHashes: 1_000_000_001 }];
    expect(verifyEntries({ startHash: start, entries: endless })).toEqual({
      ok: false,
      index: 0,
      code: "too-many-hashes",
    });
  });
});
