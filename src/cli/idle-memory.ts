/**
 * A devnet that nobody asks anything still makes ten blocks a second. V8 would let their garbage pile up for half a minute,
 * and with it the memory that the process holds; told to prefer memory to speed, it collects as it goes. That would halve
 * what a busy devnet does, so it is told so only while the processor has hardly anything to do.
 *
 *     busy for 50 ms of a quarter of a second       speed, at once
 *     not so for five seconds                       memory
 */
import { setFlagsFromString } from "node:v8";

export const windowMs = 250;
/** Of processor time, all threads together. Ten slots a second of a few validators take some ten. */
const busyMs = 50;
const quietWindowsNeeded = 20;

export type MemoryPolicy = {
  /** Another window is over, in which so much processor time was used. */
  noteWindow(cpuMs: number): void;
};

/** Prefers memory from the beginning: nothing has been asked yet. `prefer` is told of every change. */
export function createMemoryPolicy(prefer: (what: "memory" | "speed") => void): MemoryPolicy {
  let quietWindows = quietWindowsNeeded;
  prefer("memory");
  return {
    noteWindow(cpuMs) {
      const isBusy = cpuMs >= busyMs;
      if (isBusy && quietWindows >= quietWindowsNeeded) prefer("speed");
      quietWindows = isBusy ? 0 : quietWindows + 1;
      if (quietWindows === quietWindowsNeeded) prefer("memory");
    },
  };
}

/** For the rest of this process, which it keeps alive no longer than it lives anyhow. */
export function saveMemoryWhenIdle(): void {
  const policy = createMemoryPolicy((what) => {
    setFlagsFromString(what === "memory" ? "--optimize-for-size" : "--no-optimize-for-size");
  });
  let before = process.cpuUsage();
  setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    policy.noteWindow((user + system) / 1000);
  }, windowMs).unref();
}
