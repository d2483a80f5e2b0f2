/**
 * Ed25519 in portable TypeScript, under the one rule of ed25519-rule.ts.
 *
 *     verify:  k = SHA-512(R || A || message) mod L;  valid when encode(sB - kA) == R, byte for byte
 *     sign:    RFC 8032: r = SHA-512(prefix || message) mod L;  R = rB;  s = r + ka mod L
 *
 * The curve library's own verify multiplies both sides by the cofactor 8 and so accepts signatures that Solana refuses;
 * only its points and scalars are used here.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { assert } from "../base/assert.ts";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import type { Keypair, SignatureScheme } from "./crypto.ts";
import { isEd25519KeyForm, isEd25519SignatureForm } from "./ed25519-rule.ts";
import { addressOf } from "./ids.ts";

const { Point } = ed25519;
const { Fn } = Point;
type CurvePoint = InstanceType<typeof Point>;

type SigningKey = { readonly scalar: bigint; readonly prefix: Uint8Array; readonly publicKey: Uint8Array };

/** What RFC 8032 derives from a seed costs half a signature: kept as long as its key pair lives. */
const signingKeys = new WeakMap<Keypair, SigningKey>();

function integerOf(littleEndian: Uint8Array): bigint {
  let hex = "";
  for (let i = littleEndian.length - 1; i >= 0; i--) hex += littleEndian[i]!.toString(16).padStart(2, "0");
  return BigInt(`0x${hex}`);
}

function challengeOf(R: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  return Fn.create(integerOf(sha512.create().update(R).update(publicKey).update(message).digest()));
}

/** The point behind the bytes, or null when their y is not on the curve. */
function decodePoint(bytes: Uint8Array): CurvePoint | null {
  try {
    return Point.fromBytes(bytes);
  } catch {
    return null;
  }
}

/** The signing half of a key pair, checked once: signing under a public key that is not the seed's own would give the seed away. */
function signingKeyOf(keypair: Keypair): SigningKey {
  const known = signingKeys.get(keypair);
  if (known !== undefined) return known;
  assert(keypair.secretKey.length === 32, `an Ed25519 seed has 32 bytes, not ${keypair.secretKey.length}`);
  const { scalar, prefix, pointBytes } = ed25519.utils.getExtendedPublicKey(keypair.secretKey);
  assert(equalBytes(pointBytes, keypair.publicKey), "the public key is not the secret key's own");
  const signingKey = { scalar, prefix: prefix.slice(), publicKey: pointBytes };
  signingKeys.set(keypair, signingKey);
  return signingKey;
}

function isPublicKey(publicKey: Uint8Array): boolean {
  return isEd25519KeyForm(publicKey) && decodePoint(publicKey) !== null;
}

/** `seed`: the 32 bytes that RFC 8032 calls the private key. */
function createKeypair(seed: Uint8Array): Keypair {
  assert(seed.length === 32, `an Ed25519 seed has 32 bytes, not ${seed.length}`);
  const secretKey = Uint8Array.from(seed);
  const publicKey = ed25519.getPublicKey(secretKey);
  return { address: addressOf(publicKey), publicKey, secretKey };
}

function sign(message: Uint8Array, keypair: Keypair): Uint8Array {
  const { scalar, prefix, publicKey } = signingKeyOf(keypair);
  const r = Fn.create(integerOf(sha512.create().update(prefix).update(message).digest()));
  const R = Point.BASE.multiply(r).toBytes();
  const s = Fn.create(r + challengeOf(R, publicKey, message) * scalar);
  return concatBytes(R, Fn.toBytes(s));
}

function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (!isEd25519SignatureForm(signature) || !isEd25519KeyForm(publicKey)) return false;
  const A = decodePoint(publicKey);
  if (A === null) return false;
  const R = signature.subarray(0, 32);
  const s = integerOf(signature.subarray(32));
  const k = challengeOf(R, publicKey, message);
  const expected = Point.BASE.multiplyUnsafe(s).subtract(A.multiplyUnsafe(k));
  return equalBytes(expected.toBytes(), R);
}

export const portableEd25519: SignatureScheme = { name: "ed25519", isPublicKey, createKeypair, sign, verify };
