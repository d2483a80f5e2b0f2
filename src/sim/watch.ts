/**
 * Watches a cluster as the page shows it: a frame when a slot is over, kept for whoever comes later, and told to whoever
 * listens. It changes nothing and draws nothing.
 *
 *     cluster ── reports, faults ──> watch ── frame ──> page, recording
 *
 * All it remembers is plain data in one place, so that it can be put back with its cluster. What costs a scan of all
 * accounts, the table, is made only while somebody watches.
 */
import { cloneGraph } from "../base/clone-graph.ts";
import type { Bank } from "../chain/bank.ts";
import { epochAt, firstSlotOf, slotsIn } from "../chain/epoch-schedule.ts";
import { type Address, type Hash, slotOf } from "../chain/ids.ts";
import { type EpochLeaders, epochLeadersFor, leaderIn } from "../chain/leaders.ts";
import type { BlockNode } from "../consensus/block-tree.ts";
import type { Cluster } from "./cluster.ts";
import { describeEvent } from "./describe-event.ts";
import { copyLeaderRecord, createLeaderRecord, type LeaderRecord, recordSlot } from "./leader-record.ts";
import { createEventMemory, type EventMemory, listenForEvents, type ScenarioEvent } from "./scenario-events.ts";
import {
  type Standing,
  upcomingSlots,
  type WatchBlock,
  type WatchEvent,
  type WatchFrame,
  type WatchHeader,
  type WatchRewards,
  type WatchTable,
} from "./watch-frame.ts";
import { addTakings, createTable, noTakings, rewardsOf, type Takings } from "./watch-table.ts";

/** Frames and events that are kept for who comes later. */
const framesMax = 400;
const eventsMax = 1000;
const rewardsMax = 64;
const slotsPerTable = 16;

/** Plain data; blocks and banks are immutable. */
export type WatchMemory = {
  readonly frames: readonly WatchFrame[];
  readonly events: readonly WatchEvent[];
  readonly leaders: LeaderRecord;
  /** The newest final bank that the record has taken in. */
  readonly settled: Bank;
  readonly rewards: readonly WatchRewards[];
  /** Of the epoch that `settled` is in. */
  readonly takings: Takings;
  /** For the next frame. */
  readonly blocks: readonly WatchBlock[];
  readonly news: readonly WatchEvent[];
  readonly heard: EventMemory;
};

export type Watch = {
  readonly header: WatchHeader;
  /** The newest frames, oldest first; the last has a table. */
  frames(): readonly WatchFrame[];
  /** As everything stands now. */
  table(): WatchTable;
  /** The newest events, oldest first. */
  events(): readonly WatchEvent[];
  /** Hears each frame; returns the way to stop hearing. */
  listen(hear: (frame: WatchFrame) => void): () => void;
  capture(): WatchMemory;
  restore(memory: WatchMemory): void;
};

export type WatchOptions = {
  readonly seed: string;
  /** By number; null for those without. */
  readonly names: readonly (string | null)[];
  /** Whether tables are wanted. */
  readonly isWatched: () => boolean;
};

