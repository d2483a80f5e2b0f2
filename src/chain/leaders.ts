/**
 * Who leads a slot, on the fork one stands on.
 *
 *     epoch E−2        epoch E−1                      epoch E
 *     ────────────────|──────────┬──────────────────|──────────
 *          stakes of E frozen ──┘ here, at the start │
 *                                └ last block of the first half: its PoH hash seeds E
 *
 * Stakes freeze before the seed can be known, so nobody can fit stakes to a seed; the second half of E−1 leaves time to
 * agree on it. Both are functions of a block's own ancestry: a leader is checked against the fork it built on.
 */
import { AssertionError, assertDefined } from "../base/assert.ts";
import type { Bank } from "./bank.ts";
import type { Chain } from "./chain.ts";
import { epochAt, firstSlotOf, slotsIn } from "./epoch-schedule.ts";
import { type Epoch, epochOf, type Hash, hashBytes, type Slot } from "./ids.ts";
import { computeLeaderSeed, drawLeaders, solanaLeaderKey } from "./leader-schedule.ts";
import type { StakeEntry, StakeTable } from "./stake-table.ts";
import { createTutorialSchedule } from "./tutorial-leaders.ts";

export type EpochLeaders = {
  readonly epoch: Epoch;
  readonly firstSlot: Slot;
  readonly slotsPerRotation: number;
  readonly table: StakeTable;
  /** One per rotation. */
  readonly rotations: readonly StakeEntry[];
  /** The 32-byte generator key the draws came from; null under the tutorial policy. */
  readonly key: Uint8Array | null;
};

/** Schedules by stake table; of one table the oldest first. They go when their table does. */
export type ScheduleMemory = WeakMap<StakeTable, { readonly hash: Hash; readonly leaders: EpochLeaders }[]>;

/** Forks that part at the seed, and epochs that one table serves: more are drawn anew. */
const schedulesPerTableMax = 16;

export function createScheduleMemory(): ScheduleMemory {
  return new WeakMap();
}

/** First slot of the second half of an epoch. */
export function halfwaySlot(chain: Chain, epoch: Epoch): number {
  return firstSlotOf(chain.epochs, epoch) + Math.ceil(slotsIn(chain.epochs, epoch) / 2);
}

/** The PoH hash behind `epoch`'s leaders for a child of `parent` at `slot`; null while the fork has not fixed it. */
function leaderHashFor(chain: Chain, parent: Bank, epoch: Epoch, slot: number): Hash | null {
  if (epoch <= chain.firstEpoch + 1) return chain.genesisHash;
  const fixed = parent.leaderHashes.get(epoch);
  if (fixed !== undefined) return fixed;
  return halfwaySlot(chain, epochOf(epoch - 1)) <= slot ? parent.blockhash : null;
}

/** The seeds known after a block at `slot`: for its epoch, and from the second half on for the next. */
export function leaderHashesAfter(chain: Chain, parent: Bank, slot: Slot): ReadonlyMap<Epoch, Hash> {
  const epoch = epochAt(chain.epochs, slot);
  const hashes = new Map<Epoch, Hash>();
  for (const wanted of [epoch, epochOf(epoch + 1)]) {
    const hash = wanted > chain.firstEpoch + 1 ? leaderHashFor(chain, parent, wanted, slot) : null;
    if (hash !== null) hashes.set(wanted, hash);
  }
  return hashes;
}

/**
 * The leaders of `epoch` for children of `parent` at `slot`.
 *
 * @returns null while the fork has not yet fixed that epoch's stakes or seed, and for epochs before the parent's, whose
 * stakes and seeds a bank no longer knows
 */
