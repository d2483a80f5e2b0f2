/**
 * Chains of SHA-256 in WebAssembly, for wherever that runs: with SIMD one chain in 0.6 of the time that TypeScript takes,
 * and four in little more than twice that of one. The module is made and compiled when it is first asked for, in some tens
 * of milliseconds.
 *
 *     hashes, counts ──lanes of four──> lanes(fewest left), then whoever is done makes room for the next
 */
import { assertChains, assertCount, assertHash } from "./sha256.ts";
import { chainAt, createSha256Module } from "./sha256-module.ts";

/** What is used of the engine's WebAssembly; an engine may have none, such as V8 with --jitless. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

export type Sha256Exports = {
  readonly memory: { readonly buffer: ArrayBuffer };
  chain(count: number): void;
  lanes?(count: number): void;
};

export type WasmSha256 = {
  readonly hasSimd: boolean;
  /** Of WebAssembly: for other threads. */
  readonly module: object;
  /** As in sha256.ts. */
  hashChain(hash: Uint8Array, count: number): Uint8Array;
  hashChains(hashes: Uint8Array, counts: Float64Array): Uint8Array;
  /** The same into an array that is there already. */
  chainsInto(hashes: Uint8Array, counts: Float64Array, out: Uint8Array): void;
};

/** Where a module expects a chain's words; and how much of a call: engines change over to their best code between calls. */
export const wasmUse = { at: chainAt, hashesPerCall: 1024 } as const;

/**
 * Chains of their own lengths from `hashes` to `out`, by a module's functions. Uses nothing but its arguments, so that its
 * text runs in other threads as well.
 */
export function runChains(
  wasm: Sha256Exports,
  { at, hashesPerCall }: typeof wasmUse,
  hashes: Uint8Array,
  counts: Float64Array,
  out: Uint8Array,
): void {
  const from = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength);
  const to = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const order = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
  /** Which chain each lane has, -1 for none, and how many hashes it still needs. One chain alone takes no lane of four. */
  const width = wasm.lanes === undefined || order.length === 1 ? 1 : 4;
  const words = new DataView(wasm.memory.buffer, at, 32 * width);
  const chainOf: number[] = Array(width).fill(-1);
  const leftOf: number[] = Array(width).fill(Number.POSITIVE_INFINITY);
  for (let next = 0, used = 0; ; ) {
    for (let lane = 0; lane < width && next < order.length; lane++) {
      if (chainOf[lane] !== -1) continue;
      const chain = order[next++]!;
      for (let i = 0; i < 8; i++) words.setUint32(4 * (width * i + lane), from.getUint32(32 * chain + 4 * i), true);
      chainOf[lane] = chain;
      leftOf[lane] = counts[chain]!;
      used++;
    }
    if (used === 0) return;
    const steps = Math.min(...leftOf);
    for (let left = steps; left > 0; left -= hashesPerCall) {
      const count = Math.min(left, hashesPerCall);
      if (width === 1) wasm.chain(count);
      else wasm.lanes!(count);
    }
    for (let lane = 0; lane < width; lane++) {
      const chain = chainOf[lane]!;
      leftOf[lane]! -= steps;
      if (leftOf[lane] !== 0) continue;
      for (let i = 0; i < 8; i++) to.setUint32(32 * chain + 4 * i, words.getUint32(4 * (width * i + lane), true));
      chainOf[lane] = -1;
      leftOf[lane] = Number.POSITIVE_INFINITY;
      used--;
    }
  }
}

/** Null where there is no WebAssembly. With SIMD where the engine has it, unless told otherwise. */
export function createWasmSha256(options: { readonly simd?: boolean } = {}): WasmSha256 | null {
  if (typeof WebAssembly === "undefined") return null;
  const bytes = createSha256Module(true);
  const hasSimd = options.simd ?? WebAssembly.validate(bytes);
  const module = new WebAssembly.Module(hasSimd ? bytes : createSha256Module(false));
  const wasm = new WebAssembly.Instance(module).exports as Sha256Exports;
  const words = new DataView(wasm.memory.buffer, wasmUse.at, 32);
  const chainsInto = (hashes: Uint8Array, counts: Float64Array, out: Uint8Array) =>
    runChains(wasm, wasmUse, hashes, counts, out);
  return {
    hasSimd,
    module,
    chainsInto,
    hashChain(hash, count) {
      assertHash(hash, "a hash");
      assertCount(count);
      const from = new DataView(hash.buffer, hash.byteOffset, 32);
      for (let i = 0; i < 32; i += 4) words.setUint32(i, from.getUint32(i), true);
      const { hashesPerCall } = wasmUse;
      for (let left = count; left > 0; left -= hashesPerCall) wasm.chain(Math.min(left, hashesPerCall));
      const end = new DataView(new ArrayBuffer(32));
      for (let i = 0; i < 32; i += 4) end.setUint32(i, words.getUint32(i, true));
      return new Uint8Array(end.buffer);
    },
    hashChains(hashes, counts) {
      assertChains(hashes, counts);
      const ends = new Uint8Array(hashes.length);
      chainsInto(hashes, counts, ends);
      return ends;
    },
  };
}
