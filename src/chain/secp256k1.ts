/**
 * ECDSA over secp256k1, cut down until one key has one address and one signing has one signature.
 *
 *     public key = x (32, big-endian)     the point with this x and an even y (BIP 340's key convention)
 *     signature  = r (32) || s (32)       over SHA-256(message); nonce by RFC 6979; 1 <= r < n, 1 <= s <= n/2
 *
 * Plain ECDSA verifies (r, n - s) as well as (r, s), so that a third party can give a payment a second name; here only
 * the low one counts. A key also has compressed, uncompressed and hex spellings elsewhere; here it has this one.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { assert } from "../base/assert.ts";
import { equalBytes } from "../base/bytes.ts";
import { sha256 } from "../base/sha256.ts";
import type { Keypair, SignatureScheme } from "./crypto.ts";
import { addressOf } from "./ids.ts";

const { Point } = secp256k1;
const { Fn } = Point;

/** Low s, SHA-256 of the message, compact r || s: spelled out, so that no default of a library is a rule of the chain. */
const rule = { prehash: true, lowS: true, format: "compact" } as const;

/** Key pairs whose halves were seen to match. */
const matchedKeypairs = new WeakSet<Keypair>();

function evenPointBytes(x: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(33);
  bytes[0] = 2;
  bytes.set(x, 1);
  return bytes;
}

/** The even-y point with this x as 65 bytes (4 || x || y), or null when x is not below the field's prime or not on the curve. */
export function liftSecp256k1(publicKey: Uint8Array): Uint8Array | null {
  if (publicKey.length !== 32) return null;
  try {
    return Point.fromBytes(evenPointBytes(publicKey)).toBytes(false);
  } catch {
    return null;
  }
}

/** 64 bytes with 1 <= r < n and 1 <= s <= n/2. */
export function isSecp256k1SignatureForm(signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  try {
    return !secp256k1.Signature.fromBytes(Uint8Array.from(signature), "compact").hasHighS();
  } catch {
    return false;
  }
}

function isPublicKey(publicKey: Uint8Array): boolean {
  return liftSecp256k1(publicKey) !== null;
}

/** The seed is the scalar where it is one (all but 2^-128 of seeds); else its SHA-256 is tried, and so on. */
function createKeypair(seed: Uint8Array): Keypair {
  assert(seed.length === 32, `a secp256k1 seed has 32 bytes, not ${seed.length}`);
  let candidate = Uint8Array.from(seed);
  while (!secp256k1.utils.isValidSecretKey(candidate)) candidate = Uint8Array.from(sha256(candidate));
  const compressed = secp256k1.getPublicKey(candidate, true);
  const publicKey = compressed.slice(1);
  const secretKey = compressed[0] === 2 ? candidate : Fn.toBytes(Fn.neg(Fn.fromBytes(candidate)));
  return { address: addressOf(publicKey), publicKey, secretKey };
}

function sign(message: Uint8Array, keypair: Keypair): Uint8Array {
  if (!matchedKeypairs.has(keypair)) {
    assert(secp256k1.utils.isValidSecretKey(keypair.secretKey), "the secret key is not a scalar");
    const own = secp256k1.getPublicKey(keypair.secretKey, true);
    assert(equalBytes(own, evenPointBytes(keypair.publicKey)), "the public key is not the secret key's own");
    matchedKeypairs.add(keypair);
  }
  return secp256k1.sign(message, keypair.secretKey, { ...rule, extraEntropy: false });
}

function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  try {
    return secp256k1.verify(signature, message, evenPointBytes(publicKey), rule);
  } catch {
    // The library refuses some bytes by throwing (r or s out of range); to us they are one more false signature.
    return false;
  }
}

export const portableSecp256k1: SignatureScheme = { name: "secp256k1", isPublicKey, createKeypair, sign, verify };
