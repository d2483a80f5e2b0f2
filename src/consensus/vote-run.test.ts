import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bankNamed, hashNamed, noBlock, stakesOf, voteOf, voterNamed } from "../../test/support/votes.ts";
import { cloneGraph } from "../base/clone-graph.ts";
import type { StakeTable } from "../chain/stake-table.ts";
import { addNode, createBlockTree, nodeAt } from "./block-tree.ts";
import { createTowerBft, type TowerBftMemory } from "./tower-bft.ts";
import type { Vote } from "./vote.ts";
import { VoteRun } from "./vote-run.ts";
import { VoterPlaces } from "./voter-places.ts";
import { WeighedVote } from "./weighed-vote.ts";

const names = ["a", "b", "c", "d", "e", "f"];
const stakes = stakesOf({ a: 40n, b: 25n, c: 2n ** 33n, d: 2n ** 33n + 7n, e: 3n, f: 2n ** 34n });
const blocks = [
  { name: "5", slot: 5, parent: "root" },
  { name: "6", slot: 6, parent: "5" },
  { name: "7", slot: 7, parent: "5" },
  { name: "8", slot: 8, parent: "6" },
];

/** Validators of one process, each with its own tree. */
function start(validators: number, tableOf: (block: string) => StakeTable = () => stakes) {
  const places = new VoterPlaces();
  const created = Array.from({ length: validators }, () => {
    const tree = createBlockTree(bankNamed("root", 4, "none", tableOf("root")));
    const consensus = createTowerBft(tree, places);
    for (const { name, slot, parent } of blocks)
      consensus.addBlock(addNode(tree, bankNamed(name, slot, parent, tableOf(name)), noBlock));
    return { tree, consensus };
  });
  return { places, validators: created };
}

type Started = ReturnType<typeof start>["validators"][number];

/** All that a validator remembers, and what its blocks weigh. */
function stateOf({ tree, consensus }: Started) {
  const { accounts, latest, head, heaviest, confirmed, finalized, ...rest } = consensus.memory as TowerBftMemory;
  const heard = accounts.map((_, place) => latest[place] ?? null);
  const weights = [...tree.nodes.values()].map(({ blockId, weight, support }) => ({ blockId, weight, support }));
  const ids = [head, heaviest, confirmed, finalized].map(({ blockId }) => blockId);
  return cloneGraph({ heard, weights, ids, ...rest });
}

const allPlain = () => true;

function createRun(votes: readonly Vote[], places: VoterPlaces, isPlain: VoteRunAsks = allPlain): VoteRun {
  return new VoteRun(
    votes.map((vote) => new WeighedVote(vote, places)),
    isPlain,
  );
}

type VoteRunAsks = (index: number, before: Vote) => boolean;

/** As `addRun` says what it does: which vote confirmed a block that was not confirmed before. */
function addOneByOne({ consensus }: Started, votes: readonly Vote[], except: number): number {
  let confirmedBy = -1;
  for (const [index, vote] of votes.entries()) {
    if (index === except) continue;
    const before = consensus.confirmed();
    consensus.addVote(vote);
    if (consensus.confirmed() !== before) confirmedBy = index;
  }
  return confirmedBy;
}

