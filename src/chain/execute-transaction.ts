/**
 * One transaction, executed: all of its instructions or none, and the fee in either case.
 *
 *     refused    it cannot pay, or asks for nonsense: nothing changes, and no block may hold it
 *     landed     error null:  the fee is taken, and every instruction's changes are kept
 *                error set:   the fee is taken, and nothing else
 *
 *     payer 10,000,000 --5000 fee--> 9,995,000 --transfer of 1,000,000--> 8,995,000, alice 1,000,000
 *
 * Whether its blockhash is recent and whether it landed before is the bank's to say; so is where the fee goes. Lamports
 * are conserved but for the fee, and that is asserted. As on Solana, a transaction that names a program that does not
 * exist lands and pays.
 *
 * Source: agave, svm (account_loader, transaction_processor) and program-runtime (message_processor).
 */
import { assert, assertDefined } from "../base/assert.ts";
import { createListSharing } from "../base/shared-list.ts";
import { type Account, withLamports } from "./account.ts";
import { nativeLoaderAddress, systemProgramAddress } from "./addresses.ts";
import type {
  AccountsReader,
  ExecutionEnv,
  ReturnData,
  TransactionError,
  TransactionFee,
  TransactionResult,
} from "./execution.ts";
import { transactionCost } from "./fees.ts";
import { type Address, type Lamports, lamportsOf } from "./ids.ts";
import type { ChainParams } from "./params.ts";
import {
  createInstructionContext,
  emptyAccount,
  runProgram,
  type TransactionContext,
} from "./programs/instruction-context.ts";
import { programAt } from "./programs/registry.ts";
import { isRentTransitionAllowed, rentExemptMinimum } from "./rent.ts";
import { isVoteTransaction, type Transaction, type Verified } from "./transaction.ts";
import { createTransactionLog, formatInstructionError } from "./transaction-log.ts";

/** Accounts to execute on: `set` with null, or with an account of 0 lamports, removes it. */
export interface AccountsWriter extends AccountsReader {
  set(address: Address, account: Account | null): void;
}

export type ExecutionOutcome =
  | { readonly type: "refused"; readonly error: TransactionError }
  | { readonly type: "landed"; readonly result: TransactionResult };

/** Bytes that each existing account counts beside its data (SIMD-0186). */
const loadedAccountBytes = 64;

type Run = {
  readonly error: TransactionError | null;
  /** By index into the account keys; what is kept. */
  readonly accounts: readonly Account[];
  readonly logs: readonly string[];
  readonly computeUnitsConsumed: number;
  readonly returnData: ReturnData | null;
};

/** Executes on `accounts`, which a refusal leaves as they were. */
export function executeTransaction(
  transaction: Verified<Transaction>,
  accounts: AccountsWriter,
  env: ExecutionEnv,
): ExecutionOutcome {
  const cost = transactionCost(transaction, env.params);
  if (cost.type === "refused") return cost;
  const { accountKeys } = transaction;
  const before: Account[] = [];
  for (let index = 0; index < accountKeys.length; index++)
    before.push(accounts.get(accountKeys[index]!) ?? emptyAccount);
  const paid = payFee(assertDefined(before[0], "the fee payer"), cost.feeTotal, env.params);
  if (paid.type === "refused") return paid;

  const charged = before.slice();
  charged[0] = paid.payer;
  const loadedAccountsBytes = computeLoadedBytes(before);
  const barred =
    loadedAccountsBytes > cost.loadedAccountsBytesLimit
      ? "MaxLoadedAccountsDataSizeExceeded"
      : findBadProgram(transaction, before);
  const run: Run =
    barred === null
      ? runInstructions(transaction, charged, cost.computeUnitLimit, env)
      : { error: barred, accounts: charged, logs: [], computeUnitsConsumed: 0, returnData: null };

  const lamportsBefore = sumLamports(before);
  const lamportsAfter = sumLamports(run.accounts);
  if (lamportsAfter !== lamportsBefore - cost.feeTotal)
    assert(false, `lamports: ${lamportsBefore} became ${lamportsAfter}`);
  for (let index = 0; index < before.length; index++) {
    const account = run.accounts[index]!;
    if (account !== before[index]) accounts.set(accountKeys[index]!, account.lamports === 0n ? null : account);
  }
  return { type: "landed", result: createResult(transaction, run, before, cost.fee, loadedAccountsBytes) };
}

function createResult(
  transaction: Verified<Transaction>,
  run: Run,
  before: readonly Account[],
  fee: TransactionFee,
  loadedAccountsBytes: number,
): TransactionResult {
  return {
    transaction,
    error: run.error,
    fee,
    logs: run.logs,
    computeUnitsConsumed: run.computeUnitsConsumed,
    loadedAccountsBytes,
    preBalances: balancesOf(before),
    postBalances: balancesOf(run.accounts),
    isVote: isVoteTransaction(transaction),
    returnData: run.returnData,
  };
}

