/**
 * Rewards of the newest epochs, with what they come to in a year; as JSON with the solana CLI's fields.
 *
 *     { epoch, effectiveSlot, amount, postBalance, percentChange, apr, commission, blockTime }
 *
 * Source of the names and of the yearly rate (365 days, no compounding): agave, cli make_cli_reward.
 */
import * as v from "valibot";
import { createEpochSchedule, firstSlotOf } from "../chain/epoch-schedule.ts";
import type { Address } from "../chain/ids.ts";
import { epochOf } from "../chain/ids.ts";
import { CommandFailure } from "./failure.ts";
import { formatSol, formatTable } from "./format.ts";
import { amount, count, type RpcClient } from "./rpc-client.ts";
import { epochScheduleSchema } from "./stake-reader.ts";
import { createWait, paymentWait, type Wait } from "./waiting.ts";

export type EpochReward = {
  readonly epoch: number;
  readonly effectiveSlot: number;
  readonly amount: bigint;
  readonly postBalance: bigint;
  readonly percentChange: number;
  /** Percent a year; null where the epoch's length is not known. */
  readonly apr: number | null;
  readonly commission: number | null;
  readonly blockTime: number | null;
};

const rewardsSchema = v.array(
  v.nullable(
    v.object({ amount, postBalance: amount, effectiveSlot: count, epoch: count, commission: v.nullable(count) }),
  ),
);
type Reward = NonNullable<v.InferOutput<typeof rewardsSchema>[number]>;

const epochInfoSchema = v.object({ epoch: count });
const secondsPerYear = 365 * 86_400;

/** Which epochs: `count` of them, from `startingEpoch` on or up to the last one paid for. */
export type RewardEpochs = { readonly startingEpoch?: number | undefined; readonly count: number };

/** `pending`: the epoch whose rewards, the address's maybe among them, are still being paid; null: none. */
export type EpochRewardsRead = { readonly rewards: readonly EpochReward[]; readonly pending: number | null };

/** Oldest first; epochs in which nothing was paid, or whose blocks are gone, are left out. Waits a little for a payment: `wait`, where several accounts share the time. */
export async function readEpochRewards(
  client: RpcClient,
  address: Address,
  epochs: RewardEpochs,
  wait?: Wait,
): Promise<EpochRewardsRead> {
  const { epoch: current } = await client.call("getEpochInfo", [{ commitment: "confirmed" }], epochInfoSchema);
  const first = Math.max(0, epochs.startingEpoch ?? current - epochs.count);
  const rewards: EpochReward[] = [];
  let pending: number | null = null;
  for (let epoch = first; epoch < Math.min(current, first + epochs.count); epoch++) {
    try {
      const reward = await oncePaid(client, () => readReward(client, address, epoch), undefined, wait);
      if (reward !== null) rewards.push(reward);
    } catch (error) {
      if (!isPendingFailure(error)) throw error;
      pending = epoch;
    }
  }
  return { rewards, pending };
}

/** Of the epoch whose rewards the next blocks pay. */
export const pendingNote = (epoch: number): string =>
  `the rewards of epoch ${epoch} are being paid; what is missing comes with the next blocks: \`escapement ctl warp --slots 2\``;

const isPendingFailure = (error: unknown): boolean =>
  error instanceof CommandFailure && error.message.endsWith("(code -32017)");

/**
 * What is asked of an epoch's rewards, asked again while they are being paid, a few seconds at most. The failure says when
 * they are paid where the epoch is not over yet.
 */
export async function oncePaid<T>(
  client: RpcClient,
  ask: () => Promise<T>,
  isPending: (answer: T) => boolean = () => false,
  wait: Wait = createWait(client, paymentWait),
): Promise<T> {
  for (;;) {
    try {
      const answer = await ask();
      if (!isPending(answer) || (await wait.next()) !== "again") return answer;
    } catch (error) {
      if (isPendingFailure(error) && (await wait.next()) === "again") continue;
      throw await explainUnpaid(client, error);
    }
  }
}

async function explainUnpaid(client: RpcClient, error: unknown): Promise<unknown> {
  if (!(error instanceof CommandFailure) || !error.message.endsWith("(code -32004)")) return error;
  const { epoch } = await client.call("getEpochInfo", [{ commitment: "confirmed" }], epochInfoSchema);
  const paid = "an epoch's rewards are paid as the next one begins";
  return new CommandFailure(`there are no such rewards yet: ${paid}, and now it is epoch ${epoch}`, { cause: error });
}

/** No block at the boundary, or a ledger that no longer reaches back: nothing to show for this epoch. */
const isUnknown = /\(code -320(01|04|07|09|18)\)/;

async function readReward(client: RpcClient, address: Address, epoch: number): Promise<EpochReward | null> {
  try {
    const [reward] = await client.call(
      "getInflationReward",
      [[address], { epoch, commitment: "confirmed" }],
      rewardsSchema,
    );
    return reward == null ? null : await describeReward(client, reward);
  } catch (error) {
    if (error instanceof CommandFailure && isUnknown.test(error.message)) return null;
    throw error;
  }
}

async function describeReward(client: RpcClient, reward: Reward): Promise<EpochReward> {
  const { slotsPerEpoch, warmup } = await client.call("getEpochSchedule", [], epochScheduleSchema);
  const begin = firstSlotOf(createEpochSchedule(slotsPerEpoch, warmup), epochOf(reward.epoch));
  const blockTime = await readBlockTime(client, reward.effectiveSlot);
  let beganAt: number | null = null;
  for (let slot = begin; beganAt === null && slot < Math.min(begin + 32, reward.effectiveSlot); slot++) {
    beganAt = await readBlockTime(client, slot);
  }
  return {
    ...reward,
    ...computeYield(reward, beganAt === null || blockTime === null ? 0 : blockTime - beganAt),
    blockTime,
  };
}

/** Null for a slot without a block. */
function readBlockTime(client: RpcClient, slot: number): Promise<number | null> {
  return client.call("getBlockTime", [slot], v.nullable(count)).catch((error: unknown) => {
    if (error instanceof CommandFailure && isUnknown.test(error.message)) return null;
    throw error;
  });
}

/** `epochSeconds`: 0 when not known. */
export function computeYield(
  reward: { readonly amount: bigint; readonly postBalance: bigint },
  epochSeconds: number,
): { readonly percentChange: number; readonly apr: number | null } {
  const before = reward.postBalance - reward.amount;
  const change = before > 0n ? Number(reward.amount) / Number(before) : 0;
  return { percentChange: 100 * change, apr: epochSeconds > 0 ? (100 * change * secondsPerYear) / epochSeconds : null };
}

export function formatEpochRewards({ rewards, pending }: EpochRewardsRead): string {
  if (rewards.length === 0) return `\nEpoch Rewards: none${pending === null ? "" : " yet"}`;
  const titles = ["Epoch", "Reward Slot", "Amount", "New Balance", "Percent Change", "APR", "Commission"];
  const rows = rewards.map((reward) => [
    reward.epoch,
    reward.effectiveSlot,
    `${formatSol(reward.amount)} SOL`,
    `${formatSol(reward.postBalance)} SOL`,
    `${reward.percentChange.toFixed(9)}%`,
    reward.apr === null ? "-" : `${reward.apr.toFixed(2)}%`,
    reward.commission === null ? "-" : `${reward.commission}%`,
  ]);
  const table = formatTable(
    titles.map((title) => ({ title, align: "right" as const })),
    rows,
  );
  return `\nEpoch Rewards:\n${table}`;
}
