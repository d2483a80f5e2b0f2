/**
 * A signature scheme that remembers what it found true, so that a process of many validators checks each signature once.
 *
 *     verify(sig, message, key)   ->  true, remembered       (one curve operation)
 *     verify(sig, message, key)   ->  true, from memory      (the second validator)
 *     verify(sig, message', key)  ->  asked again: the entry under sig holds another message
 *
 * A cache behind the same function: with it or without it, every answer is the same. Only true answers are kept, because a
 * stranger can make false ones for nothing and would flush the memory. An entry is found by the signature's 64 bytes
 * and holds its own copy of key and message, compared in full: nothing rests on a hash, nor on callers leaving their arrays
 * alone; nor does it keep alive the memory that those are part of.
 */
import { createBytePieces } from "../base/byte-pieces.ts";
import { equalBytes } from "../base/bytes.ts";
import { createRecentMap } from "../base/recent-map.ts";
import type { SignatureScheme } from "../chain/crypto.ts";

export type CheckedSignaturesOptions = {
  /** How many triples are remembered at most; even. */
  readonly entriesMax?: number;
  /** Longer messages are not remembered. The default holds every transaction (1232 bytes at most). */
  readonly messageBytesMax?: number;
};

type CheckedTriple = { readonly publicKey: Uint8Array; readonly message: Uint8Array };

export function createCheckedSignatures(
  scheme: SignatureScheme,
  { entriesMax = 50_000, messageBytesMax = 2048 }: CheckedSignaturesOptions = {},
): SignatureScheme {
  const checked = createRecentMap<CheckedTriple>(entriesMax);
  const pieces = createBytePieces();

  function remember(key: string, message: Uint8Array, publicKey: Uint8Array): void {
    if (message.length > messageBytesMax) return;
    const own = pieces.copy(message);
    pieces.keep();
    checked.set(key, { publicKey: new Uint8Array(publicKey), message: own });
  }

  function isKnown(key: string, message: Uint8Array, publicKey: Uint8Array): boolean {
    const known = checked.get(key);
    return known !== undefined && equalBytes(known.publicKey, publicKey) && equalBytes(known.message, message);
  }

  const { triage } = scheme;
  return {
    name: scheme.name,
    isPublicKey: scheme.isPublicKey,
    createKeypair: scheme.createKeypair,
    // What is signed here is shown to others as what it is (shared-work.ts), and seldom verified at all.
    sign: scheme.sign,
    verify(signature, message, publicKey) {
      // Checked before the key is made: a stranger's signature may be of any length.
      if (signature.length !== 64) return false;
      const key = signatureKey(signature);
      if (isKnown(key, message, publicKey)) return true;
      const valid = scheme.verify(signature, message, publicKey);
      if (valid) remember(key, message, publicKey);
      return valid;
    },
    ...(triage === undefined
      ? {}
      : {
          triage(signature, message, publicKey) {
            if (signature.length !== 64) return false;
            return isKnown(signatureKey(signature), message, publicKey) || triage(signature, message, publicKey);
          },
          learn({ signature, message, publicKey }) {
            remember(signatureKey(signature), message, publicKey);
          },
        }),
  };
}

/** One character a byte: different signatures have different keys. */
function signatureKey(signature: Uint8Array): string {
  return String.fromCharCode.apply(null, signature as unknown as number[]);
}
