/**
 * Entries: the Proof of History of a block, cut where something was mixed in or a tick fell.
 *
 *     start ──3 hashes──> e0 ──2 hashes, the last with a mixin──> e1 ──1 hash──> e2 (tick)
 *
 *     e0 = { numHashes: 3, hash, signatures: [] }             an entry without transactions is a tick
 *     e1 = { numHashes: 2, hash, signatures: [s0, s1] }       its last hash is sha256(h || mixin)
 *
 * Making the chain is sequential; checking is not: each entry needs only the hash before it, which the block itself
 * names, so that entries can be checked in any order, and beside each other: a kernel does as many chains at once as the
 * machine has lanes and cores for.
 * Rule: Agave's `entry` crate (`verify`, `verify_tick_hash_count`) and `blockstore_processor` (`verify_ticks`).
 */
import { assert } from "../base/assert.ts";
import { equalBytes } from "../base/bytes.ts";
import { type Refusal, refuse } from "../base/refusal.ts";
import type { PohKernel } from "./crypto.ts";
import { computeMixin, signatureLength } from "./mixin.ts";

export type PohEntry = {
  /** Hashes since the entry before, with the one that mixes in. */
  readonly numHashes: number;
  /** 32 bytes: the chain's hash after them. */
  readonly hash: Uint8Array;
};

/** An entry with all signatures of its transactions, flattened in order; none: a tick. */
export type SignedEntry = PohEntry & { readonly signatures: readonly Uint8Array[] };

export type EntryCode = "malformed-entry" | "too-many-hashes" | "hash-mismatch";

/** The first entry, by index, that is wrong. */
export type EntryRefusal = { readonly ok: false; readonly index: number; readonly code: EntryCode };

export type EntryVerdict = { readonly ok: true } | EntryRefusal;

/** The hash that an entry must name; with a mixin, numHashes 0 counts as 1. */
export function computeEntryHash(
  startHash: Uint8Array,
  numHashes: number,
  mixin: Uint8Array | null,
  kernel: PohKernel,
): Uint8Array {
  assert(Number.isSafeInteger(numHashes) && numHashes >= 0, `not a count of hashes: ${numHashes}`);
  if (mixin === null) return kernel.hashChain(startHash, numHashes);
  return kernel.mix(numHashes > 1 ? kernel.hashChain(startHash, numHashes - 1) : startHash, mixin);
}

/** Whether `numHashes` hashes lead from the hash before to the hash named. Needs no other entry. */
export function verifyEntry(
  startHash: Uint8Array,
  numHashes: number,
  mixin: Uint8Array | null,
  expectedHash: Uint8Array,
  kernel: PohKernel,
): boolean {
  return equalBytes(computeEntryHash(startHash, numHashes, mixin, kernel), expectedHash);
}

/**
 * Checks a stranger's entries against the hash they start from (32 bytes). All are looked over before the first is
 * hashed, and hashing more than `hashesMax` in all is refused unhashed: work is done for plausible chains only.
 */
export function verifyEntryChain(
  startHash: Uint8Array,
  entries: readonly SignedEntry[],
  kernel: PohKernel,
  hashesMax: number = Number.MAX_SAFE_INTEGER,
): EntryVerdict {
  assert(startHash.length === 32, `a hash has 32 bytes, not ${startHash.length}`);
  let hashesLeft = hashesMax;
  for (const [index, entry] of entries.entries()) {
    if (!isWellFormed(entry)) return { ok: false, index, code: "malformed-entry" };
    hashesLeft -= entry.numHashes;
    if (hashesLeft < 0) return { ok: false, index, code: "too-many-hashes" };
  }
  let previous = startHash;
  for (let from = 0; from < entries.length; ) {
    const end = endOfBatch(entries, from);
    const wrong = findWrong(previous, entries, from, end, kernel);
    if (wrong !== -1) return { ok: false, index: wrong, code: "hash-mismatch" };
    previous = entries[end - 1]!.hash;
    from = end;
  }
  return { ok: true };
}

/** Hashed beside each other are no more than this: enough for any number of cores, and a wrong chain is soon found out. */
const batchEntriesMax = 4096;
const batchHashesMax = 1 << 22;

