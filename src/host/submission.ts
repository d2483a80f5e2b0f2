/**
 * The library's way in for transactions: wire bytes, as many as there are.
 *
 *     sendTransactions([bytes, bytes, …])  ──parse──> signatures ──> the observer's mempool ──> [signature | refusal, …]
 *
 * What is refused says why, and takes nothing from the others. There is no preflight: a transaction that fails lands, pays
 * its fee, and its status says so.
 */
import { accept, type Outcome } from "../base/refusal.ts";
import type { Signature } from "../chain/ids.ts";
import { parseTransaction, verifyTransactionSignatures } from "../chain/parse-transaction.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import type { NodeView } from "../rpc/node-view.ts";

export type SendTransactions = (transactions: readonly Uint8Array[]) => Promise<readonly Outcome<Signature>[]>;

export function createSendTransactions({ chain, submit }: Pick<NodeView, "chain" | "submit">): SendTransactions {
  return async (transactions) => {
    const verified = transactions.map((bytes): Outcome<Verified<Transaction>> => {
      const parsed = parseTransaction(bytes, chain.params);
      return parsed.ok ? verifyTransactionSignatures(parsed.value, chain.crypto.signatures) : parsed;
    });
    const refusals = submit(verified.flatMap((outcome) => (outcome.ok ? [outcome.value] : [])));
    return verified.map((outcome) => {
      if (!outcome.ok) return outcome;
      const { signature } = outcome.value;
      const refusal = refusals.get(signature);
      // Who hands it in twice is not told no.
      return refusal === undefined || refusal.code === "mempool-duplicate" ? accept(signature) : refusal;
    });
  };
}
