import { describe, expect, it } from "vitest";
import type { ScenarioResult } from "../sim/run-scenario.ts";
import { createScenarioHtml } from "./scenario-html.ts";
import { formatRunsCsv, sortResults } from "./scenario-output.ts";

const evil = `<img src=x onerror="alert('1')">&`;

function resultOf(seed: string, ok: boolean): ScenarioResult {
  const figures = {
    slots: 3,
    blocks: 3,
    skippedSlots: 0,
    orphanedBlocks: 1,
    reorgs: 0,
    reorgDepthMax: 0,
    votesHeld: 0,
    finalizedSlot: 2,
    finalityLagMean: null,
    finalityLagMax: ok ? 31 : null,
    transactions: 0,
    convicted: [1, 2],
    crashed: [],
    faults: 0,
  };
  return {
    scenario: evil,
    seed,
    ok,
    verdict: { type: "pass" },
    promises: [{ text: `a promise, ${evil}`, kept: ok, found: evil }],
    figures,
    finalizedBySlot: [0, 1, 2],
    traceHash: "trace",
  };
}

describe("results as files", () => {
  it("stand in the order of their seeds, as numbers", () => {
    const seeds = sortResults(["10", "9", "b", "2", "a"].map((seed) => resultOf(seed, true))).map(({ seed }) => seed);
    expect(seeds).toEqual(["2", "9", "10", "a", "b"]);
  });

  it("are CSV with a row a seed: quoted where they must be, empty where there is nothing", () => {
    const [head, first] = formatRunsCsv([resultOf("1", false)]).split("\n");
    expect(head).toMatch(/^scenario,seed,ok,verdict,what,promisesBroken,slots,/);
    expect(first).toBe(`"<img src=x onerror=""alert('1')"">&",1,false,pass,,1,3,3,0,1,0,0,0,2,,,0,1 2,,0,trace`);
  });

  it("are one HTML file without script or network, in which no name can be one", () => {
    const html = createScenarioHtml([resultOf("1", false), resultOf(evil, true)], evil);
    expect(html).not.toMatch(/<img|<script|onerror="|https?:\/\/(?!www\.w3\.org)/);
    expect(html).toContain("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;");
    expect(html).toContain("1 of 2</b> seeds kept every promise");
    expect(html.match(/<path class="run/g)).toHaveLength(2);
    expect(createScenarioHtml([], "")).toContain("no runs: 0 seeds");
  });
});
