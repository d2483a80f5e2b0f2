/**
 * A bounded memory that forgets what came first. Plain data, so that it is copied with whatever holds it.
 *
 *     entriesMax 3:   a b c   order [a b c]  oldest 0
 *     remember d      b c d   order [d b c]  oldest 1
 *
 * A Map alone would do it, for it keeps the order of insertion; but it finds its first key by walking over all that was
 * deleted before.
 */
import { assert } from "./assert.ts";

export type Fifo<Key, Value> = {
  readonly entries: Map<Key, Value>;
  /** A ring, once it is full. */
  readonly order: Key[];
  /** Where the oldest stands in the ring. */
  oldest: number;
};

export function createFifo<Key, Value>(): Fifo<Key, Value> {
  return { entries: new Map(), order: [], oldest: 0 };
}

/** Keeps the newest `entriesMax`, which is the same at every call. What is there already keeps its place. */
export function rememberIn<Key, Value>(fifo: Fifo<Key, Value>, key: Key, value: Value, entriesMax: number): void {
  const { entries, order } = fifo;
  if (entriesMax < 1 || entries.has(key)) return;
  assert(order.length <= entriesMax, `the bound has changed: ${order.length} entries, at most ${entriesMax}`);
  entries.set(key, value);
  if (order.length < entriesMax) {
    order.push(key);
    return;
  }
  entries.delete(order[fifo.oldest]!);
  order[fifo.oldest] = key;
  fifo.oldest = (fifo.oldest + 1) % entriesMax;
}
