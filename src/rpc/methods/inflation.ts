/**
 * How many lamports come into being, and who got them.
 *
 *     epoch 7 earns   | first block of 8        | the next blocks, by partition
 *                     | commissions             | stake accounts
 *     getInflationReward([vote, stake], { epoch: 7 })    -32004 ─> -32017 until the stake's partition is paid ─> both
 *
 * Source: agave, rpc get_inflation_reward.
 */

import type { Bank } from "../../chain/bank.ts";
import type { BlockReward, RewardType } from "../../chain/block-reward.ts";
import { inflationParamsOf, inflationRatesOf } from "../../chain/epoch-inflation.ts";
import type { EpochRewards } from "../../chain/epoch-rewards.ts";
import { firstSlotOf } from "../../chain/epoch-schedule.ts";
import { type Address, epochOf, hashBytes, type Slot, slotOf } from "../../chain/ids.ts";
import { rewardPartitionOf } from "../../chain/reward-partitions.ts";
import { commissionPercentOf } from "../../chain/vote-state.ts";
import { rewardsBegunBy } from "../encode-block.ts";
import {
  answered,
  blockCleanedUp,
  blockNotAvailable,
  epochRewardsActive,
  failed,
  type RpcOutcome,
  slotNotEpochBoundary,
} from "../errors.ts";
import type { BlockHeader, Commitment, NodeView } from "../node-view.ts";
import {
  addressSchema,
  answerFrom,
  bankFor,
  commitmentSchema,
  configSchema,
  contextFields,
  countSchema,
  historyCommitment,
  listSchema,
  method,
  optional,
  required,
} from "../params.ts";

export const rewardAddressesMax = 5000;

const governorConfig = optional("config", configSchema({ commitment: commitmentSchema }));

/** Fractions of one. */
export const getInflationGovernor = method([governorConfig], (_, view) =>
  answered(inflationParamsOf(view.chain.params)),
);

/** The yearly rates of the current epoch. */
export const getInflationRate = method([], (_, view) =>
  answerFrom(view, undefined, ({ epoch }) => {
    const { total, validator, foundation } = inflationRatesOf(view.chain, epoch);
    return { total, validator, foundation, epoch };
  }),
);

export const epochSchema = countSchema("an epoch", 0, Number.MAX_SAFE_INTEGER);

const rewardConfig = optional("config", configSchema({ ...contextFields, epoch: epochSchema }));

/** What each address got for an epoch, in the order asked; null for nothing. Of a vote account: its commissions. */
export const getInflationReward = method(
  [required("addresses", listSchema(addressSchema, "addresses", rewardAddressesMax)), rewardConfig],
  ([addresses, config], view) => {
    const bank = bankFor(view, config);
    if (!bank.ok) return bank;
    const commitment = historyCommitment(config?.commitment);
    if (!commitment.ok) return commitment;
    const epoch = config?.epoch ?? Math.max(0, bank.value.epoch - 1);
    const payment = findPayment(view, commitment.value, epoch);
    if (!payment.ok) return payment;
    const rewards: unknown[] = [];
    for (const address of addresses) {
      const paid = findPaid(payment.value, bank.value, address);
      if (!paid.ok) return paid;
      rewards.push(paid.value === null ? null : encodeReward(paid.value, epoch));
    }
    return answered(rewards);
  },
);

function encodeReward({ reward, slot }: PaidReward, epoch: number) {
  const { lamports, postBalance, commissionBps } = reward;
  const commission = commissionBps === null ? null : commissionPercentOf(commissionBps);
  return { amount: lamports, postBalance, effectiveSlot: slot, epoch, commission };
}

/** The blocks that pay for an epoch, as far as they are there at a commitment. */
export type EpochPayment = {
  readonly rewards: EpochRewards | null;
  readonly boundary: BlockHeader;
  /** After the boundary's, in order; as many as there are partitions. */
  readonly payers: readonly BlockHeader[];
};

export type PaidReward = { readonly reward: BlockReward; readonly slot: Slot };

type HistoryCommitment = Exclude<Commitment, "processed">;

/** Where an epoch was paid for: in the first blocks of the next one. */
export function findPayment(view: NodeView, commitment: HistoryCommitment, epoch: number): RpcOutcome<EpochPayment> {
  const { ledger } = view;
  const firstSlot = firstSlotAfter(view, epoch);
  if (firstSlot === null) return failed(blockNotAvailable(Number.MAX_SAFE_INTEGER));
  const oldest = ledger.firstAvailableSlot();
  if (firstSlot < oldest) return failed(blockCleanedUp(firstSlot, oldest));
  const boundary = blocksFrom(view, firstSlot, 1, commitment)[0];
  if (boundary === undefined) return failed(blockNotAvailable(firstSlot));
  if (boundary.parentSlot >= firstSlot) return failed(slotNotEpochBoundary(boundary.slot));
  const rewards = rewardsBegunBy(boundary);
  // An epoch without a block earned nothing: what is paid then is for the last epoch that had one.
  if (rewards === null || rewards.epoch !== epoch) return answered({ rewards: null, boundary, payers: [] });
  const { length } = rewards.partitions;
  return answered({ rewards, boundary, payers: blocksFrom(view, slotOf(boundary.slot + 1), length, commitment) });
}

/** The first slot of the epoch after `epoch`; null beyond all slots. */
function firstSlotAfter({ chain }: NodeView, epoch: number): Slot | null {
  if (!Number.isSafeInteger((epoch + 2) * chain.epochs.slotsPerEpoch)) return null;
  return firstSlotOf(chain.epochs, epochOf(epoch + 1));
}

/** The first `count` blocks from a slot on. */
function blocksFrom({ ledger }: NodeView, first: Slot, count: number, commitment: HistoryCommitment): BlockHeader[] {
  const newest = ledger.newestSlot(commitment);
  // As few slots as will do: a long history has many.
  for (let width = 2 * count + 64; ; width *= 4) {
    const last = Math.min(newest, first + width);
    const slots = last < first ? [] : ledger.slotsBetween(first, slotOf(last), commitment);
    if (slots.length < count && last < newest) continue;
    return slots.slice(0, count).flatMap((slot) => ledger.headerAt(slot) ?? []);
  }
}

/** What the address was paid, null for nothing, or an error while the partition it belongs to is still to come. */
export function findPaid(payment: EpochPayment, bank: Bank, address: Address): RpcOutcome<PaidReward | null> {
  const { rewards, boundary } = payment;
  if (rewards === null) return answered(null);
  const commission = rewardIn(boundary, address, "voting");
  if (commission !== null) return answered(commission);
  const partitions = rewards.partitions.length;
  if (partitions === 0) return answered(null);
  const partition = rewardPartitionOf(address, hashBytes(rewards.parentBlockhash), partitions);
  const payer = payerOf(payment, partition);
  if (payer === null) {
    return failed(epochRewardsActive(bank.slot, bank.height, boundary.height + partitions + 1));
  }
  return answered(rewardIn(payer, address, "staking"));
}

/** One partition a block; but the first block of another epoch pays all that is left. Null: not there yet. */
function payerOf({ payers, boundary }: EpochPayment, partition: number): BlockHeader | null {
  for (const [index, payer] of payers.entries()) {
    if (index === partition || payer.epoch > boundary.epoch) return payer;
  }
  return null;
}

function rewardIn({ rewards, slot }: BlockHeader, address: Address, type: RewardType): PaidReward | null {
  const reward = rewards.find((each) => each.address === address && each.type === type);
  return reward === undefined ? null : { reward, slot };
}
