/** Costs that grow with the number of validators: genesis, start, a slot in which all vote, a snapshot; and memory. */
import { createParams } from "../../src/chain/params.ts";
import { createNodeCrypto } from "../../src/host/node-crypto.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import { createNetwork, type NetworkPlan, standardStakes } from "../../src/sim/network.ts";
import { medianOf, timeRounds } from "./timing.ts";

export type Costs = Readonly<Record<string, number>>;

/** Past the 32 votes of a root: from then on as much is dropped as is added. */
const warmUpSlots = 36;
const measuredMs = 2000;
const leastSlots = 12;

export function planOf(change: Partial<NetworkPlan>): NetworkPlan {
  const params = createParams("lab", {});
  if (!params.ok) throw new Error(params.code);
  return {
    seed: "growth",
    params: params.value,
    creationTime: 1_700_000_000,
    validators: standardStakes(4).map((stake) => ({ stake })),
    accounts: 2,
    accountLamports: 1_000_000_000_000n,
    ...change,
  };
}

export function measureValidators(count: number): Costs {
  const crypto = createNodeCrypto();
  const plan = planOf({ validators: standardStakes(count).map((stake) => ({ stake })) });
  const begun = performance.now();
  const network = createNetwork(plan, crypto.signatures);
  if (!network.ok) throw new Error(network.code);
  const genesisMs = performance.now() - begun;
  const cluster = new Cluster({ network: network.value, crypto });
  const startMs = performance.now() - begun - genesisMs;
  for (let slot = 0; slot < warmUpSlots; slot++) cluster.advanceSlot();
  const perSlot: number[] = [];
  const startedAt = performance.now();
  while (perSlot.length < leastSlots || performance.now() - startedAt < measuredMs) {
    perSlot.push(...timeRounds(1, () => cluster.advanceSlot()));
  }
  const finalized = cluster.observing.consensus.finalized().slot;
  if (finalized < perSlot.length) throw new Error(`the chain did not go on: final slot ${finalized}`);
  const snapshotMs = medianOf(timeRounds(3, () => cluster.capture()));
  const slotMs = medianOf(perSlot);
  return {
    genesisMs,
    startMs,
    slotMs,
    // In a slot each validator hears every validator's vote.
    heardUs: (1000 * slotMs) / count ** 2,
    snapshotMs,
    rssMb: process.memoryUsage().rss / 2 ** 20,
  };
}
