/**
 * What an Ed25519 signature may look like, decided on the bytes alone, before any curve arithmetic: one place for every
 * implementation, because libraries disagree about odd signatures and a chain must not.
 *
 *     signature = R (32) || s (32)      public key = A (32)      a point = y (255 bits, little-endian) || sign of x (1 bit)
 *
 *     refused:  s >= L                    the same signature in a second spelling
 *               y >= p in A or R          a point in a second spelling
 *               A or R of small order     a key that signs everything: R = A = identity, s = 0
 *
 * After this, a signature is valid when encode(sB - kA) equals R byte for byte, k = SHA-512(R || A || message) mod L:
 * the cofactorless equation. Source: ed25519-dalek's verify_strict, which Solana uses; see docs/decisions/0002.
 */
import { decodeHex } from "../base/bytes.ts";

const ed25519SignatureBytes = 64;
const ed25519KeyBytes = 32;

/** L = 2^252 + 27742317777372353535851937790883648493, the order of the base point, little-endian. */
const orderBytes = decodeHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")!;

/**
 * y of the eight points whose order divides 8, without the sign bit: 0 (order 4), 1 (order 1), p-1 (order 2), and the
 * two y of the four points of order 8. Either sign bit is refused with them, which covers the spellings of x = -0.
 */
const smallOrderY = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map((hex) => decodeHex(hex)!);

/** y < p = 2^255 - 19, for the 32 bytes at `offset`. */
function isCanonicalPointAt(bytes: Uint8Array, offset: number): boolean {
  if ((bytes[offset + 31]! & 0x7f) !== 0x7f) return true;
  for (let i = 30; i > 0; i--) if (bytes[offset + i] !== 0xff) return true;
  return bytes[offset]! < 0xed;
}

function isSmallOrderPointAt(bytes: Uint8Array, offset: number): boolean {
  return smallOrderY.some((y) => {
    if ((bytes[offset + 31]! & 0x7f) !== y[31]) return false;
    for (let i = 0; i < 31; i++) if (bytes[offset + i] !== y[i]) return false;
    return true;
  });
}

function isReducedScalarAt(bytes: Uint8Array, offset: number): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = bytes[offset + i]! - orderBytes[i]!;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Whether the bytes may be a public key, as far as bytes can tell: 32 of them, canonical, not of small order. Not every such y is on the curve. */
export function isEd25519KeyForm(publicKey: Uint8Array): boolean {
  return publicKey.length === ed25519KeyBytes && isCanonicalPointAt(publicKey, 0) && !isSmallOrderPointAt(publicKey, 0);
}

/** Whether the bytes may be a signature: 64 of them, R canonical and not of small order, s < L. */
export function isEd25519SignatureForm(signature: Uint8Array): boolean {
  return (
    signature.length === ed25519SignatureBytes &&
    isReducedScalarAt(signature, 32) &&
    isCanonicalPointAt(signature, 0) &&
    !isSmallOrderPointAt(signature, 0)
  );
}
