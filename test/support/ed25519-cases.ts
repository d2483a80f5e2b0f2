/**
 * Signatures on which Ed25519 libraries disagree, and ordinary ones beside them: every implementation must give `valid`.
 * They are made with the curve's own points, from small fixed numbers, so each run has the same cases.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, decodeHex, utf8Bytes } from "../../src/base/bytes.ts";

export type Ed25519Case = {
  readonly name: string;
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly valid: boolean;
};

const { Point } = ed25519;
const { Fn } = Point;
const B = Point.BASE;
const p = Point.Fp.ORDER;
type CurvePoint = InstanceType<typeof Point>;

export function bytesLE(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

export function integerLE(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

export function challengeOf(R: Uint8Array, publicKey: Uint8Array, message: Uint8Array): bigint {
  return Fn.create(integerLE(sha512(concatBytes(R, publicKey, message))));
}

/** A point of order 8: L times a point outside the prime-order subgroup. */
export const torsionGenerator: CurvePoint = (() => {
  for (let y = 2n; ; y += 1n) {
    let point: CurvePoint;
    try {
      point = Point.fromBytes(bytesLE(y));
    } catch {
      continue;
    }
    const torsion = point.multiplyUnsafe(Fn.ORDER - 1n).add(point);
    if (!torsion.double().double().is0()) return torsion;
  }
})();

export const torsionPoints: readonly CurvePoint[] = Array.from({ length: 8 }, (_, i) =>
  i === 0 ? Point.ZERO : torsionGenerator.multiplyUnsafe(BigInt(i)),
);

/** All 14 byte strings that a lenient decoder reads as a point of small order. */
export const smallOrderEncodings: readonly Uint8Array[] = (() => {
  const encodings = new Map<string, Uint8Array>();
  const add = (y: bigint) => {
    for (const sign of [0n, 1n]) {
      const bytes = bytesLE(y + (sign << 255n));
      encodings.set(bytes.join(), bytes);
    }
  };
  for (const point of torsionPoints) {
    add(point.y);
    if (point.y + p < 2n ** 255n) add(point.y + p);
  }
  return [...encodings.values()];
})();

/** Points with y below 19 and more than small order, each in its second spelling y + p. */
export const secondSpellings: readonly { readonly canonical: Uint8Array; readonly second: Uint8Array }[] = (() => {
  const found: { canonical: Uint8Array; second: Uint8Array }[] = [];
  for (let y = 2n; y < 19n; y += 1n) {
    const canonical = bytesLE(y);
    try {
      if (Point.fromBytes(canonical).isSmallOrder()) continue;
    } catch {
      continue;
    }
    found.push({ canonical, second: bytesLE(y + p) });
  }
  return found;
})();

const a = 0x1234_5678_9abc_def0_1234_5678_9abc_def1n;
const r = 0x0fed_cba9_8765_4321_0fed_cba9_8765_4321n;
const A = B.multiply(a);
const messages = Array.from({ length: 40 }, (_, i) => utf8Bytes(`message ${i}`));

function hex(text: string): Uint8Array {
  const bytes = decodeHex(text);
  if (bytes === null) throw new Error(`not hex: ${text}`);
  return bytes;
}

