/**
 * Transactions that wait for a block, best payer per unit of work first.
 *
 *     arrival   fee      compute units   fee per unit
 *     0         5 000    1 000           5              2nd
 *     1         9 000    1 500           6              1st
 *     2         10 000   2 000           5              3rd: the same price, but later
 *
 * The order is by fee / compute unit limit, compared exactly by cross-multiplication, then by arrival; arrivals are
 * numbered one by one, so no two transactions tie. A full mempool makes room by evicting from the far end, but only
 * what is strictly worse than the newcomer.
 *
 * An observer keeps what landed until it is final, aside: it takes no place, is not offered, and comes back when its block
 * is abandoned.
 *
 * The pool changes in place. `snapshotMempool` copies it for a rewind: the transactions themselves are shared, since
 * they never change.
 */
import { assert } from "../base/assert.ts";
import { type Facts, type Refusal, refuse } from "../base/refusal.ts";
import type { Address, Hash, Lamports, Signature } from "../chain/ids.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import {
  createSortedList,
  deleteSorted,
  insertSorted,
  iterateSorted,
  iterateSortedBackwards,
  type SortedList,
} from "./sorted-list.ts";

export type PendingTransaction = {
  readonly transaction: Verified<Transaction>;
  /** Base and priority fee together. */
  readonly fee: Lamports;
  readonly computeUnitLimit: number;
  /** The last block height at which its blockhash is still recent enough. */
  readonly lastValidHeight: number;
};

export type MempoolLimits = {
  readonly transactionsMax: number;
  readonly transactionsPerPayerMax: number;
  /** Of wire bytes, all that wait together. */
  readonly bytesMax: number;
  /** The same of those held aside. */
  readonly asideMax: number;
  readonly asideBytesMax: number;
};

/** A waiting transaction and the number of its arrival. */
type Entry = {
  readonly pending: PendingTransaction;
  readonly arrival: number;
  /** Of the compute unit limit, at least one. */
  readonly units: number;
  /** The fee, where doubles hold its products with units exactly: null for more. */
  readonly smallFee: number | null;
};

export type Mempool = {
  readonly limits: MempoolLimits;
  /** Wire bytes of all that wait. */
  bytes: number;
  nextArrival: number;
  readonly entries: SortedList<Entry>;
  readonly entryByHash: Map<Hash, Entry>;
  /** Not waiting, since they landed, but not forgotten either: their block may yet be abandoned. By message hash. */
  readonly aside: Map<Hash, Entry>;
  /** Wire bytes of all that are aside. */
  asideBytes: number;
  readonly countByPayer: Map<Address, number>;
  /** How many wait with each last valid height. */
  readonly countByExpiry: Map<number, number>;
};

/** A mempool at one moment; never changes. */
export type MempoolSnapshot = {
  readonly limits: MempoolLimits;
  readonly nextArrival: number;
  /** Best first. */
  readonly entries: readonly Entry[];
  readonly aside: readonly Entry[];
};

/** A transaction that left the mempool without landing, and why. */
export type Dropped<Code extends string> = {
  readonly signature: Signature;
  readonly messageHash: Hash;
  readonly code: Code;
  readonly facts: Facts;
};

export type MempoolAdded = {
  readonly ok: true;
  readonly type: "added";
  /** Those that made room, cheapest first. */
  readonly evicted: readonly Dropped<"mempool-evicted">[];
};

export type MempoolRefusal = Refusal<"mempool-duplicate" | "mempool-payer-limit" | "mempool-full">;

export function createMempool(limits: MempoolLimits): Mempool {
  for (const [name, limit] of Object.entries(limits)) {
    assert(Number.isSafeInteger(limit) && limit > 0, `the mempool's ${name} is no count: ${limit}`);
  }
  return {
    limits,
    bytes: 0,
    nextArrival: 0,
    entries: createSortedList(compareEntries),
    entryByHash: new Map(),
    aside: new Map(),
    asideBytes: 0,
    countByPayer: new Map(),
    countByExpiry: new Map(),
  };
}

export function mempoolSizeOf(mempool: Mempool): number {
  return mempool.entries.length;
}

/** Nothing waits, and nothing that landed is held aside. */
export function isMempoolEmpty({ entries, aside }: Mempool): boolean {
  return entries.length === 0 && aside.size === 0;
}

export function hasTransaction(mempool: Mempool, messageHash: Hash): boolean {
  return mempool.entryByHash.has(messageHash) || mempool.aside.has(messageHash);
}

