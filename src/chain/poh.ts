/**
 * The Proof of History recorder: the clock a leader builds its block on.
 *
 *     hashesPerTick 4:   h ─ h ─ MIX ─ TICK │ MIX ─ h ─ h ─ TICK │ …
 *                        advance(2)         │ record at once
 *                        record(mixin)      │ tick() does the hashes still missing
 *                        tick()
 *
 * The last hash before a tick is always the tick's own: with one hash left, nothing more is recorded before the tick.
 * Rule: Agave's `entry/src/poh.rs`.
 */
import { assert } from "../base/assert.ts";
import type { PohKernel } from "./crypto.ts";
import { computeEntryHash, type PohEntry } from "./entry.ts";

export type PohRecorderOptions = {
  /** 32 bytes: the parent block's last hash. */
  readonly startHash: Uint8Array;
  /** 0: ticks of a single hash, and as many hashes between them as one likes. */
  readonly hashesPerTick: number;
  /** Ticks of the whole block: those of its slot and of the slots skipped since its parent. */
  readonly ticksTotal: number;
  readonly kernel: PohKernel;
};

class PohRecorder {
  readonly #kernel: PohKernel;
  readonly #hashesPerTick: number;
  readonly #ticksTotal: number;
  #hash: Uint8Array;
  #ticksDone = 0;
  #hashesInTick = 0;
  #hashesInEntry = 0;

  constructor(options: PohRecorderOptions) {
    assert(options.startHash.length === 32, `a hash has 32 bytes, not ${options.startHash.length}`);
    assertCount(options.hashesPerTick, "hashesPerTick");
    assertCount(options.ticksTotal, "ticksTotal");
    this.#kernel = options.kernel;
    this.#hashesPerTick = options.hashesPerTick;
    this.#ticksTotal = options.ticksTotal;
    this.#hash = options.startHash;
  }

  /** Where the chain stands; do not change the array. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  get ticksDone(): number {
    return this.#ticksDone;
  }

  /** Hashes up to and with the next tick; null where hashes are not counted. */
  get hashesLeftInTick(): number | null {
    return this.#hashesPerTick === 0 ? null : this.#hashesPerTick - this.#hashesInTick;
  }

  /** Lets time pass: `count` plain hashes, or as many as leave one to the tick. Returns how many it did. */
  advance(count: number): number {
    assertCount(count, "count");
    const done = Math.min(count, (this.hashesLeftInTick ?? Number.MAX_SAFE_INTEGER) - 1);
    this.#hash = this.#kernel.hashChain(this.#hash, done);
    this.#hashesInTick += done;
    this.#hashesInEntry += done;
    return done;
  }

  /** Mixes 32 bytes in with one hash, which ends an entry. Null when the hash left belongs to the tick: tick first. */
  record(mixin: Uint8Array): PohEntry | null {
    assert(this.#ticksDone < this.#ticksTotal, "the block's last tick is done");
    if (this.hashesLeftInTick === 1) return null;
    return this.#endEntry(1, mixin);
  }

  /** Does the hashes left up to the tick, which ends an entry. */
  tick(): PohEntry {
    assert(this.#ticksDone < this.#ticksTotal, "the block's last tick is done");
    const entry = this.#endEntry(this.hashesLeftInTick ?? 1, null);
    this.#ticksDone++;
    this.#hashesInTick = 0;
    return entry;
  }

  #endEntry(hashes: number, mixin: Uint8Array | null): PohEntry {
    this.#hash = computeEntryHash(this.#hash, hashes, mixin, this.#kernel);
    const entry = { numHashes: this.#hashesInEntry + hashes, hash: this.#hash };
    this.#hashesInTick += hashes;
    this.#hashesInEntry = 0;
    return entry;
  }
}

function assertCount(value: number, name: string): void {
  assert(Number.isSafeInteger(value) && value >= 0, `${name} is not a count: ${value}`);
}

export type { PohRecorder };

export function createPohRecorder(options: PohRecorderOptions): PohRecorder {
  return new PohRecorder(options);
}
