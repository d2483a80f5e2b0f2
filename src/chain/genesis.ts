/**
 * Genesis: the one agreed beginning. Two chains with the same genesis text are the same chain; its SHA-256 is the first
 * PoH hash, the parent of the first block, and part of what every leader signs.
 *
 *     createGenesis(balances + registrations)  ->  accounts (funded, vote, stake, native programs), in address order
 */
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import type { Account } from "./account.ts";
import { stakeProgramAddress, systemProgramAddress, voteProgramAddress } from "./addresses.ts";
import type { SignatureScheme } from "./crypto.ts";
import { createEpochSchedule, epochAt } from "./epoch-schedule.ts";
import { addGenesisRecords, type GenesisRecord, type GenesisRecordRefusal } from "./genesis-records.ts";
import { addGenesisStakes, type GenesisStake, type GenesisStakeRefusal } from "./genesis-stakes.ts";
import { genesisSysvarLamports, isGenesisSysvar } from "./genesis-sysvars.ts";
import {
  type Address,
  compareAddresses,
  type Epoch,
  type Lamports,
  parseAddress,
  type Slot,
  slotOf,
  u64Max,
} from "./ids.ts";
import { type ChainParams, tutorialSlotsMax } from "./params.ts";
import { nativeProgramAccounts } from "./programs/native-accounts.ts";
import { leastBalance, rentExemptMinimum } from "./rent.ts";
import { createDelegation, encodeStakeState, never, noLockup, stakeAccountBytes } from "./stake-account.ts";
import { addValidators, createStakeRegistry, type Registration, type RegistrationRefusal } from "./stake-registry.ts";
import type { StandIn } from "./stand-ins.ts";
import { createVoteState, encodeVoteState, voteAccountBytes } from "./vote-state.ts";

export type GenesisValidator = {
  readonly identity: Address;
  readonly voteAccount: Address;
  readonly stakeAccount: Address;
};

export type Genesis = {
  readonly params: ChainParams;
  /** Unix seconds: the time of `firstSlot`. */
  readonly creationTime: number;
  /** The slot that genesis stands for; blocks follow it. 0 but for chains that continue a real network's numbering. */
  readonly firstSlot: Slot;
  /** In order of registration. */
  readonly validators: readonly GenesisValidator[];
  /** Identities whose signatures are checked against another key, in order of registration; mostly none. */
  readonly standIns: readonly StandIn[];
  /** In address order, each once, none empty. */
  readonly accounts: readonly (readonly [Address, Account])[];
};

export type GenesisPlan = {
  readonly params: ChainParams;
  readonly creationTime: number;
  readonly firstSlot?: number;
  /** Coins that exist before anybody registers. */
  readonly balances: ReadonlyMap<Address, Lamports>;
  readonly registrations: readonly Registration[];
  /** Stake accounts beside the validators' own, which are active. */
  readonly stakes?: readonly GenesisStake[];
  /** Of validators convicted before the chain began, each at most once. */
  readonly records?: readonly GenesisRecord[];
  readonly standIns?: readonly StandIn[];
};

export type GenesisRefusal =
  | RegistrationRefusal
  | GenesisStakeRefusal
  | GenesisRecordRefusal
  | "no-validators"
  | "supply-too-large"
  | "address-invalid"
  | "balance-invalid"
  | "time-invalid"
  | "first-slot-invalid";