/** Where a batch of entries from `from` on ends: at least one, however many hashes it has. */
function endOfBatch(entries: readonly SignedEntry[], from: number): number {
  let hashes = 0;
  let end = from;
  while (end < entries.length && end - from < batchEntriesMax && hashes < batchHashesMax) {
    hashes += entries[end]!.numHashes;
    end++;
  }
  return end;
}

/** The first of entries[from] to entries[end - 1] that does not follow from the one before; -1: all do. */
function findWrong(
  startHash: Uint8Array,
  entries: readonly SignedEntry[],
  from: number,
  end: number,
  kernel: PohKernel,
): number {
  const starts = new Uint8Array(32 * (end - from));
  const counts = new Float64Array(end - from);
  for (let i = from; i < end; i++) {
    const { numHashes, signatures } = entries[i]!;
    starts.set(i === from ? startHash : entries[i - 1]!.hash, 32 * (i - from));
    // With a mixin the last hash is not the chain's.
    counts[i - from] = signatures.length === 0 ? numHashes : Math.max(0, numHashes - 1);
  }
  const ends = kernel.hashChains(starts, counts);
  for (let i = from; i < end; i++) {
    const { hash, signatures } = entries[i]!;
    const reached = ends.subarray(32 * (i - from), 32 * (i - from) + 32);
    const computed = signatures.length === 0 ? reached : kernel.mix(reached, computeMixin(signatures));
    if (!equalBytes(computed, hash)) return i;
  }
  return -1;
}

function isBytes(value: unknown, length: number): boolean {
  return value instanceof Uint8Array && value.length === length;
}

/** Strangers' entries can be anything: nothing about their shape is taken for granted here. */
function isWellFormed(entry: SignedEntry | null | undefined): boolean {
  if (typeof entry !== "object" || entry === null) return false;
  if (!Number.isSafeInteger(entry.numHashes) || entry.numHashes < 0 || !isBytes(entry.hash, 32)) return false;
  return Array.isArray(entry.signatures) && entry.signatures.every((signature) => isBytes(signature, signatureLength));
}

export type TickCode =
  | "malformed-entry"
  | "too-many-ticks"
  | "too-few-ticks"
  | "trailing-entry"
  | "invalid-tick-hash-count";

export type TickedBlock = {
  readonly slot: number;
  readonly parentSlot: number;
  readonly ticksPerSlot: number;
  /** 0: hashes are not counted. */
  readonly hashesPerTick: number;
  readonly entries: readonly { readonly numHashes: number; readonly isTick: boolean }[];
};

/**
 * Whether a whole block keeps time: it carries the ticks of its own slot and of the slots skipped since its parent,
 * (slot - parentSlot) * ticksPerSlot, ends with one, and has exactly hashesPerTick hashes to each; in between the count
 * stays below that, because the last hash before a tick is the tick's own. Null when all is well.
 */
export function checkTicks(block: TickedBlock): Refusal<TickCode> | null {
  assert(block.slot > block.parentSlot, `slot ${block.slot} cannot follow slot ${block.parentSlot}`);
  const malformed = block.entries.findIndex(({ numHashes }) => !Number.isSafeInteger(numHashes) || numHashes < 0);
  if (malformed !== -1) return refuse("malformed-entry", { index: malformed });
  const ticksExpected = (block.slot - block.parentSlot) * block.ticksPerSlot;
  const ticks = block.entries.filter((entry) => entry.isTick).length;
  if (ticks > ticksExpected) return refuse("too-many-ticks", { ticks, ticksExpected });
  if (ticks < ticksExpected) return refuse("too-few-ticks", { ticks, ticksExpected });
  const last = block.entries.length - 1;
  if (block.entries[last]?.isTick !== true) return refuse("trailing-entry", { index: last });
  return block.hashesPerTick === 0 ? null : checkHashesPerTick(block);
}

function checkHashesPerTick({ entries, hashesPerTick }: TickedBlock): Refusal<TickCode> | null {
  let hashes = 0;
  for (const [index, { numHashes, isTick }] of entries.entries()) {
    hashes += numHashes;
    const isRight = isTick ? hashes === hashesPerTick : hashes < hashesPerTick;
    if (!isRight) return refuse("invalid-tick-hash-count", { index, hashes, hashesPerTick });
    if (isTick) hashes = 0;
  }
  return null;
}
