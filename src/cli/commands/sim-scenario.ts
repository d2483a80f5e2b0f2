/** `escapement sim run FILE`, `sim list` and `sim report`: a scenario over many seeds, and what came of it. */
import { availableParallelism } from "node:os";
import type { ScenarioResult } from "../../sim/run-scenario.ts";
import type { OutputFormat } from "../arguments.ts";
import { CommandFailure, UsageError } from "../failure.ts";
import { formatTable } from "../format.ts";
import { colors, createProgress, print, printJson, say } from "../output.ts";
import { readResults } from "../read-results.ts";
import { listLibrary, readScenario } from "../scenario-file.ts";
import { sortResults, writeResults } from "../scenario-output.ts";
import { runSeeds } from "../seed-pool.ts";

export type ScenarioRunOptions = {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly shard?: readonly [part: number, of: number];
  readonly jobs?: number;
  readonly out?: string;
  readonly record?: string;
  readonly output: OutputFormat;
};

export async function runScenarioFile(named: string, options: ScenarioRunOptions): Promise<void> {
  const { record, output } = options;
  if (record !== undefined) {
    const [seed, ...others] = seedsOf(options);
    if (seed === undefined || others.length > 0) throw new UsageError("--record records one seed; leave --seeds away");
    if (options.out !== undefined) throw new UsageError("--record and --out do not go together: run it twice");
    const { runReplay } = await import("./sim-replay.ts");
    runReplay(named, { seed, details: false, record, output });
    return;
  }
  const { text, plan, path } = readScenario(named);
  const seeds = seedsOf(options);
  const progress = createProgress("seeds", seeds.length);
  const results: ScenarioResult[] = [];
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once("SIGINT", onSignal);
  let broken = 0;
  try {
    await runSeeds({
      text,
      seeds,
      jobs: options.jobs ?? availableParallelism(),
      signal: stop.signal,
      onResult(result) {
        results.push(result);
        if (!result.ok) broken++;
        progress.update(results.length, broken === 0 ? "" : `, ${broken} broken`);
      },
    });
  } finally {
    process.off("SIGINT", onSignal);
    progress.finish();
  }
  if (stop.signal.aborted) say(`stopped after ${results.length} of ${seeds.length} seeds`);
  finish({ named: path, results: sortResults(results), description: plan.file.description ?? "", ...options });
  if (stop.signal.aborted) process.exitCode = 130;
}

/** Of `--seeds 100 --first-seed 1 --shard 2/4` the seeds 26 to 50. */
function seedsOf({ seeds, firstSeed, shard = [1, 1] }: ScenarioRunOptions): readonly string[] {
  const [part, of] = shard;
  const from = Math.floor((seeds * (part - 1)) / of);
  const to = Math.floor((seeds * part) / of);
  if (from === to)
    throw new UsageError(`shard ${part}/${of} of ${seeds} seeds is empty; give more seeds or fewer shards`);
  return Array.from({ length: to - from }, (_, index) => String(firstSeed + from + index));
}

type Finished = {
  readonly named: string;
  readonly results: readonly ScenarioResult[];
  readonly description: string;
  readonly out?: string;
  readonly output: OutputFormat;
};

function finish({ named, results, description, out, output }: Finished): void {
  if (out !== undefined) {
    writeResults(out, results, description);
    say(`report.html, runs.csv, validators.csv, slots.csv, distributions.csv and runs.jsonl are in ${out}`);
  }
  const failed = results.filter(({ ok }) => !ok);
  if (output === "json") {
    printJson({ scenario: results[0]?.scenario ?? null, seeds: results.length, ok: failed.length === 0, results });
  } else print(formatResults(named, results));
  if (failed.length > 0) {
    throw new CommandFailure(`${failed.length} of ${results.length} seeds broke a promise`, {
      details: failed.slice(0, replaysMax).map(({ seed }) => `  escapement sim replay ${named} --seed ${seed}`),
    });
  }
}

const replaysMax = 5;

function formatResults(named: string, results: readonly ScenarioResult[]): string {
  const counts = new Map<string, { kept: number; all: number; worst: string | null }>();
  for (const { seed, promises } of results) {
    for (const { text, kept, found } of promises) {
      const count = counts.get(text) ?? { kept: 0, all: 0, worst: null };
      const worst = kept ? count.worst : (count.worst ?? `seed ${seed}: ${found}`);
      counts.set(text, { kept: count.kept + (kept ? 1 : 0), all: count.all + 1, worst });
    }
  }
  const rows = [...counts].map(([text, { kept, all, worst }]) => [
    kept === all ? colors.green("kept") : colors.red("broken"),
    `${kept}/${all}`,
    worst === null ? text : `${text}\n${worst}`,
  ]);
  const columns = [
    { title: "", align: "left" as const },
    { title: "Seeds", align: "right" as const },
    { title: "Promise", align: "left" as const },
  ];
  const range = (figure: "skippedSlots" | "orphanedBlocks" | "reorgDepthMax" | "finalityLagMax" | "finalizedSlot") => {
    const values = results.map(({ figures }) => figures[figure]).filter((value) => value !== null);
    return values.length === 0 ? "none" : `${Math.min(...values)} to ${Math.max(...values)}`;
  };
  const figures = [
    `final slot ${range("finalizedSlot")}`,
    `finality lag ${range("finalityLagMax")}`,
    `skipped slots ${range("skippedSlots")}`,
    `orphaned blocks ${range("orphanedBlocks")}`,
    `deepest reorg ${range("reorgDepthMax")}`,
  ];
  return [
    `${named}: ${results.length} seed${results.length === 1 ? "" : "s"}`,
    formatTable(columns, rows),
    figures.join(", "),
  ].join("\n");
}

export function runScenarioList({ output }: { readonly output: OutputFormat }): void {
  const list = listLibrary();
  if (output === "json") printJson(list);
  else {
    const columns = ["Scenario", "What happens"].map((title) => ({ title, align: "left" as const }));
    print(
      formatTable(
        columns,
        list.map(({ name, description }) => [name, description]),
      ),
    );
  }
}

/** Merges the results of shards. */
export function runScenarioReport(
  files: readonly string[],
  options: { readonly out?: string; readonly output: OutputFormat },
): void {
  const results = sortResults(files.flatMap(readResults));
  const seen = new Set<string>();
  for (const { scenario, seed } of results) {
    if (seen.has(`${scenario} ${seed}`)) throw new UsageError(`seed ${seed} of ${scenario} stands in two of the files`);
    seen.add(`${scenario} ${seed}`);
  }
  finish({ named: results[0]?.scenario ?? "none", results, description: "", ...options });
}
