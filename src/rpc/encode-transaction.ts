/**
 * A transaction that landed, as clients read it: what was signed, in one of four encodings, and what came of it.
 *
 *     { transaction: { signatures, message } | [text, "base64"], meta: { err, fee, preBalances, … }, version: 0 }
 *
 * The version is told to those who said that they know versions; a client that did not say so must not be given one that
 * it cannot read. Nothing here calls other programs, holds tokens or looks up addresses, so those lists are empty.
 *
 * Source: agave, transaction-status.
 */
import { encodeBase58 } from "../base/base58.ts";
import type { TransactionResult } from "../chain/execution.ts";
import { signatureOf } from "../chain/ids.ts";
import type { Transaction } from "../chain/transaction.ts";
import { encodeBase64 } from "./encode-bytes.ts";
import { answered, failed, type RpcOutcome, versionUnsupported } from "./errors.ts";
import { choiceSchema, countSchema } from "./params.ts";
import { encodeParsedInstruction, topStackHeight } from "./parse-instruction.ts";
import { encodeReturnData } from "./simulate.ts";

export type TransactionEncoding = "json" | "jsonParsed" | "base58" | "base64";

export type TransactionFormat = {
  /** "json" when absent. */
  readonly encoding?: TransactionEncoding | undefined;
  readonly maxSupportedTransactionVersion?: number | undefined;
};

export const transactionEncodingSchema = choiceSchema(["json", "jsonParsed", "base58", "base64"]);

/** For the configs of methods that answer with transactions. */
export const transactionFormatFields = {
  encoding: transactionEncodingSchema,
  maxSupportedTransactionVersion: countSchema("a transaction version", 0, 255),
};

/** Transaction, meta and version; or an error when the client does not know the version. */
export function encodeTransactionWithMeta(result: TransactionResult, format: TransactionFormat): RpcOutcome<object> {
  const version = encodeVersion(result.transaction, format);
  if (!version.ok) return version;
  const { encoding = "json" } = format;
  return answered({
    transaction: encodeTransaction(result.transaction, encoding),
    meta: encodeMeta(result),
    ...version.value,
  });
}

/** The shorter form of `transactionDetails: "accounts"`: who took part, and what it cost. */
export function encodeTransactionAccounts(result: TransactionResult, format: TransactionFormat): RpcOutcome<object> {
  const version = encodeVersion(result.transaction, format);
  if (!version.ok) return version;
  const { err, status, fee, preBalances, postBalances, preTokenBalances, postTokenBalances } = encodeMeta(result);
  return answered({
    transaction: { signatures: signaturesOf(result.transaction), accountKeys: parsedKeys(result.transaction) },
    meta: { err, status, fee, preBalances, postBalances, preTokenBalances, postTokenBalances },
    ...version.value,
  });
}

function encodeVersion({ version }: Transaction, format: TransactionFormat): RpcOutcome<object> {
  const { maxSupportedTransactionVersion: max } = format;
  if (max !== undefined) {
    return version === "legacy" || version <= max ? answered({ version }) : failed(versionUnsupported(version));
  }
  return version === "legacy" ? answered({}) : failed(versionUnsupported(version));
}

export function encodeTransaction(transaction: Transaction, encoding: TransactionEncoding): unknown {
  if (encoding === "base64") return [encodeBase64(transaction.bytes), encoding];
  if (encoding === "base58") return [encodeBase58(transaction.bytes), encoding];
  const message = encoding === "json" ? encodeMessage(transaction) : encodeParsedMessage(transaction);
  return { signatures: signaturesOf(transaction), message };
}

function signaturesOf(transaction: Transaction) {
  return transaction.signatures.map(signatureOf);
}

function lookupsOf(transaction: Transaction) {
  return transaction.version === "legacy" ? {} : { addressTableLookups: [] };
}

function encodeMessage(transaction: Transaction) {
  const { accountKeys, recentBlockhash, instructions } = transaction;
  return {
    header: headerOf(transaction),
    accountKeys,
    recentBlockhash,
    instructions: instructions.map(({ programIndex, accountIndices, data }) => ({
      programIdIndex: programIndex,
      accounts: accountIndices,
      data: encodeBase58(data),
      stackHeight: topStackHeight,
    })),
    ...lookupsOf(transaction),
  };
}

/** As in the message's own bytes: version byte if any, then three counts. */
function headerOf({ version, messageBytes }: Transaction) {
  const [signers, readonlySigners, readonlyOthers] = messageBytes.subarray(version === "legacy" ? 0 : 1);
  return {
    numRequiredSignatures: signers,
    numReadonlySignedAccounts: readonlySigners,
    numReadonlyUnsignedAccounts: readonlyOthers,
  };
}

function encodeParsedMessage(transaction: Transaction) {
  const { recentBlockhash, instructions } = transaction;
  return {
    accountKeys: parsedKeys(transaction),
    recentBlockhash,
    instructions: instructions.map((instruction) => encodeParsedInstruction(transaction, instruction)),
    ...lookupsOf(transaction),
  };
}

function parsedKeys({ accountKeys, isWritable, signerCount }: Transaction) {
  return accountKeys.map((pubkey, index) => ({
    pubkey,
    signer: index < signerCount,
    writable: isWritable[index],
    source: "transaction",
  }));
}

export function encodeStatus(error: TransactionResult["error"]) {
  return error === null ? { Ok: null } : { Err: error };
}

function encodeMeta(result: TransactionResult) {
  const { error, fee, logs, computeUnitsConsumed, preBalances, postBalances, returnData } = result;
  return {
    err: error,
    status: encodeStatus(error),
    fee: fee.base + fee.priority,
    preBalances,
    postBalances,
    innerInstructions: [],
    logMessages: logs,
    preTokenBalances: [],
    postTokenBalances: [],
    rewards: [],
    loadedAddresses: { writable: [], readonly: [] },
    // As on Solana, there only where something was returned.
    ...(returnData === null ? {} : { returnData: encodeReturnData(returnData) }),
    computeUnitsConsumed,
  };
}
