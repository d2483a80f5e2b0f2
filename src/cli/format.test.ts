import { describe, expect, it } from "vitest";
import { formatFields, formatPercent, formatSol, formatTable, shareOf, shortenAddress } from "./format.ts";
import { formatDuration, formatProgress } from "./output.ts";
import { describeVerification } from "./verification.ts";

describe("format", () => {
  it("prints SOL exactly, without trailing zeros", () => {
    expect([1_500_000_000n, 0n, 1n, 10n ** 18n].map(formatSol)).toEqual(["1.5", "0", "0.000000001", "1000000000"]);
    expect(formatSol(-1_000_000_001n)).toBe("-1.000000001");
  });

  it("prints shares as percent; nothing of nothing is 0", () => {
    expect(formatPercent(shareOf(2n, 5n))).toBe("40.00%");
    expect(shareOf(0n, 0n)).toBe(0);
  });

  it("shortens addresses at both ends, and short texts not at all", () => {
    expect(shortenAddress("7Np41oeYqPefeNQEHSv1UDhYrehxin3NStELsSKCT4K2")).toBe("7Np4…T4K2");
    expect(shortenAddress("123456789")).toBe("123456789");
  });

  it("lines up columns without frames or trailing spaces", () => {
    const columns = [{ title: "name" }, { title: "n", align: "right" as const }];
    expect(
      formatTable(columns, [
        ["a", 1],
        ["bcdefg", 100],
      ]),
    ).toBe("name      n\na         1\nbcdefg  100");
    expect(
      formatFields([
        ["A", 1],
        ["Longer", "x"],
      ]),
    ).toBe("A:      1\nLonger: x");
  });

  it("tells progress with pace and time left, and nothing that divides by 0", () => {
    const base = { unit: "slots", total: 1000 };
    expect(formatProgress({ ...base, done: 250, elapsedMs: 5000 })).toBe(
      "slots 250 of 1000 (25%), 50 slots/s, 15 s left",
    );
    expect(formatProgress({ ...base, done: 0, elapsedMs: 0 })).toBe("slots 0 of 1000 (0%), 0.0 slots/s");
    expect(formatProgress({ ...base, total: null, done: 3, elapsedMs: 1000 })).toBe("slots 3, 3.0 slots/s");
  });

  it("prints durations in the unit one would say", () => {
    expect([449, 9940, 9960, 59_600, 200_000, 7_500_000].map(formatDuration)).toEqual([
      "0.4 s",
      "9.9 s",
      "10 s",
      "1 min 0 s",
      "3 min 20 s",
      "2 h 5 min",
    ]);
  });

  it("says at which block a verification failed, and why", () => {
    expect(describeVerification({ index: 16, code: "state-hash-wrong", facts: { slot: 18, computed: "x" } })).toBe(
      "verification failed at block 17 (slot 18): state-hash-wrong; computed x",
    );
    expect(describeVerification({ index: -1, code: "genesis-hash-wrong", facts: {} })).toBe(
      "verification failed at genesis: genesis-hash-wrong",
    );
  });
});
