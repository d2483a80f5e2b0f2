import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bytesLE,
  challengeOf,
  ed25519Cases,
  integerLE,
  rfc8032,
  secondSpellings,
  smallOrderEncodings,
  torsionPoints,
} from "../../test/support/ed25519-cases.ts";
import { concatBytes, utf8Bytes } from "../base/bytes.ts";
import { portableEd25519 as scheme } from "./ed25519.ts";
import { isEd25519KeyForm, isEd25519SignatureForm } from "./ed25519-rule.ts";
import { addressBytes } from "./ids.ts";

const { Point } = ed25519;
type CurvePoint = InstanceType<typeof Point>;
const cases = ed25519Cases();

/** The dumb twin: verify_strict spelled out with doublings and additions, points compared as points. */
function verifyStrict(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  const times = (point: CurvePoint, scalar: bigint) => {
    let sum = Point.ZERO;
    for (let bit = 255n; bit >= 0n; bit--) {
      sum = sum.double();
      if ((scalar >> bit) & 1n) sum = sum.add(point);
    }
    return sum;
  };
  const s = integerLE(signature.subarray(32));
  if (s >= Point.Fn.ORDER) return false;
  try {
    const A = Point.fromBytes(publicKey, true);
    const R = Point.fromBytes(signature.subarray(0, 32), true);
    if (times(A, 8n).is0() || times(R, 8n).is0()) return false;
    const k = challengeOf(signature.subarray(0, 32), publicKey, message);
    return times(Point.BASE, s).equals(R.add(times(A, k)));
  } catch {
    return false;
  }
}

describe("Ed25519, portable", () => {
  it("signs and derives keys as RFC 8032's test vectors do", () => {
    for (const { secretKey, publicKey, message, signature } of rfc8032) {
      const keypair = scheme.createKeypair(secretKey);
      expect(keypair.publicKey).toEqual(publicKey);
      expect(addressBytes(keypair.address)).toEqual(publicKey);
      expect(scheme.sign(message, keypair)).toEqual(signature);
    }
  });

  it("answers every odd case as the rule says", () => {
    for (const { name, signature, message, publicKey, valid } of cases)
      expect(scheme.verify(signature, message, publicKey), name).toBe(valid);
  });

  it("answers as verify_strict spelled out does", () => {
    const sample = cases.filter((_, index) => index % 29 === 0 || index >= cases.length - 20);
    for (const { name, signature, message, publicKey } of sample)
      expect(scheme.verify(signature, message, publicKey), name).toBe(verifyStrict(signature, message, publicKey));
  });

  it("has cases that a cofactored verifier would get wrong, and mixed-order cases of both answers", () => {
    const mixed = cases.filter(({ name }) => name.startsWith("mixed order, key 1"));
    expect(new Set(mixed.map(({ valid }) => valid)).size).toBe(2);
    for (const { signature, message, publicKey } of mixed.slice(0, 8))
      expect(ed25519.verify(signature, message, publicKey)).toBe(true);
  });

  it("refuses every spelling of the eight torsion points, as key and as R", () => {
    expect(torsionPoints.every((point) => point.isSmallOrder())).toBe(true);
    expect(new Set(torsionPoints.map((point) => point.toHex())).size).toBe(8);
    expect(smallOrderEncodings.length).toBe(14);
    for (const bytes of smallOrderEncodings) {
      expect(scheme.isPublicKey(bytes)).toBe(false);
      expect(isEd25519KeyForm(bytes)).toBe(false);
      expect(isEd25519SignatureForm(concatBytes(bytes, bytesLE(1n)))).toBe(false);
    }
  });

  it("takes a point in one spelling only", () => {
    expect(secondSpellings.length).toBeGreaterThan(3);
    for (const { canonical, second } of secondSpellings) {
      expect(Point.fromBytes(second, true).toBytes()).toEqual(canonical);
      expect([scheme.isPublicKey(canonical), scheme.isPublicKey(second)]).toEqual([true, false]);
    }
  });

  it("judges the form by all 32 bytes: a neighbour of a refused spelling may be a key", () => {
    const largest = bytesLE(2n ** 255n - 1n);
    for (let i = 0; i < 31; i++)
      for (const bytes of [largest, ...smallOrderEncodings]) {
        const neighbour = Uint8Array.from(bytes);
        neighbour[i] = bytes[i] === 0x80 ? 0x81 : 0x80;
        expect(isEd25519KeyForm(neighbour), `byte ${i} of ${bytes}`).toBe(true);
        expect(isEd25519SignatureForm(concatBytes(neighbour, bytesLE(1n)))).toBe(true);
      }
    expect(isEd25519KeyForm(largest)).toBe(false);
    expect(isEd25519KeyForm(bytesLE(Point.Fp.ORDER - 2n))).toBe(true);
  });

  it("tells points from bytes that are none", () => {
    expect(scheme.isPublicKey(rfc8032[0].publicKey)).toBe(true);
    expect(scheme.isPublicKey(new Uint8Array(31))).toBe(false);
    expect(scheme.isPublicKey(new Uint8Array(33))).toBe(false);
    const arbitrary = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(arbitrary, (bytes) => {
        let decodable = true;
        try {
          decodable = !Point.fromBytes(bytes).isSmallOrder();
        } catch {
          decodable = false;
        }
        expect(scheme.isPublicKey(bytes)).toBe(decodable);
      }),
      { seed: 1234, numRuns: 100 },
    );
  });

  it("asserts that a key pair's halves belong together and have their lengths", () => {
    const one = scheme.createKeypair(new Uint8Array(32).fill(1));
    const two = scheme.createKeypair(new Uint8Array(32).fill(2));
    expect(() => scheme.sign(utf8Bytes("x"), { ...one, publicKey: two.publicKey })).toThrow(/own/);
    expect(() => scheme.createKeypair(new Uint8Array(31))).toThrow(/32 bytes/);
  });

  it("does not depend on the seed array after the pair is made", () => {
    const seed = new Uint8Array(32).fill(3);
    const keypair = scheme.createKeypair(seed);
    seed.fill(0);
    expect(keypair.secretKey).toEqual(new Uint8Array(32).fill(3));
    expect(keypair.secretKey).not.toBe(seed);
  });
});
