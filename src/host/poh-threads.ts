/**
 * Chains spread over all cores, while the caller waits: verification is synchronous, so its threads are told by shared
 * memory, not by messages.
 *
 *     caller   chains, shortest first, cut into 7 chunks: left = 7 ─┬─ claims 7, 5, 4 … ──> waits until all 7 are done
 *     thread                                       wakes by `calls` ─┴─ claims 6, 3 …
 *
 * Whoever is free claims the next chunk: left = left - 1, and what was above 0 is its own. A claim above 0 belongs to the
 * job at hand, as no job ends before its chunks are done; so a thread that starts late, or wakes late, does no harm.
 * Threads start with the first job that is worth one, and never keep the process alive.
 */
import { availableParallelism } from "node:os";
import { isMainThread, Worker } from "node:worker_threads";
import { assertChains } from "../base/sha256.ts";

/** How a kernel does many chains, here and in another thread. All arrays may lie in shared memory. */
export type ThreadedChains = {
  readonly hashChains: (hashes: Uint8Array, counts: Float64Array, out: Uint8Array) => void;
  /** JavaScript of a function's body that returns such a function; it may use `require` and `data`. */
  readonly source: string;
  readonly data: unknown;
};

/** Fewer hashes than this in all are done here at once: waking a thread costs as much. */
const threadedHashesMin = 1 << 16;

/** Chains of one job; more are done in several. */
const chainsMax = 4096;
const threadsMax = 16;

/** A chunk fills the lanes of any kernel, and with many chains has hashes enough to be worth its claim. */
const chunkChains = 16;
const chunkHashesMin = 1 << 15;

/** Who hashes this slowly has died, or was put to sleep: its chunks are done by the caller. */
const stallMs = 10_000;
const hashesPerMs = 1000;

type Shared = {
  /** Counts jobs: what sleeping threads are woken by. */
  readonly calls: Int32Array;
  /** Chunks that nobody has claimed. */
  readonly left: Int32Array;
  readonly done: Int32Array;
  /** Where each chunk ends, in chains; it begins where the one before ends. */
  readonly chunkEnds: Int32Array;
  readonly hashes: Uint8Array;
  readonly counts: Float64Array;
  readonly ends: Uint8Array;
};

function createShared(): Shared {
  const words = (count: number) => new Int32Array(new SharedArrayBuffer(4 * count));
  return {
    calls: words(1),
    left: words(1),
    done: words(1),
    chunkEnds: words(chainsMax),
    hashes: new Uint8Array(new SharedArrayBuffer(32 * chainsMax)),
    counts: new Float64Array(new SharedArrayBuffer(8 * chainsMax)),
    ends: new Uint8Array(new SharedArrayBuffer(32 * chainsMax)),
  };
}

/** Does chunks until none is left. Its text runs in the threads as well, so that it uses nothing but its arguments. */
function workOff(shared: Shared, hashChains: ThreadedChains["hashChains"]): void {
  const { left, done, chunkEnds, hashes, counts, ends } = shared;
  for (;;) {
    const chunk = Atomics.sub(left, 0, 1);
    if (chunk <= 0) return;
    const from = chunk === 1 ? 0 : chunkEnds[chunk - 2]!;
    const to = chunkEnds[chunk - 1]!;
    hashChains(hashes.subarray(32 * from, 32 * to), counts.subarray(from, to), ends.subarray(32 * from, 32 * to));
    Atomics.add(done, 0, 1);
    Atomics.notify(done, 0);
  }
}

function threadSource(source: string): string {
  return `
    const { shared, data } = require("node:worker_threads").workerData;
    const hashChains = (() => { ${source} })();
    const workOff = ${workOff};
    for (;;) {
      const seen = Atomics.load(shared.calls, 0);
      workOff(shared, hashChains);
      Atomics.wait(shared.calls, 0, seen);
    }`;
}

export type PohThreads = {
  /** As PohKernel's. */
  hashChains(hashes: Uint8Array, counts: Float64Array): Uint8Array;
  /** Of all threads, the caller's among them. */
  readonly count: number;
};

