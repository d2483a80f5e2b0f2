/**
 * Named streams of randomness from one seed, for simulators: every part of a world draws from its own stream, so that
 * one more draw in one part leaves all others as they were.
 *
 *     seed "7" ──┬─ stream "network"   ──> 4, 1, 6 …
 *                └─ stream "faults"    ──> 0, 0, 2 …       snapshot() -> { stream, position }: plain, to rewind to
 *
 * A stream is ChaCha20 under the key sha256(tag || seed's length || seed || name). Integers only, without bias.
 */
import { assert } from "./assert.ts";
import { ByteWriter, utf8Bytes } from "./bytes.ts";
import { createChaCha20 } from "./chacha20.ts";
import { sha256 } from "./sha256.ts";

/** Where a stream stands; plain data. */
export type RandomSnapshot = {
  readonly stream: string;
  /** 32-bit words drawn so far. */
  readonly position: number;
};

export type Random = {
  readonly stream: string;
  u32(): number;
  u64(): bigint;
  /** 0 <= result < n, each equally likely; n a safe integer above 0. */
  below(n: number): number;
  belowBig(n: bigint): bigint;
  bytes(count: number): Uint8Array;
  /** True in `numerator` of `denominator` cases. Always draws, so that a changed chance shifts no later draw. */
  chance(numerator: number, denominator: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** A copy in random order. */
  shuffled<T>(list: readonly T[]): T[];
  snapshot(): RandomSnapshot;
  /** Goes back (or on) to where this stream stood. */
  restore(snapshot: RandomSnapshot): void;
};

const domainTag = utf8Bytes("escapement:random:v1");

function computeStreamKey(seed: string | Uint8Array, stream: string): Uint8Array {
  const seedBytes = typeof seed === "string" ? utf8Bytes(seed) : seed;
  return sha256(new ByteWriter().bytes(domainTag).sized(seedBytes).bytes(utf8Bytes(stream)).finish());
}

/** The stream of this name under this seed (a text counts as its UTF-8 bytes), at its beginning. */
export function createRandom(seed: string | Uint8Array, stream: string): Random {
  const source = createChaCha20(computeStreamKey(seed, stream));

  function belowBig(n: bigint): bigint {
    assert(n > 0n, `nothing lies below ${n}`);
    const bits = (n - 1n).toString(2).length;
    const words = Math.ceil(bits / 32);
    for (;;) {
      let value = 0n;
      for (let i = 0; i < words; i++) value |= BigInt(source.nextU32()) << BigInt(32 * i);
      value = BigInt.asUintN(bits, value);
      if (value < n) return value;
    }
  }

  function below(n: number): number {
    assert(Number.isSafeInteger(n) && n > 0, `nothing lies below ${n}`);
    if (n > 2 ** 32) return Number(belowBig(BigInt(n)));
    const limit = 2 ** 32 - (2 ** 32 % n);
    for (;;) {
      const value = source.nextU32();
      if (value < limit) return value % n;
    }
  }

  function bytes(count: number): Uint8Array {
    const drawn = new Uint8Array(count);
    for (let i = 0, word = 0; i < count; i++, word >>>= 8) {
      if (i % 4 === 0) word = source.nextU32();
      drawn[i] = word;
    }
    return drawn;
  }

  function chance(numerator: number, denominator: number): boolean {
    const drawn = below(denominator);
    assert(Number.isSafeInteger(numerator) && numerator >= 0 && numerator <= denominator, "a chance lies from 0 to 1");
    return drawn < numerator;
  }

  function pick<T>(list: readonly T[]): T {
    assert(list.length > 0, "an empty list has nothing to pick");
    return list[below(list.length)]!;
  }

  function shuffled<T>(list: readonly T[]): T[] {
    const order = [...list];
    for (let i = order.length - 1; i > 0; i--) {
      const j = below(i + 1);
      const moved = order[i]!;
      order[i] = order[j]!;
      order[j] = moved;
    }
    return order;
  }

  function restore(snapshot: RandomSnapshot): void {
    assert(snapshot.stream === stream, `a snapshot of stream "${snapshot.stream}" does not fit stream "${stream}"`);
    source.seek(snapshot.position);
  }

  return {
    stream,
    u32: source.nextU32,
    u64: source.nextU64,
    below,
    belowBig,
    bytes,
    chance,
    pick,
    shuffled,
    snapshot: () => ({ stream, position: source.position() }),
    restore,
  };
}
