/**
 * What a vote says to whoever hears it, reckoned once for all validators who know the same of its voter: N votes are heard by
 * N validators each slot, and N x N answers are N different ones.
 *
 *     against the voter's vote before (an object they share)   is it newer?
 *     in a block's table of stakes                             does it count, and how much?
 *
 * Each answer is kept for the last question; another question is another answer.
 */
import type { StakeTable } from "../chain/stake-table.ts";
import { compareHashes } from "./block-tree.ts";
import { limbsOf, type StakeLimbs } from "./stake-sum.ts";
import type { Vote } from "./vote.ts";
import type { VoterPlaces } from "./voter-places.ts";

const noStake: StakeLimbs = limbsOf(0n);

export class WeighedVote {
  readonly vote: Vote;
  readonly #places: VoterPlaces;
  #place = -1;
  #before: Vote | null = null;
  #isNewer = true;
  #stakes: StakeTable | null = null;
  #counts = false;
  #stake: StakeLimbs = noStake;

  constructor(vote: Vote, places: VoterPlaces) {
    this.vote = vote;
    this.#places = places;
  }

  /** Of its account; -1 while it has none. */
  get place(): number {
    if (this.#place === -1) this.#place = this.#places.find(this.vote.voteAccount);
    return this.#place;
  }

  /** Whether it takes the place of the voter's vote before. */
  isNewerThan(before: Vote | null): boolean {
    if (before !== this.#before) {
      this.#before = before;
      this.#isNewer = before === null || isNewer(this.vote, before);
    }
    return this.#isNewer;
  }

  /** A vote counts for the account's own validator. */
  countsIn(stakes: StakeTable): boolean {
    if (stakes !== this.#stakes) this.#weigh(stakes);
    return this.#counts;
  }

  /** The account's stake; nothing for one that is not in the table. */
  stakeIn(stakes: StakeTable): StakeLimbs {
    if (stakes !== this.#stakes) this.#weigh(stakes);
    return this.#stake;
  }

  #weigh(stakes: StakeTable): void {
    const weight = this.#places.weightIn(stakes, this.vote.voteAccount);
    this.#stakes = stakes;
    this.#counts = weight?.identity === this.vote.identity;
    this.#stake = weight?.stake ?? noStake;
  }
}

/** Later slots win; of one slot the smaller block id, so that two votes for it count the same wherever they come first. */
function isNewer(vote: Vote, before: Vote): boolean {
  if (vote.slot !== before.slot) return vote.slot > before.slot;
  const order = compareHashes(vote.blockId, before.blockId);
  // The same vote under a newer blockhash takes the older one's place: that one may be too old to land.
  if (order === 0)
    return vote.transaction !== before.transaction && vote.transaction.signature !== before.transaction.signature;
  return order < 0;
}
