/**
 * The consensus interface: whom to follow, what to vote, when a block is settled. One validator holds one instance.
 *
 *     addBlock / addVote  ──>  what this validator has seen
 *     head                ──>  the block to build on
 *     decideVote          ──>  vote for the head, or hold, and why
 *     confirmed, finalized──>  what clients may rely on
 *
 * Votes are protocol messages first and ledger transactions second, so another protocol can stand behind this door.
 */
import type { Hash, Slot } from "../chain/ids.ts";
import type { BlockNode } from "./block-tree.ts";
import type { Tower } from "./tower.ts";
import type { Vote } from "./vote.ts";

export type VoteDecision =
  | { readonly type: "vote"; readonly node: BlockNode }
  | {
      readonly type: "hold";
      readonly reason: "already-voted" | "locked-out";
      readonly slot: Slot;
      readonly lastVoted: Slot;
    };

export interface Consensus {
  readonly name: string;
  /** A replayed block entered the tree. */
  addBlock(node: BlockNode): void;
  /** A vote whose signature was checked. Old, repeated and unstaked votes change nothing. */
  addVote(vote: Vote): void;
  /** Votes for one block that were found together in another; the same as adding each. */
  addVotes(blockId: Hash, votes: readonly Vote[]): void;
  /** The newest vote of each vote account, for the next leader to put into its block. */
  votes(): Iterable<Vote>;
  head(): BlockNode;
  /** The newest block for which more than two thirds of its epoch's stake voted directly. */
  confirmed(): BlockNode;
  /** The newest block that more than two thirds of the stake has rooted. */
  finalized(): BlockNode;
  decideVote(tower: Tower): VoteDecision;
  /** The tree's root moved up. */
  prune(): void;
}
