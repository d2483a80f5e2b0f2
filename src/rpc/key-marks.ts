/**
 * Which addresses a block's transactions name, in four bytes each: enough to pass by the blocks that do not name one.
 *
 *     addresses of a block ──fold──> [0x0a1b…, 0x77c0…, …] sorted, each once         hasMark(marks, markOf(address))
 *
 * A mark is a hash, so that one block in some millions may hold another address's mark: who finds a mark must still look.
 * It is one that is hard to meet on purpose: an address with the mark of a validator's would have every block looked into. With 300 voters a block names about 600 addresses: 2.4 KB, a fiftieth of the
 * block itself. Marks live and go with their block, so that forks and limits need no further thought, and a search costs a
 * dozen comparisons a block: some milliseconds for 100,000 of them.
 */
import { utf8Bytes } from "../base/bytes.ts";
import { sipHash13 } from "../base/siphash.ts";
import type { TransactionResult } from "../chain/execution.ts";
import { type Address, addressBytes } from "../chain/ids.ts";

export function createMarks(results: readonly TransactionResult[]): Uint32Array {
  const addresses = new Set(results.flatMap(({ transaction }) => transaction.accountKeys));
  const marks = new Set<number>();
  for (const address of addresses) marks.add(markOf(address));
  return Uint32Array.from(marks).sort();
}

/** `mark`: an address's. False: no transaction names it. True: one does, almost surely. */
export function hasMark(marks: Uint32Array, mark: number): boolean {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (marks[middle]! < mark) low = middle + 1;
    else high = middle;
  }
  return marks[low] === mark;
}

/** Anything; it stands for the place where the hash is used. */
const markKey = utf8Bytes("escapement marks");

export function markOf(address: Address): number {
  return Number(sipHash13(markKey, addressBytes(address)) & 0xffff_ffffn);
}
