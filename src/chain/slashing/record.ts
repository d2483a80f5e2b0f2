/**
 * A validator's slashing record: the account that says what it was convicted of, until when it is jailed, and what it
 * paid. One for each vote account, made by the first evidence.
 *
 *     0 version 1 · 1 tombstoned · 2 convictions kept · 3 zeros · 8 vote account · 40 identity · 72 jailed until (epoch u64)
 *     80 covered to, duplicate blocks · 88 covered to, lockouts (slots; 2^64-1: never convicted)
 *     96 convictions in all u64 · 104 lamports taken in all u64 · 112 convictions, 8 × 128 bytes, oldest first, then zeros
 *
 *     conviction: 0 kind · 1 settled · 2 base bps u16 · 4 correlation bps u32 · 8 offence slot · 16 offence epoch
 *     · 24 convicted slot · 32 convicted epoch · 40 reporter · 72 stake at risk · 80 total stake · 88 correlated stake
 *     · 96 share bps u16 · 98 zeros · 100 stake accounts u32 · 104 settled epoch · 112 taken · 120 reporter's reward
 *
 * "Covered to": a conviction covers all offences of its kind up to the slot of the block that convicted, so that evidence
 * cannot be used twice in other words. Each kind has its own: or a cheap conviction, which anybody can have his own
 * accomplice ask for, would be a shield against a dear one.
 */
import { assert } from "../../base/assert.ts";
import { ByteReader, ByteWriter, DecodeError } from "../../base/bytes.ts";
import type { Account } from "../account.ts";
import { slashingProgramAddress } from "../addresses.ts";
import { computeTaggedAddress } from "../derived-address.ts";
import { type Address, addressBytes, addressOf, type Epoch, epochOf, type Slot, slotOf, u64Max } from "../ids.ts";
import type { ChainParams } from "../params.ts";
import { leastBalance } from "../rent.ts";
import { type OffenceKind, offenceKinds } from "./evidence.ts";

/** What a conviction cost, reckoned at the next epoch's beginning. */
export type Settlement = {
  /** The epoch whose beginning it was. */
  readonly epoch: Epoch;
  /** Stake of all validators convicted within the window. */
  readonly correlatedStake: bigint;
  readonly correlationBps: number;
  /** Base and correlation, at most 10000. */
  readonly shareBps: number;
  /** Stake accounts that paid. */
  readonly stakeAccounts: number;
  readonly taken: bigint;
  readonly reporterReward: bigint;
};

export type Conviction = {
  readonly kind: OffenceKind;
  /** Of the block, or of the newer vote. */
  readonly offenceSlot: Slot;
  readonly offenceEpoch: Epoch;
  /** Of the block that the evidence landed in. */
  readonly convictedSlot: Slot;
  readonly convictedEpoch: Epoch;
  readonly reporter: Address;
  /** The validator's, and everybody's, in the stake table of the offence's epoch. */
  readonly stakeAtRisk: bigint;
  readonly totalStake: bigint;
  readonly baseBps: number;
  /** Null: pending until the next epoch begins. */
  readonly settlement: Settlement | null;
};

export type SlashingRecord = {
  readonly voteAccount: Address;
  /** At the newest conviction. */
  readonly identity: Address;
  /** The first epoch in which it may come back; 2^64-1: never. */
  readonly jailedUntilEpoch: bigint;
  readonly tombstoned: boolean;
  /** By kind: the slot up to which all offences are punished; null: never convicted. */
  readonly coveredTo: Readonly<Record<OffenceKind, Slot | null>>;
  readonly convictionsTotal: number;
  readonly takenTotal: bigint;
  /** The newest ones, oldest first. */
  readonly convictions: readonly Conviction[];
};

export const convictionsMax = 8;
const headBytes = 112;
const convictionBytes = 128;
export const slashingRecordBytes = headBytes + convictionsMax * convictionBytes;

const version = 1;

export function slashingRecordAddress(voteAccount: Address): Address {
  return computeTaggedAddress("escapement:slashing-record:v1", voteAccount);
}

/** The record of a validator that nobody convicted yet. */
export function createSlashingRecord(voteAccount: Address, identity: Address): SlashingRecord {
  return {
    voteAccount,
    identity,
    jailedUntilEpoch: 0n,
    tombstoned: false,
    coveredTo: { "duplicate-block": null, lockout: null },
    convictionsTotal: 0,
    takenTotal: 0n,
    convictions: [],
  };
}

/** A record's account, as genesis may hold it: rent-exempt, at `slashingRecordAddress(record.voteAccount)`. */
export function createSlashingRecordAccount(
  record: SlashingRecord,
  params: Pick<ChainParams, "rentLamportsPerByte">,
): Account {
  return {
    lamports: leastBalance(slashingRecordBytes, params),
    owner: slashingProgramAddress,
    data: encodeSlashingRecord(record),
    executable: false,
  };
}

/** Whether the validator is left out of what `epoch` freezes and pays. */
export function isJailedAt(record: SlashingRecord, epoch: Epoch): boolean {
  return record.tombstoned || BigInt(epoch) < record.jailedUntilEpoch;
}

