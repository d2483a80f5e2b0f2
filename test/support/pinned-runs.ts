/**
 * Runs whose trace hash is written down (pinned-traces.json): every event of them is the same on every machine, and under
 * every Node.
 *
 *     await pinnedRuns["campaign-42"]()  ──>  "2p3a2hvN…"
 */
import { readFileSync } from "node:fs";
import { createNodeCrypto } from "../../src/host/node-crypto.ts";
import { nodeSecp256k1 } from "../../src/host/node-secp256k1.ts";
import { runCampaignSeed } from "../../src/sim/campaign.ts";
import { runScenario } from "../../src/sim/run-scenario.ts";
import { parseScenario } from "../../src/sim/scenario-plan.ts";
import { createWorkload } from "../../src/sim/workload.ts";
import { createTestCluster, type TestNetworkOptions } from "./clusters.ts";

export type PinnedRun = () => string;

/** From the repository's root. */
function playScenario(text: string, seed: string): string {
  const plan = parseScenario(text);
  if (!plan.ok) throw new Error(JSON.stringify(plan.facts));
  return runScenario(plan.value, seed, { crypto: createNodeCrypto() }).traceHash;
}

function playTransfers(slots: number, options: TestNetworkOptions): string {
  const crypto = createNodeCrypto(options.signatures?.name);
  const { cluster, network } = createTestCluster({ ...options, crypto });
  const workload = createWorkload("pinned", network.accounts, crypto.signatures);
  for (let slot = 0; slot < slots; slot++) {
    const refused = cluster.submit(workload.draw(2, cluster.observing.consensus.head().bank.blockhash));
    if (refused.size > 0) throw new Error(JSON.stringify([...refused.values()]));
    cluster.advanceSlot();
  }
  return cluster.traceHash;
}

/** Across epochs, with rewards, a commission, bad links, a torn disk, and a leader who is convicted. */
const epochs = `
name: epochs
network:
  params: { slotsPerEpoch: 32 }
  validators:
    - { name: a, stake: 2000, commission: 10 }
    - { name: b, stake: 2000 }
    - { name: c, stake: 1500 }
    - { name: d, stake: 1500 }
    - { name: liar, stake: 400 }
slots: 230
links: { latencyMs: [5, 40], loss: 0.5, duplicate: 1, reorder: 1 }
timeline:
  - { at: 10, misbehave: { validator: liar, strategy: equivocate } }
  - { at: 70, kill: { validator: b, disk: torn } }
  - { at: 80, restart: b }
  - { at: 100, clock: { validator: c, offsetMs: 30, driftPpm: 2000 } }
workload: { transfersPerSlot: 1 }
expect:
  - convicted: [liar]
`;

export const pinnedRuns: Readonly<Record<string, PinnedRun>> = {
  transfers: () => playTransfers(60, { stakes: [40n, 30n, 20n, 10n] }),
  secp256k1: () => playTransfers(12, { stakes: [5n, 3n, 2n], profile: "tutorial", signatures: nodeSecp256k1 }),
  "largest-crashes": () => playScenario(readFileSync("scenarios/largest-crashes.yaml", "utf8"), "2"),
  "campaign-42": () => runCampaignSeed("42", createNodeCrypto()).traceHash,
  epochs: () => playScenario(epochs, "1"),
};
