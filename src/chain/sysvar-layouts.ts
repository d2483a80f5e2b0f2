/**
 * What stands in the sysvars' accounts, byte for byte as on Solana. Integers are little-endian; each has one size for
 * ever, with zeros behind what it does not fill.
 *
 *     Clock              40   slot u64, epoch start i64, epoch u64, leader schedule epoch u64, time i64
 *     EpochSchedule      33   slots per epoch u64, offset u64, warmup u8, first normal epoch u64, first normal slot u64
 *     EpochRewards       81   start height u64, partitions u64, parent blockhash 32, points u128, total u64, paid u64, active u8
 *     Rent               17   lamports per byte and year u64, years f64, burned percent u8
 *     StakeHistory    16392   count u64, 512 × (epoch, effective, activating, deactivating: u64)      newest first
 *     SlotHashes      20488   count u64, 512 × (slot u64, hash 32)                                    newest first
 *     RecentBlockhashes 6008  count u64, 150 × (blockhash 32, lamports per signature u64)             newest first
 *     SlotHistory    131097   slot-history.ts
 *
 * Source: solana-sdk, the crates of these names; SIMD-0118 for EpochRewards, SIMD-0194 for Rent's years.
 */
import { assert } from "../base/assert.ts";
import { ByteWriter, equalBytes } from "../base/bytes.ts";
import { copyPieces, type DataPieces, dataPieceBytes, zeroPieces } from "./account-data.ts";
import type { RewardsProgress, StakeReward } from "./epoch-rewards.ts";
import { isPaying } from "./epoch-rewards.ts";
import type { EpochSchedule } from "./epoch-schedule.ts";
import { type Epoch, type Hash, hashBytes, type Slot } from "./ids.ts";
import type { ChainParams } from "./params.ts";
import { type StakeHistory, stakeHistoryMax } from "./stake-activation.ts";

export const clockBytes = 40;
export const epochScheduleBytes = 33;
export const epochRewardsBytes = 81;
export const rentBytes = 17;

/** A list that gains one entry a block at its front: a count, then entries of one size, as many as there may be. */
export type ListLayout = { readonly entryBytes: number; readonly entriesMax: number };

export const slotHashesLayout: ListLayout = { entryBytes: 40, entriesMax: 512 };
export const recentBlockhashesLayout: ListLayout = { entryBytes: 40, entriesMax: 150 };
export const stakeHistoryLayout: ListLayout = { entryBytes: 32, entriesMax: stakeHistoryMax };

const countBytes = 8;

export function listBytes({ entryBytes, entriesMax }: ListLayout): number {
  return countBytes + entryBytes * entriesMax;
}

export type Clock = {
  readonly slot: Slot;
  /** Unix seconds: of the epoch's first block. */
  readonly epochStartTimestamp: number;
  readonly epoch: Epoch;
  readonly unixTimestamp: number;
};

export function encodeClock({ slot, epochStartTimestamp, epoch, unixTimestamp }: Clock): Uint8Array {
  const writer = new ByteWriter(clockBytes).count(slot).i64(BigInt(epochStartTimestamp)).count(epoch);
  // Stakes freeze an epoch ahead, so the next epoch's leaders are the newest that can be known.
  return writer
    .count(epoch + 1)
    .i64(BigInt(unixTimestamp))
    .finish();
}

/** Unix seconds, out of a clock's bytes. */
export function epochStartTimestampIn(clock: Uint8Array): number {
  return Number(new DataView(clock.buffer, clock.byteOffset).getBigInt64(8, true));
}

export function encodeEpochSchedule(schedule: EpochSchedule): Uint8Array {
  const { slotsPerEpoch, warmup, firstNormalEpoch, firstNormalSlot } = schedule;
  const writer = new ByteWriter(epochScheduleBytes)
    .count(slotsPerEpoch)
    .count(slotsPerEpoch)
    .u8(warmup ? 1 : 0);
  return writer.count(firstNormalEpoch).count(firstNormalSlot).finish();
}

/**
 * A byte's minimum balance is rate × years. The years are the one float here, 2 or 1, a constant: 2 as long as the price
 * can be halved, 1 (as SIMD-0194 has it for all) when it is odd.
 */
export function encodeRent({ rentLamportsPerByte: price }: Pick<ChainParams, "rentLamportsPerByte">): Uint8Array {
  const years = price % 2n === 0n ? 2n : 1n;
  const f64Bits = years === 2n ? 0x4000_0000_0000_0000n : 0x3ff0_0000_0000_0000n;
  return new ByteWriter(rentBytes)
    .u64(price / years)
    .u64(f64Bits)
    .u8(rentBurnPercent)
    .finish();
}

/** Rent is collected no more; the percentage is what Solana's account still says. */
const rentBurnPercent = 50;

const lamportsOfPartition = new WeakMap<readonly StakeReward[], bigint>();

function lamportsIn(partition: readonly StakeReward[]): bigint {
  let lamports = lamportsOfPartition.get(partition);
  if (lamports === undefined) {
    lamports = partition.reduce((sum, reward) => sum + reward.lamports, 0n);
    lamportsOfPartition.set(partition, lamports);
  }
  return lamports;
}

