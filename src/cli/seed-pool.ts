/**
 * Many seeds of one scenario on all cores: each worker asks for the next seed when it has done one.
 *
 *     seeds 1 … 1000 ──> worker 1: 1, 3, 4 …      results as they come; sorted by whoever writes them down
 *                   └──> worker 2: 2, 5, 6 …
 */
import { Worker } from "node:worker_threads";
import type { ScenarioResult } from "../sim/run-scenario.ts";

/** Compiled: a worker needs a file that Node can run. */
const workerUrl = new URL(
  import.meta.url.endsWith(".ts") ? "../../dist/cli/scenario-worker.js" : "./scenario-worker.js",
  import.meta.url,
);

export type SeedPoolOptions = {
  readonly text: string;
  readonly seeds: readonly string[];
  readonly jobs: number;
  readonly onResult: (result: ScenarioResult) => void;
  /** Ends the pool early; what is done is done. */
  readonly signal: AbortSignal;
};

/** Resolves when all seeds are done, or the signal came. Rejects where a worker fails: a mistake of our own. */
export async function runSeeds({ text, seeds, jobs, onResult, signal }: SeedPoolOptions): Promise<void> {
  let next = 0;
  const workOff = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(workerUrl, { workerData: { text } });
      const stop = (): void => void worker.terminate().then(() => resolve());
      signal.addEventListener("abort", stop, { once: true });
      const give = (): void => {
        const seed = signal.aborted ? undefined : seeds[next++];
        if (seed === undefined) stop();
        else worker.postMessage(seed);
      };
      worker.on("message", (result: ScenarioResult) => {
        onResult(result);
        give();
      });
      worker.on("error", (error) => {
        signal.removeEventListener("abort", stop);
        reject(error);
      });
      give();
    });
  await Promise.all(Array.from({ length: Math.min(jobs, seeds.length) }, workOff));
}
