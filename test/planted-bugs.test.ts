/**
 * The simulator against deliberate mistakes in the protocol: a fast slice of the table (test/long/planted-bugs.test.ts has
 * all of it), and that the table is what the documents say.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { patchedTexts, playUntilCaught } from "./support/campaign-bundle.ts";
import { directedRunsOf, formatPlantedBugs, plantedBugs } from "./support/planted-bugs.ts";

const fast = plantedBugs.filter(({ isFast }) => isFast);

describe("the table of planted bugs", () => {
  it("names each bug once, and each patch finds its place in the source, once", () => {
    expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length);
    for (const { name, patches } of plantedBugs) {
      expect(() => patchedTexts(patches), name).not.toThrow();
      for (const { find, replace } of patches) expect(find, name).not.toBe(replace);
    }
  });

  it("finds no place for a patch that stands in its file twice, or nowhere", () => {
    const file = "src/chain/lockouts.ts";
    for (const find of ["vote", "no such text"]) {
      expect(() => patchedTexts([{ file, find, replace: "" }])).toThrow("must once");
    }
  });

  it("is the one in docs/simulator.md", () => {
    expect(readFileSync(new URL("../docs/simulator.md", import.meta.url), "utf8")).toContain(formatPlantedBugs());
  });
});

describe("a planted bug", () => {
  // test/campaign.test.ts plays the seeds without one.
  it.concurrent("is needed for a verdict: without one the directed runs pass", { timeout: 60_000 }, async () => {
    for (const run of directedRunsOf(fast)) {
      expect(await playUntilCaught([], run)).toMatchObject({ seeds: null, last: { verdict: { type: "pass" } } });
    }
  });

  it.concurrent.each(fast)("$name is caught by $caughtBy", { timeout: 60_000 }, async ({ patches, play, caughtBy }) => {
    const caught = await playUntilCaught(patches, play);
    expect(caught.seeds).not.toBeNull();
    expect(caught.last?.verdict).toMatchObject({ checker: caughtBy });
  });
});
