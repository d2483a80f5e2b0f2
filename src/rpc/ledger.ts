/**
 * The history behind RPC, fed by what an observer reports: blocks of the fork it follows, and where each transaction is.
 *
 *     finalized            confirmed  processed
 *     1 ─ 2 ─── 4 ─ 5 ─ 6 ─ 7 ───────── 9          head-changed to 8': 9 leaves, 8' joins, and so do their signatures
 *     └ packed ┘        └───────────── 8'
 *
 * Blocks of other forks are kept until a finalized block passes them, so that switching back costs nothing. The newest
 * finalized blocks stand as they are, older ones packed (packed-block.ts), the oldest go: hundreds of validators vote in
 * every block, so that history is bounded by what it weighs, and not by its slots alone.
 */
import { assert, assertDefined } from "../base/assert.ts";
import { cloneGraph } from "../base/clone-graph.ts";
import { createRecentMap } from "../base/recent-map.ts";
import type { Bank } from "../chain/bank.ts";
import { type Block, encodeBlock } from "../chain/block.ts";
import type { Chain } from "../chain/chain.ts";
import { lastSlotOf } from "../chain/epoch-schedule.ts";
import { type Address, type Epoch, type Hash, type Signature, type Slot, slotOf } from "../chain/ids.ts";
import type { Report } from "../validator/contract.ts";
import { findInBlock, findInPackedBlock, type NamingTransaction } from "./address-search.ts";
import { epochRecordOf } from "./epoch-leaders.ts";
import { hasMark, markOf } from "./key-marks.ts";
import type {
  AddressPlace,
  AddressSearch,
  BlockHeader,
  Commitment,
  EpochRecord,
  Ledger,
  LedgerBlock,
  NodeView,
  TransactionPlace,
} from "./node-view.ts";
import { type PackedBlock, packBlock, unpackBlock, weightOfPacked } from "./packed-block.ts";

export type LedgerOptions = {
  readonly chain: Chain;
  /** Finalized slots kept. */
  readonly slotsMax?: number;
  /** Packed blocks kept, in about as many bytes: the oldest beyond go, whatever `slotsMax` says. */
  readonly bytesMax?: number;
  /** Finalized blocks kept as they are, and their transactions, of which each takes some kilobytes so. */
  readonly unpackedMax?: number;
  readonly unpackedTransactionsMax?: number;
};

export type FedLedger = Ledger & {
  readonly onReport: (report: Report) => void;
  /**
   * Where history starts; nothing before it is known. A block of the followed fork may be given again: then the ledger
   * goes back to it (a rewind), and all after it is forgotten.
   */
  readonly seed: (bank: Bank) => void;
  /** All that it knows now, and the way back to it. */
  readonly capture: () => LedgerMemory;
  readonly restore: (memory: LedgerMemory) => void;
};

type Place = { readonly slot: Slot; readonly blockId: Hash };

/** What a ledger knows: plain data. Blocks, packed or not, never change. */
export type LedgerMemory = {
  /** Above the last finalized slot, on any fork. */
  readonly added: Map<Hash, LedgerBlock>;
  /** The followed fork: its slots ascending from index `start` on, those before `packed` packed. */
  slots: Slot[];
  start: number;
  packed: number;
  readonly blocks: Map<Slot, LedgerBlock>;
  readonly packedBlocks: Map<Slot, PackedBlock>;
  /** What `packedBlocks` weigh, and the transactions of `blocks`. */
  packedBytes: number;
  unpackedTransactions: number;
  /** Blocks before it went to make room. */
  keptFrom: Slot;
  /** Slot × 2^20 + index. */
  readonly places: Map<Signature, number>;
  readonly epochs: Map<Epoch, EpochRecord>;
  origin: Place;
  confirmed: Place;
  finalized: Place;
};

type State = LedgerMemory & {
  readonly chain: Chain;
  readonly limits: Required<Omit<LedgerOptions, "chain">>;
};

const indexLimit = 2 ** 20;
const unpackedAgain = 64;

