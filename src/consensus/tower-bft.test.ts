import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bankNamed,
  hashNamed,
  noBlock,
  stakesOf,
  type VoteFields,
  voteOf,
  voterNamed,
} from "../../test/support/votes.ts";
import { cloneGraph } from "../base/clone-graph.ts";
import { slotOf } from "../chain/ids.ts";
import type { StakeTable } from "../chain/stake-table.ts";
import { addNode, advanceRoot, type BlockNode, compareHashes, createBlockTree, nodeAt } from "./block-tree.ts";
import type { Consensus } from "./consensus.ts";
import { stakeIn } from "./stake-sum.ts";
import { checkSwitch } from "./switch-threshold.ts";
import { emptyTower, recordVote, type Tower } from "./tower.ts";
import { createTowerBft, type TowerBftMemory } from "./tower-bft.ts";
import { VoterPlaces } from "./voter-places.ts";

type Planned = { readonly name: string; readonly slot: number; readonly parent: string };

const example: readonly Planned[] = [
  { name: "5", slot: 5, parent: "root" },
  { name: "6", slot: 6, parent: "5" },
  { name: "7", slot: 7, parent: "5" },
  { name: "8", slot: 8, parent: "6" },
];

function start(stakes: StakeTable, blocks: readonly Planned[] = []) {
  const tree = createBlockTree(bankNamed("root", 4, "none", stakes));
  const consensus = createTowerBft(tree);
  const add = ({ name, slot, parent }: Planned) =>
    consensus.addBlock(addNode(tree, bankNamed(name, slot, parent, stakes), noBlock));
  const vote = (fields: VoteFields) => consensus.addVote(voteOf(fields));
  const node = (name: string) => nodeAt(tree, hashNamed(name))!;
  for (const block of blocks) add(block);
  return { tree, consensus, add, vote, node };
}

const decideVote = (consensus: Consensus, tower: Tower) => consensus.decide(tower).vote;

describe("a validator that starts again without the block of its last vote, for 9", () => {
  const stakes = stakesOf({ a: 40n, b: 35n, c: 25n });

  /** The others' lockouts under 12, each for a block that may or may not be an ancestor of 9's. */
  function switchWith(slots: Readonly<Record<string, number>>) {
    const { tree, add, node } = start(stakes, example);
    add({ name: "12", slot: 12, parent: "8" });
    return checkSwitch({
      root: tree.root,
      lastVoted: null,
      lastSlot: slotOf(9),
      target: node("12"),
      tips: () => [node("12")],
      latest: () => [],
      intervalsAt: () =>
        Object.entries(slots).map(([name, slot]) => {
          return { voter: stakes.byVoteAccount.get(voterNamed(name))!, slot: slotOf(slot), end: 40 };
        }),
    });
  }

  it("takes no vote older than its own for one on another fork", () => {
    expect(switchWith({ a: 6, b: 8, c: 5 })).toMatchObject({ type: "switch-threshold", stakeSeen: 0n });
  });

  it("may switch once more than 38 % have voted for what is newer", () => {
    expect(switchWith({ a: 12, b: 8 })).toMatchObject({ type: "switch-proof", stakeSeen: 40n });
    expect(switchWith({ b: 12, c: 8 })).toMatchObject({ type: "switch-threshold", stakeSeen: 35n });
  });
});

describe("a voter for one of two blocks of a slot", () => {
  it("sees the voters for the other one elsewhere, so that a split in three cannot last", () => {
    const stakes = stakesOf({ a: 40n, b: 25n, c: 35n });
    const { add, node } = start(stakes, example);
    for (const name of ["9", "9'"]) add({ name, slot: 9, parent: "8" });
    add({ name: "12", slot: 12, parent: "8" });
    const { root, children } = { root: node("8").parent!, children: [node("9"), node("9'"), node("12")] };
    const latest = () =>
      (["a", "b", "c"] as const).map((name, index) => ({
        voteAccount: voterNamed(name),
        node: children[index]!,
        stake: stakes.byVoteAccount.get(voterNamed(name))!.stake,
      }));
    const ask = { root, lastSlot: slotOf(9), target: node("12"), tips: () => children };
    const standing = new Map([
      [node("9'"), { voter: stakes.byVoteAccount.get(voterNamed("b"))!, slot: slotOf(9), end: 11 }],
    ]);
    const intervalsAt = (tip: BlockNode) => (standing.has(tip) ? [standing.get(tip)!] : []);
    // 35 % went to 12 and 25 % to 9': together more than 38 %, whether heard of or landed.
    const heard = checkSwitch({ ...ask, lastVoted: node("9"), latest, intervalsAt: () => [] });
    expect(heard).toMatchObject({ type: "switch-proof", stakeSeen: 60n });
    const landed = checkSwitch({ ...ask, lastVoted: node("9"), latest: () => [], intervalsAt });
    expect(landed).toMatchObject({ stakeSeen: 25n });
  });
});

