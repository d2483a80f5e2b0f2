import {
  getAuthorizeWithSeedInstructionDataEncoder,
  getInitializeInstructionDataEncoder,
  getSetLockupCheckedInstructionDataEncoder,
  getSetLockupInstructionDataEncoder,
  getSplitInstructionDataEncoder,
} from "@solana-program/stake";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressNamed } from "../../../test/support/stake-program.ts";
import { ByteWriter, concatBytes, decodeHex, utf8Bytes } from "../../base/bytes.ts";
import { addressBytes } from "../ids.ts";
import { decodeStakeInstruction } from "./stake-instruction.ts";

const [alice, bob] = [addressNamed("alice"), addressNamed("bob")];
const lockup = { unixTimestamp: -5n, epoch: 7n, custodian: bob };
const bytesOf = (encoded: ArrayLike<number>) => Uint8Array.from(encoded);
const split = bytesOf(getSplitInstructionDataEncoder().encode({ args: 1_000_000n }));

describe("decodeStakeInstruction", () => {
  it("reads the example of its story", () => {
    expect(decodeStakeInstruction(decodeHex("0300000040420f0000000000")!)).toEqual({
      type: "Split",
      lamports: 1_000_000n,
    });
  });

  it("reads what the official client writes", () => {
    const initialize = { arg0: { staker: alice, withdrawer: bob }, arg1: lockup };
    expect(decodeStakeInstruction(bytesOf(getInitializeInstructionDataEncoder().encode(initialize)))).toEqual({
      type: "Initialize",
      staker: alice,
      withdrawer: bob,
      lockup,
    });
    expect(decodeStakeInstruction(bytesOf(getSetLockupInstructionDataEncoder().encode(lockup)))).toEqual({
      type: "SetLockup",
      change: lockup,
    });
    const nothing = getSetLockupCheckedInstructionDataEncoder().encode({ unixTimestamp: null, epoch: null });
    expect(decodeStakeInstruction(bytesOf(nothing))).toEqual({
      type: "SetLockupChecked",
      change: { unixTimestamp: null, epoch: null },
    });
  });

  it("ignores bytes after the last field", () => {
    expect(decodeStakeInstruction(concatBytes(split, Uint8Array.of(1, 2, 3)))).toEqual(decodeStakeInstruction(split));
  });

  it("refuses every instruction that ends too early", () => {
    for (let length = 0; length < split.length; length++)
      expect(decodeStakeInstruction(split.subarray(0, length))).toBe(null);
  });

  it("refuses an option whose tag is neither 0 nor 1, which the client reads as none", () => {
    for (const at of [4, 5, 6]) {
      const data = bytesOf(
        getSetLockupInstructionDataEncoder().encode({ unixTimestamp: null, epoch: null, custodian: null }),
      );
      data[at] = 2;
      expect(decodeStakeInstruction(data)).toBe(null);
    }
  });

  it("refuses an authority that is neither staker nor withdrawer", () => {
    expect(decodeStakeInstruction(new ByteWriter().u32(10).u32(1).finish())).toEqual({
      type: "AuthorizeChecked",
      kind: "Withdrawer",
    });
    expect(decodeStakeInstruction(new ByteWriter().u32(10).u32(2).finish())).toBe(null);
  });

  it("keeps a seed's zero bytes, which the client drops, and refuses a seed that is no UTF-8", () => {
    const withSeed = (seed: Uint8Array) =>
      new ByteWriter()
        .u32(8)
        .bytes(addressBytes(alice))
        .u32(0)
        .u64(BigInt(seed.length))
        .bytes(seed)
        .bytes(addressBytes(bob))
        .finish();
    const zeros = Uint8Array.of(97, 0, 98);
    expect(decodeStakeInstruction(withSeed(zeros))).toEqual({
      type: "AuthorizeWithSeed",
      kind: "Staker",
      current: { seed: zeros, owner: bob },
      newAuthority: alice,
    });
    expect(decodeStakeInstruction(withSeed(Uint8Array.of(0xc3, 0x28)))).toBe(null);
    const plain = getAuthorizeWithSeedInstructionDataEncoder().encode({
      newAuthorizedPubkey: alice,
      stakeAuthorize: 0,
      authoritySeed: "hello",
      authorityOwner: bob,
    });
    expect(bytesOf(plain)).toEqual(withSeed(utf8Bytes("hello")));
  });

  it("refuses a seed longer than the data, however long it says to be", () => {
    const head = new ByteWriter().u32(8).bytes(addressBytes(alice)).u32(0);
    expect(
      decodeStakeInstruction(
        head
          .u64(2n ** 64n - 1n)
          .bytes(new Uint8Array(40))
          .finish(),
      ),
    ).toBe(null);
  });

  it("knows Redelegate, and no tag after MoveLamports", () => {
    expect(decodeStakeInstruction(new ByteWriter().u32(15).finish())).toEqual({ type: "Redelegate" });
    expect(decodeStakeInstruction(new ByteWriter().u32(18).finish())).toBe(null);
    expect(decodeStakeInstruction(new ByteWriter().u32(2 ** 32 - 1).finish())).toBe(null);
  });

  it("never throws, whatever the bytes", () => {
    const tagged = fc
      .tuple(fc.nat(20), fc.uint8Array({ maxLength: 160 }))
      .map(([tag, rest]) => concatBytes(Uint8Array.of(tag, 0, 0, 0), rest));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 8 }), tagged), (data) => {
        const instruction = decodeStakeInstruction(data);
        expect(instruction === null || typeof instruction.type === "string").toBe(true);
      }),
      { seed: 1234, numRuns: 1000 },
    );
  });
});
