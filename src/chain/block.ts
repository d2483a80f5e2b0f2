/**
 * A block: what one leader made in one slot.
 *
 *     Block
 *      ├ slot, parentSlot, parentId         where it stands
 *      ├ leader                             the identity that signs it
 *      ├ entries  [ticks of skipped slots] [records with transactions] [ticks of its own slot]
 *      ├ stateHash                          what everybody must get by replaying it
 *      ├ blockId   = sha256(tag, genesis hash, all of the above, the entries by their hash): covers every byte
 *      └ signature = the leader's, over blockId
 *
 * Its `blockhash` is the last PoH hash: the one that transactions name and the next block starts from.
 */

import { ByteReader, ByteWriter, concatBytes, DecodeError, utf8Bytes } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import { blockBytesLimit, bytesInBlock, emptyBlockBytes } from "./block-size.ts";
import {
  type Address,
  addressBytes,
  addressOf,
  type Hash,
  hashBytes,
  hashOf,
  knownHashOf,
  type Slot,
  slotOf,
} from "./ids.ts";
import type { ChainParams } from "./params.ts";
import { parseTransaction } from "./parse-transaction.ts";
import type { Transaction } from "./transaction.ts";

/** PoH hashes since the entry before, the resulting hash, and the transactions mixed into its last hash; none: a tick. */
export type Entry = {
  readonly numHashes: number;
  readonly hash: Uint8Array;
  readonly transactions: readonly Transaction[];
};

export type BlockContent = {
  readonly slot: Slot;
  readonly parentSlot: Slot;
  readonly parentId: Hash;
  readonly leader: Address;
  readonly entries: readonly Entry[];
  readonly stateHash: Hash;
};

/** All that a block's id is computed over, its entries by the hash of their encoding: 32 bytes instead of megabytes. */
export type BlockHeader = Omit<BlockContent, "entries"> & { readonly entriesHash: Uint8Array };

export type Block = BlockContent & {
  readonly blockId: Hash;
  /** The last entry's hash. */
  readonly blockhash: Hash;
  /** 64 bytes, over the message of `blockSignatureMessage`. */
  readonly signature: Uint8Array;
};

/** A content with its names, as one frozen object of the shape that all blocks have. */
export function nameBlock(content: BlockContent, blockId: Hash, blockhash: Hash, signature: Uint8Array): Block {
  const { slot, parentSlot, parentId, leader, entries, stateHash } = content;
  return Object.freeze({ slot, parentSlot, parentId, leader, entries, stateHash, blockId, blockhash, signature });
}

const idTag = utf8Bytes("escapement:block:v1");
const signatureTag = utf8Bytes("escapement:block-signature:v1");

/** Entries in Solana's layout: u64 count, then (u64 hashes, 32 bytes hash, u64 count, transactions). */
export function encodeEntries(entries: readonly Entry[]): Uint8Array {
  return writeEntries(entries).finish();
}

function writeEntries(entries: readonly Entry[]): ByteWriter {
  const writer = new ByteWriter(encodedLength(entries)).count(entries.length);
  for (const { numHashes, hash, transactions } of entries) {
    writer.count(numHashes).bytes(hash).count(transactions.length);
    for (const { bytes } of transactions) writer.u16(bytes.length).bytes(bytes);
  }
  return writer;
}

function encodedLength(entries: readonly Entry[]): number {
  let length = 8;
  for (const { hash, transactions } of entries) {
    length += 8 + hash.length + 8;
    for (const { bytes } of transactions) length += 2 + bytes.length;
  }
  return length;
}

export function computeBlockId(content: BlockContent, genesisHash: Hash): Hash {
  return computeHeaderId(blockHeaderOf(content), genesisHash);
}

export function blockHeaderOf(content: BlockContent): BlockHeader {
  const { slot, parentSlot, parentId, leader, entries, stateHash } = content;
  return { slot, parentSlot, parentId, leader, entriesHash: writeEntries(entries).read(sha256), stateHash };
}

/** The id of the block that this is the header of. */
export function computeHeaderId(header: BlockHeader, genesisHash: Hash): Hash {
  const writer = new ByteWriter(256).bytes(idTag).bytes(hashBytes(genesisHash));
  writer.count(header.slot).count(header.parentSlot).bytes(hashBytes(header.parentId));
  writer.bytes(addressBytes(header.leader)).bytes(header.entriesHash);
  return knownHashOf(writer.bytes(hashBytes(header.stateHash)).read(sha256));
}

/** What a leader signs: never the same bytes as a vote or a transaction. */
export function blockSignatureMessage(blockId: Hash): Uint8Array {
  return concatBytes(signatureTag, hashBytes(blockId));
}

export function lastHash(entries: readonly Entry[], startHash: Hash): Hash {
  const last = entries.at(-1);
  return last === undefined ? startHash : knownHashOf(last.hash);
}

export function* transactionsOf(block: Block): Iterable<Transaction> {
  for (const entry of block.entries) yield* entry.transactions;
}

/** The length of `encodeBlock(block)`. */
export function blockBytes(block: Block): number {
  let bytes = emptyBlockBytes(block.entries.length);
  for (const transaction of transactionsOf(block)) bytes += bytesInBlock(transaction.bytes.length);
  return bytes;
}

export function encodeBlock(block: Block): Uint8Array {
  const writer = new ByteWriter(1024).count(block.slot).count(block.parentSlot).bytes(hashBytes(block.parentId));
  writer.bytes(addressBytes(block.leader)).bytes(hashBytes(block.stateHash)).bytes(block.signature);
  return writer.bytes(encodeEntries(block.entries)).finish();
}

export type BlockDecodeRefusal = "block-malformed" | "block-too-large" | "transaction-malformed";

/** A stranger's bytes as a block. Its id is computed from its content, so it cannot claim another's. */
export function decodeBlock(
  bytes: Uint8Array,
  params: ChainParams,
  genesisHash: Hash,
): Outcome<Block, BlockDecodeRefusal> {
  try {
    const reader = new ByteReader(bytes);
    const slot = slotOf(reader.count());
    const parentSlot = slotOf(reader.count());
    const bytesMax = blockBytesLimit(params, slot, parentSlot);
    if (bytes.length > bytesMax) return refuse("block-too-large", { slot, bytes: bytes.length, bytesMax });
    const parentId = hashOf(reader.bytes(32));
    const leader = addressOf(reader.bytes(32));
    const stateHash = hashOf(reader.bytes(32));
    const signature = reader.bytes(64);
    const entries = decodeEntries(reader, params);
    if (!entries.ok) return entries;
    reader.end();
    const content = { slot, parentSlot, parentId, leader, entries: entries.value, stateHash };
    const blockhash = lastHash(content.entries, parentId);
    const blockId = computeBlockId(content, genesisHash);
    return accept(nameBlock(content, blockId, blockhash, signature));
  } catch (error) {
    if (error instanceof DecodeError) return refuse("block-malformed", { problem: error.message });
    throw error;
  }
}

function decodeEntries(reader: ByteReader, params: ChainParams): Outcome<Entry[], BlockDecodeRefusal> {
  const entries: Entry[] = [];
  for (let left = reader.count(); left > 0; left--) {
    const numHashes = reader.count();
    const hash = reader.bytes(32);
    const transactions: Transaction[] = [];
    for (let count = reader.count(); count > 0; count--) {
      const parsed = parseTransaction(reader.bytes(reader.u16()), params);
      if (!parsed.ok) return refuse("transaction-malformed", { entry: entries.length, problem: parsed.code });
      transactions.push(parsed.value);
    }
    entries.push({ numHashes, hash, transactions });
  }
  return accept(entries);
}
