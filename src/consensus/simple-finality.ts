/**
 * The first consensus of this chain: heaviest fork by latest votes, lockouts, and finality by roots.
 *
 *     votes   A (40 %) -> 8,  B (35 %) -> 8,  C (25 %) -> 7        root ── 5 ── 6 ── 8     75 %: confirmed
 *                                                                             └── 7     25 %
 *
 *  - head: from the root, step to the child whose subtree holds more stake (each validator's latest vote counts once);
 *    ties go to the lower slot, then the smaller id.
 *  - vote: for the head, unless an earlier vote's lockout forbids it.
 *  - confirmed: more than 2/3 of the epoch's stake voted for exactly this block.
 *  - finalized: more than 2/3 of the stake has it under the root of its tower (32 votes deep).
 *
 * It has no threshold check, no switching proof and no treatment of equivocation: Tower BFT, which replaces it behind
 * the same interface, brings those. Under an honest network without partitions the two agree.
 */
import { assertDefined } from "../base/assert.ts";
import type { Address, Hash, Slot } from "../chain/ids.ts";
import { type StakeEntry, type StakeTable, stakeOf } from "../chain/stake-table.ts";
import { ancestorAt, type BlockNode, type BlockTree, nodeAt } from "./block-tree.ts";
import type { Consensus, VoteDecision } from "./consensus.ts";
import { isLockedOut, lastVoteOf, type Tower } from "./tower.ts";
import type { Vote } from "./vote.ts";

/** Votes that arrive before their block wait here; beyond this many the oldest are dropped. */
const earlyVotesMax = 10_000;

export function createSimpleFinality(tree: BlockTree): Consensus {
  return new SimpleFinality(tree);
}

/** A vote account's newest vote, and the entry that weighed it. */
type Voter = { vote: Vote; stakes: StakeTable; entry: StakeEntry };

class SimpleFinality implements Consensus {
  readonly name = "simple-finality";
  readonly #tree: BlockTree;
  /** By vote account. */
  readonly #voters = new Map<Address, Voter>();
  readonly #early = new Map<Hash, Map<Address, Vote>>();
  #earlyCount = 0;
  #head: BlockNode;
  /** Votes or blocks came that may move the head: it is chosen anew when next asked for. */
  #isHeadStale = false;
  #confirmed: BlockNode;
  #finalized: BlockNode;
  #rootsMoved = false;
  #lastVoted: BlockNode | null = null;

  constructor(tree: BlockTree) {
    this.#tree = tree;
    this.#head = tree.root;
    this.#confirmed = tree.root;
    this.#finalized = tree.root;
  }

