/**
 * A sum of stakes that changes with every vote heard, N x N of them a slot: in two numbers that are changed in place, as each
 * new value of a bigint is a new object.
 *
 *     sum = high · 2^32 + low        5 · 2^32 + 7,  less 2^32 · 1 + 9  ->  4 · 2^32 − 2
 *
 * `low` is not brought back below 2^32: it stays exact below 2^53, for two million stakes. Differences of two sums have the
 * right sign: high · 2^32 is exact, and a rounded sum is zero only where it is.
 */
export type StakeSum = { high: number; low: number };

/** An amount to add or compare with: one stake, whose `low` is below 2^32, or a sum. */
export type StakeLimbs = { readonly high: number; readonly low: number };

const twoTo32 = 2 ** 32;

export function createStakeSum(): StakeSum {
  return { high: 0, low: 0 };
}

/** Of 0 to 2^64 - 1. */
export function limbsOf(stake: bigint): StakeLimbs {
  return { high: Number(stake >> 32n), low: Number(stake & 0xffff_ffffn) };
}

export function addStake(sum: StakeSum, stake: StakeLimbs): void {
  sum.high += stake.high;
  sum.low += stake.low;
}

export function subtractStake(sum: StakeSum, stake: StakeLimbs): void {
  sum.high -= stake.high;
  sum.low -= stake.low;
}

export function stakeIn({ high, low }: StakeLimbs): bigint {
  return (BigInt(high) << 32n) + BigInt(low);
}

/** Negative, zero or positive, as the first is less, equal or more. */
export function compareStakes(a: StakeLimbs, b: StakeLimbs): number {
  return (a.high - b.high) * twoTo32 + (a.low - b.low);
}
