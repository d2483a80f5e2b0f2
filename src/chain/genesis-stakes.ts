/**
 * Stake accounts that a chain begins with, in any state that a stake account can be in. The genesis epoch is E:
 *
 *     initialized    has coins and owners, delegates to nobody
 *     activating     delegated in E: counts from E + 1 on, as fast as the cluster's rate lets it
 *     active         counts from the beginning (Solana's bootstrap stake)
 *     deactivating   counts in E, cools down from E + 1 on
 *     inactive       was delegated, counts no more: can be withdrawn or delegated again
 *
 * A lockup goes with each of them.
 */
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import type { Account } from "./account.ts";
import { stakeProgramAddress } from "./addresses.ts";
import { type Address, type Epoch, type Lamports, parseAddress, u64Max } from "./ids.ts";
import type { ChainParams } from "./params.ts";
import { rentExemptMinimum } from "./rent.ts";
import {
  createDelegation,
  encodeStakeState,
  type Lockup,
  never,
  noLockup,
  type StakeDelegation,
  stakeAccountBytes,
} from "./stake-account.ts";

export const genesisStakeStates = ["initialized", "activating", "active", "deactivating", "inactive"] as const;

export type GenesisStakeState = (typeof genesisStakeStates)[number];

export type GenesisStake = {
  readonly address: Address;
  /** Whose coins are staked. */
  readonly source: Address;
  /** Without the rent reserve, which comes on top. */
  readonly stake: Lamports;
  readonly state: GenesisStakeState;
  /** Null for `initialized`. */
  readonly voteAccount: Address | null;
  readonly staker: Address;
  readonly withdrawer: Address;
  readonly lockup?: Lockup;
};

export type GenesisStakeRefusal =
  | "stake-not-positive"
  | "stake-unbacked"
  | "stake-below-minimum"
  | "stake-state-invalid"
  | "vote-account-unknown"
  | "lockup-invalid"
  | "key-invalid"
  | "account-in-use";

/**
 * Adds stake accounts to those that genesis has so far, and takes their coins from `available`. All of them, or the first
 * refusal; both maps are the caller's own.
 */
export function addGenesisStakes(
  accounts: Map<Address, Account>,
  available: Map<Address, Lamports>,
  stakes: readonly GenesisStake[],
  context: { readonly params: ChainParams; readonly epoch: Epoch; readonly voteAccounts: ReadonlySet<Address> },
): Outcome<null, GenesisStakeRefusal> {
  for (const stake of stakes) {
    const checked = checkGenesisStake(accounts, available, stake, context);
    if (!checked.ok) return checked;
    available.set(stake.source, ((available.get(stake.source) ?? 0n) - stake.stake) as Lamports);
    accounts.set(stake.address, createGenesisStakeAccount(stake, context.params, context.epoch));
  }
  return accept(null);
}

function checkGenesisStake(
  accounts: ReadonlyMap<Address, Account>,
  available: ReadonlyMap<Address, Lamports>,
  given: GenesisStake,
  { params, voteAccounts }: { readonly params: ChainParams; readonly voteAccounts: ReadonlySet<Address> },
): Outcome<null, GenesisStakeRefusal> {
  const { address, source, stake, state, voteAccount, staker, withdrawer, lockup = noLockup } = given;
  for (const [role, key] of Object.entries({ address, staker, withdrawer, custodian: lockup.custodian })) {
    if (typeof key !== "string" || parseAddress(key) === null)
      return refuse("key-invalid", { role, key: String(key).slice(0, 64) });
  }
  if (accounts.has(address)) return refuse("account-in-use", { address });
  if (typeof stake !== "bigint" || stake < 0n || stake > u64Max || (stake === 0n && state !== "initialized"))
    return refuse("stake-not-positive", { address, stake: String(stake) });
  if (!genesisStakeStates.includes(state)) {
    return refuse("stake-state-invalid", { address, state: String(state), states: genesisStakeStates.join(", ") });
  }
  if ((state === "initialized") !== (voteAccount === null)) {
    const problem = voteAccount === null ? "a delegated stake names a vote account" : "an initialized stake names none";
    return refuse("stake-state-invalid", { address, state, problem });
  }
  if (voteAccount !== null && !voteAccounts.has(voteAccount))
    return refuse("vote-account-unknown", { address, voteAccount: String(voteAccount).slice(0, 64) });
  if (voteAccount !== null && stake < params.stakeMinimumDelegation)
    return refuse("stake-below-minimum", { address, stake, minimum: params.stakeMinimumDelegation });
  const { unixTimestamp, epoch } = lockup;
  const isLockup = typeof unixTimestamp === "bigint" && typeof epoch === "bigint" && epoch >= 0n && epoch <= u64Max;
  if (!isLockup || BigInt.asIntN(64, unixTimestamp) !== unixTimestamp)
    return refuse("lockup-invalid", { address, unixTimestamp: String(unixTimestamp), epoch: String(epoch) });
  const backing = available.get(source) ?? 0n;
  if (backing < stake) return refuse("stake-unbacked", { address, source, stake, available: backing });
  return accept(null);
}

function createGenesisStakeAccount(given: GenesisStake, params: ChainParams, epoch: Epoch): Account {
  const rentReserve = rentExemptMinimum(stakeAccountBytes, params);
  const { stake, voteAccount, staker, withdrawer, lockup = noLockup } = given;
  const meta = { rentReserve, staker, withdrawer, lockup };
  const data =
    voteAccount === null
      ? encodeStakeState({ type: "initialized", meta })
      : encodeStakeState({ type: "delegated", meta, delegation: delegationOf(given, voteAccount, epoch) });
  return { lamports: (stake + rentReserve) as Lamports, owner: stakeProgramAddress, data, executable: false };
}

function delegationOf({ stake, state }: GenesisStake, voteAccount: Address, genesisEpoch: Epoch): StakeDelegation {
  const epoch = BigInt(genesisEpoch);
  // Deactivated in the epoch of its activation: never counted, so that the chain's first stakes do not depend on it.
  const activationEpoch = state === "activating" || state === "inactive" ? epoch : never;
  const deactivationEpoch = state === "deactivating" || state === "inactive" ? epoch : never;
  return { ...createDelegation({ voteAccount, stake, activationEpoch, creditsObserved: 0n }), deactivationEpoch };
}
