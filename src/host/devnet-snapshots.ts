/**
 * Snapshots of a running devnet: the cluster, the history behind RPC, and the faucet's count, at one moment.
 *
 *     take() -> 1      … slots …      take() -> 2      revert(1): everything as when 1 was taken; 1 and 2 are kept
 *
 * A snapshot can be gone back to as often as one likes, in any order, until it is dropped. Beyond the limit the oldest
 * goes: each holds on to the blocks that have been forgotten since.
 */
import { assertDefined } from "../base/assert.ts";
import type { Epoch, Slot } from "../chain/ids.ts";
import type { LedgerMemory } from "../rpc/ledger.ts";
import type { ClusterSnapshot } from "../sim/cluster.ts";
import type { WatchMemory } from "../sim/watch.ts";

export const snapshotsMax = 64;

/** All that a devnet is made of, as plain data. */
export type DevnetMemory = {
  readonly cluster: ClusterSnapshot;
  readonly ledger: LedgerMemory;
  readonly airdrops: number;
};

/** And what has been watched of it. */
export type SnapshotMemory = DevnetMemory & { readonly watch: WatchMemory };

export type SnapshotSummary = { readonly id: number; readonly slot: Slot; readonly epoch: Epoch };

export type SnapshotStore = {
  /** Keeps it under the next number. */
  add(memory: SnapshotMemory, epoch: Epoch): SnapshotSummary;
  get(id: number): { readonly memory: SnapshotMemory; readonly summary: SnapshotSummary } | null;
  /** Whether there was one. */
  drop(id: number): boolean;
  /** Oldest first. */
  list(): readonly SnapshotSummary[];
};

export function createSnapshotStore(): SnapshotStore {
  const kept = new Map<number, { memory: SnapshotMemory; summary: SnapshotSummary }>();
  let nextId = 1;
  return {
    add(memory, epoch) {
      const summary = { id: nextId++, slot: memory.cluster.slot, epoch };
      kept.set(summary.id, { memory, summary });
      if (kept.size > snapshotsMax) kept.delete(assertDefined(kept.keys().next().value, "snapshots were counted"));
      return summary;
    },
    get: (id) => kept.get(id) ?? null,
    drop: (id) => kept.delete(id),
    list: () => [...kept.values()].map(({ summary }) => summary),
  };
}
