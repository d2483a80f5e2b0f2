/**
 * Costs against a size, both in powers of ten, as an SVG that stands by itself, on light pages and dark ones. A straight
 * line is a power: the legend says which; the dashed one is what grows as n does.
 */
import { scaleLog } from "d3-scale";
import { line } from "d3-shape";

export type PlotLine = {
  readonly name: string;
  /** Costs in milliseconds. */
  readonly points: readonly { readonly n: number; readonly cost: number }[];
  readonly exponent: number;
};

export type LogLogPlot = { readonly title: string; readonly across: string; readonly lines: readonly PlotLine[] };

const width = 940;
const height = 470;
const frame = { left: 72, right: 560, top: 52, bottom: 418 };

/** Told apart by those who see colours otherwise too; each with a light and a dark form (Okabe and Ito, adjusted). */
const colors = [
  ["#0072b2", "#56b4e9"],
  ["#b35900", "#f0a33c"],
  ["#007a5a", "#2fc49a"],
  ["#a3407f", "#e08fc4"],
  ["#6b6200", "#d9cc3c"],
  ["#555555", "#b8b8b8"],
] as const;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1b1b1b }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #5c5c5c }
  .back { fill: #ffffff }
  .grid { stroke: #e3e3e3 }
  .slope { stroke: #8a8a8a; stroke-dasharray: 5 5 }
  .line { fill: none; stroke-width: 2.2 }
${colors.map(([light], i) => `  .s${i} { stroke: ${light} } .d${i} { fill: ${light} }`).join("\n")}
  @media (prefers-color-scheme: dark) {
    text { fill: #e8e8e8 }
    .quiet { fill: #a5a5a5 }
    .back { fill: #16181c }
    .grid { stroke: #2c3036 }
    .slope { stroke: #7d7d7d }
${colors.map(([, dark], i) => `    .s${i} { stroke: ${dark} } .d${i} { fill: ${dark} }`).join("\n")}
  }`;

export function drawLogLogPlot({ title, across, lines }: LogLogPlot): string {
  const all = lines.flatMap(({ points }) => points);
  const [leastN, mostN] = rangeOf(all.map(({ n }) => n));
  const [leastCost, mostCost] = rangeOf(all.map(({ cost }) => cost));
  const x = scaleLog([leastN, mostN], [frame.left + 8, frame.right - 8]);
  const y = scaleLog([leastCost / 1.3, mostCost * 1.3], [frame.bottom, frame.top]);
  const path = line<{ n: number; cost: number }>(
    ({ n }) => x(n),
    ({ cost }) => y(cost),
  );
  const round = (value: number) => Number(value.toFixed(1));
  const across10 = powersOfTen(leastN, mostN).map(
    (n) =>
      `<path class="grid" d="M${round(x(n))} ${frame.top}V${frame.bottom}"/>` +
      `<text class="quiet" text-anchor="middle" x="${round(x(n))}" y="${frame.bottom + 20}">${formatCount(n)}</text>`,
  );
  const up10 = powersOfTen(leastCost / 1.3, mostCost * 1.3).map(
    (cost) =>
      `<path class="grid" d="M${frame.left} ${round(y(cost))}H${frame.right}"/>` +
      `<text class="quiet" text-anchor="end" x="${frame.left - 8}" y="${round(y(cost)) + 4}">${formatTime(cost)}</text>`,
  );
  const drawn = lines.map(
    ({ points }, i) =>
      `<path class="line s${i}" d="${path([...points])?.replace(/\d+\.\d+/g, (text) => String(round(Number(text))))}"/>` +
      points
        .map(({ n, cost }) => `<circle class="d${i}" r="3.4" cx="${round(x(n))}" cy="${round(y(cost))}"/>`)
        .join(""),
  );
  const guide = drawGuide(x, y, leastN, mostN, leastCost, mostCost);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<style>${style}
</style>
<rect class="back" width="${width}" height="${height}" rx="6"/>
<text class="title" x="20" y="30">${title}</text>
${across10.join("\n")}
${up10.join("\n")}
${guide}
${drawn.join("\n")}
<text class="quiet" text-anchor="middle" x="${(frame.left + frame.right) / 2}" y="${frame.bottom + 42}">${across}</text>
${legendOf(lines)}
</svg>
`;
}

/** Names at the right, in the order of the lines' ends. */
function legendOf(lines: readonly PlotLine[]): string {
  const order = lines.map((each, i) => ({ ...each, i })).sort((a, b) => endOf(b) - endOf(a));
  const rows = order.map(({ name, exponent, i }, row) => {
    const top = frame.top + 18 + 46 * row;
    return (
      `<path class="line s${i}" d="M${frame.right + 26} ${top - 4}h22"/>` +
      `<text x="${frame.right + 56}" y="${top}">${name}</text>` +
      `<text class="quiet" x="${frame.right + 56}" y="${top + 18}">${describeGrowth(exponent)}</text>`
    );
  });
  const top = frame.top + 18 + 46 * lines.length;
  rows.push(
    `<path class="line slope" d="M${frame.right + 26} ${top - 4}h22"/>` +
      `<text class="quiet" x="${frame.right + 56}" y="${top}">slope of n</text>`,
  );
  return rows.join("\n");
}

function describeGrowth(exponent: number): string {
  const power = `n^${exponent.toFixed(2).replace("-", "−")}`;
  if (Math.abs(exponent) < 0.2) return `does not grow (${power})`;
  return exponent < 0 ? `falls as ${power}` : `grows as ${power}`;
}

const endOf = ({ points }: PlotLine): number => points.at(-1)?.cost ?? 0;

type Scale = (value: number) => number;

/** Slope 1 through the middle of the frame, as far as it fits. */
function drawGuide(x: Scale, y: Scale, leastN: number, mostN: number, leastCost: number, mostCost: number): string {
  const middleN = Math.sqrt(leastN * mostN);
  const middleCost = Math.sqrt(leastCost * mostCost);
  const reach = Math.min(Math.sqrt(mostN / leastN), Math.sqrt(mostCost / leastCost));
  const [fromX, fromY] = [x(middleN / reach), y(middleCost / reach)];
  const [toX, toY] = [x(middleN * reach), y(middleCost * reach)];
  return `<path class="line slope" d="M${fromX.toFixed(1)} ${fromY.toFixed(1)}L${toX.toFixed(1)} ${toY.toFixed(1)}"/>`;
}

function rangeOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

function powersOfTen(least: number, most: number): number[] {
  const first = Math.ceil(Math.log10(least) - 1e-9);
  const last = Math.floor(Math.log10(most) + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => 10 ** (first + index));
}

function formatCount(n: number): string {
  return n >= 1e6 ? `${n / 1e6} million` : n.toLocaleString("en-US");
}

function formatTime(ms: number): string {
  const format = (value: number) => Number(value.toPrecision(3)).toString();
  if (ms >= 1000) return `${format(ms / 1000)} s`;
  if (ms >= 1) return `${format(ms)} ms`;
  return ms >= 0.001 ? `${format(ms * 1000)} µs` : `${format(ms * 1e6)} ns`;
}
