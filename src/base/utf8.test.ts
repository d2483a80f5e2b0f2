import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8Bytes } from "./bytes.ts";
import { isUtf8, validUtf8Length } from "./utf8.ts";

/** Dumb twin: the longest beginning that a strict decoder takes. */
function longestValid(bytes: Uint8Array): number {
  for (let length = bytes.length; length > 0; length--) {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length));
      return length;
    } catch {}
  }
  return 0;
}

describe("validUtf8Length", () => {
  it("stops before the first byte of a broken character", () => {
    expect(validUtf8Length(utf8Bytes("hello"))).toBe(5);
    expect(validUtf8Length(Uint8Array.of(0x68, 0x65, 0xc3, 0x28))).toBe(2);
    expect(isUtf8(utf8Bytes("é€😀\0"))).toBe(true);
  });

  it("agrees with a strict decoder at every boundary of the encoding", () => {
    const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed];
    const leads = [...edges, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff];
    const byte = fc.constantFrom(...leads);
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 6 }), (bytes) => {
        const text = Uint8Array.from(bytes);
        expect(validUtf8Length(text)).toBe(longestValid(text));
      }),
      { seed: 1234, numRuns: 5000 },
    );
  });
});
