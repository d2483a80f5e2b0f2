/**
 * A sysvar taken apart for `jsonParsed`, by its address.
 *
 *     SysvarC1ock…          { type: "clock", info: { slot, epoch, epochStartTimestamp, leaderScheduleEpoch, unixTimestamp } }
 *     SysvarStakeHistory…   { type: "stakeHistory", info: [{ epoch: 7, stakeHistory: { effective, activating, deactivating } }, …] }
 *     SysvarS1otHistory…    { type: "slotHistory", info: { nextSlot, bits: "1101…" } }     a million digits, slot 0 first
 *
 * As on Solana, bytes after the last field are ignored, and those that end early are given in base64.
 *
 * Source: agave, account-decoder parse_sysvar.
 */
import { ByteReader, DecodeError } from "../base/bytes.ts";
import {
  clockSysvarAddress,
  epochRewardsSysvarAddress,
  epochScheduleSysvarAddress,
  recentBlockhashesSysvarAddress,
  rentSysvarAddress,
  slotHashesSysvarAddress,
  slotHistorySysvarAddress,
  stakeHistorySysvarAddress,
} from "../chain/addresses.ts";
import { type Address, hashOf } from "../chain/ids.ts";

type SysvarForm = { readonly type: string; readonly read: (reader: ByteReader) => unknown };

const forms: ReadonlyMap<Address, SysvarForm> = new Map([
  [clockSysvarAddress, { type: "clock", read: readClock }],
  [epochScheduleSysvarAddress, { type: "epochSchedule", read: readEpochSchedule }],
  [epochRewardsSysvarAddress, { type: "epochRewards", read: readEpochRewards }],
  [rentSysvarAddress, { type: "rent", read: readRent }],
  [recentBlockhashesSysvarAddress, { type: "recentBlockhashes", read: readRecentBlockhashes }],
  [slotHashesSysvarAddress, { type: "slotHashes", read: readSlotHashes }],
  [slotHistorySysvarAddress, { type: "slotHistory", read: readSlotHistory }],
  [stakeHistorySysvarAddress, { type: "stakeHistory", read: readStakeHistory }],
]);

/** Null for an unknown sysvar, and for bytes that do not hold what they should. */
export function encodeParsedSysvar(address: Address, data: Uint8Array): unknown {
  const form = forms.get(address);
  if (form === undefined) return null;
  try {
    return { type: form.type, info: form.read(new ByteReader(data)) };
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function readClock(reader: ByteReader) {
  const slot = reader.u64();
  const epochStartTimestamp = reader.i64();
  const epoch = reader.u64();
  const leaderScheduleEpoch = reader.u64();
  return { slot, epoch, epochStartTimestamp, leaderScheduleEpoch, unixTimestamp: reader.i64() };
}

function readEpochSchedule(reader: ByteReader) {
  return {
    slotsPerEpoch: reader.u64(),
    leaderScheduleSlotOffset: reader.u64(),
    warmup: readFlag(reader),
    firstNormalEpoch: reader.u64(),
    firstNormalSlot: reader.u64(),
  };
}

function readEpochRewards(reader: ByteReader) {
  return {
    distributionStartingBlockHeight: reader.u64(),
    numPartitions: reader.u64(),
    parentBlockhash: hashOf(reader.bytes(32)),
    totalPoints: (reader.u64() + (reader.u64() << 64n)).toString(),
    totalRewards: reader.u64().toString(),
    distributedRewards: reader.u64().toString(),
    active: readFlag(reader),
  };
}

/** Both the form that clients have long read, and the one that follows it, in which a byte has one price. */
function readRent(reader: ByteReader) {
  const lamportsPerByteYear = reader.u64();
  const exemptionThreshold = readF64(reader);
  const lamportsPerByte = BigInt(Math.trunc(Number(lamportsPerByteYear) * exemptionThreshold));
  return {
    lamportsPerByteYear: lamportsPerByteYear.toString(),
    exemptionThreshold,
    burnPercent: reader.u8(),
    lamportsPerByte: lamportsPerByte.toString(),
  };
}

function readRecentBlockhashes(reader: ByteReader) {
  return readList(reader, 40, () => ({
    blockhash: hashOf(reader.bytes(32)),
    feeCalculator: { lamportsPerSignature: reader.u64().toString() },
  }));
}

function readSlotHashes(reader: ByteReader) {
  return readList(reader, 40, () => ({ slot: reader.u64(), hash: hashOf(reader.bytes(32)) }));
}

function readStakeHistory(reader: ByteReader) {
  return readList(reader, 32, () => ({
    epoch: reader.u64(),
    stakeHistory: { effective: reader.u64(), activating: reader.u64(), deactivating: reader.u64() },
  }));
}

/** A ring of as many slots as it has bits; each word of 64 begins with its lowest bit. */
function readSlotHistory(reader: ByteReader) {
  if (!readFlag(reader)) throw new DecodeError("no bits");
  const words = reader.count();
  if (words > reader.remaining / 8) throw new DecodeError(`${words} words are not there`);
  const bytes = reader.bytes(words * 8);
  const count = reader.count();
  if (count > bytes.length * 8) throw new DecodeError(`${count} bits are not there`);
  let bits = "";
  for (const byte of bytes) bits += bitsOfByte[byte];
  return { nextSlot: reader.u64(), bits: bits.slice(0, count) };
}

/** Lowest first. */
const bitsOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  Array.from({ length: 8 }, (__, bit) => (byte >> bit) & 1).join(""),
);

function readList<T>(reader: ByteReader, itemBytes: number, read: () => T): T[] {
  const count = reader.count();
  if (count > reader.remaining / itemBytes) throw new DecodeError(`${count} items are not there`);
  return Array.from({ length: count }, read);
}

function readFlag(reader: ByteReader): boolean {
  const byte = reader.u8();
  if (byte > 1) throw new DecodeError(`not a flag: ${byte}`);
  return byte === 1;
}

function readF64(reader: ByteReader): number {
  const bytes = reader.bytes(8);
  const value = new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
  if (!Number.isFinite(value)) throw new DecodeError("not a finite number");
  return value;
}
