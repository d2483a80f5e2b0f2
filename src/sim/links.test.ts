import { describe, expect, it } from "vitest";
import { createRandom } from "../base/random.ts";
import type { LinkConditions } from "./faults.ts";
import {
  arrivalsOf,
  backlogBytesMax,
  changeConditions,
  checkConditions,
  conditionsOf,
  createLinks,
  evenDelayMs,
  healLinks,
  instantConditions,
  latencyMsMax,
  partitionLinks,
} from "./links.ts";

const linksOf = (conditions: LinkConditions = {}) => createLinks({ members: 4, heldMsMax: 200, conditions });
const randomOf = (seed: string) => createRandom(seed, "network");
const parcel = (bytes = 100, from = 0, to = 2) => ({ from, to, bytes: () => bytes });

/** What a draw costs that must not happen. */
const noRandom = new Proxy(randomOf("none"), {
  get() {
    throw new Error("randomness was drawn");
  },
});

describe("a link", () => {
  it("carries the story's three messages as told", () => {
    const links = linksOf({ latencyMs: [20, 30], lossBps: 500, bandwidth: 100 });
    const random = randomOf("links 1258");
    expect(arrivalsOf(links, random, parcel(250), 0)).toEqual([27]);
    expect(arrivalsOf(links, random, parcel(100), 1)).toEqual([25]);
    expect(arrivalsOf(links, random, parcel(100), 2)).toEqual([]);
  });

  it("draws latencies evenly from the range, both ends included", () => {
    const links = linksOf({ latencyMs: [3, 7] });
    const random = randomOf("evenly");
    const counts = new Map<number, number>();
    for (let i = 0; i < 5000; i++) {
      const [at] = arrivalsOf(links, random, parcel(), 10);
      counts.set(at! - 10, (counts.get(at! - 10) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([3, 4, 5, 6, 7]);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it.each(["lossBps", "duplicateBps", "reorderBps"] as const)("counts %s of ten thousand", (field) => {
    const links = linksOf({ latencyMs: [5, 5], [field]: 2500 });
    const random = randomOf(field);
    const seen = Array.from({ length: 4000 }, () => arrivalsOf(links, random, parcel(), 0));
    const share = (of: (arrivals: readonly number[]) => boolean) => seen.filter(of).length / seen.length;
    const late = (arrivals: readonly number[]) => arrivals.some((at) => at > 5);
    const shares = [share((each) => each.length === 0), share((each) => each.length === 2), share(late)];
    const expected = ["lossBps", "duplicateBps", "reorderBps"].map((each) => (each === field ? 0.25 : 0));
    for (const [index, value] of expected.entries()) expect(shares[index]).toBeCloseTo(value, 1);
    for (const at of seen.flat()) expect(at).toBeLessThanOrEqual(205);
  });

  it("sends by its bandwidth, one message after the other, each direction for itself", () => {
    const links = linksOf({ bandwidth: 10 });
    const at = (now: number, from = 0) => arrivalsOf(links, noRandom, parcel(100, from, from === 0 ? 2 : 0), now)[0];
    expect([at(0), at(0), at(5), at(5, 2)]).toEqual([10, 20, 30, 15]);
    // Idle again at 30.
    expect(at(31)).toBe(41);
  });

  it("takes messages until more waits than its limit, and then none until it has sent", () => {
    const links = linksOf({ bandwidth: 1000 });
    const send = (bytes: number, now: number) => arrivalsOf(links, noRandom, parcel(bytes), now).length;
    // A message of any size passes an idle link; exactly the limit may wait before another.
    expect(send(backlogBytesMax, 0)).toBe(1);
    expect(send(1, 0)).toBe(1);
    expect(send(1, 0)).toBe(0);
    expect(send(1, 1)).toBe(1);
  });

  it("measures no message, and draws nothing, where nothing asks for it", () => {
    const unmeasured = { from: 0, to: 1, bytes: () => expect.unreachable("it was measured") };
    expect(arrivalsOf(linksOf({ latencyMs: [4, 4] }), noRandom, unmeasured, 1)).toEqual([5]);
    expect(arrivalsOf(linksOf({ cut: true, lossBps: 5, bandwidth: 1 }), noRandom, unmeasured, 1)).toEqual([]);
  });
});

describe("conditions", () => {
  it("stay as they were where a change says nothing, for one direction only, and come back when healed", () => {
    const links = linksOf({ latencyMs: [4, 4], bandwidth: 50 });
    changeConditions(links, 0, 1, { lossBps: 7 });
    changeConditions(links, 0, 1, { bandwidth: null });
    expect(conditionsOf(links, 0, 1)).toEqual({ ...instantConditions, latencyMs: [4, 4], lossBps: 7 });
    const first = { ...instantConditions, latencyMs: [4, 4], bandwidth: 50 };
    expect(conditionsOf(links, 1, 0)).toEqual(first);
    healLinks(links);
    expect(conditionsOf(links, 0, 1)).toEqual(first);
  });

  it("are even only while they are the same for all and leave nothing to chance", () => {
    expect([evenDelayMs(linksOf()), evenDelayMs(linksOf({ latencyMs: [9, 9] }))]).toEqual([0, 9]);
    const uneven: LinkConditions[] = [
      { latencyMs: [1, 2] },
      { lossBps: 1 },
      { duplicateBps: 1 },
      { reorderBps: 1 },
      { bandwidth: 1 },
      { cut: true },
    ];
    for (const conditions of uneven) expect(evenDelayMs(linksOf(conditions))).toBeNull();
    const links = linksOf();
    partitionLinks(links, [[0], [1]]);
    expect(evenDelayMs(links)).toBeNull();
    healLinks(links);
    expect(evenDelayMs(links)).toBe(0);
    changeConditions(links, 0, 1, {});
    expect(evenDelayMs(links)).toBeNull();
  });

  it("are refused with the field that cannot be, at the limit and one past it", () => {
    const invalid: [LinkConditions, string][] = [
      [{ latencyMs: [2, 1] }, "latencyMs"],
      [{ latencyMs: [0, latencyMsMax + 1] }, "latencyMs"],
      [{ latencyMs: [-1, 1] }, "latencyMs"],
      [{ latencyMs: [0.5, 1] }, "latencyMs"],
      [{ latencyMs: [1] as unknown as [number, number] }, "latencyMs"],
      [{ lossBps: 10_001 }, "lossBps"],
      [{ duplicateBps: -1 }, "duplicateBps"],
      [{ reorderBps: 0.5 }, "reorderBps"],
      [{ bandwidth: 0 }, "bandwidth"],
      [{ bandwidth: 1_000_000_001 }, "bandwidth"],
      [{ cut: "yes" as unknown as boolean }, "cut"],
    ];
    for (const [conditions, field] of invalid) {
      expect(checkConditions(conditions)).toMatchObject({ code: "conditions-invalid", facts: { field } });
    }
    const most: LinkConditions = { latencyMs: [0, latencyMsMax], lossBps: 10_000, bandwidth: 1_000_000_000 };
    for (const conditions of [{}, most, { bandwidth: null }]) expect(checkConditions(conditions)).toBeNull();
    expect(() => linksOf({ lossBps: 10_001 })).toThrow(/cannot be/);
  });
});

describe("a partition", () => {
  it("lets messages pass within groups, and everywhere for who is in none", () => {
    const links = linksOf();
    partitionLinks(links, [[0, 1], [2]]);
    const passes = (from: number, to: number) => arrivalsOf(links, noRandom, parcel(1, from, to), 0).length === 1;
    const reached = [0, 1, 2, 3].map((from) => [0, 1, 2, 3].filter((to) => to !== from && passes(from, to)));
    expect(reached).toEqual([[1, 3], [0, 3], [3], [0, 1, 2]]);
    // The next one replaces it.
    partitionLinks(links, [
      [0, 2],
      [1, 3],
    ]);
    expect([passes(0, 2), passes(0, 1), passes(3, 2)]).toEqual([true, false, false]);
  });
});
