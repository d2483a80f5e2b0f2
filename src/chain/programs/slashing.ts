/**
 * The slashing program, this chain's own: convicts validators on evidence that anyone hands in.
 *
 *     SubmitEvidence  00 | evidence (see slashing/evidence-codec.ts)
 *                     [0] reporter: signs, written   [1] the offender's record, written   [2] the offender's vote account
 *
 * A conviction stands in the record and jails at once. What it costs is taken when the next epoch begins
 * (slashing/take-penalties.ts). Refusals are custom errors (slashing/errors.ts), said in a log line with what was seen; they
 * change nothing.
 *
 * Source: ours. Solana slashes nothing so far; SIMD-0204 proposes to record duplicate blocks, without a penalty. Penalties
 * that grow with what is convicted together are Ethereum's idea, jail and tombstone Cosmos'.
 */
import { formatRefusal, refuse } from "../../base/refusal.ts";
import { slashingProgramAddress, voteProgramAddress } from "../addresses.ts";
import { type Address, u64Max } from "../ids.ts";
import { type SlashingOutcome, type SlashingRefusal, slashingErrors } from "../slashing/errors.ts";
import { type OffenceKind, submitEvidenceTag } from "../slashing/evidence.ts";
import { decodeEvidence } from "../slashing/evidence-codec.ts";
import { readSlashingRecord } from "../slashing/jail.ts";
import {
  addConviction,
  createSlashingRecord,
  encodeSlashingRecord,
  type SlashingRecord,
  slashingRecordAddress,
  slashingRecordBytes,
} from "../slashing/record.ts";
import { type Offence, verifyEvidence } from "../slashing/verify-evidence.ts";
import { decodeVoteState } from "../vote-state.ts";
import { createOwnedAccount } from "./create-owned-account.ts";
import {
  accountAt,
  addressAt,
  checkAccountCount,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
  type Program,
  setData,
} from "./instruction-context.ts";

/** Two signatures, and the hashing around them. */
export const slashingComputeUnits = 10_000;

export const slashingProgram: Program = {
  address: slashingProgramAddress,
  name: "slashing_program",
  builtinUnits: slashingComputeUnits,
  process: processSlashingInstruction,
};

const reporterIndex = 0;
const recordIndex = 1;
const voteIndex = 2;

function processSlashingInstruction(context: InstructionContext): InstructionError | null {
  if (!context.env.params.slashing) return fail(context, refuse("SlashingDisabled"));
  if (context.data[0] !== submitEvidenceTag) return "InvalidInstructionData";
  const countError = checkAccountCount(context, 3);
  if (countError !== null) return countError;
  if (!isSignerAt(context, reporterIndex)) return "MissingRequiredSignature";
  const voteAccount = addressAt(context, voteIndex);
  const expected = slashingRecordAddress(voteAccount);
  const given = addressAt(context, recordIndex);
  if (given !== expected) return fail(context, refuse("AccountMismatch", { record: given, expected }));
  const offence = readOffence(context, voteAccount);
  return offence.ok ? convict(context, voteAccount, offence.value) : fail(context, offence);
}

function fail(context: InstructionContext, refusal: SlashingRefusal): InstructionError {
  context.shared.log(`Evidence refused: ${formatRefusal(refusal)}`);
  return { Custom: slashingErrors[refusal.code] };
}

function readOffence(context: InstructionContext, voteAccount: Address): SlashingOutcome<Offence> {
  const evidence = decodeEvidence(context.data.subarray(1), voteAccount);
  if (!evidence.ok) return evidence;
  const { owner, data } = accountAt(context, voteIndex);
  const voteState = owner === voteProgramAddress ? decodeVoteState(data, voteAccount) : null;
  return verifyEvidence(evidence.value, { voteAccount, voteState }, context.env);
}

function convict(context: InstructionContext, voteAccount: Address, offence: Offence): InstructionError | null {
  const { env } = context;
  const account = accountAt(context, recordIndex);
  const isNew = account.owner !== slashingProgramAddress;
  const { identity } = offence.entry;
  const old = isNew
    ? createSlashingRecord(voteAccount, identity)
    : readSlashingRecord(addressAt(context, recordIndex), account);
  // Only this program writes its accounts; genesis may have written nonsense.
  if (old === null) return "InvalidAccountData";
  const { kind } = offence;
  const coveredTo = old.coveredTo[kind];
  if (coveredTo !== null && offence.firstSlot <= coveredTo) {
    return fail(context, refuse("AlreadyPunished", { kind, slot: offence.firstSlot, coveredTo }));
  }
  const convicted = addConviction(old, {
    kind,
    offenceSlot: offence.slot,
    offenceEpoch: offence.epoch,
    convictedSlot: env.slot,
    convictedEpoch: env.epoch,
    reporter: addressAt(context, reporterIndex),
    stakeAtRisk: offence.entry.stake,
    totalStake: offence.totalStake,
    baseBps: kind === "duplicate-block" ? env.params.slashDuplicateBlockBps : env.params.slashLockoutBps,
    settlement: null,
  });
  if (convicted === null) return fail(context, refuse("TooManyPending", { pending: old.convictions.length }));
  const record = jail({ ...convicted, identity }, kind, context);
  const error =
    (isNew ? createOwnedAccount(context, reporterIndex, recordIndex, slashingRecordBytes) : null) ??
    setData(context, recordIndex, encodeSlashingRecord(record));
  if (error !== null) return error;
  const term = record.tombstoned ? "for ever" : `until epoch ${record.jailedUntilEpoch}`;
  context.shared.log(`Convicted ${voteAccount}: ${offence.what}; jailed ${term}`);
  return null;
}

/** Jailed for the rest of this epoch and `slashJailEpochs` more, or for ever; never for less than before. */
function jail(record: SlashingRecord, kind: OffenceKind, { env }: InstructionContext): SlashingRecord {
  const tombstoned = record.tombstoned || (kind === "duplicate-block" && env.params.slashTombstone);
  if (tombstoned) return { ...record, tombstoned, jailedUntilEpoch: u64Max };
  const until = BigInt(env.epoch + 1 + env.params.slashJailEpochs);
  return { ...record, jailedUntilEpoch: until > record.jailedUntilEpoch ? until : record.jailedUntilEpoch };
}
