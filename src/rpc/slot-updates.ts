/**
 * How slots get on, for `slotsUpdatesSubscribe`.
 *
 *     block-added      createdBank { parent }, completed, frozen { stats }     blocks arrive whole, and are replayed at once
 *     block-confirmed  optimisticConfirmation
 *     block-finalized  root
 *     block-refused    dead { err }
 *
 * Solana's server stamps each with its wall clock. Nothing here has one: the stamp is the time at which the slot begins by
 * the chain's own clock, in milliseconds.
 *
 * Source: agave, rpc-client-types SlotUpdate.
 */
import { formatRefusal } from "../base/refusal.ts";
import type { Bank } from "../chain/bank.ts";
import { type Chain, timeOf } from "../chain/chain.ts";
import type { Report } from "../validator/contract.ts";

/** What a report says of slots, in order; mostly nothing. */
export function slotUpdates(report: Report, chain: Chain): readonly object[] {
  switch (report.type) {
    case "block-added": {
      const { slot, parentSlot: parent } = report.bank;
      const timestamp = stampOf(report.bank);
      return [
        { slot, parent, timestamp, type: "createdBank" },
        { slot, timestamp, type: "completed" },
        { slot, timestamp, stats: statsOf(report), type: "frozen" },
      ];
    }
    case "block-confirmed":
      return [{ slot: report.bank.slot, timestamp: stampOf(report.bank), type: "optimisticConfirmation" }];
    case "block-finalized":
      return [{ slot: report.bank.slot, timestamp: stampOf(report.bank), type: "root" }];
    case "block-refused": {
      const { slot, refusal } = report;
      return [{ slot, timestamp: timeOf(chain, slot) * 1000, err: formatRefusal(refusal), type: "dead" }];
    }
    default:
      return [];
  }
}

function stampOf(bank: Bank): number {
  return bank.unixTimestamp * 1000;
}

function statsOf({ block, bank }: Extract<Report, { readonly type: "block-added" }>) {
  const sizes = block.entries.map((entry) => entry.transactions.length).filter((size) => size > 0);
  const failed = bank.results.filter((result) => result.error !== null).length;
  return {
    numTransactionEntries: sizes.length,
    numSuccessfulTransactions: bank.results.length - failed,
    numFailedTransactions: failed,
    maxTransactionsPerEntry: Math.max(0, ...sizes),
  };
}
