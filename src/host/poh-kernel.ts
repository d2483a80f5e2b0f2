/**
 * Which code does this process's Proof of History: the fastest there is, unless ESCAPEMENT_POH_KERNEL names one.
 *
 *     native     the project's own C, built at installation where there was a compiler
 *     wasm       WebAssembly, four lanes wide where it has SIMD
 *     portable   TypeScript
 *
 * All give the same hashes. The choice is made once, when it is first asked for.
 */
import { hash } from "node:crypto";
import { handInSha256 } from "../base/hash.ts";
import { sha256 } from "../base/sha256.ts";
import { createWasmSha256, runChains, type WasmSha256, wasmUse } from "../base/wasm-sha256.ts";
import type { PohKernel, Sha256 } from "../chain/crypto.ts";
import { createWasmPohKernel, portablePohKernel } from "../chain/poh-kernel.ts";
import { loadNativeSha256 } from "./native-sha256.ts";
import { createPohThreads, type ThreadedChains } from "./poh-threads.ts";

export const kernelNames = ["native", "wasm", "portable"] as const;
export type KernelName = (typeof kernelNames)[number];
export const kernelVariable = "ESCAPEMENT_POH_KERNEL";

export type HostKernel = { readonly name: KernelName; readonly poh: PohKernel; readonly sha256: Sha256 };

/** The kernel asked for is none, or is not to be had here. */
export class KernelError extends Error {
  override readonly name = "KernelError";
}

/** A call into OpenSSL costs as much as some five hundred bytes by the portable code. */
const opensslBytesMin = 512;

/** Without our own C: OpenSSL for what is long. */
export function opensslSha256(bytes: Uint8Array): Uint8Array {
  return bytes.length < opensslBytesMin ? sha256(bytes) : new Uint8Array(hash("sha256", bytes, "buffer"));
}

function onAllCores(kernel: PohKernel, chains: ThreadedChains): PohKernel {
  const { count, hashChains } = createPohThreads(chains);
  return { ...kernel, name: `${kernel.name}, ${count} ${count === 1 ? "thread" : "threads"}`, hashChains };
}

function wasmInThreads({ module, chainsInto }: WasmSha256): ThreadedChains {
  return {
    hashChains: chainsInto,
    source: `
      const wasm = new WebAssembly.Instance(data.module).exports;
      const runChains = ${runChains};
      return (hashes, counts, out) => runChains(wasm, data.use, hashes, counts, out);`,
    data: { module, use: wasmUse },
  };
}

/** How each kernel is made; null where it cannot be had. */
export type KernelMakers = Readonly<Record<KernelName, () => HostKernel | null>>;

const makers: KernelMakers = {
  native: () => {
    const native = loadNativeSha256();
    if (native === null) return null;
    return { name: "native", poh: onAllCores(native.kernel, native.inThreads), sha256: native.sha256 };
  },
  wasm: () => {
    const wasm = createWasmSha256();
    const kernel = createWasmPohKernel(wasm);
    if (wasm === null || kernel === null) return null;
    return { name: "wasm", poh: onAllCores(kernel, wasmInThreads(wasm)), sha256: opensslSha256 };
  },
  portable: () => ({ name: "portable", poh: portablePohKernel, sha256: opensslSha256 }),
};

/**
 * The kernel that `wanted` names, or else the first to be had.
 *
 * @throws KernelError when there is no such kernel
 */
export function chooseKernel(wanted: string | undefined, from: KernelMakers = makers): HostKernel {
  if (wanted !== undefined && wanted !== "" && !(kernelNames as readonly string[]).includes(wanted)) {
    throw new KernelError(`${kernelVariable} is ${kernelNames.join(", ")} or left out, not ${JSON.stringify(wanted)}.`);
  }
  const names = wanted === undefined || wanted === "" ? kernelNames : [wanted as KernelName];
  for (const name of names) {
    const kernel = from[name]();
    if (kernel !== null) return kernel;
  }
  const hint =
    wanted === "native" ? " `node native/build.mjs --verbose` in the package's folder builds it or says why not." : "";
  throw new KernelError(`${kernelVariable} asks for the ${wanted} kernel, which is not to be had here.${hint}`);
}

let chosen: HostKernel | null = null;

/** This process's; all of its code hashes with it from then on. */
export function hostKernel(): HostKernel {
  if (chosen === null) {
    chosen = chooseKernel(process.env[kernelVariable]);
    handInSha256(chosen.sha256);
  }
  return chosen;
}
