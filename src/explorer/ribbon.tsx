/**
 * The slot ribbon: 200 slots that were and 64 to come, a cell each, in the colour of its leader.
 *
 *     filled: a block on the chain      hollow: none      striped: a block that the chain left      red edge: two blocks
 *
 * Cells keep their place while a row fills, and rows move up when one is full. Each rotation has its bracket; an epoch
 * begins with a line. Hovering, or the arrow keys, tells the draw that chose the leader.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { canvasColorOf, darkQuery } from "./colors.ts";
import { type Cell, cellAt, type Model } from "./model.ts";

const past = 200;
const future = 64;
const cellHeight = 22;
const rowGap = 8;
const gap = 1;

export type Draw = {
  readonly seedHash: string | null;
  readonly draw: string | null;
  readonly cumulativeBefore: string | null;
  readonly cumulativeAfter: string | null;
  readonly total: string;
};

export type RibbonProps = {
  readonly model: Model;
  /** Asks how the leader of a slot was drawn; null in a recording. */
  readonly explain: ((slot: number) => Promise<Draw>) | null;
};

type Grid = { readonly columns: number; readonly rows: number; readonly first: number; readonly cellWidth: number };

/** Columns are whole rotations; the first row begins so that cells stay where they are. */
export function gridOf(model: Model, width: number): Grid {
  const { slotsPerRotation } = model.header;
  const least = width < 600 ? 8 : 10;
  const rotations = Math.max(1, Math.floor(width / (least * slotsPerRotation)));
  const columns = Math.min(rotations * slotsPerRotation, past + future);
  const oldest = Math.max(0, model.slot - past);
  const first = Math.floor(oldest / columns) * columns;
  const rows = Math.ceil((model.slot + future + 1 - first) / columns);
  return { columns, rows, first, cellWidth: width / columns };
}

export function Ribbon({ model, explain }: RibbonProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [chosen, setChosen] = useState<number | null>(null);
  const grid = gridOf(model, Math.max(width, 200));
  const height = grid.rows * (cellHeight + rowGap);

  useEffect(() => {
    const element = canvas.current!.parentElement!;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (width > 0) draw(canvas.current!, model, grid, { width, height, chosen });
  });

  const slotAt = ({ offsetX, offsetY }: MouseEvent) => {
    const row = Math.floor(offsetY / (cellHeight + rowGap));
    return grid.first + row * grid.columns + Math.floor(offsetX / grid.cellWidth);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid.columns, ArrowDown: grid.columns }[event.key];
    if (event.key === "Escape") setChosen(null);
    if (step === undefined) return;
    event.preventDefault();
    setChosen((chosen ?? model.slot) + step);
  };
  return (
    <div class="ribbon">
      <canvas
        ref={canvas}
        style={{ width: "100%", height: `${height}px` }}
        tabIndex={0}
        role="img"
        aria-label="The last slots and the next, by leader; the arrow keys walk through them"
        onMouseMove={(event) => setChosen(slotAt(event))}
        onKeyDown={onKey}
      />
      <Told model={model} slot={chosen} explain={explain} />
    </div>
  );
}

const kindsTold: Readonly<Record<Cell["kind"], string>> = {
  produced: "has a block",
  skipped: "was skipped",
  orphaned: "has a block that the chain left",
  equivocated: "has two blocks: its leader signed twice",
  upcoming: "is still to come",
  unknown: "is not known",
};

function Told({ model, slot, explain }: RibbonProps & { readonly slot: number | null }) {
  const [drawn, setDrawn] = useState<{ slot: number; draw: Draw } | null>(null);
  const cell = slot === null ? null : cellAt(model, slot);
  const isKnown = cell !== null && cell.kind !== "unknown";
  useEffect(() => {
    if (slot === null || !isKnown || explain === null) return;
    let isWanted = true;
    explain(slot).then(
      (draw) => isWanted && setDrawn({ slot, draw }),
      () => isWanted && setDrawn(null),
    );
    return () => {
      isWanted = false;
    };
  }, [slot, isKnown, explain]);
  if (cell === null || slot === null || !isKnown)
    return <p class="told">Each cell is a slot, in the colour of its leader. Point at one to see how it was drawn.</p>;
  const name = cell.leader === null ? "a stranger" : (model.header.validators[cell.leader]?.name ?? "");
  const draw = drawn?.slot === slot ? drawn.draw : null;
  return (
    <p class="told" aria-live="polite">
      <b>
        Slot <a href={`#/slot/${slot}`}>{slot}</a>
      </b>{" "}
      {kindsTold[cell.kind]}; {name} leads.
      {draw !== null && <DrawTold draw={draw} name={name} />}
    </p>
  );
}

