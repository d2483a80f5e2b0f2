import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPohThreads, type ThreadedChains } from "./poh-threads.ts";

/** A kernel whose "hash" adds one to each byte, which is quick; it marks in `data` how many chunks other threads did. */
function createCounting() {
  const chunks = new Int32Array(new SharedArrayBuffer(4));
  const add = `(hashes, counts, out) => {
    counts.forEach((count, i) => {
      for (let b = 32 * i; b < 32 * i + 32; b++) out[b] = hashes[b] + count;
    });
  }`;
  const kernel: ThreadedChains = {
    // The same text for this thread as for the others.
    hashChains: new Function(`return ${add}`)(),
    source: `const add = ${add}; return (...all) => { Atomics.add(data, 0, 1); add(...all); };`,
    data: chunks,
  };
  return { kernel, chunks };
}

const twin = (hashes: Uint8Array, counts: Float64Array) => hashes.map((byte, i) => byte + counts[Math.floor(i / 32)]!);

/** Until another thread has done something, or a second has passed. */
async function untilHelped(chunks: Int32Array, work: () => void): Promise<void> {
  for (let turn = 0; turn < 200 && Atomics.load(chunks, 0) === 0; turn++) {
    work();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("chains on several threads", () => {
  it("come out as by one, in their order, whatever their number and lengths, and other threads have a share", async () => {
    const { kernel, chunks } = createCounting();
    const threads = createPohThreads(kernel, { threads: 3, threadedHashesMin: 1 });
    expect(threads.count).toBe(3);
    const check = (counts: readonly number[]) => {
      const hashes = Uint8Array.from({ length: 32 * counts.length }, (_, i) => i * 7);
      const chains = Float64Array.from(counts);
      expect(threads.hashChains(hashes, chains)).toEqual(twin(hashes, chains));
    };
    await untilHelped(chunks, () => check(Array.from({ length: 300 }, (_, i) => (i * 37) % 100)));
    expect(Atomics.load(chunks, 0)).toBeGreaterThan(0);
    fc.assert(
      fc.property(fc.array(fc.nat(100_000), { maxLength: 100 }), (counts) => check(counts)),
      { numRuns: 200 },
    );
    check(Array.from({ length: 9000 }, (_, i) => i % 50));
  });

  it("stay in this thread below the threshold, and where there is one core", async () => {
    for (const options of [
      { threads: 2, threadedHashesMin: 100 },
      { threads: 1, threadedHashesMin: 1 },
    ]) {
      const { kernel, chunks } = createCounting();
      const threads = createPohThreads(kernel, options);
      for (let turn = 0; turn < 10; turn++) {
        threads.hashChains(new Uint8Array(64), Float64Array.of(49, 50));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(Atomics.load(chunks, 0)).toBe(0);
    }
  });

  it("are done by the caller when a thread takes a chunk and never returns", async () => {
    const { kernel, chunks } = createCounting();
    const dying = {
      ...kernel,
      source: "return () => { Atomics.add(data, 0, 1); for (;;) Atomics.wait(data, 0, 1, 1000); };",
    };
    const threads = createPohThreads(dying, { threads: 2, threadedHashesMin: 1, stallMs: 30 });
    const counts = Float64Array.from({ length: 500 }, (_, i) => i % 90);
    const hashes = Uint8Array.from({ length: 32 * 500 }, (_, i) => i);
    await untilHelped(chunks, () => expect(threads.hashChains(hashes, counts)).toEqual(twin(hashes, counts)));
    expect(Atomics.load(chunks, 0)).toBe(1);
    expect(threads.hashChains(hashes, counts)).toEqual(twin(hashes, counts));
  });

  it("are done by the caller when no thread can start", async () => {
    const { kernel } = createCounting();
    const threads = createPohThreads(
      { ...kernel, source: 'throw new Error("no");' },
      { threads: 2, threadedHashesMin: 1 },
    );
    const counts = Float64Array.from({ length: 100 }, (_, i) => i % 90);
    const hashes = Uint8Array.from({ length: 3200 }, (_, i) => i);
    for (let turn = 0; turn < 5; turn++) {
      expect(threads.hashChains(hashes, counts)).toEqual(twin(hashes, counts));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  it("are done by the caller when no thread may be started at all", () => {
    const { kernel } = createCounting();
    // What cannot be handed to a thread makes its start throw, as a process without leave to start one does.
    const threads = createPohThreads({ ...kernel, data: () => {} }, { threads: 2, threadedHashesMin: 1 });
    const counts = Float64Array.from({ length: 100 }, (_, i) => i % 90);
    const hashes = Uint8Array.from({ length: 3200 }, (_, i) => i);
    for (let turn = 0; turn < 2; turn++) expect(threads.hashChains(hashes, counts)).toEqual(twin(hashes, counts));
  });
});
