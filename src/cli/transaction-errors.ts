/**
 * What a transaction's error means, for people: what was wrong and what to do.
 *
 *     { InstructionError: [1, { Custom: 1 }] }, and instruction 1 is the stake program's
 *     ──> LockupInForce: the stake is locked up; wait until its lockup ends, or have its custodian sign (--custodian)
 *
 * Names and numbers are the programs' own (stake-errors.ts, vote-errors.ts, slashing/errors.ts; the System program's are
 * the official client's).
 */
import {
  slashingProgramAddress,
  stakeProgramAddress,
  systemProgramAddress,
  voteProgramAddress,
} from "../chain/addresses.ts";
import type { Address } from "../chain/ids.ts";
import { type StakeErrorName, stakeErrors } from "../chain/programs/stake-errors.ts";
import { type SlashingErrorName, slashingErrors } from "../chain/slashing/errors.ts";
import { type VoteErrorName, voteErrors } from "../chain/vote-errors.ts";

export type ExplainedError = {
  /** The error's own name, such as `LockupInForce`; Solana's where it has one. */
  readonly name: string;
  /** Null where there is nothing to say beyond the name. */
  readonly meaning: string | null;
};

const stakeMeanings: Readonly<Record<StakeErrorName, string>> = {
  NoCreditsToRedeem: "there are no vote credits to redeem",
  LockupInForce: "the stake is locked up; wait until its lockup ends, or have its custodian sign (--custodian FILE)",
  AlreadyDeactivated: "the stake is deactivated already; it cools down by itself, epoch by epoch",
  TooSoonToRedelegate:
    "the stake still counts for another validator; deactivate it, wait until it has cooled down, then delegate it again",
  InsufficientStake: "there is less stake than asked for",
  MergeTransientStake: "a stake that is warming up or cooling down does not merge; wait until it is active or inactive",
  MergeMismatch:
    "the two stakes are not alike: they need the same stake and withdraw authority, the same lockup, and the same " +
    "validator in the same state",
  CustodianMissing: "the stake is locked up: its custodian must be named (--custodian FILE)",
  CustodianSignatureMissing: "the stake is locked up: its custodian must sign (--custodian FILE)",
  InsufficientReferenceVotes: "the reference vote account did not vote in each of the last 5 epochs",
  VoteAddressMismatch: "the stake is delegated to another vote account",
  MinimumDelinquentEpochsForDeactivationNotMet:
    "its validator voted within the last 5 epochs; only the stake authority may deactivate this stake now",
  InsufficientDelegation:
    "a delegation would be smaller than the least one allowed; `escapement genesis inspect` shows stakeMinimumDelegation",
  RedelegateTransientOrInactiveStake: "only active stake can be redelegated",
  RedelegateToSameVoteAccount: "the stake is delegated to this vote account already",
  RedelegatedStakeMustFullyActivateBeforeDeactivationIsPermitted: "redelegated stake must first become active",
  EpochRewardsActive: "the last epoch's rewards are being paid out; try again some blocks later",
};

const voteMeanings: Partial<Record<VoteErrorName, string>> = {
  TooSoonToReauthorize: "the authorized voter of the next epoch was chosen already; try again in the next epoch",
  ActiveVoteAccountClose:
    "the validator earned credits in this epoch or the last; a vote account closes two epochs after its last vote",
  CommissionUpdateTooLate: "a commission may be raised in the first half of an epoch only",
};

const slashingMeanings: Partial<Record<SlashingErrorName, string>> = {
  SlashingDisabled: "this chain does not slash (parameter slashing)",
  NotAnOffence: "what was signed may well be signed",
  AlreadyPunished: "the validator was convicted of this, or of a later offence of the kind",
  OffenceTooOld: "the offence lies too many epochs back (parameter slashEvidenceEpochs)",
};

const systemErrors: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
  0: ["AccountAlreadyInUse", "an account with this address exists already; make a new key with `escapement keygen`"],
  1: [
    "ResultWithNegativeLamports",
    "the account that pays does not have so much; `escapement balance` shows what it has",
  ],
  2: ["InvalidProgramId", "the program may not own accounts"],
  3: ["InvalidAccountDataLength", "the account would be too large"],
  4: ["MaxSeedLengthExceeded", "a --seed has at most 32 bytes"],
  5: ["AddressWithSeedMismatch", "the address is not the one that base and seed give"],
};

/** The programs' names for what is not their own invention, where clients meet it. */
const namedMeanings: Readonly<Record<string, string>> = {
  MissingRequiredSignature: "the account's authority did not sign",
  InsufficientFunds: "there are fewer lamports to move than asked for",
  InvalidAccountData: "the account is not in the state that this needs",
  InvalidAccountOwner: "the account belongs to another program",
  IncorrectProgramId: "the account belongs to another program",
  UninitializedAccount: "the account is not initialized",
  AccountAlreadyInitialized: "the account is initialized already",
  InvalidArgument: "the accounts given do not fit together",
  MaxSeedLengthExceeded: "a --seed has at most 32 bytes",
};

const transactionMeanings: Readonly<Record<string, string>> = {
  AccountNotFound: "whoever pays the fee has no coins; `escapement airdrop` gives some",
  InsufficientFundsForFee: "whoever pays the fee has too few coins for it; `escapement airdrop` gives some",
  InvalidAccountForFee: "only an account of the System program can pay a fee",
  BlockhashNotFound: "the blockhash is unknown or too old: is the devnet making blocks?",
  SignatureFailure: "a signature is not its signer's: is the key file of this chain's curve?",
};

function nameOf(errors: Readonly<Record<string, number>>, code: number): string | null {
  return Object.keys(errors).find((name) => errors[name] === code) ?? null;
}

function explainCustom(code: number, program: Address | undefined): ExplainedError {
  const unknown = { name: `custom error ${code}`, meaning: null };
  switch (program) {
    case stakeProgramAddress: {
      const name = nameOf(stakeErrors, code);
      return name === null ? unknown : { name, meaning: stakeMeanings[name as StakeErrorName] };
    }
    case voteProgramAddress: {
      const name = nameOf(voteErrors, code);
      return name === null ? unknown : { name, meaning: voteMeanings[name as VoteErrorName] ?? null };
    }
    case slashingProgramAddress: {
      const name = nameOf(slashingErrors, code);
      return name === null ? unknown : { name, meaning: slashingMeanings[name as SlashingErrorName] ?? null };
    }
    case systemProgramAddress: {
      const found = systemErrors[code];
      return found === undefined ? unknown : { name: found[0], meaning: found[1] };
    }
    default:
      return unknown;
  }
}

/** The name is a stranger's: only our own entries count. */
function meaningOf(meanings: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(meanings, name) ? meanings[name]! : null;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** `error` as RPC answers give it; `programs`: of the transaction's instructions, in order. Null: it is none we know of. */
export function explainTransactionError(error: unknown, programs: readonly Address[]): ExplainedError | null {
  if (typeof error === "string") return { name: error, meaning: meaningOf(transactionMeanings, error) };
  if (field(error, "InsufficientFundsForRent") !== undefined) {
    const meaning = "an account would be left with fewer lamports than it must keep, but not with none";
    return { name: "InsufficientFundsForRent", meaning };
  }
  const instructionError = field(error, "InstructionError");
  if (!Array.isArray(instructionError) || instructionError.length !== 2) return null;
  const [index, problem] = instructionError as readonly unknown[];
  const code = field(problem, "Custom");
  if (typeof problem === "string") return { name: problem, meaning: meaningOf(namedMeanings, problem) };
  return code === undefined ? null : explainCustom(Number(code), programs[Number(index)]);
}
