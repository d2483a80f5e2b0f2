/**
 * A validator's disk, and what a crash leaves on it.
 *
 *     tower     [#40 …] [#41 …]     two places; a record is never written over the newest whole one
 *     torn      [#42 …0 …] [#41 …]  the first bytes of #42 over those of #40: its checksum is wrong, and #41 is found
 *     lost      nothing
 *
 *     record    sequence 8 | length 8 | tower | first 8 bytes of sha256(all before)
 *
 * Beside the tower it holds the root's state and the blocks above it, each written when it was adopted. None of this costs
 * anything while nobody looks: a tower becomes bytes when it is torn or read, and what had been adopted is noted when its
 * validator stops.
 */
import { ByteReader, ByteWriter, DecodeError, equalBytes } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import type { Bank } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import type { Hash, Slot } from "../chain/ids.ts";
import { type BlockTree, compareHashes } from "../consensus/block-tree.ts";
import type { Tower } from "../consensus/tower.ts";
import { decodeTower, encodeTower } from "../consensus/tower-codec.ts";

const checksumLength = 8;

export type TowerRecord = { readonly sequence: number; readonly tower: Tower };

/** What a place holds: a record as it was written, or bytes as a crash left them. */
type Place = TowerRecord | Uint8Array | null;

/** Blocks kept over a crash; of more, the oldest. The others are asked of peers. */
export const diskBlocksMax = 1024;

/** Plain data. */
export type Disk = {
  places: readonly [Place, Place];
  root: Bank | null;
  /** Above the root, oldest first. */
  blocks: readonly Block[];
  /** The newest slot for which it sent out a block of its own; noted before the block is sent. */
  ledSlot: Slot | null;
};

export function createDisk(): Disk {
  return { places: [null, null], root: null, blocks: [], ledSlot: null };
}

export function encodeRecord({ sequence, tower }: TowerRecord): Uint8Array {
  const written = new ByteWriter(2048).count(sequence).sized(encodeTower(tower)).finish();
  return new ByteWriter(2048).bytes(written).bytes(sha256(written).subarray(0, checksumLength)).finish();
}

/** The record that begins these bytes, or null when it is not whole. What lies behind it is an older, longer one's. */
export function decodeRecord(bytes: Uint8Array): TowerRecord | null {
  try {
    const reader = new ByteReader(bytes);
    const sequence = reader.count();
    const tower = reader.sized();
    const written = bytes.subarray(0, bytes.length - reader.remaining);
    if (!equalBytes(reader.bytes(checksumLength), sha256(written).subarray(0, checksumLength))) return null;
    const decoded = decodeTower(tower);
    return decoded.ok ? { sequence, tower: decoded.value } : null;
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

export function writeTower(disk: Disk, tower: Tower): void {
  const { at, sequence } = nextPlace(disk);
  setPlace(disk, at, { sequence, tower });
}

/** The crash comes while the tower is written: so many of its bytes get onto the disk. */
export function tearTower(disk: Disk, tower: Tower, drawCut: (bytes: number) => number): void {
  const { at, sequence } = nextPlace(disk);
  const written = encodeRecord({ sequence, tower });
  const before = bytesOf(disk.places[at]!);
  const torn = new Uint8Array(Math.max(written.length, before.length));
  torn.set(before);
  torn.set(written.subarray(0, drawCut(written.length)));
  setPlace(disk, at, torn);
}

/** The tower of the newest record that is whole, read back from its bytes. */
export function readTower({ places }: Disk): Tower | null {
  const records = places.map((place) => decodeRecord(bytesOf(place)));
  return newer(records[0]!, records[1]!)?.tower ?? null;
}

function nextPlace({ places }: Disk): { readonly at: 0 | 1; readonly sequence: number } {
  const first = recordOf(places[0]);
  const newest = newer(first, recordOf(places[1]));
  return { at: newest !== null && newest === first ? 1 : 0, sequence: (newest?.sequence ?? 0) + 1 };
}

function recordOf(place: Place): TowerRecord | null {
  return place instanceof Uint8Array ? decodeRecord(place) : place;
}

function newer(a: TowerRecord | null, b: TowerRecord | null): TowerRecord | null {
  if (a === null || b === null) return a ?? b;
  return a.sequence > b.sequence ? a : b;
}

function bytesOf(place: Place): Uint8Array {
  if (place === null) return new Uint8Array();
  return place instanceof Uint8Array ? place : encodeRecord(place);
}

function setPlace(disk: Disk, at: 0 | 1, place: Place): void {
  disk.places = at === 0 ? [place, disk.places[1]] : [disk.places[0], place];
}

/** What the tree holds is on the disk, and what was there before and has not been read since. */
export function keepTree(disk: Disk, { root, nodes }: BlockTree): void {
  const blocks = new Map<Hash, Block>();
  for (const block of disk.blocks) blocks.set(block.blockId, block);
  for (const { block } of nodes.values()) if (block !== null) blocks.set(block.blockId, block);
  disk.root = root.bank;
  disk.blocks = [...blocks.values()]
    .filter(({ slot }) => slot > root.slot)
    .sort((a, b) => a.slot - b.slot || compareHashes(a.blockId, b.blockId))
    .slice(0, diskBlocksMax);
}

export function wipeDisk(disk: Disk): void {
  Object.assign(disk, createDisk());
}
