/**
 * Who gets how much of an epoch's pot: stake earns by the credits of the validator it is delegated to.
 *
 *     pot 1000. V (commission 10%) earned 100 credits, W (0%) earned 50.
 *
 *     stake   of   effective   points = stake · credits   share of 1000, floored   validator   staker
 *     A       V          300                     30,000                      750          75      675
 *     B       V          100                     10,000                      250          25      225
 *     C       W            0  (activated in the rewarded epoch)                           –        0, credits observed
 *
 * A stake remembers up to which of its vote account's credits it has been paid (`creditsObserved`). What is floored away
 * is not paid to anyone. A reward too small to pay both sides waits: its credits stay unobserved, and count next time.
 * Source: agave runtime/src/inflation_rewards, without the points of Alpenglow.
 */
import { assert, assertDefined } from "../base/assert.ts";
import { type Address, compareAddresses } from "./ids.ts";
import type { Delegation } from "./stake-activation.ts";

/** What a vote account earned in an epoch; `EpochCredits` of a vote state fits. */
export type CreditsOfEpoch = {
  readonly epoch: number | bigint;
  /** Earned from the account's beginning to the end of this epoch. */
  readonly credits: number | bigint;
  /** The same at the epoch's start. */
  readonly previousCredits: number | bigint;
};

/** A delegation, and the vote account's credits it has already been paid for. */
export type CreditedDelegation = { readonly delegation: Delegation; readonly creditsObserved: bigint };

/** The epochs ascending; the last one's credits are all the account has. */
export type VoteCredits = { readonly epochCredits: readonly CreditsOfEpoch[] };

/** Effective lamports of a delegation in an epoch. */
export type EffectiveStakeAt = (delegation: Delegation, epoch: bigint) => bigint;

export type StakePoints = {
  /** Lamports times credits. */
  readonly points: bigint;
  readonly newCreditsObserved: bigint;
  /** The stake has observed more than there is (the vote account was made anew): observe what there is, earn nothing. */
  readonly forceCreditsUpdate: boolean;
};

export type CommissionSplit = {
  readonly voter: bigint;
  readonly staker: bigint;
  /** Whether both sides are meant to get something. */
  readonly isSplit: boolean;
};

export type RedeemedRewards = {
  readonly stakerReward: bigint;
  readonly voterReward: bigint;
  readonly newCreditsObserved: bigint;
};

export type RewardedStake = CreditedDelegation & { readonly address: Address; readonly voteAccount: Address };

export type RewardedVote = VoteCredits & { readonly commissionBps: number };

/** A stake that is paid, or that observes credits without pay (`reward` and `commission` 0). */
export type StakeRewardResult = {
  readonly address: Address;
  readonly voteAccount: Address;
  readonly points: bigint;
  /** The staker's lamports; they add to the delegation. */
  readonly reward: bigint;
  /** The validator's lamports. */
  readonly commission: bigint;
  readonly commissionBps: number;
  /** The stake's `creditsObserved` from now on. */
  readonly creditsObserved: bigint;
};

export type VoteReward = {
  readonly voteAccount: Address;
  /** Commissions of all its stakes; 0 where it takes none. */
  readonly lamports: bigint;
  readonly commissionBps: number;
};

export type RewardsResult = {
  readonly totalPoints: bigint;
  /** In the order of the stakes given; those that get and observe nothing are left out. */
  readonly stakeRewards: readonly StakeRewardResult[];
  /** Every vote account of `stakeRewards` once, by address bytes ascending. */
  readonly voteRewards: readonly VoteReward[];
  /** Lamports of all rewards and commissions; at most the pot. */
  readonly paid: bigint;
};

const fullCommissionBps = 10_000;

/** What a stake earned in one epoch: `credits` of its vote account, for each lamport of `stake`. */
export type EarnedCredits = { readonly epoch: bigint; readonly credits: bigint; readonly stake: bigint };

/** Points a stake has earned since it last observed credits, with the stake it had in each epoch. */
export function computePoints(
  stake: CreditedDelegation,
  vote: VoteCredits,
  effectiveAt: EffectiveStakeAt,
): StakePoints {
  const { creditsObserved } = stake;
  const voteCredits = BigInt(vote.epochCredits.at(-1)?.credits ?? 0);
  if (voteCredits < creditsObserved) return { points: 0n, newCreditsObserved: voteCredits, forceCreditsUpdate: true };

  let points = 0n;
  let newCreditsObserved = creditsObserved;
  for (const earned of earnedCredits(stake, vote, effectiveAt)) points += earned.credits * earned.stake;
  for (const entry of vote.epochCredits) {
    if (BigInt(entry.credits) > newCreditsObserved) newCreditsObserved = BigInt(entry.credits);
  }
  return { points, newCreditsObserved, forceCreditsUpdate: false };
}

/** The same, epoch by epoch: the points are the sum of stake times credits. Epochs that earned nothing are left out. */
export function earnedCredits(
  { delegation, creditsObserved }: CreditedDelegation,
  vote: VoteCredits,
  effectiveAt: EffectiveStakeAt,
): readonly EarnedCredits[] {
  const lines: EarnedCredits[] = [];
  const voteCredits = BigInt(vote.epochCredits.at(-1)?.credits ?? 0);
  if (voteCredits <= creditsObserved) return lines;
  let observed = creditsObserved;
  for (const entry of vote.epochCredits) {
    const credits = BigInt(entry.credits);
    const previous = BigInt(entry.previousCredits);
    // Observed before this epoch: all of it counts. Observed within it: the rest of it. After it: nothing.
    let earned = 0n;
    if (creditsObserved < previous) earned = credits - previous;
    else if (creditsObserved < credits) earned = credits - observed;
    const epoch = BigInt(entry.epoch);
    if (earned > 0n) lines.push({ epoch, credits: earned, stake: effectiveAt(delegation, epoch) });
    if (credits > observed) observed = credits;
  }
  return lines;
}

