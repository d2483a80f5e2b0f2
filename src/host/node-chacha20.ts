/**
 * Many blocks of ChaCha20 by node:crypto, whose native code is fast from its first call on. OpenSSL writes the block's number
 * and the rest of the nonce as one: 16 bytes, little-endian, which are words 12 to 15 of ChaCha's first layout.
 *
 *     keystream = chacha20(key, number of the first block, zeros)
 */
import { createCipheriv } from "node:crypto";
import type { Keystream } from "../base/chacha20.ts";

/** Whether this process has it, and gets the right answers from it; null until it is first asked for. */
let isRight: boolean | null = null;

export const nodeKeystream: Keystream = (key, firstBlock, words) => {
  isRight ??= answersRightly();
  if (isRight) fill(key, firstBlock, words);
  return isRight;
};

function fill(key: Uint8Array, firstBlock: number, words: Uint32Array): void {
  const nonce = new Uint8Array(16);
  new DataView(nonce.buffer).setUint32(0, firstBlock, true);
  const stream = createCipheriv("chacha20", key, nonce).update(new Uint8Array(words.byteLength));
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength).set(stream);
}

/** Not every build of OpenSSL has the cipher, and words are as the machine keeps them. */
function answersRightly(): boolean {
  try {
    const words = new Uint32Array(16);
    fill(new Uint8Array(32), 1, words);
    return Array.from(words.subarray(0, 4), (word) => word.toString(16)).join() === knownAnswer;
  } catch {
    return false;
  }
}

/** RFC 8439, appendix A.1, test vector 2. */
const knownAnswer = "bee7079f,7a385155,7c97ba98,d082d73";
