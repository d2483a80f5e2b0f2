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

const base58Text = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/;

type Span = { readonly least: string; readonly most: string };

/** By the count of zero bytes in front: the least and the greatest text of the bytes behind them. */
const spansOfKeys: readonly Span[] = Array.from({ length: 33 }, (_, zeros) => ({
  least: base58.encode(Uint8Array.from({ length: 32 - zeros }, (_, index) => (index === 0 ? 1 : 0))),
  most: base58.encode(new Uint8Array(32 - zeros).fill(255)),
}));

/**
 * Whether a text is base58 of 32 bytes, without the long division: the alphabet stands in the order of its codes, so that
 * texts of one length compare as their numbers do.
 */
export function isBase58Key(text: string): boolean {
  if (!base58Text.test(text)) return false;
  let zeros = 0;
  while (text.charCodeAt(zeros) === 0x31) zeros++;
  const span = spansOfKeys[zeros];
  if (span === undefined) return false;
  const behind = zeros === 0 ? text : text.slice(zeros);
  return compareNumbers(span.least, behind) <= 0 && compareNumbers(behind, span.most) <= 0;
}

/** Of texts that do not begin with "1". */
function compareNumbers(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
