/**
 * The tutorial signs with its library's default hash, SHA-1, and names a key by both coordinates of its point (C13). Its
 * signatures are good under that rule, so our reading of the vectors is right; under ours none of them is a signature.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { describe, expect, it } from "vitest";
import { concatBytes, decodeHex, utf8Bytes } from "../../src/base/bytes.ts";
import { portableSecp256k1 } from "../../src/chain/secp256k1.ts";
import { nodeSecp256k1 } from "../../src/host/node-secp256k1.ts";
import { readVector, vectorsNote, vectorsPresent } from "../support/vectors.ts";

type Chain = {
  readonly ecdsa: readonly {
    readonly public_key: string;
    readonly hash: string;
    readonly signature: string;
    readonly valid: boolean;
  }[];
};

const order = secp256k1.Point.Fn.ORDER;

function hex(text: string): Uint8Array {
  const bytes = decodeHex(text);
  if (bytes === null) throw new Error(`not hex: ${text}`);
  return bytes;
}

/** The low one of s and n - s, so that a refusal of ours is about the hash and not about malleability alone. */
function withLowS(signature: Uint8Array): Uint8Array {
  const { r, s } = secp256k1.Signature.fromBytes(signature, "compact");
  return new secp256k1.Signature(r, s > order / 2n ? order - s : s).toBytes("compact");
}

describe.skipIf(!vectorsPresent)(`the tutorial's signatures (${vectorsNote})`, () => {
  const cases = vectorsPresent ? readVector<Chain>("tutorial/chain.json").ecdsa : [];

  it("verify under the tutorial's own rule: SHA-1, any s, the full point", () => {
    expect(cases.length).toBeGreaterThan(0);
    for (const { public_key, hash, signature, valid } of cases) {
      const point = concatBytes(Uint8Array.of(4), hex(public_key));
      const digest = sha1(utf8Bytes(hash));
      expect(secp256k1.verify(hex(signature), digest, point, { prehash: false, lowS: false })).toBe(valid);
      expect(secp256k1.verify(hex(signature), utf8Bytes(hash), point, { prehash: true, lowS: false })).toBe(false);
    }
  });

  it("are refused by ours, whatever reading of key, message and s is tried (C13)", () => {
    for (const { public_key, hash, signature } of cases) {
      const x = hex(public_key).subarray(0, 32);
      const messages = [utf8Bytes(hash), hex(hash), sha1(utf8Bytes(hash))];
      for (const scheme of [portableSecp256k1, nodeSecp256k1]) {
        expect(scheme.isPublicKey(x)).toBe(true);
        expect(scheme.isPublicKey(hex(public_key))).toBe(false);
        for (const message of messages)
          for (const key of [x, hex(public_key)])
            for (const candidate of [hex(signature), withLowS(hex(signature))])
              expect(scheme.verify(candidate, message, key)).toBe(false);
      }
    }
  });
});
