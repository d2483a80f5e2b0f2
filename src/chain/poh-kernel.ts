/** The implementations of the Proof of History port that need no host: our own SHA-256, in TypeScript and in WebAssembly. */
import { hashChain, hashChains, mix } from "../base/sha256.ts";
import { createWasmSha256, type WasmSha256 } from "../base/wasm-sha256.ts";
import type { PohKernel } from "./crypto.ts";

/** Runs wherever JavaScript does. */
export const portablePohKernel: PohKernel = { name: "portable", hashChain, hashChains, mix };

/** Null where there is no WebAssembly. */
export function createWasmPohKernel(wasm: WasmSha256 | null = createWasmSha256()): PohKernel | null {
  if (wasm === null) return null;
  const name = wasm.hasSimd ? "wasm, 4 SIMD lanes" : "wasm";
  return { name, hashChain: wasm.hashChain, hashChains: wasm.hashChains, mix };
}
