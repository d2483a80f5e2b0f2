/**
 * Tower BFT: the heaviest fork by latest votes, and votes that bind their voter the longer the deeper they lie.
 *
 *     heaviest fork (fork-choice.ts), without unconfirmed duplicates (duplicates.ts)
 *       └── on my last vote's fork, or a switch proof (switch-threshold.ts)?      else build on my own fork, and hold
 *             └── do my lockouts allow it (tower.ts)?                             else hold
 *                   └── is the threshold met, 8 deep (threshold.ts)?              else hold
 *                         └── vote
 *
 *  - confirmed: more than 2/3 of the epoch's stake voted for exactly this block (optimistic confirmation).
 *  - finalized: more than 2/3 of the stake has it under the roots of its towers (32 votes deep).
 *
 * docs/consensus.md tells it with an example. Source: Solana's `select_vote_and_reset_forks` and `core/src/consensus.rs`.
 */
import { assertDefined } from "../base/assert.ts";
import type { Address, Hash, Slot } from "../chain/ids.ts";
import { stakeOf } from "../chain/stake-table.ts";
import { ancestorAt, type BlockNode, type BlockTree, nodeAt } from "./block-tree.ts";
import type { Consensus, Decision, VoteDecision, VoteReason } from "./consensus.ts";
import { confirmDuplicate, markDuplicates, versionsOf } from "./duplicates.ts";
import { deepestFrom, heaviestFrom, isCandidate, moveWeight } from "./fork-choice.ts";
import { landedStakeOn } from "./landed-votes.ts";
import { addStake, compareStakes, stakeIn } from "./stake-sum.ts";
import { checkSwitch, type SwitchDecision, sameFork } from "./switch-threshold.ts";
import { checkThreshold } from "./threshold.ts";
import { findLockout, lastVoteOf, type Tower, type TowerVote } from "./tower.ts";
import type { Vote } from "./vote.ts";
import type { VoteRun } from "./vote-run.ts";
import { VoterPlaces } from "./voter-places.ts";
import { WeighedVote } from "./weighed-vote.ts";

/** Votes that arrive before their block wait here; beyond this many the oldest are dropped. */
const earlyVotesMax = 10_000;
/** Slots whose leader signed more than one block; beyond this many the oldest are forgotten. */
const duplicateSlotsMax = 1024;

export type TowerBftMemory = {
  /** Whose votes these are, and the newest vote of each account that was weighed. */
  accounts: readonly Address[];
  latest: (Vote | null)[];
  readonly early: Map<Hash, Map<Address, Vote>>;
  earlyCount: number;
  readonly duplicateSlots: Map<Slot, Set<Address>>;
  /** Blocks that are no candidates. */
  unconfirmed: BlockNode[];
  head: BlockNode;
  heaviest: BlockNode;
  /** Votes or blocks came that may move the heaviest fork: it is chosen anew when next asked for. */
  isHeaviestStale: boolean;
  confirmed: BlockNode;
  finalized: BlockNode;
  rootsMoved: boolean;
  /** No vote claims a newer root; -1 before any does. */
  highestRoot: number;
};

/** `places` is shared by the validators of a process; `memory` is one to go on from. */
export function createTowerBft(
  tree: BlockTree,
  places: VoterPlaces = new VoterPlaces(),
  memory: TowerBftMemory = createMemory(tree.root, places),
): Consensus {
  placeVotes(memory, places);
  return new TowerBft(tree, places, memory);
}

/** A memory from elsewhere has its accounts in an order of its own. */
function placeVotes(memory: TowerBftMemory, places: VoterPlaces): void {
  if (memory.accounts === places.accounts) return;
  const { accounts, latest } = memory;
  memory.accounts = places.accounts;
  memory.latest = [];
  for (const [index, vote] of latest.entries())
    if (vote !== null) setLatest(memory, places.assign(accounts[index]!), vote);
}

function setLatest({ latest }: TowerBftMemory, place: number, vote: Vote): void {
  while (latest.length <= place) latest.push(null);
  latest[place] = vote;
}

