/**
 * Proof of History: how fast it is made and checked, by every kernel there is here.
 *
 *     node bench/run.mjs poh             some twenty seconds
 *     node bench/run.mjs poh 15          with fifteen rounds instead of seven
 *
 * Making a chain is sequential; the limit is what a C program of nothing else reaches with the SHA extensions, compiled and
 * run beside it (bench/native/poh-limit.c). Checking is not: what counts there is throughput, in chains of a slot's ticks
 * and of real slots, against one core of the native kernel that does one chain after another.
 *
 *     making a chain     native x86 SHA-NI, 16 AVX-512 lanes     35.1 ns a hash     0.99 of the limit
 *     checking           ticks  native  all cores    142 M/s    5.1 times one lane of one core
 *
 * All that is compared runs in turn, round by round, and of each the best round counts: the one least disturbed.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { decodeHex, encodeHex } from "../src/base/bytes.ts";
import { hashChain, hexHashChain } from "../src/base/sha256.ts";
import type { PohKernel } from "../src/chain/crypto.ts";
import { createWasmPohKernel, portablePohKernel } from "../src/chain/poh-kernel.ts";
import { verifyEntries } from "../src/chain/verify-entries.ts";
import { loadNativeSha256, nativeEngines } from "../src/host/native-sha256.ts";
import { chooseKernel, type KernelName } from "../src/host/poh-kernel.ts";
import { readVector, vectorsNote, vectorsPresent } from "../test/support/vectors.ts";
import { appendResult } from "./support/results.ts";
import { formatTargets, judge, type Target } from "./support/targets.ts";

const rounds = Number(process.argv[2] ?? 7);
const cores = availableParallelism();
const print = (...cells: readonly string[]) => process.stdout.write(`${cells.join("  ")}\n`);

/** Name and code of something measured: how long a hash takes, in nanoseconds. */
type Measured = { readonly name: string; readonly nsPerHash: () => number };

/** Each one's nanoseconds a hash by round; the first round, in which code warms up, is left out. */
function measure(list: readonly Measured[]): ReadonlyMap<string, readonly number[]> {
  const times = new Map(list.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, nsPerHash } of list) {
      const ns = nsPerHash();
      if (round > 0) times.get(name)!.push(ns);
    }
  }
  return times;
}

const best = (times: ReadonlyMap<string, readonly number[]>, name: string) => Math.min(...times.get(name)!);

/** How many times faster `name` was than `other`. */
function ratio(times: ReadonlyMap<string, readonly number[]>, name: string, other: string): number {
  return best(times, other) / best(times, name);
}

const round3 = (value: number) => Number(value.toPrecision(3));

function timed(hashes: number, work: () => void): number {
  const from = performance.now();
  work();
  return ((performance.now() - from) * 1e6) / hashes;
}

/** Nanoseconds a hash of the best of some ticks. */
function bestTick(tick: () => void): number {
  return Math.min(...Array.from({ length: ticks }, () => timed(hashesPerTick, tick)));
}

// The limit.

const limitProgram = "node_modules/.escapement-bench/poh-limit";

/** Compiles the program; false where there is no compiler, or no processor for it. */
function buildLimit(): boolean {
  mkdirSync("node_modules/.escapement-bench", { recursive: true });
  const flags = ["-O3", "-msha", "-msse4.1", "-mssse3", "-o", limitProgram, "bench/native/poh-limit.c"];
  return (
    spawnSync(process.env.CC || "cc", flags).status === 0 && spawnSync(limitProgram, ["raw", "1", "1"]).status === 0
  );
}

/** A chain is timed tick by tick, as it is made, and the best tick counts. */
const hashesPerTick = 12_500;
const ticks = 40;

function runLimit(kind: "raw" | "hex", expected: string): number {
  const args = [kind, String(ticks), String(hashesPerTick)];
  const [ns, end] = spawnSync(limitProgram, args, { encoding: "utf8" }).stdout.trim().split(" ");
  if (end !== expected) throw new Error(`the limit's ${kind} chain ends at ${end}, not ${expected}`);
  return Number(ns);
}

// Making.

