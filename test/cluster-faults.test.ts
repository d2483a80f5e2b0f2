import { describe, expect, it } from "vitest";
import { AssertionError } from "../src/base/assert.ts";
import { findLockoutViolation } from "../src/chain/slashing/lockout-violation.ts";
import type { Vote } from "../src/consensus/vote.ts";
import { createDevnet } from "../src/host/devnet.ts";
import type { Cluster, ClusterSnapshot } from "../src/sim/cluster.ts";
import { decodeRecord, readTower } from "../src/sim/disk.ts";
import { type Fault, strategyNames } from "../src/sim/faults.ts";
import { waitingMax } from "../src/sim/run.ts";
import { streamNames } from "../src/sim/world.ts";
import { advance, createTestCluster } from "./support/clusters.ts";

const headOf = (cluster: Cluster, index: number) => cluster.nodes[index]!.validator.consensus.head();
const slotMs = 100;

function must(cluster: Cluster, fault: Fault): void {
  expect(cluster.inject(fault)).toBeNull();
}

/** All votes that a node speaks from now on. */
function votesOf(cluster: Cluster, index: number): Vote[] {
  const votes: Vote[] = [];
  cluster.listen({
    onEffect: (node, effect) => {
      if (node === index && effect.type === "broadcast-vote") votes.push(effect.vote);
    },
  });
  return votes;
}

/** Pairs of votes that no tower can have cast. */
function violationsIn(votes: readonly Vote[]): number {
  let violations = 0;
  for (const [index, a] of votes.entries()) {
    for (const b of votes.slice(index + 1)) {
      const shown = ({ tower, blockId }: Vote) => ({ ...tower, blockId });
      if (findLockoutViolation(shown(a), shown(b)) !== null) violations++;
    }
  }
  return violations;
}

