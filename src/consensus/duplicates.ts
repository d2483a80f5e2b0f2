/**
 * A leader that signs two blocks for one slot: which of them may be followed.
 *
 *     root ── 5 ── 6   (30)        both 6 and 6' are no candidates: the heaviest fork ends at 5, and 7 is built there
 *              └── 6'  (25)        once more than 52 % stand on 6, it is a candidate again, and so are its ancestors
 *
 * Fewer than 52 % could change their minds together: 38 % suffice to switch forks, and up to 10 % may be missing
 * (100 − 38 − 10 = 52).
 *
 * Source: Solana's `DUPLICATE_THRESHOLD`, `mark_fork_invalid_candidate`, `mark_fork_valid_candidate`.
 */
import type { Address, Slot } from "../chain/ids.ts";
import type { BlockNode, BlockTree } from "./block-tree.ts";
import { stakeIn } from "./stake-sum.ts";

export const duplicateThresholdPercent = 52n;

/** Whether more than 52 % of the stake stands on the block: exactly 52 % is not enough. */
export function isDuplicateConfirmed(stake: bigint, total: bigint): boolean {
  return stake * 100n > total * duplicateThresholdPercent;
}

/** The blocks of one slot by one leader. */
export function versionsOf(tree: BlockTree, slot: Slot, leader: Address | null): BlockNode[] {
  return (tree.slots.get(slot) ?? []).filter((node) => node.bank.leader === leader && node !== tree.root);
}

/** The leader of these blocks signed more than one for their slot. Gives those that stopped being candidates. */
export function markDuplicates(versions: readonly BlockNode[]): BlockNode[] {
  const marked = versions.filter(({ duplicate }) => duplicate === "none");
  for (const node of marked) node.duplicate = "unconfirmed";
  return marked;
}

/** Where enough stake stands on a block that was no candidate, it is one again, with its ancestors. */
export function confirmDuplicate(node: BlockNode): boolean {
  if (!isDuplicateConfirmed(stakeIn(node.weight), node.stakes.total)) return false;
  for (let at: BlockNode | null = node; at !== null; at = at.parent) {
    if (at.duplicate === "unconfirmed") at.duplicate = "confirmed";
  }
  return true;
}

/** The newest block on the way from `node` to the root that is no candidate; null when all are. */
export function unconfirmedAncestor(node: BlockNode): BlockNode | null {
  let at: BlockNode | null = node;
  while (at !== null && at.duplicate !== "unconfirmed") at = at.parent;
  return at;
}
