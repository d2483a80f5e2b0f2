/**
 * Work that is a pure function of its input, done once for all validators that live together.
 *
 *     the leader    produce(parent, …)    ──┐
 *     validator 2   replay(parent, block) ──┼──> one execution, one immutable bank
 *     validator N   replay(parent, block) ──┘
 *
 * A cache behind the same functions: `createOwnWork` does each of them anew each time, and a test shows that a whole run
 * comes out the same either way. Entries live as long as the bank they belong to, votes and replays for a while. (Functions
 * below this one keep memories of their own, by objects that never change: what a bank's landed votes say, a tower's bytes.)
 *
 * An honest leader's block keeps the rules by the way it is made, so what its leader executed stands for everybody's
 * replay. Whoever tampers with a block makes another object of it, and that one is replayed.
 */
import { createFifo, rememberIn } from "../base/fifo.ts";
import { createRecentMap } from "../base/recent-map.ts";
import { accept, type Outcome, type Refusal } from "../base/refusal.ts";
import { applyBlock, type BlockRefusal, checkBlockIdentity } from "../chain/apply-block.ts";
import type { Bank } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import type { Chain } from "../chain/chain.ts";
import type { Keypair } from "../chain/crypto.ts";
import type { Hash, Slot } from "../chain/ids.ts";
import { verifyTransactionSignatures } from "../chain/parse-transaction.ts";
import { type Candidate, type ProducedBlock, produceBlock } from "../chain/produce-block.ts";
import { findLockoutViolation, type ShownTower } from "../chain/slashing/lockout-violation.ts";
import { isProvableVote } from "../chain/slashing/signed-vote.ts";
import type { Transaction } from "../chain/transaction.ts";
import { isSameTower, recordVote, type Tower } from "../consensus/tower.ts";
import { createVote, parseVote, type Vote, type VoteFields } from "../consensus/vote.ts";
import { VoterPlaces } from "../consensus/voter-places.ts";
import { WeighedVote } from "../consensus/weighed-vote.ts";
import type { HeardVote } from "./heard-vote.ts";

export interface SharedWork {
  /** Builds a leader's block on its parent's bank. */
  produce(parent: Bank, slot: Slot, leader: Keypair, candidates: Iterable<Candidate>): ProducedBlock;
  /** Applies a block to its parent's bank. */
  replay(parent: Bank, block: Block): Outcome<Bank, BlockRefusal>;
  /** Whether what one validator asks for is kept for the others. */
  readonly isShared: boolean;
  /** A vote that came, and what follows from it for all who hear it. */
  hear(vote: Vote): HeardVote;
  /** Null: its id is that of all of it, and its leader signed it. */
  checkIdentity(block: Block): Refusal<BlockRefusal> | null;
  /** The vote in a transaction that landed, or null when it is none. */
  voteIn(transaction: Transaction): Vote | null;
  /** The votes that landed in a bank's block without an error, together for each block they mean. */
  votesIn(bank: Bank): readonly LandedVotes[];
  /** Whether no tower can have cast both of these votes of one account. */
  breaksPromise(before: Vote, vote: Vote): boolean;
  /** The tower after voting for a bank's block. */
  recordVote(tower: Tower, bank: Bank): Tower;
  /** A validator's own vote, signed. */
  createVote(fields: VoteFields): Vote;
  /** Of all voters whom these validators weigh. */
  readonly places: VoterPlaces;
}

export type LandedVotes = { readonly blockId: Hash; readonly votes: readonly Vote[] };

