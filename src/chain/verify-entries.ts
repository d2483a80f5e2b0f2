/**
 * The library's check of a Proof of History: given the hash before them, do these entries follow?
 *
 *     verifyEntries({
 *       startHash: "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
 *       entries: [{ numHashes: 12500, hash: "98166452…9476", transactionSignatures: [] }],
 *     });                                                    // { ok: true }
 */
import type { PohKernel } from "./crypto.ts";
import { type SignedEntry, verifyEntryChain } from "./entry.ts";
import { parseHashInput } from "./hash-text.ts";
import { portablePohKernel } from "./poh-kernel.ts";

export type VerifyEntriesInput = {
  /** The hash before the first entry: 32 bytes, 64 hex digits, or base58. */
  readonly startHash: Uint8Array | string;
  readonly entries: readonly {
    /** Hashes since the entry before, 0 to 2^53 - 1. */
    readonly numHashes: number | bigint;
    /** As startHash. */
    readonly hash: Uint8Array | string;
    /** Each transaction's signatures, 64 bytes each; no transactions: a tick. */
    readonly transactionSignatures: readonly (readonly Uint8Array[])[];
  }[];
  /**
   * Refuse, unhashed, entries that name more hashes than this in all; 10^9 unless told, some minutes of work for
   * the portable code and 250 slots of mainnet's.
   */
  readonly hashesMax?: number;
  /** Who does the hashing; the portable code unless told. */
  readonly kernel?: PohKernel;
};

export type VerifyEntriesCode =
  | "malformed-start-hash"
  | "malformed-entry"
  | "too-many-entries"
  | "too-many-hashes"
  | "hash-mismatch";

export type VerifyEntriesResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly index: number; readonly code: VerifyEntriesCode };

const entriesMax = 1_000_000;
const hashesMaxDefault = 1_000_000_000;

/**
 * Checks that entries form one Proof of History from `startHash` on, by Solana's rule: numHashes - 1 hashes, then one
 * more, together with the Merkle root of the entry's signatures when it has transactions. Never throws on bad content:
 *
 * | code | index | what it says |
 * |---|---|---|
 * | `malformed-start-hash` | -1 | startHash is not 32 bytes |
 * | `too-many-entries` | -1 | over a million entries, or not a list |
 * | `malformed-entry` | the entry | a hash not of 32 bytes, a signature not of 64, a transaction with none, a count not whole or not below 2^53 |
 * | `too-many-hashes` | the entry | with this entry the sum of numHashes passes hashesMax |
 * | `hash-mismatch` | the entry | the hashes do not lead there: the first entry that is wrong |
 */
export function verifyEntries(input: VerifyEntriesInput): VerifyEntriesResult {
  const startHash = parseHashInput(input.startHash);
  if (startHash === null) return { ok: false, index: -1, code: "malformed-start-hash" };
  if (!Array.isArray(input.entries) || input.entries.length > entriesMax)
    return { ok: false, index: -1, code: "too-many-entries" };
  const entries: SignedEntry[] = [];
  for (const [index, entry] of input.entries.entries()) {
    const parsed = parseEntry(entry);
    if (parsed === null) return { ok: false, index, code: "malformed-entry" };
    entries.push(parsed);
  }
  return verifyEntryChain(startHash, entries, input.kernel ?? portablePohKernel, input.hashesMax ?? hashesMaxDefault);
}

function parseEntry(entry: VerifyEntriesInput["entries"][number] | null | undefined): SignedEntry | null {
  if (typeof entry !== "object" || entry === null) return null;
  const hash = parseHashInput(entry.hash);
  const numHashes = typeof entry.numHashes === "bigint" ? Number(entry.numHashes) : entry.numHashes;
  if (hash === null || !Array.isArray(entry.transactionSignatures)) return null;
  // A transaction without a signature is none; counted as none, it would turn its entry into a tick.
  if (!entry.transactionSignatures.every((list) => Array.isArray(list) && list.length > 0)) return null;
  return { numHashes, hash, signatures: entry.transactionSignatures.flat() };
}
