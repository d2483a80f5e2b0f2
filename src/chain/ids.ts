/**
 * The things that must never be mixed up, each with its own type and one place where it is made.
 *
 * Slots and epochs are safe-integer numbers; lamports are bigint; addresses, hashes and signatures travel as base58
 * text (the form clients see), with their bytes one look-up away.
 */
import type { Address, Signature } from "@solana/kit";
import { assert } from "../base/assert.ts";
import { decodeBase58, decodeBase58Key, encodeBase58, encodeBase58Key, isBase58Key } from "../base/base58.ts";
import type { Brand } from "../base/brand.ts";
import { compareBytes } from "../base/bytes.ts";

export type { Address, Signature };

/** A fixed time slice with at most one valid block, by its leader. */
export type Slot = Brand<number, "Slot">;

/** `slotsPerEpoch` slots with one frozen stake table and leader schedule. */
export type Epoch = Brand<number, "Epoch">;

/** Base units of money: 10^9 to the coin, never negative. */
export type Lamports = Brand<bigint, "Lamports">;

/** Base58 of 32 bytes of SHA-256. */
export type Hash = Brand<string, "Hash">;

export const lamportsPerSol = 1_000_000_000n;
export const u64Max = 2n ** 64n - 1n;

export function slotOf(value: number): Slot {
  if (!Number.isSafeInteger(value) || value < 0) assert(false, `not a slot: ${value}`);
  return value as Slot;
}

export function epochOf(value: number): Epoch {
  assert(Number.isSafeInteger(value) && value >= 0, `not an epoch: ${value}`);
  return value as Epoch;
}

/** Asserts what every balance must satisfy: 0 <= value < 2^64. */
export function lamportsOf(value: bigint): Lamports {
  if (value < 0n || value > u64Max) assert(false, `not an amount of lamports: ${value}`);
  return value as Lamports;
}

export function hashOf(bytes: Uint8Array): Hash {
  if (bytes.length !== 32) assert(false, `a hash has 32 bytes, not ${bytes.length}`);
  return encodeBase58(bytes) as Hash;
}

/** Of bytes that will be asked for again by their text, as a block's names are: it is remembered. */
export function knownHashOf(bytes: Uint8Array): Hash {
  if (bytes.length !== 32) assert(false, `a hash has 32 bytes, not ${bytes.length}`);
  return encodeBase58Key(bytes) as Hash;
}

export function hashBytes(hash: Hash): Uint8Array {
  const bytes = decodeBase58Key(hash);
  if (bytes === null) assert(false, `not a hash: ${hash}`);
  return bytes;
}

export function addressOf(bytes: Uint8Array): Address {
  if (bytes.length !== 32) assert(false, `an address has 32 bytes, not ${bytes.length}`);
  return encodeBase58Key(bytes) as Address;
}

/** The address's 32 bytes, shared: do not change them. */
export function addressBytes(address: Address): Uint8Array {
  const bytes = decodeBase58Key(address);
  if (bytes === null) assert(false, `not an address: ${address}`);
  return bytes;
}

/** The order of the key bytes, ascending: the canonical order of everything keyed by address. */
export function compareAddresses(a: Address, b: Address): number {
  return compareBytes(addressBytes(a), addressBytes(b));
}

/** A stranger's text as an address, or null. */
export function parseAddress(text: string): Address | null {
  return isBase58Key(text) ? (text as Address) : null;
}

/** A stranger's text as a 32-byte hash, or null. */
export function parseHash(text: string): Hash | null {
  return isBase58Key(text) ? (text as Hash) : null;
}

export function signatureOf(bytes: Uint8Array): Signature {
  if (bytes.length !== 64) assert(false, `a signature has 64 bytes, not ${bytes.length}`);
  return encodeBase58(bytes) as Signature;
}

/** A stranger's text as a 64-byte signature, or null. */
export function parseSignature(text: string): Signature | null {
  const bytes = decodeBase58(text, 88);
  return bytes?.length === 64 ? (text as Signature) : null;
}
