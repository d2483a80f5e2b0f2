/**
 * Every number a chain is free to choose, in one record that genesis commits to.
 *
 * Three presets: `lab` (short epochs, fast slots: the default), `solana` (mainnet's numbers) and `tutorial` (the
 * tutorial's curve, policy and one-slot rotations). Any field can be overridden when a genesis is made.
 */
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import { emptyBlockBytes } from "./block-size.ts";
import type { SchemeName } from "./crypto.ts";

export type LeaderPolicy = "poh" | "solana" | "tutorial";

export type ProfileName = "lab" | "solana" | "tutorial";

export type ChainParams = {
  readonly profile: ProfileName;
  /** Nominal length of a slot; block times are genesis time + slots × this. */
  readonly slotDurationMs: number;
  readonly slotsPerEpoch: number;
  /** Whether the first epochs are short (32, 64, … slots), as on Solana's testnet. */
  readonly epochWarmup: boolean;
  /** Consecutive slots of one leader. */
  readonly slotsPerRotation: number;
  readonly ticksPerSlot: number;
  /** PoH hashes between two ticks; 0 switches the check off. */
  readonly hashesPerTick: number;
  readonly leaderPolicy: LeaderPolicy;
  /** Start of the free-running hex chain; used by the `tutorial` policy only. */
  readonly tutorialSeed: string;
  readonly signatureScheme: SchemeName;
  readonly lamportsPerSignature: bigint;
  /** Of the base fee; the rest, and the whole priority fee, goes to the leader. */
  readonly feeBurnPercent: number;
  /** Price of a byte of an account, kept as its minimum balance: (128 + size) × this. */
  readonly rentLamportsPerByte: bigint;
  /** Blocks after which a blockhash is too old to name in a transaction. */
  readonly blockhashTtl: number;
  readonly transactionBytesMax: number;
  readonly accountLocksMax: number;
  readonly blockTransactionsMax: number;
  readonly blockComputeUnitsMax: number;
  readonly blockBytesMax: number;
  /** Slots without a vote after which a validator counts as delinquent. */
  readonly delinquentSlotDistance: number;

  /** Yearly inflation at the beginning, and the least it falls to; in hundredths of a percent. */
  readonly inflationInitialBps: number;
  readonly inflationTerminalBps: number;
  /** By how much of itself inflation falls in a year. */
  readonly inflationTaperBps: number;
  /** Of the inflation, for so many years: not minted here, as on Solana's mainnet, where nobody collects it. */
  readonly inflationFoundationBps: number;
  readonly inflationFoundationTermYears: number;

  /** `rates`: stake warms up and cools down as on Solana. `instant`: all of it at the next epoch. */
  readonly stakeWarmup: "rates" | "instant";
  /** From which epoch on 9 % of the cluster's stake may change in an epoch; 25 % before. */
  readonly stakeReducedRateEpoch: number;
  /** Lamports that a delegation must have. */
  readonly stakeMinimumDelegation: bigint;
  /** Stake accounts that one block pays its rewards to. */
  readonly stakeRewardsPerBlock: number;

  /** Whether evidence of misbehaviour costs stake. */
  readonly slashing: boolean;
  /** Of the stake, for signing two blocks of one slot, and for voting against one's own lockout. */
  readonly slashDuplicateBlockBps: number;
  readonly slashLockoutBps: number;
  /** How much more is taken for each part of all stake that was convicted within the window: 3 takes all at a third. */
  readonly slashCorrelationMultiplier: number;
  readonly slashCorrelationEpochs: number;
  /** Of what is taken; the rest is burned. */
  readonly slashReporterBps: number;
  /** Epochs for which a convicted validator is left out of the stakes that count. */
  readonly slashJailEpochs: number;
  /** Whether who signed two blocks of one slot stays out for ever. */
  readonly slashTombstone: boolean;
  /** How many epochs back an offence may lie. */
  readonly slashEvidenceEpochs: number;
};

