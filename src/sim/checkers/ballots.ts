/**
 * What honest validators have voted for, as the checkers remember it: by block, who ever voted for it or for a descendant;
 * and stake counted generously, for bounds from above.
 *
 *     votes   0 -> 8, 1 -> 7, 2 -> 6        5: {0 1 2}   6: {0 2}   7: {1}   8: {0}          5 ── 6 ── 8
 *                                                                                            └── 7
 *     backing of 6: 0 and 2, and whoever misbehaved or lost its disk: they may have told anybody anything
 */
import type { Hash } from "../../chain/ids.ts";
import { type StakeTable, stakeOf } from "../../chain/stake-table.ts";
import type { Vote } from "../../consensus/vote.ts";
import type { CheckerContext } from "./checker.ts";
import { type Chronicle, parentOf, type SeenBlock } from "./chronicle.ts";

export type Ballots = {
  /** Who voted for exactly this block. */
  readonly direct: Map<Hash, Set<number>>;
  /** Who voted for it or for a block above it. */
  readonly above: Map<Hash, Set<number>>;
};

export function createBallots(): Ballots {
  return { direct: new Map(), above: new Map() };
}

function setAt(sets: Map<Hash, Set<number>>, blockId: Hash): Set<number> {
  let set = sets.get(blockId);
  if (set === undefined) {
    set = new Set();
    sets.set(blockId, set);
  }
  return set;
}

export function addBallot(ballots: Ballots, chronicle: Chronicle, node: number, vote: Vote): void {
  setAt(ballots.direct, vote.blockId).add(node);
  let at: SeenBlock | null = chronicle.blocks.get(vote.blockId) ?? null;
  for (; at !== null; at = parentOf(chronicle, at)) {
    const above = setAt(ballots.above, at.blockId);
    if (above.has(node)) return;
    above.add(node);
  }
}

/** The stake of those for whom `counts` is true, and of all who cannot be trusted to have said one thing only. */
export function stakeAtMost(
  { voteAccounts, chronicle: { misbehaved, forgetful } }: CheckerContext,
  table: StakeTable,
  counts: (node: number) => boolean,
): bigint {
  let stake = 0n;
  for (const [node, voteAccount] of voteAccounts.entries()) {
    if (voteAccount === null) continue;
    if (misbehaved.has(node) || forgetful.has(node) || counts(node)) stake += stakeOf(table, voteAccount);
  }
  return stake;
}

/** The stakes that weigh votes for this block. */
export function stakesOf({ bank }: SeenBlock): StakeTable | null {
  return bank.stakeTables.get(bank.epoch) ?? null;
}
