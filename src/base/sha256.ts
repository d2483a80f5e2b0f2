/**
 * SHA-256, made for chains: Proof of History is nothing but h = sha256(h), millions of times, so the whole chain runs
 * inside one loop, on integers, without a byte array in between.
 *
 *     hash ──compress──> hash ──compress──> hash … count times         hashChain, mix: 32 raw bytes
 *     text ──sha256──> "aeeb…718e" ──sha256──> "4f15…56fc" …           hexHashChain: the 64 hex digits are hashed
 *
 * Rule: FIPS 180-4. The tests compare every function with another implementation, at every length near a block's end.
 */
import { assert } from "./assert.ts";
import { encodeHex, utf8Bytes } from "./bytes.ts";

export const roundConstants = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);

export const initialState = new Int32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** Padding's first bit, as the word that follows a message of whole words. */
const paddingBit = 0x80000000 | 0;
const hashBits = 256;

/** A long chain is cut into calls, so that the engine can change over to its best code for the loop in between. */
const hashesPerCall = 1024;

// Scratch space, overwritten by every call: nothing of it outlives one, and none of these functions calls back.
const state = new Int32Array(8);
const block = new Int32Array(16);

/**
 * Compresses `block` into `state`; then, count - 1 times, starts again with the state reached as a 32-byte message.
 * Sixteen rounds and sixteen words live in local variables, hence the length of this one function: keeping the words in
 * an array costs a third more, and a loop of single rounds half as much again.
 */
