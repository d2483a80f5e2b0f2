/**
 * What would happen to a transaction in the state of a bank, leaving that state as it is.
 *
 *     bank ──overlay──> execute ──> { err, logs, unitsConsumed, fee, accounts after, … }      the overlay is dropped
 *
 * As on Solana, the clock is that of the bank itself, and the blockhash may be left unchecked.
 */
import { accountsReaderOf, createAccountsOverlay } from "../chain/accounts-overlay.ts";
import { type Bank, createExecutionEnv } from "../chain/bank.ts";
import type { Chain } from "../chain/chain.ts";
import { executeTransaction } from "../chain/execute-transaction.ts";
import type { AccountsReader, ReturnData, TransactionError, TransactionResult } from "../chain/execution.ts";
import { checkLanding } from "../chain/landings.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import { encodeBase64 } from "./encode-bytes.ts";

export type Simulation = {
  readonly error: TransactionError | null;
  /** Null when it could not land at all. */
  readonly result: TransactionResult | null;
  /** As they would be. */
  readonly accounts: AccountsReader;
};

export type SimulationOptions = {
  /** Take the blockhash for recent, whatever it is. */
  readonly replacesBlockhash: boolean;
};

/** Signatures are not checked here: nothing of it lasts. */
export function simulateTransaction(
  chain: Chain,
  bank: Bank,
  transaction: Transaction,
  options: SimulationOptions,
): Simulation {
  const overlay = createAccountsOverlay(accountsReaderOf(bank.accounts));
  const barred = options.replacesBlockhash ? null : checkLanding(chain, bank, transaction);
  if (barred !== null) return { error: barred, result: null, accounts: overlay };
  const env = createExecutionEnv(chain, bank, bank);
  const outcome = executeTransaction(transaction as Verified<Transaction>, overlay, env);
  if (outcome.type === "refused") return { error: outcome.error, result: null, accounts: overlay };
  return { error: outcome.result.error, result: outcome.result, accounts: overlay };
}

/** As clients read it: the program, and its bytes in base64. */
export function encodeReturnData(returned: ReturnData | null) {
  return returned === null
    ? null
    : { programId: returned.programAddress, data: [encodeBase64(returned.data), "base64"] as const };
}

/** The value that simulateTransaction answers with, and the data of a failed preflight. */
export function encodeSimulation({ error, result }: Simulation) {
  return {
    err: error,
    logs: result?.logs ?? [],
    accounts: null,
    unitsConsumed: result?.computeUnitsConsumed ?? 0,
    loadedAccountsDataSize: result?.loadedAccountsBytes ?? 0,
    returnData: encodeReturnData(result?.returnData ?? null),
    innerInstructions: null,
    replacementBlockhash: null,
    fee: result === null ? null : result.fee.base + result.fee.priority,
    preBalances: result?.preBalances ?? null,
    postBalances: result?.postBalances ?? null,
    preTokenBalances: result === null ? null : [],
    postTokenBalances: result === null ? null : [],
    loadedAddresses: { writable: [], readonly: [] },
  };
}
