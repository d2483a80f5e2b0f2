/**
 * What stands in a vote account: who votes, who may change that, the lockout stack as the ledger knows it, and the
 * credits earned.
 *
 *     u32 3 | node | withdrawer | 2 collectors | 2 commissions u16 | pending rewards u64 | BLS key? 48
 *     | votes: u64 n × (latency u8, slot u64, confirmations u32) | root u64? | authorized voters: u64 n × (epoch u64, key)
 *     | epoch credits: u64 n × (epoch, credits, previous credits) | last timestamp: slot u64, seconds i64 | zeros to 3762
 *
 * Version 4 is written, versions 3 (tag 2) and 4 (tag 3) are read. `x?` is a byte 0, or a byte 1 and then x.
 * Every vote of every validator passes here, so both directions walk the bytes once and build no intermediate values.
 *
 * Source: Solana's vote interface, SIMD-0185 (version 4).
 */
import { assert } from "../base/assert.ts";
import type { Address, Epoch, Lamports, Slot } from "./ids.ts";
import type { Lockout } from "./lockouts.ts";
import { VoteStateCursor } from "./vote-state-cursor.ts";

/** Size of a vote account, whichever version it holds. */
export const voteAccountBytes = 3762;

/** Epochs whose credits an account remembers. */
export const epochCreditsMax = 64;

/** A vote on the ledger; `latency` is the slots it took to get there, at most 255 (0: voted before latencies were kept). */
export type LandedVote = Lockout & { readonly latency: number };

export type EpochCredits = {
  readonly epoch: Epoch;
  /** Earned from the account's beginning to the end of this epoch. */
  readonly credits: number;
  /** The same at the epoch's start. */
  readonly previousCredits: number;
};

export type AuthorizedVoter = { readonly epoch: Epoch; readonly voter: Address };

export type VoteState = {
  /** The validator's identity. */
  readonly node: Address;
  readonly authorizedWithdrawer: Address;
  readonly inflationRewardsCollector: Address;
  readonly blockRevenueCollector: Address;
  /** Hundredths of a percent: 10000 takes everything. */
  readonly inflationRewardsCommissionBps: number;
  readonly blockRevenueCommissionBps: number;
  readonly pendingDelegatorRewards: Lamports;
  /** 48 bytes, compressed. */
  readonly blsPubkey: Uint8Array | null;
  /** Oldest first. */
  readonly votes: readonly LandedVote[];
  readonly rootSlot: Slot | null;
  /** From which epoch on who may sign votes; ascending. Empty in version 3: the account is not initialized. */
  readonly authorizedVoters: readonly AuthorizedVoter[];
  /** Ascending; the last is the current one. */
  readonly epochCredits: readonly EpochCredits[];
  readonly lastTimestamp: { readonly slot: Slot; readonly timestamp: bigint };
};

const tagV3 = 2;
const tagV4 = 3;
const landedVoteBytes = 13;
/** Of version 4's layout; the head without the BLS key. */
export const voteStateSizes = {
  head: 4 + 4 * 32 + 2 * 2 + 8 + 1,
  blsPubkey: 48,
  count: 8,
  voter: 40,
  credits: 24,
} as const;
/** Version 3's ring of 32 former voters: (key, from, until) each, then an index and a flag. */
const priorVotersBytes = 32 * 48 + 9;
const fullCommissionBps = 10_000;

/** One object: accounts that vote alike from the beginning share their stacks (apply-tower-sync.ts). */
const noVotes: readonly LandedVote[] = [];

/**
 * A fresh vote account's state: no votes, no credits. As on Solana, commissions collect in the vote account (the identity,
 * where it is not given), and all block revenue goes to the identity.
 */
