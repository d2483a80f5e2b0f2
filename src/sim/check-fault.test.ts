import { describe, expect, it } from "vitest";
import { checkFault, describeFault, slowMsMax } from "./check-fault.ts";
import { clockDriftPpmMax, clockOffsetMsMax } from "./clock.ts";
import type { Fault } from "./faults.ts";

/** Four validators, of which 3 is down; the observer is 4. */
const around = { validators: 4, isDown: (validator: number) => validator === 3 };
const codeOf = (fault: Fault) => checkFault(fault, around)?.code ?? null;

describe("a fault", () => {
  it("is refused for a validator that is none, for the observer, and for one it cannot happen to", () => {
    for (const validator of [-1, 5, 0.5, Number.NaN]) {
      expect(codeOf({ type: "kill", validator })).toBe("validator-unknown");
      expect(codeOf({ type: "slow", validator, delayMs: 1 })).toBe("validator-unknown");
      expect(codeOf({ type: "clock", validator, offsetMs: 0, driftPpm: 0 })).toBe("validator-unknown");
      expect(codeOf({ type: "misbehave", validator, strategy: null })).toBe("validator-unknown");
    }
    expect(codeOf({ type: "kill", validator: 4 })).toBe("observer-untouchable");
    expect(codeOf({ type: "misbehave", validator: 4, strategy: "spam" })).toBe("observer-untouchable");
    expect(codeOf({ type: "kill", validator: 3 })).toBe("validator-down");
    expect(codeOf({ type: "restart", validator: 2 })).toBe("validator-running");
    expect([codeOf({ type: "kill", validator: 2 }), codeOf({ type: "restart", validator: 3 })]).toEqual([null, null]);
  });

  it("may cut the observer off, but nobody who is none", () => {
    expect(
      codeOf({
        type: "partition",
        groups: [
          [0, 4],
          [1, 2, 3],
        ],
      }),
    ).toBeNull();
    expect(codeOf({ type: "partition", groups: [[0, 5]] })).toBe("validator-unknown");
    expect(codeOf({ type: "partition", groups: [[0, 1], [1]] })).toBe("groups-overlap");
    const link = { type: "link", conditions: { cut: true } } as const;
    expect([codeOf({ ...link, from: 4, to: null }), codeOf({ ...link, from: null, to: 5 })]).toEqual([
      null,
      "validator-unknown",
    ]);
    expect(codeOf({ ...link, from: 0, to: 1, conditions: { lossBps: 10_001 } })).toBe("conditions-invalid");
    expect(codeOf({ ...link, from: 1, to: 1 })).toBe("link-to-itself");
  });

  it("keeps to its ranges, at the limit and one past it", () => {
    const slow = (delayMs: number) => codeOf({ type: "slow", validator: 0, delayMs });
    expect([slow(0), slow(slowMsMax), slow(-1), slow(slowMsMax + 1), slow(0.5)]).toEqual([
      null,
      null,
      ...Array.from({ length: 3 }, () => "fault-out-of-range"),
    ]);
    const clock = (offsetMs: number, driftPpm: number) => codeOf({ type: "clock", validator: 0, offsetMs, driftPpm });
    for (const sign of [1, -1]) {
      expect(clock(sign * clockOffsetMsMax, sign * clockDriftPpmMax)).toBeNull();
      expect(clock(sign * (clockOffsetMsMax + 1), 0)).toBe("fault-out-of-range");
      expect(clock(0, sign * (clockDriftPpmMax + 1))).toBe("fault-out-of-range");
    }
  });

  it("of no known kind, strategy or fate is refused, whatever a stranger sends", () => {
    const strange = (fault: object) => codeOf(fault as Fault);
    expect(strange({ type: "meteor" })).toBe("fault-unknown");
    expect(strange({ type: "misbehave", validator: 0, strategy: "bribe" })).toBe("strategy-unknown");
    expect(strange({ type: "kill", validator: 0, disk: "stolen" })).toBe("disk-fate-unknown");
  });

  it("is described in a line of its own", () => {
    const faults: Fault[] = [
      { type: "kill", validator: 1 },
      { type: "kill", validator: 1, disk: "torn" },
      { type: "restart", validator: 1 },
      { type: "partition", groups: [[0, 1], [2]] },
      { type: "partition", groups: [[0], [1, 2]] },
      { type: "heal" },
      { type: "link", from: null, to: 1, conditions: { latencyMs: [1, 12] } },
      { type: "link", from: null, to: 1, both: false, conditions: { latencyMs: [1, 12] } },
      { type: "link", from: null, to: 1, conditions: { latencyMs: [11, 2] } },
      { type: "slow", validator: 1, delayMs: 2 },
      { type: "clock", validator: 1, offsetMs: 2, driftPpm: 3 },
      { type: "misbehave", validator: 1, strategy: "spam" },
      { type: "misbehave", validator: 1, strategy: null },
    ];
    expect(new Set(faults.map(describeFault)).size).toBe(faults.length);
    expect(describeFault({ type: "kill", validator: 1, disk: "kept" })).toBe(describeFault(faults[0]!));
    expect(describeFault(faults[6]!)).toBe("link all to 1 and back latencyMs 1,12");
  });
});
