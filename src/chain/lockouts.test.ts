import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { slotOf } from "./ids.ts";
import { applyVoteToLockouts, isLockedOut, type Lockout, lastLockedOutSlot, lockoutHistoryMax } from "./lockouts.ts";

const lockouts = (pairs: readonly (readonly [number, number])[]): Lockout[] =>
  pairs.map(([slot, confirmationCount]) => ({ slot: slotOf(slot), confirmationCount }));

/** The dumb twin: mutates arrays, asks every vote for its depth, doubles by counting. */
function slowStep(stack: [number, number][], slot: number): number[] {
  if (stack.some(([voted]) => voted >= slot)) return [];
  for (;;) {
    const top = stack[stack.length - 1];
    if (top === undefined) break;
    let end = top[0];
    for (let i = 0, length = 1; i <= top[1]; i++, length *= 2) end = top[0] + length;
    if (end >= slot) break;
    stack.pop();
  }
  const rooted: number[] = [];
  while (stack.length >= 31) rooted.push(stack.shift()![0]);
  stack.push([slot, 1]);
  for (const [index, vote] of stack.entries()) {
    const above = stack.length - 1 - index;
    if (above >= vote[1]) vote[1] += 1;
  }
  return rooted;
}

describe("lockouts", () => {
  it("stand for 2^confirmations slots, the last one included", () => {
    const vote = { slot: slotOf(3), confirmationCount: 2 };
    expect(lastLockedOutSlot(vote)).toBe(7);
    expect(isLockedOut(vote, slotOf(7))).toBe(true);
    expect(isLockedOut(vote, slotOf(8))).toBe(false);
  });

  it("pop expired votes only from the top: the example of the module", () => {
    const before = lockouts([
      [1, 4],
      [2, 3],
      [3, 2],
      [4, 1],
    ]);
    const after = lockouts([
      [1, 4],
      [2, 3],
      [9, 1],
    ]);
    expect(applyVoteToLockouts(before, slotOf(9))).toEqual({ votes: after, rooted: [] });
  });

  it("ignore a vote that is not newer", () => {
    const before = lockouts([[5, 1]]);
    expect(applyVoteToLockouts(before, slotOf(5)).votes).toBe(before);
    expect(applyVoteToLockouts(before, slotOf(4)).votes).toBe(before);
  });

  it("root the oldest vote when a vote arrives on a full stack, not before", () => {
    let votes: readonly Lockout[] = [];
    for (let slot = 0; slot < lockoutHistoryMax; slot++) {
      const step = applyVoteToLockouts(votes, slotOf(slot));
      expect(step.rooted).toEqual([]);
      votes = step.votes;
    }
    const full = applyVoteToLockouts(votes, slotOf(lockoutHistoryMax));
    expect(full.rooted).toEqual([0]);
    expect(full.votes).toHaveLength(lockoutHistoryMax);
  });

  it("equal their dumb twin on random votes, short steps and long gaps", () => {
    const step = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: -1, max: 4 }) }, fc.integer({ min: 0, max: 5000 }));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 90 }), (steps) => {
        const twin: [number, number][] = [];
        let votes: readonly Lockout[] = [];
        let slot = 1;
        for (const distance of steps) {
          slot = Math.max(0, slot + distance);
          const result = applyVoteToLockouts(votes, slotOf(slot));
          expect(result.rooted).toEqual(slowStep(twin, slot));
          expect(result.votes).toEqual(lockouts(twin));
          votes = result.votes;
        }
      }),
      { seed: 1234, numRuns: 200 },
    );
  });
});
