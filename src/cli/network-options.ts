/**
 * The flags that shape a chain, shared by `dev` and `sim run`, as a plan for its genesis.
 *
 *     --profile lab --slots-per-epoch 64 --validators 1000,500       params, two validators
 *     --stakes testnet-epoch-980.json                                its stakes, epoch length and numbering, stand-in keys
 *     --genesis genesis.yaml --slot-ms 50                            what the file says, in slots of 50 ms
 */
import { formatRefusal, type Refusal } from "../base/refusal.ts";
import type { SchemeName } from "../chain/crypto.ts";
import { createEpochSchedule, type EpochSchedule, epochAt, firstSlotOf } from "../chain/epoch-schedule.ts";
import { epochOf, slotOf } from "../chain/ids.ts";
import {
  blockhashTtlFor,
  type ChainParams,
  createParams,
  type LeaderPolicy,
  type ProfileName,
} from "../chain/params.ts";
import { nodeSignatures } from "../host/node-crypto.ts";
import { createGenesisFileNetwork } from "../sim/genesis-file.ts";
import {
  type AccountPlan,
  createNetwork,
  type Network,
  type StakePlan,
  standardAccountLamports,
  standardAccounts,
  standardCreationTime,
  standardSeed,
  standardStakes,
  type ValidatorPlan,
} from "../sim/network.ts";
import type { StakesFile } from "../sim/stakes-file.ts";
import type { ValidatorsArgument } from "./arguments.ts";
import { UsageError } from "./failure.ts";
import { readGenesisFile, readStakesFile } from "./files.ts";

export type NetworkOptions = {
  readonly genesis?: string;
  readonly seed?: string;
  readonly profile?: ProfileName;
  readonly policy?: LeaderPolicy;
  readonly scheme?: SchemeName;
  readonly validators?: ValidatorsArgument;
  readonly stakes?: string;
  readonly commission?: number;
  readonly slotsPerEpoch?: number;
  readonly slotsPerRotation?: number;
  readonly firstSlot?: number;
  readonly slotMs?: number;
  readonly ticksPerSlot?: number;
  readonly hashesPerTick?: number;
  readonly blockhashTtl?: number;
  readonly stakeWarmup?: ChainParams["stakeWarmup"];
  readonly accounts?: number;
  readonly genesisTime?: number;
};

export type PlannedNetwork = {
  readonly seed: string;
  readonly profile: ProfileName;
  readonly params: ChainParams;
  /** What of them differs from the profile's. */
  readonly overrides: Partial<ChainParams>;
  readonly validators: readonly ValidatorPlan[];
  readonly firstSlot: number;
  /** Unix seconds; null when nobody said. */
  readonly creationTime: number | null;
  readonly accounts: number | readonly AccountPlan[];
  readonly accountLamports: bigint;
  readonly stakes: readonly StakePlan[];
  /** The file of --genesis and what it says; null without one. */
  readonly path: string | null;
  readonly document: unknown;
};

/** Every option that says what network it is. */
export const networkOptionNames = [
  "genesis",
  "seed",
  "profile",
  "policy",
  "scheme",
  "validators",
  "stakes",
  "commission",
  "slotsPerEpoch",
  "slotsPerRotation",
  "firstSlot",
  "slotMs",
  "ticksPerSlot",
  "hashesPerTick",
  "blockhashTtl",
  "stakeWarmup",
  "accounts",
  "genesisTime",
] as const satisfies readonly (keyof NetworkOptions)[];

const validatorsDefault = 4;

export function planNetwork(options: NetworkOptions): PlannedNetwork {
  if (options.genesis !== undefined) return planGenesis(options, options.genesis);
  const { seed = standardSeed, profile = "lab", accounts = standardAccounts } = options;
  const file = options.stakes === undefined ? null : readStakesFile(options.stakes);
  const overrides = planParams(options, profile, file);
  return {
    seed,
    profile,
    params: checkParams(profile, overrides),
    overrides,
    validators: planValidators(options, file),
    firstSlot: options.firstSlot ?? file?.firstSlot ?? 0,
    creationTime: options.genesisTime ?? null,
    accounts,
    accountLamports: standardAccountLamports,
    stakes: [],
    path: null,
    document: null,
  };
}

/** What a genesis file says itself. */
const saidByGenesis = ["profile", "validators", "stakes", "commission", "accounts"] as const;

/** The file's network, with the flags laid over its parameters, seed, time and first slot. */
function planGenesis(options: NetworkOptions, path: string): PlannedNetwork {
  const double = saidByGenesis.find((name) => options[name] !== undefined);
  if (double !== undefined)
    throw new UsageError(
      `both --genesis and --${double} are given; the genesis file says that itself, change it there`,
    );
  const { document, plan } = readGenesisFile(path);
  const { profile } = plan;
  const overrides = { ...plan.overrides, ...planParams(options, profile, null) };
  // As with --slot-ms: shorter slots make blockhashes older sooner.
  if (overrides.slotDurationMs !== undefined && overrides.blockhashTtl === undefined && profile !== "solana") {
    Object.assign(overrides, { blockhashTtl: blockhashTtlFor(overrides.slotDurationMs) });
  }
  return {
    seed: options.seed ?? plan.seed,
    profile,
    params: checkParams(profile, overrides),
    overrides,
    validators: plan.validators,
    firstSlot: options.firstSlot ?? plan.firstSlot ?? 0,
    creationTime: options.genesisTime ?? plan.creationTime,
    accounts: plan.accounts,
    accountLamports: plan.accountLamports,
    stakes: plan.stakes ?? [],
    path,
    document,
  };
}

