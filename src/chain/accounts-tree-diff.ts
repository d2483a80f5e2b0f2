/**
 * What differs between two states. States share the nodes that did not change, so that only what changed is walked:
 *
 *     root ─┬─ A            root' ─┬─ A           the same node: passed by, with all below it
 *           └─ ● ─┬─ B             └─ ●' ─┬─ B'   before B, after B'
 *                 └─ C                    └─ C    the same node
 *
 * States of different forks may have equal accounts in different nodes; those are no change.
 */
import type { Account } from "./account.ts";
import { type AccountsTree, isSameAccount } from "./accounts-tree.ts";
import {
  type AccountsBranch,
  type AccountsNode,
  childAt,
  leadingBytesOf,
  nibbleAt,
  sharedNibbles,
} from "./accounts-tree-node.ts";
import { type Address, compareAddresses } from "./ids.ts";

export type AccountDifference = {
  readonly address: Address;
  /** Null: it did not exist. */
  readonly before: Account | null;
  readonly after: Account | null;
};

/** By ascending address. Costs about as much as the changes between the two, not as much as the states. */
export function changedAccounts(from: AccountsTree, to: AccountsTree): readonly AccountDifference[] {
  const found: AccountDifference[] = [];
  compareNodes(from.root, to.root, found);
  return found.sort((a, b) => compareAddresses(a.address, b.address));
}

type Node = AccountsNode | null;

function compareNodes(from: Node, to: Node, found: AccountDifference[]): void {
  if (from === to) return;
  // A hash, once known, stands for all below it.
  if (from !== null && to !== null && from.hash !== "" && from.hash === to.hash) return;
  if (from === null || to === null) {
    takeAll(from, to, found);
    return;
  }
  if (from.kind === "leaf" && to.kind === "leaf" && from.address === to.address) {
    if (isSameAccount(from.account, to.account)) return;
    found.push({ address: from.address, before: from.account, after: to.account });
    return;
  }
  const depths = [depthOf(from), depthOf(to)] as const;
  const depth = Math.min(...depths);
  const shared = sharedNibbles(leadingBytesOf(from), leadingBytesOf(to), 0, depth);
  // They part above both, or are two leaves: nothing is in common.
  if (shared < depth || (from.kind === "leaf" && to.kind === "leaf")) {
    takeAll(from, null, found);
    takeAll(null, to, found);
    return;
  }
  for (let nibble = 0; nibble < 16; nibble++) {
    compareNodes(under(from, depth, nibble), under(to, depth, nibble), found);
  }
}

/** Leaves stand below every branch. */
function depthOf(node: AccountsNode): number {
  return node.kind === "branch" ? node.depth : Number.POSITIVE_INFINITY;
}

/** What of a node lies under a nibble at `depth`, where a branch of that depth stands or could stand. */
function under(node: AccountsNode, depth: number, nibble: number): Node {
  if (isBranchAt(node, depth)) return childAt(node, nibble);
  return nibbleAt(leadingBytesOf(node), depth) === nibble ? node : null;
}

function isBranchAt(node: AccountsNode, depth: number): node is AccountsBranch {
  return node.kind === "branch" && node.depth === depth;
}

/** Everything below the one that is there, as gone or as new. */
function takeAll(from: Node, to: Node, found: AccountDifference[]): void {
  const pending: AccountsNode[] = [from, to].filter((node) => node !== null);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.kind === "branch") pending.push(...node.children);
    else if (to === null) found.push({ address: node.address, before: node.account, after: null });
    else found.push({ address: node.address, before: null, after: node.account });
  }
}
