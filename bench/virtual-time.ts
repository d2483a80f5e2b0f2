/**
 * Virtual time: slots a second by the number of validators, an epoch, a thousand epochs, and memory over a long run. Tower
 * BFT by the code that ships: every vote signed by Ed25519, put into a block, executed, and heard by everybody. The blocks
 * are empty of other transactions. Beside it the same without a ledger, as `sim run --consensus-only` has it: no
 * signatures, no hashes of Proof of History, no accounts.
 *
 *     npm run bench -- virtual-time                                     the targets
 *     node bench/run.mjs virtual-time 10 100 400                        slots a second of clusters of that many
 *     node bench/run.mjs virtual-time --consensus-only 10 100 400       the same without a ledger
 *
 * Each cluster runs in a process of its own.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ChainParams, createParams } from "../src/chain/params.ts";
import { createNodeCrypto } from "../src/host/node-crypto.ts";
import { Cluster } from "../src/sim/cluster.ts";
import { createNetwork, standardStakes } from "../src/sim/network.ts";
import { appendResult } from "./support/results.ts";
import { formatColumns, formatTargets, type Goal, judge, roundFigure, type Target } from "./support/targets.ts";
import { medianOf } from "./support/timing.ts";

type Measured = {
  readonly validators: number;
  readonly consensusOnly: boolean;
  readonly slots: number;
  readonly slotsPerSecond: number;
  readonly msPerSlot: number;
  /** Of all threads, the collector's among them: what is left of it on a busy machine. */
  readonly cpuMsPerSlot: number;
  /** Of the process at the end, and what was alive in it after a collection. */
  readonly rssMb: number;
  readonly heapMb: number;
};

/** Before the clock starts: a root needs 32 votes, and from then on as much is dropped as is added; and code is compiled. */
const warmUpSlots = 64;
const warmUpMs = 1000;
/** Counted second by second, of which the median is told: neighbours take some of them. */
const windowMs = 1000;
const windows = 9;

function createCluster(validators: number, change: Partial<ChainParams> = {}, consensusOnly = false): Cluster {
  const params = createParams("lab", change);
  if (!params.ok) throw new Error(params.code);
  const crypto = createNodeCrypto();
  const plan = {
    seed: "virtual time",
    params: params.value,
    creationTime: 1_700_000_000,
    validators: standardStakes(validators).map((stake) => ({ stake })),
    accounts: 2,
    accountLamports: 1_000_000_000_000n,
  };
  const network = createNetwork(plan, crypto.signatures);
  if (!network.ok) throw new Error(network.code);
  return new Cluster({ network: network.value, crypto, consensusOnly });
}

function advance(cluster: Cluster, slots: number): void {
  for (let slot = 0; slot < slots; slot++) cluster.advanceSlot();
}

/** A figure for a chain that stands still is worth nothing. */
function assertGoesOn(cluster: Cluster): void {
  const { slot } = cluster.observing.consensus.finalized();
  if (slot < cluster.slot - 40) throw new Error(`the chain did not go on: final slot ${slot} in slot ${cluster.slot}`);
}