/** Takes a transaction in, evicting cheaper ones when there is no room; or refuses it and changes nothing. */
export function addTransaction(mempool: Mempool, pending: PendingTransaction): MempoolAdded | MempoolRefusal {
  const { transaction, computeUnitLimit } = pending;
  if (!Number.isSafeInteger(computeUnitLimit) || computeUnitLimit < 0)
    assert(false, `no compute limit: ${computeUnitLimit}`);
  const { messageHash } = transaction;
  if (hasTransaction(mempool, messageHash)) return refuse("mempool-duplicate", { messageHash });
  const payer = payerOf(pending);
  const { transactionsPerPayerMax } = mempool.limits;
  const transactionsOfPayer = mempool.countByPayer.get(payer) ?? 0;
  if (transactionsOfPayer >= transactionsPerPayerMax) {
    return refuse("mempool-payer-limit", { payer, transactionsOfPayer, transactionsPerPayerMax });
  }
  // A limit of nothing would divide by zero, and tie with everything: it counts as one unit.
  const units = Math.max(1, computeUnitLimit);
  const smallFee = pending.fee < smallFeeMax && units < smallUnitsMax ? Number(pending.fee) : null;
  const entry: Entry = { pending, arrival: mempool.nextArrival, units, smallFee };
  const leaving = findRoom(mempool, entry);
  if ("code" in leaving) return leaving;
  const evicted = leaving.map((cheap) => drop(mempool, cheap, "mempool-evicted", evictionFacts(cheap, entry)));
  insertEntry(mempool, entry);
  mempool.nextArrival++;
  return { ok: true, type: "added", evicted };
}

/** Best first. The mempool must not change meanwhile: collect what landed, then remove it. */
export function* iterateByPriority(mempool: Mempool): Generator<PendingTransaction, void, undefined> {
  const { nextArrival, entries } = mempool;
  const length = entries.length;
  for (const entry of iterateSorted(entries)) {
    yield entry.pending;
    assert(
      mempool.nextArrival === nextArrival && entries.length === length,
      "the mempool changed while it was read in order",
    );
  }
}

/** Those that landed wait no more. Past the limits of what is held so the oldest are forgotten: they have landed, after all. */
export function setAside(mempool: Mempool, messageHashes: Iterable<Hash>): void {
  for (const messageHash of messageHashes) {
    const entry = mempool.entryByHash.get(messageHash);
    if (entry === undefined) continue;
    deleteEntry(mempool, entry);
    putAside(mempool, messageHash, entry);
  }
  // Asked first: a Map finds its oldest key by walking over all that was deleted before.
  if (!isAsideOver(mempool)) return;
  for (const oldest of mempool.aside.keys()) {
    takeFromAside(mempool, oldest);
    if (!isAsideOver(mempool)) return;
  }
}

function isAsideOver({ limits, aside, asideBytes }: Mempool): boolean {
  return aside.size > limits.asideMax || asideBytes > limits.asideBytesMax;
}

function putAside(mempool: Mempool, messageHash: Hash, entry: Entry): void {
  mempool.aside.set(messageHash, entry);
  mempool.asideBytes += bytesOf(entry);
}

function takeFromAside(mempool: Mempool, messageHash: Hash): Entry | undefined {
  const entry = mempool.aside.get(messageHash);
  if (entry === undefined) return undefined;
  mempool.aside.delete(messageHash);
  mempool.asideBytes -= bytesOf(entry);
  return entry;
}

/** Those whose block was abandoned wait again, where they stood before. They evict nobody: returns those without room. */
export function bringBack(mempool: Mempool, messageHashes: Iterable<Hash>): Dropped<"mempool-full">[] {
  const dropped: Dropped<"mempool-full">[] = [];
  for (const messageHash of messageHashes) {
    const entry = takeFromAside(mempool, messageHash);
    if (entry === undefined) continue;
    if (hasRoom(mempool, entry)) {
      insertEntry(mempool, entry);
    } else {
      const { signature } = entry.pending.transaction;
      const { code, facts } = refuseFull(mempool, entry);
      dropped.push({ signature, messageHash, code, facts });
    }
  }
  return dropped;
}

/** Removes those that landed; hashes that are not here are passed over. Returns how many were removed. */
export function removeTransactions(mempool: Mempool, messageHashes: Iterable<Hash>): number {
  let removed = 0;
  for (const messageHash of messageHashes) {
    const entry = mempool.entryByHash.get(messageHash);
    if (entry !== undefined) deleteEntry(mempool, entry);
    if (takeFromAside(mempool, messageHash) !== undefined || entry !== undefined) removed++;
  }
  return removed;
}

/** Removes those that cannot land any more in a block of this height or above: height > lastValidHeight. Best first. */
export function expireTransactions(mempool: Mempool, height: number): Dropped<"blockhash-expired">[] {
  const expired: Entry[] = [];
  if (!hasExpired(mempool, height)) return [];
  for (const entry of iterateSorted(mempool.entries)) {
    if (height > entry.pending.lastValidHeight) expired.push(entry);
  }
  return expired.map((entry) => {
    const { lastValidHeight, transaction } = entry.pending;
    const { recentBlockhash } = transaction;
    return drop(mempool, entry, "blockhash-expired", { height, lastValidHeight, recentBlockhash });
  });
}

function hasExpired({ countByExpiry }: Mempool, height: number): boolean {
  for (const lastValidHeight of countByExpiry.keys()) if (height > lastValidHeight) return true;
  return false;
}

