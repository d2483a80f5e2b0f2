import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, type Random } from "./random.ts";

function draws(random: Random): unknown[] {
  return [random.u32(), random.u64(), random.below(10), random.bytes(7), random.shuffled([1, 2, 3, 4, 5])];
}

describe("random", () => {
  it("gives the same draws for the same seed and stream, and other draws for any other", () => {
    const of = (seed: string | Uint8Array, stream: string) => createRandom(seed, stream).u64();
    expect(of("7", "network")).toBe(of("7", "network"));
    expect(of("7", "network")).toBe(of(new TextEncoder().encode("7"), "network"));
    const others = [of("7", "network"), of("7", "faults"), of("8", "network"), of("7n", "etwork"), of("", "7network")];
    expect(new Set(others).size).toBe(others.length);
  });

  it("keeps its meaning: a recorded run must stay replayable", () => {
    const random = createRandom("escapement", "example");
    expect([
      random.u32(),
      random.below(6),
      random.belowBig(10n ** 20n),
      random.shuffled([1, 2, 3, 4]),
    ]).toMatchInlineSnapshot(`
      [
        3619461109,
        3,
        99305282258312249370n,
        [
          3,
          2,
          4,
          1,
        ],
      ]
    `);
  });

  it("rewinds to a snapshot, which is plain data", () => {
    fc.assert(
      fc.property(fc.nat(50), (drawn) => {
        const random = createRandom("rewind", "s");
        for (let i = 0; i < drawn; i++) random.u32();
        const snapshot = random.snapshot();
        const first = draws(random);
        random.restore(JSON.parse(JSON.stringify(snapshot)));
        expect(draws(random)).toEqual(first);
        const other = createRandom("rewind", "s");
        other.restore(snapshot);
        expect(draws(other)).toEqual(first);
      }),
      { seed: 1234, numRuns: 60 },
    );
  });

  it("refuses another stream's snapshot", () => {
    expect(() => createRandom("s", "a").restore(createRandom("s", "b").snapshot())).toThrow('stream "b"');
  });

  it("stays below its bound, at every size of bound", () => {
    const random = createRandom("bounds", "s");
    for (const n of [1, 2, 3, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
      for (let i = 0; i < 200; i++) {
        const drawn = random.below(n);
        expect(Number.isSafeInteger(drawn) && drawn >= 0 && drawn < n).toBe(true);
      }
    }
    for (const n of [1n, 2n, 2n ** 64n, 2n ** 64n + 1n, 3n ** 80n]) {
      for (let i = 0; i < 200; i++) expect(random.belowBig(n) < n).toBe(true);
    }
  });

  it("draws every value about equally often", () => {
    const random = createRandom("fair", "s");
    const counts = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 60_000; i++) counts[random.below(6)]!++;
    // Five standard deviations of a fair die over 60,000 throws are 457.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(457);
    const big = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) big[Number(random.belowBig(3n))]!++;
    for (const count of big) expect(Math.abs(count - 10_000)).toBeLessThan(410);
    const thirds = Array.from({ length: 30_000 }, () => random.chance(1, 3)).filter(Boolean).length;
    expect(Math.abs(thirds - 10_000)).toBeLessThan(410);
  });

  it("has no bias where a plain remainder would have one", () => {
    // Below 3 * 2^30, a remainder of 32 bits would fall into the lowest third in half of all cases.
    const random = createRandom("remainder", "s");
    let low = 0;
    for (let i = 0; i < 30_000; i++) if (random.below(3 * 2 ** 30) < 2 ** 30) low++;
    expect(Math.abs(low - 10_000)).toBeLessThan(410);
  });

  it("never for chance 0, always for chance 1, and one draw either way", () => {
    const random = createRandom("edge", "s");
    for (let i = 0; i < 50; i++) {
      expect(random.chance(0, 8)).toBe(false);
      expect(random.chance(8, 8)).toBe(true);
    }
    expect(random.snapshot().position).toBe(100);
  });

  it("shuffles a copy, and reaches every order", () => {
    const random = createRandom("orders", "s");
    const list = [1, 2, 3];
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffled(list).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(list).toEqual([1, 2, 3]);
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
  });

  it("picks from a list, and stops on an empty one", () => {
    const random = createRandom("pick", "s");
    expect(new Set(Array.from({ length: 50 }, () => random.pick(["a", "b"])))).toEqual(new Set(["a", "b"]));
    expect(() => random.pick([])).toThrow("nothing to pick");
  });
});
