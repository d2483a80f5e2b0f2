import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { profiles } from "../chain/params.ts";
import { UsageError } from "./failure.ts";
import { type NetworkOptions, planNetwork } from "./network-options.ts";

const base: NetworkOptions = { seed: "s", profile: "lab", accounts: 2 };
const folder = mkdtempSync(join(tmpdir(), "escapement-plan-"));
afterAll(() => rmSync(folder, { recursive: true }));

const voteAccount = "Vote111111111111111111111111111111111111111";
const identity = "Stake11111111111111111111111111111111111111";

function stakesFile(name: string, more: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ stakes: [[voteAccount, identity, "5"]], ...more }));
  return path;
}

describe("planNetwork", () => {
  it("without flags gives the profile as it is, and the devnet's own validators and time", () => {
    const { params, validators, firstSlot, overrides } = planNetwork(base);
    expect(params).toEqual(profiles.lab);
    expect(overrides).toEqual({});
    expect(validators.map(({ stake }) => stake / 10n ** 9n)).toEqual([4000n, 3000n, 2000n, 1000n]);
    expect(firstSlot).toBe(0);
  });

  it("lays flags over the profile, and lengthens the life of blockhashes with short slots", () => {
    const { params } = planNetwork({ ...base, slotMs: 50, slotsPerEpoch: 32, ticksPerSlot: 4 });
    expect(params).toMatchObject({ slotDurationMs: 50, slotsPerEpoch: 32, ticksPerSlot: 4, blockhashTtl: 1200 });
    expect(planNetwork({ ...base, slotMs: 50, blockhashTtl: 7 }).params.blockhashTtl).toBe(7);
    expect(planNetwork({ ...base, profile: "solana", slotMs: 50 }).params.blockhashTtl).toBe(150);
  });

  it("names the flag whose value cannot be, and the range", () => {
    expect(() => planNetwork({ ...base, slotsPerEpoch: 5 })).toThrow("--slots-per-epoch is 5; give 32 to 10000000");
    expect(() => planNetwork({ ...base, policy: "tutorial", slotsPerRotation: 4 })).toThrow("it must be 1 here");
    expect(() => planNetwork({ ...base, hashesPerTick: 1 })).toThrow(UsageError);
  });

  it("gives the tutorial's policy its one-slot rotations", () => {
    expect(planNetwork({ ...base, policy: "tutorial" }).params.slotsPerRotation).toBe(1);
  });

  it("takes stakes with their commission", () => {
    expect(planNetwork({ ...base, validators: [7n, 3n], commission: 9 }).validators).toEqual([
      { stake: 7n, commission: 9 },
      { stake: 3n, commission: 9 },
    ]);
  });

  it("continues a file's numbering, with warm-up where only that fits", () => {
    const warm = stakesFile("warm.json", { epoch: "980", first_slot: "417836256", slots: 432_000 });
    const plan = planNetwork({ ...base, stakes: warm });
    expect(plan.params).toMatchObject({ leaderPolicy: "solana", slotsPerEpoch: 432_000, epochWarmup: true });
    expect(plan.firstSlot).toBe(417_836_256);
    expect(plan.validators).toEqual([{ stake: 5n, existing: { identity, voteAccount } }]);
    // A later slot of that epoch is still the file's numbering; one outside it is another.
    const warmupFrom = (firstSlot: number) => planNetwork({ ...base, stakes: warm, firstSlot }).params.epochWarmup;
    expect([417_836_256, 417_955_300, 418_268_255].map(warmupFrom)).toEqual([true, true, true]);
    expect([0, 417_836_255, 418_268_256].map(warmupFrom)).toEqual([false, false, false]);
    const plain = stakesFile("plain.json", { epoch: 2, first_slot: 128, slots: 64 });
    expect(planNetwork({ ...base, stakes: plain }).params.epochWarmup).toBe(false);
  });

  it("says so when a file's numbering fits neither way, unless another is chosen", () => {
    const odd = stakesFile("odd.json", { epoch: 3, first_slot: 129, slots: 64 });
    expect(() => planNetwork({ ...base, stakes: odd })).toThrow("fits neither");
    expect(planNetwork({ ...base, stakes: odd, firstSlot: 0 }).firstSlot).toBe(0);
    const late = stakesFile("late.json", { epoch: 2, first_slot: 129, slots: 64 });
    expect(() => planNetwork({ ...base, stakes: late })).toThrow("fits neither");
  });

  describe("with a genesis file", () => {
    const genesisFile = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const path = genesisFile(
      "genesis.yaml",
      "seed: file\nparams: { slotsPerEpoch: 64, slotDurationMs: 50 }\nvalidators: [{ stake: 7, commission: 2.5 }]\n",
    );

    it("plans what it says, with flags laid over params, seed, time and first slot", () => {
      const plan = planNetwork({ genesis: path });
      expect(plan).toMatchObject({ seed: "file", profile: "lab", creationTime: null, firstSlot: 0, accounts: 5 });
      expect(plan.validators).toEqual([{ stake: 7n * 10n ** 9n, commission: 2.5 }]);
      expect(plan.params).toMatchObject({ slotsPerEpoch: 64, slotDurationMs: 50, blockhashTtl: 1200 });
      const flags = { seed: "mine", slotsPerEpoch: 32, genesisTime: 9, firstSlot: 5 };
      const changed = planNetwork({ genesis: path, ...flags });
      expect(changed).toMatchObject({ seed: "mine", creationTime: 9, firstSlot: 5 });
      expect(changed.params).toMatchObject({ slotsPerEpoch: 32, slotDurationMs: 50 });
    });

    it("takes no flag that says what the file says, and tells where a file is wrong", () => {
      expect(() => planNetwork({ genesis: path, validators: 3 })).toThrow("both --genesis and --validators are given");
      expect(() => planNetwork({ genesis: path, profile: "lab" })).toThrow("--profile");
      const wrong = (name: string, text: string) => () => planNetwork({ genesis: genesisFile(name, text) });
      expect(wrong("a", "validators: [{ stake: -1 }]")).toThrow(/at validators.0.stake\).*an amount is SOL/);
      expect(wrong("b", "validators: [{ stake: 1 }]\nparams: { slotsPerEpoch: 3 }")).toThrow(/params.slotsPerEpoch/);
      expect(wrong("c", "validators: [{ stake: 1")).toThrow(UsageError);
      expect(wrong("d", "hello")).toThrow(/cannot be used/);
    });
  });
});
