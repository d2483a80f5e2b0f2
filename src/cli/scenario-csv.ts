/** Tidy tables of a campaign of seeds: one row an observation, one column a variable, nothing merged. */
import type { ScenarioResult } from "../sim/run-scenario.ts";
import type { ValidatorStatistics } from "../sim/run-statistics.ts";
import { describeVerdict } from "../sim/scenario-promises.ts";

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

export function formatSlotsCsv(results: readonly ScenarioResult[]): string {
  const rows = results.flatMap(({ scenario, seed, finalizedBySlot }) =>
    finalizedBySlot.map((finalized, index) => row([scenario, seed, index + 1, finalized])),
  );
  return row(["scenario", "seed", "slot", "finalizedSlot"]) + rows.join("");
}

type ColumnsOf<Row> = Readonly<Record<string, (row: Row) => unknown>>;

const validatorColumns: ColumnsOf<ValidatorStatistics> = {
  identity: ({ identity }) => identity,
  stakeShare: ({ stakeShare }) => stakeShare,
  expectedRotations: ({ expectedRotations }) => expectedRotations,
  observedRotations: ({ observedRotations }) => observedRotations,
  rotationsLow: ({ rotationsRange }) => rotationsRange[0],
  rotationsHigh: ({ rotationsRange }) => rotationsRange[1],
  longestDrought: ({ longestDrought }) => longestDrought,
  droughtLimit: ({ droughtLimit }) => droughtLimit,
  leaderSlots: ({ leaderSlots }) => leaderSlots,
  blocks: ({ blocks }) => blocks,
  skipRate: ({ skipped }) => skipped.rate,
  skipRateLow: ({ skipped }) => skipped.interval[0],
  skipRateHigh: ({ skipped }) => skipped.interval[1],
  votesLanded: ({ voteLatency }) => voteLatency.count,
  voteLatencyMean: ({ voteLatency }) => voteLatency.mean,
  voteLatencyLow: ({ voteLatency }) => voteLatency.meanInterval?.[0],
  voteLatencyHigh: ({ voteLatency }) => voteLatency.meanInterval?.[1],
  voteLatencyMax: ({ voteLatency }) => voteLatency.max,
  credits: ({ credits }) => credits,
  earnedLamports: ({ earned }) => earned,
  earnedByStakesLamports: ({ earnedByStakes }) => earnedByStakes,
};

export function formatValidatorsCsv(results: readonly ScenarioResult[]): string {
  const rows = results.flatMap((result) =>
    result.statistics.validators.map((validator) =>
      row([
        result.scenario,
        result.seed,
        result.validatorNames[validator.index],
        ...Object.values(validatorColumns).map((read) => read(validator)),
      ]),
    ),
  );
  return row(["scenario", "seed", "validator", ...Object.keys(validatorColumns)]) + rows.join("");
}

export function formatDistributionsCsv(results: readonly ScenarioResult[]): string {
  const rows = results.flatMap(({ scenario, seed, statistics }) =>
    (["finalityLag", "voteLatency", "reorgDepth"] as const).flatMap((name) =>
      statistics[name].counts.map(([value, count]) => row([scenario, seed, name, value, count])),
    ),
  );
  return row(["scenario", "seed", "distribution", "value", "count"]) + rows.join("");
}
