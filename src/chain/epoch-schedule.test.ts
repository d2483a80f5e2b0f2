import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createEpochSchedule,
  type EpochSchedule,
  epochAt,
  firstSlotOf,
  lastSlotOf,
  slotsIn,
} from "./epoch-schedule.ts";
import { type Epoch, epochOf, slotOf } from "./ids.ts";

const epochOfSlot = (schedule: EpochSchedule, slot: number) => epochAt(schedule, slotOf(slot));

/** Solana's own rule for warm-up slots: trailing_zeros(next_power_of_two(slot + 33)) - 6. */
function warmupEpochBySolana(slot: number): number {
  const wanted = BigInt(slot + 33);
  let power = 1n;
  let zeros = 0;
  for (; power < wanted; power *= 2n) zeros++;
  return zeros - 6;
}

/** The dumb twin: epochs laid end to end. */
function walkedEpoch(
  slotsPerEpoch: number,
  warmup: boolean,
  slot: number,
): { epoch: number; first: number; slots: number } {
  let first = 0;
  for (let epoch = 0; ; epoch++) {
    const slots = warmup ? Math.min(slotsPerEpoch, 32 * 2 ** epoch) : slotsPerEpoch;
    if (slot < first + slots) return { epoch, first, slots };
    first += slots;
  }
}

describe("epoch schedule", () => {
  it("places the story's example", () => {
    const schedule = createEpochSchedule(128, true);
    expect([0, 31, 32, 95, 96, 223, 224, 351].map((slot) => epochOfSlot(schedule, slot))).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3,
    ]);
    expect([0, 31, 32, 63, 64].map((slot) => epochOfSlot(createEpochSchedule(32, false), slot))).toEqual([
      0, 0, 1, 1, 2,
    ]);
  });

  it("is testnet's: 14 warm-up epochs, 524256 slots, and slot 417836256 begins epoch 980", () => {
    const testnet = createEpochSchedule(432_000, true);
    expect(testnet).toMatchObject({ firstNormalEpoch: 14, firstNormalSlot: 524_256 });
    expect(firstSlotOf(testnet, epochOf(980))).toBe(417_836_256);
    expect(epochOfSlot(testnet, 417_836_256)).toBe(980);
    expect(epochOfSlot(testnet, 417_836_255)).toBe(979);
    expect(epochOfSlot(testnet, 398_915_634)).toBe(936);
    expect(slotsIn(testnet, epochOf(13))).toBe(262_144);
    expect(slotsIn(testnet, epochOf(14))).toBe(432_000);
  });

  it("is mainnet's: no warm-up, slot 398915634 in epoch 923", () => {
    const mainnet = createEpochSchedule(432_000, false);
    expect(mainnet).toMatchObject({ firstNormalEpoch: 0, firstNormalSlot: 0 });
    expect(epochOfSlot(mainnet, 398_915_634)).toBe(923);
  });

  it("follows Solana's formula in every warm-up slot", () => {
    const schedule = createEpochSchedule(8192, true);
    expect(schedule).toMatchObject({ firstNormalEpoch: 8, firstNormalSlot: 8160 });
    for (let slot = 0; slot < 8160; slot++) expect(epochOfSlot(schedule, slot)).toBe(warmupEpochBySolana(slot));
    expect(epochOfSlot(schedule, 8160)).toBe(8);
  });

  it("agrees with epochs laid end to end, for any length", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 32, max: 200 }), fc.constantFrom(32, 33, 63, 64, 65, 4096, 4097)),
        fc.boolean(),
        fc.nat(5000),
        (slotsPerEpoch, warmup, slot) => {
          const schedule = createEpochSchedule(slotsPerEpoch, warmup);
          const { epoch, first, slots } = walkedEpoch(slotsPerEpoch, warmup, slot);
          expect(epochOfSlot(schedule, slot)).toBe(epoch);
          expect(firstSlotOf(schedule, epoch as Epoch)).toBe(first);
          expect(slotsIn(schedule, epoch as Epoch)).toBe(slots);
          expect(lastSlotOf(schedule, epoch as Epoch)).toBe(first + slots - 1);
        },
      ),
      { seed: 1234, numRuns: 500 },
    );
  });

  it("counts the warm-up epochs of every length without rounding: those shorter than it", () => {
    for (const power of [32, 64, 2 ** 20, 2 ** 29]) {
      const doublings = Math.log2(power) - 5;
      expect(createEpochSchedule(power, true).firstNormalEpoch).toBe(doublings);
      expect(createEpochSchedule(power + 1, true).firstNormalEpoch).toBe(doublings + 1);
    }
  });

  it("answers for the last slot a number can hold", () => {
    const schedule = createEpochSchedule(32, false);
    expect(epochOfSlot(schedule, Number.MAX_SAFE_INTEGER)).toBe(2 ** 48 - 1);
  });
});
