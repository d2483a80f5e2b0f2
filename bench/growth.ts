/**
 * How costs grow: with validators, accounts in the ledger, transactions of a block, and open forks. Each point is measured
 * in a process of its own; the exponent fitted to each line goes into the legend of its plot (docs/performance/*.svg).
 *
 *     npm run bench -- growth                     all four
 *     node bench/run.mjs growth forks             some: validators, accounts, block, forks
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { measureAccounts } from "./support/growth-accounts.ts";
import { measureBlock } from "./support/growth-block.ts";
import { fitExponent } from "./support/growth-fit.ts";
import { measureForks } from "./support/growth-forks.ts";
import { type Costs, measureValidators } from "./support/growth-validators.ts";
import { drawLogLogPlot, type PlotLine } from "./support/log-log-plot.ts";
import { appendResult } from "./support/results.ts";
import { formatColumns, roundFigure } from "./support/targets.ts";

type Figure = {
  readonly title: string;
  readonly across: string;
  readonly points: readonly number[];
  readonly measure: (n: number) => Costs;
  /** Each line: a cost, what it is called, and by how much it is multiplied to be milliseconds. */
  readonly lines: readonly { readonly cost: string; readonly name: string; readonly toMs?: number }[];
};

const figures: Readonly<Record<string, Figure>> = {
  validators: {
    title: "Cost against validators: each votes in every slot, and each hears all",
    across: "validators",
    points: [4, 10, 30, 100, 300, 1000],
    measure: measureValidators,
    lines: [
      { cost: "genesisMs", name: "genesis, with all keys" },
      { cost: "startMs", name: "start" },
      { cost: "slotMs", name: "a slot of virtual time" },
      { cost: "heardUs", name: "the slot, per vote heard (n² of them)", toMs: 0.001 },
      { cost: "snapshotMs", name: "a snapshot" },
    ],
  },
  accounts: {
    title: "Cost against accounts in the ledger",
    across: "accounts",
    points: [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000],
    measure: measureAccounts,
    lines: [
      { cost: "startMs", name: "start from a genesis" },
      { cost: "blockMs", name: "a block of 100 transfers, replayed too" },
      { cost: "hashMs", name: "100 changes, and the state's hash" },
      { cost: "snapshotMs", name: "a snapshot" },
      { cost: "lookupUs", name: "a look-up", toMs: 0.001 },
    ],
  },
  block: {
    title: "Cost of a block against its transfers",
    across: "transfers in the block",
    points: [10, 30, 100, 300, 1000, 3000, 10_000],
    measure: measureBlock,
    lines: [
      { cost: "produceMs", name: "make it" },
      { cost: "replayMs", name: "check and replay it" },
    ],
  },
  forks: {
    title: "Cost of fork choice against open forks of 8 blocks, 100 validators",
    across: "open forks",
    points: [1, 3, 10, 30, 100, 300, 1000],
    measure: measureForks,
    lines: [
      { cost: "addUs", name: "a block more", toMs: 0.001 },
      { cost: "voteUs", name: "a vote", toMs: 0.001 },
      { cost: "decideUs", name: "the heaviest fork, and a vote or not", toMs: 0.001 },
    ],
  },
};

function measureApart(name: string, n: number): Costs {
  const self = fileURLToPath(import.meta.url);
  const args = ["--expose-gc", "--max-old-space-size=8192", self, "--one", name, String(n)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name} ${n}: ${stderr}`);
  return JSON.parse(stdout) as Costs;
}

function linesOf({ lines }: Figure, measured: readonly (readonly [n: number, costs: Costs])[]): PlotLine[] {
  return lines.map(({ cost, name, toMs = 1 }) => {
    const points = measured.map(([n, costs]) => ({ n, cost: costs[cost]! * toMs }));
    return { name, points, exponent: roundFigure(fitExponent(points)) };
  });
}

function run(name: string): object {
  const figure = figures[name]!;
  const measured: [number, Costs][] = [];
  for (const n of figure.points) {
    const costs = measureApart(name, n);
    measured.push([n, costs]);
    const cells = Object.entries(costs).map(([cost, value]) => `${cost} ${roundFigure(value)}`);
    process.stdout.write(`${`${n} ${figure.across}`.padEnd(30)}${cells.join("   ")}\n`);
  }
  const lines = linesOf(figure, measured);
  const { title, across } = figure;
  writeFileSync(`docs/performance/${name}.svg`, drawLogLogPlot({ title, across, lines }));
  const rows = lines.map((line) => [line.name, `n^${line.exponent}`]);
  process.stdout.write(`${formatColumns(rows)}\n\n`);
  const rounded = measured.map(([n, costs]) => ({
    n,
    ...Object.fromEntries(Object.entries(costs).map(([cost, value]) => [cost, roundFigure(value)])),
  }));
  return { points: rounded, exponents: Object.fromEntries(lines.map((line) => [line.name, line.exponent])) };
}

const [flag, ...rest] = process.argv.slice(2);
if (flag === "--one") {
  const [name = "", n] = rest;
  process.stdout.write(JSON.stringify(figures[name]!.measure(Number(n))));
} else {
  const wanted = flag === undefined ? Object.keys(figures) : [flag, ...rest];
  const unknown = wanted.filter((name) => !(name in figures));
  if (unknown.length > 0) {
    process.stderr.write(`there is no plot of ${unknown.join(" or ")}; there are ${Object.keys(figures).join(", ")}\n`);
    process.exit(2);
  }
  mkdirSync("docs/performance", { recursive: true });
  appendResult("growth", Object.fromEntries(wanted.map((name) => [name, run(name)])));
}
