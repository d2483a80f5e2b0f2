/**
 * Base58 text of keys, hashes and signatures. Addresses repeat endlessly, so both directions remember the 32-byte
 * values they met of late: a bounded memory of a pure function, which changes no result.
 */
import { base58 } from "@scure/base";
import { createRecentMap } from "./recent-map.ts";

const rememberedMax = 100_000;
const textOfBytes = createRecentMap<string>(rememberedMax);
const bytesOfText = createRecentMap<Uint8Array>(rememberedMax);

export function encodeBase58(bytes: Uint8Array): string {
  if (bytes.length !== 32) return base58.encode(bytes);
  const key = String.fromCharCode.apply(null, bytes as unknown as number[]);
  const known = textOfBytes.get(key);
  if (known !== undefined) return known;
  const text = base58.encode(bytes);
  textOfBytes.set(key, text);
  return text;
}

/** Bytes of a base58 text, or null when it is not base58. Long input is refused before it costs anything. */
export function decodeBase58(text: string, textLengthMax = 2048): Uint8Array | null {
  if (text.length > textLengthMax) return null;
  try {
    return base58.decode(text);
  } catch {
    return null;
  }
}

/** The 32 bytes behind a base58 text known to be valid (an Address or Hash); null when it is not 32 bytes. Do not change the array: it is shared. */
export function decodeBase58Key(text: string): Uint8Array | null {
  const known = bytesOfText.get(text);
  if (known !== undefined) return known;
  const bytes = text.length > 44 ? null : decodeBase58(text);
  if (bytes === null || bytes.length !== 32) return null;
  bytesOfText.set(text, bytes);
  return bytes;
}
