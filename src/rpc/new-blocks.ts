/**
 * What is new between two banks that a node had at the same commitment: the blocks of the later one's fork that the
 * earlier one's does not have. Commitments jump: confirming slot 9 after slot 6 also confirms what lies between.
 *
 *     1 ── 2 ── 3 ── 4        from 4, to 6:   5, 6 are new, 3 and 4 are left behind
 *           └── 5 ── 6        from 2, to 4:   3, 4 are new
 *
 * Read from the ancestors that banks remember (`recentBlocks`, at least 512), so it needs no other history.
 */
import type { Bank } from "../chain/bank.ts";
import type { TransactionResult } from "../chain/execution.ts";
import type { Slot } from "../chain/ids.ts";
import type { Ledger, LedgerBlock } from "./node-view.ts";

export type NewBlock = {
  readonly slot: Slot;
  readonly results: readonly TransactionResult[];
  /** Null when the ledger no longer has it, or follows another fork there. */
  readonly stored: LedgerBlock | null;
};

/** Ascending by slot. */
export function newBlocksBetween(from: Bank, to: Bank, ledger: Ledger): readonly NewBlock[] {
  const blocks: NewBlock[] = [];
  let known = from.recentBlocks.length - 1;
  for (let i = to.recentBlocks.length - 1; i >= 0; i--) {
    const { slot, blockId } = to.recentBlocks[i]!;
    while (known >= 0 && from.recentBlocks[known]!.slot > slot) known--;
    if (known < 0 || from.recentBlocks[known]!.blockId === blockId) break;
    const found = ledger.blockAt(slot);
    const stored = found?.header.blockId === blockId ? found : null;
    const results = blockId === to.blockId ? to.results : stored?.results;
    if (results !== undefined) blocks.push({ slot, results, stored });
  }
  return blocks.reverse();
}