export function epochLeadersFor(chain: Chain, parent: Bank, epoch: Epoch, slot: number): EpochLeaders | null {
  if (epoch < parent.epoch) return null;
  const table = parent.stakeTables.get(epoch) ?? newestTableFor(chain, parent, epoch, slot);
  if (table === null) return null;
  const { leaderPolicy } = chain.params;
  const hash = leaderPolicy === "poh" ? leaderHashFor(chain, parent, epoch, slot) : chain.genesisHash;
  if (hash === null) return null;
  let drawn = chain.schedules.get(table);
  if (drawn === undefined) {
    drawn = [];
    chain.schedules.set(table, drawn);
  }
  for (const known of drawn) if (known.leaders.epoch === epoch && known.hash === hash) return known.leaders;
  const leaders = drawEpochLeaders(chain, table, epoch, hash);
  if (drawn.length === schedulesPerTableMax) drawn.shift();
  drawn.push({ hash, leaders });
  return leaders;
}

/** An epoch whose stakes nobody froze, for want of blocks, goes by the newest that were; one still to come has none. */
function newestTableFor(chain: Chain, parent: Bank, epoch: Epoch, slot: number): StakeTable | null {
  if (epochAt(chain.epochs, slot as Slot) < epoch) return null;
  return parent.stakeTables.get(epochOf(parent.epoch + 1)) ?? null;
}

function drawEpochLeaders(chain: Chain, table: StakeTable, epoch: Epoch, hash: Hash): EpochLeaders {
  const { leaderPolicy, slotsPerRotation, tutorialSeed } = chain.params;
  const slots = slotsIn(chain.epochs, epoch);
  const firstSlot = firstSlotOf(chain.epochs, epoch);
  if (leaderPolicy === "tutorial") {
    const entries = inRegistrationOrder(chain, table);
    const stakes = entries.map((entry) => entry.stake);
    const drawn = createTutorialSchedule({ seed: tutorialSeed, stakes, firstSlot, slots });
    const rotations = drawn.map((index) => entries[index]!);
    return { epoch, firstSlot, slotsPerRotation, table, key: null, rotations };
  }
  const key =
    leaderPolicy === "poh" ? computeLeaderSeed(hashBytes(hash), BigInt(epoch)) : solanaLeaderKey(BigInt(epoch));
  const drawn = drawLeaders(table.entries, key, Math.ceil(slots / slotsPerRotation));
  const rotations: StakeEntry[] = [];
  for (let rotation = 0; rotation < drawn.length; rotation++) rotations.push(table.entries[drawn[rotation]!]!);
  return { epoch, firstSlot, slotsPerRotation, table, key, rotations };
}

/** The tutorial draws over validators in the order they registered. */
function inRegistrationOrder(chain: Chain, table: StakeTable): readonly StakeEntry[] {
  const place = new Map(chain.genesis.validators.map(({ voteAccount }, index) => [voteAccount, index]));
  const last = place.size;
  return table.entries
    .map((entry, index) => ({ entry, rank: place.get(entry.voteAccount) ?? last + index }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry);
}

export function leaderIn(leaders: EpochLeaders, slot: Slot): StakeEntry {
  const rotation = Math.floor((slot - leaders.firstSlot) / leaders.slotsPerRotation);
  const entry = leaders.rotations[rotation];
  // Asked for each slot of an epoch, so that the message is made only when it is needed.
  if (entry === undefined) throw new AssertionError(`slot ${slot} is not in epoch ${leaders.epoch}`);
  return entry;
}

/** Who must sign a block at `slot` whose parent is `parent`. */
export function leaderAfter(chain: Chain, parent: Bank, slot: Slot): StakeEntry {
  const leaders = epochLeadersFor(chain, parent, epochAt(chain.epochs, slot), slot);
  return leaderIn(assertDefined(leaders, `no leaders for slot ${slot} after ${parent.slot}`), slot);
}

/** The leaders of an epoch as `bank` knows them today; null when it cannot know them (too old, or not yet drawn). */
export function epochLeadersOf(chain: Chain, bank: Bank, epoch: Epoch): EpochLeaders | null {
  return epochLeadersFor(chain, bank, epoch, bank.slot);
}
