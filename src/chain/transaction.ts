/**
 * A transaction as its signers signed it, taken apart once at the border.
 *
 *     wire bytes:  [signature count] [64-byte signatures …] [message: header, account keys, recent blockhash, instructions]
 *
 * The message names every account it may touch, which of them sign, and which may be written; the first signer pays the
 * fee. Inside the chain a `Verified<Transaction>` is one whose signatures were checked.
 */
import type { Brand } from "../base/brand.ts";
import { voteProgramAddress } from "./addresses.ts";
import type { Address, Hash, Signature } from "./ids.ts";

export type Instruction = {
  readonly programIndex: number;
  readonly accountIndices: readonly number[];
  readonly data: Uint8Array;
};

export type Transaction = {
  /** Solana's wire format. */
  readonly bytes: Uint8Array;
  /** The signed part of `bytes`. */
  readonly messageBytes: Uint8Array;
  readonly version: "legacy" | 0;
  /** 64 bytes each, one per required signer, in the order of `accountKeys`. */
  readonly signatures: readonly Uint8Array[];
  /** The first signature as text: the transaction's name for clients. */
  readonly signature: Signature;
  /** SHA-256 of the message: what the chain remembers, so that no other signature makes a second copy. */
  readonly messageHash: Hash;
  readonly accountKeys: readonly Address[];
  readonly signerCount: number;
  /** By index into `accountKeys`. Programs that are invoked are never writable. */
  readonly isWritable: readonly boolean[];
  readonly recentBlockhash: Hash;
  readonly instructions: readonly Instruction[];
};

/** A value whose signatures were checked under the chain's scheme. */
export type Verified<T> = Brand<T, "Verified">;

/** A simple vote: one instruction, to the vote program. */
export function isVoteTransaction(transaction: Transaction): boolean {
  const [instruction, second] = transaction.instructions;
  if (instruction === undefined || second !== undefined) return false;
  return transaction.accountKeys[instruction.programIndex] === voteProgramAddress;
}
