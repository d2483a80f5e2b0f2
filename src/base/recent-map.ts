/**
 * A bounded memory in two generations. New entries go to the young one; when it is full, the old one is forgotten and
 * the young one becomes old. A hit in the old generation moves the entry to the young one, so what is used stays.
 *
 *     entriesMax 4:   set a, b  ->  young {a, b}  old {}
 *                     set c     ->  young {c}     old {a, b}
 *                     get a     ->  young {c, a}  old {b}      (a moved)
 *                     set d     ->  young {d}     old {c, a}   (b is forgotten)
 *
 * What is forgotten depends on the order of calls alone: no clock, no chance.
 */
import { assert } from "./assert.ts";

export type RecentMap<Value, Key = string> = {
  /** The remembered value, or undefined when it was never set or is forgotten. */
  readonly get: (key: Key) => Value | undefined;
  readonly set: (key: Key, value: Value) => void;
  /** Forgets the old one now, and what is young becomes old, full or not. */
  readonly age: () => void;
  /** How many entries are held now; at most `entriesMax`. */
  readonly size: () => number;
};

/** `entriesMax`: an even count of at least 2, shared equally by both generations. */
export function createRecentMap<Value, Key = string>(entriesMax: number): RecentMap<Value, Key> {
  assert(Number.isSafeInteger(entriesMax) && entriesMax >= 2 && entriesMax % 2 === 0, `not a bound: ${entriesMax}`);
  const generationMax = entriesMax / 2;
  let young = new Map<Key, Value>();
  let old = new Map<Key, Value>();

  function age(): void {
    old = young;
    young = new Map();
  }

  function set(key: Key, value: Value): void {
    old.delete(key);
    if (young.size >= generationMax && !young.has(key)) age();
    young.set(key, value);
  }

  function get(key: Key): Value | undefined {
    const recent = young.get(key);
    if (recent !== undefined) return recent;
    const older = old.get(key);
    if (older !== undefined) set(key, older);
    return older;
  }

  return { get, set, age, size: () => young.size + old.size };
}
