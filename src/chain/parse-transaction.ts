/**
 * A stranger's bytes become a Transaction here, once, or are refused with a reason.
 *
 *     01 | signature, 64 bytes | 01 00 01 | 03 payer alice System | recent blockhash | 01 instruction …
 *     ^ signatures             ^ header: 1 signs, 0 of those read-only, 1 of the others read-only
 *     ^ with 0x80 before the header: a versioned message; only version 0, without lookup tables, is known
 *
 * One transaction has one encoding: bytes that decode, but would not come out the same when encoded again, are refused. The
 * message hash is the plain SHA-256 of the message, which anyone can recompute; it is compared with other message hashes
 * only, so it needs no domain tag.
 *
 * Source of the rules: solana-sdk, Message::sanitize of both versions; agave, check of account locks.
 */
import type { TransactionError } from "@solana/kit";
import { assertDefined } from "../base/assert.ts";
import { createBytePieces } from "../base/byte-pieces.ts";
import { sha256 } from "../base/hash.ts";
import { accept, type Outcome, type Refusal, refuse } from "../base/refusal.ts";
import { createListSharing } from "../base/shared-list.ts";
import type { SignatureScheme } from "./crypto.ts";
import { addressBytes, hashOf, signatureOf } from "./ids.ts";
import type { ChainParams } from "./params.ts";
import { isReserved } from "./reserved-addresses.ts";
import type { Instruction, Transaction, Verified } from "./transaction.ts";
import { readMessage, type WireMessage } from "./wire-message.ts";

export type TransactionParseCode =
  | "transaction-too-large"
  | "transaction-malformed"
  | "transaction-not-canonical"
  | "transaction-version-unsupported"
  | "address-table-lookups-unsupported"
  | "signature-count-wrong"
  | "header-invalid"
  | "too-many-account-locks"
  | "account-loaded-twice"
  | "too-many-instructions"
  | "program-index-invalid"
  | "account-index-out-of-range"
  | "too-many-instruction-accounts";

export type TransactionLimits = Pick<ChainParams, "transactionBytesMax" | "accountLocksMax">;

/** Instructions of one transaction (SIMD-0160), and accounts of one instruction (SIMD-0406). */
const instructionsMax = 64;
const instructionAccountsMax = 255;

const versionFlag = 0x80;

/** What is refused takes up nothing. */
const pieces = createBytePieces();

/** The transaction in these bytes, its signatures not yet checked. Total: any bytes give a transaction or a refusal. */
export function parseTransaction(
  bytes: Uint8Array,
  limits: TransactionLimits,
): Outcome<Transaction, TransactionParseCode> {
  if (bytes.length > limits.transactionBytesMax) {
    return refuse("transaction-too-large", { bytes: bytes.length, bytesMax: limits.transactionBytesMax });
  }
  // A copy: the caller may reuse its buffer, and a transaction never changes.
  const own = pieces.copy(bytes);
  const read = readWire(own);
  if (!read.ok) return read;
  const message = read.value;
  const refusal = checkMessage(message, limits);
  if (refusal !== null) return refusal;

  const { signers, keys, recentBlockhash, instructions, version } = message;
  const messageBytes = own.subarray(1 + 64 * signers);
  const signatures: Uint8Array[] = [];
  for (let index = 0; index < signers; index++) signatures.push(own.subarray(1 + 64 * index, 65 + 64 * index));
  const transaction: Transaction = {
    bytes: own,
    messageBytes,
    version,
    signatures,
    signature: signatureOf(signatures[0]!),
    messageHash: hashOf(sha256(messageBytes)),
    accountKeys: keys,
    signerCount: signers,
    isWritable: computeWritable(message),
    recentBlockhash,
    instructions,
  };
  pieces.keep();
  return accept(Object.freeze(transaction));
}

function readWire(bytes: Uint8Array): Outcome<WireMessage, TransactionParseCode> {
  const version = versionOf(bytes);
  if (version !== null && version !== 0) return refuse("transaction-version-unsupported", { version });
  const signatureCount = bytes[0] ?? 0;
  if (signatureCount >= versionFlag) return refuse("transaction-malformed", { reason: "version before signatures" });
  const start = 1 + 64 * signatureCount;
  const message = readMessage(bytes, start);
  if (message.version === undefined) {
    return refuse("transaction-malformed", { reason: "ends early", at: message.missingAt, bytes: bytes.length });
  }
  const { signers, lookups, canonicalBytes } = message;
  if (signers !== signatureCount) {
    return refuse("signature-count-wrong", { expected: signers, actual: signatureCount });
  }
  if (lookups > 0) return refuse("address-table-lookups-unsupported", { lookups });
  // Counts are the only parts that could be written in more bytes than needed: a message of this length has no padded
  // count and nothing behind it.
  if (canonicalBytes !== bytes.length - start) {
    return refuse("transaction-not-canonical", { bytesExpected: canonicalBytes, bytes: bytes.length - start });
  }
  return accept(message);
}

