import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRecentMap } from "./recent-map.ts";

describe("a recent map", () => {
  it("forgets as in its story's example", () => {
    const map = createRecentMap<number>(4);
    map.set("a", 1);
    map.set("b", 2);
    map.set("c", 3);
    expect(map.get("a")).toBe(1);
    map.set("d", 4);
    expect(map.get("b")).toBeUndefined();
    expect([map.get("a"), map.get("c"), map.get("d")]).toEqual([1, 3, 4]);
  });

  it("never holds more than its bound, keeps the last half, and never gives a wrong value", () => {
    const calls = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 12 }), fc.nat()), { maxLength: 200 });
    fc.assert(
      fc.property(calls, (steps) => {
        const map = createRecentMap<number>(6);
        const truth = new Map<string, number>();
        for (const [write, name, value] of steps) {
          const key = String(name);
          if (write) {
            map.set(key, value);
            truth.set(key, value);
            expect(map.get(key)).toBe(value);
          } else {
            const seen = map.get(key);
            if (seen !== undefined) expect(seen).toBe(truth.get(key));
          }
          expect(map.size()).toBeLessThanOrEqual(6);
        }
      }),
      { seed: 1234, numRuns: 200 },
    );
  });

  it("replacing a value does not bring the old one back", () => {
    const map = createRecentMap<number>(2);
    map.set("a", 1);
    map.set("b", 1);
    map.set("a", 2);
    map.set("c", 1);
    expect([undefined, 2]).toContain(map.get("a"));
  });

  it("holds a key once, and rewriting it forgets nothing", () => {
    const map = createRecentMap<number>(4);
    for (const key of ["a", "b", "c"]) map.set(key, 1);
    map.set("a", 2);
    expect(map.size()).toBe(3);
    map.set("a", 3);
    map.set("c", 3);
    expect([map.size(), map.get("a"), map.get("c")]).toEqual([3, 3, 3]);
    expect(map.get("b")).toBe(1);
  });

  it("ages when told to, and has forgotten after the second time what nobody asked for", () => {
    const map = createRecentMap<number | null, object>(1000);
    const [asked, left] = [{}, {}];
    map.set(asked, null);
    map.set(left, 2);
    map.age();
    expect([map.size(), map.get(asked)]).toEqual([2, null]);
    map.age();
    expect([map.size(), map.get(asked), map.get(left)]).toEqual([1, null, undefined]);
  });

  it("refuses a bound that cannot be halved", () => {
    expect(() => createRecentMap(0)).toThrow(/not a bound/);
    expect(() => createRecentMap(3)).toThrow(/not a bound/);
  });
});
