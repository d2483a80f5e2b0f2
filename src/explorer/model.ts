/**
 * What the page knows: made of a header and frames, the same whether they come live or from a recording.
 *
 *     createModel(header)  ── applyFrame(model, frame) ── applyFrame …      one mutable object, every part of it bounded
 *
 *     slots   5 6 7 8 9        blocks  5 ── 6 ── 8 ── 9 (head)        cell 5 produced, 7 orphaned, 8 produced …
 *             ■ ■ ▨ ■ ■                 └── 7
 */
import type {
  Recording,
  WatchBlock,
  WatchEpoch,
  WatchEvent,
  WatchFrame,
  WatchHeader,
  WatchTable,
} from "../sim/watch-frame.ts";

export type Lag = { readonly slot: number; readonly confirmed: number; readonly finalized: number };
export type FairnessPoint = { readonly slot: number; readonly rotations: number; readonly pValue: number | null };

export type Model = {
  readonly header: WatchHeader;
  /** The newest slot that is over; the first slot's number before there is one. */
  slot: number;
  epoch: WatchEpoch;
  head: string | null;
  confirmed: number;
  finalized: number;
  transactions: number;
  /** By slot: who led. */
  readonly leaders: Map<number, number | null>;
  /** Of the slots after `slot`. */
  upcoming: readonly (number | null)[];
  readonly blocks: Map<string, WatchBlock>;
  /** Ids by slot, in the order they came. */
  readonly blocksOf: Map<number, string[]>;
  /** The observer's chain: id by slot, as far as blocks are known. */
  readonly chain: Map<number, string>;
  heads: WatchFrame["heads"];
  votes: WatchFrame["votes"];
  /** The newest there was. */
  table: WatchTable | null;
  readonly lags: Lag[];
  readonly fairness: FairnessPoint[];
  readonly events: WatchEvent[];
  /** Transactions of the newest slots, for the rate. */
  readonly rates: { readonly slot: number; readonly transactions: number }[];
};

/** Slots whose leaders and blocks are remembered. */
export const slotsKept = 600;
const lagsKept = 4000;
const eventsKept = 1000;
const samplesKept = 2000;
const rateSlots = 50;

export function createModel(header: WatchHeader): Model {
  return {
    header,
    slot: header.firstSlot,
    epoch: { epoch: 0, firstSlot: header.firstSlot, slots: 1 },
    head: null,
    confirmed: header.firstSlot,
    finalized: header.firstSlot,
    transactions: 0,
    leaders: new Map(),
    upcoming: [],
    blocks: new Map(),
    blocksOf: new Map(),
    chain: new Map(),
    heads: [],
    votes: [],
    table: null,
    lags: [],
    fairness: [],
    events: [],
    rates: [],
  };
}

/** Frames come in order of their slots; one that was seen already changes nothing. */
export function applyFrame(model: Model, frame: WatchFrame): void {
  if (frame.slot <= model.slot && model.head !== null) return;
  model.slot = frame.slot;
  model.epoch = frame.epoch;
  model.leaders.set(frame.slot, frame.leader);
  model.upcoming = frame.upcoming;
  for (const block of frame.blocks) addBlock(model, block);
  model.head = frame.head;
  model.confirmed = frame.confirmed;
  model.finalized = frame.finalized;
  model.heads = frame.heads;
  model.votes = frame.votes;
  model.transactions = frame.transactions;
  followHead(model);
  push(model.lags, lagOf(frame), lagsKept);
  push(model.rates, { slot: frame.slot, transactions: frame.transactions }, rateSlots);
  for (const event of frame.events) push(model.events, event, eventsKept);
  if (frame.table !== undefined) applyTable(model, frame.table);
  forget(model, frame.slot - slotsKept);
}

/** As the page stood after a recording's frame `at`: what came long before it has been forgotten anyhow. */
export function modelAt({ header, frames }: Recording, at: number): Model {
  const model = createModel(header);
  for (const frame of frames.slice(Math.max(0, at + 1 - lagsKept), at + 1)) applyFrame(model, frame);
  return model;
}

function lagOf({ slot, confirmed, finalized }: WatchFrame): Lag {
  return { slot, confirmed: slot - confirmed, finalized: slot - finalized };
}

function addBlock(model: Model, block: WatchBlock): void {
  if (model.blocks.has(block.id)) return;
  model.blocks.set(block.id, block);
  const others = model.blocksOf.get(block.slot);
  if (others === undefined) model.blocksOf.set(block.slot, [block.id]);
  else others.push(block.id);
}

/** From the head down, until the chain is as it was known. */
function followHead({ blocks, chain, head }: Model): void {
  let block = head === null ? undefined : blocks.get(head);
  if (block === undefined) return;
  for (const slot of chain.keys()) if (slot > block.slot) chain.delete(slot);
  while (block !== undefined && chain.get(block.slot) !== block.id) {
    chain.set(block.slot, block.id);
    for (let slot = block.parentSlot + 1; slot < block.slot; slot++) chain.delete(slot);
    block = blocks.get(block.parentId);
  }
}

/** What stands beside the slots: validators, money, links. */
export function applyTable(model: Model, table: WatchTable): void {
  model.table = table;
  const { rotations, pValue } = table.fairness;
  if (rotations > (model.fairness.at(-1)?.rotations ?? 0))
    push(model.fairness, { slot: model.slot, rotations, pValue }, samplesKept);
}

