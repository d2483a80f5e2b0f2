import { describe, expect, it } from "vitest";
import { createMemoryPolicy, windowMs } from "./idle-memory.ts";

function play(windows: readonly number[]): string[] {
  const told: string[] = [];
  const policy = createMemoryPolicy((what) => told.push(what));
  for (const cpuMs of windows) policy.noteWindow(cpuMs);
  return told;
}

const quiet = (seconds: number) => new Array<number>((seconds * 1000) / windowMs).fill(10);

describe("what a devnet prefers", () => {
  it("is memory until it is busy, and again after five quiet seconds", () => {
    expect(play([])).toEqual(["memory"]);
    expect(play(quiet(60))).toEqual(["memory"]);
    expect(play([...quiet(3), 200])).toEqual(["memory", "speed"]);
    expect(play([...quiet(3), 200, ...quiet(4)])).toEqual(["memory", "speed"]);
    expect(play([...quiet(3), 200, ...quiet(5)])).toEqual(["memory", "speed", "memory"]);
  });

  it("is told once, however long it lasts", () => {
    const busy = new Array<number>(100).fill(250);
    expect(play([...busy, ...quiet(60), ...busy])).toEqual(["memory", "speed", "memory", "speed"]);
  });

  it("is speed all along for work that comes every few seconds", () => {
    const work = Array.from({ length: 10 }, () => [60, ...quiet(4)]).flat();
    expect(play(work)).toEqual(["memory", "speed"]);
  });
});
