/**
 * The nodes of the accounts tree and their hashes.
 *
 * An address is 64 nibbles, high half of each byte first. A leaf holds one account. A branch stands where the addresses
 * below it stop being equal: it has the number of leading nibbles they share (`depth`) and, for each next nibble that
 * occurs, a child. Runs that all addresses share cost no node, so one set of accounts has one tree:
 *
 *     addresses 12aa…, 12ab…, 7000…          branch depth 0
 *                                             ├─ 1: branch depth 3
 *                                             │     ├─ a: leaf 12aa…
 *                                             │     └─ b: leaf 12ab…
 *                                             └─ 7: leaf 7000…
 *
 * Hashes (SHA-256; the tags differ, and none begins another; integers little-endian):
 *
 *     empty   tag
 *     leaf    tag, address 32, lamports u64, owner 32, executable u8, data length u64, then
 *             up to 4096 bytes: the data; more: the digest of its pieces (account-data.ts), 32
 *     branch  tag, depth u8, shared nibbles (two a byte, a last odd one padded by 0), children u16 (bit n: nibble n), their hashes
 *
 * Nodes never change, but for the memory of their own hash. Hashes and shared nibbles are kept as strings of characters
 * below 256, a byte each: a fifth of what a small Uint8Array takes, and there are more nodes than accounts.
 */
import { utf8Bytes } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import type { Account } from "./account.ts";
import { computeLargeDataDigest, dataLengthOf, dataPieceBytes, largeDataDigestOf } from "./account-data.ts";
import { type Address, addressBytes, lamportsOf } from "./ids.ts";

export const addressNibbles = 64;

export type AccountsLeaf = {
  readonly kind: "leaf";
  readonly address: Address;
  readonly account: Account;
  /** "" until asked for. */
  hash: string;
};

export type AccountsBranch = {
  readonly kind: "branch";
  /** How many leading nibbles all addresses below share: 0 to 63. */
  readonly depth: number;
  /** These nibbles, two a character, a last odd one padded by 0. */
  readonly prefix: string;
  /** Bit n is set when a child begins with nibble n. */
  readonly bitmap: number;
  /** At least two, by ascending nibble. */
  readonly children: readonly AccountsNode[];
  /** "" until asked for. */
  hash: string;
};

export type AccountsNode = AccountsLeaf | AccountsBranch;

const emptyTag = utf8Bytes("escapement accounts empty 1");
const leafTag = utf8Bytes("escapement accounts leaf 2");
const branchTag = utf8Bytes("escapement accounts branch 1");

/** The index-th half byte, high half first. */
export function nibbleAt(bytes: Uint8Array, index: number): number {
  const byte = bytes[index >> 1]!;
  return (index & 1) === 0 ? byte >> 4 : byte & 15;
}

/** How many leading nibbles are equal, given that the first `from` are; at most `limit`. */
export function sharedNibbles(a: Uint8Array, b: Uint8Array, from: number, limit: number): number {
  let index = from;
  while (index < limit && nibbleAt(a, index) === nibbleAt(b, index)) index++;
  return index;
}

export function countOnes16(bits: number): number {
  let count = bits - ((bits >> 1) & 0x5555);
  count = (count & 0x3333) + ((count >> 2) & 0x3333);
  count = (count + (count >> 4)) & 0x0f0f;
  return (count + (count >> 8)) & 0x1f;
}

/** Where the child of a nibble stands among a branch's children, or -1 when there is none. */
export function childIndexOf(bitmap: number, nibble: number): number {
  const bit = 1 << nibble;
  return (bitmap & bit) === 0 ? -1 : countOnes16(bitmap & (bit - 1));
}

export function childAt(branch: AccountsBranch, nibble: number): AccountsNode | null {
  const index = childIndexOf(branch.bitmap, nibble);
  return index < 0 ? null : branch.children[index]!;
}

export function createLeaf(address: Address, account: Account): AccountsLeaf {
  return { kind: "leaf", address, account, hash: "" };
}

export function createBranch(
  depth: number,
  prefix: string,
  bitmap: number,
  children: readonly AccountsNode[],
): AccountsBranch {
  return { kind: "branch", depth, prefix, bitmap, children, hash: "" };
}

/** The first `depth` nibbles of an address's bytes, in the form a branch keeps. */
export function prefixOf(key: Uint8Array, depth: number): string {
  const prefix = pack(key.subarray(0, depth >> 1));
  return (depth & 1) === 0 ? prefix : prefix + String.fromCharCode(key[depth >> 1]! & 0xf0);
}

/** The bytes that hold what all addresses below a node share: a leaf's whole address, a branch's prefix. */
export function leadingBytesOf(node: AccountsNode): Uint8Array {
  if (node.kind === "leaf") return addressBytes(node.address);
  const bytes = new Uint8Array(node.prefix.length);
  unpack(node.prefix, bytes, 0);
  return bytes;
}

