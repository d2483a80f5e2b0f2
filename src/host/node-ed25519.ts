/**
 * Ed25519 by node:crypto: the same answers as the portable form, faster.
 *
 * OpenSSL's equation is the cofactorless one with a byte comparison, as ours; it also accepts keys of small order and
 * second spellings of a key, so the bytes are judged first by the shared rule.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign as nodeSign, verify as nodeVerify } from "node:crypto";
import { assert, assertDefined } from "../base/assert.ts";
import { equalBytes } from "../base/bytes.ts";
import { createRecentMap } from "../base/recent-map.ts";
import type { CurveQuestion, Keypair, SignatureScheme } from "../chain/crypto.ts";
import { portableEd25519 } from "../chain/ed25519.ts";
import { isEd25519KeyForm, isEd25519SignatureForm } from "../chain/ed25519-rule.ts";
import { addressOf } from "../chain/ids.ts";
import { bytesKey } from "./bytes-key.ts";

const rememberedKeys = 20_000;

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

/** RFC 8410: what stands before the seed in the PKCS #8 form of a private key without its public half. */
const seedPrefix = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * A seed's private key and the public key that belongs to it. By PKCS #8: a JWK wants the public half as well, and newer
 * runtimes refuse one that is not the seed's own.
 */
function importSeed(seed: Uint8Array): { readonly privateKey: KeyObject; readonly publicKey: Uint8Array } {
  assert(seed.length === 32, `an Ed25519 seed has 32 bytes, not ${seed.length}`);
  const privateKey = createPrivateKey({ key: Buffer.concat([seedPrefix, seed]), format: "der", type: "pkcs8" });
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  return {
    privateKey,
    publicKey: Uint8Array.from(Buffer.from(assertDefined(x, "a public key has an x"), "base64url")),
  };
}

function createKeypair(seed: Uint8Array): Keypair {
  const { privateKey, publicKey } = importSeed(seed);
  const keypair = { address: addressOf(publicKey), publicKey, secretKey: Uint8Array.from(seed) };
  privateKeys.set(keypair, privateKey);
  return keypair;
}

function privateKeyOf(keypair: Keypair): KeyObject {
  const known = privateKeys.get(keypair);
  if (known !== undefined) return known;
  const { privateKey, publicKey } = importSeed(keypair.secretKey);
  assert(equalBytes(publicKey, keypair.publicKey), "the public key is not the secret key's own");
  privateKeys.set(keypair, privateKey);
  return privateKey;
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

/** Odd bytes are refused; whatever else there is to know only the curve says. */
export function triageEd25519(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): boolean | CurveQuestion {
  return isEd25519SignatureForm(signature) && isEd25519KeyForm(publicKey) && { signature, message, publicKey };
}

export const nodeEd25519: SignatureScheme = {
  name: "ed25519",
  isPublicKey,
  createKeypair,
  sign,
  verify,
  triage: triageEd25519,
};
