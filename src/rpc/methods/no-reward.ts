/**
 * Why a stake account earned nothing in an epoch, from what its account, its validator and the jail's record say now.
 *
 *     { reason: "no-credits", because: "its validator 7Np4… earned no credits in epoch 3: it did not vote" }
 *
 * What has changed since then is not known any more: of a stake that was closed or delegated anew only that is said.
 */
import { accountAt } from "../../chain/accounts-tree.ts";
import { stakeProgramAddress } from "../../chain/addresses.ts";
import type { Bank } from "../../chain/bank.ts";
import type { EpochRewards } from "../../chain/epoch-rewards.ts";
import type { Address } from "../../chain/ids.ts";
import type { ChainParams } from "../../chain/params.ts";
import { readSlashingRecord } from "../../chain/slashing/jail.ts";
import { isJailedAt, slashingRecordAddress } from "../../chain/slashing/record.ts";
import { decodeStakeState, never, type StakeDelegation } from "../../chain/stake-account.ts";
import { stakeStatusAt } from "../../chain/stake-status.ts";
import { decodeVoteState, epochCreditsMax } from "../../chain/vote-state.ts";

export type NoRewardReason =
  | "no-such-account"
  | "not-a-stake-account"
  | "not-delegated"
  | "not-delegated-then"
  | "not-active-yet"
  | "deactivated"
  | "no-pot"
  | "validator-jailed"
  | "vote-account-closed"
  | "no-credits"
  | "too-little";

/** `because`: half a sentence for people, about the stake account. */
export type NoReward = { readonly reason: NoRewardReason; readonly because: string };

type Found = readonly [reason: NoRewardReason, because: string];

export function explainNoReward(
  params: ChainParams,
  bank: Bank,
  rewards: Pick<EpochRewards, "epoch" | "pot">,
  stakeAccount: Address,
): NoReward {
  const [reason, because] = findReason(params, bank, rewards, stakeAccount);
  return { reason, because };
}

function findReason(
  params: ChainParams,
  bank: Bank,
  { epoch, pot }: Pick<EpochRewards, "epoch" | "pot">,
  stakeAccount: Address,
): Found {
  const account = accountAt(bank.accounts, stakeAccount);
  if (account === null) return ["no-such-account", "there is no such account; it was closed, or never made"];
  const state = account.owner === stakeProgramAddress ? decodeStakeState(account.data) : null;
  if (state === null) return ["not-a-stake-account", "it is no stake account, and only stake earns"];
  if (state.type !== "delegated") return ["not-delegated", "it is not delegated to any validator"];
  const { delegation } = state;
  const inactive = findInactivity(params, bank, delegation, epoch);
  if (inactive !== null) return inactive;
  if (pot === 0n) return ["no-pot", `epoch ${epoch} had nothing to pay to anybody`];
  return findValidatorsFault(bank, delegation.voteAccount, epoch);
}

/** Why the delegation did not count in the epoch; null when it did. */
function findInactivity(params: ChainParams, bank: Bank, delegation: StakeDelegation, epoch: number): Found | null {
  const { activationEpoch, deactivationEpoch } = delegation;
  // Stake of genesis has no epoch of activation: it has always counted.
  if (activationEpoch !== never) {
    if (activationEpoch > BigInt(epoch))
      return ["not-delegated-then", `it is delegated since epoch ${activationEpoch} only, after epoch ${epoch}`];
    if (activationEpoch === BigInt(epoch))
      return ["not-active-yet", `it was delegated in epoch ${epoch} itself, and counts from the next one on`];
  }
  if (stakeStatusAt(params, delegation, epoch, bank.stakeHistory).effective > 0n) return null;
  return deactivationEpoch < BigInt(epoch)
    ? ["deactivated", `it was deactivated in epoch ${deactivationEpoch}, and did not count in epoch ${epoch}`]
    : ["not-active-yet", `nothing of it counted yet in epoch ${epoch}`];
}

function findValidatorsFault(bank: Bank, voteAccount: Address, epoch: Bank["epoch"]): Found {
  const recordAddress = slashingRecordAddress(voteAccount);
  const recordAccount = accountAt(bank.accounts, recordAddress);
  const record = recordAccount === null ? null : readSlashingRecord(recordAddress, recordAccount);
  if (record !== null && isJailedAt(record, epoch)) {
    const until = record.tombstoned ? "for ever" : `until epoch ${record.jailedUntilEpoch}`;
    return ["validator-jailed", `its validator ${voteAccount} is jailed ${until}, and jailed stake earns nothing`];
  }
  const vote = accountAt(bank.accounts, voteAccount);
  const state = vote === null ? null : decodeVoteState(vote.data, voteAccount);
  if (state === null) return ["vote-account-closed", `its validator's vote account ${voteAccount} is gone`];
  const { epochCredits } = state;
  const entry = epochCredits.find((each) => each.epoch === epoch);
  const isForgotten = epochCredits.length === epochCreditsMax && epochCredits[0]!.epoch > epoch;
  const hasCredits = entry === undefined ? isForgotten : entry.credits > entry.previousCredits;
  if (!hasCredits)
    return ["no-credits", `its validator ${voteAccount} earned no credits in epoch ${epoch}: it did not vote`];
  return ["too-little", "its share is too small to pay; its credits count the next time"];
}
