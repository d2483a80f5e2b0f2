/** Votes of one instant are heard validator by validator (src/sim/hear-together.ts), and nobody can tell. */
import { describe, expect, it } from "vitest";
import type { Consensus } from "../src/consensus/consensus.ts";
import type { Cluster } from "../src/sim/cluster.ts";
import type { Fault } from "../src/sim/faults.ts";
import { advance, createTestCluster, type TestCluster } from "./support/clusters.ts";

const stakes = [3n, 2n, 2n, 2n, 2n, 2n, 2n];

const faults: readonly (readonly [number, Fault])[] = [
  [10, { type: "kill", validator: 3 }],
  [
    20,
    {
      type: "partition",
      groups: [
        [0, 1, 2],
        [4, 5, 6],
      ],
    },
  ],
  [30, { type: "heal" }],
  [34, { type: "restart", validator: 3 }],
  [
    40,
    {
      type: "partition",
      groups: [
        [0, 3, 4],
        [1, 2, 5, 6],
      ],
    },
  ],
  [44, { type: "misbehave", validator: 6, strategy: "equivocate" }],
  [60, { type: "heal" }],
  [70, { type: "misbehave", validator: 6, strategy: null }],
  [75, { type: "slow", validator: 2, delayMs: 60 }],
  [85, { type: "slow", validator: 2, delayMs: 0 }],
];

/** One who listens to inputs hears them event by event. */
function play(isApart: boolean): TestCluster & { readonly inputs: number } {
  const test = createTestCluster({ stakes });
  const { cluster } = test;
  let inputs = 0;
  if (isApart) cluster.listen({ onInput: () => void inputs++ });
  for (let slot = 1; slot <= 120; slot++) {
    for (const [at, fault] of faults) if (at === slot) expect(cluster.inject(fault)).toBeNull();
    cluster.advanceSlot();
  }
  return { ...test, inputs };
}

/** What is told, and of which block. */
const reportsOf = ({ seen }: TestCluster) =>
  seen.reports.map(({ node, report }) => [node, report.type, "bank" in report ? report.bank.blockId : null]);

/** Counts what is done together: a test that would pass without it says nothing. */
function countTogether({ nodes }: Cluster): { together: number; oneByOne: number } {
  const counts = { together: 0, oneByOne: 0 };
  const counting = (addRun: Consensus["addRun"]): Consensus["addRun"] =>
    function (this: Consensus, run, except) {
      const confirmedBy = addRun.call(this, run, except);
      if (confirmedBy === null) counts.oneByOne++;
      else counts.together++;
      return confirmedBy;
    };
  for (const { validator } of nodes) {
    const { consensus } = validator;
    Object.assign(consensus, { addRun: counting(consensus.addRun) });
  }
  return counts;
}

describe("votes of one instant", () => {
  it("do the same and are told of in the same order, heard together or apart", () => {
    const [together, apart] = [play(false), play(true)];
    expect(apart.inputs).toBeGreaterThan(1000);
    expect(together.cluster.traceHash).toBe(apart.cluster.traceHash);
    const reports = reportsOf(together);
    expect(reports.filter(([, type]) => type === "block-confirmed").length).toBeGreaterThan(100);
    expect(reports).toEqual(reportsOf(apart));
    for (const [index, { validator }] of together.cluster.nodes.entries()) {
      const other = apart.cluster.nodes[index]!.validator;
      expect(validator.tower).toEqual(other.tower);
      expect(validator.offences).toEqual(other.offences);
      expect([...validator.consensus.votes()]).toEqual([...other.consensus.votes()]);
    }
  });

  it("are heard together in almost every slot where links are alike, and never where somebody listens", () => {
    const { cluster } = createTestCluster({ stakes });
    const counts = countTogether(cluster);
    advance(cluster, 70);
    expect(counts.together).toBeGreaterThan(8 * 60);
    expect(counts.oneByOne).toBeLessThan(20);
    const before = { ...counts };
    const stop = cluster.listen({ onInput: () => {} });
    advance(cluster, 10);
    expect(counts).toEqual(before);
    stop();
    advance(cluster, 1);
    expect(counts.together).toBeGreaterThan(before.together);
  });

  it.each(["addRun", "addWeighed"] as const)("stop the one that fails in %s, and nobody else", (failing) => {
    const play = (isApart: boolean): Cluster => {
      const { cluster } = createTestCluster({ stakes });
      if (isApart) cluster.listen({ onInput: () => {} });
      advance(cluster, 5);
      const crashes: number[] = [];
      cluster.listen({ onCrash: (node) => crashes.push(node) });
      // A run fails before any of its votes is heard; one by one the third does.
      let heard = failing === "addRun" ? 2 : 0;
      const fail = () => {
        if (++heard > 2) throw new Error("a mistake of ours");
        return null;
      };
      const addRun = failing === "addRun" ? fail : () => null;
      Object.assign(cluster.nodes[2]!.validator.consensus, { addWeighed: fail, addRun });
      advance(cluster, 60);
      expect(crashes).toEqual([2]);
      return cluster;
    };
    const cluster = play(false);
    expect(cluster.traceHash).toBe(play(true).traceHash);
    expect(cluster.nodes.map(({ crashed }) => crashed !== null)).toEqual(cluster.nodes.map((_, node) => node === 2));
    expect(cluster.observing.consensus.finalized().slot).toBeGreaterThan(20);
  });
});