/** Builds genesis, or says which registration or balance cannot stand. */
export function createGenesis(plan: GenesisPlan, scheme: SignatureScheme): Outcome<Genesis, GenesisRefusal> {
  const { params, creationTime } = plan;
  if (!Number.isSafeInteger(creationTime) || creationTime < 0) return refuse("time-invalid", { creationTime });
  if (plan.registrations.length === 0) return refuse("no-validators");
  for (const [address, lamports] of plan.balances) {
    if (typeof address !== "string" || parseAddress(address) === null)
      return refuse("address-invalid", { address: String(address).slice(0, 64) });
    if (typeof lamports !== "bigint" || lamports < 0n || lamports > u64Max)
      return refuse("balance-invalid", { address, lamports: String(lamports) });
  }
  const { firstSlot: first = 0 } = plan;
  const firstSlotMax = firstSlotMaxOf(params);
  if (!Number.isSafeInteger(first) || first < 0 || first > firstSlotMax)
    return refuse("first-slot-invalid", { firstSlot: String(first), minimum: 0, maximum: firstSlotMax });
  const firstSlot = slotOf(first);
  const registered = addValidators(createStakeRegistry(plan.balances), plan.registrations, scheme);
  if (!registered.ok) return registered;
  const epoch = epochAt(createEpochSchedule(params.slotsPerEpoch, params.epochWarmup), firstSlot);
  const accounts = new Map<Address, Account>(nativeProgramAccounts());
  const available = new Map(registered.value.available);
  for (const registration of plan.registrations) {
    for (const [address, account] of validatorAccounts(registration, params, epoch)) {
      if (accounts.has(address)) return refuse("account-in-use", { address });
      accounts.set(address, account);
    }
  }
  const voteAccounts = new Set(plan.registrations.map(({ voteAccount }) => voteAccount));
  const staked = addGenesisStakes(accounts, available, plan.stakes ?? [], { params, epoch, voteAccounts });
  if (!staked.ok) return staked;
  const { registrations } = plan;
  const recorded = addGenesisRecords(accounts, plan.records ?? [], { params, epoch, registrations });
  if (!recorded.ok) return recorded;
  for (const [address, lamports] of available) {
    // Neither a native program's account nor a stake is a wallet: coins put there would replace it.
    if (accounts.has(address)) return refuse("account-in-use", { address });
    if (lamports > 0n) accounts.set(address, walletAccount(lamports));
  }
  for (const address of accounts.keys()) {
    if (isGenesisSysvar(address)) return refuse("account-in-use", { address });
  }
  const supply = [...accounts.values()].reduce((sum, { lamports }) => sum + lamports, genesisSysvarLamports(params));
  if (supply > u64Max) return refuse("supply-too-large", { supply });
  return accept({
    params,
    creationTime,
    firstSlot,
    validators: plan.registrations.map(({ identity, voteAccount, stakeAccount }) => ({
      identity,
      voteAccount,
      stakeAccount,
    })),
    standIns: plan.standIns ?? [],
    accounts: [...accounts].sort(([a], [b]) => compareAddresses(a, b)),
  });
}

/** The highest slot that genesis may stand for: blocks must be able to follow, and somebody to say who leads them. */
export function firstSlotMaxOf(params: ChainParams): number {
  return params.leaderPolicy === "tutorial" ? tutorialSlotsMax : 2 ** 52;
}

function walletAccount(lamports: Lamports): Account {
  return { lamports, owner: systemProgramAddress, data: new Uint8Array(0), executable: false };
}

/** The vote account, and a stake account that counts from genesis on (Solana's bootstrap stake). */
function validatorAccounts(registration: Registration, params: ChainParams, epoch: Epoch): [Address, Account][] {
  const { identity, voteAccount, stakeAccount, stake, commission } = registration;
  const voteState = createVoteState({
    voteAccount,
    identity,
    authorizedVoter: identity,
    withdrawer: identity,
    commissionBps: Math.round(commission * 100),
    epoch,
  });
  const rentReserve = rentExemptMinimum(stakeAccountBytes, params);
  const meta = { rentReserve, staker: identity, withdrawer: identity, lockup: noLockup };
  const delegation = createDelegation({
    voteAccount,
    stake,
    activationEpoch: never,
    creditsObserved: 0n,
  });
  const vote: Account = {
    lamports: leastBalance(voteAccountBytes, params),
    owner: voteProgramAddress,
    data: encodeVoteState(voteState),
    executable: false,
  };
  const staked: Account = {
    lamports: (stake + rentReserve) as Lamports,
    owner: stakeProgramAddress,
    data: encodeStakeState({ type: "delegated", meta, delegation }),
    executable: false,
  };
  return [
    [voteAccount, vote],
    [stakeAccount, staked],
  ];
}
