/** Every planted bug is caught, by the checker and within the seeds that the table states. */
import { describe, expect, it } from "vitest";
import { playUntilCaught } from "../support/campaign-bundle.ts";
import { directedRunsOf, plantedBugs } from "../support/planted-bugs.ts";

describe("every planted bug", () => {
  it("is needed for a verdict: without one the same runs pass", async () => {
    const seeds = Math.max(...plantedBugs.map(({ play }) => (typeof play === "number" ? play : 0)));
    for (const play of [seeds, ...directedRunsOf(plantedBugs)]) {
      expect(await playUntilCaught([], play)).toMatchObject({ seeds: null, last: { verdict: { type: "pass" } } });
    }
  });

  it.each(plantedBugs)("$name is caught by $caughtBy", async ({ patches, play, caughtBy }) => {
    const caught = await playUntilCaught(patches, play);
    expect(caught.seeds).not.toBeNull();
    expect(caught.last?.verdict).toMatchObject({ checker: caughtBy });
  });
});
