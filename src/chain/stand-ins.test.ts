import { describe, expect, it } from "vitest";
import { utf8Bytes } from "../base/bytes.ts";
import { portableEd25519 as scheme } from "./ed25519.ts";
import { createStandInKeypair, withStandIns } from "./stand-ins.ts";

const keyOf = (byte: number) => scheme.createKeypair(new Uint8Array(32).fill(byte));
const [real, own, plain] = [keyOf(1), keyOf(2), keyOf(3)];
const message = utf8Bytes("a message");
const standing = withStandIns(scheme, [{ identity: real.address, signer: own.address }]);
const standIn = createStandInKeypair(real.address, own.secretKey);

describe("stand-ins", () => {
  it("leaves the scheme as it is where nobody has one", () => {
    expect(withStandIns(scheme, [])).toBe(scheme);
  });

  it("signs in the identity's name with the stand-in's key, and is believed", () => {
    expect([standIn.address, standIn.publicKey]).toEqual([real.address, real.publicKey]);
    const signature = standing.sign(message, standIn);
    expect(signature).toEqual(scheme.sign(message, own));
    expect(standing.verify(signature, message, real.publicKey)).toBe(true);
    expect(standing.sign(message, standIn)).toEqual(signature);
  });

  it("believes the real key no longer, and the plain scheme never believes the stand-in", () => {
    expect(standing.verify(scheme.sign(message, real), message, real.publicKey)).toBe(false);
    expect(scheme.verify(standing.sign(message, standIn), message, real.publicKey)).toBe(false);
  });

  it("changes nothing for others", () => {
    const signature = standing.sign(message, plain);
    expect(signature).toEqual(scheme.sign(message, plain));
    expect(standing.verify(signature, message, plain.publicKey)).toBe(true);
    expect(standing.verify(signature, message, real.publicKey)).toBe(false);
    expect(standing.isPublicKey(real.publicKey)).toBe(true);
    expect(standing.createKeypair(plain.secretKey)).toEqual(plain);
  });

  it("answers any bytes with false", () => {
    for (const length of [0, 31, 33])
      expect(standing.verify(new Uint8Array(64), message, new Uint8Array(length))).toBe(false);
    expect(standing.verify(new Uint8Array(63), message, real.publicKey)).toBe(false);
  });
});
