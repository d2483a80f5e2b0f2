/**
 * A network to start: keys, stakes and funds, all derived from one seed, and the genesis made of them.
 *
 *     seed "escapement" ──> faucet, observer, validator 0…N−1 (identity, vote and stake account), funded accounts
 *
 * Such keys are for rehearsals: anybody who knows the seed has them.
 */
import { ByteWriter, utf8Bytes } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import { accept, type Outcome, type Refusal, refuse } from "../base/refusal.ts";
import type { Keypair, SignatureScheme } from "../chain/crypto.ts";
import { createGenesis, type Genesis, type GenesisRefusal } from "../chain/genesis.ts";
import type { GenesisRecord } from "../chain/genesis-records.ts";
import type { GenesisStake, GenesisStakeState } from "../chain/genesis-stakes.ts";
import { type Address, type Lamports, lamportsOf, lamportsPerSol, u64Max } from "../chain/ids.ts";
import type { ChainParams } from "../chain/params.ts";
import type { Registration } from "../chain/stake-registry.ts";
import { createStandInKeypair, type StandIn } from "../chain/stand-ins.ts";

export type ValidatorPlan = {
  /** For people; on the chain there are only addresses. */
  readonly name?: string;
  readonly stake: bigint;
  /** Percent, two decimals at most; 5 when left out. */
  readonly commission?: number;
  /** What it begins as; "active" when left out. "delinquent" has its keys and its stake, and does not run. */
  readonly status?: ValidatorStatus;
  /** Of a jailed one: the epoch in which it may come back. */
  readonly jailedUntilEpoch?: number;
  /** Lamports that were taken from its stakers before this chain began. */
  readonly slashed?: bigint;
  /** Somebody else's validator, rehearsed with a stand-in key. */
  readonly existing?: { readonly identity: Address; readonly voteAccount: Address };
};

export const validatorStatuses = ["active", "delinquent", "jailed", "tombstoned"] as const;

export type ValidatorStatus = (typeof validatorStatuses)[number];

/** A funded account: with a key derived from the seed, or somebody else's address. */
export type AccountPlan = { readonly name?: string; readonly lamports: bigint; readonly address?: Address };

/** Who may act for a stake: a funded account by its place in the plan, or an address. */
export type OwnerPlan = number | Address;

/** A stake account beside the validators' own. */
export type StakePlan = {
  readonly name?: string;
  /** Its validator's place in the plan; null for stake that is not delegated. */
  readonly validator: number | null;
  readonly stake: bigint;
  readonly state: GenesisStakeState;
  /** The first funded account when left out. */
  readonly staker?: OwnerPlan;
  readonly withdrawer?: OwnerPlan;
  readonly lockup?: { readonly unixTimestamp: bigint; readonly epoch: bigint; readonly custodian: OwnerPlan };
  /** Derived from the seed when left out. */
  readonly address?: Address;
};

export type NetworkPlan = {
  readonly seed: string;
  readonly params: ChainParams;
  readonly creationTime: number;
  readonly firstSlot?: number;
  readonly validators: readonly ValidatorPlan[];
  /** Funded accounts for whoever uses the network: how many, each with `accountLamports`, or one by one. */
  readonly accounts: number | readonly AccountPlan[];
  readonly accountLamports: bigint;
  readonly stakes?: readonly StakePlan[];
};

export type NetworkValidator = { readonly identity: Keypair; readonly voteAccount: Address };

export type Network = {
  readonly genesis: Genesis;
  readonly validators: readonly NetworkValidator[];
  readonly observer: Keypair;
  readonly faucet: Keypair;
  /** Funded accounts whose keys are known, in order. */
  readonly accounts: readonly Keypair[];
  /** Places of the validators that do not run. */
  readonly offline: readonly number[];
  /** Addresses of the plan's stake accounts, in order. */
  readonly stakeAccounts: readonly Address[];
};

/** What a network is like when nothing else is said. */
export const standardSeed = "escapement";

/** 2026-01-01T00:00:00Z: a constant, so that one seed gives one chain. */
export const standardCreationTime = 1_767_225_600;

export const standardAccounts = 5;
export const standardAccountLamports = 10_000n * lamportsPerSol;

/** Unequal, so that turns by stake can be seen: 4000, 3000, 2000 and 1000 SOL for four validators. */
export function standardStakes(count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => BigInt(count - index) * 1000n * lamportsPerSol);
}

export const validatorsMax = 5000;
const accountsMax = 1000;
const stakesMax = 100_000;
const faucetLamports = 500_000_000n * lamportsPerSol;
/** For the fees of its votes: 5000 lamports a slot. */
const identityLamports = 1000n * lamportsPerSol;

const keyTag = utf8Bytes("escapement:key:v1");