const standardLimits = { slotsMax: 100_000, bytesMax: 2 ** 30, unpackedMax: 512, unpackedTransactionsMax: 20_000 };

export function createLedger(options: LedgerOptions): FedLedger {
  const { chain, ...given } = options;
  const limits = { ...standardLimits, ...given };
  assert(limits.slotsMax > 0 && limits.unpackedMax >= 0, "a ledger keeps something");
  const origin: Place = { slot: chain.genesis.firstSlot, blockId: chain.genesisHash };
  const state: State = {
    chain,
    limits,
    added: new Map(),
    slots: [],
    start: 0,
    packed: 0,
    blocks: new Map(),
    packedBlocks: new Map(),
    packedBytes: 0,
    unpackedTransactions: 0,
    keptFrom: origin.slot,
    places: new Map(),
    epochs: new Map(),
    origin,
    confirmed: origin,
    finalized: origin,
  };
  const recent = createRecentMap<LedgerBlock>(unpackedAgain);

  function blockAt(slot: Slot): LedgerBlock | null {
    const block = state.blocks.get(slot);
    if (block !== undefined) return block;
    const packed = state.packedBlocks.get(slot);
    if (packed === undefined) return null;
    const again = recent.get(packed.header.blockId) ?? unpackBlock(packed, chain);
    recent.set(packed.header.blockId, again);
    return again;
  }

  return {
    firstAvailableSlot: () => firstAvailableSlot(state),
    newestSlot: (commitment) => newestSlot(state, commitment),
    blockAt,
    headerAt: (slot) => headerAt(state, slot),
    bytesAt(slot) {
      const block = state.blocks.get(slot)?.block;
      return block === undefined ? (state.packedBlocks.get(slot)?.bytes ?? null) : encodeBlock(block);
    },
    commitmentOf(slot) {
      if (slot <= newestSlot(state, "finalized")) return "finalized";
      return slot <= newestSlot(state, "confirmed") ? "confirmed" : "processed";
    },
    slotsBetween(first, last, commitment) {
      const from = indexAfter(state, first - 1);
      return state.slots.slice(from, indexAfter(state, Math.min(last, newestSlot(state, commitment))));
    },
    transactionAt: (signature) => transactionAt(state, signature, blockAt),
    transactionsNaming: (address, search) => transactionsNaming(state, address, search),
    epochRecord: (epoch) => state.epochs.get(epoch) ?? null,
    onReport: (report) => onReport(state, report),
    seed: (bank) => seed(state, bank),
    capture() {
      const { chain: _chain, limits: _limits, ...memory } = state;
      return cloneGraph<LedgerMemory>(memory);
    },
    restore: (memory) => void Object.assign(state, cloneGraph(memory)),
  };
}

function onReport(state: State, report: Report): void {
  if (report.type === "block-added") {
    state.added.set(report.block.blockId, createLedgerBlock(report.block, report.bank));
  } else if (report.type === "head-changed") {
    follow(state, report.bank);
  } else if (report.type === "block-confirmed") {
    state.confirmed = { slot: report.bank.slot, blockId: report.bank.blockId };
  } else if (report.type === "block-finalized") {
    finalize(state, report.bank);
  }
}

function createLedgerBlock(block: Block, bank: Bank): LedgerBlock {
  const header: BlockHeader = {
    slot: bank.slot,
    parentSlot: bank.parentSlot,
    epoch: bank.epoch,
    height: bank.height,
    blockId: bank.blockId,
    blockhash: bank.blockhash,
    leader: bank.leader,
    unixTimestamp: bank.unixTimestamp,
    rewards: bank.rewards,
    rewardsProgress: bank.rewardsProgress,
    feesBurned: bank.feesBurned,
    transactionCount: bank.transactionCount,
    voteCount: bank.voteCount,
    computeUnits: bank.computeUnits,
  };
  return Object.freeze({ block, header, results: bank.results });
}

function headerAt(state: State, slot: Slot): BlockHeader | null {
  return state.blocks.get(slot)?.header ?? state.packedBlocks.get(slot)?.header ?? null;
}