/** What a version byte says: one in front of everything (version 1 and later) or in front of the message. Null: legacy. */
function versionOf(bytes: Uint8Array): number | null {
  const first = bytes[0] ?? 0;
  const marked = first >= versionFlag ? first : (bytes[1 + 64 * first] ?? 0);
  return marked >= versionFlag ? marked - versionFlag : null;
}

function checkMessage(message: WireMessage, limits: TransactionLimits): Refusal<TransactionParseCode> | null {
  const { keys, signers, readonlySigners, readonlyOthers, instructions } = message;
  // The fee payer, at index 0, signs and is writable; signers and read-only others do not overlap.
  if (readonlySigners >= signers || signers + readonlyOthers > keys.length) {
    return refuse("header-invalid", { accounts: keys.length, signers, readonlySigners, readonlyOthers });
  }
  if (keys.length > limits.accountLocksMax) {
    return refuse("too-many-account-locks", { accounts: keys.length, accountsMax: limits.accountLocksMax });
  }
  for (let index = 1; index < keys.length; index++) {
    if (keys.indexOf(keys[index]!) < index) return refuse("account-loaded-twice", { address: keys[index]! });
  }
  if (instructions.length > instructionsMax) {
    return refuse("too-many-instructions", { instructions: instructions.length, instructionsMax });
  }
  for (let index = 0; index < instructions.length; index++) {
    const refusal = checkInstruction(instructions[index]!, index, keys.length);
    if (refusal !== null) return refusal;
  }
  return null;
}

function checkInstruction(
  instruction: Instruction,
  index: number,
  accounts: number,
): Refusal<TransactionParseCode> | null {
  const { programIndex, accountIndices } = instruction;
  // The fee payer cannot be a program.
  if (programIndex === 0 || programIndex >= accounts) {
    return refuse("program-index-invalid", { instruction: index, programIndex, accounts });
  }
  if (accountIndices.length > instructionAccountsMax) {
    return refuse("too-many-instruction-accounts", {
      instruction: index,
      accounts: accountIndices.length,
      accountsMax: instructionAccountsMax,
    });
  }
  const outside = accountIndices.find((accountIndex) => accountIndex >= accounts);
  if (outside === undefined) return null;
  return refuse("account-index-out-of-range", { instruction: index, accountIndex: outside, accounts });
}

/** Writable as the header says, except reserved addresses and invoked programs, which are read-only. */
function computeWritable(message: WireMessage): readonly boolean[] {
  const { keys, signers, readonlySigners, readonlyOthers, instructions } = message;
  const writable: boolean[] = [];
  for (let index = 0; index < keys.length; index++) {
    const isAsked = index < signers ? index < signers - readonlySigners : index < keys.length - readonlyOthers;
    writable.push(isAsked && !isReserved(keys[index]!));
  }
  for (let i = 0; i < instructions.length; i++) writable[instructions[i]!.programIndex] = false;
  return shareWritable(writable);
}

const shareWritable = createListSharing<boolean>();

/** The transaction as verified, or the first signer whose signature is not one of this message. */
export function verifyTransactionSignatures(
  transaction: Transaction,
  scheme: SignatureScheme,
): Outcome<Verified<Transaction>, "signature-invalid"> {
  for (const [index, signature] of transaction.signatures.entries()) {
    const signer = assertDefined(transaction.accountKeys[index], "a key per signature");
    if (!scheme.verify(signature, transaction.messageBytes, addressBytes(signer))) {
      return refuse("signature-invalid", { signer, index });
    }
  }
  return accept(transaction as Verified<Transaction>);
}

/** Why a transaction did not become a verified one. */
export type TransactionRefusalCode = TransactionParseCode | "signature-invalid";

const transactionErrors: Readonly<Record<TransactionRefusalCode, TransactionError>> = {
  "transaction-too-large": "SanitizeFailure",
  "transaction-malformed": "SanitizeFailure",
  "transaction-not-canonical": "SanitizeFailure",
  "transaction-version-unsupported": "UnsupportedVersion",
  // This chain has no lookup tables: whichever is named does not exist.
  "address-table-lookups-unsupported": "AddressLookupTableNotFound",
  "signature-count-wrong": "SanitizeFailure",
  "header-invalid": "SanitizeFailure",
  "too-many-account-locks": "TooManyAccountLocks",
  "account-loaded-twice": "AccountLoadedTwice",
  "too-many-instructions": "SanitizeFailure",
  "program-index-invalid": "SanitizeFailure",
  "account-index-out-of-range": "SanitizeFailure",
  "too-many-instruction-accounts": "SanitizeFailure",
  "signature-invalid": "SignatureFailure",
};

/** The refusal in the words that Solana's clients expect. */
export function transactionErrorOf(refusal: Refusal<TransactionRefusalCode>): TransactionError {
  return transactionErrors[refusal.code];
}