describe("a validator that is killed", () => {
  it("and restarted goes on from its disk: root, blocks and tower, in a new life", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n, 2n] });
    advance(cluster, 60);
    const node = cluster.nodes[1]!;
    const { tower, tree } = node.validator;
    must(cluster, { type: "kill", validator: 1 });
    expect([node.online, node.lives]).toEqual([false, 1]);
    expect(cluster.inject({ type: "kill", validator: 1 })).toMatchObject({ code: "validator-down" });
    must(cluster, { type: "restart", validator: 1 });
    expect([node.online, node.lives]).toEqual([true, 2]);
    expect(node.validator.tree).not.toBe(tree);
    expect(node.validator.tree.root.blockId).toBe(tree.root.blockId);
    expect(node.validator.tower).toEqual(tower);
    cluster.advanceSlot();
    expect(headOf(cluster, 1).blockId).toBe(headOf(cluster, 0).blockId);
    for (const id of tree.nodes.keys()) {
      if (tree.nodes.get(id)!.slot > node.validator.tree.root.slot)
        expect(node.validator.tree.nodes.has(id)).toBe(true);
    }
  });

  it("hears nothing that was on its way, and does nothing that it had put off", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n, 2n], conditions: { latencyMs: [30, 30] } });
    advance(cluster, 3);
    must(cluster, { type: "slow", validator: 1, delayMs: 150 });
    cluster.advanceSlot();
    expect(cluster.nodes[1]!.waiting.length).toBeGreaterThan(0);
    must(cluster, { type: "kill", validator: 1 });
    const busy: number[] = [];
    const stop = cluster.listen({ onInput: (node) => busy.push(node), onEffect: (node) => busy.push(node) });
    advance(cluster, 4);
    expect([busy.includes(0), busy.includes(1), cluster.nodes[1]!.waiting.length]).toEqual([true, false, 0]);
    stop();
    must(cluster, { type: "slow", validator: 1, delayMs: 0 });
    must(cluster, { type: "restart", validator: 1 });
    advance(cluster, 8);
    expect(headOf(cluster, 1).blockId).toBe(headOf(cluster, 0).blockId);
  });

  it("while it writes has spoken nothing that the disk forgot, and never votes against itself, over forty lives", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n, 2n], conditions: { latencyMs: [1, 30] } });
    const node = cluster.nodes[1]!;
    const votes = votesOf(cluster, 1);
    const ends = { torn: 0, unspoken: 0, spoken: 0 };
    for (let life = 1; life <= 40; life++) {
      advance(cluster, 4);
      must(cluster, { type: "kill", validator: 1, disk: "torn" });
      expect([node.online, node.dying]).toEqual([true, "torn"]);
      expect(cluster.inject({ type: "kill", validator: 1 })).toMatchObject({ code: "validator-down" });
      advance(cluster, 2);
      expect([node.online, node.dying]).toEqual([false, null]);
      const saved = readTower(node.disk)!.votes.at(-1)!;
      const spoken = votes.at(-1)!;
      expect(saved.slot).toBeGreaterThanOrEqual(spoken.slot);
      if (node.disk.places.some((place) => place instanceof Uint8Array && decodeRecord(place) === null)) ends.torn++;
      else if (saved.slot > spoken.slot) ends.unspoken++;
      else ends.spoken++;
      must(cluster, { type: "restart", validator: 1 });
      expect(node.validator.tower.votes.at(-1)).toEqual(saved);
    }
    for (const count of Object.values(ends)) expect(count).toBeGreaterThan(3);
    expect(votes.length).toBeGreaterThan(60);
    expect(violationsIn(votes)).toBe(0);
    expect(node.honest).toBe(true);
  });

  it("and comes back before it wrote anything dies between two steps", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n] });
    advance(cluster, 5);
    const { tower } = cluster.nodes[0]!.validator;
    must(cluster, { type: "kill", validator: 0, disk: "torn" });
    must(cluster, { type: "restart", validator: 0 });
    expect([cluster.nodes[0]!.lives, cluster.nodes[0]!.dying]).toEqual([2, null]);
    expect(cluster.nodes[0]!.validator.tower).toEqual(tower);
    advance(cluster, 3);
    expect(cluster.nodes[0]!.online).toBe(true);
  });

  it("with its disk lost rests until all it may have signed is final, and then breaks no promise", () => {
    const { cluster, seen } = createTestCluster({ stakes: [2n, 2n, 2n, 2n, 2n] });
    const node = cluster.nodes[1]!;
    const { voteAccount, identity } = node.validator;
    const votes = votesOf(cluster, 1);
    advance(cluster, 50);
    must(cluster, { type: "kill", validator: 1, disk: "lost" });
    expect([node.disk.root, node.disk.blocks, readTower(node.disk)]).toEqual([null, [], null]);
    advance(cluster, 3);
    must(cluster, { type: "restart", validator: 1 });
    const before = votes.length;
    const builtBy = () => [...seen.blocks.values()].filter(({ leader }) => leader === identity.address);
    while (node.resting !== null) {
      expect(votes.length).toBe(before);
      cluster.advanceSlot();
      expect(cluster.slot).toBeLessThan(200);
    }
    expect(builtBy().filter(({ slot }) => slot > 50 && slot < cluster.slot)).toEqual([]);
    expect(headOf(cluster, 1).blockId).toBe(headOf(cluster, 0).blockId);
    advance(cluster, 60);
    expect(node.validator.voteAccount).toBe(voteAccount);
    expect(votes.length).toBeGreaterThan(before + 40);
    expect(builtBy().some(({ slot }) => slot > 50)).toBe(true);
    expect(violationsIn(votes)).toBe(0);
  });

  it("after it slept past what its peers still have starts from a snapshot", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n, 2n], params: { slotsPerEpoch: 64 } });
    advance(cluster, 10);
    must(cluster, { type: "kill", validator: 1 });
    const { archiveBlocksMax } = cluster.observing.limits;
    advance(cluster, archiveBlocksMax + 120);
    const { root } = cluster.observing.tree;
    must(cluster, { type: "restart", validator: 1 });
    expect(cluster.nodes[1]!.validator.tree.root.blockId).toBe(root.blockId);
    advance(cluster, 10);
    expect(headOf(cluster, 1).blockId).toBe(headOf(cluster, 0).blockId);
  });
});

