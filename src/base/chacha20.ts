/**
 * ChaCha20 as a random generator: the keystream's 32-bit words, in order. One key gives one endless, seekable sequence.
 *
 *     key ──┬─ block 0 ──> word 0 … word 15
 *           ├─ block 1 ──> word 16 …            u64 = two words, the low one first
 *           └─ …
 *
 * Rule: D. J. Bernstein's ChaCha with 20 rounds in its first layout, a 64-bit block counter (words 12 and 13) and a
 * 64-bit stream number (words 14 and 15, here 0); this is Rust's `ChaCha20Rng::from_seed`, which draws Solana's leaders.
 *
 * Many blocks at once may come from faster code that the host has handed in: a whole schedule takes thousands, which at the
 * start of a process, before the engine has compiled what is below, would be most of its time.
 */
import { assert } from "./assert.ts";

export type ChaCha20 = {
  nextU32(): number;
  nextU64(): bigint;
  /** The next words, as many as there is room for: whole blocks go there at once. */
  fill(words: Uint32Array): void;
  /** Words drawn so far: where the generator stands. */
  position(): number;
  /** Goes to any position, forwards or back. */
  seek(position: number): void;
};

/**
 * Whole blocks of a key's stream, from one on, into `words`; none beyond 2^32. False: it has not done it. What it does must
 * be what the code below would have done.
 */
export type Keystream = (key: Uint8Array, firstBlock: number, words: Uint32Array) => boolean;

let handedIn: Keystream | null = null;

/** Null: none, from now on. */
export function handInKeystream(keystream: Keystream | null): void {
  handedIn = keystream;
}

/** Fewer blocks are here sooner than other code is set up. */
const manyBlocks = 64;

const wordsPerBlock = 16;

/** "expand 32-byte k" */
const constants = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