/** The seed of one key: the network's seed, what the key is for, and its number. */
export function keySeed(seed: string, role: string, index: number): Uint8Array {
  const writer = new ByteWriter().bytes(keyTag).sized(utf8Bytes(seed)).sized(utf8Bytes(role));
  return sha256(writer.count(index).finish());
}

export type NetworkRefusal =
  | GenesisRefusal
  | "validators-too-many"
  | "accounts-out-of-range"
  | "stakes-too-many"
  | "owner-unknown"
  | "validator-unknown"
  | "status-invalid";

/** A refusal that is about one part of the plan says which: `place` is "validators.0", "accounts.2" or "stakes.1". */
export function createNetwork(plan: NetworkPlan, scheme: SignatureScheme): Outcome<Network, NetworkRefusal> {
  const wrong = checkSizes(plan);
  if (wrong !== null) return wrong;
  const keypair = (role: string, index = 0) => scheme.createKeypair(keySeed(plan.seed, role, index));
  const members: Members = {
    treasury: keypair("stakes").address,
    accounts: planAccounts(plan, keypair),
    validators: planValidators(plan, keypair),
  };
  const stakes = planStakes(plan, members, keypair);
  if (!stakes.ok) return stakes;
  const staked = [...plan.validators, ...(plan.stakes ?? [])].reduce(
    (sum, { stake }) => sum + (stake > 0n ? stake : 0n),
    0n,
  );
  if (staked > u64Max) return refuse("total-stake-too-large", { stake: staked });
  const faucet = keypair("faucet");
  const balances = new Map<Address, Lamports>([
    [faucet.address, lamportsOf(faucetLamports)],
    [members.treasury, lamportsOf(staked)],
  ]);
  for (const { identity } of members.validators) balances.set(identity.address, lamportsOf(identityLamports));
  for (const [index, { address, lamports }] of members.accounts.entries()) {
    // The later of two would replace the other's coins.
    if (balances.has(address)) return refuse("account-in-use", { address, place: `accounts.${index}` });
    balances.set(address, lamports as Lamports);
  }
  const { params, creationTime, firstSlot = 0 } = plan;
  const registrations = members.validators.map(({ registration }) => registration);
  const standIns = members.validators.flatMap(({ standIn }) => (standIn === null ? [] : [standIn]));
  const records = planRecords(plan, members);
  if (!records.ok) return records;
  const genesisPlan = { params, creationTime, firstSlot, balances, registrations, standIns };
  const genesis = createGenesis({ ...genesisPlan, stakes: stakes.value, records: records.value }, scheme);
  if (!genesis.ok) return placeRefusal(genesis, members, stakes.value);
  return accept({
    genesis: genesis.value,
    validators: members.validators.map(({ identity, registration: { voteAccount } }) => ({ identity, voteAccount })),
    observer: keypair("observer"),
    faucet,
    accounts: members.accounts.flatMap(({ keys }) => (keys === null ? [] : [keys])),
    offline: plan.validators.flatMap(({ status }, index) => (status === "delinquent" ? [index] : [])),
    stakeAccounts: stakes.value.map(({ address }) => address),
  });
}

/** Genesis knows addresses; whoever made the plan knows places in it. The last one that an address stands at is at fault. */
function placeRefusal(
  refusal: Refusal<GenesisRefusal>,
  { accounts, validators }: Members,
  stakes: readonly GenesisStake[],
): Refusal<NetworkRefusal> {
  const { address, identity, voteAccount } = refusal.facts;
  const named = [address, identity, voteAccount];
  const stake = stakes.findLastIndex((each) => each.address === address);
  const account = accounts.findLastIndex((each) => each.address === address);
  const validator = validators.findLastIndex(({ registration }) =>
    [registration.identity, registration.voteAccount, registration.stakeAccount].some((each) => named.includes(each)),
  );
  const places = { stakes: stake, accounts: account, validators: validator };
  const [found] = Object.entries(places).filter(([, index]) => index >= 0);
  if (found === undefined) return refusal;
  return refuse(refusal.code, { ...refusal.facts, place: found.join(".") });
}

function checkSizes(plan: NetworkPlan): Refusal<NetworkRefusal> | null {
  const { validators, accounts, stakes = [] } = plan;
  if (validators.length > validatorsMax)
    return refuse("validators-too-many", { validators: validators.length, maximum: validatorsMax });
  const count = typeof accounts === "number" ? accounts : accounts.length;
  if (!Number.isSafeInteger(count) || count < 0 || count > accountsMax)
    return refuse("accounts-out-of-range", { accounts: String(count), minimum: 0, maximum: accountsMax });
  if (stakes.length > stakesMax) return refuse("stakes-too-many", { stakes: stakes.length, maximum: stakesMax });
  return null;
}

