/**
 * The accounts state: an immutable, structurally shared Merkle radix tree. See docs/decisions/0001-accounts-tree.md.
 *
 *     state of slot 7 ──> root ─┬─ A            changing B gives a new root and a new path to B;
 *                               └─ ● ─┬─ B      A and C are the very same nodes in both states,
 *     state of slot 8 ──> root' ┬─ A  └─ C      their hashes already known.
 *                               └─ ●' ┬─ B'
 *                                     └─ C
 *
 * A fork is a root, rewinding is keeping one, pruning is dropping one. The hash depends only on the set of
 * (address, account), never on the order or the history of changes. The shape and the hashes are told in accounts-tree-node.ts.
 */
import { assert } from "../base/assert.ts";
import { compareBytes } from "../base/bytes.ts";
import type { Account, AccountChange } from "./account.ts";
import { hasSameData } from "./account-data.ts";
import {
  type AccountsLeaf,
  type AccountsNode,
  addressNibbles,
  childAt,
  createBranch,
  createLeaf,
  hashOfNode,
  leadingBytesOf,
  nibbleAt,
  prefixOf,
  sharedNibbles,
} from "./accounts-tree-node.ts";
import { type Address, addressBytes, lamportsOf } from "./ids.ts";

/** An immutable value; outside the tree's own modules, use only the functions below. */
export type AccountsTree = { readonly root: AccountsNode | null; readonly count: number };

export const emptyAccounts: AccountsTree = { root: null, count: 0 };

export function accountAt(tree: AccountsTree, address: Address): Account | null {
  let node = tree.root;
  if (node === null) return null;
  const key = addressBytes(address);
  while (node !== null && node.kind === "branch") node = childAt(node, nibbleAt(key, node.depth));
  return node !== null && node.address === address ? node.account : null;
}

export function accountsCount(tree: AccountsTree): number {
  return tree.count;
}

/** The state hash: 32 bytes, a new array. Only nodes that are new since they were last hashed cost anything. */
export function accountsHash(tree: AccountsTree): Uint8Array {
  return hashOfNode(tree.root);
}

/** Every account, by ascending address bytes. */
export function* accountsEntries(tree: AccountsTree): Generator<[Address, Account], void, undefined> {
  const pending: AccountsNode[] = tree.root === null ? [] : [tree.root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.kind === "leaf") yield [node.address, node.account];
    else for (let i = node.children.length - 1; i >= 0; i--) pending.push(node.children[i]!);
  }
}

/** A change with its address's bytes, by which such are sorted. Null, or an account of 0 lamports: it is gone. */
export type SortedChange = AccountChange & { readonly key: Uint8Array };

/** One batch under way: changes by ascending key, each address once, and how many accounts came or went so far. */
type Batch = { readonly changes: readonly SortedChange[]; countDelta: number };

/**
 * A new tree with the changes made; the old one stays as it was. Null, or an account of 0 lamports, deletes. Of two
 * changes of one address the later wins. Each node on the changed paths is made once, however many changes pass it.
 */
export function applyAccountChanges(tree: AccountsTree, changes: readonly AccountChange[]): AccountsTree {
  const last = new Map<Address, SortedChange>();
  for (const { address, account } of changes) last.set(address, { key: addressBytes(address), address, account });
  return applySortedChanges(
    tree,
    [...last.values()].sort((a, b) => compareBytes(a.key, b.key)),
  );
}

/** The same of changes that are sorted already, each address once. */
export function applySortedChanges(tree: AccountsTree, sorted: readonly SortedChange[]): AccountsTree {
  for (let i = 1; i < sorted.length; i++)
    assert(compareBytes(sorted[i - 1]!.key, sorted[i]!.key) < 0, "the changes are not in order");
  const batch: Batch = { changes: sorted, countDelta: 0 };
  const root = changedNode(batch, tree.root, 0, sorted.length, 0);
  return root === tree.root ? tree : { root, count: tree.count + batch.countDelta };
}

/** `node` after the changes [start, end), all of which share their first `from` nibbles with it and with each other. */
function changedNode(
  batch: Batch,
  node: AccountsNode | null,
  start: number,
  end: number,
  from: number,
): AccountsNode | null {
  if (start === end) return node;
  const depth = splitDepth(batch, node, start, end, from);
  if (depth === addressNibbles) return changedLeaf(batch, node, batch.changes[start]!);

  // Go through the nibbles at `depth` that occur, in order: each has a child of old, changes, or both.
  const kept = node !== null && (node.kind === "leaf" || node.depth > depth) ? node : null;
  const keptNibble = kept === null ? -1 : nibbleAt(leadingBytesOf(kept), depth);
  const children: AccountsNode[] = [];
  let bitmap = 0;
  let isSame = kept === null;
  let next = start;
  for (let nibble = 0; nibble < 16; nibble++) {
    const groupStart = next;
    while (next < end && nibbleAt(batch.changes[next]!.key, depth) === nibble) next++;
    const old = oldChild(node, kept, keptNibble, nibble);
    const child = changedNode(batch, old, groupStart, next, depth + 1);
    if (child !== old) isSame = false;
    if (child === null) continue;
    children.push(child);
    bitmap |= 1 << nibble;
  }
  if (isSame) return node;
  // One set, one shape: a branch that no longer divides anything makes way for its child.
  if (children.length < 2) return children[0] ?? null;
  const prefix = kept === null && node?.kind === "branch" ? node.prefix : prefixOf(batch.changes[start]!.key, depth);
  return createBranch(depth, prefix, bitmap, children);
}

/**
 * How many nibbles the node and the changes all share, at most the node's own depth. As the changes are sorted, what the
 * first and the last share with something, all between share too. 64 means a single change, of this leaf or of nothing.
 */
function splitDepth(batch: Batch, node: AccountsNode | null, start: number, end: number, from: number): number {
  const first = batch.changes[start]!;
  const last = batch.changes[end - 1]!;
  if (node === null) return sharedNibbles(first.key, last.key, from, addressNibbles);
  if (node.kind === "leaf" && start + 1 === end && node.address === first.address) return addressNibbles;
  const limit = node.kind === "leaf" ? addressNibbles : node.depth;
  if (limit === from) return from; // nothing between: the common case, without a look at the node's nibbles
  const key = leadingBytesOf(node);
  return sharedNibbles(key, last.key, from, sharedNibbles(key, first.key, from, limit));
}

/** What stood under a nibble: the branch's child, or the whole node where the changes part from it above its own depth. */
function oldChild(
  node: AccountsNode | null,
  kept: AccountsNode | null,
  keptNibble: number,
  nibble: number,
): AccountsNode | null {
  if (kept !== null) return nibble === keptNibble ? kept : null;
  return node !== null && node.kind === "branch" ? childAt(node, nibble) : null;
}

/** The leaf after a change of its address. An equal account keeps the old leaf, and so its hash. */
function changedLeaf(batch: Batch, node: AccountsNode | null, change: SortedChange): AccountsLeaf | null {
  const old = node as AccountsLeaf | null; // splitDepth gave 64, which no branch has
  if (change.account === null || lamportsOf(change.account.lamports) === 0n) {
    if (old !== null) batch.countDelta--;
    return null;
  }
  if (old === null) batch.countDelta++;
  else if (isSameAccount(old.account, change.account)) return old;
  return createLeaf(change.address, change.account);
}

export function isSameAccount(a: Account, b: Account): boolean {
  if (a === b) return true;
  const isHeadSame = a.lamports === b.lamports && a.owner === b.owner && a.executable === b.executable;
  return isHeadSame && hasSameData(a, b);
}
