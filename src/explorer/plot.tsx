/**
 * A plot: a thin frame around uPlot, which draws on one canvas. Made anew when its series or the colours change; else it is
 * only given new data.
 *
 *     <Plot label="finality lag" x="slot" xs={[1, 2, 3]} series={[{ label: "finalized", ys: [32, 32, 33] }]} />
 */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { darkQuery } from "./colors.ts";

export type Series = {
  readonly label: string;
  /** As long as `xs`; null leaves a gap. */
  readonly ys: readonly (number | null)[];
  /** A colour, or a name of the page's palette such as "accent". */
  readonly color?: string;
  readonly kind?: "line" | "bars" | "points" | "dashes";
  /** Shares, on an axis of their own at the right. */
  readonly isShare?: boolean;
};

/** A vertical line. */
export type Mark = { readonly x: number; readonly text: string };

export type PlotProps = {
  /** For those who cannot see it. */
  readonly label: string;
  readonly x: string;
  readonly xs: readonly number[];
  readonly series: readonly Series[];
  /** Two series, by number from 0, with the space between them filled. */
  readonly band?: readonly [upper: number, lower: number];
  readonly marks?: readonly Mark[];
  readonly height?: number;
  readonly formatX?: (x: number) => string;
  readonly formatY?: (y: number) => string;
  /** Whole numbers only on the axis. */
  readonly isWhole?: boolean;
  readonly yMax?: number;
};

export function Plot(props: PlotProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const isDark = useDark();
  const shape = JSON.stringify(props.series.map(({ label, color, kind }) => [label, color, kind]));
  // Shape and colours are what it is made of; data comes below.
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const made = new uPlot(optionsOf(latest, element), dataOf(latest.current), element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: heightOf(latest) }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, isDark]);
  useEffect(() => plot.current?.setData(dataOf(props)));
  return (
    <>
      <p class="hidden">{props.label}; the values are in the CSV</p>
      <div class="plot" ref={holder} />
    </>
  );
}

type Latest = { readonly current: PlotProps };

const heightOf = ({ current }: Latest) => current.height ?? 190;

function dataOf({ xs, series }: PlotProps): uPlot.AlignedData {
  return [[...xs], ...series.map(({ ys }) => [...ys])];
}

function optionsOf(latest: Latest, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const colorNamed = (name: string) => style.getPropertyValue(`--${name}`).trim() || name;
  const { x, series, band, isWhole = false, yMax } = latest.current;
  const [soft, line] = [colorNamed("soft"), colorNamed("line")];
  const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const formatX = (value: number) => latest.current.formatX?.(value) ?? String(value);
  const formatY = (value: number) => latest.current.formatY?.(value) ?? String(value);
  const hasShares = series.some(({ isShare }) => isShare === true);
  return {
    width: element.clientWidth,
    height: heightOf(latest),
    scales: {
      x: { time: false, range: (_, min, max) => (min === max ? [min - 1, max + 1] : padded(series, min, max)) },
      y: { range: (_, min, max) => [Math.min(0, min), yMax ?? (max <= 0 ? 1 : max * 1.08)] },
      share: { range: [0, 1] },
    },
    axes: [
      { ...axis, size: 34, ...(isWhole ? { incrs: wholeSteps } : {}), values: (_, at) => at.map(formatX) },
      { ...axis, scale: "y", size: 62, values: (_, at) => at.map(formatY) },
      ...(hasShares
        ? [{ ...axis, scale: "share", side: 1 as const, size: 48, values: percents, grid: { show: false } }]
        : []),
    ],
    series: [
      { label: x, value: (_, value) => (value === null ? "—" : formatX(value)) },
      ...series.map((each) => describeSeries(each, colorNamed, formatY)),
    ],
    ...(band === undefined
      ? {}
      : { bands: [{ series: [band[0] + 1, band[1] + 1], fill: `${colorNamed("accent")}22` }] }),
    cursor: { drag: { x: false, y: false } },
    hooks: { draw: [(made) => drawMarks(made, latest.current.marks ?? [], colorNamed("bad"))] },
  };
}

const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000];
const percents = (_: uPlot, at: number[]) => at.map((value) => `${Math.round(100 * value)}%`);

/** Bars need room at both ends. */
function padded(series: readonly Series[], min: number, max: number): [number, number] {
  return series.some(({ kind }) => kind === "bars" || kind === "points") ? [min - 0.6, max + 0.6] : [min, max];
}

function describeSeries(
  { label, color = "accent", kind = "line", isShare = false }: Series,
  colorNamed: (name: string) => string,
  formatY: (value: number) => string,
): uPlot.Series {
  const stroke = colorNamed(color);
  const scale = isShare ? "share" : "y";
  const format = (value: number) => (isShare ? `${(100 * value).toFixed(1)}%` : formatY(value));
  const common: uPlot.Series = { label, stroke, scale, value: (_, value) => (value === null ? "—" : format(value)) };
  switch (kind) {
    case "bars":
      return {
        ...common,
        fill: `${stroke}aa`,
        width: 0,
        paths: uPlot.paths.bars!({ size: [0.7, 48] }),
        points: { show: false },
      };
    case "points":
      return { ...common, width: 0, paths: () => null, points: { show: true, size: 8, fill: stroke } };
    case "dashes":
      return { ...common, width: 1, dash: [5, 4], points: { show: false } };
    case "line":
      return { ...common, width: 1.5, points: { show: false } };
  }
}

function drawMarks({ ctx, bbox, scales, valToPos }: uPlot, marks: readonly Mark[], color: string): void {
  const { min, max } = scales.x ?? {};
  if (min == null || max == null) return;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.setLineDash([4, 3]);
  for (const { x } of marks) {
    if (x < min || x > max) continue;
    const at = Math.round(valToPos(x, "x", true));
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

/** Whether the reader prefers dark, now. */
export function useDark(): boolean {
  const [isDark, setDark] = useState(() => matchMedia(darkQuery).matches);
  useEffect(() => {
    const query = matchMedia(darkQuery);
    const heed = () => setDark(query.matches);
    query.addEventListener("change", heed);
    return () => query.removeEventListener("change", heed);
  }, []);
  return isDark;
}