export function createVoteState(fields: {
  readonly voteAccount?: Address;
  readonly identity: Address;
  readonly authorizedVoter: Address;
  readonly withdrawer: Address;
  readonly commissionBps: number;
  readonly epoch: Epoch;
}): VoteState {
  return {
    node: fields.identity,
    authorizedWithdrawer: fields.withdrawer,
    inflationRewardsCollector: fields.voteAccount ?? fields.identity,
    blockRevenueCollector: fields.identity,
    inflationRewardsCommissionBps: fields.commissionBps,
    blockRevenueCommissionBps: fullCommissionBps,
    pendingDelegatorRewards: 0n as Lamports,
    blsPubkey: null,
    votes: noVotes,
    rootSlot: null,
    authorizedVoters: [{ epoch: fields.epoch, voter: fields.authorizedVoter }],
    epochCredits: [],
    lastTimestamp: { slot: 0 as Slot, timestamp: 0n },
  };
}

/** For who reads whole percents: rounded up, so that nobody is told less than is taken; 255 at most, as on Solana. */
export function commissionPercentOf(commissionBps: number): number {
  return Math.min(255, Math.ceil(commissionBps / 100));
}

/** All credits the account ever earned. */
export function voteCreditsOf(state: VoteState): number {
  return state.epochCredits.at(-1)?.credits ?? 0;
}

/** Who may sign votes in `epoch`: the last one named for it or an earlier one; null when there is none. */
export function authorizedVoterAt(state: VoteState, epoch: Epoch): Address | null {
  let voter: Address | null = null;
  for (const entry of state.authorizedVoters) if (entry.epoch <= epoch) voter = entry.voter;
  return voter;
}

/** The state with an entry for `epoch` itself, and without those older than the epoch before it, as each vote leaves it. */
export function rememberAuthorizedVoter(state: VoteState, epoch: Epoch): VoteState {
  const { authorizedVoters } = state;
  const isPresent = authorizedVoters.some((entry) => entry.epoch === epoch);
  if (isPresent && authorizedVoters[0]!.epoch >= epoch - 1) return state;
  const voter = authorizedVoterAt(state, epoch);
  const kept = authorizedVoters.filter((entry) => entry.epoch >= epoch - 1);
  if (!isPresent && voter !== null) {
    const after = kept.findIndex((entry) => entry.epoch > epoch);
    kept.splice(after < 0 ? kept.length : after, 0, { epoch, voter });
  }
  return { ...state, authorizedVoters: kept };
}

/** The version 4 account, always `voteAccountBytes` long; asserts that the state fits. */
export function encodeVoteState(state: VoteState): Uint8Array {
  const bytes = new Uint8Array(voteAccountBytes);
  const cursor = new VoteStateCursor(bytes);
  cursor.writeBytes(encodedHeadOf(state));
  cursor.writeCount(state.votes.length);
  cursor.writeBytes(encodedVotesOf(state.votes));
  cursor.writeU8(state.rootSlot === null ? 0 : 1);
  if (state.rootSlot !== null) cursor.writeCount(state.rootSlot);
  cursor.writeCount(state.authorizedVoters.length);
  for (const entry of state.authorizedVoters) {
    cursor.writeCount(entry.epoch);
    cursor.writeAddress(entry.voter);
  }
  let at = cursor.writeList(state.epochCredits.length, voteStateSizes.credits);
  for (const entry of state.epochCredits) {
    cursor.setCount(at, entry.epoch);
    cursor.setCount(at + 8, entry.credits);
    cursor.setCount(at + 16, entry.previousCredits);
    at += voteStateSizes.credits;
  }
  cursor.writeCount(state.lastTimestamp.slot);
  cursor.writeI64(state.lastTimestamp.timestamp);
  return bytes;
}

type EncodedHead = { readonly of: Head; readonly bytes: Uint8Array };

/** A vote changes nothing that stands before the votes; kept with the list of voters, which is each account's own. */
const encodedHeads = new WeakMap<readonly AuthorizedVoter[], EncodedHead>();

function encodedHeadOf(state: VoteState): Uint8Array {
  const known = encodedHeads.get(state.authorizedVoters);
  if (known !== undefined && isSameHead(known.of, state)) return known.bytes;
  const bytes = encodeHead(state);
  encodedHeads.set(state.authorizedVoters, { of: state, bytes });
  return bytes;
}

