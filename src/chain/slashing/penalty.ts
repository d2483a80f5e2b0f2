/**
 * What a conviction costs: a base, and more the more of all stake was convicted within the same few epochs. One validator's
 * mishap is cheap; a third of the stake, which together can harm the chain, loses everything (with a multiplier of 3).
 *
 *     base 500 bps, multiplier 3; 60 of 1000 SOL convicted within the window, 40 of them this validator's
 *     correlation   3 × 60 / 1000 = 1800 bps        share   500 + 1800 = 2300 bps
 *     its delegations      30 SOL -> 6.9            10 SOL -> 2.3              taken 9.2
 *     the reporter's part  500 bps of 9.2 = 0.46    burned 8.74
 *
 * All integers, every division rounded down: in favour of whoever pays, and the burn gets what the reporter's part leaves.
 */
import type { Address } from "../ids.ts";

export const fullBps = 10_000;

/** A stake account that is delegated to the offender. Lamports. */
export type SlashableDelegation = {
  readonly stakeAccount: Address;
  /** What counted for the offender when it offended. */
  readonly effective: bigint;
  /** All that is delegated now. */
  readonly delegated: bigint;
  /** The balance above the rent reserve. */
  readonly available: bigint;
};

export type PenaltyInput = {
  readonly baseBps: number;
  readonly correlationMultiplier: number;
  readonly reporterBps: number;
  /** Stake of all validators convicted within the window; more than the total counts as the total. */
  readonly convictedStake: bigint;
  /** Everybody's, in the offence's epoch. */
  readonly totalStake: bigint;
  readonly delegations: readonly SlashableDelegation[];
};

export type PenaltyLine = SlashableDelegation & {
  /** The share of `effective`, rounded down. */
  readonly due: bigint;
  /** `due`, or the delegation, or what is available: the least of them. */
  readonly taken: bigint;
};

export type Penalty = {
  readonly baseBps: number;
  readonly correlatedStake: bigint;
  /** multiplier × correlated stake / total stake, rounded down. */
  readonly correlationBps: number;
  /** min(10000, base + correlation). */
  readonly shareBps: number;
  readonly lines: readonly PenaltyLine[];
  readonly taken: bigint;
  /** Of what is taken, rounded down. */
  readonly reporterReward: bigint;
  readonly burned: bigint;
};

export function computePenalty(input: PenaltyInput): Penalty {
  const { baseBps, totalStake } = input;
  const correlatedStake = min(input.convictedStake, totalStake);
  const correlationBps =
    totalStake === 0n
      ? 0
      : Number((BigInt(input.correlationMultiplier) * correlatedStake * BigInt(fullBps)) / totalStake);
  const shareBps = Math.min(fullBps, baseBps + correlationBps);
  const lines = input.delegations.map((delegation): PenaltyLine => {
    const due = partOf(delegation.effective, shareBps);
    return { ...delegation, due, taken: min(due, min(delegation.delegated, delegation.available)) };
  });
  const taken = lines.reduce((sum, line) => sum + line.taken, 0n);
  const reporterReward = partOf(taken, input.reporterBps);
  return {
    baseBps,
    correlatedStake,
    correlationBps,
    shareBps,
    lines,
    taken,
    reporterReward,
    burned: taken - reporterReward,
  };
}

/** Rounded down. */
function partOf(amount: bigint, bps: number): bigint {
  return (amount * BigInt(bps)) / BigInt(fullBps);
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
