import { afterEach, describe, expect, it } from "vitest";
import { accountAt } from "../src/chain/accounts-tree.ts";
import type { Hash } from "../src/chain/ids.ts";
import { verifyChain } from "../src/chain/verify-chain.ts";
import { nodeSignatures } from "../src/host/node-crypto.ts";
import type { ClusterNode } from "../src/sim/cluster.ts";
import { readTower } from "../src/sim/disk.ts";
import {
  advance,
  canonicalChain,
  createTestCluster,
  type TestCluster,
  testCrypto,
  transferOf,
} from "./support/clusters.ts";

function verified(test: TestCluster) {
  const blocks = canonicalChain(test);
  const result = verifyChain({ genesis: test.network.genesis, crypto: testCrypto, blocks });
  if (!result.ok) throw new Error(`${result.code} at ${result.index}`);
  return result;
}

const headOf = (node: ClusterNode) => node.validator.consensus.head();
const lastVoteOf = (node: ClusterNode) => node.validator.tower.votes.at(-1)?.slot;

/** All nodes' roots lie on the observer's chain, so that they have finalized one history, and all have moved past `slot`. */
function expectOneHistory(test: TestCluster, slot: number) {
  const ids = new Set(canonicalChain(test).map(({ blockId }) => blockId));
  for (const { validator } of test.cluster.nodes) {
    expect(validator.tree.root.slot).toBeGreaterThan(slot);
    expect(ids).toContain(validator.tree.root.blockId);
  }
}

describe("a run", () => {
  const original = { now: Date.now, random: Math.random, performanceNow: performance.now };

  afterEach(() => {
    Date.now = original.now;
    Math.random = original.random;
    performance.now = original.performanceNow;
  });

  function run(seed: string, sharedWork: boolean) {
    const test = createTestCluster({ seed, stakes: [3n, 2n, 2n], sharedWork });
    const [from, to] = test.network.accounts;
    advance(test.cluster, 5);
    const { blockhash } = test.cluster.observing.consensus.head().bank;
    test.cluster.submit([transferOf(from!, to!.address, 5n, blockhash)]);
    test.cluster.setOnline(1, false);
    advance(test.cluster, 10);
    test.cluster.setOnline(1, true);
    advance(test.cluster, 10);
    const { bank } = test.cluster.observing.consensus.head();
    return { blockId: bank.blockId, stateHash: bank.stateHash, trace: test.cluster.traceHash };
  }

  it("comes out the same from the same seed, with shared work and without, and reads no clock and no ambient randomness", () => {
    const first = run("one", true);
    const trap = () => {
      throw new Error("the ambient world was asked");
    };
    // Timers of the test runner may fire only between the runs: a run is synchronous.
    [Date.now, Math.random, performance.now] = [trap, trap, trap];
    const again = run("one", true);
    const alone = run("one", false);
    [Date.now, Math.random, performance.now] = [original.now, original.random, original.performanceNow];
    expect(again).toEqual(first);
    expect(alone).toEqual(first);
    expect(run("two", true).trace).not.toBe(first.trace);
  });
});

describe("the trace", () => {
  const traceOf = (slow: number, act: (test: TestCluster) => void = () => {}) => {
    const test = createTestCluster({ stakes: [3n, 2n, 2n, 2n], conditions: { latencyMs: [3, 3] } });
    test.cluster.inject({ type: "link", from: null, to: slow, both: false, conditions: { latencyMs: [7, 7] } });
    advance(test.cluster, 3);
    act(test);
    return { trace: test.cluster.traceHash, head: headOf(test.cluster.nodes[0]!).blockId };
  };

  it("tells which nodes a message reached when, not how many", () => {
    const [second, third] = [traceOf(1), traceOf(2)];
    expect(second.trace).not.toBe(third.trace);
    expect(traceOf(1)).toEqual(second);
  });

  it("tells what clients sent, refused or not, and who went and came", () => {
    const stale = ({ cluster, network }: TestCluster) => {
      const [from, to] = network.accounts;
      const transaction = transferOf(from!, to!.address, 1n, network.genesis.accounts[0]![0] as unknown as Hash);
      expect(cluster.submit([transaction]).size).toBe(1);
    };
    const nap = ({ cluster }: TestCluster) => {
      cluster.setOnline(1, false);
      cluster.setOnline(1, true);
    };
    const runs = [traceOf(1), traceOf(1, stale), traceOf(1, nap)];
    expect(new Set(runs.map(({ trace }) => trace)).size).toBe(3);
    expect(new Set(runs.map(({ head }) => head)).size).toBe(1);
  });
});

