/**
 * What the ledger does with a submitted tower: checks that it keeps every promise of the one before, then replaces it.
 *
 *     on the ledger   root 1   2:4  3:3  4:2
 *     submitted       root 1   2:4  3:3  9:1    accepted: 4 stood until 8, so 9 may have popped it
 *     submitted       root 1   2:4  3:3  8:1    LockoutConflict: 4 still stood at 8
 *
 * Credits are earned when a vote is rooted, and the sooner the vote landed the more: 16 for a latency of one or two
 * slots, one less for each slot more, at least 1 ("timely vote credits"). The latency is the ledger's own measure,
 * taken once, when the vote first lands.
 *
 * Source: Solana's vote program, `check_and_filter_proposed_vote_state`, `process_new_vote_state`; SIMD-0033.
 */
import type { Epoch, Hash, Slot } from "./ids.ts";
import { type Lockout, lastLockedOutSlot, lockoutHistoryMax } from "./lockouts.ts";
import type { TowerSync } from "./tower-sync.ts";
import { type VoteErrorName, voteErrors } from "./vote-errors.ts";
import { type EpochCredits, epochCreditsMax, type LandedVote, type VoteState, withVotes } from "./vote-state.ts";

export type TowerSyncEnv = {
  /** Of the block the vote lands in. */
  readonly slot: Slot;
  readonly epoch: Epoch;
  /** The block id of this block's ancestor at `slot`; null where it has none. Must reach back `voteHistorySlots`. */
  readonly blockIdAt: (slot: Slot) => Hash | null;
};

export type TowerSyncOutcome =
  | { readonly ok: true; readonly state: VoteState }
  | { readonly ok: false; readonly error: { readonly Custom: number }; readonly name: VoteErrorName };

/** How far back a submitted slot is checked against the block's ancestors; Solana's SlotHashes hold as many entries. */
export const voteHistorySlots = 512;

const creditsMax = 16;
/** Latencies up to this earn everything. */
const graceSlots = 2;
export const latencyMax = 255;

/** A stack that may stand on the ledger, and the credits that it brings. */
type LandedStack = { readonly root: Slot | null; readonly votes: readonly LandedVote[]; readonly earned: number };

/** The state after the tower, or the vote program's error; nothing changes on an error. */
export function applyTowerSync(state: VoteState, tower: TowerSync, env: TowerSyncEnv): TowerSyncOutcome {
  return takeStack(state, landTowerOnce(state, tower, env), tower.timestamp, env.epoch);
}

type Landed = {
  readonly votes: readonly LandedVote[];
  readonly rootSlot: Slot | null;
  readonly stack: LandedStack | VoteErrorName;
};

/** What a block's towers became, by the object: those who vote alike share one, and so do their stacks on the ledger. */
const landedIn = new WeakMap<TowerSyncEnv, Map<TowerSync, Landed>>();

function landTowerOnce(state: VoteState, tower: TowerSync, env: TowerSyncEnv): LandedStack | VoteErrorName {
  let landed = landedIn.get(env);
  if (landed === undefined) {
    landed = new Map();
    landedIn.set(env, landed);
  }
  const known = landed.get(tower);
  if (known !== undefined && known.votes === state.votes && known.rootSlot === state.rootSlot) return known.stack;
  const made = landTower(state, tower, env);
  const stack = known === undefined ? made : sameStack(known.stack, made);
  landed.set(tower, { votes: state.votes, rootSlot: state.rootSlot, stack });
  return stack;
}

/** The new stack, in the object of the one before where they say the same. */
function sameStack(
  before: LandedStack | VoteErrorName,
  made: LandedStack | VoteErrorName,
): LandedStack | VoteErrorName {
  if (typeof before === "string" || typeof made === "string" || before.votes.length !== made.votes.length) return made;
  const isSame = made.votes.every((vote, index) => {
    const { slot, confirmationCount, latency } = before.votes[index]!;
    return vote.slot === slot && vote.confirmationCount === confirmationCount && vote.latency === latency;
  });
  return isSame ? { root: made.root, votes: before.votes, earned: made.earned } : made;
}

