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

/** The message that begins at `start`, or where its bytes end early. */
export function readMessage(
  bytes: Uint8Array,
  start: number,
): WireMessage | { readonly missingAt: number; readonly version?: never } {
  let at = start;
  const isVersioned = (bytes[at] ?? 0) >= 0x80;
  if (isVersioned) at++;
  const header = at;
  at += 3;
  /** Bytes that counts take more than they need. */
  let padding = 0;
  let count = 0;
  /** Reads a count into `count`; false where there is none. */
  const readCount = (): boolean => {
    count = 0;
    const first = at;
    for (let shift = 0; ; shift += 7) {
      if (at >= bytes.length || shift > 14) return false;
      const byte = bytes[at++]!;
      count |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    padding += at - first - (count < 0x80 ? 1 : count < 0x4000 ? 2 : 3);
    return true;
  };
  const has = (length: number): boolean => at + length <= bytes.length;

  if (!readCount() || !has(32 * count + 32)) return { missingAt: at };
  const keys: Address[] = [];
  for (let left = count; left > 0; left--, at += 32) keys.push(addressOf(bytes.subarray(at, at + 32)));
  // Many name the same one.
  const recentBlockhash = encodeBase58Key(bytes.subarray(at, at + 32)) as Hash;
  at += 32;
  if (!readCount()) return { missingAt: at };
  const instructions: Instruction[] = [];
  for (let left = count; left > 0; left--) {
    if (!has(1)) return { missingAt: at };
    const programIndex = bytes[at++]!;
    if (!readCount() || !has(count)) return { missingAt: at };
    const accountIndices: number[] = [];
    for (let end = at + count; at < end; at++) accountIndices.push(bytes[at]!);
    if (!readCount() || !has(count)) return { missingAt: at };
    instructions.push({ programIndex, accountIndices, data: bytes.slice(at, at + count) });
    at += count;
  }
  if (isVersioned && !readCount()) return { missingAt: at };
  return {
    version: isVersioned ? 0 : "legacy",
    signers: bytes[header]!,
    readonlySigners: bytes[header + 1]!,
    readonlyOthers: bytes[header + 2]!,
    keys,
    recentBlockhash,
    instructions,
    lookups: isVersioned ? count : 0,
    canonicalBytes: at - start - padding,
    end: at,
  };
}
