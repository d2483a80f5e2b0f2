import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase58, decodeBase58Key, encodeBase58 } from "./base58.ts";

const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** The dumb twin: repeated division of one big number. */
function slowBase58(bytes: Uint8Array): string {
  let value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = "";
  for (; value > 0n; value /= 58n) text = alphabet[Number(value % 58n)] + text;
  for (const byte of bytes) {
    if (byte !== 0) break;
    text = `1${text}`;
  }
  return text;
}

const keys = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.integer({ min: 0, max: 32 }).map((zeros) => new Uint8Array(32).fill(255, zeros)),
);

describe("base58", () => {
  it("agrees with plain long division, and every text leads back to its bytes", () => {
    fc.assert(
      fc.property(fc.oneof(keys, fc.uint8Array({ maxLength: 70 })), (bytes) => {
        const text = encodeBase58(bytes);
        expect(text).toBe(slowBase58(bytes));
        expect(encodeBase58(bytes)).toBe(text);
        expect(decodeBase58(text)).toEqual(Uint8Array.from(bytes));
      }),
      { seed: 1234, numRuns: 300 },
    );
  });

  it("knows keys by their 32 bytes, asked once or twice", () => {
    fc.assert(
      fc.property(keys, (bytes) => {
        const text = encodeBase58(bytes);
        expect(decodeBase58Key(text)).toEqual(Uint8Array.from(bytes));
        expect(decodeBase58Key(text)).toEqual(Uint8Array.from(bytes));
      }),
      { seed: 1234, numRuns: 100 },
    );
  });

  it("refuses what is no base58, and keys of another length than 32", () => {
    for (const text of ["0", "O", "I", "l", " ", "1 ", "é", "1\n"]) expect(decodeBase58(text)).toBeNull();
    expect(decodeBase58("")).toEqual(new Uint8Array(0));
    expect(decodeBase58Key("1".repeat(31))).toBeNull();
    expect(decodeBase58Key("1".repeat(32))).toEqual(new Uint8Array(32));
    expect(decodeBase58Key("1".repeat(33))).toBeNull();
    expect(decodeBase58Key("z".repeat(44))).toBeNull();
    expect(decodeBase58Key("z".repeat(45))).toBeNull();
    expect(decodeBase58Key("")).toBeNull();
  });

  it("looks at no text longer than asked for", () => {
    expect(decodeBase58("1".repeat(2048))).toHaveLength(2048);
    expect(decodeBase58("1".repeat(2049))).toBeNull();
    expect(decodeBase58("111", 2)).toBeNull();
  });

  it("keeps no hold of the bytes it was shown", () => {
    const bytes = new Uint8Array(32).fill(9);
    const text = encodeBase58(bytes);
    bytes[0] = 10;
    expect(encodeBase58(bytes)).not.toBe(text);
    expect(decodeBase58Key(text)?.[0]).toBe(9);
  });
});
