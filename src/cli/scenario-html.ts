/**
 * A campaign of seeds as one HTML file that needs nothing else: no network, no script. Plots are SVG, made here.
 *
 * Every text comes from strangers' files: all of it is escaped.
 */
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import type { ScenarioResult } from "../sim/run-scenario.ts";
import type { ValidatorStatistics } from "../sim/run-statistics.ts";
import { describeVerdict } from "../sim/scenario-promises.ts";
import { wilsonInterval } from "../sim/statistics.ts";
import { formatPercent, formatSol } from "./format.ts";

const width = 640;
const height = 260;
const margin = { top: 26, right: 16, bottom: 36, left: 52 };
/** Lines drawn in one plot. */
const linesMax = 60;
/** Rows of the table of broken promises. */
const failuresMax = 200;

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

export function createScenarioHtml(results: readonly ScenarioResult[], description: string): string {
  const names = [...new Set(results.map(({ scenario }) => scenario))];
  const title = `${names.join(", ") || "no runs"}: ${results.length} seeds`;
  const sections = [
    `<h1>${escapeHtml(title)}</h1>`,
    description === "" ? "" : `<p>${escapeHtml(description)}</p>`,
    summary(results),
    promisesTable(results),
    "<h2>The newest final slot, slot by slot</h2>",
    finalityPlot(results),
    "<h2>Over all blocks of all seeds</h2>",
    histogram("slots from a block to its finality", "blocks", mergeCounts(results, "finalityLag")),
    histogram("slots from a block to the block with a vote for it", "votes", mergeCounts(results, "voteLatency")),
    "<h2>Over all seeds</h2>",
    histogram("slots from a block to its finality, the longest of a run", "seeds", countsOf(results, "finalityLagMax")),
    histogram("skipped slots", "seeds", countsOf(results, "skippedSlots")),
    histogram("blocks on no fork that won", "seeds", countsOf(results, "orphanedBlocks")),
    validatorsTable(results),
    failuresTable(results),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>
<style>${style}</style></head><body><main>
${sections.join("\n")}
</main></body></html>
`;
}

const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #6b7480; --line: #2a6fb0; --bad: #b3261e; --good: #2e7d32; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #16191d; --soft: #9aa4af; --line: #7fb8ee; --bad: #ff8a80; --good: #81c784; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; } td, th { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid color-mix(in srgb, var(--soft) 35%, transparent); vertical-align: top; }
code { font-size: 13px; overflow-wrap: anywhere; } svg { width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 12px; }
.axis { stroke: var(--soft); fill: none; } .run { stroke: var(--line); fill: none; stroke-opacity: .45; } .run.bad { stroke: var(--bad); stroke-opacity: .9; } .bar { fill: var(--line); } .bad { color: var(--bad); } .good { color: var(--good); }
`;

function summary(results: readonly ScenarioResult[]): string {
  const kept = results.filter(({ ok }) => ok).length;
  const [low, high] = wilsonInterval(kept, Math.max(1, results.length));
  const verdicts = ["pass", "stalled", "diverged", "crashed"].map((type) => {
    return `${type} ${results.filter(({ verdict }) => verdict.type === type).length}`;
  });
  const share =
    results.length === 0 ? "" : ` (95 % interval of the share: ${formatPercent(low, 1)} to ${formatPercent(high, 1)})`;
  return `<p><b class="${kept === results.length ? "good" : "bad"}">${kept} of ${results.length}</b> seeds kept every promise${share}. Verdicts: ${verdicts.join(", ")}.</p>`;
}

function promisesTable(results: readonly ScenarioResult[]): string {
  const counts = new Map<string, { kept: number; all: number }>();
  for (const { promises } of results) {
    for (const { text, kept } of promises) {
      const count = counts.get(text) ?? { kept: 0, all: 0 };
      counts.set(text, { kept: count.kept + (kept ? 1 : 0), all: count.all + 1 });
    }
  }
  const rows = [...counts].map(
    ([text, { kept, all }]) =>
      `<tr><td>${escapeHtml(text)}</td><td class="${kept === all ? "good" : "bad"}">${kept} of ${all}</td></tr>`,
  );
  return `<table><tr><th>Promise</th><th>Kept</th></tr>${rows.join("")}</table>`;
}

function failuresTable(results: readonly ScenarioResult[]): string {
  const failed = results.filter(({ ok }) => !ok);
  if (failed.length === 0) return "";
  const rows = failed.slice(0, failuresMax).map(({ scenario, seed, verdict, promises }) => {
    const broken = promises.filter(({ kept }) => !kept).map(({ text, found }) => `${text}: ${found}`);
    const what = [...new Set([...(verdict.type === "pass" ? [] : [describeVerdict(verdict)]), ...broken])];
    return `<tr><td>${escapeHtml(seed)}</td><td>${escapeHtml(what.join("; "))}</td><td><code>escapement sim replay ${escapeHtml(scenario)} --seed ${escapeHtml(seed)}</code></td></tr>`;
  });
  const more = failed.length > failuresMax ? `<p>… and ${failed.length - failuresMax} more in runs.jsonl</p>` : "";
  return `<h2>Broken</h2><table><tr><th>Seed</th><th>What</th><th>Replay</th></tr>${rows.join("")}</table>${more}`;
}

type Figure = keyof ScenarioResult["figures"];

/** How often each value came. */
type Counts = readonly (readonly [value: number, count: number])[];

function countsOf(results: readonly ScenarioResult[], figure: Figure): Counts {
  return results.flatMap(({ figures }): Counts => {
    const value = figures[figure];
    return typeof value === "number" && Number.isFinite(value) ? [[value, 1]] : [];
  });
}

function mergeCounts(results: readonly ScenarioResult[], name: "finalityLag" | "voteLatency"): Counts {
  return results.flatMap(({ statistics }) => statistics[name].counts);
}

/** The validators of one scenario, each over all seeds. */
function validatorsTable(results: readonly ScenarioResult[]): string {
  const [first] = results;
  if (first === undefined || results.some(({ scenario }) => scenario !== first.scenario)) return "";
  const rows = first.statistics.validators.map(({ index, stakeShare }) => {
    const runs = results.flatMap(({ statistics }) => statistics.validators[index] ?? []);
    const sum = (amountOf: (run: ValidatorStatistics) => number) =>
      runs.reduce((total, run) => total + amountOf(run), 0);
    const [skipped, led] = [sum((run) => run.skipped.count), sum((run) => run.skipped.of)];
    const [low, high] = wilsonInterval(skipped, led);
    const landed = sum(({ voteLatency }) => voteLatency.count);
    const latency = sum(({ voteLatency }) => (voteLatency.mean ?? 0) * voteLatency.count) / landed;
    const earned = runs.reduce((total, run) => total + BigInt(run.earned), 0n) / BigInt(runs.length);
    const cells = [
      first.validatorNames[index],
      formatPercent(stakeShare),
      `${sum((run) => run.observedRotations)} (${sum((run) => run.expectedRotations).toFixed(1)})`,
      `${formatPercent(led === 0 ? 0 : skipped / led, 1)} (${formatPercent(low, 1)} to ${formatPercent(high, 1)})`,
      landed === 0 ? "none" : latency.toFixed(2),
      Math.round(sum((run) => run.credits) / runs.length),
      formatSol(earned),
    ];
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(String(cell))}</td>`).join("")}</tr>`;
  });
  const titles = [
    "Validator",
    "Stake",
    "Rotations (expected)",
    "Skip rate, 95 %",
    "Vote latency",
    "Credits",
    "Earned (SOL)",
  ];
  const head = titles.map((title) => `<th>${title}</th>`).join("");
  return `<h2>Validators</h2><table><tr>${head}</tr>${rows.join("")}</table><p>Stakes are those of the last epoch of the first seed; credits and earnings (fees and commissions) the mean of a run.</p>`;
}

type Axes = {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly xTitle: string;
  readonly yTitle: string;
};

function plot(
  { x, y, xTitle, yTitle }: Axes,
  draw: (at: { x: (value: number) => number; y: (value: number) => number }) => string,
): string {
  const xScale = scaleLinear([...x], [margin.left, width - margin.right]);
  const yScale = scaleLinear([...y], [height - margin.bottom, margin.top]);
  const bottom = height - margin.bottom;
  const xTicks = xScale
    .ticks(8)
    .filter(Number.isInteger)
    .map(
      (tick) =>
        `<path class="axis" d="M${xScale(tick)} ${bottom}v4"/><text x="${xScale(tick)}" y="${bottom + 17}" text-anchor="middle">${tick}</text>`,
    );
  const yTicks = yScale
    .ticks(5)
    .filter(Number.isInteger)
    .map(
      (tick) =>
        `<path class="axis" d="M${margin.left} ${yScale(tick)}h-4"/><text x="${margin.left - 8}" y="${yScale(tick) + 4}" text-anchor="end">${tick}</text>`,
    );
  const frame = `<path class="axis" d="M${margin.left} ${margin.top}V${bottom}H${width - margin.right}"/>`;
  const titles = `<text x="${width - margin.right}" y="${height - 4}" text-anchor="end">${escapeHtml(xTitle)}</text><text x="4" y="4" dominant-baseline="hanging">${escapeHtml(yTitle)}</text>`;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(`${yTitle} by ${xTitle}`)}">${frame}${xTicks.join("")}${yTicks.join("")}${titles}${draw({ x: xScale, y: yScale })}</svg>`;
}

