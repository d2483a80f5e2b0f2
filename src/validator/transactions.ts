/**
 * Transactions on their way into a block.
 *
 *     client ──> observer: keeps it, sends it to the coming leader ──> leader's mempool ──> block
 *                    └── not landed when the next rotation comes? sends it to its leader, be it the same
 *
 * The observer forgets a transaction when it is final or its blockhash has expired, so a skipped slot or an abandoned
 * fork loses nothing.
 */
import { assertDefined } from "../base/assert.ts";
import { refuse } from "../base/refusal.ts";
import { accountAt } from "../chain/accounts-tree.ts";
import { epochAt, firstSlotOf } from "../chain/epoch-schedule.ts";
import { checkFeePayer } from "../chain/execute-transaction.ts";
import { transactionCost } from "../chain/fees.ts";
import { type Address, lamportsOf, slotOf } from "../chain/ids.ts";
import { blockhashHeight, checkLanding } from "../chain/landings.ts";
import { leaderAfter } from "../chain/leaders.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import type { Effect } from "./contract.ts";
import { addTransaction, hasTransaction, iterateByPriority, mempoolSizeOf } from "./mempool.ts";
import type { Validator } from "./validator.ts";

/** Transactions sent on in one message. */
const forwardedMax = 20_000;

export function onTransactions(validator: Validator, transactions: readonly Verified<Transaction>[]): Effect[] {
  const effects: Effect[] = [];
  const added: Verified<Transaction>[] = [];
  for (const transaction of transactions) {
    const problem = keep(validator, transaction, effects);
    if (problem === null) added.push(transaction);
    else
      effects.push({
        type: "report",
        report: { type: "transaction-refused", signature: transaction.signature, refusal: problem },
      });
  }
  if (validator.voteAccount === null && added.length > 0) {
    effects.push({ type: "send-transactions", to: nextLeader(validator), transactions: added });
  }
  return effects;
}

function keep(validator: Validator, transaction: Verified<Transaction>, effects: Effect[]) {
  const { chain, mempool } = validator;
  const { bank } = validator.consensus.head();
  if (hasTransaction(mempool, transaction.messageHash)) {
    return refuse("mempool-duplicate", { signature: transaction.signature });
  }
  const barred = checkLanding(chain, bank, transaction);
  const since = blockhashHeight(chain, bank, transaction.recentBlockhash);
  if (barred !== null || since === null) return refuse("transaction-barred", { error: JSON.stringify(barred) });
  const cost = transactionCost(transaction, chain.params);
  if (cost.type === "refused") return refuse("transaction-barred", { error: JSON.stringify(cost.error) });
  // Who cannot pay for a place takes none from others.
  const payer = accountAt(bank.accounts, assertDefined(transaction.accountKeys[0], "the fee payer"));
  const unpaid = checkFeePayer(payer, cost.feeTotal, chain.params);
  if (unpaid !== null) return refuse("transaction-barred", { error: JSON.stringify(unpaid) });
  const result = addTransaction(mempool, {
    transaction,
    fee: lamportsOf(cost.fee.base + cost.fee.priority),
    computeUnitLimit: cost.computeUnitLimit,
    lastValidHeight: since + chain.params.blockhashTtl,
  });
  if (!result.ok) return result;
  for (const { signature, code, facts } of result.evicted) {
    effects.push({ type: "report", report: { type: "transaction-dropped", signature, code, facts } });
  }
  return null;
}

/** Who leads the slot after this one, seen from the head. */
function nextLeader(validator: Validator): Address {
  const { chain, consensus, slot } = validator;
  return leaderAfter(chain, consensus.head().bank, slotOf(slot + 1)).identity;
}

/**
 * Once a slot, by an observer: before each rotation its leader gets everything that has not landed. Also the leader that
 * leads already: it may have slept, or the message may have been lost.
 */
export function forwardTransactions(validator: Validator): Effect[] {
  if (mempoolSizeOf(validator.mempool) === 0) return [];
  const { chain } = validator;
  const next = slotOf(validator.slot + 1);
  const epochStart = firstSlotOf(chain.epochs, epochAt(chain.epochs, next));
  if ((next - epochStart) % chain.params.slotsPerRotation !== 0) return [];
  const to = nextLeader(validator);
  const { bank } = validator.consensus.head();
  const transactions: Verified<Transaction>[] = [];
  for (const { transaction } of iterateByPriority(validator.mempool)) {
    if (transactions.length >= forwardedMax) break;
    // The head's fork may not know the blockhash of an abandoned one.
    if (checkLanding(chain, bank, transaction) === null) transactions.push(transaction);
  }
  return transactions.length === 0 ? [] : [{ type: "send-transactions", to, transactions }];
}
