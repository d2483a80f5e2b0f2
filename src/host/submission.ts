/**
 * The library's way in for transactions: wire bytes, as many as there are.
 *
 *     sendTransactions([bytes, bytes, …])  ──parse──> signatures, on all cores ──> the observer's mempool ──> [signature | refusal, …]
 *
 * What is refused says why, and takes nothing from the others. There is no preflight: a transaction that fails lands, pays
 * its fee, and its status says so. Of many the first are on their way while the last are still being read; what is sent in
 * another call meanwhile arrives after them, so that arrivals are in the order of the calls.
 */
import { accept, type Outcome } from "../base/refusal.ts";
import type { Signature } from "../chain/ids.ts";
import { parseTransaction } from "../chain/parse-transaction.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import type { NodeView } from "../rpc/node-view.ts";
import type { SignaturePool } from "./signature-pool.ts";
import { verifyTransactions } from "./transaction-checks.ts";

/** Rejects when the devnet is closed meanwhile. */
export type SendTransactions = (transactions: readonly Uint8Array[]) => Promise<readonly Outcome<Signature>[]>;

/** Read and handed in together. */
const togetherMax = 256;
/** How long transactions are read before others have a turn. */
const turnMs = 10;

type Submitting = { readonly view: Pick<NodeView, "chain" | "submit">; readonly pool: Pick<SignaturePool, "check"> };

export function createSendTransactions({ view, pool }: Submitting): SendTransactions {
  const { chain } = view;

  async function verify(transactions: readonly Uint8Array[]): Promise<readonly Outcome<Verified<Transaction>>[]> {
    const parsed = transactions.map((bytes) => parseTransaction(bytes, chain.params));
    const readable = parsed.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
    const verified = await verifyTransactions(readable, chain.crypto.signatures, pool);
    let next = 0;
    return parsed.map((outcome) => (outcome.ok ? verified[next++]! : outcome));
  }

  async function send(transactions: readonly Uint8Array[], before: Promise<unknown>) {
    const outcomes: Outcome<Signature>[] = [];
    let submitted = before.then(() => {});
    let turnStarted = performance.now();
    for (let start = 0; start < transactions.length; start += togetherMax) {
      if (performance.now() - turnStarted > turnMs) {
        await nextTurn();
        turnStarted = performance.now();
      }
      const verified = verify(transactions.slice(start, start + togetherMax));
      submitted = submitted.then(async () => void outcomes.push(...submit(view, await verified)));
      // Heard of below; until then, or after the first, it is no unhandled rejection.
      for (const promise of [verified, submitted]) promise.catch(() => {});
    }
    await submitted;
    return outcomes;
  }

  /** Done when all that was sent so far has been handed in, or has failed. */
  let last: Promise<unknown> = Promise.resolve();
  return (transactions) => {
    const sent = send(transactions, last);
    last = sent.catch(() => {});
    return sent;
  };
}

function submit({ submit }: Pick<NodeView, "submit">, verified: readonly Outcome<Verified<Transaction>>[]) {
  const refusals = submit(verified.flatMap((outcome) => (outcome.ok ? [outcome.value] : [])));
  return verified.map((outcome): Outcome<Signature> => {
    if (!outcome.ok) return outcome;
    const { signature } = outcome.value;
    const refusal = refusals.get(signature);
    // Who hands it in twice is not told no.
    return refusal === undefined || refusal.code === "mempool-duplicate" ? accept(signature) : refusal;
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