type KeyOf = (role: string, index?: number) => Keypair;

type PlannedAccount = { readonly address: Address; readonly keys: Keypair | null; readonly lamports: bigint };

type PlannedValidator = {
  readonly identity: Keypair;
  readonly registration: Registration;
  readonly standIn: StandIn | null;
};

type Members = {
  /** What all stakes are taken from; it ends empty. */
  readonly treasury: Address;
  readonly accounts: readonly PlannedAccount[];
  readonly validators: readonly PlannedValidator[];
};

function planAccounts({ accounts, accountLamports }: NetworkPlan, keypair: KeyOf): PlannedAccount[] {
  const plans =
    typeof accounts === "number" ? Array.from({ length: accounts }, () => ({ lamports: accountLamports })) : accounts;
  return plans.map((given: AccountPlan, index) => {
    const keys = given.address === undefined ? keypair("account", index) : null;
    return { address: given.address ?? keys!.address, keys, lamports: given.lamports };
  });
}

function planValidators({ validators }: NetworkPlan, keypair: KeyOf): PlannedValidator[] {
  const source = keypair("stakes").address;
  return validators.map(({ stake, commission = 5, existing }, index) => {
    const own = keypair("identity", index);
    const identity = existing === undefined ? own : createStandInKeypair(existing.identity, own.secretKey);
    const registration = {
      identity: identity.address,
      voteAccount: existing?.voteAccount ?? keypair("vote", index).address,
      stakeAccount: keypair("stake", index).address,
      stake: stake as Lamports,
      commission,
      source,
    };
    const standIn = existing === undefined ? null : { identity: identity.address, signer: own.address };
    return { identity, registration, standIn };
  });
}

/** What validators that were convicted before bring with them. */
function planRecords(
  { validators }: NetworkPlan,
  { validators: members }: Members,
): Outcome<GenesisRecord[], NetworkRefusal> {
  const records: GenesisRecord[] = [];
  for (const [index, { status = "active", jailedUntilEpoch, slashed = 0n }] of validators.entries()) {
    if (!validatorStatuses.includes(status)) {
      const known = validatorStatuses.join(", ");
      return refuse("status-invalid", { validator: index, status: String(status), known });
    }
    const isEpoch = Number.isSafeInteger(jailedUntilEpoch) && jailedUntilEpoch! >= 0;
    if (status === "jailed" ? !isEpoch : jailedUntilEpoch !== undefined) {
      const problem = "a jailed validator, and no other, has jailedUntilEpoch, a whole number";
      return refuse("status-invalid", {
        validator: index,
        status,
        jailedUntilEpoch: String(jailedUntilEpoch),
        problem,
      });
    }
    const isConvicted = status === "jailed" || status === "tombstoned";
    if (!isConvicted && slashed === 0n) continue;
    records.push({
      voteAccount: members[index]!.registration.voteAccount,
      ...(status === "jailed" ? { jailedUntilEpoch: BigInt(jailedUntilEpoch!) } : {}),
      ...(status === "tombstoned" ? { jailedUntilEpoch: "never" } : {}),
      taken: slashed,
    });
  }
  return accept(records);
}

function planStakes(
  { stakes = [], validators }: NetworkPlan,
  { treasury, accounts, validators: members }: Members,
  keypair: KeyOf,
): Outcome<GenesisStake[], NetworkRefusal> {
  const planned: GenesisStake[] = [];
  for (const [index, given] of stakes.entries()) {
    // The first keys of this role are the validators' own stakes.
    const address = given.address ?? keypair("stake", validators.length + index).address;
    const ownerOf = (owner: OwnerPlan) => (typeof owner === "number" ? accounts[owner]?.address : owner);
    const { staker = 0, withdrawer = staker, lockup } = given;
    const owners = [staker, withdrawer, lockup?.custodian ?? staker];
    const [stakerAddress, withdrawerAddress, custodian] = owners.map(ownerOf);
    if (stakerAddress === undefined || withdrawerAddress === undefined || custodian === undefined) {
      const owner = owners.find((each) => ownerOf(each) === undefined);
      return refuse("owner-unknown", { stake: index, owner: String(owner), accounts: accounts.length });
    }
    const validator = given.validator === null ? null : members[given.validator];
    if (validator === undefined)
      return refuse("validator-unknown", {
        stake: index,
        validator: String(given.validator),
        validators: members.length,
      });
    planned.push({
      address,
      source: treasury,
      stake: given.stake as Lamports,
      state: given.state,
      voteAccount: validator?.registration.voteAccount ?? null,
      staker: stakerAddress,
      withdrawer: withdrawerAddress,
      ...(lockup === undefined ? {} : { lockup: { ...lockup, custodian } }),
    });
  }
  return accept(planned);
}
