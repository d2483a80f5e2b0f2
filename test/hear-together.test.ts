/** Votes of one instant are heard validator by validator (src/sim/hear-together.ts), and nobody can tell. */
import { describe, expect, it } from "vitest";
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

  it("stop the one that fails over them, and nobody else", () => {
    const { cluster } = createTestCluster({ stakes });
    advance(cluster, 5);
    const crashes: number[] = [];
    cluster.listen({ onCrash: (node) => crashes.push(node) });
    Object.assign(cluster.nodes[2]!.validator.consensus, {
      addRun() {
        throw new Error("a mistake of ours");
      },
    });
    advance(cluster, 60);
    expect(crashes).toEqual([2]);
    expect(cluster.nodes.map(({ crashed }) => crashed !== null)).toEqual(cluster.nodes.map((_, node) => node === 2));
    expect(cluster.observing.consensus.finalized().slot).toBeGreaterThan(20);
  });
});
