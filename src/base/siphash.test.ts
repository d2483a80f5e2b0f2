import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeHex, utf8Bytes } from "./bytes.ts";
import { sipHash13 } from "./siphash.ts";

const zeroKey = new Uint8Array(16);

/** The rule with its two round counts, word by word on 64-bit BigInts. */
function sipHashTwin(key: Uint8Array, message: Uint8Array, c: number, d: number): bigint {
  const u64 = (value: bigint) => BigInt.asUintN(64, value);
  const rotate = (value: bigint, bits: bigint) => u64((value << bits) | (value >> (64n - bits)));
  const word = (bytes: Uint8Array) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const k0 = word(key.subarray(0, 8));
  const k1 = word(key.subarray(8));
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const round = () => {
    v0 = u64(v0 + v1);
    v1 = rotate(v1, 13n) ^ v0;
    v0 = rotate(v0, 32n);
    v2 = u64(v2 + v3);
    v3 = rotate(v3, 16n) ^ v2;
    v0 = u64(v0 + v3);
    v3 = rotate(v3, 21n) ^ v0;
    v2 = u64(v2 + v1);
    v1 = rotate(v1, 17n) ^ v2;
    v2 = rotate(v2, 32n);
  };
  const words: bigint[] = [];
  for (let at = 0; at + 8 <= message.length; at += 8) words.push(word(message.subarray(at, at + 8)));
  const rest = message.subarray(8 * words.length);
  words.push(word(rest) | (BigInt(message.length % 256) << 56n));
  for (const m of words) {
    v3 ^= m;
    for (let i = 0; i < c; i++) round();
    v0 ^= m;
  }
  v2 ^= 0xffn;
  for (let i = 0; i < d; i++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

describe("sipHash13", () => {
  it("has CPython's bytes hashes under the zero key (PYTHONHASHSEED=0)", () => {
    const known: [string, bigint][] = [
      ["a", 4644417185603328019n],
      ["ab", 6148830537548944441n],
      ["abcdefg", 7904145750247929094n],
      ["abcdefgh", 4574395652268504554n],
      ["abcdefghi", 17913969820989044453n],
      ["0123456789abcdef", 2108444454683020324n],
    ];
    for (const [text, hash] of known) expect(sipHash13(zeroKey, utf8Bytes(text)), text).toBe(hash);
    let xor = 0n;
    for (let n = 1; n < 300; n++)
      xor ^= sipHash13(
        zeroKey,
        Uint8Array.from({ length: n }, (_, i) => (i * 37 + n) % 256),
      );
    expect(xor).toBe(0x874d0f85dab278e0n);
  });

  it("is its slow twin under any key, for any message, wherever its bytes lie", () => {
    const keys = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(keys, fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 7 }), (key, message, offset) => {
        const shifted = new Uint8Array([...new Uint8Array(offset), ...message]).subarray(offset);
        expect(sipHash13(key, shifted)).toBe(sipHashTwin(key, message, 1, 3));
      }),
      { seed: 13, numRuns: 500 },
    );
  });

  it("has a twin that knows the paper's example, SipHash-2-4 of the bytes 0 to 14", () => {
    const key = decodeHex("000102030405060708090a0b0c0d0e0f")!;
    expect(sipHashTwin(key, key.subarray(0, 15), 2, 4)).toBe(0xa129ca6149be45e5n);
  });

  it("takes a key of 16 bytes", () => {
    expect(() => sipHash13(new Uint8Array(15), zeroKey)).toThrow(/16 bytes, not 15/);
  });
});
