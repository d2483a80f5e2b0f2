/**
 * The switch check: who has voted on one fork may vote on another only where more than 38 % of the stake has promised
 * not to come to his.
 *
 *     root ── 2 ── 10 ── 14          B is locked out on 14's fork past my vote 47: B counts
 *              └── 43 ── 44 ── 47    my last vote
 *                         └── 110    may I vote here? yes, where B and its like hold more than 38 %
 *
 * Counted are lockouts seen in the tip banks of other forks that reach my last vote's slot, made for blocks above the root
 * that my last vote does not stand on; and votes heard that are no older than mine, for such blocks. A tip counts where it
 * does not descend from my last vote, and where the block to switch to stands on the ancestor that the tip shares with it.
 * 38 % is more than a third that may lie and a little that may be missing: what two thirds have confirmed
 * cannot lose so many.
 *
 * Source: Solana's `Tower::make_check_switch_threshold_decision`, `SWITCH_FORK_THRESHOLD`.
 */
import type { Address, Slot } from "../chain/ids.ts";
import { ancestorAt, type BlockNode, isAncestorOf } from "./block-tree.ts";
import { unconfirmedAncestor } from "./duplicates.ts";
import { commonAncestor } from "./fork-choice.ts";
import { type LockoutInterval, lockoutIntervalsAt } from "./landed-votes.ts";

export const switchThresholdPercent = 38n;

export type SwitchDecision =
  | { readonly type: "same-fork" }
  | { readonly type: "switch-proof"; readonly stakeSeen: bigint; readonly stakeNeeded: bigint }
  /** The root has passed my last vote: more than 2/3 have settled on what stands there. */
  | { readonly type: "root-passed" }
  /** The last vote is on a block whose leader signed two, and the block to vote on is its ancestor. */
  | { readonly type: "duplicate-rollback"; readonly duplicateSlot: Slot }
  | { readonly type: "switch-threshold"; readonly stakeSeen: bigint; readonly stakeNeeded: bigint };

export const sameFork: SwitchDecision = { type: "same-fork" };

export type SwitchQuestion = {
  readonly root: BlockNode;
  /** The block of my last vote; null where the tree does not hold it (any more). */
  readonly lastVoted: BlockNode | null;
  readonly lastSlot: Slot;
  readonly target: BlockNode;
  /** The tips of all forks. */
  readonly tips: () => readonly BlockNode[];
  /** Each validator's latest vote and its block. */
  readonly latest: () => Iterable<{ readonly voteAccount: Address; readonly node: BlockNode; readonly stake: bigint }>;
  readonly intervalsAt?: (tip: BlockNode) => readonly LockoutInterval[];
};

export function checkSwitch(question: SwitchQuestion): SwitchDecision {
  const { lastVoted, lastSlot, root, target } = question;
  if (lastVoted === null && lastSlot <= root.slot) return { type: "root-passed" };
  if (lastVoted !== null) {
    if (isAncestorOf(lastVoted, target)) return sameFork;
    const duplicate = unconfirmedAncestor(lastVoted);
    if (duplicate !== null && isAncestorOf(target, lastVoted)) {
      return { type: "duplicate-rollback", duplicateSlot: duplicate.slot };
    }
  }
  const stakeSeen = switchStake(question);
  const { total } = target.stakes;
  const stakeNeeded = (total * switchThresholdPercent) / 100n;
  const type = stakeSeen * 100n > total * switchThresholdPercent ? "switch-proof" : "switch-threshold";
  return { type, stakeSeen, stakeNeeded };
}

function switchStake(question: SwitchQuestion): bigint {
  const { root, lastVoted, lastSlot, tips, latest, intervalsAt = lockoutIntervalsAt } = question;
  // By block, not by slot: of two blocks that one leader signed for a slot I stand on one. Where the block of my last vote is
  // not in the tree (yet), any older one may be an ancestor of it.
  const isMine = (tip: BlockNode, slot: Slot) => {
    if (lastVoted === null) return slot <= lastSlot;
    const [own, other] = [ancestorAt(lastVoted, slot), ancestorAt(tip, slot)];
    return own !== null && (other === null || own === other);
  };
  const counted = new Set<Address>();
  let stake = 0n;
  const count = (voteAccount: Address, weight: bigint): void => {
    if (counted.has(voteAccount)) return;
    counted.add(voteAccount);
    stake += weight;
  };
  for (const tip of tips()) {
    if (!isOtherFork(question, tip)) continue;
    for (const { voter, slot, end } of intervalsAt(tip)) {
      if (end >= lastSlot && slot > root.slot && !isMine(tip, slot)) count(voter.voteAccount, voter.stake);
    }
  }
  for (const { voteAccount, node, stake: weight } of latest()) {
    // A vote for the other block of my last vote's slot is as new as mine.
    if (node.slot >= lastSlot && isOtherFork(question, node)) count(voteAccount, weight);
  }
  return stake;
}

/** Whether votes under `candidate` speak against coming back to my last vote's fork. */
function isOtherFork({ lastVoted, target, root }: SwitchQuestion, candidate: BlockNode): boolean {
  // The block of my last vote is not in the tree: what is newer than it stands on another fork.
  if (lastVoted === null) return candidate !== root;
  if (isAncestorOf(lastVoted, candidate) || isAncestorOf(candidate, lastVoted)) return false;
  const shared = commonAncestor(candidate, lastVoted);
  return shared !== null && isAncestorOf(shared, target);
}