describe("a validator in which an assertion fails", () => {
  it("stops alone; the others go on, and it may be started again", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n, 2n] });
    const crashes: [number, unknown][] = [];
    cluster.listen({ onCrash: (node, error) => void crashes.push([node, error]) });
    advance(cluster, 5);
    const node = cluster.nodes[2]!;
    const error = new AssertionError("two and two are five");
    node.validator.consensus.addBlock = () => {
      throw error;
    };
    advance(cluster, 5);
    expect(crashes).toEqual([[2, error]]);
    expect([node.online, node.crashed]).toEqual([false, "two and two are five"]);
    expect(headOf(cluster, 0).slot).toBeGreaterThan(8);
    must(cluster, { type: "restart", validator: 2 });
    advance(cluster, 5);
    expect([node.online, node.crashed]).toEqual([true, null]);
    expect(headOf(cluster, 2).blockId).toBe(headOf(cluster, 0).blockId);
  });

  it("when it is the observer, or in a devnet, is nobody's secret", async () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n] });
    cluster.observing.consensus.addBlock = () => {
      throw new AssertionError("blind");
    };
    expect(() => cluster.advanceSlot()).toThrow("blind");

    const devnet = createDevnet({ validators: 4 });
    await devnet.advanceSlots(3);
    const { signatures } = devnet.chain.crypto;
    const { sign } = signatures;
    const broken = devnet.validators[1]!.identity.address;
    signatures.sign = (message, keypair) => {
      if (keypair.address === broken) throw new AssertionError("no hand to sign");
      return sign.call(signatures, message, keypair);
    };
    await expect(devnet.advanceSlots(3)).rejects.toThrow("no hand to sign");
    await devnet.close();
  });
});

describe("a slow validator", () => {
  it("comes to everything later, in the order in which it came", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n, 2n] });
    const heard: [number, number][] = [];
    cluster.listen({
      onInput: (node, input) => {
        if (input.type === "slot" && node < 2) heard.push([node, cluster.nowMs % slotMs]);
      },
    });
    must(cluster, { type: "slow", validator: 1, delayMs: 30 });
    advance(cluster, 4);
    expect(heard.filter(([node]) => node === 1)).toEqual([1, 1, 1, 1].map((node) => [node, 30]));
    expect(heard.filter(([node]) => node === 0)).toEqual([0, 0, 0, 0].map((node) => [node, 0]));
    // Quicker again, it still comes to what waits first.
    must(cluster, { type: "slow", validator: 1, delayMs: 250 });
    cluster.advanceSlot();
    must(cluster, { type: "slow", validator: 1, delayMs: 0 });
    const slots: number[] = [];
    cluster.listen({ onInput: (node, input) => void (node === 1 && input.type === "slot" && slots.push(input.slot)) });
    advance(cluster, 5);
    expect(slots).toEqual([5, 6, 7, 8, 9, 10]);
    expect(cluster.nodes[1]!.waiting).toEqual([]);
    expect(headOf(cluster, 1).blockId).toBe(headOf(cluster, 0).blockId);
  });

  it("lets no more wait than its limit", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n, 2n, 2n, 2n] });
    must(cluster, { type: "slow", validator: 1, delayMs: 86_400_000 });
    const { waiting } = cluster.nodes[1]!;
    while (waiting.length < waitingMax) {
      cluster.advanceSlot();
      expect(cluster.slot).toBeLessThan(2000);
    }
    const last = waiting.at(-1);
    advance(cluster, 2);
    expect([waiting.length, waiting.at(-1)]).toEqual([waitingMax, last]);
  });
});

describe("a clock", () => {
  const ticksOf = (cluster: Cluster, index: number) => {
    const ticks: [number, number][] = [];
    cluster.listen({
      onInput: (node, input) =>
        void (node === index && input.type === "slot" && ticks.push([input.slot, cluster.nowMs])),
    });
    return ticks;
  };

  it("that is ahead or behind lets its validator's slots begin earlier or later, until it is set right", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n, 2n] });
    advance(cluster, 3);
    const [ahead, behind] = [ticksOf(cluster, 1), ticksOf(cluster, 2)];
    must(cluster, { type: "clock", validator: 1, offsetMs: 40, driftPpm: 0 });
    must(cluster, { type: "clock", validator: 2, offsetMs: -30, driftPpm: 0 });
    advance(cluster, 3);
    const begun = (ticks: [number, number][]) => ticks.filter(([, at]) => at > 3 * slotMs);
    expect(begun(ahead)).toEqual([
      [4, 360],
      [5, 460],
      [6, 560],
      [7, 660],
    ]);
    expect(begun(behind)).toEqual([
      [3, 330],
      [4, 430],
      [5, 530],
      [6, 630],
    ]);
    must(cluster, { type: "clock", validator: 1, offsetMs: 0, driftPpm: 0 });
    must(cluster, { type: "clock", validator: 2, offsetMs: 0, driftPpm: 0 });
    advance(cluster, 2);
    expect(ahead.slice(-2)).toEqual([
      [7, 700],
      [8, 800],
    ]);
    expect(behind.slice(-2)).toEqual([
      [7, 700],
      [8, 800],
    ]);
    expect(headOf(cluster, 1).blockId).toBe(headOf(cluster, 2).blockId);
  });

  it("that drifts gains what it should, and a leap ahead skips to the slot it shows", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n, 2n] });
    const ticks = ticksOf(cluster, 1);
    must(cluster, { type: "clock", validator: 1, offsetMs: 1000, driftPpm: 100_000 });
    advance(cluster, 10);
    // 1,000 ms shown at 0 ms: slot 10; then a slot every 100 / 1.1 ms.
    expect(ticks.slice(0, 4)).toEqual([
      [10, 0],
      [11, 91],
      [12, 182],
      [13, 273],
    ]);
    expect(ticks.length).toBe(13);
  });
});

