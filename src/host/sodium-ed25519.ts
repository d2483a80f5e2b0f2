/**
 * Ed25519 by libsodium, where its addon is installed and runs: the same answers as the portable form, at less than half
 * of node:crypto's cost. The addon is an optional dependency that comes built; without it node:crypto serves.
 *
 * This libsodium's equation is the cofactorless one with a byte comparison, as ours; newer ones took the cofactored one,
 * which calls more signatures valid. So its version is fixed in package.json, and what is loaded must first give the
 * right answers where the equations differ.
 */
import { createRequire } from "node:module";
import { assert } from "../base/assert.ts";
import { decodeHex, equalBytes, utf8Bytes } from "../base/bytes.ts";
import type { Keypair, SignatureScheme } from "../chain/crypto.ts";
import { isEd25519KeyForm, isEd25519SignatureForm } from "../chain/ed25519-rule.ts";
import { addressOf } from "../chain/ids.ts";
import { nodeEd25519, triageEd25519 } from "./node-ed25519.ts";

/** What we use of it. All are arrays of bytes, whose lengths it asserts. */
export type Sodium = {
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
};

const require = createRequire(import.meta.url);

/** Where the addon's module is, for another thread to load it; null when it is not installed. */
function sodiumPath(): string | null {
  try {
    return require.resolve("sodium-native");
  } catch {
    return null;
  }
}

function loadSodium(path: string | null): Sodium | null {
  if (path === null) return null;
  try {
    const sodium = require(path) as Sodium;
    return answersByOurRule(sodium) ? sodium : null;
  } catch {
    // Installed, but with no build for this platform.
    return null;
  }
}

/** Signatures of "message 0" whose points carry torsion: valid by both equations, and by the cofactored one alone. */
const mixedOrder = [
  {
    publicKey: "fb4983ff7f43be52f4057c8c0438655bfe98c5d9b7fd90d253b2a021b797179e",
    signature:
      "1ff3f61e6fa906d711cf99a1c2cc078816f2814d08d7cca159ad7a02eeb9ac2266d9596caff3aec9f9648eb830f8d2b936d03d7bf8b0b6f4015b72e6fc55f50a",
    valid: true,
  },
  {
    publicKey: "aa227c3514c10a38a6ff89129d0c651c157aca564b9917a3da6da819c243821d",
    signature:
      "1ff3f61e6fa906d711cf99a1c2cc078816f2814d08d7cca159ad7a02eeb9ac2294ebc55b1b499be67fe76d84418a5fb72a6f38c53704e3ae51b592d45db83307",
    valid: false,
  },
] as const;

export function answersByOurRule(sodium: Pick<Sodium, "crypto_sign_verify_detached">): boolean {
  const message = utf8Bytes("message 0");
  return mixedOrder.every(
    ({ publicKey, signature, valid }) =>
      sodium.crypto_sign_verify_detached(decodeHex(signature)!, message, decodeHex(publicKey)!) === valid,
  );
}

function createScheme(sodium: Sodium): SignatureScheme {
  /** Seed and public key, as libsodium wants them. */
  const secretKeys = new WeakMap<Keypair, Uint8Array>();

  function importSeed(seed: Uint8Array) {
    assert(seed.length === 32, `an Ed25519 seed has 32 bytes, not ${seed.length}`);
    const publicKey = new Uint8Array(32);
    const secretKey = new Uint8Array(64);
    sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
    return { publicKey, secretKey };
  }

  function secretKeyOf(keypair: Keypair): Uint8Array {
    const known = secretKeys.get(keypair);
    if (known !== undefined) return known;
    const { publicKey, secretKey } = importSeed(keypair.secretKey);
    assert(equalBytes(publicKey, keypair.publicKey), "the public key is not the secret key's own");
    secretKeys.set(keypair, secretKey);
    return secretKey;
  }

  return {
    name: "ed25519",
    isPublicKey: nodeEd25519.isPublicKey,
    createKeypair(seed) {
      const { publicKey, secretKey } = importSeed(seed);
      const keypair = { address: addressOf(publicKey), publicKey, secretKey: Uint8Array.from(seed) };
      secretKeys.set(keypair, secretKey);
      return keypair;
    },
    sign(message, keypair) {
      const signature = new Uint8Array(64);
      sodium.crypto_sign_detached(signature, message, secretKeyOf(keypair));
      return signature;
    },
    verify(signature, message, publicKey) {
      if (!isEd25519SignatureForm(signature) || !isEd25519KeyForm(publicKey)) return false;
      return sodium.crypto_sign_verify_detached(signature, message, publicKey);
    },
    triage: triageEd25519,
  };
}

const path = sodiumPath();
const loaded = loadSodium(path);

/** Null where it cannot serve. */
export const sodiumEd25519: SignatureScheme | null = loaded === null ? null : createScheme(loaded);

/** The module's file, where `sodiumEd25519` is there. */
export const sodiumModule: string | null = loaded === null ? null : path;
