/**
 * What a transaction pays, and how much computing it may do for that.
 *
 *     1 signature, a transfer, SetComputeUnitLimit 1000, SetComputeUnitPrice 2500 micro-lamports
 *     base fee      5000 × 1                    = 5000 lamports, a share of it burned
 *     priority fee  ceil(2500 × 1000 / 10^6)    =    3 lamports, the leader's
 *
 * Whoever asks for no limit gets 3,000 units for each instruction of a builtin program and 200,000 for any other, at most
 * 1.4 million in all. Source: agave, compute-budget-instruction and fee.
 */
import {
  ComputeBudgetInstruction,
  getRequestHeapFrameInstructionDataDecoder,
  getSetComputeUnitLimitInstructionDataDecoder,
  getSetComputeUnitPriceInstructionDataDecoder,
  getSetLoadedAccountsDataSizeLimitInstructionDataDecoder,
  identifyComputeBudgetInstruction,
} from "@solana-program/compute-budget";
import { computeBudgetProgramAddress, systemProgramAddress, voteProgramAddress } from "./addresses.ts";
import type { TransactionError, TransactionFee } from "./execution.ts";
import { type Address, type Lamports, lamportsOf, u64Max } from "./ids.ts";
import { decodeWithKit } from "./kit-border.ts";
import type { ChainParams } from "./params.ts";
import type { Transaction } from "./transaction.ts";

const computeUnitsMax = 1_400_000;
const computeUnitsPerBuiltinInstruction = 3_000;
const computeUnitsPerInstruction = 200_000;
const loadedAccountsBytesMax = 64 * 1024 * 1024;
const heapFrameBytesMin = 32 * 1024;
const heapFrameBytesMax = 256 * 1024;
const microLamportsPerLamport = 1_000_000n;

/** Programs that get the small default. The stake program is not among them: Solana's has moved on chain. */
const builtinPrograms: ReadonlySet<Address> = new Set([
  systemProgramAddress,
  voteProgramAddress,
  computeBudgetProgramAddress,
]);

export type TransactionCost = {
  readonly type: "cost";
  readonly fee: TransactionFee;
  /** Base and priority fee. */
  readonly feeTotal: bigint;
  /** At least 0, at most `computeUnitsMax`. */
  readonly computeUnitLimit: number;
  /** Micro-lamports a compute unit. */
  readonly computeUnitPrice: bigint;
  readonly loadedAccountsBytesLimit: number;
};

export type CostOutcome = TransactionCost | { readonly type: "refused"; readonly error: TransactionError };

type Requests = {
  computeUnitLimit: number | null;
  computeUnitPrice: bigint | null;
  heapFrame: { readonly bytes: number; readonly index: number } | null;
  loadedAccountsBytes: number | null;
};

type KnownCost = { readonly lamportsPerSignature: bigint; readonly cost: CostOutcome };

/** What a transaction asks for never changes; of the prices that it was asked with, the last. */
const knownCosts = new WeakMap<Transaction, KnownCost>();

/** The fee and limits that this transaction's signers agreed to, or why its requests make no sense. */
export function transactionCost(
  transaction: Transaction,
  params: Pick<ChainParams, "lamportsPerSignature">,
): CostOutcome {
  const { lamportsPerSignature } = params;
  // Nearly all ask for nothing: reckoned anew in less time than it takes to remember, and to collect what is remembered.
  if (!asksForAnything(transaction)) return computeCost(transaction, lamportsPerSignature);
  const known = knownCosts.get(transaction);
  if (known?.lamportsPerSignature === lamportsPerSignature) return known.cost;
  const cost = computeCost(transaction, lamportsPerSignature);
  knownCosts.set(transaction, { lamportsPerSignature, cost });
  return cost;
}

function asksForAnything({ instructions, accountKeys }: Transaction): boolean {
  for (let index = 0; index < instructions.length; index++)
    if (accountKeys[instructions[index]!.programIndex] === computeBudgetProgramAddress) return true;
  return false;
}

