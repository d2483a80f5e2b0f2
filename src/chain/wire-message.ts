/**
 * A transaction's message, read from its bytes by hand: kit's decoder takes forty times as long, and is the test's oracle.
 *
 *     80? | 1 0 1 | 3  payer alice System | blockhash | 1  program 2 | 2  0 1 | 12  02 00 … | 0?
 *     ^ version 0   ^ keys                             ^ instructions                       ^ lookups, version 0 only
 *
 * Counts are compact-u16: seven bits a byte, the lowest first. Only the layout is read here; what a message may say is
 * for parse-transaction.ts to check.
 */
import { encodeBase58Key } from "../base/base58.ts";
import { createListSharing } from "../base/shared-list.ts";
import { type Address, addressOf, type Hash } from "./ids.ts";
import type { Instruction } from "./transaction.ts";

export type WireMessage = {
  readonly version: "legacy" | 0;
  readonly signers: number;
  readonly readonlySigners: number;
  readonly readonlyOthers: number;
  readonly keys: readonly Address[];
  readonly recentBlockhash: Hash;
  readonly instructions: readonly Instruction[];
  /** Address tables that it looks up; what it asks of them is not read. */
  readonly lookups: number;
  /** Of its one proper encoding. */
  readonly canonicalBytes: number;
  /** Behind its last byte, in `bytes`. */
  readonly end: number;
};

// Where the reader stands, and what it read last: a message is read at a time, and none of it outlives a call.
const cursor = { bytes: new Uint8Array(0) as Uint8Array, at: 0, count: 0, padding: 0 };

/** Reads a count into `cursor.count`; false where there is none. Bytes that it takes more than it needs are padding. */
function readCount(): boolean {
  const { bytes } = cursor;
  const first = cursor.at;
  let count = 0;
  for (let shift = 0; ; shift += 7) {
    if (cursor.at >= bytes.length || shift > 14) return false;
    const byte = bytes[cursor.at++]!;
    count |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  cursor.padding += cursor.at - first - (count < 0x80 ? 1 : count < 0x4000 ? 2 : 3);
  cursor.count = count;
  return true;
}

function has(length: number): boolean {
  return cursor.at + length <= cursor.bytes.length;
}

/** Null where its bytes end. */
function readInstruction(): Instruction | null {
  if (!has(1)) return null;
  const { bytes } = cursor;
  const programIndex = bytes[cursor.at++]!;
  if (!readCount() || !has(cursor.count)) return null;
  const accountIndices: number[] = [];
  for (let end = cursor.at + cursor.count; cursor.at < end; cursor.at++) accountIndices.push(bytes[cursor.at]!);
  if (!readCount() || !has(cursor.count)) return null;
  const data = bytes.slice(cursor.at, cursor.at + cursor.count);
  cursor.at += cursor.count;
  return { programIndex, accountIndices: shareIndices(accountIndices), data };
}

const shareIndices = createListSharing<number>();

/** The message that begins at `start`, or where its bytes end early. */
export function readMessage(
  bytes: Uint8Array,
  start: number,
): WireMessage | { readonly missingAt: number; readonly version?: never } {
  const isVersioned = (bytes[start] ?? 0) >= 0x80;
  const header = isVersioned ? start + 1 : start;
  cursor.bytes = bytes;
  cursor.at = header + 3;
  cursor.padding = 0;

  if (!readCount() || !has(32 * cursor.count + 32)) return { missingAt: cursor.at };
  const keys: Address[] = [];
  for (let left = cursor.count; left > 0; left--, cursor.at += 32)
    keys.push(addressOf(bytes.subarray(cursor.at, cursor.at + 32)));
  // Many name the same one.
  const recentBlockhash = encodeBase58Key(bytes.subarray(cursor.at, cursor.at + 32)) as Hash;
  cursor.at += 32;
  if (!readCount()) return { missingAt: cursor.at };
  const instructions: Instruction[] = [];
  for (let left = cursor.count; left > 0; left--) {
    const instruction = readInstruction();
    if (instruction === null) return { missingAt: cursor.at };
    instructions.push(instruction);
  }
  if (isVersioned && !readCount()) return { missingAt: cursor.at };
  return {
    version: isVersioned ? 0 : "legacy",
    signers: bytes[header]!,
    readonlySigners: bytes[header + 1]!,
    readonlyOthers: bytes[header + 2]!,
    keys,
    recentBlockhash,
    instructions,
    lookups: isVersioned ? cursor.count : 0,
    canonicalBytes: cursor.at - start - cursor.padding,
    end: cursor.at,
  };
}
