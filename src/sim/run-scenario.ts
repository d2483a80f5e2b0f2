/**
 * One run of a scenario under all checkers, and what came of it: a verdict, each promise with what was found, and figures.
 *
 *     runScenario(plan, "7", { crypto })  ──>  { verdict: { type: "pass" }, promises: [{ text, kept: true, found }], … }
 *
 * One seed is one run, on every machine. A run ends with its last slot, or with the first thing that was wrong.
 */
import { assert } from "../base/assert.ts";
import { formatRefusal } from "../base/refusal.ts";
import type { Crypto } from "../chain/crypto.ts";
import { createCheckers } from "./checkers/checkers.ts";
import { Cluster } from "./cluster.ts";
import { drawFaults } from "./draw-faults.ts";
import type { TimedFault } from "./faults.ts";
import { createGenesisFileNetwork } from "./genesis-file.ts";
import { type Network, standardCreationTime } from "./network.ts";
import { type RunStatistics, recordStatistics } from "./run-statistics.ts";
import { convictionsOf, type ScenarioEvent } from "./scenario-events.ts";
import type { PlannedExpectation, ScenarioPlan } from "./scenario-plan.ts";
import { judgePromises, type Promised } from "./scenario-promises.ts";
import type { Verdict } from "./verdict.ts";
import { createWorkload } from "./workload.ts";

export type ScenarioOptions = {
  readonly crypto: Crypto;
  readonly onEvent?: (event: ScenarioEvent) => void;
  /** Given the cluster before its first slot: to watch it. */
  readonly onCluster?: (cluster: Cluster) => void;
  /** In place of those that the scenario names or draws. */
  readonly faults?: readonly TimedFault[];
};

/** Counted while it runs; slots from the chain's first. */
export type ScenarioFigures = {
  readonly slots: number;
  readonly blocks: number;
  readonly skippedSlots: number;
  readonly orphanedBlocks: number;
  readonly forks: number;
  readonly reorgs: number;
  readonly reorgDepthMax: number;
  readonly votesHeld: number;
  readonly finalizedSlot: number;
  /** Slots from a block to its finality. */
  readonly finalityLagMean: number | null;
  readonly finalityLagMax: number | null;
  /** Slots from a block to the block that holds a vote for it. */
  readonly voteLatencyMean: number | null;
  readonly transactions: number;
  readonly convicted: readonly number[];
  readonly crashed: readonly number[];
  readonly faults: number;
};

export type ScenarioResult = {
  readonly scenario: string;
  readonly seed: string;
  /** Every promise kept. */
  readonly ok: boolean;
  readonly verdict: Verdict;
  readonly promises: readonly Promised[];
  readonly figures: ScenarioFigures;
  readonly statistics: RunStatistics;
  /** By number; `#0` for one that the scenario gives no name. */
  readonly validatorNames: readonly string[];
  /** The newest final slot by the end of each slot, from slot 1 on. */
  readonly finalizedBySlot: readonly number[];
  readonly traceHash: string;
};

/** Every fault of a run: the timeline's, and those drawn from the seed. */
export function faultsOf({ faults, file, network }: ScenarioPlan, seed: string): readonly TimedFault[] {
  if (file.random === undefined) return faults;
  const drawn = drawFaults(seed, network.validators.length, file.random);
  return [...faults, ...drawn].sort((a, b) => a.slot - b.slot);
}