describe("a partition", () => {
  it("parts the groups' histories, not the observer from either; healed, they become one", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n, 2n, 2n, 2n] });
    advance(cluster, 5);
    must(cluster, {
      type: "partition",
      groups: [
        [0, 1, 2],
        [3, 4, 5],
      ],
    });
    advance(cluster, 12);
    const heads = [0, 1, 2, 3, 4, 5].map((index) => headOf(cluster, index).blockId);
    expect(new Set(heads.slice(0, 3)).size).toBe(1);
    expect(new Set(heads.slice(3)).size).toBe(1);
    expect(heads[0]).not.toBe(heads[3]);
    for (const id of heads) expect(cluster.observing.tree.nodes.has(id)).toBe(true);
    must(cluster, { type: "heal" });
    advance(cluster, 40);
    const after = cluster.nodes.map((_, index) => headOf(cluster, index).blockId);
    expect(new Set(after).size).toBe(1);
  });

  it("by cut links may be one-way: who is not heard still hears", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n, 2n] });
    must(cluster, { type: "link", from: 3, to: null, both: false, conditions: { cut: true } });
    advance(cluster, 30);
    const mute = cluster.nodes[3]!.validator;
    const byMute = (index: number) =>
      [...cluster.nodes[index]!.validator.tree.nodes.values()].filter(
        ({ bank }) => bank.leader === mute.identity.address,
      );
    expect(byMute(0)).toEqual([]);
    expect(headOf(cluster, 3).slot).toBeGreaterThan(25);
    expect(cluster.nodes[3]!.validator.tree.nodes.has(headOf(cluster, 0).blockId)).toBe(true);
  });
});

describe("a fault", () => {
  it("comes between slots only: in the midst of one it is refused, and leaves no trace", () => {
    const { cluster } = createTestCluster({ stakes: [2n, 2n, 2n] });
    const refusals: unknown[] = [];
    const stop = cluster.listen({ onEffect: () => refusals.push(cluster.inject({ type: "heal" })) });
    cluster.advanceSlot();
    stop();
    expect(refusals.length).toBeGreaterThan(3);
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: "slot-running" });
    expect(cluster.timeline).toEqual([]);
    cluster.listen({ onSlot: () => must(cluster, { type: "heal" }) });
    cluster.advanceSlot();
    expect(cluster.timeline).toEqual([{ slot: 3, fault: { type: "heal" } }]);
  });
});

/** Every kind of fault, and the ends of those that end, over a hundred slots. */
const everything: readonly (readonly [number, Fault])[] = [
  ...strategyNames.flatMap((strategy, index): [number, Fault][] => [
    [5 + 10 * index, { type: "misbehave", validator: 6, strategy }],
  ]),
  [4, { type: "link", from: null, to: null, conditions: { latencyMs: [1, 30], lossBps: 200, duplicateBps: 100 } }],
  [6, { type: "link", from: 1, to: 2, both: false, conditions: { reorderBps: 3000, bandwidth: 50 } }],
  [10, { type: "clock", validator: 1, offsetMs: 35, driftPpm: 3000 }],
  [12, { type: "slow", validator: 2, delayMs: 25 }],
  [15, { type: "kill", validator: 3, disk: "torn" }],
  [20, { type: "restart", validator: 3 }],
  [
    25,
    {
      type: "partition",
      groups: [
        [0, 1, 2],
        [3, 4, 5, 6],
      ],
    },
  ],
  [35, { type: "heal" }],
  [40, { type: "kill", validator: 4, disk: "lost" }],
  [45, { type: "restart", validator: 4 }],
  [50, { type: "clock", validator: 1, offsetMs: 0, driftPpm: 0 }],
  [55, { type: "kill", validator: 5 }],
  [60, { type: "restart", validator: 5 }],
  [70, { type: "slow", validator: 2, delayMs: 0 }],
  [90, { type: "misbehave", validator: 6, strategy: null }],
];

