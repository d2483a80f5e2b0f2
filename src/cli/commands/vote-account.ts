/**
 * `escapement vote-account`: a validator's vote account, as JSON with the solana CLI's fields.
 *
 *     { accountBalance, validatorIdentity, authorizedVoters: { "3": address }, authorizedWithdrawer, credits, commission,
 *       rootSlot, recentTimestamp: { slot, timestamp }, votes: [{ slot, confirmationCount, latency }],
 *       epochVotingHistory: [{ epoch, slotsInEpoch, creditsEarned, credits, prevCredits, maxCreditsPerSlot }], … }
 *
 * Beyond its fields: what version 4 of the account adds. Source of the names: agave, cli-output, CliVoteAccount.
 */

import type { EpochSchedule } from "../../chain/epoch-schedule.ts";
import { createEpochSchedule, slotsIn } from "../../chain/epoch-schedule.ts";
import { commissionPercentOf, voteCreditsOf } from "../../chain/vote-state.ts";
import { readVoteAccount, type VoteAccount } from "../account-reader.ts";
import { formatEpochRewards, pendingNote, readEpochRewards } from "../epoch-rewards.ts";
import { formatFields, formatSol, formatTable } from "../format.ts";
import { print, printJson, say } from "../output.ts";
import { createRpcClient } from "../rpc-client.ts";
import { readAddress } from "../signers.ts";
import { epochScheduleSchema } from "../stake-reader.ts";
import { formatTime } from "../stake-view.ts";
import { rewardEpochsOf, type StakeAccountOptions } from "./stake-account.ts";

/** Timely votes earn up to 16 credits. */
const creditsPerSlotMax = 16;

export async function runVoteAccount(text: string, options: StakeAccountOptions): Promise<void> {
  const epochs = rewardEpochsOf(options);
  const address = readAddress(text, "vote account");
  const client = createRpcClient(options.url);
  const account = await readVoteAccount(client, address);
  const { slotsPerEpoch, warmup } = await client.call("getEpochSchedule", [], epochScheduleSchema);
  const view = viewVote(account, createEpochSchedule(slotsPerEpoch, warmup));
  const rewards = epochs === null ? null : await readEpochRewards(client, address, epochs);
  if (rewards !== null && rewards.pending !== null) say(pendingNote(rewards.pending));
  if (options.output === "json") printJson(rewards === null ? view : { ...view, epochRewards: rewards.rewards });
  else print(rewards === null ? formatVote(view) : `${formatVote(view)}\n${formatEpochRewards(rewards)}`);
}

type VoteView = ReturnType<typeof viewVote>;

export function viewVote({ lamports, state }: VoteAccount, schedule: EpochSchedule) {
  return {
    accountBalance: lamports,
    validatorIdentity: state.node,
    authorizedVoters: Object.fromEntries(state.authorizedVoters.map(({ epoch, voter }) => [String(epoch), voter])),
    authorizedWithdrawer: state.authorizedWithdrawer,
    credits: voteCreditsOf(state),
    commission: commissionPercentOf(state.inflationRewardsCommissionBps),
    inflationRewardsCommissionBps: state.inflationRewardsCommissionBps,
    inflationRewardsCollector: state.inflationRewardsCollector,
    blockRevenueCommissionBps: state.blockRevenueCommissionBps,
    blockRevenueCollector: state.blockRevenueCollector,
    pendingDelegatorRewards: state.pendingDelegatorRewards,
    rootSlot: state.rootSlot,
    recentTimestamp: state.lastTimestamp,
    votes: state.votes.map(({ slot, confirmationCount, latency }) => ({ slot, confirmationCount, latency })),
    epochVotingHistory: state.epochCredits.map(({ epoch, credits, previousCredits }) => ({
      epoch,
      slotsInEpoch: slotsIn(schedule, epoch),
      creditsEarned: credits - previousCredits,
      credits,
      prevCredits: previousCredits,
      maxCreditsPerSlot: creditsPerSlotMax,
    })),
  };
}

function formatVote(view: VoteView): string {
  const fields = formatFields([
    ["Account Balance", `${formatSol(view.accountBalance)} SOL`],
    ["Validator Identity", view.validatorIdentity],
    ...Object.entries(view.authorizedVoters).map(
      ([epoch, voter]) => [`Authorized Voter (epoch ${epoch})`, voter] as const,
    ),
    ["Authorized Withdrawer", view.authorizedWithdrawer],
    ["Credits", view.credits],
    ["Commission", `${view.inflationRewardsCommissionBps / 100}%`],
    ["Root Slot", view.rootSlot ?? "-"],
    [
      "Recent Timestamp",
      `${formatTime(BigInt(view.recentTimestamp.timestamp))} from slot ${view.recentTimestamp.slot}`,
    ],
  ]);
  const votes = formatTable(
    ["Slot", "Confirmations", "Latency"].map((title) => ({ title, align: "right" as const })),
    view.votes.map(({ slot, confirmationCount, latency }) => [slot, confirmationCount, latency]),
  );
  const history = formatTable(
    ["Epoch", "Slots", "Credits Earned", "Of Most", "Total Credits"].map((title) => ({
      title,
      align: "right" as const,
    })),
    view.epochVotingHistory.map((entry) => [
      entry.epoch,
      entry.slotsInEpoch,
      entry.creditsEarned,
      entry.slotsInEpoch * entry.maxCreditsPerSlot,
      entry.credits,
    ]),
  );
  return `${fields}\n\nVotes:\n${votes}\n\nEpoch Voting History:\n${history}`;
}
