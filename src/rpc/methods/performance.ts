/** How much the chain carries, and what others paid for room in it. */
import type { Chain } from "../../chain/chain.ts";
import { transactionCost } from "../../chain/fees.ts";
import { type Address, type Slot, slotOf } from "../../chain/ids.ts";
import { answered } from "../errors.ts";
import type { LedgerBlock, NodeView } from "../node-view.ts";
import { addressSchema, countSchema, listSchema, method, optional } from "../params.ts";

export const performanceSamplesMax = 720;
const samplePeriodSeconds = 60;

/** Whole minutes of block time, newest first; slots without a block count too. */
export const getRecentPerformanceSamples = method(
  [optional("limit", countSchema("a number of samples", 0, performanceSamplesMax))],
  ([limit = performanceSamplesMax], view) => {
    const { chain, ledger } = view;
    const newest = ledger.headerAt(ledger.newestSlot("finalized"));
    const samples: Sample[] = [];
    if (newest === null) return answered(samples);
    let minute = Math.floor(newest.unixTimestamp / samplePeriodSeconds) - 1;
    while (samples.length < limit) {
      const first = firstSlotSince(chain, minute * samplePeriodSeconds);
      const end = firstSlotSince(chain, (minute + 1) * samplePeriodSeconds);
      minute--;
      if (first < Math.max(ledger.firstAvailableSlot(), chain.genesis.firstSlot)) break;
      if (end <= first) continue;
      const sample = sampleOf(view, slotOf(first), slotOf(end - 1));
      if (sample === null) break;
      samples.push(sample);
    }
    return answered(samples);
  },
);

type Sample = NonNullable<ReturnType<typeof sampleOf>>;

/** The first slot that begins at this time or later (see `timeOf`); before genesis: below its slot. */
function firstSlotSince({ genesis }: Chain, unixSeconds: number): number {
  const { creationTime, firstSlot, params } = genesis;
  return firstSlot + Math.ceil(((unixSeconds - creationTime) * 1000) / params.slotDurationMs);
}

/** Null when the block before the first of them is not known any more, and so the first one's counts. */
function sampleOf({ ledger, chain }: NodeView, first: Slot, last: Slot) {
  const slots = ledger.slotsBetween(first, last, "finalized");
  const [oldest, newest] = [slots[0], slots.at(-1)].map((slot) => (slot === undefined ? null : ledger.headerAt(slot)));
  const before = oldest ? ledger.headerAt(oldest.parentSlot) : null;
  if (oldest && before === null && oldest.parentSlot !== chain.genesis.firstSlot) return null;
  // Counts run from genesis on, so that those of a minute are a difference.
  const transactions = (newest?.transactionCount ?? 0) - (before?.transactionCount ?? 0);
  const votes = (newest?.voteCount ?? 0) - (before?.voteCount ?? 0);
  return {
    slot: last,
    numSlots: last - first + 1,
    numTransactions: transactions,
    numNonVoteTransactions: transactions - votes,
    samplePeriodSecs: samplePeriodSeconds,
  };
}

const feeSlots = 150;
const feeAddressesMax = 128;

/** For each of the newest blocks, the least price a unit that got in: of those that write all the addresses, if any are given. */
export const getRecentPrioritizationFees = method(
  [optional("addresses", listSchema(addressSchema, "addresses", feeAddressesMax))],
  ([addresses = []], view) => {
    const { ledger } = view;
    const newest = ledger.newestSlot("processed");
    const oldest = Math.max(newest - feeSlots + 1, ledger.firstAvailableSlot());
    const slots = oldest > newest ? [] : ledger.slotsBetween(slotOf(oldest), newest, "processed");
    const fees = slots.map((slot) => ({ slot, prioritizationFee: leastPrice(view, ledger.blockAt(slot), addresses) }));
    return answered(fees);
  },
);

/** Micro-lamports a compute unit; 0 when nothing was paid, or nothing was there. Votes do not compete for room. */
function leastPrice(view: NodeView, block: LedgerBlock | null, addresses: readonly Address[]): bigint {
  let least: bigint | null = null;
  for (const { transaction, isVote } of block?.results ?? []) {
    if (isVote) continue;
    const writesAll = addresses.every(
      (address) => transaction.isWritable[transaction.accountKeys.indexOf(address)] === true,
    );
    if (!writesAll) continue;
    const cost = transactionCost(transaction, view.chain.params);
    const price = cost.type === "cost" ? cost.computeUnitPrice : 0n;
    if (least === null || price < least) least = price;
  }
  return least ?? 0n;
}