/** The record with one more conviction; null when it is full of pending ones: only settled ones are forgotten. */
export function addConviction(record: SlashingRecord, conviction: Conviction): SlashingRecord | null {
  const { convictions } = record;
  const forgotten = convictions.findIndex(({ settlement }) => settlement !== null);
  const isFull = convictions.length === convictionsMax;
  if (isFull && forgotten === -1) return null;
  const kept = isFull ? convictions.toSpliced(forgotten, 1) : convictions;
  return {
    ...record,
    coveredTo: { ...record.coveredTo, [conviction.kind]: conviction.convictedSlot },
    convictionsTotal: record.convictionsTotal + 1,
    convictions: [...kept, conviction],
  };
}

/** Always `slashingRecordBytes` long; asserts that every number fits. */
export function encodeSlashingRecord(record: SlashingRecord): Uint8Array {
  const { coveredTo, convictions } = record;
  assert(convictions.length <= convictionsMax, `${convictions.length} convictions in one record`);
  const writer = new ByteWriter(slashingRecordBytes)
    .u8(version)
    .u8(record.tombstoned ? 1 : 0)
    .u8(convictions.length);
  writer.bytes(new Uint8Array(5)).bytes(addressBytes(record.voteAccount)).bytes(addressBytes(record.identity));
  writer.u64(record.jailedUntilEpoch);
  for (const kind of offenceKinds) writer.u64(coveredTo[kind] === null ? u64Max : BigInt(coveredTo[kind]));
  writer.count(record.convictionsTotal).u64(record.takenTotal);
  for (const conviction of convictions) writeConviction(writer, conviction);
  const written = writer.finish();
  const bytes = new Uint8Array(slashingRecordBytes);
  bytes.set(written);
  return bytes;
}

/** The record in an account's data; null for anything that `encodeSlashingRecord` would not have written. */
export function decodeSlashingRecord(data: Uint8Array): SlashingRecord | null {
  if (data.length !== slashingRecordBytes) return null;
  try {
    return readRecord(new ByteReader(data));
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function writeConviction(writer: ByteWriter, conviction: Conviction): void {
  const { settlement } = conviction;
  writer.u8(offenceKinds.indexOf(conviction.kind)).u8(settlement === null ? 0 : 1);
  writer.u16(conviction.baseBps).u32(settlement?.correlationBps ?? 0);
  writer.count(conviction.offenceSlot).count(conviction.offenceEpoch);
  writer.count(conviction.convictedSlot).count(conviction.convictedEpoch).bytes(addressBytes(conviction.reporter));
  writer
    .u64(conviction.stakeAtRisk)
    .u64(conviction.totalStake)
    .u64(settlement?.correlatedStake ?? 0n);
  writer
    .u16(settlement?.shareBps ?? 0)
    .u16(0)
    .u32(settlement?.stakeAccounts ?? 0)
    .count(settlement?.epoch ?? 0);
  writer.u64(settlement?.taken ?? 0n).u64(settlement?.reporterReward ?? 0n);
}

function readRecord(reader: ByteReader): SlashingRecord {
  if (reader.u8() !== version) throw new DecodeError("no such version");
  const tombstoned = readFlag(reader);
  const count = reader.u8();
  if (count > convictionsMax) throw new DecodeError(`too many convictions: ${count}`);
  readZeros(reader, 5);
  const record = {
    voteAccount: addressOf(reader.bytes(32)),
    identity: addressOf(reader.bytes(32)),
    jailedUntilEpoch: reader.u64(),
    tombstoned,
    coveredTo: { "duplicate-block": readCovered(reader), lockout: readCovered(reader) },
    convictionsTotal: reader.count(),
    takenTotal: reader.u64(),
    convictions: Array.from({ length: count }, () => readConviction(reader)),
  };
  readZeros(reader, reader.remaining);
  return record;
}

function readConviction(reader: ByteReader): Conviction {
  const kind = offenceKinds[reader.u8()];
  if (kind === undefined) throw new DecodeError("no such kind");
  const isSettled = readFlag(reader);
  const baseBps = reader.u16();
  const correlationBps = reader.u32();
  const conviction = {
    kind,
    offenceSlot: slotOf(reader.count()),
    offenceEpoch: epochOf(reader.count()),
    convictedSlot: slotOf(reader.count()),
    convictedEpoch: epochOf(reader.count()),
    reporter: addressOf(reader.bytes(32)),
    stakeAtRisk: reader.u64(),
    totalStake: reader.u64(),
    baseBps,
  };
  const correlatedStake = reader.u64();
  const shareBps = reader.u16();
  readZeros(reader, 2);
  const stakeAccounts = reader.u32();
  const epoch = epochOf(reader.count());
  const settlement = {
    epoch,
    correlatedStake,
    correlationBps,
    shareBps,
    stakeAccounts,
    taken: reader.u64(),
    reporterReward: reader.u64(),
  };
  if (!isSettled && Object.values(settlement).some((value) => value !== 0 && value !== 0n)) {
    throw new DecodeError("a pending conviction with a settlement");
  }
  return { ...conviction, settlement: isSettled ? settlement : null };
}

function readCovered(reader: ByteReader): Slot | null {
  const value = reader.u64();
  if (value === u64Max) return null;
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new DecodeError(`slot too large: ${value}`);
  return slotOf(Number(value));
}

function readFlag(reader: ByteReader): boolean {
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError(`not a flag: ${flag}`);
  return flag === 1;
}

function readZeros(reader: ByteReader, count: number): void {
  if (reader.bytes(count).some((byte) => byte !== 0)) throw new DecodeError("bytes that must be zero");
}