export function snapshotMempool(mempool: Mempool): MempoolSnapshot {
  const { limits, nextArrival, entries, aside } = mempool;
  return { limits, nextArrival, entries: entries.chunks.flat(), aside: [...aside.values()] };
}

/** A new mempool as it was at the snapshot, which can be restored again. */
export function restoreMempool(snapshot: MempoolSnapshot): Mempool {
  const mempool: Mempool = {
    ...createMempool(snapshot.limits),
    nextArrival: snapshot.nextArrival,
    entries: createSortedList(compareEntries, snapshot.entries),
  };
  for (const entry of snapshot.entries) indexEntry(mempool, entry);
  for (const entry of snapshot.aside) putAside(mempool, entry.pending.transaction.messageHash, entry);
  return mempool;
}

/** Their product is below 2^53. */
const smallFeeMax = 2n ** 31n;
const smallUnitsMax = 2 ** 22;

/** Price alone: negative when a pays more per compute unit than b. */
function comparePrice(a: Entry, b: Entry): number {
  if (a.smallFee !== null && b.smallFee !== null) return b.smallFee * a.units - a.smallFee * b.units;
  const left = a.pending.fee * BigInt(b.units);
  const right = b.pending.fee * BigInt(a.units);
  return left > right ? -1 : left < right ? 1 : 0;
}

function compareEntries(a: Entry, b: Entry): number {
  return comparePrice(a, b) || a.arrival - b.arrival;
}

function hasRoom({ limits, entries, bytes }: Mempool, newcomer: Entry): boolean {
  return entries.length < limits.transactionsMax && bytes + bytesOf(newcomer) <= limits.bytesMax;
}

/** The entries to evict so that the newcomer fits, cheapest first; or a refusal when one of them is no worse than it. */
function findRoom(mempool: Mempool, newcomer: Entry): readonly Entry[] | Refusal<"mempool-full"> {
  if (hasRoom(mempool, newcomer)) return [];
  const { transactionsMax, bytesMax } = mempool.limits;
  const bytes = bytesOf(newcomer);
  let transactionsLeft = mempool.entries.length;
  let bytesLeft = mempool.bytes;
  const fits = () => transactionsLeft < transactionsMax && bytesLeft + bytes <= bytesMax;
  const leaving: Entry[] = [];
  for (const cheap of iterateSortedBackwards(mempool.entries)) {
    // At the same price the newcomer is the later one, hence the worse.
    if (comparePrice(newcomer, cheap) >= 0) break;
    leaving.push(cheap);
    transactionsLeft--;
    bytesLeft -= bytesOf(cheap);
    if (fits()) return leaving;
  }
  return refuseFull(mempool, newcomer);
}

function refuseFull({ limits, entries, bytes }: Mempool, newcomer: Entry): Refusal<"mempool-full"> {
  return refuse("mempool-full", {
    fee: newcomer.pending.fee,
    computeUnitLimit: newcomer.pending.computeUnitLimit,
    transactions: entries.length,
    transactionsMax: limits.transactionsMax,
    bytes,
    bytesNeeded: bytesOf(newcomer),
    bytesMax: limits.bytesMax,
  });
}

function evictionFacts(cheap: Entry, newcomer: Entry): Facts {
  return {
    fee: cheap.pending.fee,
    computeUnitLimit: cheap.pending.computeUnitLimit,
    bySignature: newcomer.pending.transaction.signature,
    byFee: newcomer.pending.fee,
    byComputeUnitLimit: newcomer.pending.computeUnitLimit,
  };
}

function drop<Code extends string>(mempool: Mempool, entry: Entry, code: Code, facts: Facts): Dropped<Code> {
  deleteEntry(mempool, entry);
  const { signature, messageHash } = entry.pending.transaction;
  return { signature, messageHash, code, facts };
}

function insertEntry(mempool: Mempool, entry: Entry): void {
  insertSorted(mempool.entries, entry);
  indexEntry(mempool, entry);
}

function indexEntry(mempool: Mempool, entry: Entry): void {
  const payer = payerOf(entry.pending);
  mempool.entryByHash.set(entry.pending.transaction.messageHash, entry);
  addToCount(mempool.countByPayer, payer, 1);
  mempool.bytes += bytesOf(entry);
  addToCount(mempool.countByExpiry, entry.pending.lastValidHeight, 1);
}

function addToCount<Key>(counts: Map<Key, number>, key: Key, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

function deleteEntry(mempool: Mempool, entry: Entry): void {
  const payer = payerOf(entry.pending);
  deleteSorted(mempool.entries, entry);
  mempool.entryByHash.delete(entry.pending.transaction.messageHash);
  addToCount(mempool.countByPayer, payer, -1);
  addToCount(mempool.countByExpiry, entry.pending.lastValidHeight, -1);
  mempool.bytes -= bytesOf(entry);
}

function bytesOf(entry: Entry): number {
  return entry.pending.transaction.bytes.length;
}

function payerOf(pending: PendingTransaction): Address {
  const payer = pending.transaction.accountKeys[0];
  assert(payer !== undefined, "a verified transaction has a payer");
  return payer;
}
