import { expect, it } from "vitest";
import { isMoreThan, twoThirds } from "./ratio.ts";

it("is strict: exactly two thirds are not more than two thirds", () => {
  expect(isMoreThan(2n, 3n, twoThirds)).toBe(false);
  expect(isMoreThan(200n, 300n, twoThirds)).toBe(false);
  expect(isMoreThan(201n, 300n, twoThirds)).toBe(true);
});

it("never rounds, however large the stakes", () => {
  const whole = 3n * (2n ** 62n - 1n);
  const part = 2n * (2n ** 62n - 1n);
  expect(isMoreThan(part, whole, twoThirds)).toBe(false);
  expect(isMoreThan(part + 1n, whole, twoThirds)).toBe(true);
  expect(isMoreThan(part, whole + 1n, twoThirds)).toBe(false);
});

it("finds nothing to be more than any part of nothing", () => {
  expect(isMoreThan(0n, 0n, twoThirds)).toBe(false);
});
