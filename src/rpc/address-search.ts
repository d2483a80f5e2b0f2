/**
 * Which transactions of a block name an address: also of a packed block, and then without taking it apart. That would cost
 * some milliseconds a block, and a validator's address stands in each of a thousand blocks that a client asks for.
 *
 *     packed:  block head 176 | entries: u64 n × (hashes u64, hash 32, u64 n × (u16 length, wire bytes))
 *     wire:    signatures: n × 64 | 0x80 + version? | header 3 | account keys: n × 32 | …      n in Solana's short form
 *
 * Only the keys are compared, and what a transaction came to is read from the packed results.
 */
import { encodeBase58 } from "../base/base58.ts";
import type { TransactionError } from "../chain/execution.ts";
import { type Address, addressBytes, type Signature } from "../chain/ids.ts";
import type { LedgerBlock } from "./node-view.ts";
import type { PackedBlock } from "./packed-block.ts";

export type NamingTransaction = {
  /** In its block. */
  readonly index: number;
  readonly signature: Signature;
  readonly error: TransactionError | null;
  /** On the wire. */
  readonly bytes: Uint8Array;
};

/** Ascending by index. */
export function findInBlock({ results }: LedgerBlock, address: Address): readonly NamingTransaction[] {
  return results.flatMap(({ transaction: { accountKeys, signature, bytes }, error }, index) =>
    accountKeys.includes(address) ? [{ index, signature, error, bytes }] : [],
  );
}

/** The same of the block packed. */
export function findInPackedBlock(packed: PackedBlock, address: Address): readonly NamingTransaction[] {
  const key = addressBytes(address);
  const found: { readonly index: number; readonly bytes: Uint8Array }[] = [];
  for (const [index, bytes] of wireTransactions(packed.bytes).entries()) {
    if (namesKey(bytes, key)) found.push({ index, bytes });
  }
  if (found.length === 0) return [];
  // Errors hold no integer that a double does not.
  const results = JSON.parse(packed.results) as readonly (readonly [TransactionError | null])[];
  return found.map(({ index, bytes }) => {
    const { value: count, next } = readShort(bytes, 0);
    const signature = count === 0 ? "" : encodeBase58(bytes.subarray(next, next + 64));
    return { index, signature: signature as Signature, error: results[index]?.[0] ?? null, bytes };
  });
}

/** Whether a key is among the account keys of a transaction that is known to be whole. */
export function namesKey(wire: Uint8Array, key: Uint8Array): boolean {
  const signatures = readShort(wire, 0);
  const message = signatures.next + 64 * signatures.value;
  const header = (wire[message] ?? 0) & 0x80 ? message + 1 : message;
  const keys = readShort(wire, header + 3);
  for (let i = 0; i < keys.value; i++) if (isKeyAt(wire, keys.next + 32 * i, key)) return true;
  return false;
}

function isKeyAt(wire: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) if (wire[at + i] !== key[i]) return false;
  return true;
}

const blockHeadBytes = 176;

function wireTransactions(block: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const countAt = (at: number) => Number(view.getBigUint64(at, true));
  const found: Uint8Array[] = [];
  let at = blockHeadBytes + 8;
  for (let entries = countAt(blockHeadBytes); entries > 0; entries--) {
    const transactions = countAt(at + 40);
    at += 48;
    for (let i = 0; i < transactions; i++) {
      const length = view.getUint16(at, true);
      found.push(block.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return found;
}

/** Seven bits a byte, the lowest first; the highest bit says that more follow. */
function readShort(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let at = start, shift = 0; ; at++, shift += 7) {
    const byte = bytes[at] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value, next: at + 1 };
  }
}