function computeCost(transaction: Transaction, lamportsPerSignature: bigint): CostOutcome {
  const { instructions, accountKeys } = transaction;
  let requests: Requests | null = null;
  for (let index = 0; index < instructions.length; index++) {
    const { programIndex, data } = instructions[index]!;
    if (accountKeys[programIndex] !== computeBudgetProgramAddress) continue;
    requests ??= { computeUnitLimit: null, computeUnitPrice: null, heapFrame: null, loadedAccountsBytes: null };
    const error = readRequest(requests, data, index);
    if (error !== null) return { type: "refused", error };
  }
  const error = requests === null ? null : checkRequests(requests);
  if (error !== null) return { type: "refused", error };

  const computeUnitLimit = Math.min(requests?.computeUnitLimit ?? defaultLimit(transaction), computeUnitsMax);
  const computeUnitPrice = requests?.computeUnitPrice ?? 0n;
  const fee = {
    base: lamportsOf(lamportsPerSignature * BigInt(transaction.signatures.length)),
    priority: priorityFee(computeUnitPrice, computeUnitLimit),
  };
  return {
    type: "cost",
    fee,
    feeTotal: fee.base + fee.priority,
    computeUnitLimit,
    computeUnitPrice,
    loadedAccountsBytesLimit: Math.min(requests?.loadedAccountsBytes ?? loadedAccountsBytesMax, loadedAccountsBytesMax),
  };
}

/** Rounded up, and never above the largest amount there is. */
function priorityFee(price: bigint, limit: number): Lamports {
  if (price === 0n) return lamportsOf(0n);
  const lamports = (price * BigInt(limit) + microLamportsPerLamport - 1n) / microLamportsPerLamport;
  return lamportsOf(lamports > u64Max ? u64Max : lamports);
}

function defaultLimit(transaction: Transaction): number {
  let units = 0;
  for (const { programIndex } of transaction.instructions) {
    const isBuiltin = builtinPrograms.has(transaction.accountKeys[programIndex]!);
    units += isBuiltin ? computeUnitsPerBuiltinInstruction : computeUnitsPerInstruction;
  }
  return units;
}

const limitDecoder = getSetComputeUnitLimitInstructionDataDecoder();
const priceDecoder = getSetComputeUnitPriceInstructionDataDecoder();
const heapDecoder = getRequestHeapFrameInstructionDataDecoder();
const loadedBytesDecoder = getSetLoadedAccountsDataSizeLimitInstructionDataDecoder();

function readRequest(requests: Requests, data: Uint8Array, index: number): TransactionError | null {
  const request = decodeWithKit((): { readonly isDuplicate: boolean } | null => {
    switch (identifyComputeBudgetInstruction(data)) {
      case ComputeBudgetInstruction.SetComputeUnitLimit: {
        const isDuplicate = requests.computeUnitLimit !== null;
        requests.computeUnitLimit = limitDecoder.decode(data).units;
        return { isDuplicate };
      }
      case ComputeBudgetInstruction.SetComputeUnitPrice: {
        const isDuplicate = requests.computeUnitPrice !== null;
        requests.computeUnitPrice = priceDecoder.decode(data).microLamports;
        return { isDuplicate };
      }
      case ComputeBudgetInstruction.RequestHeapFrame: {
        const isDuplicate = requests.heapFrame !== null;
        requests.heapFrame = { bytes: heapDecoder.decode(data).bytes, index };
        return { isDuplicate };
      }
      case ComputeBudgetInstruction.SetLoadedAccountsDataSizeLimit: {
        const isDuplicate = requests.loadedAccountsBytes !== null;
        requests.loadedAccountsBytes = loadedBytesDecoder.decode(data).accountDataSizeLimit;
        return { isDuplicate };
      }
      // RequestUnits is of the past, and refused.
      default:
        return null;
    }
  });
  if (!request.ok || request.value === null) return { InstructionError: [index, "InvalidInstructionData"] };
  return request.value.isDuplicate ? { DuplicateInstruction: index } : null;
}

function checkRequests(requests: Requests): TransactionError | null {
  if (requests.heapFrame !== null) {
    const { bytes, index } = requests.heapFrame;
    if (bytes < heapFrameBytesMin || bytes > heapFrameBytesMax || bytes % 1024 !== 0) {
      return { InstructionError: [index, "InvalidInstructionData"] };
    }
  }
  return requests.loadedAccountsBytes === 0 ? "InvalidLoadedAccountsDataSizeLimit" : null;
}
