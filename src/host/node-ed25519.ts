/**
 * Ed25519 by node:crypto: the same answers as the portable form, faster.
 *
 * OpenSSL's equation is the cofactorless one with a byte comparison, as ours; it also accepts keys of small order and
 * second spellings of a key, so the bytes are judged first by the shared rule.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign as nodeSign, verify as nodeVerify } from "node:crypto";
import { assert } from "../base/assert.ts";
import { createRecentMap } from "../base/recent-map.ts";
import type { Keypair, SignatureScheme } from "../chain/crypto.ts";
import { portableEd25519 } from "../chain/ed25519.ts";
import { isEd25519KeyForm, isEd25519SignatureForm } from "../chain/ed25519-rule.ts";
import { bytesKey } from "./bytes-key.ts";

const rememberedKeys = 20_000;

/** RFC 8410's PKCS #8 wrapping of a 32-byte seed: everything before the seed. */
const seedPrefix = Buffer.from("302e020100300506032b657004220420", "hex");

const privateKeys = new WeakMap<Keypair, KeyObject>();
const publicKeys = createRecentMap<KeyObject>(rememberedKeys);
const publicKeyAnswers = createRecentMap<boolean>(rememberedKeys);

/** By JWK: it costs a sixteenth of the import by SPKI. Any 32 bytes are taken; a y that is not on the curve fails in verify. */
function publicKeyOf(publicKey: Uint8Array): KeyObject {
  const key = bytesKey(publicKey);
  const known = publicKeys.get(key);
  if (known !== undefined) return known;
  const x = Buffer.from(publicKey).toString("base64url");
  const created = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  publicKeys.set(key, created);
  return created;
}

function privateKeyOf(keypair: Keypair): KeyObject {
  const known = privateKeys.get(keypair);
  if (known !== undefined) return known;
  assert(keypair.secretKey.length === 32, `an Ed25519 seed has 32 bytes, not ${keypair.secretKey.length}`);
  const created = createPrivateKey({
    key: Buffer.concat([seedPrefix, keypair.secretKey]),
    format: "der",
    type: "pkcs8",
  });
  const own = Buffer.from(createPublicKey(created).export({ format: "jwk" }).x ?? "", "base64url");
  assert(own.equals(keypair.publicKey), "the public key is not the secret key's own");
  privateKeys.set(keypair, created);
  return created;
}

function isPublicKey(publicKey: Uint8Array): boolean {
  if (!isEd25519KeyForm(publicKey)) return false;
  const key = bytesKey(publicKey);
  const known = publicKeyAnswers.get(key);
  if (known !== undefined) return known;
  const answer = portableEd25519.isPublicKey(publicKey);
  publicKeyAnswers.set(key, answer);
  return answer;
}

function sign(message: Uint8Array, keypair: Keypair): Uint8Array {
  return Uint8Array.from(nodeSign(null, message, privateKeyOf(keypair)));
}

function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (!isEd25519SignatureForm(signature) || !isEd25519KeyForm(publicKey)) return false;
  return nodeVerify(null, message, publicKeyOf(publicKey), signature);
}

export const nodeEd25519: SignatureScheme = {
  name: "ed25519",
  isPublicKey,
  createKeypair: portableEd25519.createKeypair,
  sign,
  verify,
};
