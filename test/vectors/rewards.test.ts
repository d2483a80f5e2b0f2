import { describe, expect, it } from "vitest";
import { decodeBase58 } from "../../src/base/base58.ts";
import { concatBytes } from "../../src/base/bytes.ts";
import { sipHash13 } from "../../src/base/siphash.ts";
import { parseAddress } from "../../src/chain/ids.ts";
import { rewardPartitionOf } from "../../src/chain/reward-partitions.ts";
import { computePoints, type EffectiveStakeAt, redeemRewards, splitCommission } from "../../src/chain/rewards.ts";
import { createStakeHistory, stakeActivationAt } from "../../src/chain/stake-activation.ts";
import { readVector, vectorsNote, vectorsPresent } from "../support/vectors.ts";

type StakeCase = {
  readonly stake: string;
  readonly credits_observed: number;
  readonly epoch_credits: readonly (readonly [epoch: number, credits: number, previousCredits: number])[];
  readonly activation_epoch?: number | null;
};
type RewardsVector = {
  readonly commission_split: readonly {
    bps: number;
    rewards: string;
    voter: string;
    staker: string;
    is_split: boolean;
  }[];
  readonly calc: readonly (StakeCase & {
    commission_bps: number;
    rewarded_epoch: number;
    point_value: readonly [rewards: number, points: number];
    result: readonly [staker: number, voter: number, newCreditsObserved: number] | null;
  })[];
  readonly points: readonly (StakeCase & { points: string; new_credits_observed: number; force: boolean })[];
  readonly redeem: readonly (StakeCase & {
    point_value: readonly [rewards: number, points: number];
    staker: string;
    voter: string;
    new_stake: string;
  })[];
  readonly partition: {
    cases: readonly { parent_blockhash: string; address: string; hash: string; n: number; partition: number }[];
  };
};

const never = 2n ** 64n - 1n;
const history = createStakeHistory([]);
const effectiveAt: EffectiveStakeAt = (delegation, epoch) =>
  stakeActivationAt(delegation, epoch, history, null).effective;

function pointsOf({ stake, credits_observed, epoch_credits, activation_epoch }: StakeCase) {
  const activationEpoch = activation_epoch == null ? never : BigInt(activation_epoch);
  const delegation = { stake: BigInt(stake), activationEpoch, deactivationEpoch: never };
  const epochCredits = epoch_credits.map(([epoch, credits, previousCredits]) => ({ epoch, credits, previousCredits }));
  const stakePoints = computePoints(
    { delegation, creditsObserved: BigInt(credits_observed) },
    { epochCredits },
    effectiveAt,
  );
  return { activationEpoch, stakePoints };
}

describe.skipIf(!vectorsPresent)(`rewards (${vectorsNote})`, () => {
  const read = () => readVector<RewardsVector>("rewards/agave.json");

  it("splits commissions as Agave does", () => {
    const cases = read().commission_split;
    for (const { bps, rewards, voter, staker, is_split } of cases)
      expect(splitCommission(BigInt(rewards), bps), `${bps}`).toEqual({
        voter: BigInt(voter),
        staker: BigInt(staker),
        isSplit: is_split,
      });
    expect(cases.length).toBe(4);
  });

  it("counts points as Agave does", () => {
    const cases = read().points;
    for (const each of cases)
      expect(pointsOf(each).stakePoints).toEqual({
        points: BigInt(each.points),
        newCreditsObserved: BigInt(each.new_credits_observed),
        forceCreditsUpdate: each.force,
      });
    expect(cases.length).toBe(2);
  });

  it("redeems rewards as Agave does", () => {
    const { calc, redeem } = read();
    for (const each of calc) {
      const redeemed = redeemRewards({
        ...pointsOf(each),
        rewardedEpoch: BigInt(each.rewarded_epoch),
        commissionBps: each.commission_bps,
        pot: BigInt(each.point_value[0]),
        totalPoints: BigInt(each.point_value[1]),
      });
      const row = redeemed && [redeemed.stakerReward, redeemed.voterReward, redeemed.newCreditsObserved];
      expect(row, JSON.stringify(each)).toEqual(each.result?.map(BigInt) ?? null);
    }
    for (const each of redeem) {
      const redeemed = redeemRewards({
        ...pointsOf(each),
        rewardedEpoch: 0n,
        commissionBps: 0,
        pot: BigInt(each.point_value[0]),
        totalPoints: BigInt(each.point_value[1]),
      })!;
      expect([redeemed.stakerReward, redeemed.voterReward]).toEqual([BigInt(each.staker), BigInt(each.voter)]);
      expect(BigInt(each.stake) + redeemed.stakerReward).toBe(BigInt(each.new_stake));
    }
    expect([calc.length, redeem.length]).toEqual([6, 1]);
  });

  it("pays an account in Agave's partition", () => {
    const { cases } = read().partition;
    for (const { parent_blockhash, address, hash, n, partition } of cases) {
      const blockhash = decodeBase58(parent_blockhash, 44)!;
      const bytes = concatBytes(blockhash, decodeBase58(address, 44)!);
      expect(sipHash13(new Uint8Array(16), bytes)).toBe(BigInt(hash));
      expect(rewardPartitionOf(parseAddress(address)!, blockhash, n)).toBe(partition);
    }
    expect(cases.length).toBe(1);
  });
});
