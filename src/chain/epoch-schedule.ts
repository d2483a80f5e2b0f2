/**
 * Which epoch a slot belongs to.
 *
 *     no warm-up, 32 slots:   | 0 … 31 | 32 … 63 | 64 …            epochs 0, 1, 2
 *     warm-up to 128 slots:   | 0 … 31 | 32 … 95 | 96 … 223 | 224 … 351     epochs 0, 1, 2, 3 of 32, 64, 128, 128 slots
 *
 * Source of the warm-up rule: solana-sdk, epoch-schedule.
 */
import { type Epoch, epochOf, type Slot, slotOf } from "./ids.ts";

export type EpochSchedule = {
  readonly slotsPerEpoch: number;
  readonly warmup: boolean;
  readonly firstNormalEpoch: Epoch;
  readonly firstNormalSlot: Slot;
};

const slotsPerEpochMin = 32;

export function createEpochSchedule(slotsPerEpoch: number, warmup: boolean): EpochSchedule {
  if (!warmup) return { slotsPerEpoch, warmup, firstNormalEpoch: epochOf(0), firstNormalSlot: slotOf(0) };
  let doublings = 0;
  while (slotsPerEpochMin * 2 ** doublings < slotsPerEpoch) doublings++;
  return {
    slotsPerEpoch,
    warmup,
    firstNormalEpoch: epochOf(doublings),
    firstNormalSlot: slotOf(slotsPerEpochMin * (2 ** doublings - 1)),
  };
}

export function epochAt(schedule: EpochSchedule, slot: Slot): Epoch {
  if (slot >= schedule.firstNormalSlot) {
    return epochOf(schedule.firstNormalEpoch + Math.floor((slot - schedule.firstNormalSlot) / schedule.slotsPerEpoch));
  }
  let epoch = 0;
  while (firstSlotOf(schedule, epochOf(epoch + 1)) <= slot) epoch++;
  return epochOf(epoch);
}

export function firstSlotOf(schedule: EpochSchedule, epoch: Epoch): Slot {
  if (epoch < schedule.firstNormalEpoch) return slotOf(slotsPerEpochMin * (2 ** epoch - 1));
  return slotOf(schedule.firstNormalSlot + (epoch - schedule.firstNormalEpoch) * schedule.slotsPerEpoch);
}

export function slotsIn(schedule: EpochSchedule, epoch: Epoch): number {
  return epoch < schedule.firstNormalEpoch ? slotsPerEpochMin * 2 ** epoch : schedule.slotsPerEpoch;
}

export function lastSlotOf(schedule: EpochSchedule, epoch: Epoch): Slot {
  return slotOf(firstSlotOf(schedule, epoch) + slotsIn(schedule, epoch) - 1);
}
