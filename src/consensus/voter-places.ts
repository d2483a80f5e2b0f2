/**
 * A number for each vote account that has ever had stake, so that what N validators know of N voters lies in arrays: a slot
 * brings N x N votes, and looking each up by its address would cost more than all the rest.
 *
 *     accounts   [A, B, C]           place of C: 2
 *     validator  latest [vote, null, vote]      it has heard of A and C
 *
 * One table serves all validators that live together.
 */
import type { Address } from "../chain/ids.ts";
import type { StakeTable } from "../chain/stake-table.ts";
import { limbsOf, type StakeLimbs } from "./stake-sum.ts";
import type { Vote } from "./vote.ts";

/** What a table says of one account. */
type Weight = { readonly identity: Address; readonly stake: StakeLimbs };

export class VoterPlaces {
  /** By place; only ever longer. */
  readonly accounts: Address[] = [];
  readonly #places = new Map<Address, number>();
  readonly #ofVotes = new WeakMap<readonly Vote[], Int32Array>();
  #lastStakes: StakeTable | null = null;
  #lastSupermajority: StakeLimbs = limbsOf(0n);
  readonly #lastWeights = new Map<Address, Weight>();

  /** -1 for an account that was given none. */
  find(voteAccount: Address): number {
    return this.#places.get(voteAccount) ?? -1;
  }

  /** For accounts with stake only: strangers may name as many as they like. */
  assign(voteAccount: Address): number {
    const known = this.find(voteAccount);
    if (known !== -1) return known;
    this.#places.set(voteAccount, this.accounts.length);
    return this.accounts.push(voteAccount) - 1;
  }

  /** As `addStake` and `compareStakes` take it. All ask for one table in a row. */
  supermajorityOf(stakes: StakeTable): StakeLimbs {
    if (this.#lastStakes !== stakes) this.#turnTo(stakes);
    return this.#lastSupermajority;
  }

  /** Null for an account that is not in the table. */
  weightIn(stakes: StakeTable, voteAccount: Address): Weight | null {
    if (this.#lastStakes !== stakes) this.#turnTo(stakes);
    const known = this.#lastWeights.get(voteAccount);
    if (known !== undefined) return known;
    const entry = stakes.byVoteAccount.get(voteAccount);
    if (entry === undefined) return null;
    const weight = { identity: entry.identity, stake: limbsOf(entry.stake) };
    this.#lastWeights.set(voteAccount, weight);
    return weight;
  }

  #turnTo(stakes: StakeTable): void {
    this.#lastStakes = stakes;
    this.#lastSupermajority = limbsOf(stakes.supermajority);
    this.#lastWeights.clear();
  }

  /** The places of the votes' accounts, in their order; -1 as in `find`. */
  ofAll(votes: readonly Vote[]): Int32Array {
    let places = this.#ofVotes.get(votes);
    if (places === undefined) {
      places = new Int32Array(votes.length);
      for (let i = 0; i < votes.length; i++) places[i] = this.find(votes[i]!.voteAccount);
      // Who has no place yet may be given one.
      if (!places.includes(-1)) this.#ofVotes.set(votes, places);
    }
    return places;
  }
}
