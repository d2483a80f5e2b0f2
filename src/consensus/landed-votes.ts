/**
 * What a block's own fork says of votes: what has landed there.
 *
 *     root ── 5 ── 6 ── 7        landed under 7:  A for 6, B for 5, C for 4
 *                                stake on 6: A    on 5: A, B    on 4 and below: A, B, C
 *
 * A vote that landed is for an ancestor, so it counts for all slots up to its own. These are pure functions of a bank (of its
 * vote accounts, or of what stands beside it), and remembered with it, since every validator of a process asks the same.
 *
 * Source: Solana's `collect_vote_lockouts`.
 */
import { accountAt } from "../chain/accounts-tree.ts";
import type { Bank } from "../chain/bank.ts";
import type { Address, Slot } from "../chain/ids.ts";
import { type Lockout, lastLockedOutSlot } from "../chain/lockouts.ts";
import type { StakeEntry, StakeTable } from "../chain/stake-table.ts";
import { decodeVoteState } from "../chain/vote-state.ts";
import type { BlockNode } from "./block-tree.ts";

/** Newest landed slot of each entry of the stake table, in its order; -1 for none. */
type LandedVotes = {
  readonly stakes: StakeTable;
  readonly slots: Float64Array;
  /** The question all validators ask of a block, and its answer. */
  asked: { slot: number; stake: bigint } | null;
};

const landedIn = new WeakMap<Bank, LandedVotes>();
const places = new WeakMap<StakeTable, ReadonlyMap<Address, number>>();

function landedAt({ bank, stakes }: BlockNode): LandedVotes {
  let landed = landedIn.get(bank);
  if (landed === undefined) {
    landed = readLandedVotes(bank, stakes);
    landedIn.set(bank, landed);
  }
  return landed;
}

function readLandedVotes(bank: Bank, stakes: StakeTable): LandedVotes {
  const { entries } = stakes;
  const slots = new Float64Array(entries.length);
  for (const [place, { voteAccount }] of entries.entries()) {
    slots[place] = landedVotesOf(bank, voteAccount).at(-1)?.slot ?? -1;
  }
  return { stakes, slots, asked: null };
}

/** Each account's votes, as they landed last. */
export type VotesBeside = ReadonlyMap<Address, readonly Lockout[]>;

/** What landed under banks whose accounts do not tell: where there is no ledger (sim/consensus-only.ts). */
export const landedBeside = new WeakMap<Bank, VotesBeside>();

function landedVotesOf(bank: Bank, voteAccount: Address): readonly Lockout[] {
  const beside = landedBeside.get(bank);
  if (beside !== undefined) return beside.get(voteAccount) ?? [];
  const account = accountAt(bank.accounts, voteAccount);
  return (account === null ? null : decodeVoteState(account.data, voteAccount)?.votes) ?? [];
}

function placesOf(stakes: StakeTable): ReadonlyMap<Address, number> {
  let known = places.get(stakes);
  if (known === undefined) {
    known = new Map(stakes.entries.map(({ voteAccount }, place) => [voteAccount, place]));
    places.set(stakes, known);
  }
  return known;
}

/** Stake whose landed votes stand on `slot`, an ancestor of the block, or above it. */
export function landedStakeOn(node: BlockNode, slot: Slot): bigint {
  const landed = landedAt(node);
  if (landed.asked?.slot === slot) return landed.asked.stake;
  let stake = 0n;
  for (const [place, entry] of landed.stakes.entries.entries()) {
    if (landed.slots[place]! >= slot) stake += entry.stake;
  }
  landed.asked = { slot, stake };
  return stake;
}

/** The newest slot for which a vote of this account landed on the block's fork; null for none. */
export function landedSlotOf(node: BlockNode, voteAccount: Address): number | null {
  const { stakes, slots } = landedAt(node);
  const place = placesOf(stakes).get(voteAccount);
  const slot = place === undefined ? (landedVotesOf(node.bank, voteAccount).at(-1)?.slot ?? -1) : slots[place]!;
  return slot < 0 ? null : slot;
}

/** A voter's promise: it stays on the fork of `slot` until `end`, that slot included. */
export type LockoutInterval = { readonly voter: StakeEntry; readonly slot: Slot; readonly end: number };

const intervalsIn = new WeakMap<Bank, readonly LockoutInterval[]>();

/** Every lockout that stands in the vote accounts under this block, in the order of the stake table. */
export function lockoutIntervalsAt({ bank, stakes }: BlockNode): readonly LockoutInterval[] {
  let intervals = intervalsIn.get(bank);
  if (intervals === undefined) {
    intervals = stakes.entries.flatMap((voter) =>
      landedVotesOf(bank, voter.voteAccount).map((vote) => ({ voter, slot: vote.slot, end: lastLockedOutSlot(vote) })),
    );
    intervalsIn.set(bank, intervals);
  }
  return intervals;
}
