/** A worker of `sim run FILE`: plays one seed after the other of the scenario it was given. */
import { parentPort, workerData } from "node:worker_threads";
import { runScenario } from "../sim/run-scenario.ts";
import { parseScenario } from "../sim/scenario-plan.ts";
import { createCrypto } from "./scenario-crypto.ts";

const plan = parseScenario((workerData as { readonly text: string }).text);
const crypto = createCrypto();

parentPort?.on("message", (seed: string) => {
  if (!plan.ok) throw new Error(plan.code);
  parentPort?.postMessage(runScenario(plan.value, seed, { crypto }));
});
