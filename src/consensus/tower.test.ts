import { describe, expect, it } from "vitest";
import { type Hash, hashOf, type Slot, slotOf } from "../chain/ids.ts";
import { emptyTower, findLockout, lastVoteOf, recordVote, type Tower } from "./tower.ts";

const isLockedOut = (...question: Parameters<typeof findLockout>) => findLockout(...question) !== null;

const blockId = (byte: number): Hash => hashOf(new Uint8Array(32).fill(byte));
const afterVotes = (...slots: readonly number[]): Tower =>
  slots.reduce((tower, slot) => recordVote(tower, slotOf(slot), blockId(slot)), emptyTower);
const pairs = (tower: Tower) => tower.votes.map((vote) => [vote.slot, vote.confirmationCount]);
/** A fork: the slots on it, each with the block of the same number. */
const fork =
  (...slots: readonly number[]) =>
  (slot: Slot, id: Hash) =>
    slots.includes(slot) && id === blockId(slot);

describe("a tower", () => {
  it("allows the vote of the module's example, and then holds it", () => {
    const tower = afterVotes(1, 2, 3, 4);
    expect(pairs(tower)).toEqual([
      [1, 4],
      [2, 3],
      [3, 2],
      [4, 1],
    ]);
    expect(isLockedOut(tower, slotOf(9), fork(1, 2))).toBe(false);
    expect(isLockedOut(tower, slotOf(7), fork(1, 2))).toBe(true);
    const after = recordVote(tower, slotOf(9), blockId(9));
    expect(pairs(after)).toEqual([
      [1, 4],
      [2, 3],
      [9, 1],
    ]);
    expect(lastVoteOf(after)).toEqual({ slot: 9, confirmationCount: 1, blockId: blockId(9) });
  });

  it("is empty at first, and then locks nobody out", () => {
    expect(lastVoteOf(emptyTower)).toBeNull();
    expect(isLockedOut(emptyTower, slotOf(0), () => false)).toBe(false);
  });

  it("never votes at or below its root", () => {
    const rooted: Tower = { root: slotOf(5), rootBlockId: blockId(5), votes: [] };
    expect(isLockedOut(rooted, slotOf(5), () => true)).toBe(true);
    expect(isLockedOut(rooted, slotOf(6), () => true)).toBe(false);
  });

  it("never votes twice in a slot, nor backwards", () => {
    const tower = afterVotes(3, 5);
    for (const slot of [0, 4, 5]) {
      expect(isLockedOut(tower, slotOf(slot), () => true)).toBe(true);
      expect(() => recordVote(tower, slotOf(slot), blockId(1))).toThrow("not newer");
    }
    expect(isLockedOut(tower, slotOf(6), () => true)).toBe(false);
  });

  it("locks out the other block of a slot it voted in", () => {
    const tower = afterVotes(3);
    const otherBlock = (slot: Slot, id: Hash) => slot === 3 && id === blockId(33);
    expect(isLockedOut(tower, slotOf(4), fork(3))).toBe(false);
    expect(isLockedOut(tower, slotOf(4), otherBlock)).toBe(true);
  });

  it("names the block it roots, and never leaves it again", () => {
    const tower = afterVotes(...Array.from({ length: 33 }, (_, i) => i + 1));
    expect([tower.root, tower.rootBlockId, tower.votes.length]).toEqual([2, blockId(2), 31]);
    // All votes have expired at this distance but the oldest ones; the root has no end.
    const far = slotOf(2 ** 40);
    expect(isLockedOut(tower, far, fork(2))).toBe(false);
    expect(isLockedOut(tower, far, fork(1))).toBe(true);
  });
});
