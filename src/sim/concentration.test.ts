import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Concentration, computeConcentration } from "./concentration.ts";

const of = (...amounts: number[]): Concentration => {
  const concentration = computeConcentration(amounts.map(BigInt));
  if (concentration === null) throw new Error("nobody holds anything");
  return concentration;
};

describe("concentration", () => {
  it("of the drawn example is what the textbooks' formulas give by hand", () => {
    const { nakamoto, gini, hhi, effectiveNumber, shannonBits, holders } = of(40, 30, 20, 10);
    expect([holders, nakamoto]).toEqual([4, { oneThird: 1, twoThirds: 2 }]);
    // Sum of |xi - xj| over all ordered pairs: 2 × (10+20+30+10+20+10) = 200; over 2 n² mean = 2 × 16 × 25.
    expect(gini).toBeCloseTo(200 / 800, 14);
    expect(hhi).toBeCloseTo(0.16 + 0.09 + 0.04 + 0.01, 14);
    expect(effectiveNumber).toBeCloseTo(10 / 3, 13);
    // SciPy: entropy([4, 3, 2, 1], base=2).
    expect(shannonBits).toBeCloseTo(1.8464393446710154, 13);
  });

  it("of equals is the least there can be, of a single holder the most", () => {
    expect(of(25, 25, 25, 25)).toEqual({
      holders: 4,
      nakamoto: { oneThird: 2, twoThirds: 3 },
      gini: 0,
      hhi: 0.25,
      effectiveNumber: 4,
      shannonBits: 2,
    });
    expect(of(0, 7, 0)).toEqual({
      holders: 1,
      nakamoto: { oneThird: 1, twoThirds: 1 },
      gini: 0,
      hhi: 1,
      effectiveNumber: 1,
      shannonBits: 0,
    });
    expect(computeConcentration([0n, 0n])).toBeNull();
    expect(computeConcentration([])).toBeNull();
  });

  it("needs more than a third, not a third", () => {
    expect(of(100, 100, 100).nakamoto).toEqual({ oneThird: 2, twoThirds: 3 });
    expect(of(101, 100, 99).nakamoto).toEqual({ oneThird: 1, twoThirds: 2 });
  });

  it("does not round stakes of real size", () => {
    // A third of 3 × 10^17 + 1 lamports, and one lamport less than more.
    const third = 100_000_000_000_000_000n;
    expect(computeConcentration([third, third, third + 1n])?.nakamoto.oneThird).toBe(1);
    expect(computeConcentration([third, third, third])?.nakamoto.oneThird).toBe(2);
  });

  it("agrees with the definition of Gini, pair by pair, and does not depend on order or unit", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 40 }), (amounts) => {
        let sum = 0;
        for (const a of amounts) for (const b of amounts) sum += Math.abs(a - b);
        const mean = amounts.reduce((total, amount) => total + amount, 0) / amounts.length;
        const found = of(...amounts);
        expect(found.gini).toBeCloseTo(sum / (2 * amounts.length ** 2 * mean), 10);
        expect(of(...amounts.toReversed())).toEqual(found);
        expect(of(...amounts.map((amount) => amount * 8))).toEqual(found);
        expect(found.effectiveNumber).toBeLessThanOrEqual(found.holders + 1e-9);
        expect(found.shannonBits).toBeLessThanOrEqual(Math.log2(found.holders) + 1e-9);
      }),
      { seed: 1234, numRuns: 200 },
    );
  });

  it("asserts that nobody holds less than nothing", () => {
    expect(() => computeConcentration([1n, -1n])).toThrow("negative");
  });
});