/** Commissions, and the partitions paid so far. */
export function distributedRewards({ rewards, partitionsPaid }: RewardsProgress): bigint {
  const commissions = rewards.voteRewards.reduce((sum, { lamports }) => sum + lamports, 0n);
  return rewards.partitions.slice(0, partitionsPaid).reduce((sum, each) => sum + lamportsIn(each), commissions);
}

/** Zeros before the first rewards; when all is paid, the last ones, no longer active. */
export function encodeEpochRewards(progress: RewardsProgress | null): Uint8Array {
  if (progress === null) return new Uint8Array(epochRewardsBytes);
  const { startHeight, partitions, parentBlockhash, totalPoints, pot } = progress.rewards;
  const writer = new ByteWriter(epochRewardsBytes).count(startHeight).count(partitions.length);
  writer.bytes(hashBytes(parentBlockhash));
  writer.u64(totalPoints & (2n ** 64n - 1n)).u64(totalPoints >> 64n);
  writer.u64(pot).u64(distributedRewards(progress));
  return writer.u8(isPaying(progress) ? 1 : 0).finish();
}

export function encodeStakeHistory({ entries }: StakeHistory): Uint8Array {
  assert(entries.length <= stakeHistoryMax, `a stake history has ${stakeHistoryMax} entries at most`);
  const data = new Uint8Array(listBytes(stakeHistoryLayout));
  const writer = new ByteWriter(data.length).count(entries.length);
  for (const { epoch, effective, activating, deactivating } of entries) {
    writer.u64(epoch).u64(effective).u64(activating).u64(deactivating);
  }
  data.set(writer.finish());
  return data;
}

export function encodeSlotHash(slot: Slot, blockId: Hash): Uint8Array {
  return new ByteWriter(slotHashesLayout.entryBytes).count(slot).bytes(hashBytes(blockId)).finish();
}

export function encodeRecentBlockhash(blockhash: Hash, lamportsPerSignature: bigint): Uint8Array {
  return new ByteWriter(recentBlockhashesLayout.entryBytes)
    .bytes(hashBytes(blockhash))
    .u64(lamportsPerSignature)
    .finish();
}

/**
 * Entries with room before them, so that one more is written and none is moved:
 *
 *     bytes   ........ e3 e2 e1       start at e3        the list's pieces, but for the first, are views into it
 *     bytes   ..... e4 e3 e2 e1       start at e4        of which those before see nothing
 */
type Run = { readonly bytes: Uint8Array; readonly start: number };

type Longer = { readonly from: DataPieces; readonly entry: Uint8Array; readonly list: DataPieces; readonly run: Run };

/** The last answer for each layout, and no more: in a WeakMap every old list would hold its successors until it is collected. */
const lastByLayout = new Map<ListLayout, Longer>();

/** A list without entries. */
export function createEmptyList(layout: ListLayout): DataPieces {
  return zeroPieces(listBytes(layout));
}

/**
 * The list with an entry more at the front; beyond the most there may be, the last one goes. Pieces that no entry reaches
 * yet are shared. The last answer is remembered: whoever replays the block that was built just now gets the same pieces,
 * hashed already.
 */
export function prependEntry(from: DataPieces, entry: Uint8Array, layout: ListLayout): DataPieces {
  const last = lastByLayout.get(layout);
  if (last !== undefined && last.from === from && equalBytes(last.entry, entry)) return last.list;
  const { entryBytes, entriesMax } = layout;
  assert(entry.length === entryBytes, `an entry has ${entryBytes} bytes, not ${entry.length}`);
  const kept = Math.min(entryCountIn(from), entriesMax - 1);
  // Before the entries of another list something may stand that was written for its successor.
  const before = last?.list === from && last.run.start > 0 ? last.run : copyRun(from, kept, layout);
  const run = { bytes: before.bytes, start: before.start - entryBytes };
  run.bytes.set(entry, run.start);
  const list = cutRun(run, kept + 1, from, layout);
  lastByLayout.set(layout, { from, entry, list, run });
  return list;
}

/** So many a run has room for; after them the entries are copied into a new one. */
const entriesPerRun = 256;

function copyRun(list: DataPieces, count: number, { entryBytes, entriesMax }: ListLayout): Run {
  const start = entriesPerRun * entryBytes;
  const bytes = new Uint8Array(start + entriesMax * entryBytes);
  copyPieces(list, countBytes, countBytes + count * entryBytes, bytes, start);
  return { bytes, start };
}

/** The pieces of a list of `count` entries; those that they do not reach are `from`'s. */
function cutRun({ bytes, start }: Run, count: number, from: DataPieces, layout: ListLayout): DataPieces {
  const length = listBytes(layout);
  const end = countBytes + count * layout.entryBytes;
  const first = new Uint8Array(Math.min(dataPieceBytes, length));
  new DataView(first.buffer).setUint32(0, count, true);
  first.set(bytes.subarray(start, start + first.length - countBytes), countBytes);
  return from.map((piece, index) => {
    const at = index * dataPieceBytes;
    if (index === 0) return first;
    if (at >= end) return piece;
    return bytes.subarray(start + at - countBytes, start + Math.min(at + dataPieceBytes, length) - countBytes);
  });
}

/** Fewer than 2^32. */
function entryCountIn([first]: DataPieces): number {
  assert(first !== undefined, "a list begins with its count");
  return new DataView(first.buffer, first.byteOffset).getUint32(0, true);
}
