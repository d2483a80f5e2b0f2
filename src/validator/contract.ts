/**
 * What a validator is told and what it asks for. Inputs and effects are the only ways in and out:
 *
 *     step(validator, input) -> effects, to be carried out in order
 *
 * "Durable, then spoken": `save-tower` always stands before the `broadcast-vote` that relies on it.
 */
import type { Facts, Refusal } from "../base/refusal.ts";
import type { Bank } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import type { Address, Hash, Signature, Slot } from "../chain/ids.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import type { VoteDecision } from "../consensus/consensus.ts";
import type { Tower } from "../consensus/tower.ts";
import type { Vote } from "../consensus/vote.ts";

export type Input =
  /** The clock: a slot has begun. */
  | { readonly type: "slot"; readonly slot: Slot }
  | { readonly type: "transactions"; readonly transactions: readonly Verified<Transaction>[] }
  | { readonly type: "block"; readonly block: Block; readonly from: Address }
  | { readonly type: "vote"; readonly vote: Vote }
  /** What was asked for: a block's ancestors, oldest first, and the block itself if there was room. */
  | { readonly type: "blocks"; readonly blockId: Hash; readonly blocks: readonly Block[]; readonly from: Address }
  /** A peer lacks a block, and perhaps some of its ancestors above a slot. */
  | { readonly type: "block-request"; readonly blockId: Hash; readonly above: Slot; readonly from: Address };

export type Effect =
  | { readonly type: "broadcast-block"; readonly block: Block }
  /** Somebody else's, to all. */
  | { readonly type: "relay-block"; readonly block: Block }
  | { readonly type: "save-tower"; readonly tower: Tower }
  | { readonly type: "broadcast-vote"; readonly vote: Vote }
  | {
      readonly type: "send-blocks";
      readonly to: Address;
      readonly blockId: Hash;
      readonly blocks: readonly Block[];
    }
  | { readonly type: "request-blocks"; readonly to: Address; readonly blockId: Hash; readonly above: Slot }
  | {
      readonly type: "send-transactions";
      readonly to: Address;
      readonly transactions: readonly Verified<Transaction>[];
    }
  | { readonly type: "report"; readonly report: Report };

/** One for all: most of what a validator is told asks for nothing more. */
export const noEffects: readonly Effect[] = [];

/** What happened, for whoever watches: logs, the ledger behind RPC, tests. */
export type Report =
  | { readonly type: "block-added"; readonly block: Block; readonly bank: Bank }
  | { readonly type: "head-changed"; readonly bank: Bank; readonly previous: Hash }
  | { readonly type: "block-confirmed"; readonly bank: Bank }
  | { readonly type: "block-finalized"; readonly bank: Bank }
  | {
      readonly type: "block-refused";
      readonly slot: Slot;
      readonly blockId: Hash;
      readonly from: Address;
      readonly refusal: Refusal;
    }
  /** A leader signed two blocks for one slot. */
  | {
      readonly type: "equivocation-seen";
      readonly slot: Slot;
      readonly leader: Address;
      readonly blockIds: readonly [Hash, Hash];
    }
  | { readonly type: "transaction-refused"; readonly signature: Signature; readonly refusal: Refusal }
  | {
      readonly type: "transaction-dropped";
      readonly signature: Signature;
      readonly code: string;
      readonly facts: Facts;
    }
  | { readonly type: "vote-held"; readonly decision: Extract<VoteDecision, { type: "hold" }> };