export function isSameHead(a: Head, b: Head): boolean {
  return (
    a.node === b.node &&
    a.authorizedWithdrawer === b.authorizedWithdrawer &&
    a.inflationRewardsCollector === b.inflationRewardsCollector &&
    a.blockRevenueCollector === b.blockRevenueCollector &&
    a.inflationRewardsCommissionBps === b.inflationRewardsCommissionBps &&
    a.blockRevenueCommissionBps === b.blockRevenueCommissionBps &&
    a.pendingDelegatorRewards === b.pendingDelegatorRewards &&
    a.blsPubkey === b.blsPubkey
  );
}

/** What stands before the votes. */
function encodeHead(state: Head): Uint8Array {
  const bytes = new Uint8Array(voteStateSizes.head + (state.blsPubkey === null ? 0 : voteStateSizes.blsPubkey));
  const cursor = new VoteStateCursor(bytes);
  cursor.writeU32(tagV4);
  cursor.writeAddress(state.node);
  cursor.writeAddress(state.authorizedWithdrawer);
  cursor.writeAddress(state.inflationRewardsCollector);
  cursor.writeAddress(state.blockRevenueCollector);
  cursor.writeU16(state.inflationRewardsCommissionBps);
  cursor.writeU16(state.blockRevenueCommissionBps);
  cursor.writeU64(state.pendingDelegatorRewards);
  cursor.writeU8(state.blsPubkey === null ? 0 : 1);
  if (state.blsPubkey !== null) {
    assert(state.blsPubkey.length === voteStateSizes.blsPubkey, `a compressed BLS key has 48 bytes`);
    cursor.writeBytes(state.blsPubkey);
  }
  return bytes;
}

/** Stacks are shared by those who voted alike, and so are their bytes. */
const encodedVotes = new WeakMap<readonly LandedVote[], Uint8Array>();

export function encodedVotesOf(votes: readonly LandedVote[]): Uint8Array {
  let bytes = encodedVotes.get(votes);
  if (bytes === undefined) {
    bytes = new Uint8Array(votes.length * landedVoteBytes);
    const cursor = new VoteStateCursor(bytes);
    for (const [index, { latency, slot, confirmationCount }] of votes.entries()) {
      const at = index * landedVoteBytes;
      cursor.view.setUint8(at, latency);
      cursor.setCount(at + 1, slot);
      cursor.view.setUint32(at + 9, confirmationCount, true);
    }
    encodedVotes.set(votes, bytes);
  }
  return bytes;
}

/**
 * States of data met before: every vote reads what the vote before it wrote. Account data never changes in place, so
 * remembering changes no answer; an entry goes with its data. Those written here are zero behind their state.
 */
export const writtenStates = new WeakMap<Uint8Array, VoteState>();
const readStates = new WeakMap<Uint8Array, VoteState>();

/**
 * The state in a vote account's data, or null when there is none to be read: another size or version, lengths that
 * lead out of the data, voters out of order, or a number no chain of ours can hold (above 2^53). Never throws. `voteAccount`, the account's own address, matters to
 * version 3 only.
 */
export function decodeVoteState(data: Uint8Array, voteAccount?: Address): VoteState | null {
  if (data.length !== voteAccountBytes) return null;
  const known = writtenStates.get(data) ?? readStates.get(data);
  if (known !== undefined) return known;
  const cursor = new VoteStateCursor(data);
  const tag = cursor.readU32();
  const head = tag === tagV4 ? readHeadV4(cursor) : tag === tagV3 ? readHeadV3(cursor, voteAccount) : null;
  if (head === null) return null;
  const votes = readVotes(cursor);
  const rootSlot = cursor.readFlag() ? (cursor.readCount() as Slot) : null;
  const authorizedVoters = readAuthorizedVoters(cursor);
  if (tag === tagV3) cursor.skip(priorVotersBytes);
  const epochCredits = readEpochCredits(cursor);
  const lastTimestamp = { slot: cursor.readCount() as Slot, timestamp: cursor.readI64() };
  if (cursor.failed) return null;
  const state = withVotes(head, { votes, rootSlot, authorizedVoters, epochCredits, lastTimestamp });
  // Version 3 leaves something to be said by the account's address.
  if (tag === tagV4) readStates.set(data, state);
  return state;
}

