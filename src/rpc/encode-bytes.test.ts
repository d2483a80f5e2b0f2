import { base64 } from "@scure/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, decodeHex, equalBytes } from "../base/bytes.ts";
import { decodeBase64, encodeBase64, encodeZstdFrame } from "./encode-bytes.ts";

/** Takes a frame of raw blocks apart, as RFC 8878 describes it. */
function readFrame(frame: Uint8Array): { content: Uint8Array; sizeTold: number; blocks: number } {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  expect(view.getUint32(0, true)).toBe(0xfd2fb528);
  expect(frame[4]).toBe(0xa0);
  const parts: Uint8Array[] = [];
  let at = 9;
  for (let isLast = false; !isLast; ) {
    const header = frame[at]! + frame[at + 1]! * 256 + frame[at + 2]! * 65_536;
    isLast = header % 2 === 1;
    expect((header >> 1) & 3).toBe(0);
    const size = header >> 3;
    expect(size).toBeLessThanOrEqual(128 * 1024);
    parts.push(frame.subarray(at + 3, at + 3 + size));
    at += 3 + size;
  }
  expect(at).toBe(frame.length);
  return { content: concatBytes(...parts), sizeTold: view.getUint32(5, true), blocks: parts.length };
}

describe("encodeZstdFrame", () => {
  it("makes the very bytes that the zstd tool reads as these three", () => {
    // `zstd -d` gives 010203 for it.
    expect(encodeZstdFrame(Uint8Array.of(1, 2, 3))).toEqual(decodeHex("28b52ffda003000000190000010203"));
  });

  it("holds any content, in blocks within their limit", () => {
    for (const [size, blocks] of [
      [0, 1],
      [1, 1],
      [131_072, 1],
      [131_073, 2],
      [300_000, 3],
    ] as const) {
      const content = Uint8Array.from({ length: size }, (_, i) => (i * 7) % 251);
      const read = readFrame(encodeZstdFrame(content));
      expect(read).toMatchObject({ sizeTold: size, blocks });
      expect(equalBytes(read.content, content)).toBe(true);
    }
  });
});

describe("base64", () => {
  it("reads what the library reads, and nothing else", () => {
    const byLibrary = (text: string) => {
      try {
        return base64.decode(text);
      } catch {
        return null;
      }
    };
    const digits = fc.constantFrom(..."ABab01+/zZ=-_é\u0141 ");
    const texts = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => base64.encode(bytes)),
      fc.array(digits, { maxLength: 12 }).map((list) => list.join("")),
      fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.nat(), digits).map(([bytes, at, digit]) => {
        const text = base64.encode(bytes);
        return text.slice(0, at % text.length) + digit + text.slice((at % text.length) + 1);
      }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(decodeBase64(text)).toEqual(byLibrary(text));
      }),
      { seed: 1234, numRuns: 3000 },
    );
  });

  it("goes both ways, and reads canonical text only", () => {
    expect(encodeBase64(Uint8Array.of(1, 2, 3, 255))).toBe("AQID/w==");
    expect(decodeBase64("AQID/w==")).toEqual(Uint8Array.of(1, 2, 3, 255));
    expect(decodeBase64("")).toEqual(new Uint8Array(0));
    for (const text of ["AQID/w", "AQID_w==", "AQID/x==", " AQID", "é"]) expect(decodeBase64(text), text).toBeNull();
  });
});
