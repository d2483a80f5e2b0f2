/**
 * What a program sees while one instruction runs, and the runtime's rules about what it may change.
 *
 *     transaction   accounts:        [ payer | alice | bob | System ]       one working copy each
 *     instruction   accountIndices:  [ 1, 2, 1 ]                            a duplicate is the same account twice
 *     program       setLamports(context, 0, …)                              index 0 is alice, and so is index 2
 *
 * A program changes accounts only through the setters here. Each returns null, or the error with which Solana's runtime
 * stops the instruction: only the owner may spend or write, nobody writes a read-only account, and lamports that move
 * between an instruction's accounts neither appear nor disappear.
 *
 * Source of the rules and of their order: agave, transaction-context (BorrowedAccount) and program-runtime.
 */
import type { TransactionError } from "@solana/kit";
import { assert, assertDefined } from "../../base/assert.ts";
import { equalBytes } from "../../base/bytes.ts";
import { type Account, withData, withLamports } from "../account.ts";
import { systemProgramAddress } from "../addresses.ts";
import type { ExecutionEnv, ReturnData } from "../execution.ts";
import { type Address, lamportsOf, u64Max } from "../ids.ts";
import type { Instruction, Transaction } from "../transaction.ts";

/** Why an instruction failed, in Solana's words. */
export type InstructionError = Extract<
  TransactionError,
  { readonly InstructionError: readonly [unknown, unknown] }
>["InstructionError"][1];

/** Bytes that one account may hold. */
export const accountDataBytesMax = 10 * 1024 * 1024;
/** Bytes by which one transaction may grow accounts, in sum. */
const accountsGrowthBytesMax = 2 * accountDataBytesMax;

/** What all instructions of one transaction share. */
export type TransactionContext = {
  readonly transaction: Transaction;
  readonly env: ExecutionEnv;
  /** Working copies, by index into `transaction.accountKeys`; an account that does not exist is an empty System account. */
  readonly accounts: Account[];
  readonly log: (line: string) => void;
  computeUnitsLeft: number;
  /** Bytes of data that accounts gained, less those that they lost. */
  dataGrowthBytes: number;
  /** Of the last instruction that returned something. */
  returnData: ReturnData | null;
};

export type InstructionContext = {
  readonly shared: TransactionContext;
  readonly env: ExecutionEnv;
  readonly programAddress: Address;
  /** Indices into the transaction's account keys; programs count their accounts by position in this list. */
  readonly accountIndices: readonly number[];
  readonly data: Uint8Array;
};

/** `builtinUnits` are taken before `process` runs; a program that meters itself states 0 and calls `consumeUnits`. */
export type Program = {
  readonly address: Address;
  readonly name: string;
  readonly builtinUnits: number;
  readonly process: (context: InstructionContext) => InstructionError | null;
};

export const emptyAccount: Account = {
  lamports: lamportsOf(0n),
  owner: systemProgramAddress,
  data: new Uint8Array(0),
  executable: false,
};

export function createInstructionContext(shared: TransactionContext, instruction: Instruction): InstructionContext {
  return {
    shared,
    env: shared.env,
    programAddress: assertDefined(shared.transaction.accountKeys[instruction.programIndex], "program key exists"),
    accountIndices: instruction.accountIndices,
    data: instruction.data,
  };
}

/** NotEnoughAccountKeys unless the instruction names at least `count` accounts; the other functions assert their index. */
export function checkAccountCount(context: InstructionContext, count: number): InstructionError | null {
  return context.accountIndices.length < count ? "NotEnoughAccountKeys" : null;
}

function keyIndex(context: InstructionContext, index: number): number {
  const at = context.accountIndices[index];
  if (at === undefined) assert(false, `instruction account ${index} was not counted`);
  return at;
}

export function addressAt(context: InstructionContext, index: number): Address {
  return assertDefined(context.shared.transaction.accountKeys[keyIndex(context, index)], "account key exists");
}

export function accountAt(context: InstructionContext, index: number): Account {
  return assertDefined(context.shared.accounts[keyIndex(context, index)], "account is loaded");
}

export function isSignerAt(context: InstructionContext, index: number): boolean {
  return keyIndex(context, index) < context.shared.transaction.signerCount;
}

export function isWritableAt(context: InstructionContext, index: number): boolean {
  return context.shared.transaction.isWritable[keyIndex(context, index)] === true;
}

/** The addresses among this instruction's accounts that signed. */
export function signersOf(context: InstructionContext): ReadonlySet<Address> {
  const signers = new Set<Address>();
  for (let index = 0; index < context.accountIndices.length; index++) {
    if (isSignerAt(context, index)) signers.add(addressAt(context, index));
  }
  return signers;
}

function isOwnedByProgram(context: InstructionContext, account: Account): boolean {
  return account.owner === context.programAddress;
}