function compress(count: number): void {
  let s0 = state[0]!;
  let s1 = state[1]!;
  let s2 = state[2]!;
  let s3 = state[3]!;
  let s4 = state[4]!;
  let s5 = state[5]!;
  let s6 = state[6]!;
  let s7 = state[7]!;
  let w0 = block[0]!;
  let w1 = block[1]!;
  let w2 = block[2]!;
  let w3 = block[3]!;
  let w4 = block[4]!;
  let w5 = block[5]!;
  let w6 = block[6]!;
  let w7 = block[7]!;
  let w8 = block[8]!;
  let w9 = block[9]!;
  let w10 = block[10]!;
  let w11 = block[11]!;
  let w12 = block[12]!;
  let w13 = block[13]!;
  let w14 = block[14]!;
  let w15 = block[15]!;
  let t = 0;
  for (let left = count; ; ) {
    let a = s0;
    let b = s1;
    let c = s2;
    let d = s3;
    let e = s4;
    let f = s5;
    let g = s6;
    let h = s7;
    // biome-ignore format: one round in two lines, one schedule word a line
    for (let i = 0; ; i += 16) {
      t = (h + roundConstants[i]! + w0 + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (g ^ (e & (f ^ g)))) | 0; d = (d + t) | 0;
      h = (t + ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + ((a & b) ^ (c & (a ^ b)))) | 0;
      t = (g + roundConstants[i + 1]! + w1 + ((d >>> 6 | d << 26) ^ (d >>> 11 | d << 21) ^ (d >>> 25 | d << 7)) + (f ^ (d & (e ^ f)))) | 0; c = (c + t) | 0;
      g = (t + ((h >>> 2 | h << 30) ^ (h >>> 13 | h << 19) ^ (h >>> 22 | h << 10)) + ((h & a) ^ (b & (h ^ a)))) | 0;
      t = (f + roundConstants[i + 2]! + w2 + ((c >>> 6 | c << 26) ^ (c >>> 11 | c << 21) ^ (c >>> 25 | c << 7)) + (e ^ (c & (d ^ e)))) | 0; b = (b + t) | 0;
      f = (t + ((g >>> 2 | g << 30) ^ (g >>> 13 | g << 19) ^ (g >>> 22 | g << 10)) + ((g & h) ^ (a & (g ^ h)))) | 0;
      t = (e + roundConstants[i + 3]! + w3 + ((b >>> 6 | b << 26) ^ (b >>> 11 | b << 21) ^ (b >>> 25 | b << 7)) + (d ^ (b & (c ^ d)))) | 0; a = (a + t) | 0;
      e = (t + ((f >>> 2 | f << 30) ^ (f >>> 13 | f << 19) ^ (f >>> 22 | f << 10)) + ((f & g) ^ (h & (f ^ g)))) | 0;
      t = (d + roundConstants[i + 4]! + w4 + ((a >>> 6 | a << 26) ^ (a >>> 11 | a << 21) ^ (a >>> 25 | a << 7)) + (c ^ (a & (b ^ c)))) | 0; h = (h + t) | 0;
      d = (t + ((e >>> 2 | e << 30) ^ (e >>> 13 | e << 19) ^ (e >>> 22 | e << 10)) + ((e & f) ^ (g & (e ^ f)))) | 0;
      t = (c + roundConstants[i + 5]! + w5 + ((h >>> 6 | h << 26) ^ (h >>> 11 | h << 21) ^ (h >>> 25 | h << 7)) + (b ^ (h & (a ^ b)))) | 0; g = (g + t) | 0;
      c = (t + ((d >>> 2 | d << 30) ^ (d >>> 13 | d << 19) ^ (d >>> 22 | d << 10)) + ((d & e) ^ (f & (d ^ e)))) | 0;
      t = (b + roundConstants[i + 6]! + w6 + ((g >>> 6 | g << 26) ^ (g >>> 11 | g << 21) ^ (g >>> 25 | g << 7)) + (a ^ (g & (h ^ a)))) | 0; f = (f + t) | 0;
      b = (t + ((c >>> 2 | c << 30) ^ (c >>> 13 | c << 19) ^ (c >>> 22 | c << 10)) + ((c & d) ^ (e & (c ^ d)))) | 0;
      t = (a + roundConstants[i + 7]! + w7 + ((f >>> 6 | f << 26) ^ (f >>> 11 | f << 21) ^ (f >>> 25 | f << 7)) + (h ^ (f & (g ^ h)))) | 0; e = (e + t) | 0;
      a = (t + ((b >>> 2 | b << 30) ^ (b >>> 13 | b << 19) ^ (b >>> 22 | b << 10)) + ((b & c) ^ (d & (b ^ c)))) | 0;
      t = (h + roundConstants[i + 8]! + w8 + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (g ^ (e & (f ^ g)))) | 0; d = (d + t) | 0;
      h = (t + ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + ((a & b) ^ (c & (a ^ b)))) | 0;
      t = (g + roundConstants[i + 9]! + w9 + ((d >>> 6 | d << 26) ^ (d >>> 11 | d << 21) ^ (d >>> 25 | d << 7)) + (f ^ (d & (e ^ f)))) | 0; c = (c + t) | 0;
      g = (t + ((h >>> 2 | h << 30) ^ (h >>> 13 | h << 19) ^ (h >>> 22 | h << 10)) + ((h & a) ^ (b & (h ^ a)))) | 0;
      t = (f + roundConstants[i + 10]! + w10 + ((c >>> 6 | c << 26) ^ (c >>> 11 | c << 21) ^ (c >>> 25 | c << 7)) + (e ^ (c & (d ^ e)))) | 0; b = (b + t) | 0;
      f = (t + ((g >>> 2 | g << 30) ^ (g >>> 13 | g << 19) ^ (g >>> 22 | g << 10)) + ((g & h) ^ (a & (g ^ h)))) | 0;
      t = (e + roundConstants[i + 11]! + w11 + ((b >>> 6 | b << 26) ^ (b >>> 11 | b << 21) ^ (b >>> 25 | b << 7)) + (d ^ (b & (c ^ d)))) | 0; a = (a + t) | 0;
      e = (t + ((f >>> 2 | f << 30) ^ (f >>> 13 | f << 19) ^ (f >>> 22 | f << 10)) + ((f & g) ^ (h & (f ^ g)))) | 0;
      t = (d + roundConstants[i + 12]! + w12 + ((a >>> 6 | a << 26) ^ (a >>> 11 | a << 21) ^ (a >>> 25 | a << 7)) + (c ^ (a & (b ^ c)))) | 0; h = (h + t) | 0;
      d = (t + ((e >>> 2 | e << 30) ^ (e >>> 13 | e << 19) ^ (e >>> 22 | e << 10)) + ((e & f) ^ (g & (e ^ f)))) | 0;
      t = (c + roundConstants[i + 13]! + w13 + ((h >>> 6 | h << 26) ^ (h >>> 11 | h << 21) ^ (h >>> 25 | h << 7)) + (b ^ (h & (a ^ b)))) | 0; g = (g + t) | 0;
      c = (t + ((d >>> 2 | d << 30) ^ (d >>> 13 | d << 19) ^ (d >>> 22 | d << 10)) + ((d & e) ^ (f & (d ^ e)))) | 0;
      t = (b + roundConstants[i + 14]! + w14 + ((g >>> 6 | g << 26) ^ (g >>> 11 | g << 21) ^ (g >>> 25 | g << 7)) + (a ^ (g & (h ^ a)))) | 0; f = (f + t) | 0;
      b = (t + ((c >>> 2 | c << 30) ^ (c >>> 13 | c << 19) ^ (c >>> 22 | c << 10)) + ((c & d) ^ (e & (c ^ d)))) | 0;
      t = (a + roundConstants[i + 15]! + w15 + ((f >>> 6 | f << 26) ^ (f >>> 11 | f << 21) ^ (f >>> 25 | f << 7)) + (h ^ (f & (g ^ h)))) | 0; e = (e + t) | 0;
      a = (t + ((b >>> 2 | b << 30) ^ (b >>> 13 | b << 19) ^ (b >>> 22 | b << 10)) + ((b & c) ^ (d & (b ^ c)))) | 0;
      if (i === 48) break;
      w0 = (w0 + ((w1 >>> 7 | w1 << 25) ^ (w1 >>> 18 | w1 << 14) ^ (w1 >>> 3)) + w9 + ((w14 >>> 17 | w14 << 15) ^ (w14 >>> 19 | w14 << 13) ^ (w14 >>> 10))) | 0;
      w1 = (w1 + ((w2 >>> 7 | w2 << 25) ^ (w2 >>> 18 | w2 << 14) ^ (w2 >>> 3)) + w10 + ((w15 >>> 17 | w15 << 15) ^ (w15 >>> 19 | w15 << 13) ^ (w15 >>> 10))) | 0;
      w2 = (w2 + ((w3 >>> 7 | w3 << 25) ^ (w3 >>> 18 | w3 << 14) ^ (w3 >>> 3)) + w11 + ((w0 >>> 17 | w0 << 15) ^ (w0 >>> 19 | w0 << 13) ^ (w0 >>> 10))) | 0;
      w3 = (w3 + ((w4 >>> 7 | w4 << 25) ^ (w4 >>> 18 | w4 << 14) ^ (w4 >>> 3)) + w12 + ((w1 >>> 17 | w1 << 15) ^ (w1 >>> 19 | w1 << 13) ^ (w1 >>> 10))) | 0;
      w4 = (w4 + ((w5 >>> 7 | w5 << 25) ^ (w5 >>> 18 | w5 << 14) ^ (w5 >>> 3)) + w13 + ((w2 >>> 17 | w2 << 15) ^ (w2 >>> 19 | w2 << 13) ^ (w2 >>> 10))) | 0;
      w5 = (w5 + ((w6 >>> 7 | w6 << 25) ^ (w6 >>> 18 | w6 << 14) ^ (w6 >>> 3)) + w14 + ((w3 >>> 17 | w3 << 15) ^ (w3 >>> 19 | w3 << 13) ^ (w3 >>> 10))) | 0;
      w6 = (w6 + ((w7 >>> 7 | w7 << 25) ^ (w7 >>> 18 | w7 << 14) ^ (w7 >>> 3)) + w15 + ((w4 >>> 17 | w4 << 15) ^ (w4 >>> 19 | w4 << 13) ^ (w4 >>> 10))) | 0;
      w7 = (w7 + ((w8 >>> 7 | w8 << 25) ^ (w8 >>> 18 | w8 << 14) ^ (w8 >>> 3)) + w0 + ((w5 >>> 17 | w5 << 15) ^ (w5 >>> 19 | w5 << 13) ^ (w5 >>> 10))) | 0;
      w8 = (w8 + ((w9 >>> 7 | w9 << 25) ^ (w9 >>> 18 | w9 << 14) ^ (w9 >>> 3)) + w1 + ((w6 >>> 17 | w6 << 15) ^ (w6 >>> 19 | w6 << 13) ^ (w6 >>> 10))) | 0;
      w9 = (w9 + ((w10 >>> 7 | w10 << 25) ^ (w10 >>> 18 | w10 << 14) ^ (w10 >>> 3)) + w2 + ((w7 >>> 17 | w7 << 15) ^ (w7 >>> 19 | w7 << 13) ^ (w7 >>> 10))) | 0;
      w10 = (w10 + ((w11 >>> 7 | w11 << 25) ^ (w11 >>> 18 | w11 << 14) ^ (w11 >>> 3)) + w3 + ((w8 >>> 17 | w8 << 15) ^ (w8 >>> 19 | w8 << 13) ^ (w8 >>> 10))) | 0;
      w11 = (w11 + ((w12 >>> 7 | w12 << 25) ^ (w12 >>> 18 | w12 << 14) ^ (w12 >>> 3)) + w4 + ((w9 >>> 17 | w9 << 15) ^ (w9 >>> 19 | w9 << 13) ^ (w9 >>> 10))) | 0;
      w12 = (w12 + ((w13 >>> 7 | w13 << 25) ^ (w13 >>> 18 | w13 << 14) ^ (w13 >>> 3)) + w5 + ((w10 >>> 17 | w10 << 15) ^ (w10 >>> 19 | w10 << 13) ^ (w10 >>> 10))) | 0;
      w13 = (w13 + ((w14 >>> 7 | w14 << 25) ^ (w14 >>> 18 | w14 << 14) ^ (w14 >>> 3)) + w6 + ((w11 >>> 17 | w11 << 15) ^ (w11 >>> 19 | w11 << 13) ^ (w11 >>> 10))) | 0;
      w14 = (w14 + ((w15 >>> 7 | w15 << 25) ^ (w15 >>> 18 | w15 << 14) ^ (w15 >>> 3)) + w7 + ((w12 >>> 17 | w12 << 15) ^ (w12 >>> 19 | w12 << 13) ^ (w12 >>> 10))) | 0;
      w15 = (w15 + ((w0 >>> 7 | w0 << 25) ^ (w0 >>> 18 | w0 << 14) ^ (w0 >>> 3)) + w8 + ((w13 >>> 17 | w13 << 15) ^ (w13 >>> 19 | w13 << 13) ^ (w13 >>> 10))) | 0;
    }
    s0 = (s0 + a) | 0;
    s1 = (s1 + b) | 0;
    s2 = (s2 + c) | 0;
    s3 = (s3 + d) | 0;
    s4 = (s4 + e) | 0;
    s5 = (s5 + f) | 0;
    s6 = (s6 + g) | 0;
    s7 = (s7 + h) | 0;
    left--;
    if (left === 0) break;
    w0 = s0;
    w1 = s1;
    w2 = s2;
    w3 = s3;
    w4 = s4;
    w5 = s5;
    w6 = s6;
    w7 = s7;
    w8 = paddingBit;
    w9 = w10 = w11 = w12 = w13 = w14 = 0;
    w15 = hashBits;
    s0 = initialState[0]!;
    s1 = initialState[1]!;
    s2 = initialState[2]!;
    s3 = initialState[3]!;
    s4 = initialState[4]!;
    s5 = initialState[5]!;
    s6 = initialState[6]!;
    s7 = initialState[7]!;
  }
  state[0] = s0;
  state[1] = s1;
  state[2] = s2;
  state[3] = s3;
  state[4] = s4;
  state[5] = s5;
  state[6] = s6;
  state[7] = s7;
}

