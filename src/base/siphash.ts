/**
 * SipHash-1-3: a short keyed hash of 64 bits, one mixing round for each word of the message and three at the end.
 *
 *     v0 … v3 = key ⊕ constants
 *     message ── word of 8 bytes ──> v3 ⊕= word, round, v0 ⊕= word ── … ──> last word: what is left, length in the top byte
 *     v2 ⊕= 255, round, round, round ──> v0 ⊕ v1 ⊕ v2 ⊕ v3
 *
 * Each 64-bit variable is kept as two 32-bit halves: many addresses are hashed at an epoch's boundary, and BigInt takes
 * about ten times as long. Not a cryptographic hash. Rule: Aumasson and Bernstein, "SipHash: a fast short-input PRF", c = 1, d = 3.
 */
import { assert } from "./assert.ts";

/** "somepseudorandomlygeneratedbytes" */
const constants = new Int32Array([
  0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261, 0x6e657261, 0x6c796765, 0x79746573, 0x74656462,
]);

// The four variables, low half first; overwritten by every call, nothing of it outlives one.
const v = new Int32Array(8);

/** v[i] += v[j], of 64 bits. */
function add(i: number, j: number): void {
  const low = (v[i]! >>> 0) + (v[j]! >>> 0);
  v[i] = low;
  v[i + 1] = v[i + 1]! + v[j + 1]! + (low > 0xffff_ffff ? 1 : 0);
}

/** v[i] = rotateLeft(v[i], bits) ^ v[j], for 0 < bits < 32. */
function rotateXor(i: number, bits: number, j: number): void {
  const low = v[i]!;
  const high = v[i + 1]!;
  v[i] = ((low << bits) | (high >>> (32 - bits))) ^ v[j]!;
  v[i + 1] = ((high << bits) | (low >>> (32 - bits))) ^ v[j + 1]!;
}

/** Rotates v[i] by 32 bits. */
function swapHalves(i: number): void {
  const low = v[i]!;
  v[i] = v[i + 1]!;
  v[i + 1] = low;
}

function round(): void {
  add(0, 2);
  rotateXor(2, 13, 0);
  swapHalves(0);
  add(4, 6);
  rotateXor(6, 16, 4);
  add(0, 6);
  rotateXor(6, 21, 0);
  add(4, 2);
  rotateXor(2, 17, 4);
  swapHalves(4);
}

function absorb(low: number, high: number): void {
  v[6] = v[6]! ^ low;
  v[7] = v[7]! ^ high;
  round();
  v[0] = v[0]! ^ low;
  v[1] = v[1]! ^ high;
}

/** Four bytes, little-endian; those that are not there are 0. */
function wordAt(bytes: Uint8Array, at: number): number {
  if (at + 3 < bytes.length)
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  let word = 0;
  for (let i = at; i < bytes.length; i++) word |= bytes[i]! << (8 * (i - at));
  return word;
}

/** The hash as a u64. `key` has 16 bytes: k0, then k1, little-endian. */
export function sipHash13(key: Uint8Array, message: Uint8Array): bigint {
  assert(key.length === 16, `a SipHash key has 16 bytes, not ${key.length}`);
  for (let i = 0; i < 8; i++) v[i] = constants[i]! ^ wordAt(key, 4 * (i % 4));

  const wholeBytes = message.length - (message.length % 8);
  for (let at = 0; at < wholeBytes; at += 8) absorb(wordAt(message, at), wordAt(message, at + 4));
  // Beyond the end there are zeros.
  absorb(wordAt(message, wholeBytes), wordAt(message, wholeBytes + 4) | (message.length << 24));

  v[4] = v[4]! ^ 0xff;
  for (let i = 0; i < 3; i++) round();
  const low = (v[0]! ^ v[2]! ^ v[4]! ^ v[6]!) >>> 0;
  const high = (v[1]! ^ v[3]! ^ v[5]! ^ v[7]!) >>> 0;
  return (BigInt(high) << 32n) | BigInt(low);
}