/** The network planned, or a usage error that says why there can be none. */
export function createPlannedNetwork(plan: PlannedNetwork): Network {
  const { creationTime, params } = plan;
  const create = plan.path === null ? createNetwork : createGenesisFileNetwork;
  const network = create(
    { ...plan, creationTime: creationTime ?? standardCreationTime },
    nodeSignatures[params.signatureScheme],
  );
  if (network.ok) return network.value;
  throw networkError(plan, network);
}

/** A refusal of genesis as a sentence: about a file it tells the place. */
export function networkError({ path }: PlannedNetwork, refusal: Refusal): UsageError {
  const { at, problem } = refusal.facts;
  const why =
    at === undefined || problem === undefined ? formatRefusal(refusal) : `${refusal.code} (at ${at}): ${problem}`;
  return new UsageError(`no chain can begin ${path === null ? "like this" : `as ${path} says`}: ${why}`);
}

function checkParams(profile: ProfileName, overrides: Partial<ChainParams>): ChainParams {
  const created = createParams(profile, overrides);
  if (!created.ok) throw paramsError(created.facts);
  return created.value;
}

function planParams(options: NetworkOptions, profile: ProfileName, file: StakesFile | null): Partial<ChainParams> {
  const { slotMs } = options;
  const leaderPolicy = options.policy ?? (file === null ? undefined : "solana");
  const slotsPerEpoch = options.slotsPerEpoch ?? file?.slots ?? undefined;
  const given = {
    leaderPolicy,
    slotsPerEpoch,
    slotsPerRotation: options.slotsPerRotation ?? (leaderPolicy === "tutorial" ? 1 : undefined),
    epochWarmup: file === null ? undefined : needsWarmup(options, file),
    slotDurationMs: slotMs,
    ticksPerSlot: options.ticksPerSlot,
    hashesPerTick: options.hashesPerTick,
    blockhashTtl:
      options.blockhashTtl ?? (slotMs === undefined || profile === "solana" ? undefined : blockhashTtlFor(slotMs)),
    signatureScheme: options.scheme,
    stakeWarmup: options.stakeWarmup,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Whether only a numbering that began with short epochs puts the file's epoch where the file says it begins. */
function needsWarmup(options: NetworkOptions, file: StakesFile): boolean | undefined {
  const { epoch, firstSlot, slots } = file;
  if (epoch === null || firstSlot === null || slots === null) return undefined;
  // Whoever chooses other epochs, or a slot outside the file's, is not continuing the file's numbering.
  if ((options.slotsPerEpoch ?? slots) !== slots) return undefined;
  const chosen = options.firstSlot ?? firstSlot;
  if (chosen < firstSlot || chosen >= firstSlot + slots) return undefined;
  const begins = (schedule: EpochSchedule) =>
    epochAt(schedule, slotOf(firstSlot)) === epoch && firstSlotOf(schedule, epochOf(epoch)) === firstSlot;
  if (begins(createEpochSchedule(slots, false))) return undefined;
  if (begins(createEpochSchedule(slots, true))) return true;
  throw new UsageError(
    `the stakes file says that epoch ${epoch} of ${slots} slots begins at slot ${firstSlot}, which fits neither a ` +
      "numbering with warm-up nor one without; give --first-slot and --slots-per-epoch to choose your own",
  );
}

function planValidators(options: NetworkOptions, file: StakesFile | null): ValidatorPlan[] {
  const { validators = validatorsDefault } = options;
  const commission = options.commission === undefined ? {} : { commission: options.commission };
  if (file !== null) {
    const staked = file.stakes.filter(({ stake }) => stake > 0n);
    const shared = staked.find(({ identity, voteAccount }) => identity === voteAccount);
    if (shared !== undefined) {
      throw new UsageError(
        `the stakes file gives ${shared.identity} as identity and as vote account: leaders can be drawn from that, but ` +
          "a chain needs two accounts; give each its own address",
      );
    }
    return staked.map(({ stake, identity, voteAccount }) => ({
      stake,
      existing: { identity, voteAccount },
      ...commission,
    }));
  }
  const stakes = typeof validators === "number" ? standardStakes(validators) : validators;
  return stakes.map((stake) => ({ stake, ...commission }));
}

const flagOf: Partial<Record<string, string>> = {
  slotDurationMs: "--slot-ms",
  slotsPerEpoch: "--slots-per-epoch",
  slotsPerRotation: "--slots-per-rotation",
  ticksPerSlot: "--ticks-per-slot",
  hashesPerTick: "--hashes-per-tick",
  blockhashTtl: "--blockhash-ttl",
  stakeWarmup: "--stake-warmup",
};

function paramsError(facts: Readonly<Record<string, unknown>>): UsageError {
  const { field, value, minimum, maximum } = facts;
  const range = minimum === maximum ? `it must be ${minimum} here` : `give ${minimum} to ${maximum}`;
  return new UsageError(`${flagOf[String(field)] ?? field} is ${value}; ${range}`);
}