function landTower(state: VoteState, tower: TowerSync, env: TowerSyncEnv): LandedStack | VoteErrorName {
  const last = tower.votes.at(-1);
  if (last === undefined) return "EmptySlots";
  const lastOnLedger = state.votes.at(-1);
  if (lastOnLedger !== undefined && last.slot <= lastOnLedger.slot) return "VoteTooOld";
  const oldestKnown = env.slot - voteHistorySlots;
  if (last.slot < oldestKnown) return "VoteTooOld";

  const root = knownRootOf(state, tower.root, oldestKnown);
  const isRootKnown = root === null || root < oldestKnown || root === state.rootSlot || hasVote(state, root);
  if (!isRootKnown && env.blockIdAt(root) === null) return "RootOnDifferentFork";
  const votes: Lockout[] = [];
  let previous = -1;
  let at = 0;
  for (const vote of tower.votes) {
    if (vote.slot <= previous) return "SlotsNotOrdered";
    previous = vote.slot;
    while (at < state.votes.length && state.votes[at]!.slot < vote.slot) at += 1;
    // What stands on the ledger already was an ancestor when it landed, and is one for ever.
    if (state.votes[at]?.slot !== vote.slot) {
      // Too old to tell which fork it is on: it takes no part.
      if (vote.slot < oldestKnown) continue;
      if (env.blockIdAt(vote.slot) === null) return "SlotsMismatch";
    }
    votes.push(vote);
  }
  const expected = env.blockIdAt(last.slot);
  if (tower.hash !== expected || tower.blockId !== expected) return "SlotHashMismatch";
  return computeStack(state, { root, votes }, env.slot);
}

/** The second half: the checks that need no ancestors, and the new state. `tower.votes` is not empty. */
export function replaceTower(
  state: VoteState,
  tower: Pick<TowerSync, "root" | "votes" | "timestamp">,
  env: Pick<TowerSyncEnv, "slot" | "epoch">,
): TowerSyncOutcome {
  return takeStack(state, computeStack(state, tower, env.slot), tower.timestamp, env.epoch);
}

function computeStack(
  { votes, rootSlot }: VoteState,
  tower: Pick<TowerSync, "root" | "votes">,
  slot: Slot,
): LandedStack | VoteErrorName {
  const error = checkTower(tower.votes, tower.root, rootSlot);
  if (error !== null) return error;
  const rootedCount = tower.root === null ? 0 : countRooted(votes, tower.root);
  const landed = landVotes(votes, rootedCount, tower.votes, slot);
  if (typeof landed === "string") return landed;
  let earned = 0;
  if (tower.root !== rootSlot) for (let i = 0; i < rootedCount; i++) earned += creditsFor(votes[i]!.latency);
  return { root: tower.root, votes: landed, earned };
}

/** The part that is each account's own: its clock and its credits. */
function takeStack(
  state: VoteState,
  stack: LandedStack | VoteErrorName,
  timestamp: bigint | null,
  epoch: Epoch,
): TowerSyncOutcome {
  if (typeof stack === "string") return fail(stack);
  const { root, votes, earned } = stack;
  let lastTimestamp = state.lastTimestamp;
  if (timestamp !== null) {
    const { slot } = votes.at(-1)!;
    if (!isTimestampAcceptable(lastTimestamp, slot, timestamp)) return fail("TimestampTooOld");
    lastTimestamp = { slot, timestamp };
  }
  const epochCredits = root === state.rootSlot ? state.epochCredits : addCredits(state.epochCredits, epoch, earned);
  const { authorizedVoters } = state;
  return {
    ok: true,
    state: withVotes(state, { votes, rootSlot: root, authorizedVoters, epochCredits, lastTimestamp }),
  };
}

/** Credits of a rooted vote. Latency 0 marks votes from before latencies were kept: 1, as then. */
export function creditsFor(latency: number): number {
  if (latency === 0) return 1;
  return Math.max(1, creditsMax - Math.max(0, latency - graceSlots));
}

