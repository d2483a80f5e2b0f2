import { afterAll, describe, expect, it } from "vitest";
import { strategyNames } from "../sim/faults.ts";
import { createDevnet } from "./devnet.ts";

const devnet = createDevnet({
  genesis: {
    params: { slotsPerEpoch: 32, slotDurationMs: 40_000, hashesPerTick: 2, ticksPerSlot: 2 },
    validators: [
      { name: "north", stake: 3000 },
      { name: "south", stake: 3000 },
      { name: "east", stake: 3000 },
      { name: "west", stake: 1000 },
    ],
  },
});
afterAll(() => devnet.close());

async function call(method: string, ...params: unknown[]) {
  const text = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const { result, error } = (await devnet.rpcTransport({ payload: JSON.parse(text) })) as {
    result?: unknown;
    error?: { code: unknown; message: string };
  };
  return error ?? result;
}

describe("faults over RPC", () => {
  it("happen to validators named by number, identity, vote account or name, and stand in the timeline", async () => {
    const { identity } = devnet.validators[1]!;
    const { voteAccount } = devnet.validators[2]!;
    const faults = [
      [await call("escapement_kill", "west", { disk: "torn" }), { type: "kill", validator: 3, disk: "torn" }],
      [await call("escapement_slow", 0, 30), { type: "slow", validator: 0, delayMs: 30 }],
      [
        await call("escapement_partition", [["north", identity.address], [voteAccount]]),
        { type: "partition", groups: [[0, 1], [2]] },
      ],
      [
        await call("escapement_link", 0, null, { latencyMs: [5, 20], lossBps: 100, both: false }),
        { type: "link", from: 0, to: null, both: false, conditions: { latencyMs: [5, 20], lossBps: 100 } },
      ],
      [await call("escapement_setClock", 1, -20), { type: "clock", validator: 1, offsetMs: -20, driftPpm: 0 }],
      [await call("escapement_misbehave", 0, "censor"), { type: "misbehave", validator: 0, strategy: "censor" }],
      [await call("escapement_misbehave", 0, null), { type: "misbehave", validator: 0, strategy: null }],
      [await call("escapement_heal"), { type: "heal" }],
    ] as const;
    for (const [answer] of faults) expect(answer).toEqual({ slot: 0n, epoch: 0n, fault: expect.anything() });
    expect(devnet.timeline.map(({ fault }) => fault)).toEqual(faults.map(([, fault]) => fault));
    await devnet.advanceSlots(2);
    expect(await call("escapement_restart", 3)).toMatchObject({ fault: { type: "restart" } });
    expect(await call("escapement_getTimeline")).toHaveLength(9);
  });

  it("are refused with a code and a sentence when they cannot be, and nothing has happened", async () => {
    const before = devnet.traceHash;
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [
        await call("escapement_kill", 4),
        /validator-unknown \(validator 4, known 0 to 3, .*a name of the genesis file\)/,
      ],
      [await call("escapement_kill", "nobody"), /validator-unknown/],
      [await call("escapement_kill"), /validator is missing; expected a validator/],
      [
        await call("escapement_kill", 0, { disk: "wet" }),
        /config.disk is "wet"; expected one of "kept", "torn", "lost"/,
      ],
      [await call("escapement_restart", 0), /Refused: validator-running \(validator 0\)/],
      [await call("escapement_partition", [[0], [0]]), /Refused: groups-overlap/],
      [await call("escapement_partition", "0,1"), /groups is "0,1"; expected a list/],
      [await call("escapement_link", 0, 1, { lossBps: 10_001 }), /lossBps is 10001; expected so many of 10,000/],
      [await call("escapement_link", 0, 1, { latencyMs: [9, 3] }), /Refused: conditions-invalid/],
      [await call("escapement_misbehave", 0, "sing"), new RegExp(`expected one of "${strategyNames[0]}"`)],
      [await call("escapement_slow", 0, -1), /delayMs is -1; expected milliseconds/],
      [await call("escapement_setClock", 0, 1.5), /offsetMs is 1.5; expected a whole number/],
      [await call("escapement_heal", 1), /got 1 of them; expected at most 0/],
    ];
    for (const [answer, message] of wrong) expect((answer as Error).message).toMatch(message);
    expect(devnet.traceHash).toBe(before);
  });
});

describe("snapshots over RPC", () => {
  it("are taken, listed, reverted to and dropped", async () => {
    await devnet.advanceSlots(40);
    expect(await call("escapement_snapshot")).toEqual({ id: 1n, slot: 42n, epoch: 1n });
    const trace = devnet.traceHash;
    await devnet.advanceSlots(5);
    expect(await call("escapement_revert", 1)).toEqual({ id: 1n, slot: 42n, epoch: 1n });
    expect(devnet.traceHash).toBe(trace);
    expect(await call("escapement_listSnapshots")).toEqual([{ id: 1n, slot: 42n, epoch: 1n }]);
    expect(await call("escapement_dropSnapshot", 1)).toBe(true);
    expect(await call("escapement_dropSnapshot", 1)).toBe(false);
    expect(await call("escapement_revert", 1)).toMatchObject({ message: expect.stringContaining("no snapshot 1") });
    expect(await call("escapement_revert", 0)).toMatchObject({ message: expect.stringContaining("integer from 1") });
  });

  it("are used up by evm_revert, with all that came after them", async () => {
    const first = await call("evm_snapshot");
    expect(first).toMatch(/^0x[0-9a-f]+$/);
    await devnet.advanceSlots(1);
    await call("evm_snapshot");
    expect(await call("evm_revert", first)).toBe(true);
    expect(devnet.snapshots).toEqual([]);
    expect(await call("evm_revert", first)).toBe(false);
    expect(await call("evm_revert", 1)).toMatchObject({ message: expect.stringContaining("such as 0x1") });
  });

  it("end what others advance: there it would run on in another world", async () => {
    const snapshot = devnet.snapshot();
    const advance = call("escapement_advanceSlots", 100_000);
    await new Promise((resolve) => setImmediate(resolve));
    await call("escapement_revert", snapshot.id);
    expect(await advance).toMatchObject({ message: expect.stringContaining("put back to a snapshot") });
    expect(devnet.slot).toBeLessThan(snapshot.slot + 1000);
  });

  it("can be stepped from, slot by slot, with the clock held", async () => {
    devnet.start();
    const { slot } = devnet;
    expect(await call("escapement_step")).toEqual({ slot: BigInt(slot + 1), epoch: expect.anything(), running: false });
    expect(await call("escapement_step", 3)).toMatchObject({ slot: BigInt(slot + 4), running: false });
    expect(devnet.running).toBe(false);
  });
});
