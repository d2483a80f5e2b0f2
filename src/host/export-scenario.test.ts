import { afterAll, describe, expect, it } from "vitest";
import { testCrypto } from "../../test/support/clusters.ts";
import { runScenario } from "../sim/run-scenario.ts";
import { formatScenario, parseScenario } from "../sim/scenario-plan.ts";
import { createDevnet, type Devnet } from "./devnet.ts";

const params = { slotsPerEpoch: 32, slotDurationMs: 50, hashesPerTick: 4, ticksPerSlot: 2 };
const devnets: Devnet[] = [];
afterAll(() => Promise.all(devnets.map((devnet) => devnet.close())));

describe("a devnet's timeline, exported", () => {
  it.each([
    [
      "of plain options",
      {
        validators: [{ stake: 3_000_000_000n }, { stake: 2_500_000_000n }, { stake: 1_000_000_000n, commission: 7 }],
        params,
      },
    ],
    [
      "of a genesis file",
      {
        genesis: {
          params: { ...params, lamportsPerSignature: "6000" },
          validators: [
            { name: "north", stake: 30 },
            { name: "south", stake: "20.5" },
            { name: "east", stake: 10, commission: 7 },
          ],
        },
      },
    ],
  ])("is a scenario that plays (%s)", async (_, options) => {
    const devnet = createDevnet(options);
    devnets.push(devnet);
    await devnet.advanceSlots(4);
    devnet.inject({ type: "kill", validator: 2, disk: "torn" });
    devnet.inject({ type: "link", from: 0, to: null, conditions: { latencyMs: [5, 20], lossBps: 250 } });
    await devnet.advanceSlots(20);
    devnet.inject({ type: "restart", validator: 2 });
    await devnet.advanceSlots(10);
    const plan = parseScenario(formatScenario(devnet.exportScenario()));
    if (!plan.ok) throw new Error(JSON.stringify(plan));
    const { value } = plan;
    expect(value.slots).toBe(34);
    expect(value.faults.map(({ slot, fault }) => [slot, fault.type])).toEqual([
      [5, "kill"],
      [5, "link"],
      [25, "restart"],
    ]);
    expect(value.faults[1]!.fault).toEqual({ both: true, ...devnet.timeline[1]!.fault });
    expect(value.params).toEqual(devnet.genesis.params);
    expect(value.network.validators.map(({ commission = 5 }) => commission)).toEqual([5, 5, 7]);
    const result = runScenario(value, "1", { crypto: testCrypto });
    expect(result.figures).toMatchObject({ slots: 34, faults: 3 });
    expect(result.ok).toBe(true);
  });

  it("holds what was done since the last slot", () => {
    const devnet = createDevnet({ validators: 3 });
    devnets.push(devnet);
    devnet.inject({ type: "kill", validator: 2, disk: "kept" });
    expect(devnet.exportScenario()).toMatchObject({ slots: 1, timeline: [{ at: 1, kill: "validator-2" }] });
  });
});
