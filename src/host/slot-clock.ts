/**
 * The real clock: says when a slot is due. It keeps the average pace, catches up after a short stall, and after a long
 * one (a closed laptop) goes on from now rather than rush through hours of slots.
 *
 *     due:   0    100   200   300   400 ms
 *     runs:  |    |        ||   |              the third slot ran late; the fourth followed at once
 */
export type SlotClock = { readonly running: boolean; start(): void; stop(): void };

/** Stalls of up to this many slots are made up for. */
const slotsBehindMax = 20;

export function createSlotClock(slotDurationMs: number, onSlotDue: () => void): SlotClock {
  let timer: NodeJS.Timeout | null = null;
  let dueAt = 0;

  function wait(): void {
    timer = setTimeout(run, Math.max(0, dueAt - performance.now()));
  }

  function run(): void {
    const own = timer;
    onSlotDue();
    // A slot's work may have stopped the clock, or stopped and started it.
    if (timer !== own) return;
    dueAt += slotDurationMs;
    const now = performance.now();
    if (now - dueAt > slotsBehindMax * slotDurationMs) dueAt = now;
    wait();
  }

  return {
    get running() {
      return timer !== null;
    },
    start() {
      if (timer !== null) return;
      dueAt = performance.now() + slotDurationMs;
      wait();
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
