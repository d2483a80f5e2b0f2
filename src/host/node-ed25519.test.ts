import { ed25519 } from "@noble/curves/ed25519.js";
import {
  createKeyPairFromPrivateKeyBytes,
  createSignerFromKeyPair,
  getAddressFromPublicKey,
  signBytes,
  verifySignature,
} from "@solana/kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ed25519Cases, rfc8032, secondSpellings, smallOrderEncodings } from "../../test/support/ed25519-cases.ts";
import { utf8Bytes } from "../base/bytes.ts";
import { portableEd25519 } from "../chain/ed25519.ts";
import { nodeEd25519 } from "./node-ed25519.ts";
import { answersByOurRule, sodiumEd25519 } from "./sodium-ed25519.ts";

if (sodiumEd25519 === null)
  console.warn("libsodium is not installed or has no build for this platform: its tests are skipped");
const hosts = [
  { title: "node", host: nodeEd25519 },
  ...(sodiumEd25519 === null ? [] : [{ title: "libsodium", host: sodiumEd25519 }]),
];
const schemes = [portableEd25519, ...hosts.map(({ host }) => host)];
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe.each(hosts)("Ed25519, $title and portable", ({ host }) => {
  it("answers every odd case as the rule says", () => {
    for (const { name, signature, message, publicKey, valid } of ed25519Cases())
      expect(host.verify(signature, message, publicKey), name).toBe(valid);
  });

  it("agree on keys and signatures, and on any flipped bit of signature, message or key", () => {
    const property = fc.property(
      bytes32,
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
      (seed, message, flips) => {
        const keypair = portableEd25519.createKeypair(seed);
        expect(host.createKeypair(seed)).toEqual(keypair);
        const signature = portableEd25519.sign(message, keypair);
        expect(host.sign(message, keypair)).toEqual(signature);
        for (const scheme of schemes) expect(scheme.verify(signature, message, keypair.publicKey)).toBe(true);
        const whole = Uint8Array.from([...signature, ...keypair.publicKey, ...message]);
        for (const flip of flips) {
          const bit = flip % (8 * whole.length);
          const bent = Uint8Array.from(whole);
          bent[bit >> 3]! ^= 1 << (bit & 7);
          const parts = [bent.subarray(0, 64), bent.subarray(96), bent.subarray(64, 96)] as const;
          for (const scheme of schemes) expect(scheme.verify(...parts)).toBe(false);
        }
      },
    );
    fc.assert(property, { seed: 1234, numRuns: 40 });
  });

  it("refuses each single flipped bit of a signature and its key", () => {
    const { signature, message, publicKey } = rfc8032[2];
    const whole = Uint8Array.from([...signature, ...publicKey]);
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const bent = Uint8Array.from(whole);
      bent[bit >> 3]! ^= 1 << (bit & 7);
      expect(host.verify(bent.subarray(0, 64), message, bent.subarray(64)), `bit ${bit}`).toBe(false);
    }
  });

  it("agree on any bytes, and never throw", () => {
    const anything = fc.uint8Array({ maxLength: 70 });
    const signatureLike = fc.uint8Array({ minLength: 64, maxLength: 64 });
    const property = fc.property(
      fc.oneof(anything, signatureLike),
      anything,
      fc.oneof(anything, bytes32),
      (signature, message, publicKey) => {
        const answers = schemes.map((scheme) => scheme.verify(signature, message, publicKey));
        expect(answers).toEqual(schemes.map(() => false));
        expect(host.isPublicKey(publicKey)).toBe(portableEd25519.isPublicKey(publicKey));
      },
    );
    fc.assert(property, { seed: 1234, numRuns: 100 });
  });

  it("agree on which odd bytes are public keys, asked twice", () => {
    const keys = [...smallOrderEncodings, ...secondSpellings.flatMap(({ canonical, second }) => [canonical, second])];
    for (const key of [...keys, ...keys]) expect(host.isPublicKey(key)).toBe(portableEd25519.isPublicKey(key));
  });

  it("both assert that a key pair's halves belong together", () => {
    const one = host.createKeypair(new Uint8Array(32).fill(1));
    const two = host.createKeypair(new Uint8Array(32).fill(2));
    for (const scheme of schemes)
      expect(() => scheme.sign(utf8Bytes("x"), { ...one, publicKey: two.publicKey })).toThrow(/own/);
  });

  it("makes of any seed, at both ends of the range and shared with its caller, what the portable form makes of it", () => {
    for (const byte of [0, 1, 127, 128, 255]) {
      const seed = new Uint8Array(32).fill(byte);
      const keypair = host.createKeypair(seed);
      expect(keypair).toEqual(portableEd25519.createKeypair(seed));
      seed.fill(9);
      expect(host.sign(utf8Bytes("x"), keypair)).toEqual(portableEd25519.sign(utf8Bytes("x"), keypair));
    }
    for (const length of [0, 31, 33])
      for (const scheme of schemes) expect(() => scheme.createKeypair(new Uint8Array(length))).toThrow(/32 bytes/);
  });

  it("reads keys and signatures that are views into larger arrays", () => {
    const { signature, message, publicKey } = rfc8032[1];
    const whole = Uint8Array.from([9, ...signature, ...publicKey, ...message, 9]);
    for (const scheme of schemes)
      expect(scheme.verify(whole.subarray(1, 65), whole.subarray(97, 98), whole.subarray(65, 97))).toBe(true);
  });

  it("understand @solana/kit, and it them", async () => {
    const seed = Uint8Array.from({ length: 32 }, (_, i) => 5 * i + 1);
    const message = utf8Bytes("one rule for all");
    const theirs = await createKeyPairFromPrivateKeyBytes(seed);
    const ours = portableEd25519.createKeypair(seed);
    expect(await getAddressFromPublicKey(theirs.publicKey)).toBe(ours.address);
    expect((await createSignerFromKeyPair(theirs)).address).toBe(ours.address);
    const signature = await signBytes(theirs.privateKey, message);
    for (const scheme of schemes) {
      expect(scheme.verify(signature, message, ours.publicKey)).toBe(true);
      const own = scheme.sign(message, ours) as typeof signature;
      expect(await verifySignature(theirs.publicKey, own, message)).toBe(true);
    }
  });
});

describe("libsodium", () => {
  it("is installed where it has a build: on Linux, macOS and Windows of 64 bits", () => {
    const isBuilt = ["linux", "darwin", "win32"].includes(process.platform) && ["x64", "arm64"].includes(process.arch);
    expect(sodiumEd25519 !== null).toBe(isBuilt);
  });

  it("is not used when it knows another equation", () => {
    expect(answersByOurRule({ crypto_sign_verify_detached: portableEd25519.verify })).toBe(true);
    const cofactored = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) =>
      ed25519.verify(signature, message, publicKey, { zip215: true });
    expect(answersByOurRule({ crypto_sign_verify_detached: cofactored })).toBe(false);
    expect(answersByOurRule({ crypto_sign_verify_detached: () => false })).toBe(false);
  });
});