/** By whatever can be had here; the limit is named "limit". */
function making(): { readonly times: ReadonlyMap<string, readonly number[]>; readonly hasLimit: boolean } {
  const start = new Uint8Array(32);
  const by = (kernel: PohKernel): Measured => ({
    name: kernel.name,
    nsPerHash() {
      let hash: Uint8Array = start;
      return bestTick(() => {
        hash = kernel.hashChain(hash, hashesPerTick);
      });
    },
  });
  const list = [portablePohKernel];
  const wasm = createWasmPohKernel();
  if (wasm !== null) list.unshift(wasm);
  const engines = nativeEngines();
  const plainC = loadNativeSha256(undefined, engines.length - 1);
  const native = loadNativeSha256();
  if (plainC !== null && engines.length > 1) list.unshift(plainC.kernel);
  if (native !== null) list.unshift(native.kernel);
  const rawEnd = encodeHex((native?.kernel ?? portablePohKernel).hashChain(start, ticks * hashesPerTick));
  const hasLimit = buildLimit();
  const limit = { name: "limit", nsPerHash: () => runLimit("raw", rawEnd) };
  return { times: measure([...(hasLimit ? [limit] : []), ...list.map(by)]), hasLimit };
}

/** The tutorial's chain, of hex digits. */
function makingHex(hasLimit: boolean): ReadonlyMap<string, readonly number[]> {
  const start = "0".repeat(64);
  const hexEnd = hasLimit ? hexHashChain(start, ticks * hashesPerTick) : "";
  const limit = { name: "limit", nsPerHash: () => runLimit("hex", hexEnd) };
  const portable = { name: "portable", nsPerHash: () => bestTick(() => void hexHashChain(start, hashesPerTick)) };
  return measure([...(hasLimit ? [limit] : []), portable]);
}

function tellMaking(title: string, times: ReadonlyMap<string, readonly number[]>, hasLimit: boolean) {
  return [...times.keys()].map((name) => {
    const nsPerHash = round3(best(times, name));
    const ofLimit = hasLimit ? round3(ratio(times, name, "limit")) : null;
    const share = ofLimit === null ? "" : `${ofLimit.toFixed(2)} of the limit`;
    print(title.padEnd(16), name.padEnd(36), `${nsPerHash} ns a hash`.padEnd(18), share);
    return { name, nsPerHash, ofLimit };
  });
}

// Checking.

/** In a round each checks for so long, as often as it can. */
const checkMs = 60;

/** Nanoseconds a hash of the best of as many times as fit, at least one. */
function bestWithin(ms: number, hashes: number, work: () => void): number {
  const until = performance.now() + ms;
  let best = timed(hashes, work);
  while (performance.now() < until) best = Math.min(best, timed(hashes, work));
  return best;
}

type Entries = Parameters<typeof verifyEntries>[0];

/** `kernel` with its chains done one after another. */
function oneLane(kernel: PohKernel): PohKernel {
  return {
    ...kernel,
    hashChains(hashes, counts) {
      const ends = new Uint8Array(hashes.length);
      for (const [i, count] of counts.entries()) {
        ends.set(kernel.hashChain(hashes.subarray(32 * i, 32 * i + 32), count), 32 * i);
      }
      return ends;
    },
  };
}

function checkers(): readonly { readonly name: string; readonly kernel: PohKernel }[] {
  const list: { name: string; kernel: PohKernel }[] = [];
  const add = (name: KernelName, kernel: PohKernel | null) => {
    if (kernel === null) return;
    list.push({ name: `${name}, one lane`, kernel: oneLane(kernel) }, { name: `${name}, lanes`, kernel });
    list.push({ name: `${name}, all cores`, kernel: chooseKernel(name).poh });
  };
  add("native", loadNativeSha256()?.kernel ?? null);
  add("wasm", createWasmPohKernel());
  list.push({ name: "portable", kernel: portablePohKernel });
  return list;
}

/** A chain of so many ticks. */
function ticksOf(count: number, numHashes: number): Entries {
  const startHash = new Uint8Array(32).fill(1);
  const make = (loadNativeSha256()?.kernel ?? portablePohKernel).hashChain;
  const entries = [];
  for (let i = 0, hash = startHash; i < count; i++) {
    hash = make(hash, numHashes) as typeof hash;
    entries.push({ numHashes, hash, transactionSignatures: [] });
  }
  return { startHash, entries };
}

/** As the vectors write it. */
type Slot = {
  readonly start_hash: string;
  readonly entries: readonly (readonly [number, string, ...string[][]])[];
};

function slotOf(name: string): Entries {
  const slot = readVector<Slot>(`poh/${name}.json`);
  const entries = slot.entries.map(([numHashes, hash, ...transactions]) => ({
    numHashes,
    hash: decodeHex(hash)!,
    transactionSignatures: transactions.map((signatures) => signatures.map((text) => decodeHex(text)!)),
  }));
  return { startHash: slot.start_hash, entries };
}

