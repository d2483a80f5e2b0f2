/**
 * What can go wrong, as data: one fault is one sentence. A scenario's timeline holds them, a seed draws them, a running
 * devnet is told them by hand (`escapement ctl …`), and a report exports them again.
 *
 *     { type: "partition", groups: [[0, 1], [2, 3]] }      { type: "kill", validator: 2, disk: "torn" }
 *     { type: "heal" }                                     { type: "restart", validator: 2 }
 *
 * Validators are numbered as in the network; on links and in groups the observer may stand too, by the number after the
 * last. The cluster (cluster.ts) carries faults out.
 */

/** How messages travel over one direction of a link. What is left out is as it was. */
export type LinkConditions = {
  /** Whole virtual milliseconds; drawn evenly from least to most, both included. */
  readonly latencyMs?: readonly [least: number, most: number];
  /** Of 10,000 messages so many are lost, or arrive twice, or are held back so that later ones overtake them. */
  readonly lossBps?: number;
  readonly duplicateBps?: number;
  readonly reorderBps?: number;
  /** Bytes a millisecond; null for no limit. Messages wait for one another. */
  readonly bandwidth?: number | null;
  /** Nothing passes. */
  readonly cut?: boolean;
};

/**
 * What a crash does to the disk. Kept: it is whole, and the crash comes between two steps. Torn: it comes within the slot,
 * in the midst of writing if anything is written; a record may be cut, and what stands behind it is not done. Lost: all is.
 */
export type DiskFate = "kept" | "torn" | "lost";

export type Fault =
  | { readonly type: "kill"; readonly validator: number; readonly disk?: DiskFate }
  | { readonly type: "restart"; readonly validator: number }
  /** Messages pass within a group only. Whoever is in no group, as the observer mostly, hears and reaches everybody. */
  | { readonly type: "partition"; readonly groups: readonly (readonly number[])[] }
  /** Ends partitions, and gives every link its first conditions again. */
  | { readonly type: "heal" }
  /** From one to the other; null stands for everybody. `both` directions unless said otherwise. */
  | {
      readonly type: "link";
      readonly from: number | null;
      readonly to: number | null;
      readonly both?: boolean;
      readonly conditions: LinkConditions;
    }
  /** It comes to everything that it is told so much later; 0 ends it. */
  | { readonly type: "slow"; readonly validator: number; readonly delayMs: number }
  /** Its clock is put so far ahead of the true time (or behind), and from then on gains so many milliseconds in a million. */
  | { readonly type: "clock"; readonly validator: number; readonly offsetMs: number; readonly driftPpm: number }
  /** From now on it acts by a Byzantine strategy (byzantine/); null: honest again. */
  | { readonly type: "misbehave"; readonly validator: number; readonly strategy: StrategyName | null };

export const strategyNames = [
  "equivocate",
  "withhold",
  "censor",
  "delay",
  "vote-both-forks",
  "ignore-lockout",
  "spam",
  "break-rules",
] as const;

export type StrategyName = (typeof strategyNames)[number];

/** A fault, and when: at the beginning of a slot, counted from the chain's first. */
export type TimedFault = { readonly slot: number; readonly fault: Fault };