/** One line a seed; those that broke a promise are drawn last, and all of them before others. */
function finalityPlot(results: readonly ScenarioResult[]): string {
  const drawn = results
    .toSorted((a, b) => Number(a.ok) - Number(b.ok))
    .slice(0, linesMax)
    .reverse();
  const slots = Math.max(1, ...drawn.map(({ finalizedBySlot }) => finalizedBySlot.length));
  const axes = { x: [0, slots], y: [0, slots], xTitle: "slot", yTitle: "final" } as const;
  const paths = plot(axes, ({ x, y }) => {
    const path = line<number>()
      .x((_, index) => x(index + 1))
      .y((value) => y(value));
    return drawn
      .map(
        ({ finalizedBySlot, ok }) => `<path class="run${ok ? "" : " bad"}" d="${path([...finalizedBySlot]) ?? ""}"/>`,
      )
      .join("");
  });
  const note =
    results.length > linesMax ? `<p>${linesMax} of ${results.length} seeds are drawn, the broken ones first.</p>` : "";
  return paths + note;
}

function histogram(title: string, unit: string, values: Counts): string {
  if (values.length === 0) return "";
  const most = values.reduce((max, [value]) => Math.max(max, value), 1);
  const bins = Math.min(40, most + 1);
  const counts = Array.from({ length: bins }, () => 0);
  const step = (most + 1) / bins;
  for (const [value, count] of values) counts[Math.min(bins - 1, Math.floor(value / step))]! += count;
  const axes = { x: [0, most + 1], y: [0, Math.max(...counts)], xTitle: title, yTitle: unit } as const;
  return plot(axes, ({ x, y }) =>
    counts
      .map((count, bin) => {
        const left = x(bin * step);
        return `<rect class="bar" x="${left}" y="${y(count)}" width="${Math.max(1, x((bin + 1) * step) - left - 1)}" height="${y(0) - y(count)}"/>`;
      })
      .join(""),
  );
}
