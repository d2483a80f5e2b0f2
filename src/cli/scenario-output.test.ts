import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testCrypto } from "../../test/support/clusters.ts";
import { runScenario, type ScenarioResult } from "../sim/run-scenario.ts";
import { planScenario } from "../sim/scenario-plan.ts";
import { readResults } from "./read-results.ts";
import { formatDistributionsCsv, formatRunsCsv, formatValidatorsCsv } from "./scenario-csv.ts";
import { createScenarioHtml } from "./scenario-html.ts";
import { sortResults, writeResults } from "./scenario-output.ts";

const evil = `<img src=x onerror="alert('1')">&`;

/** Of a true run, 40 slots long. */
const { statistics } = (() => {
  const validators = ["a", "b", "c", "d"].map((name) => ({ name, stake: 1000 }));
  const plan = planScenario({ name: "test", network: { params: { slotsPerEpoch: 32 }, validators }, slots: 40 });
  if (!plan.ok) throw new Error(plan.code);
  return runScenario(plan.value, "1", { crypto: testCrypto });
})();

function resultOf(seed: string, ok: boolean): ScenarioResult {
  const figures = {
    slots: 3,
    blocks: 3,
    skippedSlots: 0,
    orphanedBlocks: 1,
    forks: 1,
    reorgs: 0,
    reorgDepthMax: 0,
    votesHeld: 0,
    finalizedSlot: 2,
    finalityLagMean: null,
    finalityLagMax: ok ? 31 : null,
    voteLatencyMean: null,
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
    statistics,
    validatorNames: ["a", evil, "c", "d"],
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
    expect(first).toBe(`"<img src=x onerror=""alert('1')"">&",1,false,pass,,1,3,3,0,1,1,0,0,0,2,,,,0,1 2,,0,trace`);
  });

  it("are CSV with a row a validator, and a row a value of each distribution", () => {
    const [head, first, second] = formatValidatorsCsv([resultOf("1", true)]).split("\n");
    const columns = head!.split(",");
    const { identity, leaderSlots, credits, earned } = statistics.validators[0]!;
    const cells = first!.split(",");
    const cell = (name: string) => cells[cells.length - columns.length + columns.indexOf(name)];
    expect([cell("identity"), cell("leaderSlots"), cell("credits"), cell("earnedLamports")]).toEqual(
      [identity, leaderSlots, credits, earned].map(String),
    );
    expect(second).toContain(`,1,"<img src=x onerror=""alert('1')"">&",`);
    const lags = formatDistributionsCsv([resultOf("1", true)]).split("\n");
    expect(lags[0]).toBe("scenario,seed,distribution,value,count");
    const [[lag, count]] = statistics.finalityLag.counts as [readonly [number, number]];
    expect(lags[1]).toBe(`"<img src=x onerror=""alert('1')"">&",1,finalityLag,${lag},${count}`);
  });

  it("are read again from what was written, and refused where they are something else", () => {
    const folder = mkdtempSync(join(tmpdir(), "escapement-results-"));
    try {
      const results = [resultOf("1", true), resultOf("2", false)];
      writeResults(folder, results, "");
      expect(readResults(join(folder, "runs.jsonl"))).toEqual(results);
      const { statistics: _, ...older } = results[0]!;
      writeFileSync(join(folder, "older.jsonl"), JSON.stringify(older));
      expect(() => readResults(join(folder, "older.jsonl"))).toThrow(/line 1 of .*older.jsonl is no run/);
    } finally {
      rmSync(folder, { recursive: true });
    }
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
