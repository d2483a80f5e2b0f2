import { describe, expect, it } from "vitest";
import { lamportsOf, slotOf } from "../../src/chain/ids.ts";
import type { StakeEntry } from "../../src/chain/stake-table.ts";
import {
  addNode,
  advanceRoot,
  type BlockNode,
  type BlockTree,
  createBlockTree,
  nodeAt,
} from "../../src/consensus/block-tree.ts";
import { isDuplicateConfirmed } from "../../src/consensus/duplicates.ts";
import { deepestFrom, heaviestFrom, moveWeight } from "../../src/consensus/fork-choice.ts";
import type { LockoutInterval } from "../../src/consensus/landed-votes.ts";
import { limbsOf, stakeIn, subtractStake } from "../../src/consensus/stake-sum.ts";
import { checkSwitch } from "../../src/consensus/switch-threshold.ts";
import { checkThreshold, thresholdDepth, thresholdRule } from "../../src/consensus/threshold.ts";
import { emptyTower, recordVote, type Tower } from "../../src/consensus/tower.ts";
import { readVector, vectorsNote, vectorsPresent } from "../support/vectors.ts";
import { bankNamed, hashNamed, identityNamed, noBlock, stakesOf, voterNamed } from "../support/votes.ts";

type Vote = { voter: string; slot: number; stake: number };
type Step =
  | { op: "votes"; votes: Vote[] }
  | { op: "add"; slot: number; parent: number }
  | { op: "root"; slot: number }
  | { op: "split"; slot: number; heaviest?: number; subtree?: Record<string, number> }
  | {
      op: "expect";
      heaviest?: number;
      deepest?: number;
      heaviest_at?: Record<string, number>;
      deepest_at?: Record<string, number>;
      stake_at?: Record<string, number>;
      subtree?: Record<string, number>;
      absent?: number[];
    };
type ForkChoice = { cases: { name: string; tree: [number, number][]; steps: Step[] }[] };

const stakes = stakesOf({ a: 1n });
const nameOf = (slot: number) => `block ${slot}`;

/** The shipping fork choice over a tree of slots; votes find their blocks, newest vote of a voter first. */
function createForkChoice(edges: readonly [number, number][]) {
  const tree: BlockTree = createBlockTree(bankNamed(nameOf(0), 0, "none", stakes));
  const voters = new Map<string, { node: BlockNode; stake: bigint }>();
  const direct = new Map<BlockNode, bigint>();
  const node = (slot: number) => nodeAt(tree, hashNamed(nameOf(slot)));
  const add = (slot: number, parent: number) =>
    void addNode(tree, bankNamed(nameOf(slot), slot, nameOf(parent), stakes), noBlock);
  for (const [slot, parent] of edges) add(slot, parent);
  return {
    tree,
    node,
    add,
    direct,
    vote({ voter, slot, stake }: Vote) {
      const before = voters.get(voter);
      const target = node(slot);
      if (target === null || (before !== undefined && slot <= before.node.slot)) return;
      const standing = before !== undefined && nodeAt(tree, before.node.blockId) === before.node ? before : null;
      const weighed = standing === null ? null : limbsOf(standing.stake);
      moveWeight(standing?.node ?? null, weighed, target, limbsOf(BigInt(stake)));
      if (standing !== null) direct.set(standing.node, direct.get(standing.node)! - standing.stake);
      direct.set(target, (direct.get(target) ?? 0n) + BigInt(stake));
      voters.set(voter, { node: target, stake: BigInt(stake) });
    },
    root(slot: number) {
      advanceRoot(tree, node(slot)!);
    },
    /** Takes a subtree out, with its weight; gives what it was. */
    split(slot: number) {
      const top = node(slot)!;
      for (let at = top.parent; at !== null; at = at.parent) subtractStake(at.weight, top.weight);
      top.parent!.children.splice(top.parent!.children.indexOf(top), 1);
      top.parent = null;
      const open = [top];
      for (let at = open.pop(); at !== undefined; at = open.pop()) {
        tree.nodes.delete(at.blockId);
        open.push(...at.children);
      }
      return top;
    },
  };
}

