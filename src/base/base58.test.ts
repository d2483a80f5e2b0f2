import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase58, decodeBase58Key, encodeBase58, encodeBase58Key, isBase58Key } from "./base58.ts";

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

/** One more: the last character steps on, and what was "z" turns to "1". */
function nextText(text: string): string {
  const last = text.at(-1);
  if (last === undefined) return "1";
  return last === "z" ? `${nextText(text.slice(0, -1))}1` : text.slice(0, -1) + alphabet[alphabet.indexOf(last) + 1];
}

const textsOf = (characters: string) =>
  fc.array(fc.constantFrom(...characters), { minLength: 30, maxLength: 46 }).map((list) => list.join(""));

const fixed = fc.constantFrom(32, 64).chain((length) =>
  fc.oneof(
    fc.uint8Array({ minLength: length, maxLength: length }),
    fc.tuple(fc.integer({ min: 0, max: length }), fc.constantFrom(0, 1, 57, 255)).map(([zeros, byte]) => {
      return new Uint8Array(length).fill(byte, zeros);
    }),
  ),
);
const keys = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.integer({ min: 0, max: 32 }).map((zeros) => new Uint8Array(32).fill(255, zeros)),
);

describe("base58", () => {
  it("agrees with plain long division, and every text leads back to its bytes", () => {
    fc.assert(
      fc.property(fc.oneof(fixed, fc.uint8Array({ maxLength: 70 })), (bytes) => {
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
        const text = encodeBase58Key(bytes);
        expect(text).toBe(encodeBase58(bytes));
        expect(encodeBase58Key(bytes)).toBe(text);
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

  it("tells keys from other texts as decoding them does, at every edge too", () => {
    // Of each length the least and the greatest number, and their neighbours, behind each count of zeros.
    const edges = Array.from({ length: 35 }, (_, zeros) => zeros).flatMap((zeros) =>
      [31, 32, 33].flatMap((length) => {
        const size = Math.max(0, length - zeros);
        const least = new Uint8Array(size).map((_, i) => (i === 0 ? 1 : 0));
        return [least, new Uint8Array(size).fill(255)].map((behind) => "1".repeat(zeros) + slowBase58(behind));
      }),
    );
    const texts = edges.flatMap((text) => [
      text,
      `1${text}`,
      text.slice(1),
      text.slice(0, -1),
      `${text}1`,
      nextText(text),
    ]);
    for (const text of texts) expect(isBase58Key(text), text).toBe(decodeBase58Key(text) !== null);
    expect(texts.filter(isBase58Key).length).toBeGreaterThan(60);
    fc.assert(
      fc.property(fc.oneof(keys.map(slowBase58), fc.string({ maxLength: 46 }), textsOf(alphabet)), (text) => {
        expect(isBase58Key(text)).toBe(decodeBase58Key(text) !== null);
      }),
      { seed: 1234, numRuns: 500 },
    );
    for (const text of ["0", "O", "I", "l", " ", "\n", "é"])
      expect(isBase58Key(`${"z".repeat(42)}${text}`)).toBe(false);
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
