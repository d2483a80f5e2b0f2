/**
 * Runs the benchmarks one after another, each in a process of its own, and tells which targets were reached.
 *
 *     npm run bench                                 all of them
 *     npm run bench -- leader-schedule start        some of them
 *
 *     leader schedule of mainnet's size, warm     at most 15 ms     6.4 ms     reached, 2.3 times over
 *
 * A benchmark is a file in this folder that appends its result to bench/results, with the targets it is held to.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { appendResult, readResults } from "./support/results.ts";
import { formatTargets, type Target } from "./support/targets.ts";

/** Not benchmarks of ours: this one, and the comparison with others, which installs them first. */
const apart = ["suite", "peers"];

const names = readdirSync("bench")
  .flatMap((file) => (file.endsWith(".ts") ? file.slice(0, -3) : []))
  .filter((name) => !apart.includes(name));

type Ran = { readonly name: string; readonly seconds: number; readonly targets: readonly Target[] };

function run(name: string): Ran | null {
  process.stdout.write(`\n── ${name}\n`);
  const before = readResults(name).length;
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, ["bench/run.mjs", name], { stdio: "inherit" });
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  if (status !== 0) return null;
  const targets = readResults(name)
    .slice(before)
    .flatMap((result) => result.targets ?? []);
  return { name, seconds, targets };
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(
    `there is no benchmark ${unknown.join(" or ")}; there are ${names.join(", ")}` +
      `${unknown.includes("peers") ? " here; `npm run bench:peers` compares with others" : ""}\n`,
  );
  process.exitCode = 2;
} else {
  const chosen = wanted.length === 0 ? names : names.filter((name) => wanted.includes(name));
  const ran = chosen.map(run);
  const failed = chosen.filter((_, index) => ran[index] === null);
  const done = ran.filter((each) => each !== null);
  const targets = done.flatMap((each) => each.targets);
  appendResult("suite", {
    ran: done.map(({ name, seconds }) => ({ name, seconds })),
    failed,
    targets,
  });
  process.stdout.write(`\n── targets\n${formatTargets(targets)}\n`);
  if (failed.length > 0) {
    process.stderr.write(`these did not come to an end: ${failed.join(", ")}\n`);
    process.exitCode = 1;
  }
}
