/**
 * Where words go: stdout carries data, stderr talk. Colours only on a terminal, and never under NO_COLOR.
 */
import pico from "picocolors";
import { formatJson } from "../rpc/json.ts";

export function canColor(stream: { readonly isTTY?: boolean }): boolean {
  if (process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== "") return false;
  if (process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== "0") return true;
  return stream.isTTY === true && process.env.TERM !== "dumb";
}

/** Colours for what goes to stdout. */
export const colors = pico.createColors(canColor(process.stdout));

/** Data, a line or more. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON document on one line; integers beyond 2^53 − 1 keep all their digits. */
export function printJson(value: unknown): void {
  print(formatJson(value));
}

/** Talk. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

export type Progress = { update(done: number, more?: string): void; finish(): void };

const terminalIntervalMs = 200;
const logIntervalMs = 5000;

/** How far a long run is: a line that renews itself on a terminal, otherwise a new one every few seconds. */
export function createProgress(unit: string, total: number | null): Progress {
  const isTerminal = process.stderr.isTTY === true;
  const interval = isTerminal ? terminalIntervalMs : logIntervalMs;
  const startedAt = performance.now();
  let shownAt = startedAt;
  let isShown = false;
  return {
    update(done, more = "") {
      const now = performance.now();
      if (now - shownAt < interval) return;
      shownAt = now;
      const line = formatProgress({ unit, total, done, elapsedMs: now - startedAt }) + more;
      process.stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
      isShown = true;
    },
    finish() {
      if (isShown && isTerminal) process.stderr.write("\r\u001b[K");
    },
  };
}

/** `slots 1200 of 10000 (12%), 850 slots/s, 10 s left` */
export function formatProgress(input: {
  readonly unit: string;
  readonly total: number | null;
  readonly done: number;
  readonly elapsedMs: number;
}): string {
  const { unit, total, done, elapsedMs } = input;
  const rate = elapsedMs > 0 ? (1000 * done) / elapsedMs : 0;
  const pace = `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)} ${unit}/s`;
  if (total === null) return `${unit} ${done}, ${pace}`;
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
  const left = rate > 0 ? `, ${formatDuration((1000 * (total - done)) / rate)} left` : "";
  return `${unit} ${done} of ${total} (${percent}%), ${pace}${left}`;
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min` */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