describe("profile tutorial", () => {
  it("signs with secp256k1 from end to end: blocks, votes and a transfer land, and the chain verifies", () => {
    const signatures = nodeSignatures.secp256k1;
    const crypto = { ...testCrypto, signatures };
    const test = createTestCluster({ profile: "tutorial", stakes: [3n, 2n], signatures, crypto });
    const { cluster, network } = test;
    const [from, to] = network.accounts;
    const balance = () => accountAt(cluster.observing.consensus.head().bank.accounts, to!.address)!.lamports;
    const before = balance();
    advance(cluster, 2);
    const { blockhash } = cluster.observing.consensus.head().bank;
    const transaction = transferOf(from!, to!.address, 7n, blockhash, signatures);
    expect(cluster.submit([transaction])).toEqual(new Map());
    advance(cluster, 6);
    expect(balance()).toBe(before + 7n);
    expect(network.genesis.params).toMatchObject({ signatureScheme: "secp256k1", leaderPolicy: "tutorial" });
    const blocks = canonicalChain(test);
    // Without a scheme handed in, the verifier takes the portable one that genesis names.
    const verified = verifyChain({ genesis: network.genesis, blocks });
    expect(verified).toMatchObject({ ok: true, blocks: 8, transactions: verified.ok ? verified.votes + 1 : 0 });
    expect(verifyChain({ genesis: network.genesis, crypto: testCrypto, blocks })).toMatchObject({
      ok: false,
      index: 0,
      code: "block-signature-invalid",
    });
  });
});

describe("a validator off the network", () => {
  it("loses its slots only; back after a short and after a long sleep it catches up and votes on, with the tower it had", () => {
    const test = createTestCluster({ stakes: [3n, 2n, 2n, 2n] });
    const { cluster } = test;
    const sleeper = cluster.nodes[2]!;
    advance(cluster, 20);
    for (const sleep of [15, 80]) {
      const { tower } = sleeper.validator;
      cluster.setOnline(2, false);
      advance(cluster, sleep);
      expect(readTower(sleeper.disk)).toEqual(tower);
      expect(headOf(sleeper).slot).toBeLessThan(cluster.slot - sleep + 2);
      cluster.setOnline(2, true);
      expect(sleeper.validator.tower).toEqual(tower);
      advance(cluster, 8);
      expect(headOf(sleeper)).toMatchObject({ blockId: headOf(cluster.nodes[0]!).blockId });
      expect(lastVoteOf(sleeper)).toBe(headOf(sleeper).slot);
      expect(sleeper.validator.orphans.size).toBe(0);
      advance(cluster, 30);
    }
    const { skippedSlots, blocks } = verified(test);
    expect(skippedSlots).toBeGreaterThan(0);
    expect(blocks + skippedSlots).toBe(cluster.slot);
    expectOneHistory(test, 100);
    const leaders = new Set(
      canonicalChain(test)
        .slice(-40)
        .map(({ leader }) => leader),
    );
    expect(leaders).toContain(sleeper.validator.identity.address);
  });

  it("with a third of the stake stops finality while it is away, and finality goes on when it returns", () => {
    const test = createTestCluster({ stakes: [2n, 2n, 2n] });
    const { cluster } = test;
    const finalized = () => cluster.observing.consensus.finalized().slot;
    advance(cluster, 45);
    const before = finalized();
    expect(before).toBeGreaterThan(0);
    cluster.setOnline(0, false);
    const confirmed = cluster.observing.consensus.confirmed().slot;
    advance(cluster, 90);
    expect(finalized()).toBe(before);
    expect(cluster.observing.consensus.confirmed().slot).toBe(confirmed);
    expect(headOf(cluster.nodes[1]!).slot).toBeGreaterThan(100);
    cluster.setOnline(0, true);
    advance(cluster, 60);
    expect(finalized()).toBeGreaterThan(140);
    verified(test);
    expectOneHistory(test, 140);
  });
});

