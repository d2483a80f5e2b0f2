/**
 * What a benchmark is held to. Each says so in its own result line; the suite's table is made of those lines.
 *
 *     judge("leader schedule, warm", "ms", { atMost: 15 }, 6.4)
 *     // { name, unit, goal: { atMost: 15 }, measured: 6.4, reached: true }
 *
 *     leader schedule, warm     at most 15 ms      6.4 ms     reached, 2.3 times over
 */
export type Goal = { readonly atMost: number } | { readonly atLeast: number };

export type Target = {
  readonly name: string;
  readonly unit: string;
  readonly goal: Goal;
  readonly measured: number;
  readonly reached: boolean;
};

export function judge(name: string, unit: string, goal: Goal, measured: number): Target {
  // Not a number reaches nothing.
  const reached = "atMost" in goal ? measured <= goal.atMost : measured >= goal.atLeast;
  return { name, unit, goal, measured: roundFigure(measured), reached };
}

/** Three significant digits; whole numbers stay whole. */
export function roundFigure(value: number): number {
  return Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

/** How many times better than asked for; below 1 when it falls short. */
export function ratioOf({ goal, measured }: Target): number {
  return "atMost" in goal ? goal.atMost / measured : measured / goal.atLeast;
}

/** One line a target, in columns. */
export function formatTargets(targets: readonly Target[]): string {
  const rows = targets.map((target) => {
    const { name, unit, goal, measured, reached } = target;
    const asked = "atMost" in goal ? `at most ${format(goal.atMost)}` : `at least ${format(goal.atLeast)}`;
    const ratio = roundFigure(ratioOf(target));
    const verdict = reached ? `reached, ${ratio} times over` : `MISSED: ${ratio} of what is asked`;
    return [name, `${asked} ${unit}`, `${format(measured)} ${unit}`, verdict];
  });
  return formatColumns(rows);
}

export function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, column) => Math.max(known[column] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]! + 3))
        .join("")
        .trimEnd(),
    )
    .join("\n");
}

function format(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: value >= 1000 ? 21 : 4 });
}
