import { describe, expect, it } from "vitest";
import { type Block, transactionsOf } from "../src/chain/block.ts";
import type { Address, Hash } from "../src/chain/ids.ts";
import { findLockoutViolation } from "../src/chain/slashing/lockout-violation.ts";
import { parseVote, type Vote } from "../src/consensus/vote.ts";
import { isCensored } from "../src/sim/byzantine/censor.ts";
import { type StrategyName, strategyNames } from "../src/sim/faults.ts";
import type { Input } from "../src/validator/contract.ts";
import { advance, createTestCluster, type TestCluster, transferOf } from "./support/clusters.ts";

const slotMs = 100;

type Heard = { readonly node: number; readonly input: Input; readonly atMs: number };

/** A cluster in which some misbehave, and what each node was told. */
function createHaunted(strategies: readonly (readonly [number, StrategyName])[], seed = "byzantine", validators = 7) {
  const stakes = Array.from({ length: validators }, () => 2n);
  const test = createTestCluster({ stakes, seed, accounts: 8 });
  const heard: Heard[] = [];
  const spoken: { readonly node: number; readonly vote: Vote }[] = [];
  const crashes: unknown[] = [];
  test.cluster.listen({
    onInput: (node, input) => heard.push({ node, input, atMs: test.cluster.nowMs }),
    onEffect: (node, effect) => {
      if (effect.type === "broadcast-vote") spoken.push({ node, vote: effect.vote });
    },
    onCrash: (_, error) => crashes.push(error),
  });
  for (const [validator, strategy] of strategies) test.cluster.inject({ type: "misbehave", validator, strategy });
  const identityOf = (index: number) => test.cluster.nodes[index]!.validator.identity.address;
  return { ...test, heard, spoken, crashes, identityOf };
}

/** Blocks that a node sent to others: who was told of each first-hand, and when. */
function sentBy(heard: readonly Heard[], identity: Address) {
  const blocks = new Map<Hash, { block: Block; to: number[]; atMs: number }>();
  for (const { node, input, atMs } of heard) {
    if (input.type !== "block" || input.from !== identity || input.block.leader !== identity) continue;
    const known = blocks.get(input.block.blockId);
    if (known === undefined) blocks.set(input.block.blockId, { block: input.block, to: [node], atMs });
    else known.to.push(node);
  }
  return [...blocks.values()];
}

function violates(votes: readonly Vote[]): boolean {
  const shown = ({ tower, blockId }: Vote) => ({ ...tower, blockId });
  return votes.some((a, index) =>
    votes.slice(index + 1).some((b) => findLockoutViolation(shown(a), shown(b)) !== null),
  );
}

const votesOf = (spoken: readonly { readonly node: number; readonly vote: Vote }[], index: number) =>
  spoken.flatMap(({ node, vote }) => (node === index ? [vote] : []));

/** What a strategy draws on: some runs must show what it is for. */
const seeds = ["a", "b", "c", "d"];

