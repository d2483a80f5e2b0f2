import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFifo, rememberIn } from "./fifo.ts";

describe("a bounded memory", () => {
  it("forgets the oldest first, as in the story", () => {
    const fifo = createFifo<string, number>();
    for (const [index, key] of ["a", "b", "c", "d"].entries()) rememberIn(fifo, key, index, 3);
    expect([...fifo.entries.keys()]).toEqual(["b", "c", "d"]);
    expect(fifo.order).toEqual(["d", "b", "c"]);
  });

  it("holds what a Map holds that drops its first key", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.array(fc.integer({ min: 0, max: 12 })), (entriesMax, keys) => {
        const fifo = createFifo<number, number>();
        const map = new Map<number, number>();
        for (const [index, key] of keys.entries()) {
          rememberIn(fifo, key, index, entriesMax);
          if (!map.has(key)) map.set(key, index);
          while (map.size > entriesMax) map.delete(map.keys().next().value!);
          expect([...fifo.entries]).toEqual([...map]);
        }
      }),
    );
  });
});
