/**
 * What the epoch that ended earned, at the first block of the next one.
 *
 *     pot      = validators' rate of the year · supply · slots of the ended epoch / slots a year       (inflation.ts)
 *     shares   = by points: effective stake times the vote account's new credits                        (rewards.ts)
 *     commission: what the vote account asked for when the ended epoch's stakes were frozen, an epoch before it began.
 *                 For one that did not exist then, what it asked for an epoch later; failing that, what it asks now.
 *
 *     commission of V        5 %           50 %
 *     ──────────|────────────────|──────────┴─────|──────────
 *          epoch 6  frozen ─┐ 7        8  raised  9: pays for 8 at 5 %, as frozen at the start of 7
 *                           └─ for 8
 *
 * Commissions are paid at once, to the vote accounts by ascending address or to whom they name (SIMD-0232); the stakers'
 * shares wait, in the partition that the hash of their address and the last blockhash names. The pot is not minted but as
 * it is paid.
 * Stake of validators jailed in the ended epoch earns nothing, and observes its credits all the same: nothing is paid
 * later for them.
 * Sources: SIMD-0118, SIMD-0232, SIMD-0249; agave runtime/src/bank/partitioned_epoch_rewards.
 */
import { voteProgramAddress } from "./addresses.ts";
import type { OpeningBank } from "./bank.ts";
import { depositRevenue } from "./deposit.ts";
import { inflationRatesOf } from "./epoch-inflation.ts";
import type { EpochRewards, StakeReward } from "./epoch-rewards.ts";
import { slotsIn } from "./epoch-schedule.ts";
import { type Address, compareAddresses, epochOf, hashBytes, u64Max } from "./ids.ts";
import { computeEpochPot, computeSlotsPerYear } from "./inflation.ts";
import { rewardPartitionCount, rewardPartitionOf } from "./reward-partitions.ts";
import {
  computeEpochRewards,
  type EffectiveStakeAt,
  earnedCredits,
  type RewardedVote,
  type VoteReward,
} from "./rewards.ts";
import { jailedAt, type ScannedStake, type StakeScan } from "./stake-scan.ts";
import { stakeStatusAt } from "./stake-status.ts";
import { decodeVoteState, type VoteState, voteCreditsOf } from "./vote-state.ts";

/** Reckons, pays the commissions and leaves the shares to be paid. */
export function reckonRewards(opening: OpeningBank, scan: StakeScan): void {
  const { chain, parent, stakeHistory } = opening;
  const jailed = jailedAt(scan, parent.epoch);
  const { pot, validatorRate } = computePot(opening);
  const free = scan.stakes.filter(({ state }) => !jailed.has(state.delegation.voteAccount));
  const stakes = free.map(({ address, state: { delegation } }) => {
    const { voteAccount, creditsObserved } = delegation;
    return { address, voteAccount, delegation, creditsObserved };
  });
  const votes = rewardedVotes(opening, scan);
  const effectiveAt: EffectiveStakeAt = (delegation, epoch) =>
    stakeStatusAt(chain.params, delegation, epoch, stakeHistory).effective;
  const earned = computeEpochRewards({ pot, rewardedEpoch: BigInt(parent.epoch), stakes, votes, effectiveAt });
  const stakeAt = new Map(stakes.map((stake) => [stake.address, stake]));
  const shares = earned.stakeRewards.map((share): StakeReward => {
    const { address: stakeAccount, voteAccount, points, reward: lamports, commission, commissionBps } = share;
    const [stake, vote] = [stakeAt.get(stakeAccount), votes.get(voteAccount)];
    const lines = stake === undefined || vote === undefined ? [] : earnedCredits(stake, vote, effectiveAt);
    const { creditsObserved } = share;
    return { stakeAccount, voteAccount, points, earned: lines, lamports, commission, commissionBps, creditsObserved };
  });
  const due = [...shares, ...withoutPay(scan, jailed)].sort((a, b) => compareAddresses(a.stakeAccount, b.stakeAccount));
  const rewards: EpochRewards = {
    epoch: parent.epoch,
    pot,
    capitalization: parent.supply.total,
    validatorRate,
    totalPoints: earned.totalPoints,
    voteRewards: earned.voteRewards,
    partitions: inPartitions(opening, due),
    startHeight: opening.height + 1,
    parentBlockhash: parent.blockhash,
    total: earned.paid,
  };
  for (const reward of rewards.voteRewards) payCommission(opening, reward);
  opening.rewardsProgress = { rewards, partitionsPaid: 0 };
}

