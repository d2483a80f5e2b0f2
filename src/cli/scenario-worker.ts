/** A worker of `sim run FILE`: plays one seed after the other of the scenario it was given. */
import { parentPort, workerData } from "node:worker_threads";
import { createNodeCrypto } from "../host/node-crypto.ts";
import { runScenario } from "../sim/run-scenario.ts";
import { parseScenario } from "../sim/scenario-plan.ts";

const plan = parseScenario((workerData as { readonly text: string }).text);
if (!plan.ok) throw new Error(plan.code);
const { value } = plan;
const crypto = createNodeCrypto(value.params.signatureScheme);

parentPort?.on("message", (seed: string) => {
  parentPort?.postMessage(runScenario(value, seed, { crypto }));
});