describe("the head", () => {
  it("is the tip of the fork with more stake, by each validator's latest vote", () => {
    const { consensus, vote, node } = start(stakesOf({ a: 40n, b: 35n, c: 25n }), example);
    vote({ by: "c", slot: 7, block: "7" });
    expect(consensus.decide(null).head).toBe(node("7"));
    vote({ by: "b", slot: 8, block: "8" });
    expect(consensus.decide(null).head).toBe(node("8"));
    vote({ by: "a", slot: 7, block: "7" });
    expect(consensus.decide(null).head).toBe(node("7"));
    vote({ by: "a", slot: 8, block: "8" });
    expect(consensus.decide(null).head).toBe(node("8"));
  });

  it("is on a tie the child of the lower slot, then of the smaller id", () => {
    const { consensus, vote, add, node } = start(stakesOf({ a: 1n, b: 1n }), example);
    expect(consensus.decide(null).head).toBe(node("8"));
    vote({ by: "a", slot: 7, block: "7" });
    vote({ by: "b", slot: 8, block: "8" });
    expect(consensus.decide(null).head).toBe(node("8"));
    add({ name: "9x", slot: 9, parent: "8" });
    add({ name: "9y", slot: 9, parent: "8" });
    const smaller = [hashNamed("9x"), hashNamed("9y")].sort(compareHashes)[0];
    expect(consensus.decide(null).head.blockId).toBe(smaller);
  });

  it("is the same whatever the order in which blocks and votes arrive, and as a plain count has it", () => {
    const names = ["a", "b", "c", "d"];
    const plan = fc.record({
      parents: fc.array(fc.nat(12), { minLength: 1, maxLength: 12 }),
      gaps: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 12, maxLength: 12 }),
      votes: fc.array(fc.record({ by: fc.constantFrom(...names), of: fc.nat(11) }), { maxLength: 12 }),
      stakes: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      order: fc.array(fc.nat(1000), { minLength: 24, maxLength: 24 }),
    });
    fc.assert(
      fc.property(plan, ({ parents, gaps, votes, stakes: [x, y], order }) => {
        const table = stakesOf({ a: BigInt(x), b: BigInt(y), c: 2n, d: 1n });
        const blocks: Planned[] = [];
        for (const [index, under] of parents.entries()) {
          const parent = under % (index + 1) === 0 ? null : blocks[(under % (index + 1)) - 1]!;
          blocks.push({ name: `b${index}`, slot: (parent?.slot ?? 4) + gaps[index]!, parent: parent?.name ?? "root" });
        }
        // One vote of a validator per slot; two would be equivocation.
        const cast: VoteFields[] = [];
        for (const { by, of } of votes) {
          const { slot, name } = blocks[of % blocks.length]!;
          if (!cast.some((vote) => vote.by === by && vote.slot === slot)) cast.push({ by, slot, block: name });
        }
        const { consensus, add, vote } = start(table);
        const events = [
          ...blocks.map((block) => ({ block, vote: null })),
          ...cast.map((fields) => ({ block: null, vote: fields })),
        ]
          .map((event, index) => ({ event, key: order[index]! }))
          .sort((a, b) => a.key - b.key)
          .map(({ event }) => event);
        const added = new Set(["root"]);
        for (let left = events; left.length > 0; ) {
          const ready = left.findIndex(({ block }) => block === null || added.has(block.parent));
          const { block, vote: fields } = left[ready]!;
          if (block !== null) {
            add(block);
            added.add(block.name);
          } else vote(fields);
          // Asking in between changes nothing.
          if (order[left.length - 1]! % 3 === 0) consensus.decide(null).head;
          left = left.filter((_, index) => index !== ready);
        }
        expect(consensus.decide(null).head.blockId).toBe(hashNamed(plainHead(blocks, cast, table)));
      }),
      { seed: 1234, numRuns: 400 },
    );
  });

  it("stays where the tree has it when votes name blocks that the root left behind", () => {
    const { tree, consensus, vote, add, node } = start(stakesOf({ a: 3n, b: 2n }), example);
    vote({ by: "a", slot: 7, block: "7" });
    expect(consensus.decide(null).head).toBe(node("7"));
    advanceRoot(tree, node("6"));
    consensus.prune();
    expect(consensus.decide(null).head).toBe(node("8"));
    add({ name: "9", slot: 9, parent: "6" });
    vote({ by: "b", slot: 9, block: "9" });
    expect(consensus.decide(null).head).toBe(node("9"));
  });
});

