/** When an advance that waits for something is done. */
import type { IsDone } from "./paced-clock.ts";

export type AdvanceUntil<Summary> = {
  /** Asked of each slot that is over. */
  readonly predicate: (summary: Summary) => unknown;
  /** Slots after which it is given up. */
  readonly slotsMax: number;
  /** The slot that was over last, and its number. */
  readonly latest: () => Summary | null;
  readonly slot: () => number;
};

/** For PacedClock: runs at least one slot; throws when `slotsMax` have not helped, or the predicate gives no answer. */
export function beginUntil<Summary>({ predicate, slotsMax, latest, slot }: AdvanceUntil<Summary>): IsDone {
  let ran = 0;
  return () => {
    const summary = ran > 0 ? latest() : null;
    const verdict = summary !== null && predicate(summary);
    // A promise, for one, would pass for a yes.
    if (typeof verdict !== "boolean") throw new TypeError("advanceUntil's predicate must return true or false");
    if (verdict) return true;
    if (ran++ < slotsMax) return false;
    throw new Error(`what advanceUntil waits for did not come within ${slotsMax} slots, up to slot ${slot()}`);
  };
}

/** Throws a RangeError that names the method. */
export function assertWhole(method: string, unit: string, count: unknown, minimum: number): void {
  if (Number.isSafeInteger(count) && (count as number) >= minimum) return;
  throw new RangeError(`${method} takes a whole number of ${unit}, ${minimum} or more, not ${String(count)}`);
}

/** Throws a TypeError that names what goes: an option that is misspelt would be one that was never given. */
export function assertOptions(method: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null)
    throw new TypeError(`${method} takes its options as an object: { ${known.join(", ")} }`);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new TypeError(`${method} has no option ${unknown}; give ${known.join(" or ")}`);
}
