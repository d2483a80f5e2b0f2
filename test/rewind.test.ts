import { afterAll, describe, expect, it } from "vitest";
import { createDevnet, type Devnet } from "../src/host/devnet.ts";
import { type Fault, strategyNames } from "../src/sim/faults.ts";
import { advance, createTestCluster, type TestCluster, transferOf } from "./support/clusters.ts";

const rough = { latencyMs: [5, 150], lossBps: 500, duplicateBps: 300, reorderBps: 300, bandwidth: 500 } as const;

/** Everything that can be under way: messages, a partition, a crash, a clock, a Byzantine leader, transactions. */
function disturb({ cluster, network }: TestCluster): void {
  const [from, to] = network.accounts;
  const transfer = (lamports: bigint) => {
    cluster.submit([transferOf(from!, to!.address, lamports, cluster.observing.consensus.head().bank.blockhash)]);
  };
  const faults: readonly Fault[] = [
    { type: "link", from: null, to: null, conditions: rough },
    { type: "misbehave", validator: 4, strategy: "equivocate" },
    { type: "clock", validator: 1, offsetMs: 40, driftPpm: 3000 },
    { type: "slow", validator: 2, delayMs: 30 },
    { type: "kill", validator: 3, disk: "torn" },
    {
      type: "partition",
      groups: [
        [0, 1],
        [2, 4],
      ],
    },
  ];
  for (const [index, fault] of faults.entries()) {
    expect(cluster.inject(fault)).toBeNull();
    transfer(BigInt(index + 1));
    advance(cluster, 2);
  }
}

const standingOf = ({ cluster }: TestCluster) => ({
  trace: cluster.traceHash,
  heads: cluster.nodes.map(({ validator }) => validator.consensus.head().blockId),
  towers: cluster.nodes.map(({ validator }) => validator.tower),
  timeline: [...cluster.timeline],
});

describe("a cluster put back to a snapshot", () => {
  it.each([true, false])(
    "goes on bit by bit as the first time, faults and messages under way (shared work: %s)",
    (sharedWork) => {
      const test = createTestCluster({ stakes: [3n, 3n, 2n, 2n, 1n], sharedWork, params: { slotsPerEpoch: 32 } });
      const { cluster } = test;
      advance(cluster, 26);
      disturb(test);
      const snapshot = cluster.capture();
      const before = standingOf(test);
      const goOn = () => {
        advance(cluster, 6);
        cluster.inject({ type: "heal" });
        cluster.inject({ type: "restart", validator: 3 });
        advance(cluster, 24);
        return standingOf(test);
      };
      const first = goOn();
      expect(first.trace).not.toBe(before.trace);
      for (let again = 0; again < 2; again++) {
        cluster.restore(snapshot);
        expect(standingOf(test)).toEqual(before);
        expect(goOn()).toEqual(first);
      }
    },
  );

  it.each(strategyNames)("repeats what a validator does that has learnt to %s", (strategy) => {
    const test = createTestCluster({ stakes: [3n, 3n, 3n, 1n], conditions: { latencyMs: [1, 60] } });
    test.cluster.inject({ type: "misbehave", validator: 3, strategy });
    advance(test.cluster, 15);
    const snapshot = test.cluster.capture();
    advance(test.cluster, 15);
    const first = standingOf(test);
    test.cluster.restore(snapshot);
    advance(test.cluster, 15);
    expect(standingOf(test)).toEqual(first);
  });

  it("takes another way when other faults come", () => {
    const test = createTestCluster({ stakes: [3n, 2n, 2n] });
    advance(test.cluster, 10);
    const snapshot = test.cluster.capture();
    advance(test.cluster, 10);
    const first = standingOf(test);
    test.cluster.restore(snapshot);
    test.cluster.inject({ type: "kill", validator: 1 });
    advance(test.cluster, 10);
    expect(standingOf(test).trace).not.toBe(first.trace);
  });
});