/** Adds to the end, and drops from the beginning what is too much, a quarter at a time. */
function push<T>(list: T[], value: T, kept: number): void {
  list.push(value);
  if (list.length > kept) list.splice(0, Math.ceil(kept / 4));
}

function forget({ leaders, blocks, blocksOf, chain }: Model, before: number): void {
  for (const slots of [leaders, chain]) for (const slot of slots.keys()) if (slot < before) slots.delete(slot);
  for (const [slot, ids] of blocksOf) {
    if (slot >= before) continue;
    for (const id of ids) blocks.delete(id);
    blocksOf.delete(slot);
  }
}

export type CellKind = "produced" | "skipped" | "orphaned" | "equivocated" | "upcoming" | "unknown";

export type Cell = { readonly slot: number; readonly leader: number | null; readonly kind: CellKind };

/** A slot of the ribbon: past, present or still to come. */
export function cellAt(model: Model, slot: number): Cell {
  if (slot > model.slot) {
    const leader = model.upcoming[slot - model.slot - 1];
    return { slot, leader: leader ?? null, kind: leader === undefined ? "unknown" : "upcoming" };
  }
  const leader = model.leaders.get(slot);
  if (leader === undefined) return { slot, leader: null, kind: "unknown" };
  const blocks = model.blocksOf.get(slot) ?? [];
  const kind =
    blocks.length > 1
      ? "equivocated"
      : model.chain.has(slot)
        ? "produced"
        : blocks.length === 1
          ? "orphaned"
          : "skipped";
  return { slot, leader, kind };
}

/** Transactions a second of virtual time, over the newest slots. */
export function transactionsPerSecond({ rates, header }: Model): number {
  const [first, last] = [rates[0], rates.at(-1)];
  if (first === undefined || last === undefined || last.slot === first.slot) return 0;
  const seconds = ((last.slot - first.slot) * header.slotDurationMs) / 1000;
  return Math.max(0, last.transactions - first.transactions) / seconds;
}

export type TreeBlock = {
  readonly block: WatchBlock;
  readonly onChain: boolean;
  /** Of all stake, 0 to 1: whose newest vote is for it, or for a descendant. */
  readonly weight: number;
  /** Whose newest vote is for it, and whose head it is. */
  readonly voters: readonly number[];
  readonly heads: readonly number[];
  /** 0 is the observer's chain. */
  lane: number;
};

/** The blocks above the root (and a few below), in order of slot, each with its lane; at most `max`, the newest. */
export function liveTree(model: Model, max: number): readonly TreeBlock[] {
  const newest = Math.max(model.slot, model.head === null ? 0 : (model.blocks.get(model.head)?.slot ?? 0));
  const from = Math.max(model.finalized - 4, newest - max);
  const shown = [...model.blocks.values()].filter(({ slot }) => slot >= from).sort((a, b) => a.slot - b.slot);
  const weights = weigh(model, shown);
  const headsAt = new Map(model.heads);
  const votesAt = new Map(model.votes);
  const tree = shown.map(
    (block): TreeBlock => ({
      block,
      onChain: model.chain.get(block.slot) === block.id,
      weight: weights.get(block.id) ?? 0,
      voters: votesAt.get(block.id) ?? [],
      heads: headsAt.get(block.id) ?? [],
      lane: 0,
    }),
  );
  assignLanes(tree);
  return tree;
}

function weigh({ table, votes }: Model, shown: readonly WatchBlock[]): ReadonlyMap<string, number> {
  const stakes = table?.validators.map(({ stake }) => Number(stake)) ?? [];
  const total = stakes.reduce((sum, stake) => sum + stake, 0) || 1;
  const weights = new Map<string, number>();
  for (const [id, validators] of votes) {
    weights.set(id, validators.reduce((sum, index) => sum + (stakes[index] ?? 0), 0) / total);
  }
  // Children before parents.
  for (const { id, parentId } of shown.toReversed()) {
    weights.set(parentId, (weights.get(parentId) ?? 0) + (weights.get(id) ?? 0));
  }
  return weights;
}

/** The chain keeps lane 0; a fork takes the lowest lane that is free from its parent to its end. */
function assignLanes(tree: readonly TreeBlock[]): void {
  const busyUntil: number[] = [Number.POSITIVE_INFINITY];
  const laneOf = new Map<string, number>();
  const children = new Map<string, TreeBlock[]>();
  for (const each of tree) {
    const siblings = children.get(each.block.parentId);
    if (siblings === undefined) children.set(each.block.parentId, [each]);
    else siblings.push(each);
  }
  const endOf = (each: TreeBlock): number => {
    let end = each.block.slot;
    const open = [each];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      end = Math.max(end, at.block.slot);
      open.push(...(children.get(at.block.id) ?? []));
    }
    return end;
  };
  for (const each of tree) {
    const { id, parentId, parentSlot } = each.block;
    if (!each.onChain) {
      const siblings = (children.get(parentId) ?? []).filter(({ onChain }) => !onChain);
      const parentLane = laneOf.get(parentId);
      if (parentLane !== undefined && parentLane > 0 && siblings[0] === each) each.lane = parentLane;
      else {
        let lane = 1;
        while ((busyUntil[lane] ?? -1) >= parentSlot) lane++;
        each.lane = lane;
        busyUntil[lane] = endOf(each);
      }
    }
    laneOf.set(id, each.lane);
  }
}
