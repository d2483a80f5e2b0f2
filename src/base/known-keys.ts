/**
 * Keys of 32 bytes and their texts, remembered both ways: a table of places, each of which holds the pair that came to it
 * last. A look-up is a place and one comparison, which is less than a Map's, and what is forgotten depends on the
 * keys alone.
 *
 *     bytes 4f1a…      place of the bytes ──> { bytes, text }      same bytes?  the text
 *     text "6Lk9…"     place of the text  ──> { bytes, text }      same text?   the bytes
 */
export type KnownKeys = {
  /** Undefined when it is not known. */
  textOf(bytes: Uint8Array): string | undefined;
  bytesOf(text: string): Uint8Array | undefined;
  /** The array is kept: it must never change. */
  remember(bytes: Uint8Array, text: string): void;
};

type Pair = { readonly bytes: Uint8Array; readonly text: string };

/** `places`: a power of two. */
export function createKnownKeys(places: number): KnownKeys {
  const mask = places - 1;
  const byBytes: (Pair | undefined)[] = new Array(places);
  const byText: (Pair | undefined)[] = new Array(places);

  return {
    textOf(bytes) {
      const known = byBytes[placeOfBytes(bytes) & mask];
      return known !== undefined && isSameKey(known.bytes, bytes) ? known.text : undefined;
    },
    bytesOf(text) {
      const known = byText[placeOfText(text) & mask];
      return known !== undefined && known.text === text ? known.bytes : undefined;
    },
    remember(bytes, text) {
      const pair = { bytes, text };
      byBytes[placeOfBytes(bytes) & mask] = pair;
      byText[placeOfText(text) & mask] = pair;
    },
  };
}

/** From the middle of the key: vanity addresses choose its beginning. */
function placeOfBytes(bytes: Uint8Array): number {
  return bytes[12]! | (bytes[19]! << 8) | (bytes[26]! << 16);
}

/**
 * Characters of five or six bits, away from the first, whose range is narrow. The addresses of programs and sysvars are words
 * with nothing but ones behind them: without the fourth character the programs that every block asks for share a place.
 */
function placeOfText(text: string): number {
  const a = text.charCodeAt(3) * 61 + text.charCodeAt(9);
  const b = Math.imul(a, 61) + text.charCodeAt(14);
  return Math.imul(b, 3721) + text.charCodeAt(21) * 61 + text.charCodeAt(27);
}

function isSameKey(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) if (a[i] !== b[i]) return false;
  return b.length === 32;
}
