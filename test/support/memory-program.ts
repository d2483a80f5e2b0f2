/**
 * A cluster that runs for long, as a program of its own: what is alive after a collection, a line of JSON a mark.
 *
 *     node --expose-gc memory.cjs 4 1000 2000       {"slot":1000,"heapMb":48}  {"slot":2000,"heapMb":54}
 */
import { createTestCluster } from "./clusters.ts";

const [validators = 4, ...marks] = process.argv.slice(2).map(Number);
const stakes = Array.from({ length: validators }, () => 1000n);
const { cluster, seen } = createTestCluster({ stakes, params: { slotsPerEpoch: 256 } });
for (const mark of marks) {
  while (cluster.slot < mark) {
    cluster.advanceSlot();
    // What the test's own listener keeps is not the cluster's.
    seen.blocks.clear();
    seen.reports.length = 0;
  }
  global.gc?.();
  process.stdout.write(`${JSON.stringify({ slot: mark, heapMb: process.memoryUsage().heapUsed / 2 ** 20 })}\n`);
}