describe("a run with every fault", () => {
  const stakes = [3n, 2n, 2n, 2n, 2n, 2n, 2n];

  function play(faults: readonly (readonly [number, Fault])[], sharedWork = true, seed?: string) {
    const test = createTestCluster({ stakes, sharedWork, ...(seed === undefined ? {} : { worldSeed: seed }) });
    const crashes: unknown[] = [];
    test.cluster.listen({ onCrash: (_, error) => void crashes.push(error) });
    for (let slot = 1; slot <= 100; slot++) {
      for (const [at, fault] of faults) if (at === slot) must(test.cluster, fault);
      test.cluster.advanceSlot();
    }
    expect(crashes).toEqual([]);
    return test.cluster;
  }

  it("comes out the same from the same seed, with shared work and without, and from its own timeline", () => {
    const first = play(everything);
    expect(play(everything, false).traceHash).toBe(first.traceHash);
    expect(play(everything, true, "another").traceHash).not.toBe(first.traceHash);
    const exported = first.timeline.map(({ slot, fault }) => [slot, fault] as const);
    expect(exported.length).toBe(everything.length);
    expect(play(exported).traceHash).toBe(first.traceHash);
  });

  it("goes on from a snapshot taken anywhere as it did the first time", () => {
    const { cluster } = createTestCluster({ stakes });
    const snapshots: [number, ClusterSnapshot][] = [];
    const to = (from: number, last: number) => {
      for (let slot = from; slot <= last; slot++) {
        if (slot % 20 === 1) snapshots.push([slot, cluster.capture()]);
        for (const [at, fault] of everything) if (at === slot) must(cluster, fault);
        cluster.advanceSlot();
      }
      return cluster.traceHash;
    };
    const trace = to(1, 100);
    for (const [slot, snapshot] of snapshots.slice()) {
      cluster.restore(snapshot);
      expect(to(slot, 100)).toBe(trace);
    }
    expect(snapshots.length).toBe(5 + 5 + 4 + 3 + 2 + 1);
  });

  it("knows who never misbehaved", () => {
    const { nodes } = play(everything);
    expect(nodes.map(({ honest, strategy }) => [honest, strategy])).toEqual(
      nodes.map((_, index) => [index !== 6, null]),
    );
  });

  it("draws for one purpose from one stream only, and for none where nothing is left to chance", () => {
    const drawn = (faults: readonly (readonly [number, Fault])[]) => {
      const { randoms } = play(faults).state;
      return streamNames.filter((name) => randoms[name].position > 0);
    };
    expect(drawn([])).toEqual([]);
    expect(drawn([[3, { type: "partition", groups: [[0], [1]] }]])).toEqual([]);
    expect(drawn([[3, { type: "link", from: 0, to: 1, conditions: { lossBps: 1 } }]])).toEqual(["network"]);
    expect(drawn([[3, { type: "kill", validator: 1, disk: "torn" }]])).toEqual(["crash"]);
    expect(drawn([[3, { type: "misbehave", validator: 1, strategy: "equivocate" }]])).toEqual(["byzantine"]);
  });

  it("keeps all that changes in plain data", () => {
    const { state } = play(everything);
    const strange: string[] = [];
    const seen = new Set<object>();
    const look = (value: unknown, path: string): void => {
      if (typeof value === "function") strange.push(path);
      if (typeof value !== "object" || value === null || seen.has(value)) return;
      seen.add(value);
      const prototype = Object.getPrototypeOf(value);
      if (value instanceof Map || value instanceof Set) {
        for (const each of value) look(each, path);
      } else if (ArrayBuffer.isView(value)) {
        return;
      } else if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) {
        strange.push(`${path}: ${prototype.constructor.name}`);
      } else {
        // A validator's ports are its own matter, and the chain's values never change.
        for (const [name, each] of Object.entries(value)) {
          if (!["validator", "block", "blocks", "root", "transactions", "vote"].includes(name))
            look(each, `${path}.${name}`);
        }
      }
    };
    look(state, "state");
    expect(strange).toEqual([]);
    expect(seen.size).toBeGreaterThan(100);
  });
});
