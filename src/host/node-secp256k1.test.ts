import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, encodeHex, utf8Bytes } from "../base/bytes.ts";
import { addressBytes } from "../chain/ids.ts";
import { portableSecp256k1 } from "../chain/secp256k1.ts";
import { nodeSecp256k1 } from "./node-secp256k1.ts";

const schemes = [portableSecp256k1, nodeSecp256k1];
const { Point } = secp256k1;
const { Fn, Fp } = Point;
const n = Fn.ORDER;
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

function bytesBE(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * (31 - i))) & 0xffn));
}

function integerBE(bytes: Uint8Array): bigint {
  return BigInt(`0x${encodeHex(bytes)}`);
}

const keypair = portableSecp256k1.createKeypair(new Uint8Array(32).fill(7));
const message = utf8Bytes("pay 40 to B");
const signature = portableSecp256k1.sign(message, keypair);
const r = integerBE(signature.subarray(0, 32));
const s = integerBE(signature.subarray(32));

function answers(r: bigint, s: bigint, publicKey = keypair.publicKey): boolean[] {
  return schemes.map((scheme) => scheme.verify(concatBytes(bytesBE(r), bytesBE(s)), message, publicKey));
}

/** The dumb twin: textbook ECDSA with the even-y point. */
function verifyTextbook(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  const r = integerBE(signature.subarray(0, 32));
  const s = integerBE(signature.subarray(32));
  if (r === 0n || r >= n || s === 0n || s > n / 2n) return false;
  const x = integerBE(publicKey);
  if (x >= Fp.ORDER) return false;
  let y: bigint;
  try {
    y = Fp.sqrt(Fp.create(x * x * x + 7n));
  } catch {
    return false;
  }
  const Q = Point.fromAffine({ x, y: y % 2n === 0n ? y : Fp.ORDER - y });
  const z = Fn.create(integerBE(sha256(message)));
  const w = Fn.inv(s);
  const R = Point.BASE.multiplyUnsafe(Fn.mul(z, w)).add(Q.multiplyUnsafe(Fn.mul(r, w)));
  return !R.is0() && Fn.create(R.toAffine().x) === r;
}

