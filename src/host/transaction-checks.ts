/**
 * The signatures of many transactions, checked on all cores, each transaction with the outcome that
 * `verifyTransactionSignatures` gives it.
 */
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import type { CurveQuestion, SignatureScheme } from "../chain/crypto.ts";
import { addressBytes } from "../chain/ids.ts";
import { verifyTransactionSignatures } from "../chain/parse-transaction.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import type { SignaturePool } from "./signature-pool.ts";

export type VerifiedOutcome = Outcome<Verified<Transaction>, "signature-invalid">;

/** Rejects when the pool is closed meanwhile. */
export async function verifyTransactions(
  transactions: readonly Transaction[],
  scheme: SignatureScheme,
  pool: Pick<SignaturePool, "check">,
): Promise<readonly VerifiedOutcome[]> {
  const { triage } = scheme;
  if (triage === undefined) return transactions.map((transaction) => verifyTransactionSignatures(transaction, scheme));
  const questions: CurveQuestion[] = [];
  // Of each signature, in order, its answer or the number of the question.
  const found: (boolean | number)[] = [];
  for (const { signatures, messageBytes, accountKeys } of transactions) {
    for (let index = 0; index < signatures.length; index++) {
      const asked = triage(signatures[index]!, messageBytes, addressBytes(accountKeys[index]!));
      found.push(typeof asked === "boolean" ? asked : questions.push(asked) - 1);
    }
  }
  const answers = await pool.check(questions);
  for (let index = 0; index < questions.length; index++) if (answers[index]) scheme.learn?.(questions[index]!);
  let at = 0;
  return transactions.map((transaction) => {
    const own = found.slice(at, at + transaction.signatures.length);
    at += own.length;
    const index = own.findIndex((answer) => !(typeof answer === "boolean" ? answer : answers[answer]));
    if (index === -1) return accept(transaction as Verified<Transaction>);
    return refuse("signature-invalid", { signer: transaction.accountKeys[index]!, index });
  });
}
