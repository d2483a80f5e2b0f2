/**
 * A devnet's clock: it runs by itself, or is advanced as fast as the slots go. Never both: while anything advances, the
 * real clock is held, and goes on afterwards if it ran.
 *
 *     real clock   |  |  |  |                        |  |  |
 *     advances               ||||||||||  |||||||         40 slots, then 2 epochs: in the order asked, one at a time
 *
 * Between slots others have their turn now and then, so that clients are served meanwhile. A slot that throws is a mistake
 * of ours and leaves who knows what behind: the clock stands from then on, and whatever would run it throws the same.
 */
import { createSlotClock } from "./slot-clock.ts";

/** Asked before each slot of an advance; what it throws ends the advance. */
export type IsDone = () => boolean;

export type PacedClock = {
  /** Whether the real clock runs, or will again once nothing advances. */
  readonly running: boolean;
  start(): void;
  stop(): void;
  /**
   * Runs slots until done. `begin` is called when its turn has come, and says from there what done means. Rejects with
   * what either throws. Where the clock is closed, advances end where they are.
   */
  advance(begin: () => IsDone): Promise<void>;
  /** Ends every advance after its present slot. */
  close(): void;
};

/** How long slots run before others have a turn. */
const turnMs = 20;

type Advance = {
  readonly begin: () => IsDone;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

export function createPacedClock(slotDurationMs: number, runSlot: () => void): PacedClock {
  const slots = createSlotRunner(runSlot);
  const real = createSlotClock(slotDurationMs, slots.run);
  const waiting: Advance[] = [];
  let isWanted = false;
  let isAdvancing = false;
  let isClosed = false;

  async function run(begin: () => IsDone): Promise<void> {
    if (isClosed) return;
    slots.assertSound();
    const isDone = begin();
    let turnStarted = performance.now();
    while (!isClosed && !isDone()) {
      slots.run();
      if (performance.now() - turnStarted < turnMs) continue;
      await nextTurn();
      turnStarted = performance.now();
    }
  }

  async function runAll(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await run(next.begin).then(next.resolve, next.reject);
    }
    isAdvancing = false;
    if (isWanted && !isClosed && slots.isSound()) real.start();
  }

  return {
    get running() {
      return isWanted && slots.isSound();
    },
    start() {
      slots.assertSound();
      isWanted = true;
      if (!isAdvancing) real.start();
    },
    stop() {
      isWanted = false;
      real.stop();
    },
    advance(begin) {
      return new Promise((resolve, reject) => {
        waiting.push({ begin, resolve, reject });
        if (isAdvancing) return;
        isAdvancing = true;
        real.stop();
        // Asked from within a slot, by somebody who hears of it: that slot is finished first.
        if (slots.isRunning()) setImmediate(() => void runAll());
        else void runAll();
      });
    },
    close() {
      isClosed = true;
      isWanted = false;
      real.stop();
    },
  };
}

type SlotRunner = {
  run(): void;
  isRunning(): boolean;
  isSound(): boolean;
  /** Throws what a slot threw. */
  assertSound(): void;
};

function createSlotRunner(runSlot: () => void): SlotRunner {
  let isRunning = false;
  let failure: { readonly error: unknown } | null = null;
  return {
    run() {
      isRunning = true;
      try {
        runSlot();
      } catch (error) {
        failure = { error };
        throw error;
      } finally {
        isRunning = false;
      }
    },
    isRunning: () => isRunning,
    isSound: () => failure === null,
    assertSound() {
      if (failure !== null) throw failure.error;
    },
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
