import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHex } from "./bytes.ts";
import { createChaCha20 } from "./chacha20.ts";

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

function keystreamHex(of: { nextU32(): number }, words: number): string {
  const bytes = new Uint8Array(4 * words);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words; i++) view.setUint32(4 * i, of.nextU32(), true);
  return encodeHex(bytes);
}

describe("ChaCha20", () => {
  it("gives the published keystream of the zero key", () => {
    // RFC 8439, appendix A.1, test vectors 1 and 2: blocks 0 and 1.
    expect(keystreamHex(createChaCha20(new Uint8Array(32)), 32)).toBe(
      "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586" +
        "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f",
    );
  });

  it("makes a u64 of two words, the low one first, across blocks too", () => {
    const words = createChaCha20(new Uint8Array(32).fill(3));
    const doubles = createChaCha20(new Uint8Array(32).fill(3));
    expect(doubles.nextU32()).toBe(words.nextU32());
    for (let i = 0; i < 40; i++) {
      const low = BigInt(words.nextU32());
      expect(doubles.nextU64()).toBe(low + 2n ** 32n * BigInt(words.nextU32()));
    }
  });

  it("stands where it is told to, as if it had drawn up to there", () => {
    fc.assert(
      fc.property(key, fc.nat(100), fc.nat(100), (bytes, position, drawn) => {
        const walked = createChaCha20(bytes);
        for (let i = 0; i < position; i++) walked.nextU32();
        const sought = createChaCha20(bytes);
        for (let i = 0; i < drawn; i++) sought.nextU32();
        sought.seek(position);
        expect(sought.position()).toBe(position);
        expect(walked.position()).toBe(position);
        expect(keystreamHex(sought, 20)).toBe(keystreamHex(walked, 20));
        expect(sought.position()).toBe(position + 20);
      }),
      { seed: 1234, numRuns: 100 },
    );
  });

  it("gives the same words in bulk, wherever it stands and however many are wanted", () => {
    fc.assert(
      fc.property(key, fc.nat(40), fc.array(fc.nat(70), { maxLength: 5 }), (bytes, position, counts) => {
        const bulk = createChaCha20(bytes);
        const single = createChaCha20(bytes);
        bulk.seek(position);
        single.seek(position);
        for (const count of counts) {
          const words = new Uint32Array(count);
          bulk.fill(words);
          expect([...words]).toEqual(Array.from({ length: count }, () => single.nextU32()));
          expect(bulk.position()).toBe(single.position());
        }
      }),
      { seed: 1234, numRuns: 200 },
    );
  });

  it("counts blocks in 64 bits", () => {
    const near = createChaCha20(new Uint8Array(32));
    near.seek(16 * 2 ** 32 - 16);
    keystreamHex(near, 16);
    const over = createChaCha20(new Uint8Array(32));
    over.seek(16 * 2 ** 32);
    const first = keystreamHex(over, 16);
    expect(keystreamHex(near, 16)).toBe(first);
    expect(first).not.toBe(keystreamHex(createChaCha20(new Uint8Array(32)), 16));
  });

  it("stops on a key that is not 32 bytes", () => {
    expect(() => createChaCha20(new Uint8Array(31))).toThrow("32 bytes");
  });
});
