import { describe, expect, it } from "vitest";
import { testCrypto } from "../../test/support/clusters.ts";
import { describeEvent } from "./describe-event.ts";
import { drawFaults } from "./draw-faults.ts";
import { faultsOf, runScenario } from "./run-scenario.ts";
import type { ScenarioEvent } from "./scenario-events.ts";
import { planScenario } from "./scenario-plan.ts";

const network = {
  params: { slotsPerEpoch: 32 },
  validators: ["a", "b", "c", "d"].map((name) => ({ name, stake: 1000 })),
};
function planOf(file: object) {
  const plan = planScenario({ name: "test", network, ...file });
  if (!plan.ok) throw new Error(JSON.stringify(plan));
  return plan.value;
}
const run = (file: object, seed = "1", onEvent?: (event: ScenarioEvent) => void) =>
  runScenario(planOf(file), seed, { crypto: testCrypto, ...(onEvent === undefined ? {} : { onEvent }) });

describe("a run", () => {
  it("is one per seed, and keeps its promises where it does", () => {
    const file = {
      slots: 60,
      workload: { transfersPerSlot: 2 },
      expect: [{ finalized: { atLeast: 20, atMost: 40 } }, { skippedPercent: { atMost: 0 } }, { convicted: [] }],
    };
    const first = run(file);
    expect(first).toMatchObject({ ok: true, verdict: { type: "pass" }, seed: "1", scenario: "test" });
    expect(first.figures).toMatchObject({
      slots: 60,
      blocks: 60,
      skippedSlots: 0,
      orphanedBlocks: 0,
      reorgs: 0,
      transactions: 120,
    });
    expect(first.figures.finalityLagMax).toBe(32);
    expect(first.finalizedBySlot).toHaveLength(60);
    expect(run(file)).toEqual(first);
    expect(run(file, "2").traceHash).not.toBe(first.traceHash);
  });

  it("tells of faults that cannot be, and of epochs whose first slot has no block", () => {
    const told: string[] = [];
    const nameOf = (index: number) => `#${index}`;
    const plan = planScenario({
      name: "no-effect",
      network: { validators: 3, params: { slotsPerEpoch: 32 } },
      slots: 40,
      timeline: [
        { at: 10, kill: 1 },
        { at: 12, kill: 1 },
        { at: 14, restart: 2 },
        { at: 30, kill: 0 },
        { at: 30, kill: 2 },
      ],
      expect: [{ finalized: { atMost: 20 } }],
    });
    if (!plan.ok) throw new Error(plan.code);
    const onEvent = (event: ScenarioEvent) =>
      told.push(`${event.slot} ${describeEvent(event, { nameOf, details: false })}`);
    expect(runScenario(plan.value, "1", { crypto: testCrypto, onEvent }).ok).toBe(true);
    expect(told).toEqual(
      expect.arrayContaining([
        "10 fault        kill #1 (disk kept)",
        "12 no effect    kill #1 (disk kept): validator-down (validator 1)",
        "14 no effect    restart #2: validator-running (validator 2)",
        "32 epoch        1 begins",
      ]),
    );
  });

  it("says which promise was broken, and what was found", () => {
    const { ok, promises } = run({
      slots: 40,
      timeline: [{ at: 10, kill: "a" }],
      expect: [
        { finalized: { atLeast: 30, by: 35 } },
        { convicted: ["b"] },
        { verdict: "stalled" },
        { finalityLag: { atMost: 10 } },
      ],
    });
    expect(ok).toBe(false);
    expect(promises).toMatchObject([
      { kept: false, text: "the newest final slot by slot 35: at least 30" },
      { kept: false, text: "convicted: b", found: "nobody" },
      { kept: false, text: "the verdict is stalled", found: "pass" },
      { kept: false, text: "slots from a block to its finality, at the most: at most 10" },
    ]);
  });

  it("that does not come back in time is stalled, which a scenario may promise", () => {
    const file = {
      slots: 90,
      timeline: [
        { at: 10, kill: "a" },
        { at: 10, kill: "b" },
      ],
    };
    const stalled = run({ ...file, expect: [{ recovers: { from: 20, within: 60 } }, { verdict: "stalled" }] });
    expect(stalled.verdict).toMatchObject({ type: "stalled", checker: "liveness" });
    expect(stalled.promises.map(({ kept }) => kept)).toEqual([false, true]);
  });

  it("tells its events in order: faults, skipped slots, forks and what was held", () => {
    const events: ScenarioEvent[] = [];
    run(
      {
        slots: 70,
        timeline: [
          {
            at: 20,
            partition: [
              ["a", "b"],
              ["c", "d"],
            ],
          },
          { at: 40, heal: true },
        ],
      },
      "1",
      (event) => events.push(event),
    );
    const types = new Set(events.map(({ type }) => type));
    for (const type of ["fault", "skipped", "fork", "held", "epoch"]) expect(types).toContain(type);
    expect(events.filter(({ type }) => type === "fault").map(({ slot }) => slot)).toEqual([20, 40]);
    const held = events.find((event) => event.type === "held" && event.decision.reason === "threshold");
    expect(held).toMatchObject({ decision: { depth: 8 } });
  });
});

describe("faults drawn from a seed", () => {
  const asked = { faults: ["crash", "partition", "link"] as const, count: 12, until: 80 };

  it("are the same for a seed, over in time, and each validator's crashes do not overlap", () => {
    for (const seed of ["1", "2", "3"]) {
      const faults = drawFaults(seed, 5, asked);
      expect(drawFaults(seed, 5, asked)).toEqual(faults);
      expect(faults.length).toBeGreaterThan(10);
      expect(Math.max(...faults.map(({ slot }) => slot))).toBeLessThanOrEqual(80);
      const down = new Set<number>();
      for (const { fault } of faults) {
        if (fault.type === "kill") {
          expect(down.has(fault.validator)).toBe(false);
          down.add(fault.validator);
        }
      }
    }
    expect(drawFaults("1", 5, asked)).not.toEqual(drawFaults("2", 5, asked));
  });

  it("of one kind stay as they were when another kind is asked for too", () => {
    const crashes = (kinds: typeof asked.faults | readonly ["crash"], count: number) =>
      drawFaults("5", 90, { ...asked, faults: kinds, count }).filter(({ fault }) => fault.type === "kill");
    const together = crashes(asked.faults, 6);
    expect(together.length).toBeGreaterThan(1);
    expect(crashes(["crash"], 6)).toEqual(expect.arrayContaining(together));
  });

  it("join those of the timeline, by slot", () => {
    const plan = planOf({
      slots: 100,
      timeline: [{ at: 50, heal: true }],
      random: { faults: ["slow"], count: 3, until: 90 },
    });
    const slots = faultsOf(plan, "1").map(({ slot }) => slot);
    expect(slots).toHaveLength(7);
    expect(slots).toEqual([...slots].sort((a, b) => a - b));
  });
});