const slots = ["mainnet-slot-0", "mainnet-slot-1", "testnet-slot-417955322"];

function checking(title: string, input: Entries) {
  const hashes = input.entries.reduce((sum, { numHashes }) => sum + Number(numHashes), 0);
  const list = checkers();
  const times = measure(
    list.map(({ name, kernel }) => ({
      name,
      nsPerHash: () =>
        bestWithin(checkMs, hashes, () => {
          if (!verifyEntries({ ...input, kernel }).ok) throw new Error(`${name} refuses ${title}`);
        }),
    })),
  );
  return list.map(({ name }) => {
    const perSecond = round3(1e9 / best(times, name));
    const [kind] = name.split(",");
    const base = times.has("native, one lane") ? "native, one lane" : null;
    const ofNativeLane = base === null ? null : round3(ratio(times, name, base));
    /** Of what all cores would do with one lane of this kernel each. */
    const own = `${kind}, one lane`;
    const ofOwnLanes = times.has(own) ? round3(ratio(times, name, own) / cores) : null;
    print(
      title.padEnd(24),
      name.padEnd(20),
      `${round3(perSecond / 1e6)} M hashes/s`.padEnd(18),
      ofNativeLane === null ? "" : `${ofNativeLane.toFixed(2)} × native, one core, one lane`.padEnd(38),
      name.endsWith("all cores") ? `${ofOwnLanes?.toFixed(2)} × its one lane on each of ${cores} cores` : "",
    );
    return { input: title, name, hashesPerSecond: perSecond, ofNativeLane, ofOwnLanes };
  });
}

print(`native: ${nativeEngines().join(" | ") || "not built"}; ${cores} cores`);
const { times, hasLimit } = making();
if (!hasLimit) print("no C compiler, or no SHA extensions: there is no limit to compare with");
const made = tellMaking("making a chain", times, hasLimit);
const madeHex = tellMaking("of hex digits", makingHex(hasLimit), hasLimit);
const checked = [
  ...checking("64 ticks of 12500", ticksOf(64, 12_500)),
  ...checking("1000 entries of 800", ticksOf(1000, 800)),
];
if (vectorsPresent) for (const name of slots) checked.push(...checking(name, slotOf(name)));
else print(`real slots: ${vectorsNote}`);
/** The best that a list of results says of those whose names match; NaN where there is none. */
function bestOf<T>(list: readonly T[], matches: (result: T) => boolean, value: (result: T) => number | null): number {
  const values = list
    .filter(matches)
    .map(value)
    .filter((each) => each !== null);
  return values.length === 0 ? Number.NaN : Math.max(...values);
}

const targets: Target[] = [];
if (hasLimit && nativeEngines().length > 0) {
  const isNative = ({ name }: { name: string }) => name.startsWith("native x86 SHA-NI");
  const isFallback = ({ name }: { name: string }) => name.startsWith("wasm") || name === "portable";
  const native = bestOf(made, isNative, ({ ofLimit }) => ofLimit);
  const fallback = bestOf(made, isFallback, ({ ofLimit }) => ofLimit);
  targets.push(judge("a chain, native, of the C limit", "×", { atLeast: 0.95 }, native));
  targets.push(judge("a chain, portable fallback, of the C limit", "×", { atLeast: 0.3 }, fallback));
}
if (cores >= 2) {
  const worst = (name: string, value: (result: (typeof checked)[number]) => number | null) =>
    Math.min(...checked.filter((result) => result.name === name).map((result) => value(result) ?? Number.NaN));
  const natively = worst("native, all cores", ({ ofNativeLane }) => ofNativeLane);
  const byWasm = worst("wasm, all cores", ({ ofOwnLanes }) => ofOwnLanes);
  if (nativeEngines().length > 0)
    targets.push(judge("checking, all cores, of one lane of one", "×", { atLeast: 3 }, natively));
  targets.push(judge("checking by wasm, of one lane a core", "×", { atLeast: 1 }, byWasm));
}
process.stdout.write(`\n${formatTargets(targets)}\n`);
appendResult("poh", { rounds, engines: nativeEngines(), made, madeHex, checked, targets });
// Nothing was computed for nothing: the kernels agree.
const ends = checkers().map(({ kernel }) => encodeHex(kernel.hashChain(new Uint8Array(32), 1000)));
if (!ends.every((end) => end === encodeHex(hashChain(new Uint8Array(32), 1000)))) throw new Error("kernels disagree");