export function createOwnWork(chain: Chain): SharedWork {
  const { signatures } = chain.crypto;
  const places = new VoterPlaces();
  const voteIn = (transaction: Transaction): Vote | null => {
    const verified = verifyTransactionSignatures(transaction, signatures);
    const parsed = verified.ok ? parseVote(verified.value) : verified;
    return parsed.ok ? parsed.value : null;
  };
  const breaksPromise = (before: Vote, vote: Vote) => findLockoutViolation(shownBy(before), shownBy(vote)) !== null;
  return {
    isShared: false,
    hear: (vote) => ({
      weighed: new WeighedVote(vote, places),
      isGenuine: isSameVote(voteIn(vote.transaction), vote),
      breaksPromise: (before) => breaksPromise(before, vote),
    }),
    produce: (parent, slot, leader, candidates) => produceBlock(chain, parent, slot, leader, candidates),
    replay: (parent, block) => applyBlock(chain, parent, block),
    checkIdentity: (block) => checkBlockIdentity(chain, block),
    voteIn,
    votesIn: (bank) => groupVotes(bank, voteIn),
    breaksPromise,
    recordVote: (tower, bank) => recordVote(tower, bank.slot, bank.blockId),
    createVote: ({ identity, voteAccount, tower, blockId, recentBlockhash, timestamp }) =>
      createVote({ identity, voteAccount, tower, blockId, recentBlockhash, timestamp, scheme: signatures }),
    places,
  };
}

function groupVotes({ results }: Bank, voteIn: SharedWork["voteIn"]): LandedVotes[] {
  const byBlock = new Map<Hash, Vote[]>();
  for (const { transaction, isVote, error } of results) {
    const vote = isVote && error === null ? voteIn(transaction) : null;
    if (vote === null) continue;
    const together = byBlock.get(vote.blockId);
    if (together === undefined) byBlock.set(vote.blockId, [vote]);
    else together.push(vote);
  }
  return [...byBlock].map(([blockId, votes]) => ({ blockId, votes }));
}

function shownBy({ tower, blockId }: Vote): ShownTower {
  return { root: tower.root, votes: tower.votes, blockId };
}

function isSameVote(a: Vote | null, b: Vote): boolean {
  if (a === b) return true;
  return (
    a !== null &&
    a.voteAccount === b.voteAccount &&
    a.identity === b.identity &&
    a.authorizedVoter === b.authorizedVoter &&
    a.slot === b.slot &&
    a.blockId === b.blockId &&
    a.tower.root === b.tower.root &&
    a.tower.votes.length === b.tower.votes.length &&
    a.tower.votes.every(({ slot, confirmationCount }, index) => {
      const other = b.tower.votes[index];
      return slot === other?.slot && confirmationCount === other.confirmationCount;
    })
  );
}

/**
 * Blocks whose banks are held for those who have not replayed them yet: twice as many as wait for a root. Blocks are held
 * long, for who comes late; he replays them by himself.
 */
export const replaysMax = 64;

/** What is known of votes by their transactions. */
type VoteMemory = { readonly voteIn: SharedWork["voteIn"]; noteOwn(vote: Vote): void; noteBlock(): void };

/** Of strangers, too, who may send as many as they like. */
const votesMax = 131_072;

/**
 * A vote's transaction is read once: when the vote is heard of, or when it lands first. Of votes that are `replaysMax` blocks
 * old and more nobody asks any more; their blocks are kept longer than that, and would keep what was read of them.
 */
function createVoteMemory(own: SharedWork): VoteMemory {
  const votes = createRecentMap<Vote | null, Transaction>(votesMax);
  let blocks = 0;
  return {
    voteIn(transaction) {
      let known = votes.get(transaction);
      if (known === undefined) {
        known = own.voteIn(transaction);
        votes.set(transaction, known);
      }
      return known;
    },
    noteOwn(vote) {
      // It says what it claims by the way it is made; whether it can be held against its voter, it has to show like any other.
      votes.set(vote.transaction, isProvableVote(vote.transaction) ? vote : null);
    },
    noteBlock() {
      if (++blocks % replaysMax === 0) votes.age();
    },
  };
}

