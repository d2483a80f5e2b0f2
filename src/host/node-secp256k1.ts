/**
 * secp256k1 by node:crypto, for verifying only: OpenSSL's signatures are randomised, ours must not be.
 *
 * OpenSSL accepts a high s, and wants both coordinates of a key: the range check and the lifting of x are the portable ones.
 */
import { createPublicKey, type KeyObject, verify as nodeVerify } from "node:crypto";
import { createRecentMap } from "../base/recent-map.ts";
import type { SignatureScheme } from "../chain/crypto.ts";
import { isSecp256k1SignatureForm, liftSecp256k1, portableSecp256k1 } from "../chain/secp256k1.ts";
import { bytesKey } from "./bytes-key.ts";

const rememberedKeys = 20_000;

/** Lifted keys; null remembers an x that is not on the curve. */
const publicKeys = createRecentMap<KeyObject | null>(rememberedKeys);

function publicKeyOf(publicKey: Uint8Array): KeyObject | null {
  if (publicKey.length !== 32) return null;
  const key = bytesKey(publicKey);
  const known = publicKeys.get(key);
  if (known !== undefined) return known;
  const point = liftSecp256k1(publicKey);
  const created = point === null ? null : importPoint(point);
  publicKeys.set(key, created);
  return created;
}

function importPoint(point: Uint8Array): KeyObject {
  const x = Buffer.from(point.subarray(1, 33)).toString("base64url");
  const y = Buffer.from(point.subarray(33, 65)).toString("base64url");
  return createPublicKey({ key: { kty: "EC", crv: "secp256k1", x, y }, format: "jwk" });
}

function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (!isSecp256k1SignatureForm(signature)) return false;
  const key = publicKeyOf(publicKey);
  return key !== null && nodeVerify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature);
}

export const nodeSecp256k1: SignatureScheme = {
  name: "secp256k1",
  isPublicKey: (publicKey) => publicKeyOf(publicKey) !== null,
  createKeypair: portableSecp256k1.createKeypair,
  sign: portableSecp256k1.sign,
  verify,
};
