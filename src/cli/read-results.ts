/** The runs.jsonl of a campaign, read again: somebody else may have written it, so that all of it that is used is checked. */
import * as v from "valibot";
import type { ScenarioResult } from "../sim/run-scenario.ts";
import { UsageError } from "./failure.ts";
import { readTextFile } from "./files.ts";

const interval = v.tuple([v.number(), v.number()]);

const distributionSchema = v.looseObject({
  count: v.number(),
  mean: v.nullable(v.number()),
  meanInterval: v.nullable(interval),
  max: v.nullable(v.number()),
  counts: v.array(interval),
});

const rateSchema = v.looseObject({ count: v.number(), of: v.number(), rate: v.number(), interval });

const lamports = v.pipe(v.string(), v.regex(/^-?\d+$/));

/** As far as it is written down again. */
const validatorSchema = v.looseObject({
  index: v.number(),
  identity: v.string(),
  stakeShare: v.number(),
  expectedRotations: v.number(),
  observedRotations: v.number(),
  rotationsRange: interval,
  longestDrought: v.number(),
  droughtLimit: v.number(),
  leaderSlots: v.number(),
  blocks: v.number(),
  skipped: rateSchema,
  voteLatency: distributionSchema,
  credits: v.number(),
  earned: lamports,
  earnedByStakes: lamports,
});

const resultSchema = v.looseObject({
  scenario: v.string(),
  seed: v.string(),
  ok: v.boolean(),
  verdict: v.looseObject({ type: v.picklist(["pass", "stalled", "diverged", "crashed"]) }),
  promises: v.array(v.object({ text: v.string(), kept: v.boolean(), found: v.string() })),
  figures: v.record(v.string(), v.unknown()),
  statistics: v.looseObject({
    validators: v.array(validatorSchema),
    finalityLag: distributionSchema,
    voteLatency: distributionSchema,
    reorgDepth: distributionSchema,
  }),
  validatorNames: v.array(v.string()),
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
    // As it stands in the file: what comes out of the check has its fields in another order.
    if (checked.success) return value as ScenarioResult;
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
