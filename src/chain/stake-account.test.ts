import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressNamed } from "../../test/support/transactions.ts";
import { encodeHex } from "../base/bytes.ts";
import { addressBytes, lamportsOf, u64Max } from "./ids.ts";
import {
  createDelegation,
  decodeDelegatedStake,
  decodeStakeState,
  encodeStakeState,
  never,
  noLockup,
  type StakeState,
  stakeAccountBytes,
} from "./stake-account.ts";

const meta = {
  rentReserve: lamportsOf(2_282_880n),
  staker: addressNamed("staker"),
  withdrawer: addressNamed("withdrawer"),
  lockup: { unixTimestamp: -5n, epoch: 77n, custodian: addressNamed("custodian") },
};

const stake = {
  type: "delegated",
  meta,
  delegation: {
    ...createDelegation({
      voteAccount: addressNamed("vote"),
      stake: lamportsOf(5n * 10n ** 9n),
      activationEpoch: 7n,
      creditsObserved: 99n,
    }),
    reserved: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    flags: 1,
  },
} as const satisfies StakeState;

describe("stake account", () => {
  it("leads back from its bytes, in every state", () => {
    const states: StakeState[] = [
      { type: "uninitialized" },
      { type: "initialized", meta },
      { type: "initialized", meta: { ...meta, lockup: noLockup } },
      stake,
      { ...stake, delegation: { ...stake.delegation, deactivationEpoch: 9n } },
      { type: "rewards-pool" },
    ];
    for (const state of states) {
      const data = encodeStakeState(state);
      expect(data).toHaveLength(stakeAccountBytes);
      expect(decodeStakeState(data)).toEqual(state);
      expect(decodeDelegatedStake(data)).toEqual(state.type === "delegated" ? state : null);
    }
  });

  it("holds any amounts, times and epochs", () => {
    const u64 = fc.oneof(fc.constantFrom(0n, 1n, u64Max), fc.bigInt(0n, u64Max));
    fc.assert(
      fc.property(u64, u64, u64, u64, fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (a, b, c, d, unixTimestamp) => {
        const state: StakeState = {
          type: "delegated",
          meta: { ...meta, rentReserve: lamportsOf(a), lockup: { ...meta.lockup, unixTimestamp, epoch: d } },
          delegation: { ...stake.delegation, stake: lamportsOf(b), activationEpoch: c, deactivationEpoch: d },
        };
        expect(decodeStakeState(encodeStakeState(state))).toEqual(state);
      }),
      { seed: 1234, numRuns: 50 },
    );
  });

  it("lays its fields where Solana has them", () => {
    const data = encodeStakeState(stake);
    const view = new DataView(data.buffer);
    expect([view.getUint32(0, true), view.getBigUint64(4, true), view.getBigUint64(156, true)]).toEqual([
      2,
      meta.rentReserve,
      stake.delegation.stake,
    ]);
    expect([164, 172, 188].map((offset) => view.getBigUint64(offset, true))).toEqual([7n, never, 99n]);
    expect(data.slice(12, 44)).toEqual(addressBytes(meta.staker));
    expect(data.slice(44, 76)).toEqual(addressBytes(meta.withdrawer));
    expect([view.getBigInt64(76, true), view.getBigUint64(84, true)]).toEqual([-5n, 77n]);
    expect(data.slice(92, 124)).toEqual(addressBytes(meta.lockup.custodian));
    expect(data.slice(124, 156)).toEqual(addressBytes(stake.delegation.voteAccount));
    expect(encodeHex(data.slice(180, 188))).toBe("0102030405060708");
    expect(encodeHex(data.slice(196))).toBe("01000000");
  });

  it("of other states is zeros where they say nothing", () => {
    expect(encodeHex(encodeStakeState({ type: "initialized", meta }).slice(124))).toBe("00".repeat(76));
    expect(encodeHex(encodeStakeState({ type: "uninitialized" }))).toBe("00".repeat(200));
    expect(encodeHex(encodeStakeState({ type: "initialized", meta: { ...meta, lockup: noLockup } }).slice(76))).toBe(
      "00".repeat(124),
    );
  });

  it("sees no delegation in other states and lengths, and throws on none", () => {
    const data = encodeStakeState(stake);
    for (const tag of [0, 1, 3, 255]) expect(decodeDelegatedStake(Uint8Array.of(tag, ...data.slice(1)))).toBeNull();
    for (const tag of [4, 255]) expect(decodeStakeState(Uint8Array.of(tag, ...data.slice(1)))).toBeNull();
    expect(decodeDelegatedStake(Uint8Array.of(2, 1, ...data.slice(2)))).toBeNull();
    for (const length of [0, 4, 199]) expect(decodeStakeState(data.slice(0, length))).toBeNull();
    expect(decodeStakeState(Uint8Array.of(...data, 0))).toBeNull();
  });
});