describe.skipIf(!vectorsPresent)(`fork choice (${vectorsNote})`, () => {
  const { cases } = vectorsPresent ? readVector<ForkChoice>("forkchoice/heaviest-subtree.json") : { cases: [] };

  it("has nine cases", () => {
    expect(cases).toHaveLength(9);
  });

  it.each(cases)("$name", ({ tree, steps }) => {
    const choice = createForkChoice(tree);
    const removed = new Map<number, BlockNode>();
    let checks = 0;
    const check = (actual: unknown, expected: unknown) => {
      if (expected === undefined) return;
      expect(actual).toBe(expected);
      checks++;
    };
    const weights = (wanted: Record<string, number> | undefined, of: (slot: number) => bigint | undefined) => {
      for (const [slot, weight] of Object.entries(wanted ?? {})) check(of(Number(slot)), BigInt(weight));
    };
    const weightOf = (node: BlockNode | null) => (node === null ? undefined : stakeIn(node.weight));
    const find = (top: BlockNode, slot: number): BlockNode | null => {
      if (top.slot === slot) return top;
      return top.children.map((child) => find(child, slot)).find((found) => found !== null) ?? null;
    };
    for (const step of steps) {
      if (step.op === "votes") for (const vote of step.votes) choice.vote(vote);
      else if (step.op === "add") choice.add(step.slot, step.parent);
      else if (step.op === "root") choice.root(step.slot);
      else if (step.op === "split") {
        const top = choice.split(step.slot);
        removed.set(step.slot, top);
        check(heaviestFrom(top).slot, step.heaviest);
        weights(step.subtree, (slot) => weightOf(find(top, slot)));
      } else {
        const { root } = choice.tree;
        check(heaviestFrom(root).slot, step.heaviest);
        check(deepestFrom(root).slot, step.deepest);
        for (const [slot, best] of Object.entries(step.heaviest_at ?? {})) {
          check(heaviestFrom(choice.node(Number(slot))!).slot, best);
        }
        for (const [slot, best] of Object.entries(step.deepest_at ?? {})) {
          check(deepestFrom(choice.node(Number(slot))!).slot, best);
        }
        weights(step.stake_at, (slot) => choice.direct.get(choice.node(slot)!) ?? 0n);
        weights(step.subtree, (slot) => weightOf(choice.node(slot)));
        for (const slot of step.absent ?? []) check(choice.node(slot), null);
      }
    }
    expect(checks).toBeGreaterThan(0);
  });
});

type Threshold = {
  name: string;
  depth: number;
  size: number;
  shallow: [number, number][];
  votes: number[];
  slot: number;
  stakes: Record<string, number>;
  total: number;
  fails: boolean;
};
type SwitchVectors = {
  tree: Record<string, number>;
  last_vote: number;
  stakes: Record<string, number>;
  total: number;
  cases: {
    name: string;
    target: number;
    root: number;
    intervals: Record<string, [number, number, string][]>;
    expect: "same_fork" | "fail" | "pass";
  }[];
};
type Unit = {
  threshold: Threshold[];
  duplicate_confirmed: { stake: number; total: number; yes: boolean }[];
  switch: SwitchVectors;
};

const towerAfter = (votes: readonly number[]): Tower =>
  votes.reduce((tower, slot) => recordVote(tower, slotOf(slot), hashNamed(nameOf(slot))), emptyTower);

describe.skipIf(!vectorsPresent)(`Tower BFT's checks (${vectorsNote})`, () => {
  const unit = vectorsPresent ? readVector<Unit>("tower/unit.json") : ({} as Unit);

  it("the threshold fails where Solana's does, deep or shallow", () => {
    for (const { name, depth, size, shallow, votes, slot, stakes: seen, total, fails } of unit.threshold) {
      const stakeOn = (voted: number) => BigInt(seen[voted] ?? 0);
      const rules = [[depth, size] as const, ...shallow].map(([at, share]) => ({
        depth: at,
        numerator: BigInt(Math.round(share * 100)),
        denominator: 100n,
      }));
      const decisions = rules.map((rule) =>
        checkThreshold(towerAfter(votes).votes, slotOf(slot), stakeOn, BigInt(total), rule),
      );
      expect(
        decisions.some(({ type }) => type === "fail"),
        name,
      ).toBe(fails);
    }
    expect(unit.threshold).toHaveLength(10);
    expect([thresholdDepth, thresholdRule]).toEqual([8, { depth: 8, numerator: 2n, denominator: 3n }]);
  });

  it("a duplicate is confirmed strictly above 52 percent", () => {
    for (const { stake, total, yes } of unit.duplicate_confirmed) {
      expect(isDuplicateConfirmed(BigInt(stake), BigInt(total))).toBe(yes);
    }
    expect(unit.duplicate_confirmed).toHaveLength(2);
  });

  it("a switch is allowed where Solana's is", () => {
    const { tree: edges, last_vote, stakes: others, total, cases } = unit.switch;
    const named = Object.fromEntries(Object.entries(others).map(([name, stake]) => [name, BigInt(stake)]));
    const table = stakesOf(named);
    expect(Number(table.total)).toBe(total);
    for (const { name, target, root, intervals, expect: expected } of cases) {
      const tree = createBlockTree(bankNamed(nameOf(0), 0, "none", table));
      const node = (slot: number) => nodeAt(tree, hashNamed(nameOf(slot)))!;
      for (const [slot, parent] of Object.entries(edges)) {
        addNode(tree, bankNamed(nameOf(Number(slot)), Number(slot), nameOf(parent), table), noBlock);
      }
      const tips = [...tree.nodes.values()].filter(({ children }) => children.length === 0);
      const entryOf = (voter: string): StakeEntry => ({
        voteAccount: voterNamed(voter),
        identity: identityNamed(voter),
        stake: lamportsOf(named[voter]!),
      });
      const decision = checkSwitch({
        root: node(root),
        lastVoted: node(last_vote),
        lastSlot: slotOf(last_vote),
        target: node(target),
        tips: () => tips,
        latest: () => [],
        intervalsAt: (tip): LockoutInterval[] =>
          (intervals[tip.slot] ?? []).map(([slot, end, voter]) => ({ voter: entryOf(voter), slot: slotOf(slot), end })),
      });
      const words = { "same-fork": "same_fork", "switch-proof": "pass", "switch-threshold": "fail" } as const;
      expect(words[decision.type as keyof typeof words], name).toBe(expected);
    }
    expect(cases).toHaveLength(8);
  });
});
