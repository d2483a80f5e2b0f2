/** `escapement stake-account`. */
import { readStakeAccount } from "../account-reader.ts";
import type { OutputFormat } from "../arguments.ts";
import { formatEpochRewards, pendingNote, type RewardEpochs, readEpochRewards } from "../epoch-rewards.ts";
import { UsageError } from "../failure.ts";
import { print, printJson, say } from "../output.ts";
import { createRpcClient } from "../rpc-client.ts";
import { readAddress } from "../signers.ts";
import { readStakeClock } from "../stake-reader.ts";
import { formatStake, viewStake } from "../stake-view.ts";

export type RewardOptions = {
  readonly withRewards?: boolean;
  readonly numRewardsEpochs?: number;
  readonly startingEpoch?: number;
};

export type StakeAccountOptions = RewardOptions & { readonly url: string; readonly output: OutputFormat };

/** Null when rewards are not asked for. */
export function rewardEpochsOf({ withRewards, numRewardsEpochs, startingEpoch }: RewardOptions): RewardEpochs | null {
  if (withRewards === true) return { startingEpoch, count: numRewardsEpochs ?? 1 };
  if (numRewardsEpochs === undefined && startingEpoch === undefined) return null;
  const flag = numRewardsEpochs === undefined ? "--starting-epoch" : "--num-rewards-epochs";
  throw new UsageError(`${flag} says which rewards to show; give --with-rewards too`);
}

export async function runStakeAccount(text: string, options: StakeAccountOptions): Promise<void> {
  const epochs = rewardEpochsOf(options);
  const address = readAddress(text, "stake account");
  const client = createRpcClient(options.url);
  const account = await readStakeAccount(client, address);
  const view = viewStake(account, await readStakeClock(client));
  const rewards = epochs === null ? null : await readEpochRewards(client, address, epochs);
  if (rewards !== null && rewards.pending !== null) say(pendingNote(rewards.pending));
  if (options.output === "json") {
    // The solana CLI names no address here: whoever asks knows it.
    const { stakePubkey: _, ...state } = view;
    printJson(rewards === null ? state : { ...state, epochRewards: rewards.rewards });
    return;
  }
  print(rewards === null ? formatStake(view) : `${formatStake(view)}\n${formatEpochRewards(rewards)}`);
}