describe("equivocate", () => {
  it("shows two signed blocks for each of its slots, each to half of the others, and no other block", () => {
    const { cluster, heard, identityOf } = createHaunted([[0, "equivocate"]]);
    advance(cluster, 60);
    const bySlot = new Map<number, { block: Block; to: number[] }[]>();
    for (const each of sentBy(heard, identityOf(0))) {
      bySlot.set(each.block.slot, [...(bySlot.get(each.block.slot) ?? []), each]);
    }
    // Before it is convicted.
    expect(bySlot.size).toBeGreaterThan(2);
    for (const versions of bySlot.values()) {
      expect(versions.length).toBe(2);
      expect(versions[0]!.block.parentId).toBe(versions[1]!.block.parentId);
      const reached = versions.flatMap(({ to }) => to);
      expect([...reached].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(Math.abs(versions[0]!.to.length - versions[1]!.to.length)).toBe(1);
    }
    const halves = [...bySlot.values()].map((versions) =>
      versions
        .map(({ to }) => to.join(" "))
        .sort()
        .join(" | "),
    );
    expect(new Set(halves).size).toBeGreaterThan(1);
  });

  it("is seen by the honest, who replay either block", () => {
    const { cluster, seen, identityOf } = createHaunted([[0, "equivocate"]]);
    advance(cluster, 60);
    const reports = seen.reports.flatMap(({ node, report }) => (node !== 0 ? [report] : []));
    expect(reports).toContainEqual(expect.objectContaining({ type: "equivocation-seen", leader: identityOf(0) }));
    const refused = reports.filter(
      (report) => report.type === "block-refused" && report.refusal.code !== "block-below-root",
    );
    expect(refused).toEqual([]);
  });
});

describe("withhold", () => {
  it("lets nobody have its blocks in their slots: some come slots later, some never", () => {
    const { cluster, heard, identityOf, seen } = createHaunted([[0, "withhold"]]);
    const own: Block[] = [];
    cluster.listen({
      onReport: (node, report) => {
        if (node === 0 && report.type === "block-added" && report.block.leader === identityOf(0))
          own.push(report.block);
      },
    });
    advance(cluster, 150);
    const sent = sentBy(heard, identityOf(0));
    for (const { block, atMs } of sent) {
      const late = Math.floor(atMs / slotMs) - block.slot;
      expect(late).toBeGreaterThanOrEqual(1);
      expect(late).toBeLessThanOrEqual(3);
    }
    expect(sent.length).toBeGreaterThan(5);
    expect(own.length).toBeGreaterThan(sent.length + 1);
    expect(seen.blocks.size).toBeGreaterThan(100);
  });
});

describe("censor", () => {
  it("leaves the censored payers and voters out of all its blocks, and only them", () => {
    const { cluster, network, heard, identityOf } = createHaunted([[0, "censor"]], "censor");
    const payers = network.accounts;
    expect(new Set(payers.map(({ address }) => isCensored(address))).size).toBe(2);
    for (let slot = 1; slot <= 80; slot++) {
      const { blockhash } = cluster.observing.consensus.head().bank;
      cluster.submit(payers.map((payer) => transferOf(payer, payers[0]!.address, BigInt(slot), blockhash)));
      cluster.advanceSlot();
    }
    const landedIn = (index: number) => {
      const blocks = sentBy(heard, identityOf(index)).map(({ block }) => block);
      const transactions = blocks.flatMap((block) => [...transactionsOf(block)]);
      const parsed = transactions.map((transaction) => ({ transaction, vote: parseVote(transaction as never) }));
      const others = parsed.filter(({ vote }) => !vote.ok || vote.value.identity !== identityOf(index));
      const voters = others.flatMap(({ vote }) => (vote.ok ? [vote.value.voteAccount] : []));
      const payersIn = parsed.flatMap(({ vote, transaction }) => (vote.ok ? [] : [transaction.accountKeys[0]!]));
      return [voters, payersIn].map((addresses) => new Set(addresses.map(isCensored)));
    };
    expect(landedIn(0)).toEqual([new Set([false]), new Set([false])]);
    expect(landedIn(1)).toEqual([new Set([false, true]), new Set([false, true])]);
  });
});

describe("delay", () => {
  it("sends blocks and votes in the last millisecond of the slot, having saved the tower at once", () => {
    const { cluster, heard, identityOf } = createHaunted([[0, "delay"]]);
    const saved: number[] = [];
    cluster.listen({
      onEffect: (node, effect, nowMs) =>
        void (node === 0 && effect.type === "save-tower" && saved.push(nowMs % slotMs)),
    });
    advance(cluster, 60);
    const times = heard.flatMap(({ input, atMs }) => {
      const isOwn =
        (input.type === "block" && input.from === identityOf(0)) ||
        (input.type === "vote" && input.vote.identity === identityOf(0));
      return isOwn ? [atMs % slotMs] : [];
    });
    expect(times.length).toBeGreaterThan(100);
    expect(new Set(times)).toEqual(new Set([slotMs - 1]));
    expect(saved).toContain(0);
  });
});

describe("vote-both-forks", () => {
  it("votes for both blocks of an equivocating leader, against its lockouts; the honest break none", () => {
    const runs = seeds.map((seed) => {
      const run = createHaunted(
        [
          [0, "equivocate"],
          [1, "vote-both-forks"],
        ],
        seed,
      );
      advance(run.cluster, 40);
      for (const honest of [2, 3, 4, 5, 6]) expect(violates(votesOf(run.spoken, honest))).toBe(false);
      return votesOf(run.spoken, 1);
    });
    expect(runs.map(violates)).toEqual(seeds.map(() => true));
    const pairs = runs.flatMap((votes) =>
      votes.filter((a) => votes.some((b) => a.slot === b.slot && a.blockId !== b.blockId)),
    );
    expect(pairs.length).toBeGreaterThan(1);
  });

  it("says nothing of its own where there is one fork", () => {
    const { cluster, spoken } = createHaunted([[1, "vote-both-forks"]]);
    advance(cluster, 40);
    expect(violates(votesOf(spoken, 1))).toBe(false);
  });
});

describe("ignore-lockout", () => {
  it("votes where its core may not, once for each block", () => {
    const broken = seeds.map((seed) => {
      const { cluster, spoken } = createHaunted([[1, "ignore-lockout"]], seed);
      advance(cluster, 10);
      // Two histories for a while; whoever stood on the lighter one is bound to it afterwards.
      cluster.inject({
        type: "partition",
        groups: [
          [0, 1, 2],
          [3, 4, 5, 6],
        ],
      });
      advance(cluster, 8);
      cluster.inject({ type: "heal" });
      advance(cluster, 30);
      for (const honest of [0, 2, 3, 4, 5, 6]) expect(violates(votesOf(spoken, honest))).toBe(false);
      return violates(votesOf(spoken, 1));
    });
    expect(broken).toContain(true);
  });
});

describe("spam", () => {
  it("sends every kind of rubbish each slot, and costs the honest neither their chain nor their memory", () => {
    const { cluster, heard, seen, identityOf } = createHaunted([[0, "spam"]]);
    advance(cluster, 80);
    const own = identityOf(0);
    const kinds = { block: 0, vote: 0, "block-request": 0, transactions: 0 };
    for (const { node, input } of heard) {
      if (node === 0) continue;
      if (input.type === "block-request" && input.from === own) kinds["block-request"]++;
      if (input.type === "transactions") kinds.transactions++;
      if (input.type === "block" && input.from === own && !seen.blocks.has(input.block.blockId)) kinds.block++;
      if (input.type === "vote" && input.vote.identity === own && input.vote.slot < cluster.slot) kinds.vote++;
    }
    for (const count of Object.values(kinds)) expect(count).toBeGreaterThan(150);
    const heads = new Set(cluster.nodes.map(({ validator }) => validator.consensus.head().blockId));
    expect(heads.size).toBe(1);
    expect(cluster.observing.consensus.head().slot).toBe(80);
    for (const { validator } of cluster.nodes) {
      expect(validator.orphans.size).toBeLessThanOrEqual(validator.limits.orphansMax);
      expect(validator.tree.root.slot).toBeGreaterThan(30);
      expect(validator.mempool.entries.length).toBe(0);
    }
  });
});

describe("every strategy", () => {
  const played = (strategy: StrategyName, sharedWork: boolean): TestCluster => {
    const test = createTestCluster({
      stakes: [2n, 2n, 2n, 2n, 2n, 2n],
      conditions: { latencyMs: [1, 25] },
      sharedWork,
    });
    advance(test.cluster, 4);
    test.cluster.inject({ type: "misbehave", validator: 2, strategy });
    advance(test.cluster, 30);
    return test;
  };

  it.each(strategyNames)(
    "%s comes out the same from one seed, stops nobody, and ends when it is told to",
    (strategy) => {
      const [first, second] = [played(strategy, true), played(strategy, false)];
      expect(second.cluster.traceHash).toBe(first.cluster.traceHash);
      const { cluster } = first;
      expect(cluster.nodes.map(({ crashed }) => crashed)).toEqual(cluster.nodes.map(() => null));
      expect(cluster.nodes.map(({ honest }) => honest)).toEqual(cluster.nodes.map((_, index) => index !== 2));
      cluster.inject({ type: "misbehave", validator: 2, strategy: null });
      expect(cluster.nodes[2]!.strategy).toBeNull();
      const heard: Heard[] = [];
      cluster.listen({ onInput: (node, input) => heard.push({ node, input, atMs: cluster.nowMs }) });
      advance(cluster, 30);
      const slots = sentBy(heard, cluster.nodes[2]!.validator.identity.address)
        .filter(({ block }) => block.slot > 38)
        .map(({ block }) => block.slot);
      expect(new Set(slots).size).toBe(slots.length);
      const heads = new Set(cluster.nodes.map(({ validator }) => validator.consensus.head().blockId));
      expect(heads.size).toBe(1);
    },
  );
});
