/**
 * How long until there is a chain, and what it holds while nothing happens; of the build in dist, which is made first.
 *
 *     createDevnet()      of 4 validators, after the import, in a process of its own each time
 *     escapement dev      from the launch of the process to its first answer over JSON-RPC
 *     idle                memory of that process, with its clock running and nobody asking
 *
 *     npm run bench -- start
 */
import { spawnSync } from "node:child_process";
import { launchDev } from "./support/launch-dev.ts";
import { pause, residentMb, stop } from "./support/processes.ts";
import { appendResult } from "./support/results.ts";
import { formatColumns, judge, roundFigure } from "./support/targets.ts";
import { medianOf } from "./support/timing.ts";

const launches = 9;
/** Judged by the highest of them. */
const idleSeconds = [5, 10, 20, 40, 60, 80, 100, 120];

type Spread = { readonly median: number; readonly worst: number };

const spreadOf = (values: readonly number[]): Spread => ({
  median: roundFigure(medianOf(values)),
  worst: roundFigure(Math.max(...values)),
});

const createScript = `
  const begun = performance.now();
  const { createDevnet } = await import("./dist/index.js");
  const imported = performance.now();
  const devnet = createDevnet({ validators: 4 });
  const created = performance.now();
  if (devnet.validators.length !== 4) throw new Error("not four validators");
  process.stdout.write(JSON.stringify({ importMs: imported - begun, createMs: created - imported }));
`;

function measureCreate(): { readonly importMs: Spread; readonly createMs: Spread } {
  const runs = Array.from({ length: launches }, () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", createScript], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as { importMs: number; createMs: number };
  });
  return {
    importMs: spreadOf(runs.map(({ importMs }) => importMs)),
    createMs: spreadOf(runs.map(({ createMs }) => createMs)),
  };
}

async function measureAnswer(): Promise<Spread> {
  const answers: number[] = [];
  for (let i = 0; i < launches; i++) {
    const { child, answerMs } = await launchDev();
    answers.push(answerMs);
    await stop(child);
  }
  return spreadOf(answers);
}

/** The same process at several times: what it holds may come and go with collections. */
async function measureIdle(): Promise<number[]> {
  const { child } = await launchDev();
  const held: number[] = [];
  let waited = 0;
  for (const seconds of idleSeconds) {
    await pause(1000 * (seconds - waited));
    waited = seconds;
    held.push(roundFigure(residentMb(child)));
  }
  await stop(child);
  return held;
}

const built = spawnSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
if (built.status !== 0) throw new Error("the build failed");
const { importMs, createMs } = measureCreate();
const answerMs = await measureAnswer();
const idleMb = await measureIdle();
const rows = [
  ["", "median", "worst"],
  ["import of the library", `${importMs.median} ms`, `${importMs.worst} ms`],
  ["createDevnet() after it", `${createMs.median} ms`, `${createMs.worst} ms`],
  ["escapement dev answers after", `${answerMs.median} ms`, `${answerMs.worst} ms`],
  [`idle memory after ${idleSeconds.join(", ")} s`, `${idleMb.join(", ")} MB`, ""],
];
process.stdout.write(`${formatColumns(rows)}\n`);
appendResult("start", {
  launches,
  importMs,
  createMs,
  answerMs,
  idleSeconds,
  idleMb,
  targets: [
    judge("createDevnet() of 4 validators", "ms", { atMost: 150 }, createMs.median),
    judge("`escapement dev` answers", "ms", { atMost: 700 }, answerMs.median),
    judge("idle memory, the highest of two minutes", "MB", { atMost: 120 }, Math.max(...idleMb)),
  ],
});
