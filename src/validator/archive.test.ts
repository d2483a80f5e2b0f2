import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Block } from "../chain/block.ts";
import type { Hash, Slot } from "../chain/ids.ts";
import { archive, archivedBlock, createArchive, oldestOf } from "./archive.ts";

const blockAt = (slot: number): Block => ({ slot: slot as Slot, blockId: `block ${slot}` as Hash }) as Block;
const idAt = (slot: number) => `block ${slot}` as Hash;

describe("the archive of rooted blocks", () => {
  it("forgets the oldest, as in the story", () => {
    const archived = createArchive();
    for (const slot of [4, 5, 7, 8]) archive(archived, blockAt(slot), 3);
    expect(archived.blocks.map(({ slot }) => slot)).toEqual([8, 5, 7]);
    expect(oldestOf(archived)?.slot).toBe(5);
    expect(archivedBlock(archived, idAt(4))).toBeNull();
    expect(archivedBlock(archived, idAt(8))?.slot).toBe(8);
  });

  it("has nothing while nothing was rooted, or where it may hold nothing", () => {
    const archived = createArchive();
    archive(archived, blockAt(4), 0);
    expect(oldestOf(archived)).toBeUndefined();
    expect(archivedBlock(archived, idAt(4))).toBeNull();
  });

  it("holds the newest there were, whoever asks in between", () => {
    const steps = fc.array(fc.record({ ahead: fc.integer({ min: 0, max: 2 }), asks: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), steps, (blocksMax, moves) => {
        const archived = createArchive();
        const slots: number[] = [];
        let slot = 0;
        for (const { ahead, asks } of moves) {
          slot += ahead;
          // A root that did not move is archived again.
          archive(archived, blockAt(slot), blocksMax);
          if (slots.at(-1) !== slot) slots.push(slot);
          const kept = slots.slice(-blocksMax);
          expect(oldestOf(archived)?.slot).toBe(kept[0]);
          if (!asks) continue;
          for (let at = 0; at <= slot; at++) {
            expect(archivedBlock(archived, idAt(at))?.slot ?? null).toBe(kept.includes(at) ? at : null);
          }
        }
      }),
    );
  });
});
