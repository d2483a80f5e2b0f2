/**
 * Where results go: a line of JSON a run in `bench/results/<name>.jsonl`, with the machine and the commit it was measured
 * on. Machines are noisy and unlike: compare within one line, not between lines.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import type { Target } from "./targets.ts";

/** What was measured, in any form, and the targets it is held to, if any: the suite makes its table of those. */
export type Result = { readonly targets?: readonly Target[]; readonly [figure: string]: unknown };

export function appendResult(name: string, result: Result): void {
  mkdirSync("bench/results", { recursive: true });
  const line = { at: new Date().toISOString(), commit: describeCommit(), machine: describeMachine(), ...result };
  appendFileSync(`bench/results/${name}.jsonl`, `${JSON.stringify(line)}\n`);
}

/** The results of a benchmark so far, oldest first. */
export function readResults(name: string): Result[] {
  const path = `bench/results/${name}.jsonl`;
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Result);
}

export function describeMachine() {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

/** "1a2b3c4d5e", with a + where the checkout has changes. */
function describeCommit(): string {
  const git = (...args: string[]) => spawnSync("git", args, { encoding: "utf8" }).stdout?.trim() ?? "";
  const changes = git("status", "--porcelain", "--", "src");
  return `${git("rev-parse", "--short=10", "HEAD")}${changes === "" ? "" : "+"}`;
}