/** Bytes as a string of as many characters below 256. */
export function pack(bytes: Uint8Array): string {
  return bytes.length === 32 ? packHash(bytes) : String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** Some thirty a block: with each byte named an engine makes no list of them, and takes a third of the time. */
function packHash(b: Uint8Array): string {
  // biome-ignore format: a line for each byte says less
  return String.fromCharCode(
    b[0]!, b[1]!, b[2]!, b[3]!, b[4]!, b[5]!, b[6]!, b[7]!, b[8]!, b[9]!, b[10]!, b[11]!, b[12]!, b[13]!, b[14]!, b[15]!,
    b[16]!, b[17]!, b[18]!, b[19]!, b[20]!, b[21]!, b[22]!, b[23]!, b[24]!, b[25]!, b[26]!, b[27]!, b[28]!, b[29]!,
    b[30]!, b[31]!,
  );
}

/** Writes the bytes from `at` on; gives the position after them. */
function unpack(packed: string, into: Uint8Array, at: number): number {
  for (let i = 0; i < packed.length; i++) into[at + i] = packed.charCodeAt(i);
  return at + packed.length;
}

/** 32 bytes. Trusts no memory of the data: it may be a stranger's array, which may have changed since. */
export function hashLeaf(address: Address, account: Account): Uint8Array {
  const { data } = account;
  const committed = data.length > dataPieceBytes ? computeLargeDataDigest(data) : data;
  return sha256(encodeLeaf(address, account, data.length, committed));
}

/** The same of an account in a tree, which never changes: large data that was hashed before is not hashed again. */
function hashOwnLeaf({ address, account }: AccountsLeaf): Uint8Array {
  const length = dataLengthOf(account);
  const committed = length > dataPieceBytes ? largeDataDigestOf(account) : account.data;
  return sha256(encodeLeaf(address, account, length, committed));
}

/** What a leaf's encoding holds beside the data or its digest. */
const leafHeadBytes = leafTag.length + 32 + 8 + 32 + 1 + 8;

// Scratch space for one leaf's encoding, the longest there is; it holds until the next call of encodeLeaf.
const leafScratch = new Uint8Array(leafHeadBytes + dataPieceBytes);
const leafView = new DataView(leafScratch.buffer);
leafScratch.set(leafTag);

function encodeLeaf(
  address: Address,
  { lamports, owner, executable }: Account,
  dataLength: number,
  committed: Uint8Array,
): Uint8Array {
  let at = leafTag.length;
  leafScratch.set(addressBytes(address), at);
  leafView.setBigUint64(at + 32, lamportsOf(lamports), true);
  at += 40;
  leafScratch.set(addressBytes(owner), at);
  leafScratch[at + 32] = executable ? 1 : 0;
  leafView.setBigUint64(at + 33, BigInt(dataLength), true);
  leafScratch.set(committed, leafHeadBytes);
  return leafScratch.subarray(0, leafHeadBytes + committed.length);
}

// Scratch space for one branch's encoding, the longest there is; nothing of it outlives a call of hashBranch.
const branchScratch = new Uint8Array(branchTag.length + 1 + 32 + 2 + 16 * 32);
branchScratch.set(branchTag, 0);

/** 32 bytes. The parts as in AccountsBranch, and the packed hashes of its children. */
export function hashBranch(depth: number, prefix: string, bitmap: number, childHashes: readonly string[]): Uint8Array {
  let at = writeBranchHead(depth, prefix, bitmap);
  for (const child of childHashes) at = unpack(child, branchScratch, at);
  return sha256(branchScratch.subarray(0, at));
}

function writeBranchHead(depth: number, prefix: string, bitmap: number): number {
  branchScratch[branchTag.length] = depth;
  const at = unpack(prefix, branchScratch, branchTag.length + 1);
  branchScratch[at] = bitmap & 0xff;
  branchScratch[at + 1] = bitmap >> 8;
  return at + 2;
}

/** The same of a node, whose children's hashes are known. */
function hashOwnBranch({ depth, prefix, bitmap, children }: AccountsBranch): Uint8Array {
  let at = writeBranchHead(depth, prefix, bitmap);
  for (let i = 0; i < children.length; i++) at = unpack(children[i]!.hash, branchScratch, at);
  return sha256(branchScratch.subarray(0, at));
}

/** Computed once a node; the recursion is at most 64 branches deep. */
function packedHashOf(node: AccountsNode): string {
  if (node.hash !== "") return node.hash;
  if (node.kind === "branch") {
    const { children } = node;
    for (let i = 0; i < children.length; i++) packedHashOf(children[i]!);
  }
  node.hash = pack(node.kind === "leaf" ? hashOwnLeaf(node) : hashOwnBranch(node));
  return node.hash;
}

/** 32 bytes, a new array. */
export function hashOfNode(node: AccountsNode | null): Uint8Array {
  if (node === null) return sha256(emptyTag);
  const bytes = new Uint8Array(32);
  unpack(packedHashOf(node), bytes, 0);
  return bytes;
}