const solana: ChainParams = {
  profile: "solana",
  slotDurationMs: 400,
  slotsPerEpoch: 432_000,
  epochWarmup: false,
  slotsPerRotation: 4,
  ticksPerSlot: 64,
  hashesPerTick: 12_500,
  leaderPolicy: "solana",
  tutorialSeed: "genesis",
  signatureScheme: "ed25519",
  lamportsPerSignature: 5000n,
  feeBurnPercent: 50,
  rentLamportsPerByte: 6960n,
  blockhashTtl: 150,
  transactionBytesMax: 1232,
  accountLocksMax: 64,
  blockTransactionsMax: 20_000,
  blockComputeUnitsMax: 60_000_000,
  blockBytesMax: 16_000_000,
  delinquentSlotDistance: 128,
  inflationInitialBps: 800,
  inflationTerminalBps: 150,
  inflationTaperBps: 1500,
  inflationFoundationBps: 0,
  inflationFoundationTermYears: 0,
  stakeWarmup: "rates",
  stakeReducedRateEpoch: 0,
  stakeMinimumDelegation: 1_000_000_000n,
  stakeRewardsPerBlock: 4096,
  slashing: false,
  slashDuplicateBlockBps: 500,
  slashLockoutBps: 100,
  slashCorrelationMultiplier: 3,
  slashCorrelationEpochs: 8,
  slashReporterBps: 500,
  slashJailEpochs: 4,
  slashTombstone: true,
  slashEvidenceEpochs: 1,
};

const lab: ChainParams = {
  ...solana,
  profile: "lab",
  slotDurationMs: 100,
  slotsPerEpoch: 256,
  ticksPerSlot: 8,
  hashesPerTick: 64,
  leaderPolicy: "poh",
  blockhashTtl: 600,
  slashing: true,
};

const tutorial: ChainParams = {
  ...lab,
  profile: "tutorial",
  slotsPerRotation: 1,
  leaderPolicy: "tutorial",
  signatureScheme: "secp256k1",
};

export const profiles: Readonly<Record<ProfileName, ChainParams>> = { lab, solana, tutorial };

/** A blockhash must outlive the half minute for which web3.js keeps one, however short the slots. */
export function blockhashTtlFor(slotDurationMs: number): number {
  return Math.max(150, Math.ceil(60_000 / slotDurationMs));
}

/**
 * The last slot whose leader the `tutorial` policy can tell. Its clock runs from its very beginning, 1000 hashes a slot:
 * minutes of work for a million slots, and years for a real network's numbering.
 */
export const tutorialSlotsMax = 1_000_000;

/** The largest price or least amount: 1000 SOL. */
const amountMax = 1_000_000_000_000n;

type IntegerRange = readonly [minimum: number, maximum: number];

/** What each whole number may be, both ends included; createParams knows what they ask of one another. */
export const integerRanges = {
  slotDurationMs: [1, 3_600_000],
  slotsPerEpoch: [32, 10_000_000],
  slotsPerRotation: [1, 1024],
  ticksPerSlot: [1, 1024],
  hashesPerTick: [0, 100_000_000],
  feeBurnPercent: [0, 100],
  blockhashTtl: [1, 100_000],
  transactionBytesMax: [200, 65_535],
  accountLocksMax: [2, 256],
  blockTransactionsMax: [1, 1_000_000],
  blockComputeUnitsMax: [1, 1_000_000_000_000],
  blockBytesMax: [1, 1_000_000_000],
  delinquentSlotDistance: [1, 1_000_000],
  inflationInitialBps: [0, 1_000_000],
  inflationTerminalBps: [0, 1_000_000],
  inflationTaperBps: [0, 9999],
  inflationFoundationBps: [0, 10_000],
  inflationFoundationTermYears: [0, 1_000_000],
  stakeReducedRateEpoch: [0, Number.MAX_SAFE_INTEGER],
  stakeRewardsPerBlock: [1, 1_000_000],
  slashDuplicateBlockBps: [0, 10_000],
  slashLockoutBps: [0, 10_000],
  slashCorrelationMultiplier: [0, 1000],
  slashCorrelationEpochs: [0, 10_000],
  slashReporterBps: [0, 10_000],
  slashJailEpochs: [0, 1_000_000_000],
  slashEvidenceEpochs: [0, 1],
} as const satisfies Partial<Record<keyof ChainParams, IntegerRange>>;