/** Reads words of `bytes` from `offset` on into the block, from word `at` on. */
function loadWords(bytes: Uint8Array, offset: number, at: number, count: number): void {
  for (let i = 0, from = offset; i < count; i++, from += 4) {
    block[at + i] = (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!;
  }
}

function stateBytes(): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let i = 0, to = 0; i < 8; i++, to += 4) {
    const word = state[i]!;
    bytes[to] = word >>> 24;
    bytes[to + 1] = word >>> 16;
    bytes[to + 2] = word >>> 8;
    bytes[to + 3] = word;
  }
  return bytes;
}

/** Puts the length, of whole bytes below 2^53, into the block's last two words, as bits. */
function loadBitLength(byteLength: number): void {
  block[14] = Math.floor(byteLength / 0x20000000);
  block[15] = byteLength << 3;
}

/** SHA-256 of any bytes; 32 new bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  state.set(initialState);
  const length = bytes.length;
  let offset = 0;
  for (; offset + 64 <= length; offset += 64) {
    loadWords(bytes, offset, 0, 16);
    compress(1);
  }
  const words = (length - offset) >>> 2;
  loadWords(bytes, offset, 0, words);
  let last = 0;
  for (let i = offset + 4 * words, shift = 24; i < length; i++, shift -= 8) last |= bytes[i]! << shift;
  block[words] = last | (0x80 << (24 - 8 * (length & 3)));
  block.fill(0, words + 1);
  if (words >= 14) {
    compress(1);
    block.fill(0);
  }
  loadBitLength(length);
  compress(1);
  return stateBytes();
}

export function assertHash(bytes: Uint8Array, name: string): void {
  assert(bytes.length === 32, `${name} has 32 bytes, not ${bytes.length}`);
}

export function assertCount(count: number): void {
  assert(Number.isSafeInteger(count) && count >= 0, `not a count of hashes: ${count}`);
}

/** `count` times h = sha256(h), from the 32 bytes given; 32 new bytes. With count 0, a copy. */
export function hashChain(hash: Uint8Array, count: number): Uint8Array {
  assertHash(hash, "a hash");
  assertCount(count);
  if (count === 0) return hash.slice();
  loadWords(hash, 0, 0, 8);
  block[8] = paddingBit;
  block.fill(0, 9);
  block[15] = hashBits;
  for (let left = count; ; left -= hashesPerCall) {
    state.set(initialState);
    compress(Math.min(left, hashesPerCall));
    if (left <= hashesPerCall) return stateBytes();
    for (let i = 0; i < 8; i++) block[i] = state[i]!;
  }
}

