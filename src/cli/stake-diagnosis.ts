/**
 * Why a stake transaction failed, by the accounts it was about: the programs only give an error's name.
 *
 *     InsufficientFunds        5 SOL are asked for, but 0.5 SOL of 7x… can be withdrawn now: 4.5 SOL of it still count …
 *     MissingRequiredSignature the stake authority of 7x… is 9B…, and Fv… signed
 */
import { stakeProgramAddress, voteProgramAddress } from "../chain/addresses.ts";
import type { Address } from "../chain/ids.ts";
import { type Lockup, never } from "../chain/stake-account.ts";
import { describeAccount, readAccounts, type StakeAccount, stakeAccountIn } from "./account-reader.ts";
import { formatSol } from "./format.ts";
import { amount, contextOf, type RpcClient } from "./rpc-client.ts";
import { isLockedAt, readCooledDownEpoch, readStakeClock, type StakeClock } from "./stake-reader.ts";
import { formatTime } from "./stake-view.ts";

/** What the transaction was about. */
export type StakeAttempt = {
  readonly stakes: readonly Address[];
  readonly vote?: Address;
  /** Who signed as which authority. */
  readonly staker?: Address | undefined;
  /** The withdraw authority may sign in the stake authority's place. */
  readonly isWithdrawerEnough?: boolean;
  readonly withdrawer?: Address | undefined;
  readonly custodian?: Address | undefined;
  /** Lamports to take out. */
  readonly withdraw?: bigint;
  /** Lamports to split off. */
  readonly split?: bigint;
};

export function diagnoseStake(client: RpcClient, attempt: StakeAttempt): (errorName: string) => Promise<string | null> {
  return async (errorName) => {
    const strange = await findStranger(client, attempt);
    if (strange !== null) return strange;
    const [account] = await readStakes(client, attempt.stakes);
    if (account === undefined) return null;
    switch (errorName) {
      case "MissingRequiredSignature":
        return explainSignature(account, attempt, await readStakeClock(client));
      case "LockupInForce":
      case "CustodianMissing":
      case "CustodianSignatureMissing":
        return explainLockup(account);
      case "InsufficientFunds":
        return explainFunds(client, account, attempt);
      case "TooSoonToRedelegate":
        return explainRedelegation(client, account);
      case "InsufficientDelegation":
        return explainMinimum(client, account, attempt);
      default:
        return null;
    }
  };
}

/** An address that is not what the command takes there. */
async function findStranger(client: RpcClient, { stakes, vote }: StakeAttempt): Promise<string | null> {
  const addresses = [...stakes, ...(vote === undefined ? [] : [vote])];
  const accounts = await readAccounts(client, addresses);
  for (const [index, account] of accounts.entries()) {
    const address = addresses[index]!;
    const isVote = address === vote && index === stakes.length;
    if (account?.owner === (isVote ? voteProgramAddress : stakeProgramAddress)) continue;
    const lists = isVote ? "validators" : "stakes";
    return `${address} is no ${isVote ? "vote" : "stake"} account: ${describeAccount(account)}; \`escapement ${lists}\` lists them`;
  }
  return null;
}

async function readStakes(client: RpcClient, addresses: readonly Address[]): Promise<StakeAccount[]> {
  const accounts = await readAccounts(client, addresses);
  return accounts.flatMap((account, index) => stakeAccountIn(addresses[index]!, account) ?? []);
}

function explainSignature({ address, state }: StakeAccount, attempt: StakeAttempt, clock: StakeClock): string | null {
  if (!("meta" in state)) return `${address} is not initialized: it has no authorities yet`;
  const { staker, withdrawer, lockup } = state.meta;
  const wrong = (role: string, is: Address, given: Address | undefined) =>
    given === undefined || given === is ? null : `the ${role} of ${address} is ${is}, and ${given} signed`;
  const isStakedByWithdrawer = attempt.isWithdrawerEnough === true && attempt.staker === withdrawer;
  const byRole =
    (isStakedByWithdrawer ? null : wrong("stake authority", staker, attempt.staker)) ??
    wrong("withdraw authority", withdrawer, attempt.withdrawer);
  if (byRole !== null) return byRole;
  return isLockedAt(lockup, clock)
    ? wrong("custodian", lockup.custodian, attempt.custodian)
    : wrong("withdraw authority (who sets a lockup while none is in force)", withdrawer, attempt.custodian);
}

