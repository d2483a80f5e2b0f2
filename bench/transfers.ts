/**
 * Transfers a second: four validators in one process, signatures checked, every block replayed by all and voted, on the
 * lab profile with its real clock (a slot each 100 ms, as `escapement dev` runs). A transfer counts when its block is
 * confirmed, which the chain says, and balances are checked at the end. Time runs from the first one handed in to the last
 * one confirmed; they were signed before.
 *
 *     npm run bench:transfers                      in one process, beside LiteSVM (which has no consensus, nor blocks)
 *     npm run bench:transfers -- --rpc             over JSON-RPC, from another process: in batches of 100, and one by one
 *     npm run bench:transfers -- --burst           20,000 at once: what is left after each slot
 *
 * The sender keeps a bounded number of transfers under way, so that what is measured is a steady state. Each run has a
 * process of its own, and runs that are compared take turns.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { appendResult } from "./support/results.ts";
import { formatTargets, judge, type Target } from "./support/targets.ts";
import { measureBurst, measureInProcess } from "./support/transfers-in-process.ts";
import { measureLiteSvm } from "./support/transfers-litesvm.ts";
import { measureRpc, runRpcClient } from "./support/transfers-rpc.ts";

const runs: Readonly<Record<string, (...args: string[]) => Promise<object>>> = {
  "in-process": measureInProcess,
  litesvm: measureLiteSvm,
  burst: measureBurst,
  rpc: measureRpc,
  "rpc-client": runRpcClient,
};

const self = fileURLToPath(import.meta.url);

function runApart(name: string, ...args: string[]): Record<string, number> {
  const options = { encoding: "utf8", maxBuffer: 2 ** 26 } as const;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...process.execArgv, self, "--one", name, ...args],
    options,
  );
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<string, number>;
}

/** The runs in turn, so that all meet the same noise; each one's medians. */
function compare(rounds: number, named: Readonly<Record<string, readonly [string, ...string[]]>>) {
  const measured = Object.fromEntries(Object.keys(named).map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(named)) {
      const { perSecond = 0, ...more } = runApart(...run);
      measured[name]!.push(perSecond);
      process.stdout.write(`${name.padEnd(24)}${String(perSecond).padStart(7)} a second   ${JSON.stringify(more)}\n`);
    }
  }
  const medianOf = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
  return Object.entries(measured).map(([name, perSecond]) => ({ name, median: medianOf(perSecond), perSecond }));
}

function report(kind: string, runs: ReturnType<typeof compare>, targets: readonly Target[]): void {
  appendResult("transfers", { kind, runs, targets });
  process.stdout.write(`\n${formatTargets(targets)}\n`);
}

const [first, ...more] = process.argv.slice(2);
const rounds = 3;
if (first === "--one") {
  const [name = "", ...args] = more;
  const result = await runs[name]!(...args);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
} else if (first === "--rpc") {
  const runs = compare(rounds, { "batches of 100": ["rpc", "100"], "one by one": ["rpc", "1"] });
  report("rpc", runs, [
    judge("transfers over JSON-RPC, batches of 100", "a second", { atLeast: 15_000 }, runs[0]!.median),
    judge("transfers over JSON-RPC, one by one", "a second", { atLeast: 5000 }, runs[1]!.median),
  ]);
} else if (first === "--burst") {
  const burst = runApart("burst");
  process.stdout.write(`${JSON.stringify(burst)}\n`);
  appendResult("transfers", { kind: "burst", ...burst });
} else {
  const runs = compare(rounds, { escapement: ["in-process"], LiteSVM: ["litesvm"] });
  const [own, other] = runs.map(({ median }) => median) as [number, number];
  report("in-process", runs, [
    judge("transfers in one process", "a second", { atLeast: 30_000 }, own),
    judge("the same, against LiteSVM", "times", { atLeast: 1 }, own / other),
  ]);
}