/** Who knows a transaction's vote by another way hands in a memory of his own. */
export function createSharedWork(
  chain: Chain,
  own: SharedWork = createOwnWork(chain),
  memory: VoteMemory = createVoteMemory(own),
): SharedWork {
  const { voteIn, noteOwn, noteBlock } = memory;
  const replays = createFifo<Block, { parentId: string; outcome: Outcome<Bank, BlockRefusal> }>();
  const remember = (block: Block, parentId: string, outcome: Outcome<Bank, BlockRefusal>) => {
    const known = replays.entries.get(block);
    noteBlock();
    if (known === undefined) rememberIn(replays, block, { parentId, outcome }, replaysMax);
    else Object.assign(known, { parentId, outcome });
  };
  const landedIn = new WeakMap<Bank, readonly LandedVotes[]>();
  const breaksPromise = createSharedPromises(own);
  /** The last one: a vote is delivered to everybody in a row. */
  let lastHeard: SharedHeardVote | null = null;
  return {
    isShared: true,
    hear(vote) {
      if (lastHeard?.weighed.vote === vote) return lastHeard;
      const weighed = new WeighedVote(vote, own.places);
      lastHeard = new SharedHeardVote(weighed, isSameVote(voteIn(vote.transaction), vote), breaksPromise);
      return lastHeard;
    },
    produce(parent, slot, leader, candidates) {
      const produced = own.produce(parent, slot, leader, candidates);
      remember(produced.block, parent.blockId, accept(produced.bank));
      return produced;
    },
    replay(parent, block) {
      const known = replays.entries.get(block);
      // Banks with one id hold the same state, so the parent's id stands for the parent.
      if (known !== undefined && known.parentId === parent.blockId) return known.outcome;
      const outcome = own.replay(parent, block);
      remember(block, parent.blockId, outcome);
      return outcome;
    },
    checkIdentity: own.checkIdentity,
    voteIn,
    votesIn(bank) {
      let known = landedIn.get(bank);
      if (known === undefined) {
        known = groupVotes(bank, voteIn);
        landedIn.set(bank, known);
      }
      return known;
    },
    breaksPromise,
    recordVote: createSharedTowers(own),
    createVote(fields) {
      const vote = own.createVote(fields);
      noteOwn(vote);
      return vote;
    },
    places: own.places,
  };
}

/** Everybody who hears a vote compares it with the one before of the same account: the same object, for almost all. */
class SharedHeardVote implements HeardVote {
  readonly weighed: WeighedVote;
  readonly isGenuine: boolean;
  readonly #compare: SharedWork["breaksPromise"];
  #before: Vote | null = null;
  #breaksPromise = false;

  constructor(weighed: WeighedVote, isGenuine: boolean, compare: SharedWork["breaksPromise"]) {
    this.weighed = weighed;
    this.isGenuine = isGenuine;
    this.#compare = compare;
  }

  breaksPromise(before: Vote): boolean {
    if (before !== this.#before) {
      this.#before = before;
      this.#breaksPromise = this.#compare(before, this.weighed.vote);
    }
    return this.#breaksPromise;
  }
}

/**
 * Those who voted alike share what their votes show. Only the last two comparisons are held: in a map, each vote would keep
 * all those before it.
 */
function createSharedPromises(own: SharedWork): SharedWork["breaksPromise"] {
  type Compared = { readonly before: Vote; readonly vote: Vote; readonly broken: boolean };
  let last: Compared | null = null;
  return (before, vote) => {
    if (last?.before === before && last.vote === vote) return last.broken;
    const isSaidAgain = last !== null && isSameStatement(last.before, before) && isSameStatement(last.vote, vote);
    last = { before, vote, broken: isSaidAgain ? last!.broken : own.breaksPromise(before, vote) };
    return last.broken;
  };
}

function isSameStatement(a: Vote, b: Vote): boolean {
  return a.tower === b.tower && a.blockId === b.blockId;
}

/** Towers of one bank that are told apart; of more, each is its own. */
const towersTold = 4;

/**
 * Validators who vote alike have towers that say the same: one object for all of them, so that whatever follows from a
 * tower follows once. Who parted from the others comes back to theirs as soon as his own says the same.
 */
function createSharedTowers(own: SharedWork): SharedWork["recordVote"] {
  type Recorded = { readonly after: Map<Tower, Tower>; readonly told: Tower[] };
  const recorded = new WeakMap<Bank, Recorded>();
  return (tower, bank) => {
    let known = recorded.get(bank);
    if (known === undefined) {
      known = { after: new Map(), told: [] };
      recorded.set(bank, known);
    }
    const { after, told } = known;
    let next = after.get(tower);
    if (next === undefined) {
      const made = own.recordVote(tower, bank);
      next = told.find((other) => isSameTower(other, made)) ?? made;
      if (next === made && told.length < towersTold) told.push(made);
      after.set(tower, next);
    }
    return next;
  };
}