/** Every step sums every latest vote below each child, by names alone. */
function plainHead(blocks: readonly Planned[], cast: readonly VoteFields[], table: StakeTable): string {
  const latest = new Map<string, VoteFields>();
  for (const vote of cast) if (vote.slot > (latest.get(vote.by)?.slot ?? -1)) latest.set(vote.by, vote);
  const isUnder = (name: string, top: string): boolean => {
    if (name === top) return true;
    const block = blocks.find((candidate) => candidate.name === name);
    return block !== undefined && isUnder(block.parent, top);
  };
  const weight = (name: string) =>
    [...latest.values()]
      .filter((vote) => isUnder(vote.block, name))
      .reduce((sum, vote) => sum + table.byVoteAccount.get(voteOf(vote).voteAccount)!.stake, 0n);
  let at = "root";
  for (;;) {
    const children = blocks.filter((block) => block.parent === at);
    if (children.length === 0) return at;
    children.sort((a, b) => {
      const [x, y] = [weight(a.name), weight(b.name)];
      if (x !== y) return x > y ? -1 : 1;
      return a.slot - b.slot || compareHashes(hashNamed(a.name), hashNamed(b.name));
    });
    at = children[0]!.name;
  }
}

describe("votes", () => {
  const stakes = stakesOf({ a: 2n, b: 1n });

  it("that are old, repeated, unstaked, paid by another, or of another slot than their block change nothing", () => {
    const { consensus, vote, node } = start(stakes, example);
    vote({ by: "b", slot: 8, block: "8" });
    const before = [...consensus.votes()];
    vote({ by: "b", slot: 8, block: "8" });
    vote({ by: "b", slot: 7, block: "7" });
    vote({ by: "stranger", slot: 7, block: "7" });
    vote({ by: "a", slot: 7, block: "7", payer: "b" });
    vote({ by: "a", slot: 9, block: "7" });
    vote({ by: "a", slot: 6, block: "7" });
    vote({ by: "a", slot: 3, block: "unknown" });
    expect([...consensus.votes()]).toEqual(before);
    expect(stakeIn(node("7").support)).toBe(0n);
    expect(stakeIn(node("8").support)).toBe(1n);
    expect(consensus.decide(null).head).toBe(node("8"));
  });

  it("are known for heard when each is the very one that was heard last", () => {
    const { consensus } = start(stakes, example);
    const [first, second] = [voteOf({ by: "a", slot: 7, block: "7" }), voteOf({ by: "b", slot: 7, block: "7" })];
    expect(consensus.hasHeardAll([])).toBe(true);
    expect(consensus.hasHeardAll([first])).toBe(false);
    consensus.addVotes(first.blockId, [first]);
    expect(consensus.hasHeardAll([first])).toBe(true);
    expect(consensus.hasHeardAll([first, second])).toBe(false);
    consensus.addVotes(first.blockId, [second]);
    expect(consensus.hasHeardAll([first, second])).toBe(true);
    expect(consensus.hasHeardAll([voteOf({ by: "a", slot: 7, block: "7" })])).toBe(false);
    consensus.addVote(voteOf({ by: "b", slot: 8, block: "8" }));
    expect(consensus.hasHeardAll([first, second])).toBe(false);
  });

  it("are whose they were in a memory that goes on among other voters", () => {
    const { tree, consensus, node } = start(stakes, example);
    const before = [voteOf({ by: "a", slot: 7, block: "7" }), voteOf({ by: "b", slot: 8, block: "8" })];
    for (const vote of before) consensus.addVote(Object.freeze(vote));
    const places = new VoterPlaces();
    for (const other of ["x", "b", "y"]) places.assign(voterNamed(other));
    const memory = cloneGraph(consensus.memory) as TowerBftMemory;
    const restored = createTowerBft(tree, places, { ...memory, head: node("7"), heaviest: node("7") });
    for (const each of before) expect(restored.voteOf(each.voteAccount)).toBe(each);
    expect([...restored.votes()]).toHaveLength(2);
    expect(restored.hasHeardAll(before)).toBe(true);
  });

  it("that come before their block count when it comes", () => {
    const { consensus, vote, add, node } = start(stakes, example);
    vote({ by: "a", slot: 9, block: "9" });
    expect([...consensus.votes()]).toEqual([]);
    add({ name: "9", slot: 9, parent: "7" });
    expect(consensus.decide(null).head).toBe(node("9"));
    expect(stakeIn(node("9").support)).toBe(2n);
  });

  it("that come early are not crowded out by a stranger who votes in the same name", () => {
    const { vote, add, node } = start(stakes, example);
    vote({ by: "a", slot: 9, block: "9", payer: "stranger" });
    vote({ by: "a", slot: 9, block: "9" });
    vote({ by: "a", slot: 9, block: "9" });
    for (let i = 0; i < 10_001; i++) vote({ by: `stranger ${i % 7}`, slot: 9 + i, block: `nowhere ${i}` });
    add({ name: "9", slot: 9, parent: "7" });
    expect(stakeIn(node("9").support)).toBe(2n);
  });

  it("that come early are kept up to 10 000, then the oldest go", () => {
    for (const [more, support] of [
      [9_999, 2n],
      [10_000, 0n],
    ] as const) {
      const { vote, add, node } = start(stakes, example);
      vote({ by: "a", slot: 9, block: "9" });
      for (let i = 0; i < more; i++) vote({ by: "b", slot: 100 + i, block: `nowhere ${i}` });
      add({ name: "9", slot: 9, parent: "8" });
      expect(stakeIn(node("9").support)).toBe(support);
    }
  });

  it("that wait for a block the root has passed are let go", () => {
    const { tree, consensus, vote, add, node } = start(stakes, example);
    vote({ by: "a", slot: 6, block: "other 6" });
    advanceRoot(tree, node("6"));
    consensus.prune();
    add({ name: "other 6", slot: 7, parent: "6" });
    expect(stakeIn(node("other 6").support)).toBe(0n);
  });
});

