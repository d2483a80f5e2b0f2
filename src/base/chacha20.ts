/**
 * ChaCha20 as a random generator: the keystream's 32-bit words, in order. One key gives one endless, seekable sequence.
 *
 *     key ──┬─ block 0 ──> word 0 … word 15
 *           ├─ block 1 ──> word 16 …            u64 = two words, the low one first
 *           └─ …
 *
 * Rule: D. J. Bernstein's ChaCha with 20 rounds in its first layout, a 64-bit block counter (words 12 and 13) and a
 * 64-bit stream number (words 14 and 15, here 0); this is Rust's `ChaCha20Rng::from_seed`, which draws Solana's leaders.
 */
import { assert } from "./assert.ts";

export type ChaCha20 = {
  nextU32(): number;
  nextU64(): bigint;
  /** Words drawn so far: where the generator stands. */
  position(): number;
  /** Goes to any position, forwards or back. */
  seek(position: number): void;
};

const wordsPerBlock = 16;

/** "expand 32-byte k" */
const constants = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

/** A generator that stands at word 0 of the key's (32 bytes) stream. */
export function createChaCha20(key: Uint8Array): ChaCha20 {
  assert(key.length === 32, `a ChaCha20 key has 32 bytes, not ${key.length}`);
  const input = new Int32Array(wordsPerBlock);
  const output = new Int32Array(wordsPerBlock);
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  input.set(constants);
  for (let i = 0; i < 8; i++) input[4 + i] = view.getInt32(4 * i, true);
  let nextBlock = 0;
  let nextWord = wordsPerBlock;

  function refill(): void {
    input[12] = nextBlock;
    input[13] = Math.floor(nextBlock / 2 ** 32);
    computeBlock(input, output);
    nextBlock++;
    nextWord = 0;
  }

  function nextU32(): number {
    if (nextWord === wordsPerBlock) refill();
    return output[nextWord++]! >>> 0;
  }

  function nextU64(): bigint {
    const low = nextU32();
    return (BigInt(nextU32()) << 32n) | BigInt(low);
  }

  function seek(position: number): void {
    assert(Number.isSafeInteger(position) && position >= 0, `not a position in a stream: ${position}`);
    nextBlock = Math.floor(position / wordsPerBlock);
    nextWord = wordsPerBlock;
    const word = position % wordsPerBlock;
    if (word === 0) return;
    refill();
    nextWord = word;
  }

  return { nextU32, nextU64, position: () => wordsPerBlock * (nextBlock - 1) + nextWord, seek };
}

function computeBlock(input: Int32Array, output: Int32Array): void {
  const x = output;
  x.set(input);
  for (let i = 0; i < 10; i++) {
    quarterRound(x, 0, 4, 8, 12);
    quarterRound(x, 1, 5, 9, 13);
    quarterRound(x, 2, 6, 10, 14);
    quarterRound(x, 3, 7, 11, 15);
    quarterRound(x, 0, 5, 10, 15);
    quarterRound(x, 1, 6, 11, 12);
    quarterRound(x, 2, 7, 8, 13);
    quarterRound(x, 3, 4, 9, 14);
  }
  for (let i = 0; i < wordsPerBlock; i++) x[i] = x[i]! + input[i]!;
}

function quarterRound(x: Int32Array, i: number, j: number, k: number, l: number): void {
  let a = x[i]!;
  let b = x[j]!;
  let c = x[k]!;
  let d = x[l]!;
  a = (a + b) | 0;
  d ^= a;
  d = (d << 16) | (d >>> 16);
  c = (c + d) | 0;
  b ^= c;
  b = (b << 12) | (b >>> 20);
  a = (a + b) | 0;
  d ^= a;
  d = (d << 8) | (d >>> 24);
  c = (c + d) | 0;
  b ^= c;
  b = (b << 7) | (b >>> 25);
  x[i] = a;
  x[j] = b;
  x[k] = c;
  x[l] = d;
}