/** RFC 8032, section 7.1, tests 1 to 3. */
export const rfc8032 = [
  {
    secretKey: hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
    publicKey: hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
    message: hex(""),
    signature: hex(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
  },
  {
    secretKey: hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
    publicKey: hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
    message: hex("72"),
    signature: hex(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
  },
  {
    secretKey: hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"),
    publicKey: hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"),
    message: hex("af82"),
    signature: hex(
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
  },
] as const;

/** A signature whose R and A carry torsion; valid by the cofactorless equation only where the torsion cancels. */
function mixedOrderCase(keyTorsion: number, nonceTorsion: number, message: Uint8Array): Ed25519Case {
  const publicKey = A.add(torsionPoints[keyTorsion]!).toBytes();
  const R = B.multiply(r).add(torsionPoints[nonceTorsion]!).toBytes();
  const k = challengeOf(R, publicKey, message);
  const s = Fn.create(r + k * a);
  const valid = (k * BigInt(keyTorsion) + BigInt(nonceTorsion)) % 8n === 0n;
  const name = `mixed order, key ${keyTorsion}, nonce ${nonceTorsion}, torsion ${valid ? "cancels" : "remains"}`;
  return { name, signature: concatBytes(R, bytesLE(s)), message, publicKey, valid };
}

function ordinaryCases(): Ed25519Case[] {
  return rfc8032.flatMap(({ publicKey, message, signature }, index) => {
    const s = integerLE(signature.subarray(32));
    const R = signature.subarray(0, 32);
    const cases: Ed25519Case[] = [
      { name: `RFC 8032 test ${index + 1}`, signature, message, publicKey, valid: true },
      { name: "another message", signature, message: utf8Bytes("no"), publicKey, valid: false },
    ];
    for (const times of [1n, 2n, 15n])
      if (s + times * Fn.ORDER < 2n ** 256n)
        cases.push({
          name: `s + ${times}L`,
          signature: concatBytes(R, bytesLE(s + times * Fn.ORDER)),
          message,
          publicKey,
          valid: false,
        });
    return cases;
  });
}

/** A universal signature for every small-order key: R = -kA is of small order, s = 0; and R = rB, s = r where kA vanishes. */
function smallOrderKeyCases(): Ed25519Case[] {
  return smallOrderEncodings.flatMap((publicKey, index) =>
    messages.slice(0, 12).flatMap((message) => {
      const fromNonce = B.multiply(r).toBytes();
      const cases: Ed25519Case[] = smallOrderEncodings.map((R, other) => ({
        name: `small-order key ${index}, small-order R ${other}, s = 0`,
        signature: concatBytes(R, bytesLE(0n)),
        message,
        publicKey,
        valid: false,
      }));
      const signature = concatBytes(fromNonce, bytesLE(r));
      cases.push({ name: `small-order key ${index}, R = rB, s = r`, signature, message, publicKey, valid: false });
      return cases;
    }),
  );
}

/** An honest key with a nonce of small order: s = ka satisfies the cofactored equation for all, the cofactorless one for R = identity. */
function smallOrderNonceCases(): Ed25519Case[] {
  const publicKey = A.toBytes();
  const message = messages[0]!;
  return smallOrderEncodings.map((R, index) => {
    const s = Fn.create(challengeOf(R, publicKey, message) * a);
    return {
      name: `small-order R ${index}, s = ka`,
      signature: concatBytes(R, bytesLE(s)),
      message,
      publicKey,
      valid: false,
    };
  });
}

function formCases(): Ed25519Case[] {
  const { publicKey, message, signature } = rfc8032[1];
  const lengths = [0, 1, 31, 33, 63, 65, 128];
  const resized = (bytes: Uint8Array, length: number) =>
    Uint8Array.from({ length }, (_, i) => bytes[i % bytes.length] ?? 0);
  const cases: Ed25519Case[] = [];
  for (const length of lengths) {
    const name = `${length} bytes of signature`;
    cases.push({ name, signature: resized(signature, length), message, publicKey, valid: false });
    const keyName = `${length} bytes of key`;
    cases.push({ name: keyName, signature, message, publicKey: resized(publicKey, length), valid: false });
  }
  for (const { canonical, second } of secondSpellings)
    for (const odd of [canonical, second]) {
      const name = "point without a known logarithm";
      cases.push({ name: `${name} as key`, signature, message, publicKey: odd, valid: false });
      const asNonce = concatBytes(odd, signature.subarray(32));
      cases.push({ name: `${name} as R`, signature: asNonce, message, publicKey, valid: false });
    }
  for (const y of [2n, 7n, p - 2n, p, p + 18n, 2n ** 255n - 1n, 2n ** 256n - 1n])
    cases.push({ name: `key with y = ${y}`, signature, message, publicKey: bytesLE(y), valid: false });
  const s = (value: bigint) => concatBytes(signature.subarray(0, 32), bytesLE(value));
  for (const value of [0n, 1n, Fn.ORDER - 1n, Fn.ORDER, Fn.ORDER + 1n, 2n ** 252n, 2n ** 253n, 2n ** 256n - 1n])
    cases.push({ name: `s = ${value}`, signature: s(value), message, publicKey, valid: false });
  return cases;
}

export function ed25519Cases(): readonly Ed25519Case[] {
  const mixed = messages.flatMap((message) => [
    mixedOrderCase(0, 1, message),
    mixedOrderCase(1, 0, message),
    mixedOrderCase(4, 0, message),
    mixedOrderCase(1, 1, message),
    mixedOrderCase(2, 4, message),
  ]);
  return [...ordinaryCases(), ...smallOrderKeyCases(), ...smallOrderNonceCases(), ...formCases(), ...mixed];
}
