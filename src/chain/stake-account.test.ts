import { describe, expect, it } from "vitest";
import { addressNamed } from "../../test/support/transactions.ts";
import { encodeHex } from "../base/bytes.ts";
import { addressBytes, lamportsOf } from "./ids.ts";
import { decodeDelegatedStake, encodeDelegatedStake, never, stakeAccountBytes } from "./stake-account.ts";

const stake = {
  rentReserve: lamportsOf(2_282_880n),
  staker: addressNamed("staker"),
  withdrawer: addressNamed("withdrawer"),
  voteAccount: addressNamed("vote"),
  stake: lamportsOf(5n * 10n ** 9n),
  activationEpoch: 7n,
  deactivationEpoch: never,
  creditsObserved: 99n,
};

describe("stake account", () => {
  it("leads back from its bytes", () => {
    const data = encodeDelegatedStake(stake);
    expect(data).toHaveLength(stakeAccountBytes);
    expect(decodeDelegatedStake(data)).toEqual(stake);
  });

  it("lays its fields where Solana has them", () => {
    const data = encodeDelegatedStake(stake);
    const view = new DataView(data.buffer);
    expect([view.getUint32(0, true), view.getBigUint64(4, true), view.getBigUint64(156, true)]).toEqual([
      2,
      stake.rentReserve,
      stake.stake,
    ]);
    expect([164, 172, 188].map((offset) => view.getBigUint64(offset, true))).toEqual([7n, never, 99n]);
    expect(data.slice(12, 44)).toEqual(addressBytes(stake.staker));
    expect(data.slice(44, 76)).toEqual(addressBytes(stake.withdrawer));
    expect(encodeHex(data.slice(76, 124))).toBe("00".repeat(48));
    expect(data.slice(124, 156)).toEqual(addressBytes(stake.voteAccount));
  });

  it("sees no delegation in other states and lengths, and throws on none", () => {
    const data = encodeDelegatedStake(stake);
    for (const tag of [0, 1, 3, 255]) expect(decodeDelegatedStake(Uint8Array.of(tag, ...data.slice(1)))).toBeNull();
    for (const length of [0, 4, 199]) expect(decodeDelegatedStake(data.slice(0, length))).toBeNull();
    expect(decodeDelegatedStake(Uint8Array.of(...data, 0))).toBeNull();
  });
});
