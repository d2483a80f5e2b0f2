/**
 * Events in a total order: by time, then by when they were scheduled. Nothing else decides what happens first.
 *
 * Its whole state is plain data; how the heap lies in the array changes nothing about the order in which it is emptied.
 */
import TinyQueue from "tinyqueue";
import { assert } from "../base/assert.ts";

export type Timed<Event> = { readonly at: number; readonly sequence: number; readonly event: Event };

export type EventQueueState<Event> = {
  /** A heap: the first comes first. */
  readonly heap: Timed<Event>[];
  /** Events scheduled so far. */
  sequence: number;
};

export type EventQueue<Event> = {
  schedule(at: number, event: Event): void;
  /** The next event at or before `until`, or null. */
  next(until: number): Timed<Event> | null;
  /** What comes first, whenever that is. */
  peek(): Timed<Event> | undefined;
  readonly length: number;
};

export function createEventQueueState<Event>(): EventQueueState<Event> {
  return { heap: [], sequence: 0 };
}

/** The queue that lives in `state`, and from now on changes it. */
export function createEventQueue<Event>(state: EventQueueState<Event> = createEventQueueState()): EventQueue<Event> {
  const queue = new TinyQueue<Timed<Event>>(state.heap, (a, b) => a.at - b.at || a.sequence - b.sequence);
  return {
    schedule(at, event) {
      assert(!Number.isNaN(at), "an event at no time has no place in the order");
      queue.push({ at, sequence: state.sequence++, event });
    },
    next(until) {
      const first = queue.peek();
      return first === undefined || first.at > until ? null : (queue.pop() ?? null);
    },
    peek: () => queue.peek(),
    get length() {
      return queue.length;
    },
  };
}
