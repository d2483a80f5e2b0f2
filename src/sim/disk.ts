/**
 * A validator's disk, and what a crash leaves on it.
 *
 *     tower     [40] [41]     two places; a record is never written over the newest whole one
 *     torn      [42… [41]     its checksum is wrong: tower 41 is found
 *     lost      nothing
 *
 * Beside the tower it holds the root's state and the blocks above it, each written when it was adopted. That costs no
 * copying here: what a validator had adopted is noted when it stops.
 */
import type { Bank } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import type { Hash, Slot } from "../chain/ids.ts";
import { type BlockTree, compareHashes } from "../consensus/block-tree.ts";
import type { Tower } from "../consensus/tower.ts";

type TowerRecord = { readonly tower: Tower; readonly torn: boolean };

/** Blocks kept over a crash; of more, the oldest. The others are asked of peers. */
export const diskBlocksMax = 1024;

/** Plain data. */
export type Disk = {
  /** Newest first, at most two. */
  towers: readonly TowerRecord[];
  root: Bank | null;
  /** Above the root, oldest first. */
  blocks: readonly Block[];
  /** The newest slot for which it sent out a block of its own; noted before the block is sent. */
  ledSlot: Slot | null;
};

export function createDisk(): Disk {
  return { towers: [], root: null, blocks: [], ledSlot: null };
}

export function writeTower(disk: Disk, tower: Tower): void {
  write(disk, { tower, torn: false });
}

/** The crash comes while the tower is written. */
export function tearTower(disk: Disk, tower: Tower): void {
  write(disk, { tower, torn: true });
}

/** Of the two places the one that does not hold the newest whole record is written over. */
function write(disk: Disk, record: TowerRecord): void {
  const newest = disk.towers.find(({ torn }) => !torn);
  disk.towers = newest === undefined ? [record] : [record, newest];
}

/** The tower of the newest record that is whole. */
export function readTower(disk: Disk): Tower | null {
  return disk.towers.find(({ torn }) => !torn)?.tower ?? null;
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
