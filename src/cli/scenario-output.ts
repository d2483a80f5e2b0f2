/**
 * What a campaign of seeds leaves in its folder: tidy tables, one row an observation, and a report to look at.
 *
 *     runs.jsonl     a seed a line, whole                 runs.csv     a seed a row, its figures as columns
 *     slots.csv      scenario, seed, slot, finalized      report.html  one file, with plots
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { ScenarioResult } from "../sim/run-scenario.ts";
import { describeVerdict } from "../sim/scenario-promises.ts";
import { CommandFailure, UsageError } from "./failure.ts";
import { readTextFile } from "./files.ts";
import { createScenarioHtml } from "./scenario-html.ts";

export function writeResults(folder: string, results: readonly ScenarioResult[], description: string): void {
  const files: Readonly<Record<string, string>> = {
    "runs.jsonl": results.map((result) => `${JSON.stringify(result)}\n`).join(""),
    "runs.csv": formatRunsCsv(results),
    "slots.csv": formatSlotsCsv(results),
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

/** A value as a field: quoted where it holds a comma, a quote or a line's end. */
function field(value: unknown): string {
  const text = value === null || value === undefined ? "" : Array.isArray(value) ? value.join(" ") : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const row = (values: readonly unknown[]) => `${values.map(field).join(",")}\n`;

export function formatRunsCsv(results: readonly ScenarioResult[]): string {
  const [first] = results;
  const columns = first === undefined ? [] : (Object.keys(first.figures) as (keyof ScenarioResult["figures"])[]);
  const head = ["scenario", "seed", "ok", "verdict", "what", "promisesBroken", ...columns, "traceHash"];
  return [
    row(head),
    ...results.map(({ scenario, seed, ok, verdict, promises, figures, traceHash }) => {
      const what = verdict.type === "pass" ? "" : describeVerdict(verdict);
      const broken = promises.filter(({ kept }) => !kept).length;
      return row([scenario, seed, ok, verdict.type, what, broken, ...columns.map((name) => figures[name]), traceHash]);
    }),
  ].join("");
}

function formatSlotsCsv(results: readonly ScenarioResult[]): string {
  const rows = results.flatMap(({ scenario, seed, finalizedBySlot }) =>
    finalizedBySlot.map((finalized, index) => row([scenario, seed, index + 1, finalized])),
  );
  return row(["scenario", "seed", "slot", "finalizedSlot"]) + rows.join("");
}

const resultSchema = v.looseObject({
  scenario: v.string(),
  seed: v.string(),
  ok: v.boolean(),
  verdict: v.looseObject({ type: v.picklist(["pass", "stalled", "diverged", "crashed"]) }),
  promises: v.array(v.object({ text: v.string(), kept: v.boolean(), found: v.string() })),
  figures: v.record(v.string(), v.unknown()),
  finalizedBySlot: v.array(v.number()),
  traceHash: v.string(),
});

/** The lines of a runs.jsonl, which somebody else may have written. */
export function readResults(path: string): readonly ScenarioResult[] {
  const lines = readTextFile(path, "results file")
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.map((line, index) => {
    const value = parseLine(line);
    const checked = v.safeParse(resultSchema, value);
    if (checked.success) return checked.output as unknown as ScenarioResult;
    throw new UsageError(
      `line ${index + 1} of ${path} is no run: ${checked.issues[0].message}; give runs.jsonl of \`sim run --out\``,
    );
  });
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
