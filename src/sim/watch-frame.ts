/**
 * A run as it is watched: what a network is, once, and one frame a slot. The live page gets frames as they come, a recording
 * is a file of them; both show the same.
 *
 *     header ── frame 1 ── frame 2 ── frame 3 …        every 16th frame, and where something changed, with a table
 *
 * Plain JSON: amounts are lamports in decimal strings, validators numbers, blocks their ids, slots those of the chain.
 */

export type WatchHeader = {
  readonly version: 1;
  readonly genesisHash: string;
  readonly seed: string;
  readonly profile: string;
  readonly policy: string;
  readonly firstSlot: number;
  readonly slotDurationMs: number;
  readonly slotsPerRotation: number;
  readonly validators: readonly {
    readonly name: string;
    readonly identity: string;
    readonly voteAccount: string;
  }[];
};

export type WatchBlock = {
  readonly id: string;
  readonly slot: number;
  readonly parentId: string;
  readonly parentSlot: number;
  /** Null: a leader that genesis does not know. */
  readonly leader: number | null;
  readonly transactions: number;
  readonly votes: number;
};

export type WatchEpoch = {
  readonly epoch: number;
  readonly firstSlot: number;
  readonly slots: number;
};

/** A block, and the validators that stand on it or voted for it. */
export type Standing = readonly (readonly [blockId: string, validators: readonly number[]])[];

export type WatchFrame = {
  /** The slot that is over. */
  readonly slot: number;
  readonly epoch: WatchEpoch;
  /** Who led it, as the observer's fork says. */
  readonly leader: number | null;
  /** Who leads the next slots, as far as anybody can know by now, and no more than `upcomingSlots`. */
  readonly upcoming: readonly (number | null)[];
  /** Adopted by anybody since the frame before, oldest first. */
  readonly blocks: readonly WatchBlock[];
  /** The observer's head, and how far it sees the chain confirmed and final. */
  readonly head: string;
  readonly confirmed: number;
  readonly finalized: number;
  /** Heads of the validators that run. */
  readonly heads: Standing;
  /** The newest vote of each validator that the observer heard. */
  readonly votes: Standing;
  /** Since genesis, votes not counted. */
  readonly transactions: number;
  /** What happened, as sentences. */
  readonly events: readonly WatchEvent[];
  readonly table?: WatchTable;
};

/** So many slots ahead leaders are told. */
export const upcomingSlots = 64;

export type WatchEvent = {
  readonly slot: number;
  readonly type: string;
  readonly text: string;
  /** Whom it is about; null: everybody. */
  readonly validator: number | null;
};

export type WatchTable = {
  readonly validators: readonly WatchValidator[];
  /** Of the lottery on the settled chain; null p-value: too few rotations yet. */
  readonly fairness: { readonly rotations: number; readonly pValue: number | null; readonly verdict: string };
  readonly supply: { readonly total: string; readonly minted: string; readonly burned: string };
  /** Newest last. */
  readonly rewards: readonly WatchRewards[];
  readonly links: WatchLinks;
};

export type WatchValidator = {
  /** Counts in this epoch. */
  readonly stake: string;
  readonly activating: string;
  readonly deactivating: string;
  /** Hundredths of a percent. */
  readonly commissionBps: number;
  /** Since genesis, and of this epoch. */
  readonly credits: number;
  readonly epochCredits: number;
  readonly lastVote: number | null;
  readonly balance: string;
  /** On the settled chain: slots to lead, blocks among them, and the 95 % interval of the rate of those without. */
  readonly leaderSlots: number;
  readonly blocks: number;
  readonly skipRate: readonly [low: number, high: number];
  /** Rotations drawn, and what a fair lottery gives: all validators' ranges hold together with 95 %. */
  readonly rotations: number;
  readonly expectedRotations: number;
  readonly rotationsRange: readonly [low: number, high: number];
  /** What it does: runs, is down, has lost its disk and waits, or was stopped by a mistake of our own. */
  readonly state: "running" | "down" | "resting" | "crashed";
  /** Its newest vote on the ledger is too old, as getVoteAccounts judges. */
  readonly delinquent: boolean;
  /** The first epoch in which it may come back; -1 for never; null for one that is not jailed. */
  readonly jailedUntil: number | null;
  /** Lamports taken from its stakers for what it did. */
  readonly slashed: string;
  /** By which it misbehaves. */
  readonly strategy: string | null;
  /** The partition it is in, by number. */
  readonly group: number | null;
};

/** An epoch's money, told when it is over. */
export type WatchRewards = {
  readonly epoch: number;
  /** Issued for it: what its validators and their stakers earned, and each validator's and its stakers' share. */
  readonly paid: string;
  readonly shares: readonly string[];
  /** By its own blocks: fees that leaders got, fees that were burned, and what its first block took for convictions before. */
  readonly fees: string;
  readonly burned: string;
  readonly slashed: string;
  /** What counted in it, by validator. */
  readonly stakes: readonly string[];
};

/** Only those that differ from the first conditions. */
export type WatchLinks = {
  readonly latencyMs: readonly [number, number];
  readonly lossBps: number;
  readonly changed: readonly {
    readonly from: number;
    readonly to: number;
    readonly latencyMs: readonly [number, number];
    readonly lossBps: number;
    readonly cut: boolean;
  }[];
};

/** A recorded run, as `sim run --record` writes it and `view` shows it. */
export type Recording = { readonly header: WatchHeader; readonly frames: readonly WatchFrame[] };
