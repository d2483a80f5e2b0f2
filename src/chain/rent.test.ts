import { describe, expect, it } from "vitest";
import { plainAccount } from "../../test/support/transactions.ts";
import { voteProgramAddress } from "./addresses.ts";
import { profiles } from "./params.ts";
import { isRentTransitionAllowed, rentExemptMinimum } from "./rent.ts";

const params = profiles.solana;
const minimum = rentExemptMinimum(0, params);

describe("rentExemptMinimum", () => {
  it("is Solana's, as in the example", () => {
    expect(rentExemptMinimum(0, params)).toBe(890_880n);
    expect(rentExemptMinimum(200, params)).toBe(2_282_880n);
    expect(rentExemptMinimum(200, { rentLamportsPerByte: 0n })).toBe(0n);
  });
});

describe("isRentTransitionAllowed", () => {
  const allowed = (before: bigint, after: bigint) =>
    isRentTransitionAllowed(plainAccount(before), plainAccount(after), params);

  it("lets an account be exempt or be gone, and nothing between", () => {
    expect(allowed(0n, minimum)).toBe(true);
    expect(allowed(0n, minimum - 1n)).toBe(false);
    expect(allowed(minimum, minimum - 1n)).toBe(false);
    expect(allowed(minimum, 0n)).toBe(true);
    expect(allowed(5n, minimum)).toBe(true);
  });

  it("lets one that was below stay below, if it neither grows nor falls", () => {
    expect(allowed(5n, 5n)).toBe(true);
    expect(allowed(5n, 6n)).toBe(true);
    expect(allowed(5n, 4n)).toBe(false);
    expect(allowed(5n, 0n)).toBe(true);
    const handedOver = plainAccount(5n, { owner: voteProgramAddress });
    expect(isRentTransitionAllowed(plainAccount(5n), handedOver, params)).toBe(false);
    const grown = plainAccount(5n, { data: new Uint8Array(1) });
    expect(isRentTransitionAllowed(plainAccount(5n), grown, params)).toBe(false);
  });
});
