import { describe, expect, it } from "vitest";
import type { Block } from "../chain/block.ts";
import { createParams } from "../chain/params.ts";
import { nodeSignatures } from "../host/node-crypto.ts";
import { createNetwork, type Network } from "../sim/network.ts";
import { createSimReport, formatSimReport } from "./sim-report.ts";
import { type SimulationOptions, simulate } from "./simulate.ts";

// 34 slots: no multiple of a rotation, so that the last one of each epoch is cut short.
const slotsPerEpoch = 34;

function createTestNetwork(): Network {
  const params = createParams("lab", { slotsPerEpoch, ticksPerSlot: 2, hashesPerTick: 8 });
  if (!params.ok) throw new Error("params");
  const validators = [4000n, 3000n, 2000n].map((stake) => ({ stake }));
  const plan = { seed: "cli", creationTime: 1, accounts: 2, accountLamports: 10n ** 12n };
  const network = createNetwork({ ...plan, params: params.value, validators }, nodeSignatures.ed25519);
  if (!network.ok) throw new Error(network.code);
  return network.value;
}

const network = createTestNetwork();
const base: SimulationOptions = {
  seed: "cli",
  network,
  slots: 74,
  offline: [],
  transfersPerSlot: 1,
  ownWork: false,
  consensusOnly: false,
  verify: true,
};

describe("simulate", () => {
  it("gives every block of the settled chain once, in order, and verifies them", async () => {
    const blocks: Block[] = [];
    const run = await simulate({ ...base, onBlock: (block) => void blocks.push(block) });
    expect(blocks.length).toBe(74);
    for (const [index, block] of blocks.entries()) {
      expect(block.parentId).toBe(index === 0 ? run.genesisHash : blocks[index - 1]!.blockId);
    }
    expect(blocks.at(-1)!.blockId).toBe(run.head.blockId);
    expect(run.finalizedSlot).toBeGreaterThan(0);
    expect(run.verification).toMatchObject({ ok: true, blocks: 74, lastBlockId: run.head.blockId });
    expect(run.transfers).toEqual({ submitted: 74, refused: 0 });
  });

  it("counts what an offline validator missed against it alone", async () => {
    const run = await simulate({ ...base, offline: [2], verify: false });
    const report = createSimReport({ seed: "cli", offline: [2], consensusOnly: false }, network, run);
    const [first, second, absent] = report.validators;
    expect(absent!.leaderSlots).toBeGreaterThan(0);
    expect(absent).toMatchObject({ online: false, blocksProduced: 0, skippedSlots: absent!.leaderSlots });
    expect([first!.skippedSlots, second!.skippedSlots]).toEqual([0, 0]);
    expect(report.skippedSlots).toBe(absent!.leaderSlots);
    expect(formatSimReport(report)).toContain("not verified");
  });

  it("comes out the same with and without shared work", async () => {
    const shared = await simulate({ ...base, slots: 20 });
    const own = await simulate({ ...base, slots: 20, ownWork: true });
    const report = (run: typeof own) => ({
      ...createSimReport({ seed: "cli", offline: [], consensusOnly: false }, network, run),
      timings: 0,
    });
    expect(report(own)).toEqual(report(shared));
  });

  it("by consensus alone has leaders, votes and finality, and neither a ledger nor a word of one", async () => {
    const run = await simulate({ ...base, offline: [2], transfersPerSlot: 0, consensusOnly: true });
    const report = createSimReport({ seed: "cli", offline: [2], consensusOnly: true }, network, run);
    expect(report).toMatchObject({ consensusOnly: true, slot: 74 });
    expect(report).toMatchObject({ verification: null, stateHash: null, supply: null, balances: null });
    expect(report.finalizedSlot).toBeGreaterThan(20);
    expect(report.voteCount).toBeGreaterThan(100);
    expect(report.skippedSlots).toBe(report.validators[2]!.leaderSlots);
    expect(report.statistics.voteLatency).toMatchObject({ count: report.voteCount, median: 1 });
    const text = formatSimReport(report);
    expect(text).toContain("Consensus only: no signatures");
    for (const absent of ["Balances", "Supply", "State hash", "--no-verify"]) expect(text).not.toContain(absent);
  });
});
