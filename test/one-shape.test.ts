/**
 * Objects of one kind have one shape (docs/decisions/0023-objects-of-one-shape.md): the engine's own word for it, of what a
 * chain makes in every slot. A spread with something added behind it gives each object a shape of its own.
 */
import v8 from "node:v8";
import { expect, it } from "vitest";
import { accountAt } from "../src/chain/accounts-tree.ts";
import { decodeVoteState } from "../src/chain/vote-state.ts";
import type { BlockNode } from "../src/consensus/block-tree.ts";
import { Cluster } from "../src/sim/cluster.ts";
import { advance, createTestNetwork, testCrypto, transferOf } from "./support/clusters.ts";

/** Compiled while such names are allowed. */
function compileComparison(): (a: object, b: object) => boolean {
  v8.setFlagsFromString("--allow-natives-syntax");
  const compare = new Function("a", "b", "return %HaveSameMap(a, b)") as (a: object, b: object) => boolean;
  // Compiled when first called.
  compare({}, {});
  v8.setFlagsFromString("--no-allow-natives-syntax");
  return compare;
}

const haveOneShape = compileComparison();

/** From how many different shapes these are. */
function shapesOf(objects: readonly object[]): number {
  const shapes: object[] = [];
  for (const object of objects) if (!shapes.some((shape) => haveOneShape(shape, object))) shapes.push(object);
  return shapes.length;
}

function nodesOf(head: BlockNode): BlockNode[] {
  const nodes: BlockNode[] = [];
  for (let at: BlockNode | null = head; at !== null; at = at.parent) nodes.push(at);
  return nodes;
}

const network = createTestNetwork({ stakes: [40n, 30n, 20n, 10n], params: { slotsPerEpoch: 32 } });

/** A chain that has gone on for a while, with transfers where there is a ledger. */
function runChain(consensusOnly: boolean): Cluster {
  const cluster = new Cluster({ network, crypto: testCrypto, consensusOnly });
  advance(cluster, 90);
  const [from, to] = network.accounts;
  for (let n = 1n; n <= 3n && !consensusOnly; n++) {
    const { blockhash } = cluster.observing.consensus.head().bank;
    cluster.submit([transferOf(from!, to!.address, n, blockhash)]);
    advance(cluster, 1);
  }
  return cluster;
}

it.each([false, true])("what a chain makes in every slot (without a ledger: %s)", (consensusOnly) => {
  const { consensus } = runChain(consensusOnly).observing;
  const nodes = nodesOf(consensus.head());
  const blocks = nodes.map(({ block }) => block!);
  const results = nodes.flatMap(({ bank }) => bank.results);
  const kinds: Readonly<Record<string, readonly object[]>> = {
    banks: nodes.map(({ bank }) => bank),
    "recent blocks": nodes[0]!.bank.recentBlocks.slice(1),
    blocks,
    entries: blocks.flatMap(({ entries }) => entries),
    results,
    votes: consensus.votes(),
    nodes,
    "transactions of votes": results.filter(({ isVote }) => isVote).map(({ transaction }) => transaction),
  };
  for (const [kind, objects] of Object.entries(kinds)) {
    expect(objects.length, kind).toBeGreaterThan(3);
    expect(shapesOf(objects), kind).toBe(1);
  }
});

it("vote states, as decoded and as changed by votes", () => {
  const cluster = new Cluster({ network, crypto: testCrypto });
  const statesNow = () =>
    network.validators.map(({ voteAccount }) => {
      const account = accountAt(cluster.observing.consensus.head().bank.accounts, voteAccount);
      return decodeVoteState(account!.data, voteAccount)!;
    });
  const states = statesNow();
  advance(cluster, 40);
  expect(shapesOf([...states, ...statesNow()])).toBe(1);
});