/** Throws only where we are wrong. */
export function runScenario(plan: ScenarioPlan, seed: string, options: ScenarioOptions): ScenarioResult {
  const { crypto } = options;
  const network = createScenarioNetwork(plan, seed, crypto);
  const cluster = new Cluster({ network, crypto, seed, conditions: plan.conditions });
  for (const index of network.offline) cluster.setOnline(index, false);
  const checkers = createCheckers(cluster);
  cluster.listen(checkers.listener);
  options.onCluster?.(cluster);
  const crashed = new Set<number>();
  const recorder = recordStatistics(cluster, {
    onEvent(event) {
      if (event.type === "crashed") crashed.add(event.validator);
      options.onEvent?.(event);
    },
  });
  const transfers = plan.file.workload?.transfersPerSlot ?? 0;
  const workload = createWorkload(seed, network.accounts, crypto.signatures);
  const faults = options.faults ?? faultsOf(plan, seed);
  const recoveries = plan.expectations.flatMap(({ recovers }) => (recovers === undefined ? [] : [recovers]));
  const finalizedBySlot: number[] = [];
  const { firstSlot } = cluster.chain.genesis;
  let next = 0;
  for (let slot = 1; slot <= plan.slots && checkers.violations.length === 0; slot++) {
    for (; next < faults.length && faults[next]!.slot <= slot; next++) {
      // What cannot be (whoever is down already cannot be killed) does not happen: faults of a seed overlap.
      const { fault } = faults[next]!;
      const refusal = cluster.inject(fault);
      if (refusal !== null) options.onEvent?.({ type: "no-effect", slot, fault, refusal });
    }
    const recovery = recoveries.find(({ from }) => from === slot);
    if (recovery !== undefined) checkers.expectRecovery({ from: cluster.slot, within: recovery.within });
    if (transfers > 0) cluster.submit(workload.draw(transfers, cluster.observing.consensus.head().bank.blockhash));
    cluster.advanceSlot();
    finalizedBySlot.push(cluster.observing.consensus.finalized().slot - firstSlot);
  }
  const verdict = checkers.verdict();
  const statistics = recorder.finish();
  const figures = {
    ...figuresOf(cluster, checkers.chronicle.blocks.size, statistics),
    crashed: [...crashed].sort((a, b) => a - b),
    faults: faults.length,
  };
  const promises = judgePromises(plan, { verdict, figures, finalizedBySlot });
  return {
    scenario: plan.name,
    seed,
    ok: promises.every(({ kept }) => kept),
    verdict,
    promises,
    figures,
    statistics,
    validatorNames: plan.network.validators.map(({ name }, index) => name ?? `#${index}`),
    finalizedBySlot,
    traceHash: cluster.traceHash,
  };
}

function createScenarioNetwork({ name, network, params }: ScenarioPlan, seed: string, crypto: Crypto): Network {
  const made = createGenesisFileNetwork(
    {
      ...network,
      params,
      seed: `scenario ${name} ${seed}`,
      creationTime: network.creationTime ?? standardCreationTime,
    },
    crypto.signatures,
  );
  assert(made.ok, made.ok ? "" : `the scenario's network cannot be: ${formatRefusal(made)}`);
  return made.value;
}

function figuresOf(cluster: Cluster, blocks: number, statistics: RunStatistics) {
  const { observing, chain } = cluster;
  const { finalityLag, voteLatency, reorgDepth, votesHeld, forks } = statistics;
  const head = observing.consensus.head().bank;
  const { firstSlot, validators } = chain.genesis;
  // The chronicle's blocks count genesis.
  const built = blocks - 1;
  return {
    slots: cluster.slot - firstSlot,
    blocks: built,
    skippedSlots: head.slot - firstSlot - head.height,
    orphanedBlocks: Math.max(0, built - head.height),
    forks,
    reorgs: reorgDepth.count,
    reorgDepthMax: reorgDepth.max ?? 0,
    votesHeld: Object.values(votesHeld).reduce((sum, count) => sum + count, 0),
    finalizedSlot: observing.consensus.finalized().slot - firstSlot,
    finalityLagMean: roundToHundredths(finalityLag.mean),
    finalityLagMax: finalityLag.max,
    voteLatencyMean: roundToHundredths(voteLatency.mean),
    transactions: head.transactionCount - head.voteCount,
    convicted: validators.flatMap(({ voteAccount }, index) => (convictionsOf(head, voteAccount) > 0 ? [index] : [])),
  };
}

function roundToHundredths(value: number | null): number | null {
  return value === null ? null : Math.round(100 * value) / 100;
}

export type { PlannedExpectation };
