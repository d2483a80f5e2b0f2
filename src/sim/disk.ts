/**
 * A validator's disk, and what a crash leaves on it.
 *
 *     records   [tower 41] [tower 42]         a record is written beside the one before, never over it
 *     torn      [tower 41] [tow……             the checksum is wrong: tower 41 is found
 *     lost      nothing
 *
 * Two places take turns, so that whatever a crash cuts, the record before it is whole.
 */
import type { Slot } from "../chain/ids.ts";
import type { Tower } from "../consensus/tower.ts";

type DiskRecord = { readonly tower: Tower; readonly torn: boolean };

/** Plain data. */
export type Disk = {
  /** Newest first, at most two. */
  records: readonly DiskRecord[];
  /** The newest slot for which it sent out a block of its own; noted before the block is sent. */
  ledSlot: Slot | null;
};

export function createDisk(): Disk {
  return { records: [], ledSlot: null };
}

export function writeTower(disk: Disk, tower: Tower): void {
  disk.records = [{ tower, torn: false }, ...disk.records.slice(0, 1)];
}

/** The crash comes while the tower is written. */
export function tearTower(disk: Disk, tower: Tower): void {
  disk.records = [{ tower, torn: true }, ...disk.records.slice(0, 1)];
}

/** The tower of the newest record that is whole. */
export function readTower(disk: Disk): Tower | null {
  return disk.records.find(({ torn }) => !torn)?.tower ?? null;
}

export function wipeDisk(disk: Disk): void {
  disk.records = [];
  disk.ledSlot = null;
}