describe("commitment", () => {
  it("is confirmed strictly above two thirds of the stake, on exactly this block", () => {
    const { consensus, vote, node } = start(stakesOf({ a: 4n, b: 2n, c: 2n, d: 1n }), example);
    vote({ by: "a", slot: 6, block: "6" });
    vote({ by: "b", slot: 6, block: "6" });
    vote({ by: "c", slot: 8, block: "8" });
    expect(consensus.confirmed()).toBe(node("root"));
    vote({ by: "d", slot: 6, block: "6" });
    expect(consensus.confirmed()).toBe(node("6"));
  });

  it("is finalized strictly above two thirds of the stake by roots, at the highest block all of them have rooted", () => {
    const { consensus, vote, node } = start(stakesOf({ a: 4n, b: 2n, c: 2n, d: 1n }), example);
    vote({ by: "a", slot: 8, block: "8", root: 6 });
    vote({ by: "b", slot: 8, block: "8", root: 6 });
    vote({ by: "c", slot: 8, block: "8" });
    expect(consensus.confirmed()).toBe(node("8"));
    expect(consensus.finalized()).toBe(node("root"));
    vote({ by: "d", slot: 8, block: "8", root: 5 });
    expect(consensus.finalized()).toBe(node("5"));
    vote({ by: "d", slot: 7, block: "7", root: 6 });
    expect(consensus.finalized()).toBe(node("5"));
  });

  it("is finalized at the block before when the root named is a skipped slot", () => {
    const { consensus, vote, node } = start(stakesOf({ a: 1n }), example);
    vote({ by: "a", slot: 8, block: "8", root: 7 });
    expect(consensus.finalized()).toBe(node("6"));
  });
});

describe("the own vote", () => {
  const stakes = stakesOf({ a: 2n, b: 1n });

  it("goes to the head, once", () => {
    const { consensus, node } = start(stakes, example);
    expect(decideVote(consensus, emptyTower)).toMatchObject({ type: "vote", node: node("8") });
    const tower = recordVote(emptyTower, slotOf(8), hashNamed("8"));
    expect(decideVote(consensus, tower)).toMatchObject({ type: "hold", reason: "already-voted" });
    expect(decideVote(start(stakes).consensus, emptyTower)).toMatchObject({ type: "hold", reason: "already-voted" });
  });

  it("is held while an earlier vote locks it out: two slots for the last one", () => {
    const { consensus, vote, add } = start(stakes, example);
    const tower = recordVote(emptyTower, slotOf(7), hashNamed("7"));
    vote({ by: "a", slot: 8, block: "8" });
    expect(decideVote(consensus, tower)).toMatchObject({ type: "hold", reason: "locked-out", slot: 8 });
    add({ name: "9", slot: 9, parent: "8" });
    expect(decideVote(consensus, tower)).toMatchObject({ type: "hold", reason: "locked-out" });
    add({ name: "10", slot: 10, parent: "9" });
    expect(decideVote(consensus, tower)).toMatchObject({ type: "vote" });
  });

  it("is held by a vote below the root for a block that the chain left behind", () => {
    const recentBlocks = [1, 2].map((slot) => ({
      slot: slotOf(slot),
      height: slot,
      blockId: hashNamed(String(slot)),
      blockhash: hashNamed(String(slot)),
      landed: new Set<never>(),
    }));
    const tree = createBlockTree(bankNamed("root", 3, "2", stakes));
    const consensus = createTowerBft(tree);
    consensus.addBlock(addNode(tree, { ...bankNamed("4", 4, "root", stakes), recentBlocks }, noBlock));
    const voted = (name: string) => recordVote(emptyTower, slotOf(2), hashNamed(name));
    expect(decideVote(consensus, voted("2"))).toMatchObject({ type: "vote" });
    expect(decideVote(consensus, voted("other 2"))).toMatchObject({ type: "hold", reason: "locked-out" });
  });
});
