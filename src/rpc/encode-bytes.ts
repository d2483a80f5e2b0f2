/**
 * Bytes as text, in the encodings that clients ask for.
 *
 *     [1, 2, 3]     base58 "Ldp"     base64 "AQID"     base64+zstd: base64 of a Zstandard frame
 *
 * The frame holds its content uncompressed, which the format allows (RFC 8878, raw blocks): every decoder reads it, and
 * no compressor is needed.
 */
import { getBase64Decoder } from "@solana/kit";
import { ByteWriter } from "../base/bytes.ts";

const base64Text = getBase64Decoder();

/** Kit's, which uses the engine's own where there is one: blocks are megabytes. */
export function encodeBase64(bytes: Uint8Array): string {
  return base64Text.decode(bytes);
}

/** Bytes of padded, canonical base64; null when it is none. */
export function decodeBase64(text: string): Uint8Array | null {
  const { length } = text;
  if (length % 4 !== 0) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((length / 4) * 3 - padding);
  let at = 0;
  for (let i = 0; i < length; i += 4) {
    const isLast = i + 4 === length;
    const c = isLast && padding === 2 ? 0 : sextetAt(text, i + 2);
    const d = isLast && padding > 0 ? 0 : sextetAt(text, i + 3);
    // Where one is none, so is the whole: -1 has all bits.
    const word = (sextetAt(text, i) << 18) | (sextetAt(text, i + 1) << 12) | (c << 6) | d;
    if (word < 0) return null;
    // What is written past the end is no byte of it, and must be 0: one value has one text.
    if (isLast && (word & ((1 << (8 * padding)) - 1)) !== 0) return null;
    bytes[at++] = word >> 16;
    bytes[at++] = word >> 8;
    bytes[at++] = word;
  }
  return bytes;
}

const sextets = new Int8Array(128).fill(-1);
for (const [value, digit] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries())
  sextets[digit.charCodeAt(0)] = value;

/** -1: no digit. */
function sextetAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? sextets[code]! : -1;
}

const zstdMagic = 0xfd2fb528;
const zstdBlockBytesMax = 128 * 1024;

/** A Zstandard frame: magic, descriptor (one segment, 4-byte size), size, then raw blocks. */
export function encodeZstdFrame(bytes: Uint8Array): Uint8Array {
  const writer = new ByteWriter(bytes.length + 64).u32(zstdMagic).u8(0b1010_0000).u32(bytes.length);
  let at = 0;
  do {
    const block = bytes.subarray(at, at + zstdBlockBytesMax);
    at += block.length;
    const header = block.length * 8 + (at === bytes.length ? 1 : 0);
    writer
      .u16(header % 0x10000)
      .u8(Math.floor(header / 0x10000))
      .bytes(block);
  } while (at < bytes.length);
  return writer.finish();
}
