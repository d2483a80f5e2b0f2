/**
 * Where results go: a line of JSON a run in `bench/results/<name>.jsonl`, with the machine and the commit it was measured
 * on. Machines are noisy and unlike: compare within one line, not between lines.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";

export function appendResult(name: string, result: object): void {
  mkdirSync("bench/results", { recursive: true });
  const line = { at: new Date().toISOString(), commit: describeCommit(), machine: describeMachine(), ...result };
  appendFileSync(`bench/results/${name}.jsonl`, `${JSON.stringify(line)}\n`);
}

function describeMachine() {
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