function balancesOf(accounts: readonly Account[]): Lamports[] {
  const balances: Lamports[] = [];
  for (let index = 0; index < accounts.length; index++) balances.push(accounts[index]!.lamports);
  return balances;
}

type Payment =
  | { readonly type: "paid"; readonly payer: Account }
  | { readonly type: "refused"; readonly error: TransactionError };

/** Why this account cannot pay this fee now, or null. */
export function checkFeePayer(payer: Account | null, fee: bigint, params: ChainParams): TransactionError | null {
  return feeRefusal(payer ?? emptyAccount, fee, params);
}

/** It must be a plain account, and either stay rent-exempt or be emptied. */
function feeRefusal(payer: Account, fee: bigint, params: ChainParams): TransactionError | null {
  if (payer.lamports === 0n) return "AccountNotFound";
  if (payer.owner !== systemProgramAddress || payer.data.length > 0) return "InvalidAccountForFee";
  const rest = payer.lamports - fee;
  if (rest < 0n) return "InsufficientFundsForFee";
  // Most are far above it, and that needs no account to be made.
  if (rest >= rentExemptMinimum(0, params)) return null;
  const isAllowed = isRentTransitionAllowed(payer, withLamports(payer, lamportsOf(rest)), params);
  return isAllowed ? null : { InsufficientFundsForRent: { account_index: 0 } };
}

/** The payer after the fee. */
function payFee(payer: Account, fee: bigint, params: ChainParams): Payment {
  const error = feeRefusal(payer, fee, params);
  if (error !== null) return { type: "refused", error };
  return { type: "paid", payer: withLamports(payer, lamportsOf(payer.lamports - fee)) };
}

function findBadProgram(transaction: Transaction, accounts: readonly Account[]): TransactionError | null {
  for (const { programIndex } of transaction.instructions) {
    const account = assertDefined(accounts[programIndex], "the program's account");
    if (account.lamports === 0n) return "ProgramAccountNotFound";
    const isProgram = account.executable && account.owner === nativeLoaderAddress;
    if (!isProgram || programAt(transaction.accountKeys[programIndex]!) === null) return "InvalidProgramForExecution";
  }
  return null;
}

function runInstructions(
  transaction: Transaction,
  charged: readonly Account[],
  computeUnitLimit: number,
  env: ExecutionEnv,
): Run {
  const log = createTransactionLog();
  const context: TransactionContext = {
    transaction,
    env,
    accounts: charged.slice(),
    log: log.add,
    computeUnitsLeft: computeUnitLimit,
    dataGrowthBytes: 0,
    returnData: null,
  };
  const error = runAll(context) ?? findRentDebtor(context, charged);
  return {
    error,
    accounts: error === null ? context.accounts : charged,
    logs: shareLogs(log.lines),
    computeUnitsConsumed: computeUnitLimit - context.computeUnitsLeft,
    returnData: context.returnData,
  };
}

/** Transfers all say the same. */
const shareLogs = createListSharing<string>();

function runAll(context: TransactionContext): TransactionError | null {
  const { instructions, accountKeys } = context.transaction;
  for (let index = 0; index < instructions.length; index++) {
    const instruction = instructions[index]!;
    const address = accountKeys[instruction.programIndex]!;
    const program = assertDefined(programAt(address), "the program was looked up before");
    const lines = linesOf(address);
    context.log(lines.invoke);
    const error = runProgram(program, createInstructionContext(context, instruction));
    if (error !== null) {
      context.log(`Program ${address} failed: ${formatInstructionError(error)}`);
      return { InstructionError: [index, error] };
    }
    context.log(lines.success);
  }
  return null;
}

type ProgramLines = { readonly invoke: string; readonly success: string };

/** Of programs, which are few. */
const programLines = new Map<Address, ProgramLines>();

function linesOf(address: Address): ProgramLines {
  let lines = programLines.get(address);
  if (lines === undefined) {
    lines = { invoke: `Program ${address} invoke [1]`, success: `Program ${address} success` };
    programLines.set(address, lines);
  }
  return lines;
}

function findRentDebtor(context: TransactionContext, charged: readonly Account[]): TransactionError | null {
  for (let index = 0; index < charged.length; index++) {
    if (!context.transaction.isWritable[index]) continue;
    if (!isRentTransitionAllowed(charged[index]!, context.accounts[index]!, context.env.params)) {
      return { InsufficientFundsForRent: { account_index: index } };
    }
  }
  return null;
}

function computeLoadedBytes(accounts: readonly Account[]): number {
  let bytes = 0;
  for (const account of accounts) if (account.lamports > 0n) bytes += loadedAccountBytes + account.data.length;
  return bytes;
}

function sumLamports(accounts: readonly Account[]): bigint {
  let sum = 0n;
  for (const account of accounts) sum += account.lamports;
  return sum;
}
