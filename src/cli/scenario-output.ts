/**
 * What a campaign of seeds leaves in its folder: tidy tables, one row an observation, and a report to look at.
 *
 *     runs.jsonl         a seed a line, whole                   runs.csv     a seed a row, its figures as columns
 *     validators.csv     a validator of a seed a row            slots.csv    scenario, seed, slot, finalized
 *     distributions.csv  finality lag, vote latency, depth      report.html  one file, with plots
 *                        of reorgs: how often each value came
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ScenarioResult } from "../sim/run-scenario.ts";
import { CommandFailure } from "./failure.ts";
import { formatDistributionsCsv, formatRunsCsv, formatSlotsCsv, formatValidatorsCsv } from "./scenario-csv.ts";
import { createScenarioHtml } from "./scenario-html.ts";

export function writeResults(folder: string, results: readonly ScenarioResult[], description: string): void {
  const files: Readonly<Record<string, string>> = {
    "runs.jsonl": results.map((result) => `${JSON.stringify(result)}\n`).join(""),
    "runs.csv": formatRunsCsv(results),
    "validators.csv": formatValidatorsCsv(results),
    "slots.csv": formatSlotsCsv(results),
    "distributions.csv": formatDistributionsCsv(results),
    "report.html": createScenarioHtml(results, description),
  };
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  } catch (error) {
    throw new CommandFailure(`the folder ${folder} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

/** By seed as a number, where seeds are numbers. */
export function sortResults(results: readonly ScenarioResult[]): readonly ScenarioResult[] {
  const place = ({ seed }: ScenarioResult) => (/^\d{1,15}$/.test(seed) ? Number(seed) : Number.MAX_SAFE_INTEGER);
  return results.toSorted((a, b) => {
    if (a.scenario !== b.scenario) return a.scenario < b.scenario ? -1 : 1;
    return place(a) - place(b) || (a.seed < b.seed ? -1 : a.seed > b.seed ? 1 : 0);
  });
}