type Voted = Pick<VoteState, "votes" | "rootSlot" | "authorizedVoters" | "epochCredits" | "lastTimestamp">;
type Head = Omit<VoteState, keyof Voted>;

/** A state of both parts, written out (docs/decisions/0023-objects-of-one-shape.md). */
export function withVotes(head: Head, voted: Voted): VoteState {
  return {
    node: head.node,
    authorizedWithdrawer: head.authorizedWithdrawer,
    inflationRewardsCollector: head.inflationRewardsCollector,
    blockRevenueCollector: head.blockRevenueCollector,
    inflationRewardsCommissionBps: head.inflationRewardsCommissionBps,
    blockRevenueCommissionBps: head.blockRevenueCommissionBps,
    pendingDelegatorRewards: head.pendingDelegatorRewards,
    blsPubkey: head.blsPubkey,
    votes: voted.votes,
    rootSlot: voted.rootSlot,
    authorizedVoters: voted.authorizedVoters,
    epochCredits: voted.epochCredits,
    lastTimestamp: voted.lastTimestamp,
  };
}

function readHeadV4(cursor: VoteStateCursor): Head {
  return {
    node: cursor.readAddress(),
    authorizedWithdrawer: cursor.readAddress(),
    inflationRewardsCollector: cursor.readAddress(),
    blockRevenueCollector: cursor.readAddress(),
    inflationRewardsCommissionBps: cursor.readU16(),
    blockRevenueCommissionBps: cursor.readU16(),
    pendingDelegatorRewards: cursor.readU64() as Lamports,
    blsPubkey: cursor.readFlag() ? cursor.readBytes(voteStateSizes.blsPubkey) : null,
  };
}

/**
 * Version 3 names no collectors and counts its commission in percent. It collects into the vote account, whose address
 * is not in the data: without it the identity stands in.
 */
function readHeadV3(cursor: VoteStateCursor, voteAccount: Address | undefined): Head {
  const node = cursor.readAddress();
  const authorizedWithdrawer = cursor.readAddress();
  return {
    node,
    authorizedWithdrawer,
    inflationRewardsCollector: voteAccount ?? node,
    blockRevenueCollector: node,
    inflationRewardsCommissionBps: cursor.readU8() * 100,
    blockRevenueCommissionBps: fullCommissionBps,
    pendingDelegatorRewards: 0n as Lamports,
    blsPubkey: null,
  };
}

function readVotes(cursor: VoteStateCursor): readonly LandedVote[] {
  const { start, end } = cursor.readList(landedVoteBytes);
  if (start === end) return noVotes;
  const votes: LandedVote[] = [];
  for (let at = start; at < end; at += landedVoteBytes) {
    votes.push({
      latency: cursor.view.getUint8(at),
      slot: cursor.countAt(at + 1) as Slot,
      confirmationCount: cursor.view.getUint32(at + 9, true),
    });
  }
  return votes;
}

function readAuthorizedVoters(cursor: VoteStateCursor): AuthorizedVoter[] {
  const { start, end } = cursor.readList(voteStateSizes.voter);
  const voters: AuthorizedVoter[] = [];
  let previous = -1;
  for (let at = start; at < end; at += voteStateSizes.voter) {
    const epoch = cursor.countAt(at) as Epoch;
    if (epoch <= previous) cursor.failed = true;
    previous = epoch;
    voters.push({ epoch, voter: cursor.addressAt(at + 8) });
  }
  return voters;
}

function readEpochCredits(cursor: VoteStateCursor): EpochCredits[] {
  const { start, end } = cursor.readList(voteStateSizes.credits);
  const entries: EpochCredits[] = [];
  for (let at = start; at < end; at += voteStateSizes.credits) {
    entries.push({
      epoch: cursor.countAt(at) as Epoch,
      credits: cursor.countAt(at + 8),
      previousCredits: cursor.countAt(at + 16),
    });
  }
  return entries;
}
