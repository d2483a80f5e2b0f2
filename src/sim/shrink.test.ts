import { describe, expect, it } from "vitest";
import { testCrypto } from "../../test/support/clusters.ts";
import { runScenario } from "./run-scenario.ts";
import { formatScenario, parseScenario, planScenario } from "./scenario-plan.ts";
import { shrinkScenario } from "./shrink.ts";

const network = {
  params: { slotsPerEpoch: 32 },
  validators: ["a", "b", "c", "d"].map((name) => ({ name, stake: 1000 })),
};
function planOf(file: object) {
  const plan = planScenario({ name: "test", network, ...file });
  if (!plan.ok) throw new Error(JSON.stringify(plan));
  return plan.value;
}

describe("shrinking", () => {
  // Two of four down for good: nothing becomes final any more. All else is decoration.
  const plan = planOf({
    slots: 70,
    timeline: [
      { at: 5, slow: { validator: "a", delayMs: 5 } },
      { at: 8, kill: "b" },
      { at: 9, clock: { validator: "a", offsetMs: 2 } },
      { at: 12, restart: "b" },
      { at: 14, kill: "c" },
      { at: 15, link: { from: "a", latencyMs: [1, 4] } },
      { at: 16, kill: "d" },
      { at: 20, misbehave: { validator: "a", strategy: "censor" } },
      { at: 21, misbehave: { validator: "a", strategy: null } },
    ],
    expect: [{ finalized: { atLeast: 20 } }],
  });

  it("leaves the two faults that matter, in a scenario that fails the same way under the same seed", () => {
    const tried: number[] = [];
    const shrunk = shrinkScenario(plan, "1", { crypto: testCrypto, onTry: (_, faults) => tried.push(faults) });
    if (shrunk.type !== "shrunk") throw new Error("it passes");
    expect(shrunk).toMatchObject({ before: 9, after: 2, tries: tried.length });
    expect(shrunk.file.timeline).toEqual([
      { at: 14, kill: "c" },
      { at: 16, kill: "d" },
    ]);
    const again = parseScenario(formatScenario(shrunk.file));
    if (!again.ok) throw new Error(JSON.stringify(again));
    const result = runScenario(again.value, "1", { crypto: testCrypto });
    expect(result.ok).toBe(false);
    expect(result.traceHash).toBe(shrunk.result.traceHash);
    // The same way each time.
    expect(shrinkScenario(plan, "1", { crypto: testCrypto })).toEqual(shrunk);
  });

  it("has nothing to do where every promise is kept, and no fault to name where none is to blame", () => {
    expect(shrinkScenario(planOf({ slots: 20 }), "1", { crypto: testCrypto }).type).toBe("passes");
    const impossible = planOf({
      slots: 20,
      timeline: [{ at: 3, heal: true }],
      expect: [{ finalized: { atLeast: 20 } }],
    });
    expect(shrinkScenario(impossible, "1", { crypto: testCrypto })).toMatchObject({ after: 0, tries: 1 });
  });

  it("stops after so many tries, with the least it has found", () => {
    const shrunk = shrinkScenario(plan, "1", { crypto: testCrypto, triesMax: 3 });
    if (shrunk.type !== "shrunk") throw new Error("it passes");
    expect(shrunk.tries).toBe(3);
    expect(shrunk.after).toBeGreaterThan(2);
    expect(shrunk.result.ok).toBe(false);
  });
});