function explainLockup({ address, state }: StakeAccount): string | null {
  if (!("meta" in state)) return null;
  const { custodian } = state.meta.lockup;
  const until = describeLockup(state.meta.lockup);
  return `${address} is locked up until ${until}; wait, or have its custodian ${custodian} sign (--custodian FILE)`;
}

function describeLockup({ epoch, unixTimestamp }: Lockup): string {
  const parts = [epoch > 0n ? `epoch ${epoch}` : null, unixTimestamp > 0n ? formatTime(unixTimestamp) : null];
  return parts.filter((part) => part !== null).join(" and ");
}

async function explainFunds(client: RpcClient, account: StakeAccount, attempt: StakeAttempt): Promise<string | null> {
  const { address, lamports } = account;
  if (attempt.split !== undefined) {
    return `${formatSol(attempt.split)} SOL cannot be split off ${address}, which has ${formatSol(lamports)} SOL`;
  }
  if (attempt.withdraw === undefined) return null;
  const clock = await readStakeClock(client);
  const available = availableLamports(account, clock);
  const asked = `${formatSol(attempt.withdraw)} SOL are asked for, but ${formatSol(available)} SOL of ${address} can be withdrawn now`;
  return `${asked}: ${await explainHold(client, account, clock)}`;
}

/** What the program lets go, short of closing the account. */
export function availableLamports({ lamports, state }: StakeAccount, clock: StakeClock): bigint {
  if (!("meta" in state)) return lamports;
  const held = state.meta.rentReserve + stakedLamports(state, clock);
  return lamports > held ? lamports - held : 0n;
}

function stakedLamports(state: StakeAccount["state"], clock: StakeClock): bigint {
  if (state.type !== "delegated") return 0n;
  const { delegation } = state;
  return clock.epoch >= delegation.deactivationEpoch ? clock.statusOf(delegation).effective : delegation.stake;
}

async function explainHold(client: RpcClient, { address, state }: StakeAccount, clock: StakeClock): Promise<string> {
  const staked = stakedLamports(state, clock);
  if (state.type !== "delegated" || staked === 0n) {
    return "it has no more, and its rent reserve leaves only with everything else (ALL)";
  }
  const { deactivationEpoch, voteAccount } = state.delegation;
  if (deactivationEpoch === never || deactivationEpoch > clock.epoch) {
    const remedy = `\`escapement stake deactivate ${address}\`, and wait until it has cooled down`;
    return `${formatSol(staked)} SOL are delegated to ${voteAccount}; ${remedy}`;
  }
  const until = await describeCoolDown(client, address, clock);
  return `these ${formatSol(staked)} SOL, deactivated in epoch ${deactivationEpoch}, are still delegated ${until}`;
}

async function describeCoolDown(client: RpcClient, address: Address, clock: StakeClock): Promise<string> {
  const free = await readCooledDownEpoch(client, address, clock);
  return free === null ? `for many epochs after ${clock.epoch}` : `until epoch ${free} (now it is ${clock.epoch})`;
}

async function explainRedelegation(client: RpcClient, { address, state }: StakeAccount): Promise<string | null> {
  if (state.type !== "delegated") return null;
  const { voteAccount, deactivationEpoch } = state.delegation;
  const counts = `${address} still counts for ${voteAccount}`;
  if (deactivationEpoch === never) {
    return `${counts}; \`escapement stake deactivate\` it, wait until it has cooled down, then delegate it again`;
  }
  return `${counts}: it is delegated ${await describeCoolDown(client, address, await readStakeClock(client))}`;
}

async function explainMinimum(client: RpcClient, account: StakeAccount, attempt: StakeAttempt): Promise<string> {
  const least = await client.call("getStakeMinimumDelegation", [{ commitment: "confirmed" }], contextOf(amount));
  const minimum = `a delegation has at least ${formatSol(least)} SOL`;
  const stake = account.state.type === "delegated" ? account.state.delegation.stake : 0n;
  if (attempt.split === undefined)
    return `${minimum}, and ${account.address} has ${formatSol(account.lamports)} SOL in all`;
  const has = `${account.address} delegates ${formatSol(stake)} SOL`;
  return `${minimum}, both what is split off and what stays: ${has}, of which ${formatSol(attempt.split)} SOL should leave`;
}
