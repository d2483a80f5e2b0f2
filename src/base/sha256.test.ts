import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, encodeHex, utf8Bytes } from "./bytes.ts";
import { hashChain, hexHashChain, mix, sha256 } from "./sha256.ts";

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

function hashChainTwin(start: Uint8Array, count: number): Uint8Array {
  let reached = start;
  for (let i = 0; i < count; i++) reached = nobleSha256(reached);
  return reached;
}

function hexHashChainTwin(start: string, count: number): string {
  let reached = start;
  for (let i = 0; i < count; i++) reached = encodeHex(nobleSha256(utf8Bytes(reached)));
  return reached;
}

describe("sha256", () => {
  it("hashes the standard's own example", () => {
    expect(encodeHex(sha256(utf8Bytes("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  it("agrees with another implementation at every length up to three blocks", () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 131 + length * 7) & 0xff);
      expect(sha256(bytes), `length ${length}`).toEqual(nobleSha256(bytes));
    }
  });

  it("agrees with another implementation on any bytes, wherever they lie in their buffer", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.nat(7), (bytes, start) => {
        const part = bytes.subarray(Math.min(start, bytes.length));
        expect(sha256(part)).toEqual(nobleSha256(part));
      }),
      { seed: 1234, numRuns: 200 },
    );
  });
});

describe("hashChain", () => {
  it("is sha256 repeated", () => {
    fc.assert(
      fc.property(hash, fc.nat(40), (start, count) => {
        expect(hashChain(start, count)).toEqual(hashChainTwin(start, count));
      }),
      { seed: 1234, numRuns: 200 },
    );
  });

  it("goes on over any cut of a long chain", () => {
    const start = new Uint8Array(32).fill(5);
    let reached = start;
    for (let count = 1; count <= 2100; count++) {
      reached = nobleSha256(reached) as Uint8Array<ArrayBuffer>;
      if (count % 1024 < 3 || count % 1024 > 1021) expect(hashChain(start, count), `${count} hashes`).toEqual(reached);
    }
  });

  it("gives a new array, also for no hash at all", () => {
    const start = new Uint8Array(32).fill(7);
    const reached = hashChain(start, 0);
    reached[0] = 1;
    expect(start[0]).toBe(7);
  });

  it("stops on anything but 32 bytes and a count", () => {
    expect(() => hashChain(new Uint8Array(31), 1)).toThrow("32 bytes");
    expect(() => hashChain(new Uint8Array(32), -1)).toThrow("count");
    expect(() => hashChain(new Uint8Array(32), 1.5)).toThrow("count");
  });
});

describe("mix", () => {
  it("is sha256 of the hash followed by the mixin", () => {
    fc.assert(
      fc.property(hash, hash, (start, mixin) => {
        expect(mix(start, mixin)).toEqual(nobleSha256(concatBytes(start, mixin)));
      }),
      { seed: 1234, numRuns: 200 },
    );
  });
});

describe("hexHashChain", () => {
  it("hashes the hex digits of the hash before", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 130 }), fc.nat(40), (text, count) => {
        expect(hexHashChain(text, count)).toBe(hexHashChainTwin(text, count));
      }),
      { seed: 1234, numRuns: 200 },
    );
  });

  it("can be cut anywhere", () => {
    const whole = hexHashChain("genesis", 1001);
    expect(hexHashChain(hexHashChain("genesis", 1), 1000)).toBe(whole);
  });
});
