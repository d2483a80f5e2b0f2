import { describe, expect, it } from "vitest";
import { hashOf, slotOf } from "../chain/ids.ts";
import { emptyTower, recordVote } from "../consensus/tower.ts";
import { createDisk, readTower, tearTower, wipeDisk, writeTower } from "./disk.ts";

const id = hashOf(new Uint8Array(32));
const one = recordVote(emptyTower, slotOf(1), id);
const two = recordVote(one, slotOf(2), id);
const three = recordVote(two, slotOf(3), id);

describe("a disk", () => {
  it("finds the newest tower, or none", () => {
    const disk = createDisk();
    expect(readTower(disk)).toBeNull();
    for (const tower of [one, two, three]) writeTower(disk, tower);
    expect(readTower(disk)).toEqual(three);
    expect(disk.towers.length).toBe(2);
    wipeDisk(disk);
    expect(disk).toEqual(createDisk());
  });

  it("finds the tower before one that is torn, and writes over the torn one", () => {
    const disk = createDisk();
    tearTower(disk, one);
    expect(readTower(disk)).toBeNull();
    writeTower(disk, one);
    writeTower(disk, two);
    tearTower(disk, three);
    expect(readTower(disk)).toEqual(two);
    // Torn again before anything could be written: what is whole stays.
    tearTower(disk, three);
    expect(readTower(disk)).toEqual(two);
    writeTower(disk, three);
    expect(readTower(disk)).toEqual(three);
    tearTower(disk, three);
    expect(readTower(disk)).toEqual(three);
  });
});
