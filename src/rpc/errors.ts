/**
 * What a method answers when it cannot do what was asked: JSON-RPC's own codes and Solana's, in the words its clients
 * know. Errors are values; a method never throws at a stranger.
 *
 *     return failed(blockNotAvailable(9));      { code: -32004, message: "Block not available for slot 9" }
 *
 * Source: JSON-RPC 2.0, section 5.1; agave, rpc-client-types custom_error.
 */
import type { TransactionError } from "../chain/execution.ts";
import { formatInstructionError } from "../chain/transaction-log.ts";

export type RpcError = { readonly code: number; readonly message: string; readonly data?: unknown };

export type RpcFailure = { readonly ok: false; readonly error: RpcError };

/** `value` is plain data: strings, numbers, bigints, booleans, null, arrays and objects of these. */
export type RpcOutcome<T = unknown> = { readonly ok: true; readonly value: T } | RpcFailure;

export function answered<T>(value: T): RpcOutcome<T> {
  return { ok: true, value };
}

export function failed(error: RpcError): RpcFailure {
  return { ok: false, error };
}

/**
 * The node's own "no" for which neither JSON-RPC nor Solana has a code: a full mempool, an empty faucet. It shares the
 * code of an internal error, as such answers of Solana's do: @solana/kit loses the message of a code it does not know.
 */
export const refusedCode = -32603;

export const parseError = (problem: string): RpcError => ({ code: -32700, message: `Parse error: ${problem}` });
export const invalidRequest = (problem: string): RpcError => ({ code: -32600, message: `Invalid request: ${problem}` });
export const invalidParams = (problem: string): RpcError => ({ code: -32602, message: `Invalid params: ${problem}` });
export const internalError: RpcError = { code: -32603, message: "Internal error" };

export function methodNotFound(method: string): RpcError {
  return { code: -32601, message: `Method not found: ${method.slice(0, 64)}` };
}

export function blockCleanedUp(slot: number, firstAvailable: number): RpcError {
  return {
    code: -32001,
    message: `Block ${slot} cleaned up, does not exist on node. First available block: ${firstAvailable}`,
  };
}

/** `data` is what simulateTransaction would have answered. */
export function preflightFailed(error: TransactionError, data: unknown): RpcError {
  return { code: -32002, message: `Transaction simulation failed: ${formatTransactionError(error)}`, data };
}

export const signatureVerificationFailed: RpcError = {
  code: -32003,
  message: "Transaction signature verification failure",
};

export function blockNotAvailable(slot: number): RpcError {
  return { code: -32004, message: `Block not available for slot ${slot}` };
}

/** `slotsBehind` below 0: unknown. */
export function nodeUnhealthy(slotsBehind: number): RpcError {
  if (slotsBehind < 0) return { code: -32005, message: "Node is unhealthy", data: { numSlotsBehind: null } };
  return { code: -32005, message: `Node is behind by ${slotsBehind} slots`, data: { numSlotsBehind: slotsBehind } };
}

export function slotSkipped(slot: number): RpcError {
  return { code: -32007, message: `Slot ${slot} was skipped, or missing due to ledger jump to recent snapshot` };
}

export function versionUnsupported(version: number): RpcError {
  return {
    code: -32015,
    message:
      `Transaction version (${version}) is not supported by the requesting client. Please try the request again with ` +
      `the following configuration parameter: "maxSupportedTransactionVersion": ${version}`,
  };
}

export function minContextSlotNotReached(contextSlot: number): RpcError {
  return { code: -32016, message: "Minimum context slot has not been reached", data: { contextSlot } };
}

/** `rewardsCompleteHeight`: that of the first block after the last payment. */
export function epochRewardsActive(slot: number, currentHeight: number, rewardsCompleteHeight: number): RpcError {
  return {
    code: -32017,
    message: `Epoch rewards period still active at slot ${slot}`,
    data: { slot, currentBlockHeight: currentHeight, rewardsCompleteBlockHeight: rewardsCompleteHeight },
  };
}

export function slotNotEpochBoundary(slot: number): RpcError {
  return {
    code: -32018,
    message:
      `Rewards cannot be found because slot ${slot} is not the epoch boundary. This may be due to gap in the queried ` +
      "node's local ledger or long-term storage",
    data: { slot },
  };
}

type NamedError = Extract<TransactionError, string>;

/** Those that this chain gives; any other is named as it is. */
const texts: Partial<Record<NamedError, string>> = {
  AccountLoadedTwice: "Account loaded twice",
  AccountNotFound: "Attempt to debit an account but found no record of a prior credit.",
  ProgramAccountNotFound: "Attempt to load a program that does not exist",
  InsufficientFundsForFee: "Insufficient funds for fee",
  InvalidAccountForFee: "This account may not be used to pay transaction fees",
  AlreadyProcessed: "This transaction has already been processed",
  BlockhashNotFound: "Blockhash not found",
  SignatureFailure: "Transaction did not pass signature verification",
  InvalidProgramForExecution: "This program may not be used for executing instructions",
  SanitizeFailure: "Transaction failed to sanitize accounts offsets correctly",
  UnsupportedVersion: "Transaction version is unsupported",
  TooManyAccountLocks: "Transaction locked too many accounts",
  AddressLookupTableNotFound: "Transaction loads an address table account that doesn't exist",
  MaxLoadedAccountsDataSizeExceeded: "Transaction exceeded max loaded accounts data size cap",
  InvalidLoadedAccountsDataSizeLimit: "LoadedAccountsDataSizeLimit set for transaction must be greater than 0.",
};

/** In Solana's words, which some clients search for. */
export function formatTransactionError(error: TransactionError): string {
  if (typeof error === "string") return texts[error] ?? error;
  if ("InstructionError" in error) {
    const [index, problem] = error.InstructionError;
    const text = formatInstructionError(problem as Parameters<typeof formatInstructionError>[0]);
    return `Error processing Instruction ${index}: ${text}`;
  }
  if ("InsufficientFundsForRent" in error) {
    const { account_index: index } = error.InsufficientFundsForRent;
    return `Transaction results in an account (${index}) with insufficient funds for rent`;
  }
  if ("DuplicateInstruction" in error) {
    return `Transaction contains a duplicate instruction (${error.DuplicateInstruction}) that is not allowed`;
  }
  return JSON.stringify(error);
}
