/**
 * Votes of many voters for one block, heard one after another by many validators who know the same of the voters: what the
 * votes do together is reckoned once, and each validator only looks whether it holds for him.
 *
 *     run   v1 v2 v3   all for block 9            before   u1 u2 u3   all for block 8
 *     A     knows  u1 u2 u3  ──>  v1 v2 v3,  weight of 9 grows by their stake; v2 confirms it
 *     B     knows  u1 v2 u3  ──>  (v2 is his own, and not told to him)  v1 v2 v3
 *     C     knows  u1 t2 u3  ──>  not as the others: he takes them one by one
 *
 * A thousand validators hear a million votes a slot; here each of them costs a comparison. What the first one knows is what
 * the others are compared with, unless the next one already knows something else: then it is that one, and so on for a few.
 */
import type { Hash, Slot } from "../chain/ids.ts";
import type { StakeTable } from "../chain/stake-table.ts";
import { addStake, compareStakes, createStakeSum, type StakeLimbs, type StakeSum, subtractStake } from "./stake-sum.ts";
import type { Vote } from "./vote.ts";
import type { WeighedVote } from "./weighed-vote.ts";

/** So many may be the odd one before it is given up to find what most of them know. */
const triesMax = 4;

export class VoteRun {
  /** Of the block that all vote for. */
  readonly blockId: Hash;
  readonly slot: Slot;
  readonly votes: readonly Vote[];
  readonly places: Int32Array;
  readonly #weighed: readonly WeighedVote[];
  readonly #isPlain: (index: number, before: Vote) => boolean;
  /** What those knew who have been asked so far; null where nobody was. */
  readonly #before: (Vote | null)[];
  #blockIdBefore: Hash | null = null;
  #newestRoot = -1;
  #movesRoots = false;
  /** They have to be taken one by one. */
  readonly #isMixed: boolean;
  /** How often it was begun anew with what one knows, and how many have known the same since then, he among them. */
  #tries = 0;
  #followers = 0;
  #stakes: StakeTable | null = null;
  #counts = false;
  #stake: readonly StakeLimbs[] = [];
  /** Of each vote and all those before it. */
  #sums: readonly StakeLimbs[] = [];

  /** At least one vote. `isPlain`: the vote at `index` asks for nothing but to be weighed where `before` was the one before. */
  constructor(weighed: readonly WeighedVote[], isPlain: (index: number, before: Vote) => boolean) {
    const [{ vote: first }] = weighed as readonly [WeighedVote];
    this.blockId = first.blockId;
    this.slot = first.slot;
    this.votes = weighed.map(({ vote }) => vote);
    this.places = Int32Array.from(weighed, ({ place }) => place);
    this.#weighed = weighed;
    this.#isPlain = isPlain;
    this.#before = weighed.map(() => null);
    const isOfOneBlock = this.votes.every(({ blockId, slot }) => blockId === first.blockId && slot === first.slot);
    this.#isMixed = !isOfOneBlock || this.places.includes(-1) || new Set(this.places).size < weighed.length;
  }

  /** The block that all voted for before; null while nobody was asked. */
  get blockIdBefore(): Hash | null {
    return this.#blockIdBefore;
  }

  /** Whether one who knows these votes, by place, hears what the others hear; `except` is not told to him, -1 for none. */
  follows(latest: readonly (Vote | null)[], except: number): boolean {
    if (this.#isMixed) return false;
    let isFollowing = this.#tries > 0 && this.#knowsTheSame(latest, except);
    if (!isFollowing && this.#followers <= 1 && this.#tries < triesMax) {
      this.#beginAnew();
      isFollowing = this.#knowsTheSame(latest, except);
    }
    if (isFollowing) this.#followers++;
    return isFollowing;
  }

  #beginAnew(): void {
    this.#tries++;
    this.#followers = 0;
    this.#before.fill(null);
    this.#blockIdBefore = null;
    this.#newestRoot = -1;
    this.#movesRoots = false;
  }

  #knowsTheSame(latest: readonly (Vote | null)[], except: number): boolean {
    const { places } = this;
    const known = this.#before;
    for (let index = 0; index < places.length; index++) {
      const before = latest[places[index]!];
      if (before === known[index] && before !== null) continue;
      if (index === except) continue;
      if (before == null || known[index] !== null || !this.#compare(index, before)) return false;
    }
    return true;
  }

  #compare(index: number, before: Vote): boolean {
    const vote = this.votes[index]!;
    this.#blockIdBefore ??= before.blockId;
    const isAlike =
      before.blockId === this.#blockIdBefore &&
      before.blockId !== vote.blockId &&
      this.#weighed[index]!.isNewerThan(before) &&
      this.#isPlain(index, before);
    if (!isAlike) return false;
    this.#before[index] = before;
    const { root } = vote.tower;
    if (root !== before.tower.root) {
      this.#movesRoots = true;
      if (root !== null) this.#newestRoot = Math.max(this.#newestRoot, root);
    }
    return true;
  }

  /** Whether a voter's root is another than before. Counts the one that is not told, too: he knows of his own. */
  get movesRoots(): boolean {
    return this.#movesRoots;
  }

  /** The newest root that is claimed anew, by him too; -1 for none. */
  get newestRoot(): number {
    return this.#newestRoot;
  }

  /** Whether each of them counts; what follows is of the table that was last asked for. */
  countIn(stakes: StakeTable): boolean {
    if (this.#stakes !== stakes) {
      this.#stakes = stakes;
      this.#counts = this.#weighed.every((weighed) => weighed.countsIn(stakes));
      this.#stake = this.#weighed.map((weighed) => weighed.stakeIn(stakes));
      const sum = createStakeSum();
      this.#sums = this.#stake.map((stake) => {
        addStake(sum, stake);
        return { high: sum.high, low: sum.low };
      });
    }
    return this.#counts;
  }

  /** The stake of all but one. */
  stake(except: number): StakeLimbs {
    const sum = createStakeSum();
    this.#addUpTo(sum, this.votes.length - 1, except);
    return sum;
  }

  /**
   * The first vote with which `support`, which is not so by itself, is above `limit`; -1 if none is. Stakes are not negative:
   * their sums only grow, and with the one at `except` they do not.
   */
  firstAbove(support: StakeLimbs, limit: StakeLimbs, except: number): number {
    const sum = createStakeSum();
    let first = 0;
    let end = this.votes.length;
    while (first < end) {
      const middle = (first + end) >> 1;
      this.#addUpTo(sum, middle, except);
      addStake(sum, support);
      if (compareStakes(sum, limit) > 0) end = middle;
      else first = middle + 1;
      sum.high = 0;
      sum.low = 0;
    }
    return first === this.votes.length ? -1 : first;
  }

  #addUpTo(sum: StakeSum, index: number, except: number): void {
    addStake(sum, this.#sums[index]!);
    if (except !== -1 && except <= index) subtractStake(sum, this.#stake[except]!);
  }
}
