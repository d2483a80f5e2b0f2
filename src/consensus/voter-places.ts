/**
 * A number for each vote account that has ever had stake, so that what N validators know of N voters lies in arrays: a slot
 * brings N x N votes, and looking each up by its address would cost more than all the rest.
 *
 *     accounts   [A, B, C]           place of C: 2
 *     validator  latest [vote, null, vote]      it has heard of A and C
 *
 * One table serves all validators of a process; they ask for the same account, and the same table of stakes, in a row.
 */
import type { Address } from "../chain/ids.ts";
import type { StakeEntry, StakeTable } from "../chain/stake-table.ts";
import type { Vote } from "./vote.ts";

export class VoterPlaces {
  /** By place; only ever longer. */
  readonly accounts: Address[] = [];
  readonly #places = new Map<Address, number>();
  readonly #ofVotes = new WeakMap<readonly Vote[], Int32Array>();
  #lastAccount: Address | null = null;
  #lastPlace = -1;
  #lastStakes: StakeTable | null = null;
  #lastStaked: Address | null = null;
  #lastEntry: StakeEntry | undefined;

  /** -1 for an account that was given none. */
  find(voteAccount: Address): number {
    if (voteAccount !== this.#lastAccount) {
      this.#lastPlace = this.#places.get(voteAccount) ?? -1;
      this.#lastAccount = voteAccount;
    }
    return this.#lastPlace;
  }

  /** For accounts with stake only: strangers may name as many as they like. */
  assign(voteAccount: Address): number {
    const known = this.find(voteAccount);
    if (known !== -1) return known;
    this.#lastPlace = this.accounts.length;
    this.#places.set(voteAccount, this.#lastPlace);
    this.accounts.push(voteAccount);
    return this.#lastPlace;
  }

  entryIn(stakes: StakeTable, voteAccount: Address): StakeEntry | undefined {
    if (stakes !== this.#lastStakes || voteAccount !== this.#lastStaked) {
      this.#lastEntry = stakes.byVoteAccount.get(voteAccount);
      this.#lastStakes = stakes;
      this.#lastStaked = voteAccount;
    }
    return this.#lastEntry;
  }

  /** The places of the votes' accounts, in their order; -1 as in `find`. */
  ofAll(votes: readonly Vote[]): Int32Array {
    let places = this.#ofVotes.get(votes);
    if (places === undefined) {
      places = Int32Array.from(votes, ({ voteAccount }) => this.find(voteAccount));
      // Who has no place yet may be given one.
      if (!places.includes(-1)) this.#ofVotes.set(votes, places);
    }
    return places;
  }
}
