import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8Bytes } from "../base/bytes.ts";
import type { Keypair, SignatureScheme } from "../chain/crypto.ts";
import { portableSignatures } from "../chain/signature-schemes.ts";
import { createCheckedSignatures } from "./checked-signatures.ts";

/**
 * A toy scheme, fast and countable: a signature is 64 bytes whose first is the sum of key and message. Unlike a real one
 * it lets one signature fit many messages and keys, which is what the memory must not mix up.
 */
function createToyScheme(): { scheme: SignatureScheme; verified: () => number } {
  let count = 0;
  const sum = (...parts: readonly Uint8Array[]) =>
    parts.reduce((all, part) => part.reduce((x, y) => x + y, all), 0) & 3;
  const scheme: SignatureScheme = {
    ...portableSignatures.ed25519,
    sign: (message, keypair) => new Uint8Array(64).fill(sum(message, keypair.publicKey)),
    verify(signature, message, publicKey) {
      count++;
      return signature.length === 64 && signature.every((byte) => byte === sum(message, publicKey));
    },
  };
  return { scheme, verified: () => count };
}

const keypair: Keypair = portableSignatures.ed25519.createKeypair(new Uint8Array(32).fill(1));
const message = utf8Bytes("hello");

function signatureOver(bytes: Uint8Array): Uint8Array {
  return portableSignatures.ed25519.sign(bytes, keypair);
}

describe("checked signatures", () => {
  it("answer as the scheme alone does, whatever was asked before", () => {
    const small = (length: number) => fc.uint8Array({ minLength: length, maxLength: length, max: 2 });
    const triple = fc.tuple(
      fc.oneof(
        fc.nat(4).map((byte) => new Uint8Array(64).fill(byte)),
        small(3),
      ),
      fc.uint8Array({ maxLength: 3, max: 2 }),
      fc.oneof(small(2), small(1)),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(triple, { maxLength: 100 }), (triples) => {
        const { scheme } = createToyScheme();
        const checked = createCheckedSignatures(scheme, { entriesMax: 4 });
        for (const [signature, text, publicKey, signs] of triples) {
          if (signs)
            expect(checked.sign(text, { ...keypair, publicKey })).toEqual(scheme.sign(text, { ...keypair, publicKey }));
          expect(checked.verify(signature, text, publicKey)).toBe(scheme.verify(signature, text, publicKey));
        }
      }),
      { seed: 1234, numRuns: 300 },
    );
  });

  it("verify a true triple once", () => {
    const { scheme, verified } = createToyScheme();
    const checked = createCheckedSignatures(scheme);
    const signature = scheme.sign(message, keypair);
    for (let i = 0; i < 5; i++) expect(checked.verify(signature, message, keypair.publicKey)).toBe(true);
    expect(verified()).toBe(1);
  });

  it("verify what they signed themselves like anybody's: once", () => {
    const { scheme, verified } = createToyScheme();
    const checked = createCheckedSignatures(scheme);
    const signature = checked.sign(message, keypair);
    for (let i = 0; i < 5; i++) expect(checked.verify(signature, message, keypair.publicKey)).toBe(true);
    expect(verified()).toBe(1);
  });

  it("never remember a false answer, as true or at all", () => {
    const { scheme, verified } = createToyScheme();
    const checked = createCheckedSignatures(scheme);
    const forged = new Uint8Array(64).fill(9);
    for (let i = 0; i < 3; i++) expect(checked.verify(forged, message, keypair.publicKey)).toBe(false);
    expect(verified()).toBe(3);
  });

  it("refuse a remembered signature under another message, another key, or bytes moved between the two", () => {
    for (const scheme of Object.values(portableSignatures)) {
      const checked = createCheckedSignatures(scheme);
      const own = scheme.createKeypair(new Uint8Array(32).fill(1));
      const other = scheme.createKeypair(new Uint8Array(32).fill(2));
      const signature = checked.sign(message, own);
      expect(checked.verify(signature, utf8Bytes("hellp"), own.publicKey)).toBe(false);
      expect(checked.verify(signature, utf8Bytes("hell"), own.publicKey)).toBe(false);
      expect(checked.verify(signature, message, other.publicKey)).toBe(false);
      const longer = Uint8Array.from([...own.publicKey, message[0]!]);
      expect(checked.verify(signature, message.subarray(1), longer)).toBe(false);
      expect(checked.verify(signature.subarray(0, 63), message, own.publicKey)).toBe(false);
      expect(checked.verify(signature, message, own.publicKey)).toBe(true);
    }
  });

  it("keep their own copies: a caller may use the arrays again", () => {
    const checked = createCheckedSignatures(portableSignatures.ed25519);
    const text = Uint8Array.from(message);
    const publicKey = Uint8Array.from(keypair.publicKey);
    const signature = signatureOver(text);
    expect(checked.verify(signature, text, publicKey)).toBe(true);
    text[0] = 0;
    expect(checked.verify(signature, text, publicKey)).toBe(false);
    publicKey.fill(3);
    expect(checked.verify(signature, message, publicKey)).toBe(false);
  });

  it("keep their own copies of what they learn, not the memory that those are part of", () => {
    const { scheme, verified } = createToyScheme();
    const checked = createCheckedSignatures({ ...scheme, triage: () => false });
    const text = Uint8Array.from(message);
    const publicKey = Uint8Array.from(keypair.publicKey);
    const signature = scheme.sign(message, keypair);
    checked.learn!({ signature, message: text, publicKey });
    text.fill(0);
    publicKey.fill(0);
    expect(checked.verify(signature, message, keypair.publicKey)).toBe(true);
    expect(verified()).toBe(0);
  });

  it("are bounded: the oldest is forgotten, the used is kept", () => {
    const { scheme, verified } = createToyScheme();
    const distinct = {
      ...scheme,
      verify: (...parts: Parameters<typeof scheme.verify>) => scheme.verify(...parts) || true,
    };
    const checked = createCheckedSignatures(distinct, { entriesMax: 8 });
    const ask = (index: number) => checked.verify(new Uint8Array(64).fill(index), message, keypair.publicKey);
    for (let index = 0; index < 100; index++) {
      ask(index);
      ask(0);
    }
    expect(verified()).toBe(100);
    ask(1);
    expect(verified()).toBe(101);
    ask(99);
    expect(verified()).toBe(101);
  });

  it("do not remember messages past the bound", () => {
    const { scheme, verified } = createToyScheme();
    const checked = createCheckedSignatures(scheme, { messageBytesMax: 10 });
    for (const [length, calls] of [
      [10, 1],
      [11, 3],
    ] as const) {
      const text = new Uint8Array(length);
      const signature = scheme.sign(text, keypair);
      for (let i = 0; i < 2; i++) expect(checked.verify(signature, text, keypair.publicKey)).toBe(true);
      expect(verified()).toBe(calls);
    }
  });

  it("pass the scheme's name, keys and key check on", () => {
    for (const scheme of Object.values(portableSignatures)) {
      const checked = createCheckedSignatures(scheme);
      expect(checked.name).toBe(scheme.name);
      const pair = scheme.createKeypair(new Uint8Array(32).fill(4));
      expect(checked.createKeypair(new Uint8Array(32).fill(4))).toEqual(pair);
      expect([checked.isPublicKey(pair.publicKey), checked.isPublicKey(new Uint8Array(32))]).toEqual([true, false]);
    }
  });
});
