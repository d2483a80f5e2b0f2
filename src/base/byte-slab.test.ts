import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createByteSlab } from "./byte-slab.ts";

describe("a slab of bytes", () => {
  it("gives arrays of zeros that nobody else has", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.array(fc.nat(64), { maxLength: 50 }), (slabBytes, lengths) => {
        const cut = createByteSlab(slabBytes);
        const arrays = lengths.map((length) => Math.min(length, slabBytes)).map(cut);
        for (const [index, array] of arrays.entries()) {
          expect([...array]).toEqual(Array.from({ length: Math.min(lengths[index]!, slabBytes) }, () => 0));
          array.fill(index + 1);
        }
        for (const [index, array] of arrays.entries()) expect(array.every((byte) => byte === index + 1)).toBe(true);
      }),
    );
  });

  it("is no place for what is longer than itself", () => {
    expect(() => createByteSlab(8)(9)).toThrow("9 bytes do not fit into a slab of 8");
  });
});
