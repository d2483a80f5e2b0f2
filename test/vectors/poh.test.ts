import { describe, expect, it } from "vitest";
import { encodeBase58 } from "../../src/base/base58.ts";
import { decodeHex, encodeHex } from "../../src/base/bytes.ts";
import { hashChain, mix } from "../../src/base/sha256.ts";
import { checkTicks } from "../../src/chain/entry.ts";
import { verifyEntries } from "../../src/chain/verify-entries.ts";
import { readVector, vectorsNote, vectorsPresent } from "../support/vectors.ts";

type EntryRow = readonly [numHashes: number, hash: string, ...transactions: string[][]];
type SlotVector = {
  readonly slot: string;
  readonly start_hash: string;
  readonly start_hash_base58: string;
  readonly last_hash: string;
  readonly hashes_total: number;
  readonly hashes_per_tick: number;
  readonly ticks_per_slot: number;
  readonly entries: readonly EntryRow[];
};
type StepsVector = {
  readonly cases: readonly { name: string; pre: string; steps: readonly (number | string)[]; post: string }[];
};

const bytesOf = (hex: string) => decodeHex(hex)!;

function entriesOf(rows: readonly EntryRow[]) {
  return rows.map(([numHashes, hash, ...transactions]) => ({
    numHashes,
    hash,
    transactionSignatures: transactions.map((signatures) => signatures.map(bytesOf)),
  }));
}

function tickedBlockOf(vector: SlotVector, rows: readonly EntryRow[] = vector.entries) {
  const slot = Number(vector.slot);
  return {
    slot,
    parentSlot: slot - 1,
    ticksPerSlot: vector.ticks_per_slot,
    hashesPerTick: vector.hashes_per_tick,
    entries: rows.map(([numHashes, , ...transactions]) => ({ numHashes, isTick: transactions.length === 0 })),
  };
}

describe.skipIf(!vectorsPresent)(`Proof of History of real slots (${vectorsNote})`, () => {
  for (const name of ["mainnet-slot-0", "mainnet-slot-1", "testnet-slot-417955322"]) {
    const read = () => readVector<SlotVector>(`poh/${name}.json`);

    it(`${name}: every entry follows, from hex and from base58`, () => {
      const vector = read();
      const entries = entriesOf(vector.entries);
      expect(entries.reduce((sum, { numHashes }) => sum + numHashes, 0)).toBe(vector.hashes_total);
      expect(entries.at(-1)!.hash).toBe(vector.last_hash);
      expect(encodeBase58(bytesOf(vector.start_hash))).toBe(vector.start_hash_base58);
      expect(verifyEntries({ startHash: vector.start_hash, entries })).toEqual({ ok: true });
      const few = entries.slice(0, 2).map((entry) => ({
        ...entry,
        numHashes: BigInt(entry.numHashes),
        hash: encodeBase58(bytesOf(entry.hash)),
      }));
      expect(verifyEntries({ startHash: vector.start_hash_base58, entries: few })).toEqual({ ok: true });
    });

    it(`${name}: its ticks are right, and are not once one thing is changed`, () => {
      const vector = read();
      const rows = vector.entries;
      expect(checkTicks(tickedBlockOf(vector))).toBeNull();
      const codeOf = (changed: readonly EntryRow[]) => checkTicks(tickedBlockOf(vector, changed))?.code;
      expect(codeOf(rows.slice(0, -1))).toBe("too-few-ticks");
      expect(codeOf([...rows, rows.at(-1)!])).toBe("too-many-ticks");
      expect(codeOf([...rows, [1, rows[0]![1], ["00".repeat(64)]]])).toBe("trailing-entry");
      expect(codeOf(rows.with(3, [rows[3]![0] + 1, ...rows[3]!.slice(1)] as unknown as EntryRow))).toBe(
        "invalid-tick-hash-count",
      );
      expect(checkTicks({ ...tickedBlockOf(vector), parentSlot: Number(vector.slot) - 2 })?.code).toBe("too-few-ticks");
    });
  }

  it("mainnet slot 1: one changed signature, count or hash is found at its entry", () => {
    const vector = readVector<SlotVector>("poh/mainnet-slot-1.json");
    const entries = entriesOf(vector.entries);
    const signed = entries.findIndex(({ transactionSignatures }) => transactionSignatures.length > 0);
    const other = entries[signed]!.transactionSignatures.map((list) => list.map((signature) => signature.slice()));
    other[0]![0]![63]! ^= 1;
    const startHash = vector.start_hash;
    const found = (index: number) => ({ ok: false, index, code: "hash-mismatch" });
    const withEntry = (index: number, change: object) => ({
      startHash,
      entries: entries.with(index, { ...entries[index]!, ...change }),
    });
    expect(verifyEntries(withEntry(signed, { transactionSignatures: other }))).toEqual(found(signed));
    expect(verifyEntries(withEntry(signed, { transactionSignatures: [] }))).toEqual(found(signed));
    expect(verifyEntries(withEntry(5, { numHashes: entries[5]!.numHashes - 1 }))).toEqual(found(5));
    expect(verifyEntries(withEntry(7, { hash: entries[6]!.hash }))).toEqual(found(7));
  });

  it("slot 410010000: the first FEC set's entries follow from entry 1 on", () => {
    const { entries: rows } = readVector<{ entries: readonly EntryRow[] }>("poh/slot-410010000-fec-0.json");
    expect(rows.length).toBe(65);
    const [first, ...entries] = entriesOf(rows);
    expect(verifyEntries({ startHash: first!.hash, entries })).toEqual({ ok: true });
  });

  it("single steps of hashing and mixing lead to the published hashes", () => {
    const { cases } = readVector<StepsVector>("poh/steps.json");
    expect(cases.length).toBe(2);
    for (const { name, pre, steps, post } of cases) {
      let hash = bytesOf(pre);
      for (const step of steps) hash = typeof step === "number" ? hashChain(hash, step) : mix(hash, bytesOf(step));
      expect(encodeHex(hash), name).toBe(post);
    }
  });
});
