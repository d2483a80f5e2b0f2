/**
 * The arithmetic of one stake account's reward, so that anybody can do it again.
 *
 *     pot      = validators' rate x capitalization x slots of the epoch / slots a year, rounded down
 *     points   = sum over epochs of effective stake x credits
 *     share    = points x pot / total points, rounded down
 *     voter    = share x commission / 10000, rounded down;  staker = share x (10000 - commission) / 10000, rounded down
 */
import type { Bank } from "../../chain/bank.ts";
import type { Chain } from "../../chain/chain.ts";
import { inflationRatesOf, inflationYearOf } from "../../chain/epoch-inflation.ts";
import type { EpochRewards, StakeReward } from "../../chain/epoch-rewards.ts";
import { slotsIn } from "../../chain/epoch-schedule.ts";
import type { Address } from "../../chain/ids.ts";
import { computeSlotsPerYear } from "../../chain/inflation.ts";
import { answered, failed, invalidParams } from "../errors.ts";
import type { BlockHeader } from "../node-view.ts";
import {
  addressSchema,
  bankFor,
  configSchema,
  contextFields,
  historyCommitment,
  method,
  optional,
  required,
} from "../params.ts";
import { type EpochPayment, epochSchema, findPaid, findPayment } from "./inflation.ts";
import { explainNoReward, type NoReward } from "./no-reward.ts";

const explainConfig = optional("config", configSchema(contextFields));

/** Amounts, credits and points are decimal texts, as they go beyond what JSON's readers keep. The epoch's when no epoch is given: the last one. */
export const escapementExplainReward = method(
  [required("stakeAccount", addressSchema), optional("epoch", epochSchema), explainConfig],
  ([stakeAccount, wanted, config], view) => {
    const bank = bankFor(view, config);
    if (!bank.ok) return bank;
    const commitment = historyCommitment(config?.commitment);
    if (!commitment.ok) return commitment;
    const epoch = wanted ?? Math.max(0, bank.value.epoch - 1);
    const payment = findPayment(view, commitment.value, epoch);
    if (!payment.ok) return payment;
    const { rewards, boundary } = payment.value;
    if (rewards === null) return failed(invalidParams(`epoch is ${epoch}, which had no block and earned nothing.`));
    return answered({
      stakeAccount,
      epoch,
      ...explainPot(view.chain, rewards, boundary),
      ...explainShare(view.chain, payment.value, rewards, bank.value, stakeAccount),
    });
  },
);

function explainPot(chain: Chain, rewards: EpochRewards, boundary: BlockHeader) {
  const { capitalization, validatorRate, pot, totalPoints, partitions, total } = rewards;
  const rates = inflationRatesOf(chain, boundary.epoch);
  return {
    capitalization: String(capitalization),
    inflationYear: inflationYearOf(chain, boundary.epoch),
    totalRate: rates.total,
    foundationRate: rates.foundation,
    validatorRate,
    slotsInEpoch: slotsIn(chain.epochs, rewards.epoch),
    slotsPerYear: computeSlotsPerYear(chain.params.slotDurationMs),
    pot: String(pot),
    totalPoints: String(totalPoints),
    paidToAll: String(total),
    boundarySlot: boundary.slot,
    partitions: partitions.length,
  };
}

/** Null fields: the account is not among those that earned or observed anything. */
function explainShare(
  { params }: Chain,
  payment: EpochPayment,
  rewards: EpochRewards,
  bank: Bank,
  stakeAccount: Address,
) {
  const partition = rewards.partitions.findIndex((each) => each.some((reward) => reward.stakeAccount === stakeAccount));
  const reward = rewards.partitions[partition]?.find((each) => each.stakeAccount === stakeAccount);
  if (reward === undefined)
    return { ...noShare, verdict: "earned nothing", ...explainNoReward(params, bank, rewards, stakeAccount) };
  const paid = findPaid(payment, bank, stakeAccount);
  const share = rewards.totalPoints === 0n ? 0n : (reward.points * rewards.pot) / rewards.totalPoints;
  return {
    voteAccount: reward.voteAccount,
    earned: earnedOf(reward),
    points: String(reward.points),
    share: String(share),
    commissionBps: reward.commissionBps,
    voter: String(reward.commission),
    staker: String(reward.lamports),
    creditsObserved: String(reward.creditsObserved),
    partition,
    effectiveSlot: paid.ok ? (paid.value?.slot ?? null) : null,
    postBalance: paid.ok && paid.value !== null ? String(paid.value.reward.postBalance) : null,
    ...verdictOf(reward, paid.ok, () => explainNoReward(params, bank, rewards, stakeAccount)),
  };
}

function earnedOf({ earned }: StakeReward) {
  return earned.map(({ epoch, stake, credits }) => ({
    epoch: Number(epoch),
    effectiveStake: String(stake),
    credits: String(credits),
    points: String(stake * credits),
  }));
}

/** `reason` and `because` are null where the stake account is paid, or will be. */
function verdictOf({ lamports, commission }: StakeReward, isDue: boolean, explainNothing: () => NoReward) {
  if (lamports === 0n && commission === 0n) return { verdict: "observes credits, without pay", ...explainNothing() };
  const verdict = isDue ? "paid" : "waits for its partition to be paid";
  if (lamports > 0n) return { verdict, reason: null, because: null };
  return { verdict, reason: "full-commission", because: "the validator's commission is 100%: all of it goes there" };
}

const noShare = {
  voteAccount: null,
  earned: [],
  points: "0",
  share: "0",
  commissionBps: null,
  voter: "0",
  staker: "0",
  creditsObserved: null,
  partition: null,
  effectiveSlot: null,
  postBalance: null,
};
