/**
 * Copies of bytes side by side in pieces of memory. An array of more than 64 bytes has its memory outside of the engine's
 * heap: to get it and to give it back takes a microsecond or two, which is more than to fill it.
 *
 *     copy a, keep a      aaaa________
 *     copy b              aaaabbb_____
 *     copy c, keep c      aaaacccccc__     b was not kept: its place is c's
 *
 * A piece lives as long as the last copy in it, and most that come together go together. A stranger can see to it that
 * they do not, and one copy holds a whole piece: hence small ones, of each kind its own.
 */
export type BytePieces = {
  /** A copy, to be used before the next one is made, unless it is kept. */
  readonly copy: (bytes: Uint8Array) => Uint8Array;
  /** The last copy stays. */
  readonly keep: () => void;
};

export function createBytePieces(pieceBytes = 4096): BytePieces {
  let piece = new Uint8Array(pieceBytes);
  let used = 0;
  let end = 0;
  return {
    copy(bytes) {
      if (used + bytes.length > piece.length) {
        piece = new Uint8Array(Math.max(pieceBytes, bytes.length));
        used = 0;
      }
      end = used + bytes.length;
      const own = piece.subarray(used, end);
      own.set(bytes);
      return own;
    },
    keep() {
      used = end;
    },
  };
}
