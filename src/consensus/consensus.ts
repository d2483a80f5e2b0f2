/**
 * The consensus interface: whom to follow, what to vote, when a block is settled. One validator holds one instance.
 *
 *     addBlock / addVote / addDuplicate ──>  what this validator has seen
 *     decide                            ──>  the block to build on; a vote, or why not
 *     confirmed, finalized              ──>  what clients may rely on
 *
 * Votes are protocol messages first and ledger transactions second, so another protocol can stand behind this door.
 */
import type { Address, Hash, Slot } from "../chain/ids.ts";
import type { BlockNode } from "./block-tree.ts";
import type { Tower } from "./tower.ts";
import type { Vote } from "./vote.ts";
import type { VoteRun } from "./vote-run.ts";
import type { WeighedVote } from "./weighed-vote.ts";

/** To vote, or not, and why; with the figures. */
export type VoteDecision =
  | { readonly type: "vote"; readonly node: BlockNode; readonly reason: VoteReason }
  | ({ readonly type: "hold"; readonly slot: Slot } & HoldReason);

export type VoteReason =
  | { readonly type: "first-vote" }
  | { readonly type: "same-fork" }
  | { readonly type: "switch-proof"; readonly stakeSeen: bigint; readonly stakeNeeded: bigint }
  /** The root has passed the last vote, which stands on another fork. */
  | { readonly type: "root-passed" }
  /** The last vote can never land any more, and no other fork may be voted on: the own fork's tip is. */
  | { readonly type: "refresh" };

export type HoldReason =
  /** It has no vote to give: an observer. */
  | { readonly reason: "no-tower" }
  | { readonly reason: "already-voted"; readonly lastVoted: Slot }
  /** A vote that still stands, until the slot given, is not on this block's fork. */
  | { readonly reason: "locked-out"; readonly lastVoted: Slot; readonly lockedBy: Slot; readonly until: number }
  | {
      readonly reason: "threshold";
      readonly lastVoted: Slot;
      readonly depth: number;
      readonly votedSlot: Slot;
      readonly stakeSeen: bigint;
      readonly stakeNeeded: bigint;
    }
  | {
      readonly reason: "switch-threshold";
      readonly lastVoted: Slot;
      readonly stakeSeen: bigint;
      readonly stakeNeeded: bigint;
    }
  | { readonly reason: "duplicate-rollback"; readonly lastVoted: Slot; readonly duplicateSlot: Slot };

export type Decision = {
  /** The block to build on. */
  readonly head: BlockNode;
  readonly vote: VoteDecision;
};

export interface Consensus {
  readonly name: string;
  /** All that it remembers beside the tree, as plain data, from which it can be made again. */
  readonly memory: object;
  /** A replayed block entered the tree. */
  addBlock(node: BlockNode): void;
  /** A vote whose signature was checked. Old, repeated and unstaked votes change nothing. */
  addVote(vote: Vote): void;
  /** The same, for a vote that many hear. Returns the newest vote of its account until now. */
  addWeighed(weighed: WeighedVote): Vote | null;
  /**
   * Votes for one block, but for the one at `except`, which is known already (-1: all of them); the same as adding each.
   * Returns which of them confirmed the block, -1 for none; null when they have to be added one by one, and none has been.
   */
  addRun(run: VoteRun, except: number): number | null;
  /** Votes for one block that were found together in another; the same as adding each. */
  addVotes(blockId: Hash, votes: readonly Vote[]): void;
  /** A leader signed more than one block for a slot, whether or not the tree holds them. */
  addDuplicate(slot: Slot, leader: Address): void;
  /** The newest vote of each vote account, for the next leader to put into its block. */
  votes(): readonly Vote[];
  /** Whether these are the newest votes of their accounts already, each the very same. */
  hasHeardAll(votes: readonly Vote[]): boolean;
  /** The newest vote of one account. */
  voteOf(voteAccount: Address): Vote | null;
  isMissingBlocks(): boolean;
  /** Blocks that votes were heard for and that are not in the tree, with one who voted for each. */
  missing(): Iterable<{ readonly blockId: Hash; readonly slot: Slot; readonly voter: Address }>;
  /** Whether votes wait for a block that is not in the tree. */
  hasVotesFor(blockId: Hash): boolean;
  /** Asks anew, for a validator with this tower; null for one that never votes. */
  decide(tower: Tower | null): Decision;
  /** The block to build on, as last decided. */
  head(): BlockNode;
  /** The newest block for which more than two thirds of its epoch's stake voted directly. */
  confirmed(): BlockNode;
  /** The newest block that more than two thirds of the stake has rooted. */
  finalized(): BlockNode;
  /** The tree's root moved up. */
  prune(): void;
}
