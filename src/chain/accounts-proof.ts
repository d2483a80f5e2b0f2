/**
 * A proof that an account stands in a state, or that none does, for who knows the state's hash alone.
 *
 *     state hash == hash of branch 0 ──child a──> hash of branch 1 ──child 3──> hash of the leaf (address, account)
 *
 * It lists the branches on the address's path, each with all its children's hashes. An absence ends where the path does:
 * at a branch without such a child, at a branch whose shared nibbles are not the address's, or at another address's leaf.
 * Every branch's shared nibbles are part of its hash, so none can be passed off as standing elsewhere.
 */
import { equalBytes } from "../base/bytes.ts";
import type { Account } from "./account.ts";
import type { AccountsTree } from "./accounts-tree.ts";
import {
  type AccountsNode,
  addressNibbles,
  childIndexOf,
  countOnes16,
  hashBranch,
  hashLeaf,
  hashOfNode,
  leadingBytesOf,
  nibbleAt,
  pack,
  sharedNibbles,
} from "./accounts-tree-node.ts";
import { type Address, addressBytes } from "./ids.ts";

export type AccountProofBranch = {
  /** How many nibbles the addresses below share: 0 to 63. */
  readonly depth: number;
  /** These nibbles, two a byte, a last odd one padded by 0. */
  readonly prefix: Uint8Array;
  /** Bit n: a child begins with nibble n. */
  readonly bitmap: number;
  /** 32 bytes each, by ascending nibble. */
  readonly childHashes: readonly Uint8Array[];
};

export type AccountProof = {
  /** From the root down; at most 64. */
  readonly branches: readonly AccountProofBranch[];
  /** The leaf where the path ends, when it is another address's; null otherwise. */
  readonly other: { readonly address: Address; readonly account: Account } | null;
};

/** Proves `accountAt(tree, address)`, whether it is an account or null. */
export function createAccountProof(tree: AccountsTree, address: Address): AccountProof {
  const key = addressBytes(address);
  const branches: AccountProofBranch[] = [];
  let node: AccountsNode | undefined = tree.root ?? undefined;
  while (node?.kind === "branch") {
    const { depth, bitmap, children }: Extract<AccountsNode, { kind: "branch" }> = node;
    const prefix = leadingBytesOf(node);
    branches.push({ depth, prefix, bitmap, childHashes: children.map((child) => hashOfNode(child)) });
    if (sharedNibbles(key, prefix, 0, depth) < depth) return { branches, other: null };
    node = children[childIndexOf(bitmap, nibbleAt(key, depth))];
  }
  const isOther = node !== undefined && node.address !== address;
  return { branches, other: isOther ? { address: node!.address, account: node!.account } : null };
}

/** Whether the proof shows that in the state of this hash the address holds exactly this account, or none when null. */
export function verifyAccountProof(
  stateHash: Uint8Array,
  address: Address,
  account: Account | null,
  proof: AccountProof,
): boolean {
  const key = addressBytes(address);
  let expected = stateHash;
  for (const branch of proof.branches) {
    const { depth, prefix, bitmap, childHashes } = branch;
    if (!isWellFormed(branch)) return false;
    if (!equalBytes(hashBranch(depth, pack(prefix), bitmap, childHashes.map(pack)), expected)) return false;
    if (sharedNibbles(key, prefix, 0, depth) < depth) return account === null;
    const next = childHashes[childIndexOf(bitmap, nibbleAt(key, depth))];
    if (next === undefined) return account === null;
    expected = next;
  }
  if (account !== null) return equalBytes(hashLeaf(address, account), expected);
  if (proof.other === null) return equalBytes(hashOfNode(null), expected);
  return proof.other.address !== address && equalBytes(hashLeaf(proof.other.address, proof.other.account), expected);
}

/** Sizes that one encoding has: what is not, could read as another branch's bytes. */
function isWellFormed({ depth, prefix, bitmap, childHashes }: AccountProofBranch): boolean {
  if (!Number.isInteger(depth) || depth < 0 || depth >= addressNibbles || prefix.length !== (depth + 1) >> 1)
    return false;
  if (!Number.isInteger(bitmap) || bitmap < 0 || bitmap > 0xffff) return false;
  return childHashes.length === countOnes16(bitmap) && childHashes.every((hash) => hash.length === 32);
}
