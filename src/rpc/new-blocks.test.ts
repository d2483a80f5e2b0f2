import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bank } from "../chain/bank.ts";
import { type Hash, slotOf } from "../chain/ids.ts";
import { newBlocksBetween } from "./new-blocks.ts";
import type { Ledger, LedgerBlock } from "./node-view.ts";

/** Only what is read here: its place, its ancestors, and results that name it. */
function bankOf(slot: number, parent: Bank | null): Bank {
  const blockId = `${parent?.blockId ?? ""}/${slot}` as Hash;
  const recentBlocks = [...(parent?.recentBlocks ?? []), { slot: slotOf(slot), blockId }];
  return { slot, blockId, recentBlocks, results: [blockId] } as unknown as Bank;
}

/** Follows the fork of one bank. */
function ledgerOf(banks: readonly Bank[]): Ledger {
  const bySlot = new Map(
    banks.map((bank) => [bank.slot, { header: bank, results: bank.results } as unknown as LedgerBlock]),
  );
  return { blockAt: (slot) => bySlot.get(slot) ?? null } as Ledger;
}

/** Ids from genesis to the bank, by its name. */
const ancestry = (bank: Bank): string[] => bank.recentBlocks.map(({ blockId }) => blockId);

const slotsNewBetween = (from: Bank, to: Bank, banks: readonly Bank[]): number[] =>
  newBlocksBetween(from, to, ledgerOf(banks)).map(({ slot }) => slot);

describe("blocks new between two banks", () => {
  const b1 = bankOf(1, null);
  const b2 = bankOf(2, b1);
  const b3 = bankOf(3, b2);
  const b4 = bankOf(4, b3);
  const b5 = bankOf(5, b2);
  const b6 = bankOf(6, b5);

  it("are those of the later one's fork, as in the drawn example", () => {
    expect(slotsNewBetween(b4, b6, [b1, b2, b5, b6])).toEqual([5, 6]);
    expect(slotsNewBetween(b2, b4, [b1, b2, b3, b4])).toEqual([3, 4]);
    expect(slotsNewBetween(b4, b4, [b1, b2, b3, b4])).toEqual([]);
    expect(slotsNewBetween(b4, b2, [b1, b2])).toEqual([]);
  });

  it("on a fork that the ledger does not follow are left out, but for the bank's own", () => {
    expect(newBlocksBetween(b4, b6, ledgerOf([b1, b2, b3, b4]))).toEqual([
      { slot: 6, results: b6.results, stored: null },
    ]);
  });

  it("are, in any tree, the ancestors of one that the other does not have", () => {
    const steps = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 3 })), { maxLength: 20 });
    fc.assert(
      fc.property(steps, fc.nat(), fc.nat(), (tree, a, b) => {
        const banks = [bankOf(0, null)];
        for (const [at, gap] of tree) {
          const parent = banks[at % banks.length]!;
          const child = bankOf(parent.slot + gap, parent);
          if (banks.every(({ blockId }) => blockId !== child.blockId)) banks.push(child);
        }
        const from = banks[a % banks.length]!;
        const to = banks[b % banks.length]!;
        const known = new Set(ancestry(from));
        const followed = banks.filter(({ blockId }) => ancestry(to).includes(blockId));
        const found = newBlocksBetween(from, to, ledgerOf(followed)).flatMap(({ results }) => results);
        expect(found).toEqual(ancestry(to).filter((id) => !known.has(id as Hash)));
      }),
      { seed: 1234, numRuns: 500 },
    );
  });
});
