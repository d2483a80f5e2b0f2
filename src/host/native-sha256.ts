/**
 * SHA-256 by the addon that `native/build.mjs` made of the project's own C, where there was a compiler: on x86-64 by the
 * processor's SHA instructions. A call costs some hundred nanoseconds, so that short messages gain as well as chains.
 *
 *     bytes ──copy──> memory shared with the addon ──sha256(length)──> memory ──copy──> 32 new bytes
 *
 * An addon that does not load, lacks a function, or hashes wrongly is none.
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { encodeHex } from "../base/bytes.ts";
import { assertChains, assertCount, assertHash } from "../base/sha256.ts";
import type { PohKernel, Sha256 } from "../chain/crypto.ts";
import type { ThreadedChains } from "./poh-threads.ts";

/** What native/addon.c exports. */
type Addon = {
  engines(): string[];
  open(memory: Uint8Array, engine: number): Opened;
};

/** Functions by one engine, with one piece of memory. */
type Opened = {
  hashChain(count: number): void;
  mix(): void;
  sha256(length: number): void;
  hashChains(hashes: Uint8Array, counts: Float64Array, out: Uint8Array): void;
  hashMessages(bytes: Uint8Array, length: number, out: Uint8Array): void;
  hashLong(bytes: Uint8Array, out: Uint8Array): void;
};

export type NativeSha256 = {
  readonly kernel: PohKernel;
  readonly sha256: Sha256;
  /** Messages of one length, laid end to end: 32 new bytes for each. Pairs of hashes in a Merkle tree have 64. */
  hashMessages(bytes: Uint8Array, length: number): Uint8Array;
  /** For other threads. */
  readonly inThreads: ThreadedChains;
};

export const addonPath = fileURLToPath(
  new URL(`../../native/build/sha256-${process.platform}-${process.arch}.node`, import.meta.url),
);

const memoryBytes = 4096;

/** The addon's names of what this processor can do, best first; none without an addon. */
export function nativeEngines(path: string = addonPath): readonly string[] {
  return loadAddon(path)?.engines() ?? [];
}

/** Null where there is no addon that works. By the best engine unless told. */
export function loadNativeSha256(path: string = addonPath, engine = 0): NativeSha256 | null {
  const addon = loadAddon(path);
  if (addon === null) return null;
  try {
    const native = wrap(addon, path, engine);
    return isRight(native) ? native : null;
  } catch {
    return null;
  }
}

function loadAddon(path: string): Addon | null {
  try {
    return createRequire(import.meta.url)(path) as Addon;
  } catch {
    return null;
  }
}

function wrap({ engines, open }: Addon, path: string, engine: number): NativeSha256 {
  const memory = new Uint8Array(new SharedArrayBuffer(memoryBytes));
  const first32 = memory.subarray(0, 32);
  const addon = open(memory, engine);
  const kernel: PohKernel = {
    name: `native ${engines()[engine]}`,
    hashChain(hash, count) {
      assertHash(hash, "a hash");
      assertCount(count);
      memory.set(hash);
      addon.hashChain(count);
      return new Uint8Array(first32);
    },
    hashChains(hashes, counts) {
      assertChains(hashes, counts);
      const ends = new Uint8Array(hashes.length);
      addon.hashChains(hashes, counts, ends);
      return ends;
    },
    mix(hash, mixin) {
      assertHash(hash, "a hash");
      assertHash(mixin, "a mixin");
      memory.set(hash);
      memory.set(mixin, 32);
      addon.mix();
      return new Uint8Array(first32);
    },
  };
  return {
    kernel,
    sha256(bytes) {
      if (bytes.length > memoryBytes) {
        const hash = new Uint8Array(32);
        addon.hashLong(bytes, hash);
        return hash;
      }
      memory.set(bytes);
      addon.sha256(bytes.length);
      return new Uint8Array(first32);
    },
    hashMessages(bytes, length) {
      const hashes = new Uint8Array(length === 0 ? 0 : 32 * Math.floor(bytes.length / length));
      addon.hashMessages(bytes, length, hashes);
      return hashes;
    },
    inThreads: {
      hashChains: addon.hashChains,
      source: "return require(data.path).open(new Uint8Array(new SharedArrayBuffer(64)), data.engine).hashChains;",
      data: { path, engine },
    },
  };
}

/** Known answers: chains of all lengths from 0 to 40 beside each other, the end of one mixed with the others' hash. */
function isRight({ kernel, sha256, hashMessages }: NativeSha256): boolean {
  const starts = new Uint8Array(41 * 32).map((_, i) => i);
  const counts = new Float64Array(41).map((_, i) => (i * 11) % 41);
  const ends = kernel.hashChains(starts, counts);
  const chained = kernel.hashChain(starts.subarray(0, 32), 1000);
  const hashed = sha256(hashMessages(ends.subarray(0, 1280), 64));
  return encodeHex(kernel.mix(sha256(ends), kernel.mix(chained, hashed))) === knownAnswer;
}

const knownAnswer = "bd1e070d7005f1007ae59fac13bdc465687a3f0e930c0f4d4d7a80e0a31e9571";
