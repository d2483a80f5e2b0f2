/**
 * Who led, who built, and who was drawn on one chain, slot after slot: what a verdict on its lottery needs.
 *
 *     block 5 ── block 8      slots 6 and 7 have leaders too, whom the fork of block 5 knows: they skipped
 *
 * Shares are weighed per rotation by the stakes frozen for its epoch, so that stakes may change from epoch to epoch.
 */
import { assertDefined } from "../base/assert.ts";
import type { Bank } from "../chain/bank.ts";
import type { Chain } from "../chain/chain.ts";
import { epochAt } from "../chain/epoch-schedule.ts";
import type { Address, Slot } from "../chain/ids.ts";
import { type EpochLeaders, epochLeadersFor, leaderIn } from "../chain/leaders.ts";

const weightScale = 10n ** 18n;

export type LeaderRecord = {
  /** Slots to lead, by vote account. */
  readonly slots: Map<Address, number>;
  /** Those of them that have a block, by vote account. */
  readonly blocks: Map<Address, number>;
  /** The vote account of each rotation begun, in order. */
  readonly rotations: Address[];
  /** Each vote account's expected rotations, times 10^18, of the epochs that are over. */
  readonly weights: Map<Address, bigint>;
  /** Today's epoch, and its rotations begun. */
  leaders: EpochLeaders | null;
  rotationsOfEpoch: number;
};

export function createLeaderRecord(): LeaderRecord {
  return {
    slots: new Map(),
    blocks: new Map(),
    rotations: [],
    weights: new Map(),
    leaders: null,
    rotationsOfEpoch: 0,
  };
}

/** One that goes on by itself. */
export function copyLeaderRecord(record: LeaderRecord): LeaderRecord {
  const { slots, blocks, rotations, weights } = record;
  return {
    ...record,
    slots: new Map(slots),
    blocks: new Map(blocks),
    rotations: [...rotations],
    weights: new Map(weights),
  };
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Notes the leader of a slot above `parent`, the newest block below it, and whether he built there. Slots come in order. */
export function recordSlot(record: LeaderRecord, chain: Chain, parent: Bank, slot: Slot, hasBlock: boolean): void {
  const epoch = epochAt(chain.epochs, slot);
  if (record.leaders?.epoch !== epoch) {
    const isFirst = record.leaders === null;
    settleWeights(record);
    record.leaders = assertDefined(epochLeadersFor(chain, parent, epoch, slot), `no leaders for slot ${slot}`);
    if (isFirst && (slot - record.leaders.firstSlot) % record.leaders.slotsPerRotation !== 0)
      recordRotation(record, slot);
  }
  const { leaders } = record;
  const { voteAccount } = leaderIn(leaders, slot);
  increment(record.slots, voteAccount);
  if (hasBlock) increment(record.blocks, voteAccount);
  if ((slot - leaders.firstSlot) % leaders.slotsPerRotation === 0) recordRotation(record, slot);
}

function recordRotation(record: LeaderRecord, slot: Slot): void {
  const leaders = assertDefined(record.leaders, "an epoch has begun");
  record.rotations.push(leaderIn(leaders, slot).voteAccount);
  record.rotationsOfEpoch++;
}

/** Adds what this epoch's stakes promised, once its rotations are counted. */
export function settleWeights(record: LeaderRecord): void {
  for (const [voteAccount, weight] of weightsOf(record)) record.weights.set(voteAccount, weight);
  record.rotationsOfEpoch = 0;
}

/** Each vote account's expected rotations so far, times 10^18, those of the running epoch too. */
export function weightsOf({ leaders, weights, rotationsOfEpoch }: LeaderRecord): ReadonlyMap<Address, bigint> {
  const sums = new Map(weights);
  if (leaders === null) return sums;
  const rotations = BigInt(rotationsOfEpoch);
  for (const { voteAccount, stake } of leaders.table.entries) {
    const weight = (rotations * stake * weightScale) / leaders.table.total;
    sums.set(voteAccount, (sums.get(voteAccount) ?? 0n) + weight);
  }
  return sums;
}