describe("a run of votes", () => {
  const target = fc.constantFrom("5", "6", "7", "8");
  const drawn = fc.record({
    before: fc.array(fc.option(target, { freq: 8 }), { minLength: 6, maxLength: 6 }),
    alike: fc.option(fc.constantFrom("5", "6", "7"), { freq: 4 }),
    block: target,
    odd: fc.option(fc.record({ voter: fc.nat(5), block: target }), { nil: undefined, freq: 3 }),
    roots: fc.array(fc.option(fc.constantFrom(1, 2, 3), { freq: 2 }), { minLength: 6, maxLength: 6 }),
    voters: fc.uniqueArray(fc.nat(5), { minLength: 1 }),
    others: fc.array(fc.record({ except: fc.integer({ min: -1, max: 5 }), behind: fc.boolean() }), { minLength: 1 }),
  });

  /** Who knows the votes before, but for one that he has not heard. */
  it("does what its votes do one by one, or nothing", () => {
    const done = { together: 0, confirmed: 0, refused: 0 };
    const property = fc.property(drawn, ({ before, alike, block, odd, roots, voters, others }) => {
      const sides = [start(others.length), start(others.length)] as const;
      const slotOfBlock = (name: string) => blocks.find((each) => each.name === name)!.slot;
      const earlier = names.flatMap((by, voter) => {
        const on = alike ?? before[voter];
        return on == null ? [] : [voteOf({ by, slot: slotOfBlock(on), block: on, root: 1 })];
      });
      const votes = voters.map((voter) => {
        const on = odd?.voter === voter ? odd.block : block;
        return voteOf({ by: names[voter]!, slot: slotOfBlock(on), block: on, root: roots[voter] ?? null });
      });
      for (const { places } of sides) for (const by of names) places.assign(voterNamed(by));
      const run = createRun(votes, sides[0].places);
      for (const [index, { except: drawnExcept, behind }] of others.entries()) {
        const except = drawnExcept < votes.length ? drawnExcept : -1;
        const [together, alone] = sides.map(({ validators }) => validators[index]!) as [Started, Started];
        const known = behind ? earlier.slice(1) : earlier;
        for (const { consensus } of [together, alone]) {
          for (const vote of known) consensus.addVote(vote);
          if (except !== -1) consensus.addVote(votes[except]!);
        }
        const untouched = stateOf(together);
        expect(untouched).toEqual(stateOf(alone));
        const confirmedBy = together.consensus.addRun(run, except);
        if (confirmedBy === null) {
          done.refused++;
          expect(stateOf(together)).toEqual(untouched);
          continue;
        }
        done.together++;
        if (confirmedBy !== -1) done.confirmed++;
        expect(confirmedBy).toBe(addOneByOne(alone, votes, except));
        const [{ rootsMoved, ...a }, { rootsMoved: moved, ...b }] = [stateOf(together), stateOf(alone)];
        expect(a).toEqual(b);
        // The root of the one that was not told may be among those that moved: then finality is reckoned once more, no less.
        if (moved) expect(rootsMoved).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 500, seed: 3 });
    expect(Math.min(...Object.values(done))).toBeGreaterThan(50);
  });

  const six = names.map((by) => voteOf({ by, slot: 6, block: "6", root: 1 }));
  const five = names.map((by) => voteOf({ by, slot: 5, block: "5", root: 1 }));

  function startWithFive(tableOf?: (block: string) => StakeTable) {
    const started = start(3, tableOf);
    for (const { consensus } of started.validators) for (const vote of five) consensus.addVote(vote);
    return started;
  }

  it("is taken one by one by who knows other votes than those before him, and by nobody else", () => {
    const { places, validators } = startWithFive();
    const [first, other, third] = validators as [Started, Started, Started];
    other.consensus.addVote(voteOf({ by: "c", slot: 7, block: "7", root: 1 }));
    const run = createRun(six, places);
    expect(validators.map(({ consensus }) => consensus.addRun(run, -1) === null)).toEqual([false, true, false]);
    expect(stateOf(first)).toEqual(stateOf(third));
  });

  it("is done together by those who agree, though the first ones are odd", () => {
    for (const odd of [[0], [1], [0, 1], [0, 2], [5]]) {
      const { places, validators } = start(8);
      for (const [index, { consensus }] of validators.entries()) {
        for (const vote of five) consensus.addVote(vote);
        // Each odd one in his own way.
        if (odd.includes(index)) consensus.addVote(voteOf({ by: names[index]!, slot: 7, block: "7", root: 1 }));
      }
      const run = createRun(six, places);
      const isDone = validators.map(({ consensus }) => consensus.addRun(run, -1) !== null);
      expect(isDone).toEqual(validators.map((_, index) => !odd.includes(index)));
    }
  });

  it("is taken one by one where a vote asks for more than to be weighed, voters repeat themselves, or have no place", () => {
    for (const [what, votes, isPlain] of [
      ["asks for more", six, (index: number, before: Vote) => index !== 4 || before !== five[4]],
      ["repeats", [...six, voteOf({ by: "a", slot: 6, block: "6", root: 1 })], allPlain],
      ["has no place", [...six, voteOf({ by: "x", slot: 6, block: "6" })], allPlain],
      ["means another slot", [...six.slice(1), { ...six[0]!, slot: five[0]!.slot }], allPlain],
      ["votes in another's name", [...six.slice(1), voteOf({ by: "a", slot: 6, block: "6", payer: "b" })], allPlain],
    ] as const) {
      const { places, validators } = startWithFive();
      const run = createRun(votes, places, isPlain);
      for (const validator of validators) {
        const before = stateOf(validator);
        expect(validator.consensus.addRun(run, -1), what).toBeNull();
        expect(stateOf(validator)).toEqual(before);
      }
    }
  });

  it("is taken one by one where stakes change between the two blocks, and where the block is not known", () => {
    const next = stakesOf({ a: 1n, b: 2n, c: 3n, d: 4n, e: 5n, f: 6n });
    const { places, validators } = startWithFive((block) => (block === "6" ? next : stakes));
    expect(validators.map(({ consensus }) => consensus.addRun(createRun(six, places), -1))).toEqual([null, null, null]);
    const unknown = names.map((by) => voteOf({ by, slot: 9, block: "9" }));
    expect(validators[0]!.consensus.addRun(createRun(unknown, places), -1)).toBeNull();
    expect(nodeAt(validators[0]!.tree, hashNamed("9"))).toBeNull();
  });
});