/** The credits after earning `earned` in `epoch`: a new entry for a new epoch, unless the last epoch earned nothing. */
export function addCredits(entries: readonly EpochCredits[], epoch: Epoch, earned: number): readonly EpochCredits[] {
  const last = entries.at(-1);
  if (last === undefined) return [{ epoch, credits: earned, previousCredits: 0 }];
  const grown = { epoch, credits: last.credits + earned, previousCredits: last.previousCredits };
  if (epoch === last.epoch || last.credits === last.previousCredits) return entries.with(-1, grown);
  const opened = { epoch, credits: last.credits + earned, previousCredits: last.credits };
  return [...entries.slice(entries.length < epochCreditsMax ? 0 : 1), opened];
}

/** A root too old to be checked gives way to the newest slot the ledger itself knows at or below it. */
function knownRootOf(state: VoteState, root: Slot | null, oldestKnown: number): Slot | null {
  if (root === null || root >= oldestKnown) return root;
  let known = state.rootSlot;
  for (const vote of state.votes) if (vote.slot <= root) known = vote.slot;
  return known;
}

function hasVote(state: VoteState, slot: Slot): boolean {
  return state.votes.some((vote) => vote.slot === slot);
}

function countRooted(votes: readonly LandedVote[], root: Slot): number {
  let count = 0;
  while (count < votes.length && votes[count]!.slot <= root) count += 1;
  return count;
}

/**
 * Why no voter can have this tower, or null: the votes are in order, each within the lockout of the one before, and the
 * root is not behind `rootOnLedger`.
 */
export function checkTower(
  votes: readonly Lockout[],
  root: Slot | null,
  rootOnLedger: Slot | null,
): VoteErrorName | null {
  if (votes.length > lockoutHistoryMax) return "TooManyVotes";
  if (rootOnLedger !== null && (root === null || root < rootOnLedger)) return "RootRollBack";
  let previous: Lockout | null = null;
  for (const vote of votes) {
    if (vote.confirmationCount === 0) return "ZeroConfirmations";
    if (vote.confirmationCount > lockoutHistoryMax) return "ConfirmationTooLarge";
    // Root 0 is also what voters say who have none yet.
    if (root !== null && root !== 0 && vote.slot <= root) return "SlotSmallerThanRoot";
    if (previous !== null) {
      if (vote.slot <= previous.slot) return "SlotsNotOrdered";
      if (vote.confirmationCount >= previous.confirmationCount) return "ConfirmationsNotOrdered";
      if (vote.slot > lastLockedOutSlot(previous)) return "NewVoteStateLockoutMismatch";
    }
    previous = vote;
  }
  return null;
}

/**
 * The new stack with the ledger's latencies, or the promise it breaks: a vote gone missing must have expired by the
 * next new vote, and a vote that stays keeps at least its confirmations.
 */
function landVotes(
  current: readonly LandedVote[],
  from: number,
  proposed: readonly Lockout[],
  slot: Slot,
): readonly LandedVote[] | VoteErrorName {
  const landed: LandedVote[] = [];
  let at = from;
  for (const vote of proposed) {
    while (at < current.length && current[at]!.slot < vote.slot) {
      if (lastLockedOutSlot(current[at]!) >= vote.slot) return "LockoutConflict";
      at += 1;
    }
    const known = current[at];
    let latency = 0;
    if (known !== undefined && known.slot === vote.slot) {
      if (vote.confirmationCount < known.confirmationCount) return "ConfirmationRollBack";
      latency = known.latency;
      at += 1;
    }
    if (latency === 0) latency = Math.min(Math.max(0, slot - vote.slot), latencyMax);
    landed.push({ latency, slot: vote.slot, confirmationCount: vote.confirmationCount });
  }
  return landed;
}

/** Time does not go back, and one slot has one time. */
function isTimestampAcceptable(last: VoteState["lastTimestamp"], slot: Slot, timestamp: bigint): boolean {
  if (slot < last.slot || timestamp < last.timestamp) return false;
  return slot !== last.slot || last.slot === 0 || timestamp === last.timestamp;
}

function fail(name: VoteErrorName): TowerSyncOutcome {
  return { ok: false, error: { Custom: voteErrors[name] }, name };
}
