/**
 * The vote program's instructions on the wire; today TowerSync, which every validator sends once a slot.
 *
 *     u32 14 | root u64 (2^64-1: none) | short_vec n × (offset varint, confirmations u8) | hash 32 | timestamp i64? | block id 32
 *
 * Slots are offsets from the vote before them, the first from the root (from 0 without one): a full tower of 31 votes
 * takes 150 bytes instead of 400. TowerSyncSwitch (15) is the same followed by the 32-byte hash of a switching proof.
 * Hash and block id both carry the block id on this chain: it has one name for a block.
 *
 *     root 5, votes 6:3 7:2 10:1   ->   0e000000 0500000000000000 03 01 03 01 02 03 01 …
 *
 * Source: Solana's vote interface, `serde_tower_sync`.
 */
import { assert } from "../base/assert.ts";
import { ByteReader, ByteWriter, DecodeError } from "../base/bytes.ts";
import { voteProgramAddress } from "./addresses.ts";
import { type Address, type Hash, hashBytes, hashOf, type Slot, u64Max } from "./ids.ts";
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

/** By tag. */
export const voteInstructionNames = [
  "InitializeAccount",
  "Authorize",
  "Vote",
  "Withdraw",
  "UpdateValidatorIdentity",
  "UpdateCommission",
  "VoteSwitch",
  "AuthorizeChecked",
  "UpdateVoteState",
  "UpdateVoteStateSwitch",
  "AuthorizeWithSeed",
  "AuthorizeCheckedWithSeed",
  "CompactUpdateVoteState",
  "CompactUpdateVoteStateSwitch",
  "TowerSync",
  "TowerSyncSwitch",
  "InitializeAccountV2",
  "UpdateCommissionCollector",
  "UpdateCommissionBps",
  "DepositDelegatorRewards",
] as const;

export type VoteInstructionName = (typeof voteInstructionNames)[number];

export type VoteInstruction =
  | { readonly type: "TowerSync"; readonly tower: TowerSync }
  | { readonly type: "TowerSyncSwitch"; readonly tower: TowerSync; readonly switchProofHash: Hash }
  /** Known by its tag, its content not read. */
  | { readonly type: Exclude<VoteInstructionName, "TowerSync" | "TowerSyncSwitch"> };

const towerSyncTag = 14;
const towerSyncSwitchTag = 15;

/** An instruction before it is compiled into a message; the shape of kit's. */
export type VoteProgramInstruction = {
  readonly programAddress: Address;
  readonly accounts: readonly { readonly address: Address; readonly isSigner: boolean; readonly isWritable: boolean }[];
  readonly data: Uint8Array;
};

/** A TowerSync that votes with `tower`, signed by the vote account's authorized voter. */
export function createVoteInstruction(fields: {
  readonly voteAccount: Address;
  readonly authorizedVoter: Address;
  readonly tower: TowerSync;
}): VoteProgramInstruction {
  return {
    programAddress: voteProgramAddress,
    accounts: [
      { address: fields.voteAccount, isSigner: false, isWritable: true },
      { address: fields.authorizedVoter, isSigner: true, isWritable: false },
    ],
    data: encodeTowerSync(fields.tower),
  };
}

/** A TowerSync's instruction data. Asserts rising slots and counts of a byte: our own towers have them. */
export function encodeTowerSync(tower: TowerSync): Uint8Array {
  const writer = new ByteWriter(256).u32(towerSyncTag);
  writeTower(writer, tower);
  return writer.finish();
}

export function encodeTowerSyncSwitch(tower: TowerSync, switchProofHash: Hash): Uint8Array {
  const writer = new ByteWriter(288).u32(towerSyncSwitchTag);
  writeTower(writer, tower);
  return writer.bytes(hashBytes(switchProofHash)).finish();
}

/**
 * An instruction from its data; null for an unknown tag, bytes that end early or run on, a varint that is not the
 * shortest, or slots above 2^53. Never throws.
 */
export function decodeVoteInstruction(data: Uint8Array): VoteInstruction | null {
  try {
    const reader = new ByteReader(data);
    const tag = reader.u32();
    const type = voteInstructionNames[tag];
    if (type === undefined) return null;
    if (type !== "TowerSync" && type !== "TowerSyncSwitch") return { type };
    const tower = readTower(reader);
    if (type === "TowerSync") {
      reader.end();
      return { type, tower };
    }
    const switchProofHash = hashOf(reader.bytes(32));
    reader.end();
    return { type, tower, switchProofHash };
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

function writeTower(writer: ByteWriter, tower: TowerSync): void {
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

function readTower(reader: ByteReader): TowerSync {
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
