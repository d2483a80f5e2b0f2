/** Events in a total order: by time, then by when they were scheduled. Nothing else decides what happens first. */
import TinyQueue from "tinyqueue";
import { assert } from "../base/assert.ts";

export type Timed<Event> = { readonly at: number; readonly sequence: number; readonly event: Event };

export type EventQueue<Event> = {
  schedule(at: number, event: Event): void;
  /** The next event at or before `until`, or null. */
  next(until: number): Timed<Event> | null;
  readonly length: number;
};

export function createEventQueue<Event>(): EventQueue<Event> {
  const queue = new TinyQueue<Timed<Event>>([], (a, b) => a.at - b.at || a.sequence - b.sequence);
  let sequence = 0;
  return {
    schedule(at, event) {
      assert(!Number.isNaN(at), "an event at no time has no place in the order");
      queue.push({ at, sequence: sequence++, event });
    },
    next(until) {
      const first = queue.peek();
      return first === undefined || first.at > until ? null : (queue.pop() ?? null);
    },
    get length() {
      return queue.length;
    },
  };
}
