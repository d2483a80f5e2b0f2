/**
 * A validator's own clock: it may stand ahead or behind, and run fast or slow.
 *
 *     put 5 ms ahead at 1,000 ms, gaining 2,000 in a million      at 1,000 it shows 1,005, at 2,000 already 2,007
 *
 * It shows 3,000 at 2,992: `timeWhen` finds the first millisecond at which it does.
 */
export type Clock = {
  readonly offsetMs: number;
  /** Milliseconds gained in a million. */
  readonly driftPpm: number;
  /** When it was set so. */
  readonly sinceMs: number;
};

export const trueClock: Clock = { offsetMs: 0, driftPpm: 0, sinceMs: 0 };

/** An hour. */
export const clockOffsetMsMax = 3_600_000;
/** Half as fast again, or half as fast. */
export const clockDriftPpmMax = 500_000;
const million = 1_000_000;

export function isTrueClock({ offsetMs, driftPpm }: Clock): boolean {
  return offsetMs === 0 && driftPpm === 0;
}

/** What the clock shows at `nowMs`, which is not before it was set. */
export function clockTimeAt({ offsetMs, driftPpm, sinceMs }: Clock, nowMs: number): number {
  const elapsed = nowMs - sinceMs;
  // In two parts, so that a year of milliseconds times the drift stays an exact integer.
  const [millions, rest] = [Math.floor(elapsed / million), elapsed % million];
  return nowMs + offsetMs + millions * driftPpm + Math.floor((rest * driftPpm) / million);
}

/** The first millisecond, from `fromMs` on, at which the clock shows `shown` or more. */
export function timeWhen(clock: Clock, shown: number, fromMs: number): number {
  let at = fromMs;
  for (;;) {
    const missing = shown - clockTimeAt(clock, at);
    if (missing <= 0) return at;
    // One short of the estimate, so as never to step over the first one.
    at += Math.max(1, Math.floor((missing * million) / (million + clock.driftPpm)) - 2);
  }
}
