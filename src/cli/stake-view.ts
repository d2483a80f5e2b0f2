/**
 * A stake account for people, and as JSON with the solana CLI's fields.
 *
 *     { stakePubkey, stakeType: "Stake", accountBalance, creditsObserved, delegatedStake, delegatedVoteAccountAddress,
 *       activationEpoch, deactivationEpoch?, staker, withdrawer, unixTimestamp?, epoch?, custodian?, rentExemptReserve,
 *       activeStake?, activatingStake?, deactivatingStake?, epochRewards? }
 *
 * As there, fields without a meaning are left out: a deactivation epoch that never comes, a lockup no longer in force,
 * amounts that are 0. Source of the names: agave, cli-output, CliStakeState.
 */
import type { Lockup } from "../chain/stake-account.ts";
import { never } from "../chain/stake-account.ts";
import type { StakeAccount } from "./account-reader.ts";
import type { EpochReward } from "./epoch-rewards.ts";
import { formatFields, formatSol } from "./format.ts";
import { isLockedAt, type StakeClock } from "./stake-reader.ts";

export type StakeView = {
  readonly stakePubkey: string;
  readonly stakeType: "Stake" | "Initialized" | "Uninitialized" | "RewardsPool";
  readonly accountBalance: bigint;
  readonly creditsObserved?: bigint;
  readonly delegatedStake?: bigint;
  readonly delegatedVoteAccountAddress?: string;
  readonly activationEpoch?: bigint;
  readonly deactivationEpoch?: bigint;
  readonly staker?: string;
  readonly withdrawer?: string;
  readonly unixTimestamp?: bigint;
  readonly epoch?: bigint;
  readonly custodian?: string;
  readonly rentExemptReserve?: bigint;
  readonly activeStake?: bigint;
  readonly activatingStake?: bigint;
  readonly deactivatingStake?: bigint;
  readonly epochRewards?: readonly EpochReward[];
};

const positive = <Name extends string>(name: Name, value: bigint) => (value > 0n ? { [name]: value } : {});

export function viewStake({ address, lamports, state }: StakeAccount, clock: StakeClock): StakeView {
  const head = { stakePubkey: address, accountBalance: lamports };
  if (state.type === "uninitialized") return { ...head, stakeType: "Uninitialized" };
  if (state.type === "rewards-pool") return { ...head, stakeType: "RewardsPool" };
  const { staker, withdrawer, lockup, rentReserve: rentExemptReserve } = state.meta;
  const meta = { staker, withdrawer, ...lockupOf(lockup, clock), rentExemptReserve };
  if (state.type === "initialized") return { ...head, stakeType: "Initialized", creditsObserved: 0n, ...meta };
  const { delegation } = state;
  const { effective, activating, deactivating } = clock.statusOf(delegation);
  return {
    ...head,
    stakeType: "Stake",
    creditsObserved: delegation.creditsObserved,
    delegatedStake: delegation.stake,
    delegatedVoteAccountAddress: delegation.voteAccount,
    // Stake that is there from genesis on was activated before the beginning.
    activationEpoch: delegation.activationEpoch === never ? 0n : delegation.activationEpoch,
    ...(delegation.deactivationEpoch === never ? {} : { deactivationEpoch: delegation.deactivationEpoch }),
    ...meta,
    ...positive("activeStake", effective),
    ...positive("activatingStake", activating),
    ...positive("deactivatingStake", deactivating),
  };
}

function lockupOf(lockup: Lockup, clock: StakeClock) {
  if (!isLockedAt(lockup, clock)) return {};
  const { unixTimestamp, epoch, custodian } = lockup;
  return { unixTimestamp, epoch, custodian };
}

export const stakeStates = ["activating", "active", "deactivating", "inactive"] as const;

/** In one word; "initialized" and the like for stake that is not delegated. */
export function stateOf(view: StakeView): string {
  if (view.stakeType !== "Stake")
    return view.stakeType === "RewardsPool" ? "rewards pool" : view.stakeType.toLowerCase();
  if (view.activatingStake !== undefined) return "activating";
  if (view.deactivatingStake !== undefined) return "deactivating";
  return view.activeStake !== undefined ? "active" : "inactive";
}

type Fields = (readonly [name: string, value: string | bigint])[];

export function formatStake(view: StakeView): string {
  const sol = (lamports: bigint | undefined) => (lamports === undefined ? null : `${formatSol(lamports)} SOL`);
  const fields: (readonly [string, string | bigint | null | undefined])[] = [
    ["Stake Account", view.stakePubkey],
    ["State", stateOf(view)],
    ["Balance", sol(view.accountBalance)],
    ["Rent Exempt Reserve", sol(view.rentExemptReserve)],
    ["Delegated Stake", sol(view.delegatedStake)],
    ["Active Stake", sol(view.activeStake)],
    ["Activating Stake", sol(view.activatingStake)],
    ["Deactivating Stake", sol(view.deactivatingStake)],
    ["Stake activates from epoch", view.activationEpoch],
    ["Stake deactivates from epoch", view.deactivationEpoch],
    ["Delegated Vote Account", view.delegatedVoteAccountAddress],
    ["Credits Observed", view.stakeType === "Stake" ? view.creditsObserved : null],
    ["Stake Authority", view.staker],
    ["Withdraw Authority", view.withdrawer],
    ["Lockup Timestamp", view.unixTimestamp === undefined ? null : formatTime(view.unixTimestamp)],
    ["Lockup Epoch", view.epoch],
    ["Lockup Custodian", view.custodian],
  ];
  return formatFields(fields.filter(([, value]) => value !== null && value !== undefined) as Fields);
}

/** `2027-01-01T00:00:00Z (1798761600)`; a time that no calendar has as its seconds alone. */
export function formatTime(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  const text = Number.isNaN(date.getTime()) ? "" : date.toISOString().replace(".000Z", "Z");
  return text === "" ? `${seconds}` : `${text} (${seconds})`;
}