/**
 * The validator's and the staker's part, each rounded down by itself, so that a lamport may be left over.
 * `commissionBps`: hundredths of a percent; more than 10000 is 10000.
 */
export function splitCommission(rewards: bigint, commissionBps: number): CommissionSplit {
  assert(Number.isInteger(commissionBps) && commissionBps >= 0, `not a commission: ${commissionBps}`);
  if (commissionBps === 0) return { voter: 0n, staker: rewards, isSplit: false };
  if (commissionBps >= fullCommissionBps) return { voter: rewards, staker: 0n, isSplit: false };
  const bps = BigInt(commissionBps);
  const full = BigInt(fullCommissionBps);
  return { voter: (rewards * bps) / full, staker: (rewards * (full - bps)) / full, isSplit: true };
}

/**
 * What a stake with these points gets of `pot` lamports for `totalPoints`; null: nothing, and its credits stay unobserved.
 * Without a pot, and in the rewarded epoch itself for a stake activated in it, credits are observed without pay.
 */
export function redeemRewards(fields: {
  readonly stakePoints: StakePoints;
  readonly activationEpoch: bigint;
  readonly rewardedEpoch: bigint;
  readonly commissionBps: number;
  readonly pot: bigint;
  readonly totalPoints: bigint;
}): RedeemedRewards | null {
  const { stakePoints, activationEpoch, rewardedEpoch, commissionBps, pot, totalPoints } = fields;
  const { points, newCreditsObserved, forceCreditsUpdate } = stakePoints;
  if (forceCreditsUpdate || pot === 0n || activationEpoch === rewardedEpoch)
    return { stakerReward: 0n, voterReward: 0n, newCreditsObserved };
  if (points === 0n || totalPoints === 0n) return null;
  const rewards = (points * pot) / totalPoints;
  if (rewards === 0n) return null;
  const { voter, staker, isSplit } = splitCommission(rewards, commissionBps);
  if (isSplit && (voter === 0n || staker === 0n)) return null;
  return { stakerReward: staker, voterReward: voter, newCreditsObserved };
}

/**
 * The rewards of an epoch, for all stakes. A stake whose vote account is not in `votes` earns nothing. When nobody earned
 * a point, nothing is paid and nothing observed.
 */
export function computeEpochRewards(input: {
  readonly pot: bigint;
  readonly rewardedEpoch: bigint;
  readonly stakes: readonly RewardedStake[];
  readonly votes: ReadonlyMap<Address, RewardedVote>;
  readonly effectiveAt: EffectiveStakeAt;
}): RewardsResult {
  const { pot, rewardedEpoch, stakes, votes, effectiveAt } = input;
  const earned: { stake: RewardedStake; vote: RewardedVote; stakePoints: StakePoints }[] = [];
  let totalPoints = 0n;
  for (const stake of stakes) {
    const vote = votes.get(stake.voteAccount);
    if (vote === undefined) continue;
    const stakePoints = computePoints(stake, vote, effectiveAt);
    totalPoints += stakePoints.points;
    earned.push({ stake, vote, stakePoints });
  }
  if (totalPoints === 0n) return { totalPoints, stakeRewards: [], voteRewards: [], paid: 0n };

  const stakeRewards: StakeRewardResult[] = [];
  let paid = 0n;
  for (const { stake, vote, stakePoints } of earned) {
    const { activationEpoch } = stake.delegation;
    const { commissionBps } = vote;
    const redeemed = redeemRewards({ stakePoints, activationEpoch, rewardedEpoch, commissionBps, pot, totalPoints });
    if (redeemed === null) continue;
    const { stakerReward, voterReward, newCreditsObserved } = redeemed;
    paid += stakerReward + voterReward;
    stakeRewards.push({
      address: stake.address,
      voteAccount: stake.voteAccount,
      points: stakePoints.points,
      reward: stakerReward,
      commission: voterReward,
      commissionBps,
      creditsObserved: newCreditsObserved,
    });
  }
  assert(paid <= pot, `rewards of ${paid} lamports from a pot of ${pot}`);
  return { totalPoints, stakeRewards, voteRewards: sumByVoteAccount(stakeRewards, votes), paid };
}

function sumByVoteAccount(
  stakeRewards: readonly StakeRewardResult[],
  votes: ReadonlyMap<Address, RewardedVote>,
): VoteReward[] {
  const sums = new Map<Address, bigint>();
  for (const { voteAccount, commission } of stakeRewards)
    sums.set(voteAccount, (sums.get(voteAccount) ?? 0n) + commission);
  const voteAccounts = [...sums.keys()].sort(compareAddresses);
  return voteAccounts.map((voteAccount) => {
    const vote = assertDefined(votes.get(voteAccount), `rewards of an unknown vote account ${voteAccount}`);
    return { voteAccount, lamports: sums.get(voteAccount)!, commissionBps: vote.commissionBps };
  });
}