export type PohThreadsOptions = {
  /**
   * With the caller's. Unless told, as many as there are cores; one in a thread of its own, as where seeds are simulated on
   * all cores, who would each take all of them again.
   */
  readonly threads?: number;
  /** As above unless told. */
  readonly threadedHashesMin?: number;
  readonly stallMs?: number;
};

export function createPohThreads(kernel: ThreadedChains, options: PohThreadsOptions = {}): PohThreads {
  const threads = Math.min(options.threads ?? (isMainThread ? availableParallelism() : 1), threadsMax);
  const hashesMin = options.threadedHashesMin ?? threadedHashesMin;
  let shared: Shared | null = null;
  let isBroken = threads < 2;
  /** Null where no thread may be started. */
  const start = (): Shared | null => {
    const memory = createShared();
    try {
      for (let i = 1; i < threads; i++) {
        const workerData = { shared: memory, data: kernel.data };
        const worker = new Worker(threadSource(kernel.source), { eval: true, workerData, execArgv: [] });
        worker.on("error", () => {
          isBroken = true;
        });
        worker.unref();
      }
      return memory;
    } catch {
      return null;
    }
  };
  return {
    count: threads,
    hashChains(hashes, counts) {
      assertChains(hashes, counts);
      const ends = new Uint8Array(hashes.length);
      for (let from = 0; from < counts.length; from += chainsMax) {
        const to = Math.min(from + chainsMax, counts.length);
        const job = { hashes: hashes.subarray(32 * from, 32 * to), counts: counts.subarray(from, to) };
        const out = ends.subarray(32 * from, 32 * to);
        const total = job.counts.reduce((sum, count) => sum + count, 0);
        if (!isBroken && total >= hashesMin && job.counts.length >= 2) {
          shared ??= start();
          const patience = options.stallMs ?? stallMs;
          if (shared !== null && spread(shared, kernel, { ...job, out, total, threads, stallMs: patience })) continue;
          isBroken = true;
        }
        kernel.hashChains(job.hashes, job.counts, out);
      }
      return ends;
    },
  };
}

type Job = {
  readonly hashes: Uint8Array;
  readonly counts: Float64Array;
  readonly out: Uint8Array;
  readonly total: number;
  readonly threads: number;
  readonly stallMs: number;
};

/** One job by all threads; false when a thread that claimed a chunk does not come back with it. */
function spread(shared: Shared, kernel: ThreadedChains, job: Job): boolean {
  const { hashes, counts, out } = job;
  const order = Array.from(counts.keys()).sort((a, b) => counts[a]! - counts[b]! || a - b);
  for (const [at, index] of order.entries()) {
    shared.counts[at] = counts[index]!;
    shared.hashes.set(hashes.subarray(32 * index, 32 * index + 32), 32 * at);
  }
  const chunks = cutChunks(shared, job);
  Atomics.store(shared.done, 0, 0);
  // From here on chunks can be claimed: all else is in its place.
  Atomics.store(shared.left, 0, chunks);
  Atomics.add(shared.calls, 0, 1);
  Atomics.notify(shared.calls, 0);
  workOff(shared, kernel.hashChains);
  for (let seen = Atomics.load(shared.done, 0); seen < chunks; seen = Atomics.load(shared.done, 0)) {
    const woken = Atomics.wait(shared.done, 0, seen, job.stallMs + job.total / hashesPerMs);
    if (woken === "timed-out") return false;
  }
  for (const [at, index] of order.entries()) {
    out.set(shared.ends.subarray(32 * at, 32 * at + 32), 32 * index);
  }
  return true;
}

/** Cuts the chains in shared memory, `job.counts.length` of them, into chunks; how many. */
function cutChunks({ counts, chunkEnds }: Shared, { counts: { length }, total, threads }: Job): number {
  const fewest = Math.min(chunkChains, Math.ceil(length / threads));
  const leastHashes = Math.min(chunkHashesMin, total / threads);
  let chunks = 0;
  // From the longest on, which are claimed first: whatever is odd falls to the shortest.
  for (let end = length; end > 0; ) {
    let from = end;
    let hashes = 0;
    while (from > 0 && (end - from < fewest || hashes < leastHashes)) hashes += counts[--from]!;
    chunkEnds[chunks++] = end;
    end = from;
  }
  chunkEnds.subarray(0, chunks).reverse();
  return chunks;
}