describe("links", () => {
  it.each([0.5, -1, Number.NaN, Number.POSITIVE_INFINITY])("take whole milliseconds, not %d", (delay) => {
    const conditions = { latencyMs: [delay, delay] } as const;
    expect(() => createTestCluster({ stakes: [1n], conditions })).toThrow(/cannot be/);
  });

  it("of 30 ms and of more than a slot still lead to one finalized history", () => {
    const test = createTestCluster({ seed: "delays", stakes: [3n, 2n, 2n, 1n], conditions: { latencyMs: [30, 30] } });
    for (const [from, to] of [
      [0, 2],
      [0, 4],
      [2, 4],
      [1, 3],
    ] as const) {
      test.cluster.inject({ type: "link", from, to, conditions: { latencyMs: [170, 170] } });
    }
    advance(test.cluster, 120);
    verified(test);
    expectOneHistory(test, 25);
  });

  it("that lose everything between some, or every twentieth message between all, cost no block for good", () => {
    // How soon roots come is a matter of who leads when: here leaders hang on nothing but the validators' keys.
    const params = { leaderPolicy: "solana" } as const;
    const conditions = { latencyMs: [5, 5] } as const;
    const first = createTestCluster({ seed: "s0", params, stakes: [3n, 2n, 2n, 1n], conditions });
    first.cluster.inject({ type: "link", from: 0, to: 1, conditions: { cut: true } });
    first.cluster.inject({ type: "link", from: 0, to: 3, both: false, conditions: { cut: true } });
    advance(first.cluster, 250);
    verified(first);
    expectOneHistory(first, 150);

    const lossy = { latencyMs: [20, 20], lossBps: 500 } as const;
    const second = createTestCluster({ stakes: [3n, 2n, 2n, 1n], conditions: lossy });
    advance(second.cluster, 250);
    verified(second);
    expectOneHistory(second, 100);
    for (const { validator } of second.cluster.nodes) expect(validator.orphans.size).toBeLessThan(4);
  });
});

describe("transfers", () => {
  it("land exactly once, across skipped slots and a leader that slept, and the balances are right", () => {
    const test = createTestCluster({ stakes: [3n, 2n, 2n], accounts: 2 });
    const { cluster, network } = test;
    const [from, to] = network.accounts;
    const balanceOf = (address: typeof to) =>
      accountAt(cluster.observing.consensus.head().bank.accounts, address!.address)?.lamports ?? 0n;
    const before = [balanceOf(from), balanceOf(to)];
    const signatures = new Set<string>();
    const amounts = Array.from({ length: 12 }, (_, index) => BigInt(index + 1));
    cluster.setOnline(0, false);
    for (const amount of amounts) {
      const { blockhash } = cluster.observing.consensus.head().bank;
      const transaction = transferOf(from!, to!.address, amount, blockhash);
      signatures.add(transaction.signature);
      expect(cluster.submit([transaction])).toEqual(new Map());
      expect([...cluster.submit([transaction]).values()]).toMatchObject([{ code: "mempool-duplicate" }]);
      advance(cluster, 3);
    }
    cluster.setOnline(0, true);
    advance(cluster, 60);
    const landed = canonicalChain(test)
      .flatMap(({ entries }) => entries.flatMap(({ transactions }) => transactions))
      .map(({ signature }) => signature)
      .filter((signature) => signatures.has(signature));
    expect(landed.length).toBe(amounts.length);
    expect(new Set(landed).size).toBe(amounts.length);
    const sum = amounts.reduce((total, amount) => total + amount, 0n);
    expect([balanceOf(from), balanceOf(to)]).toEqual([before[0]! - sum - 5000n * 12n, before[1]! + sum]);
    expect(verified(test).skippedSlots).toBeGreaterThan(0);
    const dropped = test.seen.reports.filter(({ report }) => report.type === "transaction-dropped");
    expect(dropped).toEqual([]);
    expect(cluster.observing.mempool.entries.length).toBe(0);
  });

  it("reach a lone validator that slept when they were sent", () => {
    const test = createTestCluster({ stakes: [1n] });
    const { cluster, network } = test;
    const [from, to] = network.accounts;
    advance(cluster, 3);
    cluster.setOnline(0, false);
    const transaction = transferOf(from!, to!.address, 1n, cluster.observing.consensus.head().bank.blockhash);
    cluster.submit([transaction]);
    advance(cluster, 4);
    cluster.setOnline(0, true);
    advance(cluster, 6);
    const landed = canonicalChain(test).flatMap(({ entries }) => entries.flatMap(({ transactions }) => transactions));
    expect(landed.map(({ signature }) => signature)).toContain(transaction.signature);
  });
});

describe("many", () => {
  it("64 validators keep 100 slots in little memory, each block replayed once for all", () => {
    const test = createTestCluster({ stakes: Array.from({ length: 64 }, (_, index) => BigInt(index + 1)) });
    advance(test.cluster, 100);
    for (const { validator } of test.cluster.nodes) {
      expect(validator.consensus.head().slot).toBe(100);
      expect(validator.tree.nodes.size).toBeLessThanOrEqual(40);
      expect(validator.orphans.size).toBe(0);
      // The very same bank: nobody executed the block for himself.
      expect(validator.consensus.head().bank).toBe(test.cluster.observing.consensus.head().bank);
    }
  });
});
