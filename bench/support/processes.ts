/** Other processes, seen from outside: when they first answer, how much memory they hold, and their end. */
import { type ChildProcess, spawnSync } from "node:child_process";

/** Asks until somebody answers over HTTP with a JSON-RPC result; returns when that was. */
export async function untilAnswered(url: string, method: string, child: ChildProcess): Promise<number> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: [] });
  const headers = { "content-type": "application/json" };
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode} before it answered`);
    try {
      const response = await fetch(url, { method: "POST", headers, body });
      const answer = (await response.json()) as { result?: unknown };
      if (answer.result !== undefined) return performance.now();
    } catch {
      // Nobody listens yet.
    }
    await pause(2);
  }
}

/** Resident memory in MB, as `ps` tells it. */
export function residentMb(child: ChildProcess): number {
  const { stdout } = spawnSync("ps", ["-o", "rss=", "-p", String(child.pid)], { encoding: "utf8" });
  return Number(stdout) / 1024;
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
