/**
 * A tower on the wire: the content of the TowerSync instructions.
 *
 *     root u64 (2^64-1: none) | short_vec n × (offset varint, confirmations u8) | hash 32 | timestamp i64? | block id 32
 *
 * Slots are offsets from the vote before them, the first from the root (from 0 without one): a full tower of 31 votes
 * takes 150 bytes instead of 400. Hash and block id both carry the block id on this chain: it has one name for a block.
 *
 *     root 5, votes 6:3 7:2 10:1   ->   0500000000000000 03 01 03 01 02 03 01 …
 *
 * Source: Solana's vote interface, `serde_tower_sync`.
 */
import { assert } from "../base/assert.ts";
import { type ByteReader, type ByteWriter, DecodeError } from "../base/bytes.ts";
import { type Hash, hashBytes, hashOf, type Slot, u64Max } from "./ids.ts";
import type { Lockout } from "./lockouts.ts";

/** A validator's whole tower, as it submits it. */
export type TowerSync = {
  readonly root: Slot | null;
  /** Oldest first; the last is the new vote. Unchecked: counts may be 0 to 255, slots may repeat. */
  readonly votes: readonly Lockout[];
  /** Names the block at the last vote's slot. */
  readonly hash: Hash;
  readonly blockId: Hash;
  /** Seconds, by the voter's clock. */
  readonly timestamp: bigint | null;
};

/** Asserts rising slots and counts of a byte: our own towers have them. */
export function writeTowerSync(writer: ByteWriter, tower: TowerSync): void {
  if (tower.root === null) writer.u64(u64Max);
  else writer.count(tower.root);
  assert(tower.votes.length < 128, `too many votes for a tower: ${tower.votes.length}`);
  writer.u8(tower.votes.length);
  let previous: number = tower.root ?? 0;
  for (const vote of tower.votes) {
    assert(vote.confirmationCount >= 0 && vote.confirmationCount <= 255, `not a count: ${vote.confirmationCount}`);
    writeVarint(writer, vote.slot - previous);
    writer.u8(vote.confirmationCount);
    previous = vote.slot;
  }
  writer.bytes(hashBytes(tower.hash));
  if (tower.timestamp === null) writer.u8(0);
  else writer.u8(1).i64(tower.timestamp);
  writer.bytes(hashBytes(tower.blockId));
}

/** Throws DecodeError for a varint that is not the shortest, and for slots above 2^53. */
export function readTowerSync(reader: ByteReader): TowerSync {
  const rootValue = reader.u64();
  if (rootValue !== u64Max && rootValue > BigInt(Number.MAX_SAFE_INTEGER)) throw new DecodeError("root too large");
  const root = rootValue === u64Max ? null : (Number(rootValue) as Slot);
  const length = readShortLength(reader);
  const votes: Lockout[] = [];
  let slot: number = root ?? 0;
  for (let i = 0; i < length; i++) {
    slot += readVarint(reader);
    if (!Number.isSafeInteger(slot)) throw new DecodeError("slot too large");
    votes.push({ slot: slot as Slot, confirmationCount: reader.u8() });
  }
  const hash = hashOf(reader.bytes(32));
  const flag = reader.u8();
  if (flag > 1) throw new DecodeError(`not an option: ${flag}`);
  const timestamp = flag === 1 ? reader.i64() : null;
  return { root, votes, hash, timestamp, blockId: hashOf(reader.bytes(32)) };
}

/** Seven bits a byte, lowest first; the top bit says that more follow. */
function writeVarint(writer: ByteWriter, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, `not an offset: ${value}`);
  let rest = value;
  while (rest >= 128) {
    writer.u8((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  writer.u8(rest);
}

function readVarint(reader: ByteReader): number {
  let value = 0;
  let unit = 1;
  for (;;) {
    const byte = reader.u8();
    value += (byte & 127) * unit;
    if (!Number.isSafeInteger(value)) throw new DecodeError("varint too large");
    if (byte < 128) {
      if (byte === 0 && unit > 1) throw new DecodeError("varint not the shortest");
      return value;
    }
    unit *= 128;
  }
}

/** Solana's short_vec length: a varint of at most three bytes, at most 65535. */
function readShortLength(reader: ByteReader): number {
  const length = readVarint(reader);
  if (length > 65_535) throw new DecodeError("list too long");
  return length;
}