/** Whether these can be chains: 32 bytes to a count, and counts of hashes. */
export function assertChains(hashes: Uint8Array, counts: Float64Array): void {
  assert(hashes.length === 32 * counts.length, `${counts.length} counts for ${hashes.length} bytes of hashes`);
  for (const count of counts) assertCount(count);
}

/** Independent chains, one after another: counts[i] hashes from the i-th 32 bytes; as many new bytes as were given. */
export function hashChains(hashes: Uint8Array, counts: Float64Array): Uint8Array {
  assertChains(hashes, counts);
  const ends = new Uint8Array(hashes.length);
  for (let i = 0; i < counts.length; i++) {
    ends.set(hashChain(hashes.subarray(32 * i, 32 * i + 32), counts[i]!), 32 * i);
  }
  return ends;
}

/** sha256(hash || mixin), 32 bytes each; 32 new bytes. */
export function mix(hash: Uint8Array, mixin: Uint8Array): Uint8Array {
  assertHash(hash, "a hash");
  assertHash(mixin, "a mixin");
  state.set(initialState);
  loadWords(hash, 0, 0, 8);
  loadWords(mixin, 0, 8, 8);
  compress(1);
  loadPaddingOf64();
  compress(1);
  return stateBytes();
}

/** The block that follows a message of exactly 64 bytes. */
function loadPaddingOf64(): void {
  block[0] = paddingBit;
  block.fill(0, 1);
  block[15] = 512;
}