function isFollowed(state: State, place: Place): boolean {
  return place.blockId === state.origin.blockId || headerAt(state, place.slot)?.blockId === place.blockId;
}

/** Makes `head` the newest followed block: back to the common ancestor, then up its own branch. */
function follow(state: State, head: Place): void {
  const branch: LedgerBlock[] = [];
  let at: Place = head;
  while (!isFollowed(state, at)) {
    const block = assertDefined(state.added.get(at.blockId), `block ${at.blockId} of slot ${at.slot} was not reported`);
    branch.push(block);
    at = { slot: block.block.parentSlot, blockId: block.block.parentId };
  }
  cutAfter(state, at.slot);
  for (const block of branch.reverse()) append(state, block);
}

function append(state: State, block: LedgerBlock): void {
  const { slot } = block.header;
  state.slots.push(slot);
  state.blocks.set(slot, block);
  state.unpackedTransactions += block.results.length;
  assert(block.results.length <= indexLimit, "more transactions than an index can name");
  for (const [index, { transaction }] of block.results.entries()) {
    state.places.set(transaction.signature, slot * indexLimit + index);
  }
}

function cutAfter(state: State, slot: Slot): void {
  while (state.slots.length > state.start && state.slots.at(-1)! > slot) drop(state, state.slots.pop()!);
  state.packed = Math.min(state.packed, state.slots.length);
}

/** Takes a block and its signatures out of every index. */
function drop(state: State, slot: Slot): void {
  const packed = state.packedBlocks.get(slot);
  const block = state.blocks.get(slot) ?? (packed === undefined ? undefined : unpackBlock(packed, state.chain));
  // On one fork a transaction lands once, so that its place is this one.
  for (const { transaction } of block?.results ?? []) state.places.delete(transaction.signature);
  if (state.blocks.delete(slot)) state.unpackedTransactions -= block?.results.length ?? 0;
  if (packed !== undefined) state.packedBytes -= weightOfPacked(packed);
  state.packedBlocks.delete(slot);
}

function finalize(state: State, bank: Bank): void {
  if (bank.slot <= state.finalized.slot) return;
  if (!isFollowed(state, bank)) follow(state, bank);
  state.finalized = { slot: bank.slot, blockId: bank.blockId };
  for (const [blockId, { header }] of state.added) if (header.slot <= bank.slot) state.added.delete(blockId);
  rememberEpoch(state, bank);
  packOld(state);
  dropOld(state);
}

function rememberEpoch(state: State, bank: Bank): void {
  if (state.epochs.has(bank.epoch)) return;
  const record = epochRecordOf(state.chain, bank, bank.epoch);
  if (record !== null) state.epochs.set(bank.epoch, record);
}

function packOld(state: State): void {
  const { unpackedMax, unpackedTransactionsMax } = state.limits;
  const end = indexAfter(state, state.finalized.slot);
  const hasTooMany = () => end - state.packed > unpackedMax || state.unpackedTransactions > unpackedTransactionsMax;
  for (; state.packed < end && hasTooMany(); state.packed++) {
    const slot = state.slots[state.packed]!;
    const block = assertDefined(state.blocks.get(slot), "packed in order");
    const packed = packBlock(block);
    state.packedBlocks.set(slot, packed);
    state.packedBytes += weightOfPacked(packed);
    state.blocks.delete(slot);
    state.unpackedTransactions -= block.results.length;
  }
}

function dropOld(state: State): void {
  while (state.packedBytes > state.limits.bytesMax && state.start < state.packed) {
    const slot = state.slots[state.start++]!;
    drop(state, slot);
    state.keptFrom = slotOf(slot + 1);
  }
  const first = firstAvailableSlot(state);
  while (state.start < state.slots.length && state.slots[state.start]! < first)
    drop(state, state.slots[state.start++]!);
  state.packed = Math.max(state.packed, state.start);
  for (const epoch of state.epochs.keys()) {
    if (lastSlotOf(state.chain.epochs, epoch) < first) state.epochs.delete(epoch);
  }
  if (state.start < 1024 || state.start * 2 < state.slots.length) return;
  state.slots = state.slots.slice(state.start);
  state.packed -= state.start;
  state.start = 0;
}

