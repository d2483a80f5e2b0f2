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
import { limbsOf, type StakeLimbs } from "./stake-sum.ts";
import type { Vote } from "./vote.ts";

/** Of one table, and of the account that was asked for last. */
type Weights = {
  readonly supermajority: StakeLimbs;
  voteAccount: Address | null;
  entry: StakeEntry | undefined;
  limbs: StakeLimbs;
};

export class VoterPlaces {
  /** By place; only ever longer. */
  readonly accounts: Address[] = [];
  readonly #places = new Map<Address, number>();
  readonly #ofVotes = new WeakMap<readonly Vote[], Int32Array>();
  #lastAccount: Address | null = null;
  #lastPlace = -1;
  readonly #weights = new WeakMap<StakeTable, Weights>();
  #lastStakes: StakeTable | null = null;
  #lastWeights: Weights | null = null;

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
    return this.#weigh(stakes, voteAccount).entry;
  }

  /** The account's stake; nothing for one that is not in the table. */
  limbsIn(stakes: StakeTable, voteAccount: Address): StakeLimbs {
    return this.#weigh(stakes, voteAccount).limbs;
  }

  supermajorityOf(stakes: StakeTable): StakeLimbs {
    return this.#weightsOf(stakes).supermajority;
  }

  #weigh(stakes: StakeTable, voteAccount: Address): Weights {
    const weights = this.#weightsOf(stakes);
    if (weights.voteAccount !== voteAccount) {
      weights.voteAccount = voteAccount;
      weights.entry = stakes.byVoteAccount.get(voteAccount);
      weights.limbs = limbsOf(weights.entry?.stake ?? 0n);
    }
    return weights;
  }

  #weightsOf(stakes: StakeTable): Weights {
    if (this.#lastStakes === stakes && this.#lastWeights !== null) return this.#lastWeights;
    let weights = this.#weights.get(stakes);
    if (weights === undefined) {
      weights = {
        supermajority: limbsOf(stakes.supermajority),
        voteAccount: null,
        entry: undefined,
        limbs: limbsOf(0n),
      };
      this.#weights.set(stakes, weights);
    }
    this.#lastStakes = stakes;
    this.#lastWeights = weights;
    return weights;
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
