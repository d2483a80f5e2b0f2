import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hexHashChain } from "../base/sha256.ts";
import {
  advanceTutorialClock,
  computeTutorialLeaders,
  createTutorialClock,
  createTutorialSchedule,
  drawTutorialLeader,
  drawTutorialLeaders,
  tutorialClockAt,
} from "./tutorial-leaders.ts";

const stakes = [1000, 500, 100];
/** The tutorial's first twenty leaders from "genesis", as its own program prints them. */
const firstTwenty = [0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 1, 1, 0, 1, 2, 0, 0, 1, 0];

const hashOfSeed = (seed: number) => seed.toString(16).padStart(64, "0");

/** Where Python's first random() after random.seed(seed) lies: its 53 bits, found by bisection over leaders of two. */
function firstRandomOf(seed: number): number {
  let low = 0;
  let high = 2 ** 53;
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (drawTutorialLeader(hashOfSeed(seed), [middle, 2 ** 53 - middle]) === 0) high = middle;
    else low = middle;
  }
  return low / 2 ** 53;
}

describe("the tutorial's leaders", () => {
  it("come from Python's generator, bit for bit, also at the ends of the seed's range", () => {
    // python3 -c 'import random; random.seed(n); print(random.random())'
    expect(firstRandomOf(0)).toBe(0.8444218515250481);
    expect(firstRandomOf(1)).toBe(0.13436424411240122);
    expect(firstRandomOf(2 ** 32 - 1)).toBe(0.6353574441341173);
  });

  it("are the tutorial's own for its first twenty slots", () => {
    expect(computeTutorialLeaders({ seed: "genesis", stakes, slots: 20 })).toEqual(firstTwenty);
    expect(computeTutorialLeaders({ seed: "genesis", stakes: stakes.map(BigInt), slots: 20 })).toEqual(firstTwenty);
  });

  it("are drawn from entries with a stake as from the stakes alone", () => {
    const entries = stakes.map((stake) => ({ stake }));
    expect(computeTutorialLeaders({ seed: "genesis", stakes: entries, slots: 20 })).toEqual(firstTwenty);
  });

  it.each([
    [{ seed: 7 }, "seed is 7"],
    [{ seed: undefined }, "seed is undefined"],
    [{ slots: 2.5 }, "slots is 2.5"],
    [{ slots: Number.NaN }, "slots is NaN"],
    [{ slots: -1 }, "slots is -1"],
    [{ slots: 1_000_001 }, "slots is 1000001; give 0 to 1000000"],
    [{ stakes: [] }, "stakes is not a list of at least one"],
    [{ stakes: 5 }, "stakes is not a list"],
    [{ stakes: [1n, 0n] }, "stakes[1] is 0"],
    [{ stakes: [-1] }, "stakes[0] is -1"],
    [{ stakes: [Number.NaN] }, "stakes[0] is NaN"],
    [{ stakes: [10n ** 400n] }, "stakes[0] is 1000"],
    [{ stakes: ["1"] }, "stakes[0] is 1; give a bigint or a number"],
    [{ stakes: [null] }, "stakes[0] is null"],
    [{ stakes: [{}] }, "stakes[0] is undefined"],
  ])("are asked for in one sentence when the input is wrong (%#)", (wrong, message) => {
    const input = { seed: "genesis", stakes: [1n], slots: 1, ...wrong };
    expect(() => computeTutorialLeaders(input as never)).toThrow(message);
  });

  it("take only the lowest 32 bits of the hash as their seed", () => {
    const hash = hexHashChain("genesis", 1);
    expect(drawTutorialLeader("0".repeat(56) + hash.slice(56), stakes)).toBe(drawTutorialLeader(hash, stakes));
  });

  it("go on from a clock, which is plain data, as if never interrupted", () => {
    fc.assert(
      fc.property(fc.nat(20), (cut) => {
        const early = drawTutorialLeaders(createTutorialClock("genesis"), stakes, cut);
        const clock = JSON.parse(JSON.stringify(early.clock));
        const late = drawTutorialLeaders(clock, stakes, 20 - cut);
        expect([...early.leaders, ...late.leaders]).toEqual(firstTwenty);
        expect(late.clock.slot).toBe(20);
      }),
      { seed: 1234, numRuns: 10 },
    );
  });

  it("are the same for any stretch of slots, in any order of asking", () => {
    const scheduleOf = (firstSlot: number, slots: number) =>
      createTutorialSchedule({ seed: "genesis", stakes, firstSlot, slots });
    for (const [first, slots] of [
      [16, 5],
      [6, 10],
      [1, 5],
      [6, 10],
      [20, 1],
      [3, 0],
    ] as const)
      expect(scheduleOf(first, slots)).toEqual(firstTwenty.slice(first - 1, first - 1 + slots));
    // Slot 0 is the genesis block; its draw only stands in its place.
    expect(scheduleOf(0, 4).slice(1)).toEqual(firstTwenty.slice(0, 3));
    expect(createTutorialSchedule({ seed: "beta", stakes, firstSlot: 6, slots: 10 })).not.toEqual(scheduleOf(6, 10));
  });

  it("keep one clock, however it is reached", () => {
    const clock = { slot: 7, hash: hexHashChain("genesis", 7001) };
    expect(advanceTutorialClock(createTutorialClock("genesis"), 7)).toEqual(clock);
    expect(tutorialClockAt("genesis", 7)).toEqual(clock);
  });

  it("stop on stakes that are none", () => {
    const hash = hexHashChain("genesis", 1);
    expect(() => drawTutorialLeader(hash, [])).toThrow("no stake");
    expect(() => drawTutorialLeader(hash, [1, 0])).toThrow("not a stake: 0");
    expect(() => drawTutorialLeader(hash, [Number.NaN])).toThrow("not a stake");
    expect(() => drawTutorialLeader("genesis", [1])).toThrow("not a PoH hash");
  });
});
