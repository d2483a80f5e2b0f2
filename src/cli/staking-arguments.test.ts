import { describe, expect, it } from "vitest";
import {
  parseAmountAllOrAvailable,
  parseAmountOrAll,
  parseCommission,
  parseDate,
  parseU64,
} from "./staking-arguments.ts";

function refusals(parse: (text: string) => unknown, texts: readonly string[]): string[] {
  return texts.filter((text) => {
    try {
      parse(text);
      return false;
    } catch (error) {
      return (error as { code?: string }).code === "commander.invalidArgument";
    }
  });
}

describe("amounts", () => {
  const wrong = [
    "0",
    "0.0",
    "-1",
    "NaN",
    "1e3",
    ".5",
    "1.0000000001",
    "999999999999",
    "",
    "all",
    "Infinity",
    "0x10",
    "1,5",
  ];

  it("are exact lamports, or a word where there is one", () => {
    expect(parseAmountOrAll("1.000000001")).toBe(1_000_000_001n);
    expect(parseAmountOrAll("18446744073.709551615")).toBe(2n ** 64n - 1n);
    expect([parseAmountOrAll("ALL"), parseAmountAllOrAvailable("ALL"), parseAmountAllOrAvailable("AVAILABLE")]).toEqual(
      ["ALL", "ALL", "AVAILABLE"],
    );
  });

  it("are refused when they are negative, huge, none, too fine, or no number", () => {
    expect(refusals(parseAmountOrAll, [...wrong, "AVAILABLE", "18446744073.709551616"])).toHaveLength(wrong.length + 2);
    expect(refusals(parseAmountAllOrAvailable, wrong)).toEqual(wrong);
  });
});

describe("commissions", () => {
  it("are hundredths of a percent", () => {
    expect(["0", "7", "7.5", "7.25", "99.99", "100"].map(parseCommission)).toEqual([0, 700, 750, 725, 9999, 10_000]);
  });

  it("are refused beyond 100 percent, below 0 and with three decimals", () => {
    const wrong = ["100.01", "101", "-1", "7.125", "NaN", "", "7%", "1e1"];
    expect(refusals(parseCommission, wrong)).toEqual(wrong);
  });
});

describe("epochs and dates", () => {
  it("take every number of 64 bits", () => {
    expect([parseU64("0"), parseU64("18446744073709551615")]).toEqual([0n, 2n ** 64n - 1n]);
    const wrong = ["18446744073709551616", "-1", "1.5", "", "x", "123456789012345678901"];
    expect(refusals(parseU64, wrong)).toEqual(wrong);
  });

  it("read RFC 3339 as Unix seconds", () => {
    expect(parseDate("1970-01-01T00:00:00Z")).toBe(0n);
    expect(parseDate("2027-01-01T00:00:00Z")).toBe(1_798_761_600n);
    expect(parseDate("2027-01-01t01:00:00.9+01:00")).toBe(1_798_761_600n);
    expect(parseDate("2028-02-29 00:00:00Z")).toBe(1_835_395_200n);
  });

  it("refuse days that no calendar has, and times without a zone", () => {
    const wrong = ["2027-02-29T00:00:00Z", "2027-13-01T00:00:00Z", "2027-01-01", "2027-01-01T00:00:00", "soon", ""];
    expect(refusals(parseDate, wrong)).toEqual(wrong);
    expect(refusals(parseDate, ["2027-01-01T25:00:00Z", "2027-00-01T00:00:00Z", "2027-01-00T00:00:00Z"])).toHaveLength(
      3,
    );
  });
});
