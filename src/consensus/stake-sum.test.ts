import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addStake, compareStakes, createStakeSum, limbsOf, stakeIn, subtractStake } from "./stake-sum.ts";

const u64Max = 2n ** 64n - 1n;
const edges = [0n, 1n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, u64Max - 1n, u64Max];
const stakes = fc.oneof(fc.bigInt(0n, u64Max), fc.constantFrom(...edges));

const signOf = (value: number | bigint) => (value > 0 ? 1 : value < 0 ? -1 : 0);

describe("a sum of stakes", () => {
  it("is what the story says", () => {
    const sum = createStakeSum();
    addStake(sum, { high: 5, low: 7 });
    subtractStake(sum, { high: 1, low: 9 });
    expect(sum).toEqual({ high: 4, low: -2 });
    expect(stakeIn(sum)).toBe(4n * 2n ** 32n - 2n);
  });

  it("is what bigints give, whatever is added and taken away again", () => {
    fc.assert(
      fc.property(fc.array(stakes, { maxLength: 60 }), fc.nat({ max: 60 }), (added, taken) => {
        const sum = createStakeSum();
        for (const stake of added) addStake(sum, limbsOf(stake));
        for (const stake of added.slice(0, taken)) subtractStake(sum, limbsOf(stake));
        expect(stakeIn(sum)).toBe(added.slice(taken).reduce((whole, stake) => whole + stake, 0n));
      }),
    );
  });

  it("compares as bigints do, neighbours and uneven limbs too", () => {
    fc.assert(
      fc.property(
        stakes,
        fc.oneof(stakes, fc.constantFrom(0n, 1n)),
        fc.boolean(),
        fc.nat({ max: 1000 }),
        (a, b, isNear, carried) => {
          const other = isNear ? (a + b > u64Max ? a : a + b) : b;
          const { high, low } = limbsOf(a);
          const uneven = { high: high - carried, low: low + carried * 2 ** 32 };
          expect(stakeIn(uneven)).toBe(a);
          expect(signOf(compareStakes(uneven, limbsOf(other)))).toBe(signOf(a - other));
          expect(signOf(compareStakes(limbsOf(other), uneven))).toBe(signOf(other - a));
        },
      ),
    );
  });
});
