/**
 * How unequally something is held: stake, leadership, rewards.
 *
 *     40 30 20 10   Nakamoto at 1/3: 1, at 2/3: 2     Gini 0.25     HHI 0.30 = 1/3.33 (as few as 3.33 equal holders)
 *     25 25 25 25   Nakamoto at 1/3: 2, at 2/3: 3     Gini 0        HHI 0.25 = 1/4
 *
 * Sources: Srinivasan and Lee 2017 (Nakamoto coefficient), Gini 1912, Herfindahl and Hirschman (HHI; its inverse is the
 * effective number of holders), Shannon 1948. Floats: for people and tests, never for the protocol.
 */
import { assert } from "../base/assert.ts";

export type Concentration = {
  /** Who holds anything. */
  readonly holders: number;
  /** The fewest holders who together have more than this share: more than 1/3 can stop finality, more than 2/3 decide it. */
  readonly nakamoto: { readonly oneThird: number; readonly twoThirds: number };
  /** 0: all hold the same; towards 1: one holds all. Among those who hold anything. */
  readonly gini: number;
  /** Sum of squared shares, 1/holders to 1. */
  readonly hhi: number;
  /** 1/HHI: equal holders who would be as concentrated. */
  readonly effectiveNumber: number;
  /** Entropy of the shares in bits, 0 to log2(holders). */
  readonly shannonBits: number;
};

/** Of amounts in one unit, none negative, in any order. Null where nobody holds anything. */
export function computeConcentration(amounts: readonly bigint[]): Concentration | null {
  for (const amount of amounts) assert(amount >= 0n, `a negative amount: ${amount}`);
  const held = amounts.filter((amount) => amount > 0n).sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
  const total = held.reduce((sum, amount) => sum + amount, 0n);
  if (total === 0n) return null;
  const shares = held.map((amount) => Number(amount) / Number(total));
  const hhi = shares.reduce((sum, share) => sum + share * share, 0);
  // Largest first, the mean absolute difference comes out as the sum of shares weighted by their distance from the middle.
  const spread = shares.reduce((sum, share, rank) => sum + share * (shares.length - 1 - 2 * rank), 0);
  return {
    holders: held.length,
    nakamoto: { oneThird: countToExceed(held, total, 1n, 3n), twoThirds: countToExceed(held, total, 2n, 3n) },
    // Equal shares of floats may come out a little below.
    gini: Math.max(0, spread / shares.length),
    hhi,
    effectiveNumber: 1 / hhi,
    // Never -0: a single holder has no entropy.
    shannonBits: shares.reduce((sum, share) => sum - share * Math.log2(share), 0) + 0,
  };
}

/** In integers: a share of exactly one third does not exceed it. */
function countToExceed(descending: readonly bigint[], total: bigint, numerator: bigint, denominator: bigint): number {
  let sum = 0n;
  let count = 0;
  while (sum * denominator <= total * numerator) sum += descending[count++]!;
  return count;
}