describe("a devnet", () => {
  const devnets: Devnet[] = [];
  afterAll(() => Promise.all(devnets.map((devnet) => devnet.close())));
  const params = { slotsPerEpoch: 32, hashesPerTick: 4, ticksPerSlot: 2 };
  const start = (options: Parameters<typeof createDevnet>[0] = {}) => {
    const devnet = createDevnet({ validators: 4, accounts: 2, params, ...options });
    devnets.push(devnet);
    return devnet;
  };
  const ask = (devnet: Devnet, method: string, ...given: unknown[]) =>
    JSON.parse(devnet.rpc.callText(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: given })) ?? "null");

  /** What clients can see, a block's worth of it. */
  function answersOf(devnet: Devnet) {
    const { address } = devnet.accounts[0]!;
    const slot = ask(devnet, "getSlot", { commitment: "processed" }).result;
    return [
      ["getSlot", { commitment: "finalized" }],
      ["getBlocks", 1, slot, { commitment: "confirmed" }],
      [
        "getBlock",
        slot - 20,
        { transactionDetails: "signatures", maxSupportedTransactionVersion: 0, commitment: "confirmed" },
      ],
      ["getVoteAccounts"],
      ["getBalance", address],
      ["getSignaturesForAddress", address],
      ["getLatestBlockhash"],
      ["getTransactionCount", { commitment: "processed" }],
      ["getBlockProduction"],
    ].map(([method, ...given]) => ask(devnet, method as string, ...given));
  }

  it("answers from the reverted state at once, and the same afterwards as the first time", async () => {
    const devnet = start();
    await devnet.advanceSlots(40);
    const { address } = devnet.accounts[0]!;
    expect(ask(devnet, "requestAirdrop", address, 7_000_000_000).error).toBeUndefined();
    const { id, slot } = devnet.snapshot();
    const before = answersOf(devnet);
    await devnet.advanceSlots(50);
    const first = [devnet.traceHash, answersOf(devnet)];
    expect(devnet.revert(id)).toEqual({ id, slot, epoch: 1 });
    expect(devnet.slot).toBe(slot);
    expect(answersOf(devnet)).toEqual(before);
    await devnet.advanceSlots(50);
    expect([devnet.traceHash, answersOf(devnet)]).toEqual(first);
    expect(devnet.verify().ok).toBe(true);
  });

  it("keeps snapshots to be reverted to in any order, as often as one likes, until they are dropped", async () => {
    const devnet = start();
    const traces: string[] = [];
    for (let n = 1; n <= 3; n++) {
      await devnet.advanceSlots(5);
      expect(devnet.snapshot().id).toBe(n);
      traces.push(devnet.traceHash);
    }
    for (const id of [2, 1, 3, 1, 2]) {
      devnet.revert(id);
      expect(devnet.traceHash).toBe(traces[id - 1]);
      await devnet.advanceSlots(3);
    }
    expect(devnet.snapshots.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect([devnet.dropSnapshot(2), devnet.dropSnapshot(2)]).toEqual([true, false]);
    expect(() => devnet.revert(2)).toThrow("there is no snapshot 2");
    for (let n = 4; n <= 66; n++) devnet.snapshot();
    expect(devnet.snapshots).toHaveLength(64);
    expect(devnet.snapshots[0]!.id).toBe(3);
    devnet.snapshot();
    expect(devnet.snapshots[0]!.id).toBe(4);
  });

  it("goes on from a dump, in whichever process, as it would have gone on itself", async () => {
    const devnet = start({ seed: "dump" });
    await devnet.advanceSlots(45);
    devnet.inject({
      type: "partition",
      groups: [
        [0, 1],
        [2, 3],
      ],
    });
    await devnet.advanceSlots(9);
    const bytes = devnet.dump();
    await devnet.advanceSlots(30);
    const again = createDevnet({ load: bytes });
    devnets.push(again);
    expect([again.slot, again.seed]).toEqual([54, "dump"]);
    const next = again.snapshot();
    await again.advanceSlots(30);
    expect(again.traceHash).toBe(devnet.traceHash);
    expect(answersOf(again)).toEqual(answersOf(devnet));
    expect(again.verify().ok).toBe(true);
    again.revert(next.id);
    expect(again.slot).toBe(54);
  });
});