describe("secp256k1, portable and node", () => {
  it("gives each key pair the even-y point, whose x is the address, as BIP 340 does", () => {
    fc.assert(
      fc.property(bytes32, (seed) => {
        const pair = portableSecp256k1.createKeypair(seed);
        expect(secp256k1.getPublicKey(pair.secretKey, true)).toEqual(concatBytes(Uint8Array.of(2), pair.publicKey));
        expect(pair.publicKey).toEqual(schnorr.getPublicKey(seed));
        expect(addressBytes(pair.address)).toEqual(pair.publicKey);
      }),
      { seed: 1234, numRuns: 20 },
    );
  });

  it("derives a scalar from seeds that are none", () => {
    for (const value of [0n, n, 2n ** 256n - 1n]) {
      const pair = portableSecp256k1.createKeypair(bytesBE(value));
      expect(pair).toEqual(portableSecp256k1.createKeypair(sha256(bytesBE(value))));
      for (const scheme of schemes)
        expect(scheme.verify(scheme.sign(message, pair), message, pair.publicKey)).toBe(true);
    }
    expect(portableSecp256k1.createKeypair(bytesBE(n - 1n)).secretKey).toEqual(bytesBE(1n));
  });

  it("a key and its negation are one address", () => {
    const negated = portableSecp256k1.createKeypair(bytesBE(n - integerBE(keypair.secretKey)));
    expect(negated).toEqual(keypair);
  });

  it("signs deterministically, low s, and as RFC 6979's well-known vector says", () => {
    const one = portableSecp256k1.createKeypair(bytesBE(1n));
    const known = "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8";
    const satoshi = portableSecp256k1.sign(utf8Bytes("Satoshi Nakamoto"), one);
    expect(encodeHex(satoshi.subarray(0, 32))).toBe(known);
    for (const scheme of schemes) expect(scheme.sign(message, keypair)).toEqual(signature);
    expect(s <= n / 2n).toBe(true);
  });

  it("agree with textbook ECDSA on true signatures and flipped bits", () => {
    const property = fc.property(bytes32, fc.uint8Array({ maxLength: 100 }), fc.nat(), (seed, text, flip) => {
      const pair = portableSecp256k1.createKeypair(seed);
      const signed = portableSecp256k1.sign(text, pair);
      for (const verify of [verifyTextbook, ...schemes.map((scheme) => scheme.verify)])
        expect(verify(signed, text, pair.publicKey)).toBe(true);
      const whole = concatBytes(signed, pair.publicKey, text);
      const bit = flip % (8 * whole.length);
      whole[bit >> 3]! ^= 1 << (bit & 7);
      const parts = [whole.subarray(0, 64), whole.subarray(96), whole.subarray(64, 96)] as const;
      for (const verify of [verifyTextbook, ...schemes.map((scheme) => scheme.verify)])
        expect(verify(...parts)).toBe(false);
    });
    fc.assert(property, { seed: 1234, numRuns: 40 });
  });

  it("a third party cannot malleate a signature into a second one (C3)", () => {
    expect(answers(r, s)).toEqual([true, true]);
    expect(answers(r, n - s)).toEqual([false, false]);
    const highS = concatBytes(bytesBE(r), bytesBE(n - s));
    const point = secp256k1.getPublicKey(keypair.secretKey, true);
    expect(secp256k1.verify(highS, message, point, { lowS: false })).toBe(true);
  });

  it("takes s = n/2 for low and the next for high", () => {
    // The boundary itself as a true signature: s and the nonce are chosen, and the key is solved for.
    const z = Fn.create(integerBE(sha256(message)));
    for (const [bound, valid] of [
      [n / 2n, true],
      [n / 2n + 1n, false],
    ] as const) {
      for (let nonce = 1000n; ; nonce += 1n) {
        const rx = Fn.create(Point.BASE.multiply(nonce).toAffine().x);
        const secret = Fn.mul(Fn.sub(Fn.mul(bound, nonce), z), Fn.inv(rx));
        const point = secp256k1.getPublicKey(bytesBE(secret), true);
        if (point[0] !== 2) continue;
        const lenient = { lowS: false };
        expect(secp256k1.verify(concatBytes(bytesBE(rx), bytesBE(bound)), message, point, lenient)).toBe(true);
        expect(answers(rx, bound, point.slice(1))).toEqual([valid, valid]);
        break;
      }
    }
  });

  it("refuses r and s outside 1 to n-1", () => {
    for (const odd of [0n, n, n + 1n, 2n ** 256n - 1n]) {
      expect(answers(odd, s)).toEqual([false, false]);
      expect(answers(r, odd)).toEqual([false, false]);
    }
    if (r + n < 2n ** 256n) expect(answers(r + n, s)).toEqual([false, false]);
  });

  it("refuses an x that is not on the curve or not below the prime", () => {
    const offCurve = Array.from({ length: 40 }, (_, x) => BigInt(x)).filter((x) => {
      try {
        Fp.sqrt(Fp.create(x * x * x + 7n));
        return false;
      } catch {
        return true;
      }
    });
    expect(offCurve.length).toBeGreaterThan(5);
    for (const x of [...offCurve, Fp.ORDER, Fp.ORDER + 1n, 2n ** 256n - 1n]) {
      for (const scheme of schemes) expect(scheme.isPublicKey(bytesBE(x))).toBe(false);
      expect(answers(r, s, bytesBE(x))).toEqual([false, false]);
    }
    for (const scheme of schemes) expect(scheme.isPublicKey(bytesBE(1n))).toBe(true);
  });

  it("refuses other lengths without a throw", () => {
    for (const length of [0, 1, 31, 33, 63, 65, 72, 128])
      for (const scheme of schemes) {
        expect(scheme.verify(new Uint8Array(length).fill(1), message, keypair.publicKey)).toBe(false);
        expect(scheme.verify(signature, message, new Uint8Array(length).fill(1))).toBe(false);
        expect(scheme.isPublicKey(new Uint8Array(length).fill(1))).toBe(false);
      }
    const compressed = secp256k1.getPublicKey(keypair.secretKey, true);
    for (const scheme of schemes) expect(scheme.verify(signature, message, compressed)).toBe(false);
  });

  it("asserts that a key pair's halves belong together", () => {
    const other = portableSecp256k1.createKeypair(new Uint8Array(32).fill(8));
    for (const scheme of schemes)
      expect(() => scheme.sign(message, { ...keypair, publicKey: other.publicKey })).toThrow(/own/);
  });
});