  addBlock(node: BlockNode): void {
    // The common case first: the chain grows at its head. Otherwise there is a fork to weigh.
    if (!this.#isHeadStale && node.parent === this.#head && this.#head.children.length === 1) this.#head = node;
    else this.#isHeadStale = true;
    const early = this.#early.get(node.blockId);
    if (early === undefined) return;
    this.#early.delete(node.blockId);
    this.#earlyCount -= early.size;
    for (const vote of early.values()) this.addVote(vote);
  }

  addVotes(blockId: Hash, votes: readonly Vote[]): void {
    const node = this.#nodeAt(blockId);
    // All the stake there is has been heard already: nothing in these votes is new.
    if (node !== null && node.support === node.stakes.total) return;
    for (const vote of votes) this.addVote(vote);
  }

  /** N validators hear N votes a slot, so this looks up as little as it can. */
  addVote(vote: Vote): void {
    const voter = this.#voters.get(vote.voteAccount);
    if (voter !== undefined && vote.slot <= voter.vote.slot) return;
    const node = this.#nodeAt(vote.blockId);
    if (node === null) {
      if (vote.slot > this.#tree.root.slot) this.#keepEarly(vote);
      return;
    }
    const { stakes } = node;
    const entry = voter?.stakes === stakes ? voter.entry : stakes.byVoteAccount.get(vote.voteAccount);
    // A vote counts for the account's own validator, for the block that really stands in that slot.
    if (entry === undefined || entry.identity !== vote.identity || node.slot !== vote.slot) return;
    if (vote.tower.root !== (voter?.vote.tower.root ?? null)) this.#rootsMoved = true;
    if (voter === undefined) this.#voters.set(vote.voteAccount, { vote, stakes, entry });
    else {
      voter.vote = vote;
      voter.stakes = stakes;
      voter.entry = entry;
    }
    node.support += entry.stake;
    if (node.support > node.stakes.supermajority && node.slot > this.#confirmed.slot) {
      this.#confirmed = node;
      this.#rootsMoved = true;
    }
    // Stake that comes to the head only keeps it there.
    if (this.#head !== node) this.#isHeadStale = true;
  }

  *votes(): Iterable<Vote> {
    for (const { vote } of this.#voters.values()) yield vote;
  }

  /** Votes come in runs for one block: the block looked up last is tried first. */
  #nodeAt(blockId: Hash): BlockNode | null {
    if (this.#lastVoted?.blockId !== blockId) this.#lastVoted = nodeAt(this.#tree, blockId);
    return this.#lastVoted;
  }

  head(): BlockNode {
    if (this.#isHeadStale) {
      this.#isHeadStale = false;
      this.#head = this.#chooseHead();
    }
    return this.#head;
  }

  confirmed(): BlockNode {
    return this.#confirmed;
  }

  finalized(): BlockNode {
    if (this.#rootsMoved) {
      this.#rootsMoved = false;
      const slot = this.#supermajorityRoot();
      let node: BlockNode | null = this.#confirmed;
      while (node !== null && (slot === null || node.slot > slot)) node = node.parent;
      if (node !== null && node.slot > this.#finalized.slot) this.#finalized = node;
    }
    return this.#finalized;
  }

  decideVote(tower: Tower): VoteDecision {
    const node = this.head();
    const lastVoted = lastVoteOf(tower)?.slot ?? this.#tree.root.slot;
    if (node.slot <= lastVoted) return { type: "hold", reason: "already-voted", slot: node.slot, lastVoted };
    const isAncestor = (slot: Slot, blockId: Hash) => {
      if (slot >= this.#tree.root.slot) return ancestorAt(node, slot)?.blockId === blockId;
      // Below the root the tree has forgotten, but the bank knows its recent ancestors; what is older is long settled.
      const { recentBlocks } = node.bank;
      if (recentBlocks[0] === undefined || slot < recentBlocks[0].slot) return true;
      return recentBlocks.some((block) => block.slot === slot && block.blockId === blockId);
    };
    if (isLockedOut(tower, node.slot, isAncestor))
      return { type: "hold", reason: "locked-out", slot: node.slot, lastVoted };
    return { type: "vote", node };
  }

  prune(): void {
    const { root, nodes } = this.#tree;
    this.#lastVoted = null;
    if (!nodes.has(this.#confirmed.blockId)) this.#confirmed = root;
    if (!nodes.has(this.#finalized.blockId)) this.#finalized = root;
    if (!nodes.has(this.#head.blockId)) {
      this.#head = root;
      this.#isHeadStale = true;
    }
    for (const [blockId, votes] of this.#early) {
      if ([...votes.values()].every((vote) => vote.slot <= root.slot)) {
        this.#early.delete(blockId);
        this.#earlyCount -= votes.size;
      }
    }
  }

  #keepEarly(vote: Vote): void {
    // Room is for those who have stake now or in the next epoch, voting in their own name: a stranger crowds nobody out.
    const tables = [...this.#head.bank.stakeTables.values()];
    if (!tables.some((table) => table.byVoteAccount.get(vote.voteAccount)?.identity === vote.identity)) return;
    const waiting = this.#early.get(vote.blockId) ?? new Map<Address, Vote>();
    if (waiting.has(vote.voteAccount)) return;
    waiting.set(vote.voteAccount, vote);
    this.#early.set(vote.blockId, waiting);
    this.#earlyCount++;
    while (this.#earlyCount > earlyVotesMax) {
      const [oldest, votes] = assertDefined(this.#early.entries().next().value, "early votes are counted");
      this.#early.delete(oldest);
      this.#earlyCount -= votes.size;
    }
  }

  #chooseHead(): BlockNode {
    let at = this.#tree.root;
    while (at.children.length > 0) {
      at = at.children.length > 1 ? this.#heaviestChild(at) : at.children[0]!;
    }
    return at;
  }

  #heaviestChild(parent: BlockNode): BlockNode {
    const weights = new Map<BlockNode, bigint>(parent.children.map((child) => [child, 0n]));
    // Many votes name few blocks: each block looks for its branch once.
    const branches = new Map<Hash, BlockNode | null>();
    for (const { voteAccount, blockId } of this.votes()) {
      let branch = branches.get(blockId);
      if (branch === undefined) {
        branch = branchTo(parent, nodeAt(this.#tree, blockId));
        branches.set(blockId, branch);
      }
      if (branch !== null) weights.set(branch, (weights.get(branch) ?? 0n) + stakeOf(branch.stakes, voteAccount));
    }
    // Children stand in (slot, id) order, and so do the weights: on a tie the first one stays.
    let [best, bestWeight] = [parent.children[0]!, -1n];
    for (const [child, weight] of weights) if (weight > bestWeight) [best, bestWeight] = [child, weight];
    return best;
  }

  /** The highest slot that more than two thirds of the stake has rooted or passed with its root. */
  #supermajorityRoot(): Slot | null {
    const { stakes } = this.#confirmed;
    const rooted: { slot: Slot; stake: bigint }[] = [];
    for (const { voteAccount, tower } of this.votes()) {
      if (tower.root !== null) rooted.push({ slot: tower.root, stake: stakeOf(stakes, voteAccount) });
    }
    rooted.sort((a, b) => b.slot - a.slot);
    let stake = 0n;
    for (const entry of rooted) {
      stake += entry.stake;
      if (stake > stakes.supermajority) return entry.slot;
    }
    return null;
  }
}

/** The child of `parent` on the way to `node`, or null when `node` does not descend from `parent`. */
function branchTo(parent: BlockNode, node: BlockNode | null): BlockNode | null {
  let at = node;
  while (at !== null && at.parent !== parent) at = at.parent;
  return at;
}
