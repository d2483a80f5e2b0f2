import { describe, expect, it } from "vitest";
import { hashOf, slotOf } from "../chain/ids.ts";
import { emptyTower, recordVote, type Tower } from "../consensus/tower.ts";
import { createDisk, decodeRecord, encodeRecord, readTower, tearTower, wipeDisk, writeTower } from "./disk.ts";

const id = hashOf(new Uint8Array(32));
const one = recordVote(emptyTower, slotOf(1), id);
const two = recordVote(one, slotOf(2), id);
const three = recordVote(two, slotOf(3), id);

describe("a disk", () => {
  it("finds the newest tower, or none", () => {
    const disk = createDisk();
    expect(readTower(disk)).toBeNull();
    for (const tower of [one, two, three]) {
      writeTower(disk, tower);
      expect(readTower(disk)).toEqual(tower);
    }
    wipeDisk(disk);
    expect(disk).toEqual(createDisk());
  });

  it("finds the tower before one that is torn, wherever the cut falls, however often", () => {
    const { length } = encodeRecord({ sequence: 3, tower: three });
    for (let cut = 0; cut < length; cut++) {
      const disk = createDisk();
      tearTower(disk, one, () => cut);
      expect(readTower(disk)).toEqual(cut >= encodeRecord({ sequence: 1, tower: one }).length ? one : null);
      writeTower(disk, one);
      writeTower(disk, two);
      tearTower(disk, three, () => cut);
      expect(readTower(disk)).toEqual(two);
      tearTower(disk, three, () => cut);
      expect(readTower(disk)).toEqual(two);
      writeTower(disk, three);
      expect(readTower(disk)).toEqual(three);
    }
  });

  it("finds one that was written to its last byte, over a longer one", () => {
    const disk = createDisk();
    for (const tower of [three, two]) writeTower(disk, tower);
    tearTower(disk, one, (bytes) => bytes);
    expect(readTower(disk)).toEqual(one);
  });
});

describe("a record", () => {
  it("with one bit turned is none", () => {
    const bytes = encodeRecord({ sequence: 7, tower: two });
    expect(decodeRecord(bytes)).toEqual({ sequence: 7, tower: two });
    const read: (Tower | null)[] = [];
    for (let at = 0; at < bytes.length * 8; at++) {
      const rotten = bytes.slice();
      rotten[at >> 3]! ^= 1 << (at & 7);
      read.push(decodeRecord(rotten)?.tower ?? null);
    }
    expect(new Set(read)).toEqual(new Set([null]));
  });
});
