import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import type { Account } from "./account.ts";
import {
  byteOf,
  computeLargeDataDigest,
  copyPieces,
  createPiecedAccount,
  type DataPieces,
  dataLengthOf,
  hasSameData,
  largeDataDigestOf,
  patchPieces,
  piecesOf,
  zeroPieces,
} from "./account-data.ts";
import { addressOf, lamportsOf } from "./ids.ts";

const head = { lamports: lamportsOf(5n), owner: addressOf(new Uint8Array(32)), executable: false };

function flatAccount(data: Uint8Array): Account {
  return { ...head, data };
}

function bytesOf(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed * (i >> 8)) & 0xff);
}

/** The rule, slowly: every 4096 bytes one digest, the last maybe of fewer. */
function twinDigest(data: Uint8Array): Uint8Array {
  const all = [...data];
  const digests: number[] = [];
  while (all.length > 0) digests.push(...sha256(Uint8Array.from(all.splice(0, 4096))));
  return sha256(Uint8Array.from(digests));
}

describe("the digest of large data", () => {
  it("is that of its pieces' digests, whether the account is kept whole or in pieces", () => {
    for (const length of [4097, 8191, 8192, 8193, 9000, 20_488]) {
      const data = bytesOf(length);
      const twin = twinDigest(data);
      expect(computeLargeDataDigest(data)).toEqual(twin);
      const flat = flatAccount(data);
      const pieced = createPiecedAccount(head, piecesOf(flat));
      for (const account of [flat, pieced, flat, pieced]) expect(largeDataDigestOf(account)).toEqual(twin);
      expect(dataLengthOf(pieced)).toBe(length);
    }
    expect(piecesOf(flatAccount(bytesOf(9000))).map(({ length }) => length)).toEqual([4096, 4096, 808]);
  });

  it("remembers nothing of an array that it was asked about without an account: it may change", () => {
    const data = bytesOf(5000);
    const before = computeLargeDataDigest(data);
    data[4999]! ^= 1;
    expect(computeLargeDataDigest(data)).toEqual(twinDigest(data));
    expect(computeLargeDataDigest(data)).not.toEqual(before);
  });
});

describe("pieces", () => {
  it("of zeros are zeros, whole ones the same array for everybody", () => {
    for (const length of [0, 1, 4095, 4096, 4097, 8192, 20_488]) {
      const pieces = zeroPieces(length);
      expect(equalBytes(concatBytes(...pieces), new Uint8Array(length))).toBe(true);
      if (length > 0) expect(dataLengthOf(createPiecedAccount(head, pieces))).toBe(length);
      for (const piece of pieces) if (piece.length === 4096) expect(piece).toBe(zeroPieces(4096)[0]);
    }
  });

  it("give any run of their bytes", () => {
    const data = bytesOf(9000);
    const pieces = piecesOf(flatAccount(data));
    const place = fc.nat(9000);
    fc.assert(
      fc.property(place, place, fc.nat(5), (one, other, at) => {
        const [start, end] = [Math.min(one, other), Math.max(one, other)];
        const into = new Uint8Array(at + end - start);
        copyPieces(pieces, start, end, into, at);
        const expected = new Uint8Array(into.length);
        expected.set(data.subarray(start, end), at);
        expect(equalBytes(into, expected)).toBe(true);
      }),
      { seed: 1234, numRuns: 100 },
    );
    expect(() => copyPieces(pieces, 8999, 9001, new Uint8Array(2), 0)).toThrow("no byte 9000");
  });
});

describe("patches", () => {
  const patch = fc.record({
    at: fc.oneof(fc.nat(9500), fc.constantFrom(0, 4094, 4095, 4096, 8191, 8192)),
    bytes: fc.uint8Array({ maxLength: 5000 }),
  });

  it("give what writing into a copy gives, chain after chain, and share every piece that none touches", () => {
    fc.assert(
      fc.property(fc.array(fc.array(patch, { maxLength: 4 }), { maxLength: 4 }), (rounds) => {
        const length = 14_600;
        let flat = bytesOf(length);
        let account = createPiecedAccount(head, piecesOf(flatAccount(flat)));
        for (const patches of rounds) {
          const before: DataPieces = piecesOf(account);
          const old = flat;
          largeDataDigestOf(account); // its pieces' digests are remembered from here on
          flat = flat.slice();
          for (const { at, bytes } of patches) flat.set(bytes, at);
          const pieces = patchPieces(before, patches);
          account = createPiecedAccount(account, pieces);
          expect(equalBytes(account.data, flat)).toBe(true);
          expect(equalBytes(createPiecedAccount(head, before).data, old)).toBe(true);
          expect(largeDataDigestOf(account)).toEqual(computeLargeDataDigest(flat));
          for (const [i, piece] of pieces.entries()) {
            const isTouched = patches.some(
              ({ at, bytes }) => bytes.length > 0 && at < (i + 1) * 4096 && at + bytes.length > i * 4096,
            );
            expect(piece === before[i]).toBe(!isTouched);
          }
        }
      }),
      { seed: 1234, numRuns: 80 },
    );
  });

  it("may not reach beyond the data, and pieces are cut in one way only", () => {
    const pieces = piecesOf(flatAccount(bytesOf(5000)));
    expect(patchPieces(pieces, [{ at: 4999, bytes: Uint8Array.of(9) }])[1]!.at(-1)).toBe(9);
    for (const at of [4999, 5000, 8192]) {
      expect(() => patchPieces(pieces, [{ at, bytes: Uint8Array.of(1, 2) }])).toThrow("beyond the data");
    }
    expect(byteOf(pieces, 4999)).toBe(bytesOf(5000)[4999]);
    for (const at of [5000, 8192]) expect(() => byteOf(pieces, at)).toThrow(`no byte ${at}`);
    for (const cut of [[bytesOf(100), bytesOf(4096)], [bytesOf(4097)], [bytesOf(4096), bytesOf(0)]]) {
      expect(() => createPiecedAccount(head, cut)).toThrow("data is cut every 4096 bytes");
    }
  });
});

it("data is the same or not, however the two accounts keep it", () => {
  const whole = flatAccount(bytesOf(9000));
  const pieced = createPiecedAccount(head, piecesOf(whole));
  const again = createPiecedAccount(head, piecesOf(flatAccount(bytesOf(9000))));
  const other = createPiecedAccount(head, patchPieces(piecesOf(pieced), [{ at: 8999, bytes: Uint8Array.of(0xaa) }]));
  const shorter = createPiecedAccount(head, piecesOf(flatAccount(bytesOf(8192))));
  for (const a of [whole, pieced, again]) {
    for (const b of [whole, pieced, again]) expect(hasSameData(a, b)).toBe(true);
    for (const b of [other, shorter, flatAccount(bytesOf(9001))]) {
      expect([hasSameData(a, b), hasSameData(b, a)]).toEqual([false, false]);
    }
  }
});
