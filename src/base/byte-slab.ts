/**
 * Small arrays of one kind, cut from one piece of memory after another:
 *
 *     slab   [vote][vote][vote][vote]……      next slab   [vote]……
 *
 * An engine keeps the bytes of an array outside its heap when there are more than 64 of them. To get such a piece and to
 * give it back costs one or two microseconds, which is more than to fill it, and to cut one from a slab costs a
 * twentieth of that.
 *
 * A slab stays as long as any array of it: it is for arrays that end at about the same time, and few enough to a slab
 * that one which stays longer than the others does no harm.
 */
import { assert } from "./assert.ts";

/** Makes arrays of zeros, of at most `slabBytes`. */
export type ByteSlab = (length: number) => Uint8Array;

export function createByteSlab(slabBytes: number): ByteSlab {
  let slab = new ArrayBuffer(0);
  let used = 0;
  return (length) => {
    assert(length <= slabBytes, `${length} bytes do not fit into a slab of ${slabBytes}`);
    if (used + length > slab.byteLength) {
      slab = new ArrayBuffer(slabBytes);
      used = 0;
    }
    const bytes = new Uint8Array(slab, used, length);
    used += length;
    return bytes;
  };
}