function replace(context: InstructionContext, index: number, account: Account): void {
  context.shared.accounts[keyIndex(context, index)] = account;
}

/** Sets a balance; `lamports` must be an amount (0 to 2^64 - 1). */
export function setLamports(context: InstructionContext, index: number, lamports: bigint): InstructionError | null {
  const account = accountAt(context, index);
  if (!isOwnedByProgram(context, account) && lamports < account.lamports) return "ExternalAccountLamportSpend";
  if (!isWritableAt(context, index)) return "ReadonlyLamportChange";
  if (lamports !== account.lamports) replace(context, index, withLamports(account, lamportsOf(lamports)));
  return null;
}

export function addLamports(context: InstructionContext, index: number, lamports: bigint): InstructionError | null {
  const sum = accountAt(context, index).lamports + lamports;
  return sum > u64Max ? "ArithmeticOverflow" : setLamports(context, index, sum);
}

export function subtractLamports(
  context: InstructionContext,
  index: number,
  lamports: bigint,
): InstructionError | null {
  const rest = accountAt(context, index).lamports - lamports;
  return rest < 0n ? "ArithmeticOverflow" : setLamports(context, index, rest);
}

export function setOwner(context: InstructionContext, index: number, owner: Address): InstructionError | null {
  const account = accountAt(context, index);
  // Data may not change hands: the new owner would take it for its own.
  const isHandedOver = isOwnedByProgram(context, account) && isWritableAt(context, index) && isZeroed(account.data);
  if (!isHandedOver) return "ModifiedProgramId";
  if (owner !== account.owner) replace(context, index, { ...account, owner });
  return null;
}

/** Replaces the data, whose size may change. The array is kept: do not change it afterwards. */
export function setData(context: InstructionContext, index: number, data: Uint8Array): InstructionError | null {
  const error = checkResize(context, index, data.length) ?? checkDataChange(context, index);
  if (error !== null) return error;
  const account = accountAt(context, index);
  context.shared.dataGrowthBytes += data.length - account.data.length;
  if (!equalBytes(data, account.data)) replace(context, index, withData(account, data));
  return null;
}

/** Cuts the data, or extends it with zeros. */
export function setDataLength(context: InstructionContext, index: number, length: number): InstructionError | null {
  const error = checkResize(context, index, length) ?? checkDataChange(context, index);
  if (error !== null) return error;
  const account = accountAt(context, index);
  if (length === account.data.length) return null;
  const data = new Uint8Array(length);
  data.set(account.data.subarray(0, length));
  context.shared.dataGrowthBytes += length - account.data.length;
  replace(context, index, withData(account, data));
  return null;
}

/** What the transaction returns, unless a later instruction returns something else. */
export function setReturnData(context: InstructionContext, data: Uint8Array): void {
  context.shared.returnData = { programAddress: context.programAddress, data };
}

function checkDataChange(context: InstructionContext, index: number): InstructionError | null {
  if (!isWritableAt(context, index)) return "ReadonlyDataModified";
  return isOwnedByProgram(context, accountAt(context, index)) ? null : "ExternalAccountDataModified";
}

function checkResize(context: InstructionContext, index: number, length: number): InstructionError | null {
  const account = accountAt(context, index);
  if (length !== account.data.length && !isOwnedByProgram(context, account)) return "AccountDataSizeChanged";
  if (length > accountDataBytesMax) return "InvalidRealloc";
  const growth = context.shared.dataGrowthBytes + length - account.data.length;
  return growth > accountsGrowthBytesMax ? "MaxAccountsDataAllocationsExceeded" : null;
}

function isZeroed(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** Takes compute units; when too few are left, takes them all and fails. */
export function consumeUnits(context: InstructionContext, units: number): InstructionError | null {
  if (!Number.isSafeInteger(units) || units < 0) assert(false, `not a number of compute units: ${units}`);
  const { shared } = context;
  const isExceeded = units > shared.computeUnitsLeft;
  shared.computeUnitsLeft = isExceeded ? 0 : shared.computeUnitsLeft - units;
  return isExceeded ? "ComputationalBudgetExceeded" : null;
}

/** Runs one instruction and checks that it moved lamports without making or losing any. Logs are the caller's. */
export function runProgram(program: Program, context: InstructionContext): InstructionError | null {
  const before = lamportsSum(context);
  const error = consumeUnits(context, program.builtinUnits) ?? program.process(context);
  if (error !== null) return error;
  return lamportsSum(context) === before ? null : "UnbalancedInstruction";
}

function lamportsSum(context: InstructionContext): bigint {
  let sum = 0n;
  const { accountIndices, shared } = context;
  // Each account once. The lists are short: looking back costs less than a set.
  for (let i = 0; i < accountIndices.length; i++) {
    const index = accountIndices[i]!;
    if (accountIndices.indexOf(index) === i) sum += shared.accounts[index]!.lamports;
  }
  return sum;
}
