/**
 * Stand-in keys: how a network of real validators is rehearsed without their secrets.
 *
 *     genesis: identity 5D1f… (a real validator's)  signs with  stand-in 8xkQ…
 *
 * The stakes, vote accounts and identities are the real ones, so leaders are the real ones; signatures under such an
 * identity are checked against its stand-in's key instead. Genesis commits to the list, so everybody checks alike.
 */
import type { Keypair, SignatureScheme } from "./crypto.ts";
import { type Address, addressBytes, addressOf } from "./ids.ts";

export type StandIn = { readonly identity: Address; readonly signer: Address };

/** The scheme of a chain: the plain one when nobody has a stand-in. */
export function withStandIns(scheme: SignatureScheme, standIns: readonly StandIn[]): SignatureScheme {
  if (standIns.length === 0) return scheme;
  const signerOf = new Map(standIns.map(({ identity, signer }) => [identity, addressBytes(signer)]));
  const keypairs = new WeakMap<Keypair, Keypair>();
  const keyOf = (publicKey: Uint8Array) => signerOf.get(addressOf(publicKey)) ?? publicKey;
  const { triage } = scheme;
  return {
    name: scheme.name,
    isPublicKey: (publicKey) => scheme.isPublicKey(publicKey),
    createKeypair: (seed) => scheme.createKeypair(seed),
    sign(message, keypair) {
      if (!signerOf.has(keypair.address)) return scheme.sign(message, keypair);
      let standIn = keypairs.get(keypair);
      if (standIn === undefined) {
        standIn = scheme.createKeypair(keypair.secretKey);
        keypairs.set(keypair, standIn);
      }
      return scheme.sign(message, standIn);
    },
    verify(signature, message, publicKey) {
      if (publicKey.length !== 32) return false;
      return scheme.verify(signature, message, keyOf(publicKey));
    },
    ...(triage === undefined
      ? {}
      : {
          triage: (signature, message, publicKey) =>
            publicKey.length === 32 && triage(signature, message, keyOf(publicKey)),
          learn: (question) => scheme.learn?.(question),
        }),
  };
}

/** A key pair that signs in the name of `identity` with the stand-in's seed. */
export function createStandInKeypair(identity: Address, seed: Uint8Array): Keypair {
  return { address: identity, publicKey: addressBytes(identity), secretKey: seed };
}
