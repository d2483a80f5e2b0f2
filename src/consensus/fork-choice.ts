/**
 * Which fork is heaviest: each validator's latest vote counts once, for its block and all ancestors.
 *
 *     root ── 5 ── 6 ── 8       votes  A (40) -> 8,  B (35) -> 6,  C (25) -> 7
 *              └── 7            weight 5: 100   6: 75   8: 40   7: 25        heaviest 8
 *
 * From the root step to the child of most weight; on a tie to the lower slot, then the smaller id. A block whose leader
 * signed another one for its slot is no candidate until it is confirmed (duplicates.ts), nor is what descends from it; it
 * weighs for its parent all the same. Weights are kept up to date vote by vote: a vote walks from the voter's last block
 * to the new one, which is one step where the chain grows without forks.
 *
 * Source: Solana's `heaviest_subtree_fork_choice`.
 */
import type { BlockNode } from "./block-tree.ts";
import { addStake, compareStakes, type StakeLimbs, subtractStake } from "./stake-sum.ts";

/**
 * Moves a voter's stake from the block of its last vote (null: it has none in the tree) to the block of its new one.
 * `stakeBefore` weighed there; it is another where the two blocks are of two epochs.
 */
export function moveWeight(
  from: BlockNode | null,
  stakeBefore: StakeLimbs | null,
  to: BlockNode,
  stake: StakeLimbs,
): void {
  let left = from;
  let joined: BlockNode | null = to;
  while (left !== joined) {
    if (joined !== null && (left === null || joined.slot > left.slot)) {
      addStake(joined.weight, stake);
      joined = joined.parent;
    } else if (left !== null) {
      if (stakeBefore !== null) subtractStake(left.weight, stakeBefore);
      left = left.parent;
    }
  }
  if (stakeBefore === null || compareStakes(stake, stakeBefore) === 0) return;
  for (let at = joined; at !== null; at = at.parent) {
    addStake(at.weight, stake);
    subtractStake(at.weight, stakeBefore);
  }
}

export function isCandidate(node: BlockNode): boolean {
  return node.duplicate !== "unconfirmed";
}

/** The tip of the heaviest fork that begins at `from`. */
export function heaviestFrom(from: BlockNode): BlockNode {
  let at = from;
  for (;;) {
    let best: BlockNode | null = null;
    // Children stand in (slot, id) order: on a tie the first one stays.
    for (const child of at.children) {
      if (isCandidate(child) && (best === null || compareStakes(child.weight, best.weight) > 0)) best = child;
    }
    if (best === null) return at;
    at = best;
  }
}

/** The block of most ancestors that begins at `from`, candidate or not; on a tie the heavier, then the lower slot. */
export function deepestFrom(from: BlockNode): BlockNode {
  let best = { node: from, height: 0 };
  const open = [best];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (isDeeper(next, best)) best = next;
    for (const node of next.node.children) open.push({ node, height: next.height + 1 });
  }
  return best.node;
}

type Depth = { readonly node: BlockNode; readonly height: number };

function isDeeper(a: Depth, b: Depth): boolean {
  if (a.height !== b.height) return a.height > b.height;
  // The weights that decide are those of the branches where the two part.
  const [x, y] = branchesOf(a.node, b.node);
  if (x === y) return false;
  const difference = compareStakes(x.weight, y.weight);
  return difference === 0 ? x.slot < y.slot : difference > 0;
}

/** The two children of the newest common ancestor that lead to `a` and to `b`, which stand at the same height. */
function branchesOf(a: BlockNode, b: BlockNode): [BlockNode, BlockNode] {
  let [x, y] = [a, b];
  while (x.parent !== y.parent && x.parent !== null && y.parent !== null) [x, y] = [x.parent, y.parent];
  return [x, y];
}

/** The newest block that both descend from (or are); null when they share none in the tree. */
export function commonAncestor(a: BlockNode, b: BlockNode): BlockNode | null {
  let [x, y]: [BlockNode | null, BlockNode | null] = [a, b];
  while (x !== y) {
    if (x !== null && (y === null || x.slot > y.slot)) x = x.parent;
    else y = y?.parent ?? null;
  }
  return x;
}