/** Sixteen bits as four lower-case hex digits in ASCII, the first digit in the highest byte. */
function hexWord(bits: number): number {
  const pairs = (bits | (bits << 8)) & 0x00ff00ff;
  const digits = (pairs | (pairs << 4)) & 0x0f0f0f0f;
  // Adding 6 carries a digit above 9 into the next four bits: those are the letters, 39 further on than the digits.
  const letters = ((digits + 0x06060606) >>> 4) & 0x01010101;
  return digits + 0x30303030 + Math.imul(letters, 39);
}

/**
 * `count` times text = sha256(text) in hex digits, as in Python `hashlib.sha256(text.encode()).hexdigest()`; 64 digits.
 * With count 0, the text itself.
 */
export function hexHashChain(text: string, count: number): string {
  assertCount(count);
  if (count === 0) return text;
  const first = sha256(utf8Bytes(text));
  loadWords(first, 0, 0, 8);
  for (let i = 0; i < 8; i++) state[i] = block[i]!;
  for (let left = count - 1; left > 0; left--) {
    for (let i = 0; i < 8; i++) {
      const word = state[i]!;
      block[2 * i] = hexWord(word >>> 16);
      block[2 * i + 1] = hexWord(word & 0xffff);
      state[i] = initialState[i]!;
    }
    compress(1);
    loadPaddingOf64();
    compress(1);
  }
  return encodeHex(stateBytes());
}
