import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBytePieces } from "./byte-pieces.ts";

describe("byte pieces", () => {
  it("hold what was kept as it was, in as little memory as if nothing else had been copied", () => {
    const copies = fc.array(fc.tuple(fc.integer({ min: 0, max: 1500 }), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(copies, (each) => {
        const pieces = createBytePieces();
        const plain = createBytePieces();
        const kept: (readonly [Uint8Array, Uint8Array, Uint8Array])[] = [];
        for (const [index, [length, isKept]] of each.entries()) {
          const bytes = new Uint8Array(length).fill(index);
          const own = pieces.copy(bytes);
          expect(own).toEqual(bytes);
          if (!isKept) continue;
          pieces.keep();
          const alone = plain.copy(bytes);
          plain.keep();
          kept.push([own, bytes, alone]);
        }
        for (const [own, bytes] of kept) expect(own).toEqual(bytes);
        const memoryOf = (which: 0 | 2) => new Set(kept.map((triple) => triple[which].buffer)).size;
        // A refused one that did not fit has begun a new piece at most once for each piece that is full but for it.
        expect(memoryOf(0)).toBeLessThanOrEqual(2 * memoryOf(2) + 1);
        for (const [own] of kept) expect(own.buffer.byteLength).toBe(4096);
      }),
      { seed: 1234, numRuns: 200 },
    );
  });

  it("give the place of a copy that is not kept to the next one", () => {
    const pieces = createBytePieces();
    const first = pieces.copy(Uint8Array.of(1, 2, 3));
    pieces.keep();
    pieces.copy(Uint8Array.of(4, 5));
    const second = pieces.copy(Uint8Array.of(6));
    pieces.keep();
    expect([first, second]).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(6)]);
    expect(second.buffer).toBe(first.buffer);
    expect(second.byteOffset).toBe(3);
  });

  it("are as long as they are wanted", () => {
    const pieces = createBytePieces(10);
    const copies = [1, 2, 3].map((byte) => {
      const copy = pieces.copy(new Uint8Array(5).fill(byte));
      pieces.keep();
      return copy;
    });
    expect(copies.map(({ buffer }) => buffer.byteLength)).toEqual([10, 10, 10]);
    expect(copies.map(({ buffer }) => buffer === copies[0]!.buffer)).toEqual([true, true, false]);
  });

  it("take what is longer than a piece into one of its own", () => {
    const pieces = createBytePieces();
    expect(pieces.copy(new Uint8Array(4096)).buffer.byteLength).toBe(4096);
    expect(pieces.copy(new Uint8Array(4097).fill(1))).toEqual(new Uint8Array(4097).fill(1));
  });
});
