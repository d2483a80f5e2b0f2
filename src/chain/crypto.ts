/**
 * The cryptography port. The chain is handed its hash and signature code: portable TypeScript by default, native in the
 * host. Every implementation of one interface gives the same answers, odd signatures included; tests compare them.
 */
import type { Address } from "./ids.ts";

export type Keypair = {
  readonly address: Address;
  /** 32 bytes: the Ed25519 public key, or the x-only secp256k1 public key. */
  readonly publicKey: Uint8Array;
  /** 32 bytes: the Ed25519 seed, or the secp256k1 scalar (already negated where needed, so that the public key has even y). */
  readonly secretKey: Uint8Array;
};

export type SchemeName = "ed25519" | "secp256k1";

export interface SignatureScheme {
  readonly name: SchemeName;
  /** Whether these 32 bytes can be a signer: a decodable curve point that is not of small order. */
  isPublicKey(publicKey: Uint8Array): boolean;
  /** A key pair from 32 bytes of seed; the same seed gives the same pair. */
  createKeypair(seed: Uint8Array): Keypair;
  /** 64 bytes, deterministic. */
  sign(message: Uint8Array, keypair: Keypair): Uint8Array;
  /** Total: false for any bytes that are not a valid signature, never a throw. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  /**
   * For hosts that ask the curve elsewhere, on another core. `triage`: what `verify` would answer, where that needs no
   * curve, or else the question to the curve. `learn`: the curve's answer to it was yes. Schemes without have `verify` alone.
   */
  triage?(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean | CurveQuestion;
  /** Keeps the arrays: they must never change. */
  learn?(question: CurveQuestion): void;
}

/** Whether `signature` is one of `message` under `publicKey`; its bytes were judged already. */
export type CurveQuestion = {
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly publicKey: Uint8Array;
};

export interface PohKernel {
  readonly name: string;
  /** `count` times h = sha256(h), starting from the 32 bytes given; a new array. */
  hashChain(hash: Uint8Array, count: number): Uint8Array;
  /** As many chains as there are counts, from 32 bytes of `hashes` each; their ends in the same order, a new array. */
  hashChains(hashes: Uint8Array, counts: Float64Array): Uint8Array;
  /** sha256(hash || mixin): one hash that commits to `mixin` (32 bytes); a new array. */
  mix(hash: Uint8Array, mixin: Uint8Array): Uint8Array;
}

/** SHA-256 of any bytes: 32 new bytes. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

export type Crypto = {
  readonly signatures: SignatureScheme;
  readonly poh: PohKernel;
};
