/**
 * Which of the last 1,048,576 slots have a block on this fork: the SlotHistory sysvar.
 *
 *     byte 0       1            9                                  131081        131089
 *     1 (is there) words 16384  bits: slot s at s mod 1048576      1048576       next slot: one above the newest
 *                               (byte s / 8, bit s mod 8)
 *
 * Kept in pieces: a block changes two of 33. Source: solana-sdk, slot-history, `add`.
 */
import { ByteWriter } from "../base/bytes.ts";
import { byteOf, type DataPatch, type DataPieces, patchPieces, zeroPieces } from "./account-data.ts";
import type { Slot } from "./ids.ts";

export const slotHistoryBytes = 131_097;
export const slotHistoryMax = 1_048_576;

const bitsAt = 9;
const nextSlotAt = slotHistoryBytes - 8;

/** The history of a chain that begins with this slot. */
export function createSlotHistory(firstSlot: Slot): DataPieces {
  const head = new ByteWriter(bitsAt).u8(1).count(slotHistoryMax / 64);
  const tail = new ByteWriter(16).count(slotHistoryMax).count(firstSlot);
  const empty = patchPieces(zeroPieces(slotHistoryBytes), [
    { at: 0, bytes: head.finish() },
    { at: nextSlotAt - 8, bytes: tail.finish() },
  ]);
  return addToSlotHistory(empty, firstSlot);
}

let last: { readonly from: DataPieces; readonly slot: Slot; readonly history: DataPieces } | null = null;

/**
 * With the block of a slot at or above the next one; slots between have none. The last answer is remembered:
 * whoever replays the block that was built just now gets the same pieces, hashed already.
 */
export function addToSlotHistory(from: DataPieces, slot: Slot): DataPieces {
  if (last !== null && last.from === from && last.slot === slot) return last.history;
  const history = computeLonger(from, slot);
  last = { from, slot, history };
  return history;
}

function computeLonger(history: DataPieces, slot: Slot): DataPieces {
  const next = nextSlotIn(history);
  if (slot - next >= slotHistoryMax) return createSlotHistory(slot);
  // What the bits said of slots a whole round earlier goes.
  const changed = new Map<number, number>();
  const bitsOf = (at: number) => changed.get(at) ?? byteOf(history, at);
  for (let skipped: number = next; skipped < slot; skipped++) {
    const { at, mask } = placeOf(skipped);
    const bits = bitsOf(at);
    if ((bits & mask) !== 0) changed.set(at, bits & ~mask);
  }
  const { at, mask } = placeOf(slot);
  changed.set(at, bitsOf(at) | mask);
  const patches = [...changed].map(([at, bits]): DataPatch => ({ at, bytes: Uint8Array.of(bits) }));
  return patchPieces(history, [...patches, { at: nextSlotAt, bytes: new ByteWriter(8).count(slot + 1).finish() }]);
}

function placeOf(slot: number): { readonly at: number; readonly mask: number } {
  const position = slot % slotHistoryMax;
  return { at: bitsAt + (position >> 3), mask: 1 << (position & 7) };
}

function nextSlotIn(history: DataPieces): number {
  let slot = 0;
  for (let i = 7; i >= 0; i--) slot = slot * 256 + byteOf(history, nextSlotAt + i);
  return slot;
}
