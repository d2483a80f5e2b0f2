import { describe, expect, it } from "vitest";
import type { Bank } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import { type ChainParams, createParams } from "../chain/params.ts";
import { nodeHashes, nodeSignatures } from "../host/node-crypto.ts";
import { Cluster } from "./cluster.ts";
import { computeRotations } from "./fairness.ts";
import { createNetwork } from "./network.ts";
import { type RunStatistics, recordStatistics } from "./run-statistics.ts";
import { wilsonInterval } from "./statistics.ts";

// 34 slots: no multiple of a rotation, so that the last one of each epoch is cut short.
const slotsPerEpoch = 34;

type Run = {
  readonly statistics: RunStatistics;
  readonly cluster: Cluster;
  readonly settled: readonly { readonly block: Block; readonly bank: Bank }[];
};

function run(stakes: readonly bigint[], slots: number, before: (cluster: Cluster, slot: number) => void): Run {
  const params = createParams("lab", { slotsPerEpoch, ticksPerSlot: 2, hashesPerTick: 8 });
  if (!params.ok) throw new Error("params");
  return runWith(params.value, stakes, slots, before);
}

function runWith(params: ChainParams, stakes: readonly bigint[], slots: number, before: Parameters<typeof run>[2]) {
  const signatures = nodeSignatures.ed25519;
  const validators = stakes.map((stake) => ({ stake: stake * 10n ** 9n }));
  const plan = { seed: "statistics", creationTime: 1, accounts: 0, accountLamports: 1n, params, validators };
  const network = createNetwork(plan, signatures);
  if (!network.ok) throw new Error(network.code);
  const cluster = new Cluster({ network: network.value, crypto: { signatures, ...nodeHashes }, seed: "statistics" });
  const settled: { block: Block; bank: Bank }[] = [];
  const recorder = recordStatistics(cluster, { onSettled: (block, bank) => void settled.push({ block, bank }) });
  for (let slot = 1; slot <= slots; slot++) {
    before(cluster, slot);
    cluster.advanceSlot();
  }
  return { statistics: recorder.finish(), cluster, settled };
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

describe("statistics of a run where nothing goes wrong", () => {
  const { statistics, cluster, settled } = run([4000n, 3000n, 2000n], 140, () => {});
  const { validators } = statistics;

  it("sees the settled chain whole, in order", () => {
    expect(settled.length).toBe(140);
    for (const [index, { block, bank }] of settled.entries()) {
      expect(block.parentId).toBe(index === 0 ? cluster.chain.genesisHash : settled[index - 1]!.block.blockId);
      expect(bank.blockId).toBe(block.blockId);
    }
    expect(statistics.skipped).toEqual({ count: 0, of: 140, rate: 0, interval: wilsonInterval(0, 140) });
    expect([statistics.forks, statistics.reorgDepth.count, statistics.votesHeld]).toEqual([0, 0, {}]);
  });

  it("counts the rotations that the leaders of the blocks give", () => {
    const { genesis } = cluster.chain;
    const voteOf = new Map(genesis.validators.map(({ identity, voteAccount }) => [identity, voteAccount]));
    // Genesis leads nothing; its rotation goes on in slot 1.
    const leaders = [settled[0]!, ...settled].map(({ block }) => voteOf.get(block.leader)!);
    const rotations = [0, 1, 2, 3, 4].flatMap((epoch) =>
      computeRotations(leaders.slice(epoch * slotsPerEpoch, (epoch + 1) * slotsPerEpoch), 4),
    );
    expect(statistics.fairness.rotations).toBe(rotations.length);
    for (const { voteAccount, observedRotations, leaderSlots, blocks } of validators) {
      expect(observedRotations).toBe(rotations.filter((leader) => leader === voteAccount).length);
      expect(leaderSlots).toBe(leaders.slice(1).filter((leader) => leader === voteAccount).length);
      expect(blocks).toBe(leaderSlots);
    }
    expect(sumOf(validators.map(({ expectedRotations }) => expectedRotations))).toBeCloseTo(rotations.length, 9);
  });

  it("knows the latency of every vote: one slot on links that take no time", () => {
    const votes = sumOf(validators.map(({ voteLatency }) => voteLatency.count));
    expect(statistics.voteLatency.count).toBe(votes);
    // Three validators voted for every block but the last, whose votes nobody has packed yet.
    expect(votes).toBe(3 * 139);
    expect(statistics.voteLatency.counts).toEqual([[1, votes]]);
    for (const { credits } of validators) {
      // A vote earns 16 credits when it is rooted: 31 of the 139 that landed still stand.
      expect(credits).toBe(16 * (139 - 31));
    }
  });

  it("knows the finality lag: roots are 31 votes deep, and the observer looks a slot later", () => {
    // It looks at the beginning of a slot: what became final in the last one is not counted yet.
    const count = cluster.observing.consensus.finalized().slot - 1;
    expect(statistics.finalityLag).toMatchObject({ count, mean: 32, meanInterval: [32, 32], counts: [[32, count]] });
  });

  it("adds up what was earned to what the chain minted and the fees that were not burned", () => {
    const { supply } = cluster.observing.consensus.head().bank;
    const fees = settled.flatMap(({ bank }) => bank.rewards).filter(({ type }) => type === "fee");
    const paidFees = fees.reduce((sum, { lamports }) => sum + lamports, 0n);
    const earned = validators.reduce((sum, each) => sum + BigInt(each.earned) + BigInt(each.earnedByStakes), 0n);
    expect(supply.minted).toBeGreaterThan(0n);
    expect(earned).toBe(supply.minted + paidFees);
  });

  it("measures concentration of what it lists", () => {
    // 4/9 exceeds a third; 4/9 + 3/9 exceeds two thirds. Rewards change the stakes by little.
    expect(statistics.concentration.stake).toMatchObject({ holders: 3, nakamoto: { oneThird: 1, twoThirds: 2 } });
    expect(statistics.concentration.stake!.hhi).toBeCloseTo((16 + 9 + 4) / 81, 3);
    const slots = validators.map(({ leaderSlots }) => leaderSlots / 140);
    expect(statistics.concentration.leadership!.hhi).toBeCloseTo(sumOf(slots.map((share) => share * share)), 12);
    expect(statistics.concentration.rewards).toMatchObject({ holders: 3 });
  });

  it("is plain data", () => {
    expect(JSON.parse(JSON.stringify(statistics))).toEqual(statistics);
  });
});

describe("statistics of a run with faults", () => {
  it("holds what an offline validator missed against it alone, with intervals that hold together", () => {
    const { statistics } = run([4000n, 3000n, 1000n], 120, (cluster, slot) => {
      if (slot === 1) cluster.setOnline(2, false);
    });
    const [first, second, absent] = statistics.validators;
    expect([first!.skipped.count, second!.skipped.count]).toEqual([0, 0]);
    const { leaderSlots, blocks, skipped, voteLatency, credits, earned } = absent!;
    expect(leaderSlots).toBeGreaterThan(0);
    expect([blocks, skipped.count, skipped.of, skipped.rate]).toEqual([0, leaderSlots, leaderSlots, 1]);
    expect(skipped.interval).toEqual(wilsonInterval(leaderSlots, leaderSlots, 0.95, 3));
    expect(statistics.skipped.count).toBe(leaderSlots);
    expect([voteLatency.count, credits, earned]).toEqual([0, 0, "0"]);
  });

  it("counts forks, reorganisations and votes held back when a partition heals", () => {
    const { statistics, cluster, settled } = run([3000n, 3000n, 3000n, 3000n], 400, (at, slot) => {
      if (slot === 40)
        at.inject({
          type: "partition",
          groups: [
            [0, 1],
            [2, 3],
          ],
        });
      if (slot === 60) at.inject({ type: "heal" });
    });
    expect(statistics.forks).toBeGreaterThan(0);
    expect(sumOf(Object.values(statistics.votesHeld))).toBeGreaterThan(0);
    // Nothing was final while no side had two thirds: the lag of a block before the partition shows it.
    expect(statistics.finalityLag.max).toBeGreaterThan(32 + 20);
    const { bank: head } = cluster.observing.consensus.head();
    expect(settled.length).toBe(head.height);
    expect(statistics.skipped.count).toBe(400 - head.height);
    const missed = sumOf(statistics.validators.map(({ skipped }) => skipped.count));
    expect(missed).toBe(statistics.skipped.count);
    expect(sumOf(statistics.validators.map(({ leaderSlots }) => leaderSlots))).toBe(400);
  });
});
