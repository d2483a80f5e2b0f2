import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEventQueue, createEventQueueState } from "./event-queue.ts";

describe("event queue", () => {
  it("gives events by time, and of one time in the order they were scheduled", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 })), (times) => {
        const queue = createEventQueue<number>();
        for (const [index, at] of times.entries()) queue.schedule(at, index);
        const expected = [...times.entries()].sort(([i, a], [j, b]) => a - b || i - j);
        expect(queue.length).toBe(times.length);
        const given = times.map(() => queue.next(3)!);
        expect(given.map(({ at, event }) => [event, at])).toEqual(expected);
        expect([queue.next(Number.POSITIVE_INFINITY), queue.length]).toEqual([null, 0]);
      }),
      { seed: 1234, numRuns: 200 },
    );
  });

  it("gives nothing from after the time asked for", () => {
    const queue = createEventQueue<string>();
    queue.schedule(10, "ten");
    expect(queue.next(9)).toBeNull();
    expect(queue.next(10)).toEqual({ at: 10, sequence: 0, event: "ten" });
  });

  it("keeps the order when events schedule events", () => {
    const queue = createEventQueue<string>();
    queue.schedule(1, "a");
    queue.schedule(2, "d");
    const order: string[] = [];
    for (let timed = queue.next(5); timed !== null; timed = queue.next(5)) {
      order.push(timed.event);
      if (timed.event === "a")
        for (const [at, event] of [
          [2, "e"],
          [1, "b"],
          [1, "c"],
        ] as const)
          queue.schedule(at, event);
    }
    expect(order).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("goes on from a copy of its state, however its heap lies, as from the state itself", () => {
    const times = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 });
    fc.assert(
      fc.property(times, times, fc.nat(9), (before, after, until) => {
        const state = createEventQueueState<number>();
        const queue = createEventQueue(state);
        for (const at of before) queue.schedule(at, at);
        while (queue.next(until) !== null);
        const copies = [state.heap, state.heap.toReversed()].map((heap) => ({
          heap: [...heap],
          sequence: state.sequence,
        }));
        const emptied = [queue, ...copies.map((copy) => createEventQueue(copy))].map((each) => {
          for (const at of after) each.schedule(at, -at);
          return Array.from({ length: each.length }, () => each.next(9));
        });
        expect(emptied[1]).toEqual(emptied[0]);
        expect(emptied[2]).toEqual(emptied[0]);
      }),
      { seed: 1234, numRuns: 200 },
    );
  });

  it("takes no event at no time", () => {
    expect(() => createEventQueue().schedule(Number.NaN, 0)).toThrow("no place in the order");
  });
});