export function createWatch(cluster: Cluster, { seed, names, isWatched }: WatchOptions): Watch {
  const { chain, observer } = cluster;
  const { params, validators, firstSlot } = chain.genesis;
  const indexOf = new Map<Address, number>();
  for (const [index, { identity, voteAccount }] of validators.entries())
    indexOf.set(identity, index).set(voteAccount, index);
  const nameOf = (index: number) => names[index] ?? `#${index}`;
  const header: WatchHeader = {
    version: 1,
    genesisHash: chain.genesisHash,
    seed,
    profile: params.profile,
    policy: params.leaderPolicy,
    firstSlot,
    slotDurationMs: params.slotDurationMs,
    slotsPerRotation: params.slotsPerRotation,
    validators: validators.map(({ identity, voteAccount }, index) => ({ name: nameOf(index), identity, voteAccount })),
  };
  const hearers = new Set<(frame: WatchFrame) => void>();
  let frames: WatchFrame[] = [];
  let events: WatchEvent[] = [];
  let leaders = createLeaderRecord();
  let settled = cluster.observing.tree.root.bank;
  let rewards: WatchRewards[] = [];
  let takings: Takings = noTakings;
  /** Since the last frame. */
  let blocks = new Map<Hash, WatchBlock>();
  let news: WatchEvent[] = [];
  /** Blocks that were told of; the oldest go. */
  const told = new Set<Hash>();

  function onSettled(bank: Bank): void {
    for (let slot = settled.slot + 1; slot <= bank.slot; slot++)
      recordSlot(leaders, chain, settled, slotOf(slot), slot === bank.slot);
    if (bank.epoch !== settled.epoch) {
      rewards = [...rewards, rewardsOf(settled.epoch, bank, takings, header)].slice(-rewardsMax);
      takings = noTakings;
    }
    takings = addTakings(takings, bank);
    settled = bank;
  }

  const heard = createEventMemory();
  listenForEvents(cluster, onEvent, heard);

  function onEvent(event: ScenarioEvent): void {
    const text = describeEvent(event, { nameOf, details: event.type === "held" || event.type === "fork" });
    if (text === null) return;
    const slot = event.slot + firstSlot;
    news.push({ slot, type: event.type, text: text.slice(event.type.length).trim(), validator: subjectOf(event) });
  }

  cluster.listen({
    onReport(node, report) {
      if (report.type === "block-finalized" && node === observer) onSettled(report.bank);
      if (report.type !== "block-added" || told.has(report.block.blockId)) return;
      told.add(report.block.blockId);
      if (told.size > 8 * framesMax) told.delete(told.values().next().value!);
      blocks.set(report.block.blockId, describeBlock(report.bank, report.block));
    },
    onSlot(slot) {
      const frame = createFrame(slot);
      frames.push(frame);
      if (frames.length >= 2 * framesMax) frames = frames.slice(-framesMax);
      for (const hear of hearers) hear(frame);
    },
  });

  function describeBlock(bank: Bank, { blockId, slot, parentId, parentSlot, leader }: WatchedBlock): WatchBlock {
    const votes = bank.results.filter(({ isVote }) => isVote).length;
    return {
      id: blockId,
      slot,
      parentId,
      parentSlot,
      leader: indexOf.get(leader) ?? null,
      transactions: bank.results.length - votes,
      votes,
    };
  }

  function createFrame(slot: number): WatchFrame {
    const { consensus } = cluster.observing;
    const head = consensus.head();
    const epoch = epochAt(chain.epochs, slotOf(slot));
    const hasNews = news.some(({ type }) => type !== "held" && type !== "skipped");
    const wantsTable = isWatched() && (hasNews || (slot - firstSlot) % slotsPerTable === 0);
    const frame: WatchFrame = {
      slot,
      epoch: { epoch, firstSlot: firstSlotOf(chain.epochs, epoch), slots: slotsIn(chain.epochs, epoch) },
      leader: leaderOf(slot, head),
      upcoming: upcomingAfter(slot, head.bank),
      blocks: [...blocks.values()].sort((a, b) => a.slot - b.slot),
      head: head.blockId,
      confirmed: consensus.confirmed().slot,
      finalized: consensus.finalized().slot,
      heads: headsOf(cluster),
      votes: votesOf(cluster, indexOf),
      transactions: head.bank.transactionCount - head.bank.voteCount,
      events: news,
      ...(wantsTable ? { table: tableNow() } : {}),
    };
    events.push(...news);
    if (events.length >= 2 * eventsMax) events = events.slice(-eventsMax);
    blocks = new Map();
    news = [];
    return frame;
  }

  /** By the fork of the head, as it was when the slot began. */
  function leaderOf(slot: number, head: BlockNode): number | null {
    let parent = head;
    while (parent.slot >= slot && parent.parent !== null) parent = parent.parent;
    const at = slotOf(slot);
    const known = epochLeadersFor(chain, parent.bank, epochAt(chain.epochs, at), slot);
    return known === null ? null : (indexOf.get(leaderIn(known, at).voteAccount) ?? null);
  }

  function upcomingAfter(slot: number, parent: Bank): (number | null)[] {
    const upcoming: (number | null)[] = [];
    let known: EpochLeaders | null = null;
    for (let next = slot + 1; next <= slot + upcomingSlots; next++) {
      const at = slotOf(next);
      const epoch = epochAt(chain.epochs, at);
      if (known?.epoch !== epoch) known = epochLeadersFor(chain, parent, epoch, cluster.slot);
      if (known === null) break;
      upcoming.push(indexOf.get(leaderIn(known, at).voteAccount) ?? null);
    }
    return upcoming;
  }

  const tableNow = () => createTable(cluster, { leaders, rewards });

  return {
    header,
    frames() {
      const kept = frames.slice(-framesMax);
      const last = kept.pop();
      return last === undefined ? [] : [...kept, { ...last, table: tableNow() }];
    },
    table: tableNow,
    events: () => events.slice(-eventsMax),
    listen(hear) {
      hearers.add(hear);
      return () => void hearers.delete(hear);
    },
    capture: () => {
      const kept = { frames: [...frames], events: [...events], leaders: copyLeaderRecord(leaders) };
      const next = { blocks: [...blocks.values()], news: [...news], heard: cloneGraph(heard) };
      return { ...kept, ...next, settled, rewards, takings };
    },
    restore(memory) {
      frames = [...memory.frames];
      events = [...memory.events];
      leaders = copyLeaderRecord(memory.leaders);
      settled = memory.settled;
      rewards = [...memory.rewards];
      takings = memory.takings;
      blocks = new Map(memory.blocks.map((block) => [block.id as Hash, block]));
      news = [...memory.news];
      Object.assign(heard, cloneGraph(memory.heard));
      // The same blocks may come again.
      told.clear();
      for (const frame of frames) for (const { id } of frame.blocks) told.add(id as Hash);
      for (const id of blocks.keys()) told.add(id);
    },
  };
}

type WatchedBlock = {
  readonly blockId: Hash;
  readonly slot: number;
  readonly parentId: Hash;
  readonly parentSlot: number;
  readonly leader: Address;
};

function subjectOf(event: ScenarioEvent): number | null {
  if (event.type === "fault") return "validator" in event.fault ? event.fault.validator : null;
  return "validator" in event ? event.validator : null;
}

function headsOf({ nodes, observer }: Cluster): Standing {
  return groupBy(
    [...nodes.keys()].filter((index) => index !== observer && nodes[index]!.online),
    (index) => nodes[index]!.validator.consensus.head().blockId,
  );
}

function votesOf({ observing }: Cluster, indexOf: ReadonlyMap<Address, number>): Standing {
  const voted: [number, Hash][] = [];
  for (const { voteAccount, blockId } of observing.consensus.votes()) {
    const index = indexOf.get(voteAccount);
    if (index !== undefined) voted.push([index, blockId]);
  }
  const blockOf = new Map(voted);
  return groupBy(
    voted.map(([index]) => index).sort((a, b) => a - b),
    (index) => blockOf.get(index)!,
  );
}

function groupBy(validators: readonly number[], blockOf: (index: number) => string): Standing {
  const groups = new Map<string, number[]>();
  for (const index of validators) {
    const block = blockOf(index);
    const group = groups.get(block);
    if (group === undefined) groups.set(block, [index]);
    else group.push(index);
  }
  return [...groups];
}
