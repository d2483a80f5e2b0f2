/** Consensus without a ledger (src/sim/consensus-only.ts): the same decisions as with one. */
import { describe, expect, it } from "vitest";
import { createChain } from "../src/chain/chain.ts";
import type { BlockNode } from "../src/consensus/block-tree.ts";
import { Cluster } from "../src/sim/cluster.ts";
import { createConsensusOnlyWork } from "../src/sim/consensus-only.ts";
import type { Fault, LinkConditions } from "../src/sim/faults.ts";
import { advance, createTestNetwork, testCrypto, transferOf } from "./support/clusters.ts";

// No two groups of these have the same stake, so that block ids, which differ, decide nothing.
const stakes = [128n, 119n, 107n, 101n, 97n];

/** Leaders drawn from the epoch's number, and not from hashes that differ; and no rewards, which would move stakes. */
const network = createTestNetwork({
  stakes,
  params: { leaderPolicy: "solana", slotsPerEpoch: 64, inflationInitialBps: 0, inflationTerminalBps: 0 },
});

const create = (consensusOnly: boolean, conditions?: LinkConditions): Cluster =>
  new Cluster({ network, crypto: testCrypto, consensusOnly, ...(conditions === undefined ? {} : { conditions }) });

/** The observer is node 5. */
const faults: readonly (readonly [number, Fault])[] = [
  [20, { type: "kill", validator: 1 }],
  [32, { type: "restart", validator: 1 }],
  [
    40,
    {
      type: "partition",
      groups: [
        [0, 1],
        [2, 3, 4, 5],
      ],
    },
  ],
  [46, { type: "heal" }],
  [90, { type: "kill", validator: 0, disk: "torn" }],
  [95, { type: "restart", validator: 0 }],
  [
    120,
    {
      type: "partition",
      groups: [
        [0, 2, 5],
        [1, 3, 4],
      ],
    },
  ],
  [124, { type: "heal" }],
  [200, { type: "slow", validator: 3, delayMs: 150 }],
  [220, { type: "slow", validator: 3, delayMs: 0 }],
];

const slotsOf = (node: BlockNode): number[] => node.bank.recentBlocks.map(({ slot }) => slot);

/** What validators stand by, by slots: ids differ. */
function standOf({ nodes }: Cluster) {
  return nodes.map(({ online, validator: { consensus, tower, tree } }) => ({
    online,
    head: slotsOf(consensus.head()).slice(-40),
    confirmed: consensus.confirmed().slot,
    finalized: consensus.finalized().slot,
    root: tree.root.slot,
    blocks: tree.nodes.size,
    tower: { root: tower.root, votes: tower.votes.map(({ slot, confirmationCount }) => [slot, confirmationCount]) },
    heard: [...consensus.votes()].map(({ voteAccount, slot }) => [voteAccount, slot]).sort(),
  }));
}

describe("consensus without a ledger", () => {
  it("decides in each slot what it decides with one, over forks, crashes and epochs", () => {
    const [full, only] = [create(false), create(true)];
    const seen = { forked: 0, behind: 0 };
    for (let slot = 1; slot <= 300; slot++) {
      for (const cluster of [full, only])
        for (const [at, fault] of faults) if (at === slot) expect(cluster.inject(fault)).toBeNull();
      for (const cluster of [full, only]) cluster.advanceSlot();
      const stand = standOf(full);
      expect(standOf(only), `slot ${slot}`).toEqual(stand);
      if (new Set(stand.map(({ head }) => head.at(-1))).size > 1) seen.forked++;
      if (stand.some(({ finalized }) => finalized < slot - 40)) seen.behind++;
    }
    expect(Math.min(seen.forked, seen.behind)).toBeGreaterThan(5);
    expect(only.observing.consensus.finalized().slot).toBeGreaterThan(250);
    const [with_, without] = [full, only].map(({ observing }) => observing.consensus.head().bank);
    expect([without!.voteCount, without!.epoch]).toEqual([with_!.voteCount, with_!.epoch]);
    // Nothing was paid, burned or moved.
    expect(without!.supply).toEqual(only.nodes[0]!.validator.tree.root.bank.supply);
    expect(without!.stateHash).not.toBe(with_!.stateHash);
  });

  it("is one run per seed, goes on from a snapshot, and over links that lose and delay", () => {
    const conditions = { latencyMs: [5, 60], lossBps: 500 } as const;
    const [first, second] = [create(true, conditions), create(true, conditions)];
    advance(first, 150);
    advance(second, 80);
    const snapshot = second.capture();
    for (let times = 0; times < 2; times++) {
      advance(second, 70);
      expect(second.traceHash).toBe(first.traceHash);
      second.restore(snapshot);
    }
    expect(first.observing.consensus.finalized().slot).toBeGreaterThan(80);
  });

  it("lets one who was away long catch up", () => {
    const cluster = create(true);
    cluster.setOnline(4, false);
    advance(cluster, 400);
    cluster.setOnline(4, true);
    advance(cluster, 60);
    const head = ({ validator }: (typeof cluster.nodes)[number]) => validator.consensus.head().blockId;
    expect(head(cluster.nodes[4]!)).toBe(head(cluster.nodes[0]!));
    expect(cluster.nodes[4]!.validator.tree.root.slot).toBeGreaterThan(400);
  });

  it("takes no liars, no transactions, and nothing that its maker did not make", () => {
    const cluster = create(true);
    advance(cluster, 5);
    expect(cluster.inject({ type: "misbehave", validator: 1, strategy: "equivocate" })).toMatchObject({
      code: "consensus-only",
      facts: { type: "misbehave", validator: 1 },
    });
    const [from, to] = network.accounts;
    const { head, votes } = cluster.observing.consensus;
    const { bank } = head.call(cluster.observing.consensus);
    const transfer = transferOf(from!, to!.address, 1n, bank.blockhash);
    expect(() => cluster.submit([transfer])).toThrow("takes no transactions");

    const { validator } = cluster.nodes[0]!;
    const vote = [...votes.call(cluster.observing.consensus)][0]!;
    expect(validator.work.hear(vote).isGenuine).toBe(true);
    expect(validator.work.hear({ ...vote, transaction: { ...vote.transaction } }).isGenuine).toBe(false);
    expect(validator.work.hear({ ...vote, slot: bank.slot }).isGenuine).toBe(vote.slot === bank.slot);
    const node = cluster.observing.consensus.head();
    expect(validator.work.replay(node.parent!.bank, node.block!)).toMatchObject({ ok: true });
    const forged = { ...node.block! };
    expect(validator.work.replay(node.parent!.bank, forged)).toMatchObject({ code: "block-signature-invalid" });
    expect(validator.work.replay(node.bank, node.block!)).toMatchObject({ code: "block-parent-wrong" });
  });

  it("replays a block to the bank that its leader made", () => {
    const cluster = create(true);
    advance(cluster, 40);
    const node = cluster.observing.consensus.head();
    const { work } = cluster.observing;
    const parent = node.parent!.bank;
    // So many newer ones, and it is built anew.
    advance(cluster, 80);
    const again = work.replay(parent, node.block!);
    expect(again).toEqual({ ok: true, value: node.bank });
    if (again.ok) expect(again.value).not.toBe(node.bank);
    // Another process has made nothing of it.
    const stranger = createConsensusOnlyWork(createChain(network.genesis, testCrypto));
    expect(stranger.replay(parent, node.block!)).toMatchObject({ code: "block-signature-invalid" });
  });
});
