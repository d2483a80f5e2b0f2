import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockDriftPpmMax, clockOffsetMsMax, clockTimeAt, isTrueClock, timeWhen, trueClock } from "./clock.ts";

describe("a validator's clock", () => {
  it("shows what the story says", () => {
    const clock = { offsetMs: 5, driftPpm: 2000, sinceMs: 1000 };
    expect([1000, 2000].map((now) => clockTimeAt(clock, now))).toEqual([1005, 2007]);
    expect(timeWhen(clock, 3000, 1000)).toBe(2992);
    expect([isTrueClock(clock), isTrueClock(trueClock)]).toEqual([false, true]);
    expect(clockTimeAt(trueClock, 1234)).toBe(1234);
  });

  it("gains exactly, also after years", () => {
    const year = 31_536_000_000;
    const clock = { offsetMs: 0, driftPpm: 123_457, sinceMs: 0 };
    const exact = (now: number) => Number(BigInt(now) + (BigInt(now) * 123_457n) / 1_000_000n);
    for (const now of [year, 10 * year + 999_999]) expect(clockTimeAt(clock, now)).toBe(exact(now));
  });

  it("reaches a time at the first millisecond that shows it, and never before it is asked", () => {
    const clocks = fc.record({
      offsetMs: fc.integer({ min: -clockOffsetMsMax, max: clockOffsetMsMax }),
      driftPpm: fc.integer({ min: -clockDriftPpmMax, max: clockDriftPpmMax }),
      sinceMs: fc.nat(10_000_000),
    });
    fc.assert(
      fc.property(clocks, fc.nat(1_000_000), fc.integer({ min: -5000, max: 5000 }), (clock, elapsed, ahead) => {
        const from = clock.sinceMs + elapsed;
        const shown = clockTimeAt(clock, from) + ahead;
        const at = timeWhen(clock, shown, from);
        expect(clockTimeAt(clock, at)).toBeGreaterThanOrEqual(shown);
        if (ahead <= 0) expect(at).toBe(from);
        else expect(clockTimeAt(clock, at - 1)).toBeLessThan(shown);
      }),
    );
  });
});