const choicesOf = {
  profile: ["lab", "solana", "tutorial"],
  epochWarmup: [false, true],
  leaderPolicy: ["poh", "solana", "tutorial"],
  signatureScheme: ["ed25519", "secp256k1"],
  stakeWarmup: ["rates", "instant"],
  slashing: [false, true],
  slashTombstone: [false, true],
} as const satisfies Partial<Record<keyof ChainParams, readonly unknown[]>>;

/** The preset with the overrides laid over it, or a refusal that names the field, its value and what is allowed. */
export function createParams(
  profile: ProfileName,
  overrides: Partial<ChainParams> = {},
): Outcome<ChainParams, "params-invalid"> {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const params: ChainParams = { ...profiles[profile], ...given };
  for (const [field, value] of Object.entries(given)) {
    if (!Object.hasOwn(profiles.lab, field)) return refuse("params-invalid", { field, problem: "no such field" });
    const choices: readonly unknown[] | undefined = choicesOf[field as keyof typeof choicesOf];
    if (choices !== undefined && !choices.includes(value)) {
      return refuse("params-invalid", { field, value: String(value), choices: choices.join(", ") });
    }
  }
  if (typeof params.tutorialSeed !== "string") {
    return refuse("params-invalid", { field: "tutorialSeed", value: String(params.tutorialSeed), problem: "no text" });
  }
  for (const [field, [minimum, maximum]] of Object.entries(integerRanges)) {
    const value = params[field as keyof typeof integerRanges];
    if (!Number.isSafeInteger(value) || value < minimum || value > maximum) {
      return refuse("params-invalid", { field, value: String(value), minimum, maximum });
    }
  }
  for (const field of ["lamportsPerSignature", "rentLamportsPerByte", "stakeMinimumDelegation"] as const) {
    const value = params[field];
    const minimum = field === "stakeMinimumDelegation" ? 1n : 0n;
    if (typeof value !== "bigint" || value < minimum || value > amountMax) {
      return refuse("params-invalid", { field, value: String(value), minimum, maximum: amountMax });
    }
  }
  if (params.leaderPolicy === "tutorial" && params.slotsPerRotation !== 1) {
    return refuse("params-invalid", {
      field: "slotsPerRotation",
      value: params.slotsPerRotation,
      minimum: 1,
      maximum: 1,
    });
  }
  if (params.leaderPolicy === "tutorial" && params.slotsPerEpoch > tutorialSlotsMax) {
    const [minimum] = integerRanges.slotsPerEpoch;
    const { slotsPerEpoch: value } = params;
    return refuse("params-invalid", { field: "slotsPerEpoch", value, minimum, maximum: tutorialSlotsMax });
  }
  const blockBytesMin = emptyBlockBytes(params.ticksPerSlot);
  if (params.blockBytesMax < blockBytesMin) {
    // Not even a block without transactions would fit.
    const [, maximum] = integerRanges.blockBytesMax;
    return refuse("params-invalid", {
      field: "blockBytesMax",
      value: params.blockBytesMax,
      minimum: blockBytesMin,
      maximum,
    });
  }
  if (params.hashesPerTick === 1) {
    // The last hash before a tick is the tick's own: with one hash a tick nothing could ever be recorded.
    return refuse("params-invalid", { field: "hashesPerTick", value: 1, minimum: 2, maximum: 100_000_000 });
  }
  return accept(params);
}
