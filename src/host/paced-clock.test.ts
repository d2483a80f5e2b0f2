import { describe, expect, it } from "vitest";
import { createPacedClock } from "./paced-clock.ts";

/** So many slots. */
function slots(count: number): () => () => boolean {
  return () => {
    let left = count;
    return () => left-- === 0;
  };
}

function busyFor(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a paced clock", () => {
  it("advances in the order asked, one at a time", async () => {
    const order: string[] = [];
    let now = "";
    const clock = createPacedClock(1000, () => {
      busyFor(8);
      order.push(now);
    });
    const advance = (name: string, count: number) =>
      clock.advance(() => {
        now = name;
        return slots(count)();
      });
    await Promise.all([advance("a", 5), advance("b", 2), advance("c", 1)]);
    expect(order.join("")).toBe("aaaaabbc");
  });

  it("gives others a turn while it advances", async () => {
    let turns = 0;
    const other = setInterval(() => turns++, 1);
    const clock = createPacedClock(1000, () => busyFor(10));
    await clock.advance(slots(12));
    clearInterval(other);
    expect(turns).toBeGreaterThan(2);
  });

  it("holds the real clock while it advances, and lets it go on if it ran", async () => {
    let isAdvancing = false;
    const seen: boolean[] = [];
    const clock = createPacedClock(5, () => {
      seen.push(isAdvancing);
      if (isAdvancing) busyFor(3);
    });
    clock.start();
    await sleep(40);
    isAdvancing = true;
    const before = seen.length;
    expect(before).toBeGreaterThan(0);
    await clock.advance(slots(30));
    isAdvancing = false;
    expect(seen.slice(before)).toEqual(Array(30).fill(true));
    expect(clock.running).toBe(true);
    await sleep(40);
    clock.close();
    expect(seen.slice(before + 30)).toContain(false);
  });

  it("stays stopped when it was stopped, also when that happened meanwhile", async () => {
    let ran = 0;
    const clock = createPacedClock(1, () => void ran++);
    await clock.advance(slots(3));
    clock.start();
    const advanced = clock.advance(() => {
      clock.stop();
      return slots(3)();
    });
    await advanced;
    await sleep(20);
    expect([ran, clock.running]).toEqual([6, false]);
  });

  it("starts after an advance when that is asked for meanwhile", async () => {
    let ran = 0;
    const clock = createPacedClock(1, () => void ran++);
    await clock.advance(() => {
      clock.start();
      return slots(3)();
    });
    expect(ran).toBe(3);
    await sleep(20);
    clock.close();
    expect(ran).toBeGreaterThan(3);
  });

  it("finishes the slot from within which an advance is asked for", async () => {
    const log: string[] = [];
    let asked: Promise<void> | null = null;
    const clock = createPacedClock(1, () => {
      log.push("in");
      asked ??= clock.advance(slots(2));
      log.push("out");
    });
    clock.start();
    while (asked === null) await sleep(1);
    await asked;
    clock.close();
    expect(log.slice(0, 6)).toEqual(["in", "out", "in", "out", "in", "out"]);
  });

  it("rejects with what is thrown, and goes on with the next", async () => {
    const clock = createPacedClock(1000, () => {});
    const failing = clock.advance(() => () => {
      throw new RangeError("past");
    });
    const next = clock.advance(slots(1));
    await expect(failing).rejects.toThrow("past");
    await expect(next).resolves.toBeUndefined();
  });

  it("stands for good once a slot has thrown", async () => {
    let ran = 0;
    const clock = createPacedClock(1, () => {
      if (++ran === 3) throw new Error("broken slot");
    });
    clock.start();
    const advances = [clock.advance(slots(5)), clock.advance(slots(5))];
    const outcomes = await Promise.allSettled(advances);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await sleep(5);
    expect([ran, clock.running]).toEqual([3, false]);
    expect(() => clock.start()).toThrow("broken slot");
    await expect(clock.advance(slots(1))).rejects.toThrow("broken slot");
    clock.close();
  });

  it("ends every advance when it is closed", async () => {
    let ran = 0;
    const clock = createPacedClock(1000, () => {
      busyFor(5);
      ran++;
    });
    const advances = [clock.advance(slots(1_000_000)), clock.advance(slots(1_000_000))];
    await sleep(1);
    clock.close();
    const atClose = ran;
    await Promise.all(advances);
    expect(ran).toBe(atClose);
  });
});
