/**
 * Pays an epoch's rewards to its stake accounts, one partition a block.
 *
 *     height 256  first block of epoch 8: reckons; pays none
 *            257  partition 0        stake A + 675: balance and delegation grow, its credits are observed
 *            258  partition 1        stake C +   0: only its credits are observed
 *            259  all paid: stake accounts move again
 *
 * Lamports come into being as they are paid, not before. A share whose account is gone, or delegates no more, is not paid.
 * Should the next epoch come before all partitions were paid (few blocks), its first block pays the rest.
 * Source: SIMD-0118.
 */
import { stakeProgramAddress } from "./addresses.ts";
import type { OpeningBank } from "./bank.ts";
import { isPaying, type RewardsProgress, type StakeReward } from "./epoch-rewards.ts";
import { lamportsOf } from "./ids.ts";
import { decodeDelegatedStake, encodeSharedDelegation } from "./stake-account.ts";

/** What every block does: pays the partition that is due, if one is. */
export function payRewards(opening: OpeningBank): void {
  const progress = opening.rewardsProgress;
  if (progress === null || !isPaying(progress) || opening.height < progress.rewards.startHeight) return;
  payNextPartition(opening, progress);
}

/** What an epoch's first block does: pays all partitions still unpaid. */
export function finishPayments(opening: OpeningBank): void {
  for (let left = opening.rewardsProgress; left !== null && isPaying(left); left = opening.rewardsProgress)
    payNextPartition(opening, left);
}

function payNextPartition(opening: OpeningBank, { rewards, partitionsPaid }: RewardsProgress): void {
  for (const reward of rewards.partitions[partitionsPaid]!) payStake(opening, reward);
  opening.rewardsProgress = { rewards, partitionsPaid: partitionsPaid + 1 };
}

function payStake(opening: OpeningBank, reward: StakeReward): void {
  const { stakeAccount: address, lamports, creditsObserved, commissionBps } = reward;
  const account = opening.overlay.get(address);
  const state = account?.owner === stakeProgramAddress ? decodeDelegatedStake(account.data) : null;
  if (account === null || state === null) return;
  const stake = lamportsOf(state.delegation.stake + lamports);
  const postBalance = lamportsOf(account.lamports + lamports);
  const data = encodeSharedDelegation({ ...state, delegation: { ...state.delegation, stake, creditsObserved } });
  opening.overlay.set(address, { ...account, lamports: postBalance, data });
  if (lamports === 0n) return;
  opening.minted += lamports;
  opening.rewards.push({ address, lamports, postBalance, type: "staking", commissionBps });
}