function seed(state: State, bank: Bank): void {
  const place: Place = { slot: bank.slot, blockId: bank.blockId };
  if (headerAt(state, bank.slot)?.blockId === bank.blockId) {
    cutAfter(state, bank.slot);
    if (state.finalized.slot > bank.slot) state.finalized = place;
    if (state.confirmed.slot > bank.slot) state.confirmed = place;
  } else {
    for (const slot of state.slots.slice(state.start)) drop(state, slot);
    state.slots = [];
    state.start = 0;
    state.packed = 0;
    state.epochs.clear();
    state.added.clear();
    state.origin = place;
    state.keptFrom = place.slot;
    state.confirmed = place;
    state.finalized = place;
  }
  for (const [blockId, { header }] of state.added) if (header.slot > bank.slot) state.added.delete(blockId);
  for (const epoch of state.epochs.keys()) if (epoch > bank.epoch) state.epochs.delete(epoch);
  rememberEpoch(state, bank);
}

function firstAvailableSlot(state: State): Slot {
  const { origin, finalized, keptFrom, limits } = state;
  return slotOf(Math.max(origin.slot + 1, finalized.slot - limits.slotsMax + 1, keptFrom));
}

function newestSlot(state: State, commitment: Commitment): Slot {
  const { finalized, confirmed, origin } = state;
  if (commitment === "finalized") return finalized.slot;
  if (commitment === "processed") return state.slots.at(-1) ?? origin.slot;
  return confirmed.slot > finalized.slot && isFollowed(state, confirmed) ? confirmed.slot : finalized.slot;
}

/** The place in `slots` of the first one above `slot`. */
function indexAfter(state: State, slot: number): number {
  let low = state.start;
  let high = state.slots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (state.slots[middle]! <= slot) low = middle + 1;
    else high = middle;
  }
  return low;
}

function transactionAt(state: State, signature: Signature, blockAt: NodeView["ledger"]["blockAt"]) {
  const place = state.places.get(signature);
  if (place === undefined) return null;
  const slot = slotOf(Math.floor(place / indexLimit));
  const index = place % indexLimit;
  const block = assertDefined(blockAt(slot), `block of slot ${slot}`);
  const result = assertDefined(block.results[index], `result ${index} of slot ${slot}`);
  return { slot, index, result } satisfies TransactionPlace;
}

/** Goes back block by block and looks into those that may name the address (key-marks.ts). */
function transactionsNaming(state: State, address: Address, search: AddressSearch): readonly AddressPlace[] {
  const start = search.before === null ? (search.newestSlot + 1) * indexLimit : state.places.get(search.before);
  const end = search.until === null ? -1 : (state.places.get(search.until) ?? -1);
  const found: AddressPlace[] = [];
  if (start === undefined) return found;
  const mark = markOf(address);
  const newest = Math.min(search.newestSlot, Math.floor(start / indexLimit));
  for (let i = indexAfter(state, newest) - 1; i >= state.start; i--) {
    const slot = state.slots[i]!;
    if ((slot + 1) * indexLimit <= end) return found;
    for (const transaction of findAt(state, slot, address, mark).toReversed()) {
      const place = slot * indexLimit + transaction.index;
      if (place >= start) continue;
      if (place <= end) return found;
      found.push({ slot, ...transaction });
      if (found.length === search.max) return found;
    }
  }
  return found;
}

function findAt(state: State, slot: Slot, address: Address, mark: number): readonly NamingTransaction[] {
  const block = state.blocks.get(slot);
  if (block !== undefined) return findInBlock(block, address);
  const packed = state.packedBlocks.get(slot);
  return packed === undefined || !hasMark(packed.marks, mark) ? [] : findInPackedBlock(packed, address);
}
