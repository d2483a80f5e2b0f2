import { getSysvarSlotHistoryDecoder } from "@solana/sysvars";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../base/bytes.ts";
import { slotOf } from "./ids.ts";
import { addToSlotHistory, createSlotHistory, slotHistoryBytes, slotHistoryMax } from "./slot-history.ts";

function historyOf(slots: readonly number[]) {
  const [first, ...rest] = slots;
  return rest.reduce((history, slot) => addToSlotHistory(history, slotOf(slot)), createSlotHistory(slotOf(first!)));
}

/** By kit: the positions whose bit is set, and the next slot. */
function decoded(slots: readonly number[]) {
  const data = concatBytes(...historyOf(slots));
  expect(data.length).toBe(slotHistoryBytes);
  const { bits, nextSlot } = getSysvarSlotHistoryDecoder().decode(data);
  const positions: number[] = [];
  for (const [index, word] of bits.entries()) {
    if (word === 0n) continue;
    for (let bit = 0; bit < 64; bit++) if ((word >> BigInt(bit)) & 1n) positions.push(index * 64 + bit);
  }
  return { positions, nextSlot };
}

/** Slowly: of the newest 1,048,576 slots those with a block, each at its place. */
function twin(slots: readonly number[]) {
  const newest = slots.at(-1)!;
  const kept = slots.filter((slot) => slot > newest - slotHistoryMax).map((slot) => slot % slotHistoryMax);
  return { positions: kept.sort((a, b) => a - b), nextSlot: BigInt(newest + 1) };
}

describe("the slot history", () => {
  it("has the slots with blocks and the next slot", () => {
    expect(decoded([0, 1, 4, 7, 8, 64])).toEqual({ positions: [0, 1, 4, 7, 8, 64], nextSlot: 65n });
    expect(decoded([100])).toEqual({ positions: [100], nextSlot: 101n });
  });

  it("forgets a slot when one takes its place a round later, also where that one is skipped", () => {
    const round = slotHistoryMax;
    expect(decoded([5, 6, 7, round + 6])).toEqual({ positions: [6, 7], nextSlot: BigInt(round + 7) });
    expect(decoded([5, 6, 7, round + 4]).positions).toEqual([4, 5, 6, 7]);
    // One slot before all of it is a round old, that slot, and one past it.
    expect(decoded([5, round + 5])).toEqual({ positions: [5], nextSlot: BigInt(round + 6) });
    expect(decoded([5, 9, round + 9, round + 10]).positions).toEqual([9, 10]);
    expect(decoded([5, round + 6]).positions).toEqual([6]);
    expect(decoded([0, 5, 3 * round + 1])).toEqual({ positions: [1], nextSlot: BigInt(3 * round + 2) });
  });

  it("agrees with its dumb twin on any slots", () => {
    const gap = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 20 }) },
      { weight: 1, arbitrary: fc.integer({ min: slotHistoryMax - 40, max: slotHistoryMax + 2 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 300_000 }) },
    );
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.array(gap, { maxLength: 12 }), (first, gaps) => {
        const slots = [first];
        for (const each of gaps) slots.push(slots.at(-1)! + each);
        expect(decoded(slots)).toEqual(twin(slots));
      }),
      { seed: 1234, numRuns: 15 },
    );
  });

  it("changes two pieces for the next block", () => {
    const before = historyOf([0, 1]);
    const after = addToSlotHistory(before, slotOf(2));
    expect(after.filter((piece, i) => piece !== before[i])).toHaveLength(2);
    expect(addToSlotHistory(before, slotOf(2))).toBe(after);
    expect(concatBytes(...addToSlotHistory(before, slotOf(3)))).not.toEqual(concatBytes(...after));
  });
});
