/**
 * A slice of the randomised campaign (test/long/campaign.test.ts plays 10,000 seeds of it). `ESCAPEMENT_SEEDS` names
 * another number of seeds.
 */
import { describe, expect, it } from "vitest";
import { runCampaignSeed } from "../src/sim/campaign.ts";
import { describeFailure, playSeeds } from "./support/campaign-bundle.ts";
import { testCrypto } from "./support/clusters.ts";

const seeds = Number(process.env.ESCAPEMENT_SEEDS ?? 8);

describe(`the campaign of ${seeds} seeds`, () => {
  it("neither diverges, nor stalls after the heal, nor crashes", { timeout: 300_000 }, async () => {
    const failures: string[] = [];
    let count = 0;
    await playSeeds({ from: 0, to: seeds, shard: "1/1", processes: 2 }, (result) => {
      count++;
      if (result.verdict.type !== "pass") failures.push(describeFailure(result));
    });
    expect(failures).toEqual([]);
    expect(count).toBe(seeds);
  });

  it.each([
    ["3616", "spam kept validators behind"],
    ["3704", "spam kept validators behind"],
    ["4732", "the way back was too long"],
    ["2421", "half of the stake had never seen the second of two blocks"],
  ])("comes back in seed %s, where once %s", (seed) => {
    expect(runCampaignSeed(seed, testCrypto).verdict).toEqual({ type: "pass" });
  });
});
