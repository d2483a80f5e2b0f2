import { describe, expect, it } from "vitest";
import { createDevnet, DevnetError, type DevnetOptions } from "./devnet.ts";

const genesis = {
  params: { slotsPerEpoch: 32, ticksPerSlot: 1, hashesPerTick: 2 },
  seed: "of the file",
  accounts: [{ name: "alice", sol: 500 }],
  validators: [
    { name: "north", stake: 4000, commission: 7.5 },
    { name: "asleep", stake: 10, status: "delinquent" as const },
    { name: "bad", stake: 10, status: "jailed" as const, jailedUntilEpoch: 3 },
  ],
  stakeAccounts: [{ validator: "north", stake: 250.5, state: "activating" as const, staker: "alice" }],
};

async function resultOf(devnet: ReturnType<typeof createDevnet>, method: string, ...params: unknown[]) {
  const answer = await devnet.rpcTransport<{ result: unknown }>({ payload: { jsonrpc: "2.0", id: 1, method, params } });
  return answer.result as Record<string, unknown>;
}

describe("a devnet from a genesis file", () => {
  it("begins as the file says", async () => {
    const devnet = createDevnet({ genesis });
    expect([devnet.seed, devnet.validators.length, devnet.accounts.length]).toEqual(["of the file", 3, 1]);
    await devnet.advanceEpochs(2);
    const bank = devnet.view.bank("confirmed");
    const counted = bank.stakeTables.get(bank.epoch)!;
    const [north, asleep, bad] = devnet.validators.map(({ voteAccount }) => counted.byVoteAccount.get(voteAccount));
    expect(bad).toBeUndefined();
    expect(north!.stake > 4250n * 10n ** 9n && asleep!.stake >= 10n * 10n ** 9n).toBe(true);
    await devnet.close();
  });

  it("does not run who is delinquent", async () => {
    const devnet = createDevnet({ genesis, params: { delinquentSlotDistance: 8 } });
    await devnet.advanceSlots(20);
    const config = { commitment: "confirmed", keepUnstakedDelinquents: true };
    const answer = await resultOf(devnet, "getVoteAccounts", config);
    const { current, delinquent } = answer as Record<string, { nodePubkey: string }[]>;
    const nodes = (list: { nodePubkey: string }[]) => list.map(({ nodePubkey }) => nodePubkey);
    const [north, asleep, bad] = devnet.validators.map(({ identity }) => identity.address);
    // Who is jailed has no stake that counts, and so no votes to cast.
    expect(nodes(delinquent!).sort()).toEqual([asleep, bad].sort());
    expect(nodes(current!)).toEqual([north]);
    await devnet.close();
  });

  it("lets seed, params, time and first slot be laid over it", () => {
    const devnet = createDevnet({
      genesis,
      seed: "mine",
      params: { slotsPerEpoch: 64 },
      creationTime: 7,
      firstSlot: 128,
    });
    expect(devnet.seed).toBe("mine");
    expect(devnet.genesis).toMatchObject({
      creationTime: 7,
      firstSlot: 128,
      params: { slotsPerEpoch: 64, ticksPerSlot: 1 },
    });
  });

  it("does not take what contradicts it, or makes no sense", () => {
    const facts = (options: DevnetOptions) => {
      try {
        createDevnet(options);
      } catch (error) {
        if (error instanceof DevnetError) return error.refusal.facts;
      }
      return null;
    };
    for (const field of ["validators", "accounts"] as const)
      expect(facts({ genesis, [field]: 2 })).toMatchObject({
        field,
        problem: expect.stringContaining("genesis file says it"),
      });
    expect(facts({ genesis, profile: "solana" })).toMatchObject({ field: "profile" });
    expect(facts({ genesis: [] as never })).toMatchObject({ field: "genesis" });
    expect(facts({ genesis: { validators: [] } })).toMatchObject({ at: "validators" });
    const { validators } = genesis;
    expect(facts({ genesis: { ...genesis, params: { slashing: false } } })).toMatchObject({
      problem: expect.stringContaining("does not slash"),
    });
    expect(facts({ genesis: { validators: [validators[2]!] } })).toEqual({
      at: "validators",
      problem: expect.stringContaining("nobody is left to lead"),
    });
  });
});