/** A generator that stands at word 0 of the key's (32 bytes) stream. */
export function createChaCha20(key: Uint8Array): ChaCha20 {
  assert(key.length === 32, `a ChaCha20 key has 32 bytes, not ${key.length}`);
  const input = new Int32Array(wordsPerBlock);
  const output = new Uint32Array(wordsPerBlock);
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  input.set(constants);
  for (let i = 0; i < 8; i++) input[4 + i] = view.getInt32(4 * i, true);
  const ownKey = key.slice();
  let nextBlock = 0;
  let nextWord = wordsPerBlock;

  function computeNext(words: Uint32Array, at: number): void {
    input[12] = nextBlock;
    input[13] = Math.floor(nextBlock / 2 ** 32);
    computeBlock(input, words, at);
    nextBlock++;
  }

  function refill(): void {
    computeNext(output, 0);
    nextWord = 0;
  }

  function nextU32(): number {
    if (nextWord === wordsPerBlock) refill();
    return output[nextWord++]!;
  }

  function nextU64(): bigint {
    const low = nextU32();
    return (BigInt(nextU32()) << 32n) | BigInt(low);
  }

  function fill(words: Uint32Array): void {
    let at = 0;
    while (at < words.length && nextWord < wordsPerBlock) words[at++] = output[nextWord++]!;
    at += wordsPerBlock * fillMany(words.subarray(at));
    for (; at + wordsPerBlock <= words.length; at += wordsPerBlock) computeNext(words, at);
    while (at < words.length) words[at++] = nextU32();
  }

  /** As many blocks as came from elsewhere. */
  function fillMany(words: Uint32Array): number {
    const blocks = Math.floor(words.length / wordsPerBlock);
    if (handedIn === null || blocks < manyBlocks || nextBlock + blocks > 2 ** 32) return 0;
    if (!handedIn(ownKey, nextBlock, words.subarray(0, wordsPerBlock * blocks))) return 0;
    nextBlock += blocks;
    return blocks;
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

  return { nextU32, nextU64, fill, position: () => wordsPerBlock * (nextBlock - 1) + nextWord, seek };
}

/** One block to words[at …]. In locals, which stay in registers: four times as fast as rounds over an array. */
function computeBlock(input: Int32Array, words: Uint32Array, at: number): void {
  let x0 = input[0]!;
  let x1 = input[1]!;
  let x2 = input[2]!;
  let x3 = input[3]!;
  let x4 = input[4]!;
  let x5 = input[5]!;
  let x6 = input[6]!;
  let x7 = input[7]!;
  let x8 = input[8]!;
  let x9 = input[9]!;
  let x10 = input[10]!;
  let x11 = input[11]!;
  let x12 = input[12]!;
  let x13 = input[13]!;
  let x14 = input[14]!;
  let x15 = input[15]!;

  for (let round = 0; round < 10; round++) {
    x0 = (x0 + x4) | 0;
    x12 ^= x0;
    x12 = (x12 << 16) | (x12 >>> 16);
    x8 = (x8 + x12) | 0;
    x4 ^= x8;
    x4 = (x4 << 12) | (x4 >>> 20);
    x0 = (x0 + x4) | 0;
    x12 ^= x0;
    x12 = (x12 << 8) | (x12 >>> 24);
    x8 = (x8 + x12) | 0;
    x4 ^= x8;
    x4 = (x4 << 7) | (x4 >>> 25);
    x1 = (x1 + x5) | 0;
    x13 ^= x1;
    x13 = (x13 << 16) | (x13 >>> 16);
    x9 = (x9 + x13) | 0;
    x5 ^= x9;
    x5 = (x5 << 12) | (x5 >>> 20);
    x1 = (x1 + x5) | 0;
    x13 ^= x1;
    x13 = (x13 << 8) | (x13 >>> 24);
    x9 = (x9 + x13) | 0;
    x5 ^= x9;
    x5 = (x5 << 7) | (x5 >>> 25);
    x2 = (x2 + x6) | 0;
    x14 ^= x2;
    x14 = (x14 << 16) | (x14 >>> 16);
    x10 = (x10 + x14) | 0;
    x6 ^= x10;
    x6 = (x6 << 12) | (x6 >>> 20);
    x2 = (x2 + x6) | 0;
    x14 ^= x2;
    x14 = (x14 << 8) | (x14 >>> 24);
    x10 = (x10 + x14) | 0;
    x6 ^= x10;
    x6 = (x6 << 7) | (x6 >>> 25);
    x3 = (x3 + x7) | 0;
    x15 ^= x3;
    x15 = (x15 << 16) | (x15 >>> 16);
    x11 = (x11 + x15) | 0;
    x7 ^= x11;
    x7 = (x7 << 12) | (x7 >>> 20);
    x3 = (x3 + x7) | 0;
    x15 ^= x3;
    x15 = (x15 << 8) | (x15 >>> 24);
    x11 = (x11 + x15) | 0;
    x7 ^= x11;
    x7 = (x7 << 7) | (x7 >>> 25);
    x0 = (x0 + x5) | 0;
    x15 ^= x0;
    x15 = (x15 << 16) | (x15 >>> 16);
    x10 = (x10 + x15) | 0;
    x5 ^= x10;
    x5 = (x5 << 12) | (x5 >>> 20);
    x0 = (x0 + x5) | 0;
    x15 ^= x0;
    x15 = (x15 << 8) | (x15 >>> 24);
    x10 = (x10 + x15) | 0;
    x5 ^= x10;
    x5 = (x5 << 7) | (x5 >>> 25);
    x1 = (x1 + x6) | 0;
    x12 ^= x1;
    x12 = (x12 << 16) | (x12 >>> 16);
    x11 = (x11 + x12) | 0;
    x6 ^= x11;
    x6 = (x6 << 12) | (x6 >>> 20);
    x1 = (x1 + x6) | 0;
    x12 ^= x1;
    x12 = (x12 << 8) | (x12 >>> 24);
    x11 = (x11 + x12) | 0;
    x6 ^= x11;
    x6 = (x6 << 7) | (x6 >>> 25);
    x2 = (x2 + x7) | 0;
    x13 ^= x2;
    x13 = (x13 << 16) | (x13 >>> 16);
    x8 = (x8 + x13) | 0;
    x7 ^= x8;
    x7 = (x7 << 12) | (x7 >>> 20);
    x2 = (x2 + x7) | 0;
    x13 ^= x2;
    x13 = (x13 << 8) | (x13 >>> 24);
    x8 = (x8 + x13) | 0;
    x7 ^= x8;
    x7 = (x7 << 7) | (x7 >>> 25);
    x3 = (x3 + x4) | 0;
    x14 ^= x3;
    x14 = (x14 << 16) | (x14 >>> 16);
    x9 = (x9 + x14) | 0;
    x4 ^= x9;
    x4 = (x4 << 12) | (x4 >>> 20);
    x3 = (x3 + x4) | 0;
    x14 ^= x3;
    x14 = (x14 << 8) | (x14 >>> 24);
    x9 = (x9 + x14) | 0;
    x4 ^= x9;
    x4 = (x4 << 7) | (x4 >>> 25);
  }
  words[at + 0] = x0 + input[0]!;
  words[at + 1] = x1 + input[1]!;
  words[at + 2] = x2 + input[2]!;
  words[at + 3] = x3 + input[3]!;
  words[at + 4] = x4 + input[4]!;
  words[at + 5] = x5 + input[5]!;
  words[at + 6] = x6 + input[6]!;
  words[at + 7] = x7 + input[7]!;
  words[at + 8] = x8 + input[8]!;
  words[at + 9] = x9 + input[9]!;
  words[at + 10] = x10 + input[10]!;
  words[at + 11] = x11 + input[11]!;
  words[at + 12] = x12 + input[12]!;
  words[at + 13] = x13 + input[13]!;
  words[at + 14] = x14 + input[14]!;
  words[at + 15] = x15 + input[15]!;
}
