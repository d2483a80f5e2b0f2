/**
 * Brings a watched devnet's frames to its subscribers: several at a time, so that a thousand slots a second are no thousand
 * messages, and with each message how the clock stands.
 *
 *     frame frame frame ──50 ms──> { frames: [3], status: { running, … } }
 *     pause, snapshot, revert ───> { frames: [],  status }
 *     fault while paused ────────> { frames: [],  status, table }
 */
import type { Subscriptions } from "../rpc/subscriptions.ts";
import type { Cluster } from "../sim/cluster.ts";
import { createWatch, type WatchMemory } from "../sim/watch.ts";
import type { WatchEvent, WatchFrame, WatchHeader, WatchTable } from "../sim/watch-frame.ts";
import type { SnapshotSummary } from "./devnet-snapshots.ts";
import { version } from "./version.ts";

/** What a page shows of the devnet beside its frames. */
export type WatchStatus = {
  readonly slot: number;
  readonly running: boolean;
  readonly snapshots: readonly SnapshotSummary[];
  /** How often it was put back: frames that came before are another world's. */
  readonly reverts: number;
};

/** What makes the devnet go. */
export type WatchSoftware = {
  readonly version: string;
  readonly pohKernel: string;
};

/** All of it, for a page that opens. */
export type WatchState = {
  readonly software: WatchSoftware;
  readonly header: WatchHeader;
  readonly frames: readonly WatchFrame[];
  readonly events: readonly WatchEvent[];
  readonly status: WatchStatus;
};

/** A validator's own lockouts, oldest first, as it keeps them. */
export type TowerView = {
  readonly root: number | null;
  readonly votes: readonly { readonly slot: number; readonly confirmationCount: number }[];
};

export type WatchMessage = {
  readonly frames: readonly WatchFrame[];
  readonly status: WatchStatus /** Of a world that a fault changed since the last frame. */;
  readonly table?: WatchTable;
};

export type WatchFeed = {
  state(): WatchState;
  towerOf(validator: number): TowerView;
  /** Something about the clock or the snapshots changed. */
  onChange(): void;
  capture(): WatchMemory;
  /** Its cluster was put back. What waits to be told is of a world that is no more. */
  restore(memory: WatchMemory): void;
  close(): void;
};

export type WatchFeedOptions = {
  readonly cluster: Cluster;
  readonly seed: string;
  readonly names: readonly (string | null)[];
  readonly subscriptions: Pick<Subscriptions, "watchers" | "tellWatchers">;
  readonly status: () => WatchStatus;
};

const flushMs = 50;
/** Who is told more than this at once has lost the thread anyhow, and asks for the whole. */
const framesMax = 400;

export function createWatchFeed({ cluster, seed, names, subscriptions, status }: WatchFeedOptions): WatchFeed {
  const isWatched = () => subscriptions.watchers() > 0;
  const watch = createWatch(cluster, { seed, names, isWatched });
  let frames: WatchFrame[] = [];
  let timer: NodeJS.Timeout | null = null;
  /** A fault happened since the last message: a page shows it, though the clock stands. */
  let isBroken = false;
  const software = { version, pohKernel: cluster.chain.crypto.poh.name };

  function flush(): void {
    timer = null;
    const table = isBroken ? { table: watch.table() } : {};
    const message: WatchMessage = { frames: frames.slice(-framesMax), status: status(), ...table };
    frames = [];
    isBroken = false;
    subscriptions.tellWatchers(message);
  }
  function flushSoon(): void {
    if (isWatched()) timer ??= setTimeout(flush, flushMs).unref();
  }
  cluster.listen({
    onFault() {
      isBroken = true;
      flushSoon();
    },
  });
  watch.listen((frame) => {
    // What it tells is newer than the fault.
    isBroken = false;
    if (!isWatched()) return;
    frames.push(frame);
    if (frames.length >= 2 * framesMax) frames = frames.slice(-framesMax);
    flushSoon();
  });
  return {
    state: () => ({
      software,
      header: watch.header,
      frames: watch.frames(),
      events: watch.events(),
      status: status(),
    }),
    towerOf(validator) {
      const { root, votes } = cluster.nodes[validator]!.validator.tower;
      return { root, votes: votes.map(({ slot, confirmationCount }) => ({ slot, confirmationCount })) };
    },
    onChange: flushSoon,
    capture: watch.capture,
    restore(memory) {
      watch.restore(memory);
      frames = [];
      flushSoon();
    },
    close() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
