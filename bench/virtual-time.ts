/**
 * Slots a second of virtual time, and memory, by the number of validators: Tower BFT, every vote signed and checked, empty
 * of other transactions. Each cluster runs in a process of its own.
 *
 *     npm run bench:virtual-time                 10, 100 and 400 validators
 *     npm run bench:virtual-time -- 16 1000      others
 *
 *     10 validators     310 slots/s    3.2 ms a slot     97 MB     heap 21 MB
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createParams } from "../src/chain/params.ts";
import { createNodeCrypto } from "../src/host/node-crypto.ts";
import { Cluster } from "../src/sim/cluster.ts";
import { createNetwork, standardStakes } from "../src/sim/network.ts";
import { appendResult } from "./support/results.ts";

type Measured = {
  readonly validators: number;
  readonly slots: number;
  readonly slotsPerSecond: number;
  readonly msPerSlot: number;
  /** Of all threads, the collector's among them: what is left of it on a busy machine. */
  readonly cpuMsPerSlot: number;
  /** Of the process at the end, and what was alive in it after a collection. */
  readonly rssMb: number;
  readonly heapMb: number;
};

/** Before the clock starts: a root needs 32 votes, and from then on as much is dropped as is added. */
const warmUpSlots = 64;
const leastMs = 8000;
const leastSlots = 32;

function measure(validators: number): Measured {
  const params = createParams("lab", {});
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
  const cluster = new Cluster({ network: network.value, crypto });
  for (let slot = 0; slot < warmUpSlots; slot++) cluster.advanceSlot();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  let slots = 0;
  while (slots < leastSlots || performance.now() - startedAt < leastMs) {
    cluster.advanceSlot();
    slots++;
  }
  const elapsedMs = performance.now() - startedAt;
  const cpu = process.cpuUsage(cpuBefore);
  const root = cluster.observing.consensus.finalized().slot;
  if (root < slots) throw new Error(`the chain did not go on: final slot ${root} after ${warmUpSlots + slots}`);
  const rssMb = process.memoryUsage().rss / 2 ** 20;
  global.gc?.();
  const heapMb = process.memoryUsage().heapUsed / 2 ** 20;
  return {
    validators,
    slots,
    slotsPerSecond: round((slots * 1000) / elapsedMs),
    msPerSlot: round(elapsedMs / slots),
    cpuMsPerSlot: round((cpu.user + cpu.system) / 1000 / slots),
    rssMb: Math.round(rssMb),
    heapMb: Math.round(heapMb),
  };
}

const round = (value: number) => Number(value.toPrecision(3));

function measureApart(validators: number): Measured {
  const self = fileURLToPath(import.meta.url);
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--expose-gc", self, "--one", String(validators)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${validators} validators: ${stderr}`);
  return JSON.parse(stdout) as Measured;
}

const [first, ...more] = process.argv.slice(2);
if (first === "--one") {
  process.stdout.write(JSON.stringify(measure(Number(more[0]))));
} else {
  const counts = first === undefined ? [10, 100, 400] : [first, ...more].map(Number);
  const clusters: Measured[] = [];
  for (const count of counts) {
    const measured = measureApart(count);
    clusters.push(measured);
    const { validators, slotsPerSecond, msPerSlot, cpuMsPerSlot, rssMb, heapMb } = measured;
    const cells = [
      `${validators} validators`.padEnd(18),
      `${slotsPerSecond} slots/s`.padEnd(15),
      `${msPerSlot} ms a slot`.padEnd(18),
      `${cpuMsPerSlot} ms of cpu`.padEnd(18),
      `${rssMb} MB`.padEnd(10),
      `heap ${heapMb} MB`,
    ];
    process.stdout.write(`${cells.join("")}\n`);
  }
  appendResult("virtual-time", { clusters });
}
