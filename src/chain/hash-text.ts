/** Hashes as callers of the library write them: 32 bytes, 64 hex digits, or base58. */
import { decodeBase58Key } from "../base/base58.ts";
import { decodeHex } from "../base/bytes.ts";

/** The 32 bytes, or null when it is none of the three. No text is two of them: 64 hex digits are too long for base58. */
export function parseHashInput(input: unknown): Uint8Array | null {
  if (input instanceof Uint8Array) return input.length === 32 ? input : null;
  if (typeof input !== "string") return null;
  const bytes = input.length === 64 ? decodeHex(input) : decodeBase58Key(input);
  return bytes?.length === 32 ? bytes : null;
}
