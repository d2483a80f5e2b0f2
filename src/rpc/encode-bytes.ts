/**
 * Bytes as text, in the encodings that clients ask for.
 *
 *     [1, 2, 3]     base58 "Ldp"     base64 "AQID"     base64+zstd: base64 of a Zstandard frame
 *
 * The frame holds its content uncompressed, which the format allows (RFC 8878, raw blocks): every decoder reads it, and
 * no compressor is needed.
 */
import { base64 } from "@scure/base";
import { getBase64Decoder } from "@solana/kit";
import { ByteWriter } from "../base/bytes.ts";

const base64Text = getBase64Decoder();

/** Kit's, which uses the engine's own where there is one: blocks are megabytes. */
export function encodeBase64(bytes: Uint8Array): string {
  return base64Text.decode(bytes);
}

/** Bytes of padded, canonical base64; null when it is none. */
export function decodeBase64(text: string): Uint8Array | null {
  try {
    return base64.decode(text);
  } catch {
    return null;
  }
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
