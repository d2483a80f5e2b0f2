import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../base/bytes.ts";
import { computeMixin } from "./mixin.ts";

const signature = fc.uint8Array({ minLength: 64, maxLength: 64 });
const leaf = (bytes: Uint8Array) => sha256(concatBytes(Uint8Array.of(0), bytes));
const node = (left: Uint8Array, right: Uint8Array) => sha256(concatBytes(Uint8Array.of(1), left, right));

/** From the top: the root of 2^k leaves, where a place past the end repeats its level's last node. */
function rootTwin(signatures: readonly Uint8Array[], height: number, at: number): Uint8Array {
  if (height === 0) return leaf(signatures[at]!);
  const nodesBelow = Math.ceil(signatures.length / 2 ** (height - 1));
  const right = Math.min(2 * at + 1, nodesBelow - 1);
  return node(rootTwin(signatures, height - 1, 2 * at), rootTwin(signatures, height - 1, right));
}

describe("mixin", () => {
  it("is the drawn tree for three signatures", () => {
    const [a, b, c] = [1, 2, 3].map((value) => new Uint8Array(64).fill(value)) as [Uint8Array, Uint8Array, Uint8Array];
    expect(computeMixin([a, b, c])).toEqual(node(node(leaf(a), leaf(b)), node(leaf(c), leaf(c))));
    expect(computeMixin([a])).toEqual(leaf(a));
    expect(computeMixin([])).toEqual(new Uint8Array(32));
  });

  it("agrees with a recursive tree at any size", () => {
    fc.assert(
      fc.property(fc.array(signature, { minLength: 1, maxLength: 40 }), (signatures) => {
        const height = Math.ceil(Math.log2(signatures.length));
        expect(computeMixin(signatures)).toEqual(rootTwin(signatures, height, 0));
      }),
      { seed: 1234, numRuns: 60 },
    );
  });

  it("stops on a signature that is not 64 bytes", () => {
    expect(() => computeMixin([new Uint8Array(63)])).toThrow("64 bytes");
  });
});