/** Lamports to divide, and the rate they come from. */
function computePot({ chain, parent, epoch, minted, burned }: OpeningBank) {
  const { validator: validatorRate } = inflationRatesOf(chain, epoch);
  let pot = computeEpochPot({
    validatorRate,
    capitalization: parent.supply.total,
    slotsInEpoch: slotsIn(chain.epochs, parent.epoch),
    slotsPerYear: computeSlotsPerYear(chain.params.slotDurationMs),
  });
  // A supply is 64 bits; a chain that wants more inflation than that has come to its end of it.
  const room = u64Max - (parent.supply.total + minted - burned);
  if (pot > room) pot = room;
  return { pot, validatorRate };
}

function rewardedVotes({ parent }: OpeningBank, { votes }: StakeScan): ReadonlyMap<Address, RewardedVote> {
  const asFrozen = parent.commissionTables.get(parent.epoch);
  const anEpochLater = parent.commissionTables.get(epochOf(parent.epoch + 1));
  return new Map(
    [...votes].map(([voteAccount, { epochCredits, inflationRewardsCommissionBps: today }]) => {
      const commissionBps = asFrozen?.get(voteAccount) ?? anEpochLater?.get(voteAccount) ?? today;
      return [voteAccount, { commissionBps, epochCredits }];
    }),
  );
}

/** Shares of nothing for the stakes of jailed validators that have credits to observe. */
function withoutPay({ stakes, votes }: StakeScan, jailed: ReadonlySet<Address>): StakeReward[] {
  const isBehind = ({ state: { delegation } }: ScannedStake, vote: VoteState) =>
    BigInt(voteCreditsOf(vote)) !== delegation.creditsObserved;
  return stakes.flatMap((stake) => {
    const { voteAccount } = stake.state.delegation;
    const vote = jailed.has(voteAccount) ? votes.get(voteAccount) : undefined;
    if (vote === undefined || !isBehind(stake, vote)) return [];
    const creditsObserved = BigInt(voteCreditsOf(vote));
    const nothing = { points: 0n, earned: [], lamports: 0n, commission: 0n, commissionBps: 0 };
    return [{ stakeAccount: stake.address, voteAccount, ...nothing, creditsObserved }];
  });
}

/** By the block that pays them, within it by address. None where nothing is due. */
function inPartitions({ chain, epoch, parent }: OpeningBank, due: readonly StakeReward[]): readonly StakeReward[][] {
  if (due.length === 0) return [];
  const { slotsPerEpoch, stakeRewardsPerBlock: accountsPerPartition } = chain.params;
  // The short first epochs pay all at once, as on Solana.
  const count =
    epoch < chain.epochs.firstNormalEpoch
      ? 1
      : rewardPartitionCount({ stakeRewards: due.length, slotsPerEpoch, accountsPerPartition });
  const partitions = Array.from({ length: count }, (): StakeReward[] => []);
  const seed = hashBytes(parent.blockhash);
  for (const reward of due) partitions[rewardPartitionOf(reward.stakeAccount, seed, count)]!.push(reward);
  return partitions;
}

/** To the vote account, or to the plain account that it names. One that cannot hold it is not paid: nothing is minted then. */
function payCommission(opening: OpeningBank, { voteAccount, lamports, commissionBps }: VoteReward): void {
  const account = opening.overlay.get(voteAccount);
  const state = account?.owner === voteProgramAddress ? decodeVoteState(account.data, voteAccount) : null;
  if (lamports === 0n || state === null) return;
  const address = state.inflationRewardsCollector;
  const into = { voteAccount, collector: address };
  const postBalance = depositRevenue(opening.overlay, into, lamports, opening.chain.params);
  if (postBalance === null) return;
  opening.minted += lamports;
  opening.rewards.push({ address, lamports, postBalance, type: "voting", commissionBps });
}
