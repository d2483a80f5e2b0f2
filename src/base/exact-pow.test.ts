import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactPow } from "./exact-pow.ts";
import { createRandom } from "./random.ts";

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** value = mantissa · 2^power, for normal and subnormal doubles. */
function partsOf(value: number): { mantissa: bigint; power: number } {
  const bits = bitsOf(value);
  const field = Number(bits >> 52n);
  const fraction = BigInt.asUintN(52, bits);
  return field === 0 ? { mantissa: fraction, power: -1074 } : { mantissa: fraction + 2n ** 52n, power: field - 1075 };
}

/** The sign of a·2^i - b·2^j. */
function compareScaled(a: bigint, i: number, b: bigint, j: number): number {
  const least = Math.min(i, j);
  const difference = (a << BigInt(i - least)) - (b << BigInt(j - least));
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/**
 * Whether `result` is the double nearest to base ** (n / 2^halvings): the middles to its neighbours, raised to 2^halvings,
 * lie on either side of base ** n. Exact integers, no series. For normal results whose mantissa is not a power of two.
 */
function isNearest(result: number, base: number, n: number, halvings: number): boolean {
  const { mantissa, power } = partsOf(result);
  const b = partsOf(base);
  const times = 2 ** halvings;
  const truth = [b.mantissa ** BigInt(n), b.power * n] as const;
  const below = compareScaled((2n * mantissa - 1n) ** BigInt(times), (power - 1) * times, ...truth);
  const above = compareScaled((2n * mantissa + 1n) ** BigInt(times), (power - 1) * times, ...truth);
  const isEven = mantissa % 2n === 0n;
  return (below < 0 || (below === 0 && isEven)) && (above > 0 || (above === 0 && isEven));
}

const unit = fc.double({ min: 2 ** -60, max: 1, noNaN: true });

describe("exactPow", () => {
  it("is the example of its story", () => {
    expect(exactPow(0.85, 0.5)).toBe(0.9219544457292888);
    expect(exactPow(0.25, 1.5)).toBe(0.125);
  });

  it("is exact where the power is a double", () => {
    expect(exactPow(1, 1e300)).toBe(1);
    expect(exactPow(0.3, 0)).toBe(1);
    expect(exactPow(Number.MIN_VALUE, 0)).toBe(1);
    for (const base of [0.1, 0.85, 1 - 2 ** -53, Number.MIN_VALUE, 2 ** -1022]) expect(exactPow(base, 1)).toBe(base);
    expect(exactPow(0.5, 1074)).toBe(Number.MIN_VALUE);
    expect(exactPow(2 ** -1024, 1 / 1024)).toBe(0.5);
    expect(exactPow(Number.MIN_VALUE, 0.5)).toBe(2 ** -537);
    expect(exactPow(0.5625, 0.5)).toBe(0.75);
    expect(exactPow(0.5625, 1.5)).toBe(0.421875);
    expect(exactPow(0.75, 33)).toBe(3 ** 33 / 2 ** 66);
    expect(exactPow((3 / 4) ** 16, 1.0625)).toBe((3 / 4) ** 17);
  });

  it("rounds the exact middle of two doubles to the even one", () => {
    // 3^34 has 54 bits: half-way between two doubles.
    expect((3n ** 34n).toString(2).length).toBe(54);
    expect(exactPow(0.75, 34)).toBe(Number(3n ** 34n) / 2 ** 68);
    expect(isNearest(exactPow(0.75, 34), 0.75, 34, 0)).toBe(true);
    // 2^-1075 is half of the smallest double.
    expect(exactPow(0.5, 1075)).toBe(0);
    expect(exactPow(2 ** -215, 5)).toBe(0);
    // 243 halves and 3125 halves of the smallest double.
    expect(exactPow(3 * 2 ** -215, 5)).toBe(122 * Number.MIN_VALUE);
    expect(exactPow(5 * 2 ** -215, 5)).toBe(1562 * Number.MIN_VALUE);
  });

  it("goes down to the smallest doubles and to zero", () => {
    expect(exactPow(0.5, 1e308)).toBe(0);
    expect(exactPow(1 - 2 ** -53, 2 ** 64)).toBe(0);
    expect(exactPow(1 - 2 ** -53, 2 ** 64 - 2048)).toBe(0);
    expect(exactPow(0.1, 323.30621)).toBe(Number.MIN_VALUE);
    expect(exactPow(0.1, 323.7)).toBe(0);
    expect(exactPow(0.3, 5e-324)).toBe(1);
    expect(exactPow(1 - 2 ** -53, 5e-324)).toBe(1);
    // Close to the middle of 1 and the double below it, from above: (1 - 2^-53)^(1/2) = 1 - 2^-54 - 2^-109 - …
    expect(exactPow(1 - 2 ** -53, 0.5)).toBe(1 - 2 ** -53);
    expect(exactPow(1 - 2 ** -53, 0.5 - 2 ** -54)).toBe(1);
  });

  it("has the values of an 80-digit decimal computation", () => {
    const cases: [number, number, string][] = [
      [0.85, 13.968813061494025, "3fba71561fd4ca4c"],
      [0.85, 5.7277061788799495, "3fd93ace80d9f596"],
      [0.85, 8.038501597127883, "3fd154a2fa72904b"],
      [0.85, 15.485614793377149, "3fb4aa66b083b75a"],
      [0.85, 14.620435466165837, "3fb7c91c68918776"],
      [0.85, 11.888002021365555, "3fc28a97c55ca095"],
      [0.85, 0.6461465861451569, "3feccf6081bebda8"],
      [0.85, 10.442385930328932, "3fc773a585be49b7"],
      [0.85, 5.585334897186948, "3fd9d1fe37ae87a1"],
      [0.85, 14.55472564384599, "3fb80a7c4f3ab906"],
      [0.1, 0.1, "3fe96b230bcdc434"],
      [0.1, 308.1, "5b63abb076e58"],
      [0.1, 320.7, "194"],
      [0.9999999999999999, 3e17, "3ceee149eaf4b94c"],
      [5e-324, 0.3, "2bcbdb8cdadbe161"],
      [0.7, 0.9, "3fe7369f7d10f686"],
    ];
    for (const [base, exponent, bits] of cases)
      expect(bitsOf(exactPow(base, exponent)).toString(16), `${base} ** ${exponent}`).toBe(bits);
  });

  it("is the nearest double, by exact comparison of integers", () => {
    let checked = 0;
    fc.assert(
      fc.property(unit, fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 4 }), (base, n, halvings) => {
        const result = exactPow(base, n / 2 ** halvings);
        if (partsOf(result).mantissa <= 2n ** 52n) return;
        checked++;
        expect(isNearest(result, base, n, halvings)).toBe(true);
      }),
      { seed: 8, numRuns: 1000 },
    );
    expect(checked).toBeGreaterThan(800);
  });

  it("is at most one double away from the power the engine gives", () => {
    const random = createRandom("17", "powers");
    let different = 0;
    const runs = 3000;
    for (let i = 0; i < runs; i++) {
      const base = 0.5 + random.below(2 ** 40) / 2 ** 41;
      const exponent = random.below(2 ** 40) / 2 ** 35;
      const distance = bitsOf(exactPow(base, exponent)) - bitsOf(base ** exponent);
      expect(distance >= -1n && distance <= 1n, `${base} ** ${exponent}`).toBe(true);
      if (distance !== 0n) different++;
    }
    // None on an engine that rounds correctly; V8 of Node 20 differs in about one case in ten.
    expect(different).toBeLessThan(runs / 4);
  });

  it("refuses what it was not made for", () => {
    for (const base of [0, -0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => exactPow(base, 1)).toThrow(/base in \(0, 1\]/);
    for (const exponent of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => exactPow(0.5, exponent)).toThrow(/exponent of 0 or more/);
  });
});