function createMemory(root: BlockNode, { accounts }: VoterPlaces): TowerBftMemory {
  return {
    accounts,
    latest: [],
    early: new Map(),
    earlyCount: 0,
    duplicateSlots: new Map(),
    unconfirmed: [],
    head: root,
    heaviest: root,
    isHeaviestStale: false,
    confirmed: root,
    finalized: root,
    rootsMoved: false,
    highestRoot: -1,
  };
}

class TowerBft implements Consensus {
  readonly name = "tower-bft";
  readonly memory: TowerBftMemory;
  readonly #tree: BlockTree;
  readonly #places: VoterPlaces;
  /** The two blocks of the tree that were looked up last: votes are for the newest block, and move there from its parent. */
  #found: BlockNode | null = null;
  #foundBefore: BlockNode | null = null;

  constructor(tree: BlockTree, places: VoterPlaces, memory: TowerBftMemory) {
    this.#tree = tree;
    this.#places = places;
    this.memory = memory;
  }

  #nodeAt(blockId: Hash): BlockNode | null {
    if (this.#found?.blockId === blockId) return this.#found;
    if (this.#foundBefore?.blockId === blockId) return this.#foundBefore;
    const node = nodeAt(this.#tree, blockId);
    if (node !== null) {
      this.#foundBefore = this.#found;
      this.#found = node;
    }
    return node;
  }

  addBlock(node: BlockNode): void {
    const { memory } = this;
    const { leader } = node.bank;
    if (leader !== null && versionsOf(this.#tree, node.slot, leader).length > 1) this.addDuplicate(node.slot, leader);
    else if (leader !== null && memory.duplicateSlots.get(node.slot)?.has(leader)) this.#mark(node.slot, leader);
    // The common case first: the chain grows at its head. Otherwise there is a fork to weigh.
    const grows = !memory.isHeaviestStale && node.parent === memory.heaviest && isCandidate(node);
    if (grows && memory.heaviest.children.length === 1) memory.heaviest = node;
    else memory.isHeaviestStale = true;
    const early = memory.early.get(node.blockId);
    if (early === undefined) return;
    memory.early.delete(node.blockId);
    memory.earlyCount -= early.size;
    for (const vote of early.values()) this.addVote(vote);
  }

  addDuplicate(slot: Slot, leader: Address): void {
    const { duplicateSlots } = this.memory;
    const leaders = duplicateSlots.get(slot) ?? new Set<Address>();
    leaders.add(leader);
    duplicateSlots.set(slot, leaders);
    if (duplicateSlots.size > duplicateSlotsMax) {
      duplicateSlots.delete(assertDefined(duplicateSlots.keys().next().value, "slots were counted"));
    }
    this.#mark(slot, leader);
  }

  #mark(slot: Slot, leader: Address): void {
    this.memory.unconfirmed.push(...markDuplicates(versionsOf(this.#tree, slot, leader)));
    this.memory.isHeaviestStale = true;
  }

  addVotes(blockId: Hash, votes: readonly Vote[]): void {
    const node = nodeAt(this.#tree, blockId);
    // All the stake there is has been heard already: nothing in these votes is new.
    if (node !== null && stakeIn(node.support) === node.stakes.total) return;
    for (const vote of votes) this.addVote(vote);
  }

  /** Whether each of these is the newest vote of its account here: then none says anything new. */
  hasHeardAll(votes: readonly Vote[]): boolean {
    const { latest } = this.memory;
    const places = this.#places.ofAll(votes);
    for (let i = 0; i < votes.length; i++) if (latest[places[i]!] !== votes[i]) return false;
    return true;
  }

  addVote(vote: Vote): void {
    this.addWeighed(new WeighedVote(vote, this.#places));
  }

  /** N validators hear N votes a slot, so this looks up as little as it can. */
  addWeighed(weighed: WeighedVote): Vote | null {
    const before = this.#voteAt(weighed.place);
    if (weighed.isNewerThan(before)) this.#addNewer(weighed, before);
    return before;
  }

  #addNewer(weighed: WeighedVote, before: Vote | null): void {
    const { memory } = this;
    const { vote } = weighed;
    const node = this.#nodeAt(vote.blockId);
    if (node === null) {
      if (vote.slot > this.#tree.root.slot) this.#keepEarly(vote);
      return;
    }
    const { stakes } = node;
    // A vote counts for the account's own validator, for the block that really stands in that slot.
    if (!weighed.countsIn(stakes) || node.slot !== vote.slot) return;
    const { root } = vote.tower;
    if (root !== (before === null ? null : before.tower.root)) {
      memory.rootsMoved = true;
      if (root !== null && root > memory.highestRoot) memory.highestRoot = root;
    }
    if (before === null || before.blockId !== vote.blockId) {
      // A vote for what the root left behind weighs nowhere.
      const from = before === null ? null : this.#nodeAt(before.blockId);
      const stakeBefore = from === null ? null : weighed.stakeIn(from.stakes);
      const stake = weighed.stakeIn(stakes);
      moveWeight(from, stakeBefore, node, stake);
      addStake(node.support, stake);
      // Stake that comes to the heaviest tip only keeps it there.
      if (memory.heaviest !== node) memory.isHeaviestStale = true;
    }
    setLatest(memory, weighed.place === -1 ? this.#places.assign(vote.voteAccount) : weighed.place, vote);
    if (node.slot > memory.confirmed.slot && compareStakes(node.support, this.#places.supermajorityOf(stakes)) > 0) {
      memory.confirmed = node;
      memory.rootsMoved = true;
    }
  }

  addRun(run: VoteRun, except: number): number | null {
    const { memory } = this;
    if (except === 0 && run.votes.length === 1) return -1;
    const node = this.#nodeAt(run.blockId);
    if (node === null || node.slot !== run.slot || !run.follows(memory.latest, except)) return null;
    const from = run.blockIdBefore === null ? null : this.#nodeAt(run.blockIdBefore);
    // At an epoch's boundary a voter leaves with another stake than he comes with.
    if (from?.stakes !== node.stakes || !run.countIn(node.stakes)) return null;
    const supermajority = this.#places.supermajorityOf(node.stakes);
    const isNews = node.slot > memory.confirmed.slot;
    const confirmedBy = isNews ? run.firstAbove(node.support, supermajority, except) : -1;
    const sum = run.stake(except);
    moveWeight(from, sum, node, sum);
    addStake(node.support, sum);
    if (memory.heaviest !== node) memory.isHeaviestStale = true;
    if (run.movesRoots) {
      memory.rootsMoved = true;
      memory.highestRoot = Math.max(memory.highestRoot, run.newestRoot);
    }
    const { latest } = memory;
    const { places, votes } = run;
    for (let index = 0; index < votes.length; index++) if (index !== except) latest[places[index]!] = votes[index]!;
    if (confirmedBy !== -1) {
      memory.confirmed = node;
      memory.rootsMoved = true;
    }
    return confirmedBy;
  }

  votes(): readonly Vote[] {
    return this.memory.latest.filter((vote) => vote !== null);
  }

  voteOf(voteAccount: Address): Vote | null {
    return this.#voteAt(this.#places.find(voteAccount));
  }

  #voteAt(place: number): Vote | null {
    return place === -1 ? null : (this.memory.latest[place] ?? null);
  }

  hasVotesFor(blockId: Hash): boolean {
    return this.memory.early.has(blockId);
  }

  isMissingBlocks(): boolean {
    return this.memory.early.size > 0;
  }

  *missing(): Iterable<{ blockId: Hash; slot: Slot; voter: Address }> {
    for (const [blockId, votes] of this.memory.early) {
      const [vote] = votes.values();
      if (vote !== undefined) yield { blockId, slot: vote.slot, voter: vote.identity };
    }
  }

  head(): BlockNode {
    return this.memory.head;
  }

  confirmed(): BlockNode {
    return this.memory.confirmed;
  }

  finalized(): BlockNode {
    const { memory } = this;
    // A validator roots what it stands on itself: where nobody has gone further, nothing newer is final.
    if (memory.rootsMoved && memory.highestRoot > memory.finalized.slot) {
      memory.rootsMoved = false;
      const slot = this.#supermajorityRoot();
      let node: BlockNode | null = memory.confirmed;
      while (node !== null && (slot === null || node.slot > slot)) node = node.parent;
      if (node !== null && node.slot > memory.finalized.slot) memory.finalized = node;
    }
    return memory.finalized;
  }

  decide(tower: Tower | null): Decision {
    const decision = this.#choose(tower);
    this.memory.head = decision.head;
    return decision;
  }

  #choose(tower: Tower | null): Decision {
    const heaviest = this.#heaviest();
    if (tower === null) return { head: heaviest, vote: { type: "hold", slot: heaviest.slot, reason: "no-tower" } };
    const last = lastVoteOf(tower);
    if (last === null) return { head: heaviest, vote: this.#voteFor(tower, heaviest, { type: "first-vote" }) };

    const lastVoted = nodeAt(this.#tree, last.blockId);
    const switching = this.#checkSwitch(last, lastVoted, heaviest);
    const { slot } = heaviest;
    switch (switching.type) {
      case "same-fork":
      case "switch-proof":
      case "root-passed":
        return { head: heaviest, vote: this.#voteFor(tower, heaviest, switching) };
      case "duplicate-rollback": {
        // Somebody has to build a way around the two blocks.
        const { duplicateSlot } = switching;
        const reason = "duplicate-rollback";
        return { head: heaviest, vote: { type: "hold", slot, reason, lastVoted: last.slot, duplicateSlot } };
      }
      case "switch-threshold": {
        // Who may not switch builds on: the votes for his fork need blocks to land in.
        const head = lastVoted === null ? heaviest : tipOf(lastVoted);
        if (lastVoted !== null && cannotLand(last, head)) {
          return { head, vote: this.#voteFor(tower, head, { type: "refresh" }) };
        }
        const { stakeSeen, stakeNeeded } = switching;
        const hold = { reason: "switch-threshold", lastVoted: last.slot, stakeSeen, stakeNeeded } as const;
        return { head, vote: { type: "hold", slot, ...hold } };
      }
    }
  }

  /** What lockouts and threshold say to a vote for a block that fork choice and switch check allow. */
  #voteFor(tower: Tower, node: BlockNode, reason: VoteReason): VoteDecision {
    const { slot } = node;
    const lastVoted = lastVoteOf(tower)?.slot ?? this.#tree.root.slot;
    if (slot <= lastVoted) return { type: "hold", slot, reason: "already-voted", lastVoted };
    const lockout = findLockout(tower, slot, (voted, blockId) => this.#isAncestor(node, voted, blockId));
    if (lockout !== null) return { type: "hold", slot, reason: "locked-out", lastVoted, ...lockout };
    const threshold = checkThreshold(tower.votes, slot, (voted) => landedStakeOn(node, voted), node.stakes.total);
    if (threshold.type === "pass") return { type: "vote", node, reason };
    const { depth, votedSlot, stakeSeen, stakeNeeded } = threshold;
    return { type: "hold", slot, reason: "threshold", lastVoted, depth, votedSlot, stakeSeen, stakeNeeded };
  }

  #checkSwitch(last: TowerVote, lastVoted: BlockNode | null, target: BlockNode): SwitchDecision {
    if (lastVoted === null && this.#isAncestor(target, last.slot, last.blockId)) return sameFork;
    return checkSwitch({
      root: this.#tree.root,
      lastVoted,
      lastSlot: last.slot,
      target,
      tips: () => [...this.#tree.nodes.values()].filter(({ children }) => children.length === 0),
      latest: () => this.#latest(),
    });
  }

  *#latest(): Iterable<{ voteAccount: Address; node: BlockNode; stake: bigint }> {
    for (const { voteAccount, blockId } of this.votes()) {
      const node = nodeAt(this.#tree, blockId);
      if (node !== null) yield { voteAccount, node, stake: stakeOf(node.stakes, voteAccount) };
    }
  }

  #isAncestor(node: BlockNode, slot: Slot, blockId: Hash): boolean {
    if (slot >= this.#tree.root.slot) return ancestorAt(node, slot)?.blockId === blockId;
    // Below the root the tree has forgotten, but the bank knows its recent ancestors; what is older is long settled.
    const { recentBlocks } = node.bank;
    if (recentBlocks[0] === undefined || slot < recentBlocks[0].slot) return true;
    return recentBlocks.some((block) => block.slot === slot && block.blockId === blockId);
  }

  #heaviest(): BlockNode {
    const { memory } = this;
    if (memory.unconfirmed.length > 0) {
      const open = memory.unconfirmed.filter((node) => node.duplicate === "unconfirmed" && !confirmDuplicate(node));
      if (open.length < memory.unconfirmed.length) memory.isHeaviestStale = true;
      memory.unconfirmed = open;
    }
    if (memory.isHeaviestStale) {
      memory.isHeaviestStale = false;
      memory.heaviest = heaviestFrom(this.#tree.root);
    }
    return memory.heaviest;
  }

  prune(): void {
    const { root, nodes } = this.#tree;
    const { memory } = this;
    this.#found = null;
    this.#foundBefore = null;
    if (!nodes.has(memory.confirmed.blockId)) memory.confirmed = root;
    if (!nodes.has(memory.finalized.blockId)) memory.finalized = root;
    if (!nodes.has(memory.heaviest.blockId)) memory.isHeaviestStale = true;
    if (!nodes.has(memory.head.blockId)) memory.head = this.#heaviest();
    if (memory.unconfirmed.length > 0) {
      memory.unconfirmed = memory.unconfirmed.filter(({ blockId }) => nodes.has(blockId));
    }
    if (memory.duplicateSlots.size > 0) {
      for (const slot of memory.duplicateSlots.keys()) if (slot <= root.slot) memory.duplicateSlots.delete(slot);
    }
    if (memory.early.size === 0) return;
    for (const [blockId, votes] of memory.early) {
      if ([...votes.values()].every((vote) => vote.slot <= root.slot)) {
        memory.early.delete(blockId);
        memory.earlyCount -= votes.size;
      }
    }
  }

  #keepEarly(vote: Vote): void {
    const { memory } = this;
    // Room is for those who have stake now or in the next epoch, voting in their own name: a stranger crowds nobody out.
    const tables = [...memory.heaviest.bank.stakeTables.values()];
    if (!tables.some((table) => table.byVoteAccount.get(vote.voteAccount)?.identity === vote.identity)) return;
    const waiting = memory.early.get(vote.blockId) ?? new Map<Address, Vote>();
    if (waiting.has(vote.voteAccount)) return;
    waiting.set(vote.voteAccount, vote);
    memory.early.set(vote.blockId, waiting);
    memory.earlyCount++;
    while (memory.earlyCount > earlyVotesMax) {
      const [oldest, votes] = assertDefined(memory.early.entries().next().value, "early votes are counted");
      memory.early.delete(oldest);
      memory.earlyCount -= votes.size;
    }
  }

  /** The highest slot that more than two thirds of the stake has rooted or passed with its root. */
  #supermajorityRoot(): Slot | null {
    const { stakes } = this.memory.confirmed;
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

/** Where a validator builds that stays on its last vote's fork. */
function tipOf(lastVoted: BlockNode): BlockNode {
  // On a block that is no candidate it goes on all the same: others may have confirmed it, and their votes need blocks.
  return isCandidate(lastVoted) ? heaviestFrom(lastVoted) : deepestFrom(lastVoted);
}

/** Whether the fork's tip is so far on that a vote for `last` names a slot it has forgotten. */
function cannotLand(last: TowerVote, tip: BlockNode): boolean {
  const oldest = tip.bank.recentBlocks[0];
  return oldest !== undefined && last.slot < oldest.slot && tip.slot > last.slot;
}
