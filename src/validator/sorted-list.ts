/**
 * A list that stays sorted while items come and go, cut into short chunks so that each insertion moves few items.
 *
 *     chunks:   [9 8 8]  [7 5]  [4 2 1]        compare = descending
 *     insert 6: the first chunk whose last item does not come before 6 is [7 5]; it becomes [7 6 5]
 *
 * Both ends, the order between them, and the removal of any item are at hand; a heap would give one end only.
 * The comparison must be total: two items that compare as 0 are the same item.
 */
import { assert } from "../base/assert.ts";

const chunkLengthMax = 256;

export type SortedList<T> = {
  /** Negative when the first item comes before the second. */
  readonly compare: (a: T, b: T) => number;
  /** Non-empty chunks of at most 256 items: read them through the functions below. */
  chunks: T[][];
  length: number;
};

/** A list of the items, which must already be in order. */
export function createSortedList<T>(compare: (a: T, b: T) => number, sorted: readonly T[] = []): SortedList<T> {
  const chunks: T[][] = [];
  for (let at = 0; at < sorted.length; at += chunkLengthMax) chunks.push(sorted.slice(at, at + chunkLengthMax));
  return { compare, chunks, length: sorted.length };
}

/** How many of the items come before the item. */
function countBefore<T>(items: readonly T[], item: T, compare: (a: T, b: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(items[middle]!, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the chunk that holds the item or would hold it; the last chunk for an item after all others. */
function chunkIndexOf<T>(list: SortedList<T>, item: T): number {
  let low = 0;
  let high = list.chunks.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list.compare(list.chunks[middle]!.at(-1)!, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** By hand, since `splice` makes an array of what it took out. */
function insertAt<T>(items: T[], position: number, item: T): void {
  items.push(item);
  for (let at = items.length - 1; at > position; at--) items[at] = items[at - 1]!;
  items[position] = item;
}

function deleteAt<T>(items: T[], position: number): void {
  for (let at = position + 1; at < items.length; at++) items[at - 1] = items[at]!;
  items.pop();
}

export function insertSorted<T>(list: SortedList<T>, item: T): void {
  list.length++;
  if (list.chunks.length === 0) {
    list.chunks.push([item]);
    return;
  }
  const index = chunkIndexOf(list, item);
  const chunk = list.chunks[index]!;
  insertAt(chunk, countBefore(chunk, item, list.compare), item);
  if (chunk.length > chunkLengthMax) list.chunks.splice(index + 1, 0, chunk.splice(chunkLengthMax >>> 1));
}

/** Removes an item that is in the list. */
export function deleteSorted<T>(list: SortedList<T>, item: T): void {
  assert(list.chunks.length > 0, "nothing to delete from an empty sorted list");
  const index = chunkIndexOf(list, item);
  const chunk = list.chunks[index]!;
  const position = countBefore(chunk, item, list.compare);
  assert(position < chunk.length && list.compare(chunk[position]!, item) === 0, "the sorted list lacks the item");
  deleteAt(chunk, position);
  if (chunk.length === 0) list.chunks.splice(index, 1);
  list.length--;
}

/** The items, first to last. The list must not change meanwhile. */
export function* iterateSorted<T>(list: SortedList<T>): Generator<T, void, undefined> {
  for (const chunk of list.chunks) yield* chunk;
}

/** The items, last to first. The list must not change meanwhile. */
export function* iterateSortedBackwards<T>(list: SortedList<T>): Generator<T, void, undefined> {
  for (let index = list.chunks.length - 1; index >= 0; index--) {
    const chunk = list.chunks[index]!;
    for (let position = chunk.length - 1; position >= 0; position--) yield chunk[position]!;
  }
}