function usedHeapMb(): number {
  global.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Slots until so much time has gone by, and how much really has. */
function advanceFor(cluster: Cluster, leastMs: number) {
  const startedAt = performance.now();
  let slots = 0;
  let elapsedMs = 0;
  for (; elapsedMs < leastMs; elapsedMs = performance.now() - startedAt) {
    cluster.advanceSlot();
    slots++;
  }
  return { slots, elapsedMs };
}

function measureSlots(validators: number, consensusOnly: boolean): Measured {
  const cluster = createCluster(validators, {}, consensusOnly);
  advance(cluster, warmUpSlots);
  advanceFor(cluster, warmUpMs);
  const cpuBefore = process.cpuUsage();
  const seconds = Array.from({ length: windows }, () => advanceFor(cluster, windowMs));
  const cpu = process.cpuUsage(cpuBefore);
  const slots = seconds.reduce((sum, second) => sum + second.slots, 0);
  const msPerSlot = medianOf(seconds.map((second) => second.elapsedMs / second.slots));
  assertGoesOn(cluster);
  const rssMb = process.memoryUsage().rss / 2 ** 20;
  return {
    validators,
    consensusOnly,
    slots,
    slotsPerSecond: roundFigure(1000 / msPerSlot),
    msPerSlot: roundFigure(msPerSlot),
    cpuMsPerSlot: roundFigure((cpu.user + cpu.system) / 1000 / slots),
    rssMb: Math.round(rssMb),
    heapMb: Math.round(usedHeapMb()),
  };
}

/** Epochs of 32 slots, the shortest there are, each with its rewards and its new stakes and leaders. */
const epochSlots = 32;
const epochs = 1000;

function measureEpochs() {
  const cluster = createCluster(5, { slotsPerEpoch: epochSlots });
  advance(cluster, 4 * epochSlots);
  const times: number[] = [];
  const startedAt = performance.now();
  for (let epoch = 0; epoch < epochs; epoch++) {
    const epochStartedAt = performance.now();
    advance(cluster, epochSlots);
    times.push(performance.now() - epochStartedAt);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  assertGoesOn(cluster);
  return { epochMs: roundFigure(medianOf(times)), epochs, seconds: roundFigure(seconds) };
}

/** In the beginning memories fill: block archives, signatures, and last the table of known keys. Then nothing may grow. */
const lookEvery = 20_000;
const looks = 5;
const filledAt = 60_000;

function measureMemory() {
  const cluster = createCluster(4);
  const heaps = Array.from({ length: looks }, () => {
    advance(cluster, lookEvery);
    return { slot: cluster.slot, heapMb: usedHeapMb() };
  });
  assertGoesOn(cluster);
  const filled = heaps.find(({ slot }) => slot === filledAt)!;
  return {
    heaps: heaps.map(({ slot, heapMb }) => ({ slot, heapMb: roundFigure(heapMb) })),
    grownPercent: roundFigure((heaps.at(-1)!.heapMb / filled.heapMb - 1) * 100),
    rssMb: Math.round(process.memoryUsage().rss / 2 ** 20),
  };
}

const parts = {
  slots: (validators: number) => measureSlots(validators, false),
  consensus: (validators: number) => measureSlots(validators, true),
  epochs: measureEpochs,
  memory: measureMemory,
};
type Part = keyof typeof parts;

function measureApart<P extends Part>(part: P, validators = 0): ReturnType<(typeof parts)[P]> {
  const args = ["--expose-gc", fileURLToPath(import.meta.url), "--one", part, String(validators)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${part} ${validators}: ${stderr}`);
  return JSON.parse(stdout);
}

function measureClusters(part: "slots" | "consensus", counts: readonly number[]): Measured[] {
  const clusters = counts.map((count) => measureApart(part, count));
  const rows = clusters.map((measured) => [
    `${measured.validators} validators`,
    measured.consensusOnly ? "consensus only" : "",
    `${measured.slotsPerSecond} slots/s`,
    `${measured.msPerSlot} ms a slot`,
    `${measured.cpuMsPerSlot} ms of cpu`,
    `${measured.rssMb} MB`,
    `heap ${measured.heapMb} MB`,
  ]);
  process.stdout.write(`${formatColumns(rows)}\n`);
  return clusters;
}

const slotGoals: ReadonlyMap<number, Goal> = new Map([
  [16, { atLeast: 8000 }],
  [100, { atLeast: 450 }],
  [1000, { atLeast: 5 }],
]);

function measureTargets(): void {
  const clusters = [
    ...measureClusters("slots", [...slotGoals.keys()]),
    ...measureClusters("consensus", [...slotGoals.keys()]),
  ];
  const year = measureApart("epochs");
  const memory = measureApart("memory");
  const targets: Target[] = [
    judge("virtual time: an epoch of 32 slots, 5 validators", "ms", { atMost: 15 }, year.epochMs),
    judge("virtual time: 1000 such epochs", "s", { atMost: 15 }, year.seconds),
    ...clusters.map(({ validators, consensusOnly, slotsPerSecond }) => {
      const what = `virtual time: ${validators} validators${consensusOnly ? ", consensus only" : ""}`;
      return judge(what, "slots/s", slotGoals.get(validators)!, slotsPerSecond);
    }),
    judge("virtual time: heap gained from slot 60,000 to 100,000", "%", { atMost: 5 }, memory.grownPercent),
  ];
  process.stdout.write(`${formatTargets(targets)}\n`);
  appendResult("virtual-time", { clusters, epochs: year, memory, targets });
}

const [first, ...more] = process.argv.slice(2);
if (first === "--one") {
  const measure = parts[more[0] as Part];
  process.stdout.write(JSON.stringify(measure(Number(more[1]))));
} else if (first === undefined) {
  measureTargets();
} else if (first === "--consensus-only") {
  appendResult("virtual-time", { clusters: measureClusters("consensus", more.map(Number)) });
} else {
  appendResult("virtual-time", { clusters: measureClusters("slots", [first, ...more].map(Number)) });
}