function DrawTold({ draw, name }: { readonly draw: Draw; readonly name: string }) {
  if (draw.draw === null) return <> Its turn comes by the tutorial's rule.</>;
  return (
    <>
      {" "}
      Draw {draw.draw} of {draw.total} lamports fell to {name}, who has {draw.cumulativeBefore} to{" "}
      {draw.cumulativeAfter}
      {draw.seedHash === null ? "." : <>; seeded by {draw.seedHash}.</>}
    </>
  );
}

type Drawing = { readonly width: number; readonly height: number; readonly chosen: number | null };

function draw(canvas: HTMLCanvasElement, model: Model, grid: Grid, { width, height, chosen }: Drawing): void {
  const scale = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext("2d");
  if (context === null) return;
  const isDark = window.matchMedia(darkQuery).matches;
  const ink = isDark ? "#e6e8eb" : "#1b1f24";
  const red = isDark ? "#ff6b60" : "#c62828";
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const { slotsPerRotation } = model.header;
  for (let index = 0; index < grid.rows * grid.columns; index++) {
    const slot = grid.first + index;
    if (slot > model.slot + future) break;
    const cell = cellAt(model, slot);
    if (cell.kind === "unknown") continue;
    const isRotationEnd = (slot - model.epoch.firstSlot + 1) % slotsPerRotation === 0;
    const x = (index % grid.columns) * grid.cellWidth;
    const y = Math.floor(index / grid.columns) * (cellHeight + rowGap) + 3;
    const w = grid.cellWidth - gap - (isRotationEnd ? 2 : 0);
    drawCell(context, cell, { x, y, w, h: cellHeight }, { isDark, red });
    // One bracket under each rotation: what was drawn at once.
    context.fillStyle = isDark ? "#5b6570" : "#aab2ba";
    context.fillRect(x, y + cellHeight + 2, isRotationEnd ? w : grid.cellWidth, 1);
    if (isRotationEnd) context.fillRect(x + w - 1, y + cellHeight + 0.5, 1, 2.5);
    if ((slot - model.epoch.firstSlot) % slotsPerRotation === 0) context.fillRect(x, y + cellHeight + 0.5, 1, 2.5);
    if (slot === model.slot || slot === chosen) {
      context.fillStyle = ink;
      context.fillRect(x, y + cellHeight + 1, w, 2);
    }
    if (isEpochStart(model, slot)) {
      context.fillStyle = ink;
      context.fillRect(x - 1, y - 3, 1.5, cellHeight + 6);
    }
  }
}

function isEpochStart({ epoch }: Model, slot: number): boolean {
  return (slot - epoch.firstSlot) % epoch.slots === 0;
}

type Box = { readonly x: number; readonly y: number; readonly w: number; readonly h: number };

function drawCell(
  context: CanvasRenderingContext2D,
  { kind, leader }: Cell,
  { x, y, w, h }: Box,
  { isDark, red }: { readonly isDark: boolean; readonly red: string },
): void {
  const color = canvasColorOf(leader, isDark);
  context.fillStyle = color;
  context.strokeStyle = color;
  context.lineWidth = 1.2;
  if (kind === "produced" || kind === "equivocated") context.fillRect(x, y, w, h);
  else if (kind === "upcoming") {
    context.globalAlpha = 0.32;
    context.fillRect(x, y + h / 4, w, h / 2);
    context.globalAlpha = 1;
  } else context.strokeRect(x + 0.6, y + 0.6, w - 1.2, h - 1.2);
  if (kind === "orphaned") {
    context.save();
    context.beginPath();
    context.rect(x, y, w, h);
    context.clip();
    context.beginPath();
    for (let offset = -h; offset < w; offset += 4) {
      context.moveTo(x + offset, y + h);
      context.lineTo(x + offset + h, y);
    }
    context.stroke();
    context.restore();
  }
  if (kind === "equivocated") {
    context.strokeStyle = red;
    context.lineWidth = 2.5;
    context.strokeRect(x + 1, y + 1, w - 2, h - 2);
  }
}
