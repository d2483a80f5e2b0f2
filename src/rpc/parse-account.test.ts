import {
  getSysvarClockEncoder,
  getSysvarEpochRewardsEncoder,
  getSysvarEpochScheduleEncoder,
  getSysvarRentEncoder,
  getSysvarSlotHistoryEncoder,
  getSysvarStakeHistoryEncoder,
} from "@solana/sysvars";
import { describe, expect, it } from "vitest";
import { addressNamed, plainAccount } from "../../test/support/transactions.ts";
import { ByteWriter } from "../base/bytes.ts";
import {
  clockSysvarAddress,
  epochRewardsSysvarAddress,
  epochScheduleSysvarAddress,
  recentBlockhashesSysvarAddress,
  rentSysvarAddress,
  slotHashesSysvarAddress,
  slotHistorySysvarAddress,
  stakeHistorySysvarAddress,
  stakeProgramAddress,
  sysvarOwnerAddress,
  voteProgramAddress,
} from "../chain/addresses.ts";
import { type Address, addressBytes, epochOf, type Lamports } from "../chain/ids.ts";
import { createDelegation, encodeStakeState, never } from "../chain/stake-account.ts";
import { createVoteState, encodeVoteState } from "../chain/vote-state.ts";
import { encodeAccount } from "./encode-account.ts";
import { parseAccountData } from "./parse-account.ts";

const [alice, bob, carol] = ["alice", "bob", "carol"].map(addressNamed) as [Address, Address, Address];
const parsedOf = (address: Address, owner: Address, data: Uint8Array) =>
  parseAccountData(address, plainAccount(1n, { owner, data }));
const stake = (data: Uint8Array) => parsedOf(alice, stakeProgramAddress, data)?.parsed;

describe("a stake account", () => {
  const meta = {
    rentReserve: 2_282_880n as Lamports,
    staker: alice,
    withdrawer: bob,
    lockup: { unixTimestamp: -5n, epoch: 7n, custodian: carol },
  };
  const info = {
    rentExemptReserve: "2282880",
    authorized: { staker: alice, withdrawer: bob },
    lockup: { unixTimestamp: -5n, epoch: 7n, custodian: carol },
  };
  const delegation = createDelegation({
    voteAccount: carol,
    stake: 500n as Lamports,
    activationEpoch: 3n,
    creditsObserved: 2n ** 60n,
  });

  it("shows what it is, in each of its states", () => {
    expect(stake(encodeStakeState({ type: "uninitialized" }))).toEqual({ type: "uninitialized" });
    expect(stake(encodeStakeState({ type: "rewards-pool" }))).toEqual({ type: "rewardsPool" });
    expect(stake(encodeStakeState({ type: "initialized", meta }))).toEqual({
      type: "initialized",
      info: { meta: info, stake: null },
    });
    expect(parsedOf(alice, stakeProgramAddress, encodeStakeState({ type: "delegated", meta, delegation }))).toEqual({
      program: "stake",
      space: 200,
      parsed: {
        type: "delegated",
        info: {
          meta: info,
          stake: {
            delegation: {
              voter: carol,
              stake: "500",
              activationEpoch: "3",
              deactivationEpoch: never.toString(),
              warmupCooldownRate: 0,
            },
            creditsObserved: 2n ** 60n,
          },
        },
      },
    });
  });

  it("tells the old warm-up rate where one stands, and 0 for what is no number", () => {
    const rateOf = (rate: number) => {
      const reserved = new Uint8Array(8);
      new DataView(reserved.buffer).setFloat64(0, rate, true);
      const data = encodeStakeState({ type: "delegated", meta, delegation: { ...delegation, reserved } });
      return (stake(data) as { info: { stake: { delegation: { warmupCooldownRate: number } } } }).info.stake.delegation
        .warmupCooldownRate;
    };
    expect([0.25, 0.09, Number.NaN, Number.POSITIVE_INFINITY].map(rateOf)).toEqual([0.25, 0.09, 0, 0]);
  });

  it("is not taken apart when it holds nothing of the kind", () => {
    expect(stake(new Uint8Array(199))).toBeUndefined();
    expect(stake(new Uint8Array(200).fill(9))).toBeUndefined();
  });
});

describe("other accounts", () => {
  it("of the vote program are taken apart, those of others are not", () => {
    const fields = { identity: alice, authorizedVoter: alice, withdrawer: bob, commissionBps: 500, epoch: epochOf(0) };
    const data = encodeVoteState(createVoteState(fields));
    expect(parsedOf(carol, voteProgramAddress, data)).toMatchObject({ program: "vote", parsed: { type: "vote" } });
    expect(parsedOf(carol, alice, data)).toBeNull();
    expect(parseAccountData(alice, plainAccount(5n))).toBeNull();
    const encoded = encodeAccount(alice, plainAccount(5n), { encoding: "jsonParsed" });
    expect(encoded).toMatchObject({ ok: true, value: { data: ["", "base64"] } });
  });
});

describe("a sysvar", () => {
  const hash = addressNamed("a hash");
  const sysvar = (address: Address, data: { readonly length: number }) =>
    parsedOf(address, sysvarOwnerAddress, Uint8Array.from(data as Uint8Array));
  const parsed = (address: Address, data: { readonly length: number }) => sysvar(address, data)?.parsed;
  const clock = {
    slot: 9n,
    epochStartTimestamp: 5n,
    epoch: 2n,
    leaderScheduleEpoch: 3n,
    unixTimestamp: 1_700_000_000n,
  };
  const clockBytes = getSysvarClockEncoder().encode(clock as never);

  it("is told by its address, in what kit's own encoders write", () => {
    expect(sysvar(clockSysvarAddress, clockBytes)).toEqual({
      program: "sysvar",
      parsed: { type: "clock", info: clock },
      space: 40,
    });
    const schedule = {
      slotsPerEpoch: 32n,
      leaderScheduleSlotOffset: 32n,
      warmup: true,
      firstNormalEpoch: 1n,
      firstNormalSlot: 16n,
    };
    expect(parsed(epochScheduleSysvarAddress, getSysvarEpochScheduleEncoder().encode(schedule as never))).toEqual({
      type: "epochSchedule",
      info: schedule,
    });
    const rewards = {
      distributionStartingBlockHeight: 42n,
      numPartitions: 2n,
      parentBlockhash: hash,
      totalPoints: 2n ** 100n + 1n,
      totalRewards: 100n,
      distributedRewards: 20n,
      active: true,
    };
    expect(parsed(epochRewardsSysvarAddress, getSysvarEpochRewardsEncoder().encode(rewards as never))).toEqual({
      type: "epochRewards",
      info: { ...rewards, totalPoints: `${2n ** 100n + 1n}`, totalRewards: "100", distributedRewards: "20" },
    });
    const rent = { lamportsPerByteYear: 3480n, exemptionThreshold: 2, burnPercent: 50 };
    expect(parsed(rentSysvarAddress, getSysvarRentEncoder().encode(rent as never))).toEqual({
      type: "rent",
      info: { lamportsPerByteYear: "3480", exemptionThreshold: 2, burnPercent: 50, lamportsPerByte: "6960" },
    });
  });

  it("that is a list is told entry by entry", () => {
    const history = [7n, 6n].map((epoch) => ({
      epoch,
      stakeHistory: { effective: 10n * epoch, activating: 1n, deactivating: 2n },
    }));
    expect(parsed(stakeHistorySysvarAddress, getSysvarStakeHistoryEncoder().encode(history as never))).toEqual({
      type: "stakeHistory",
      info: history,
    });
    // By hand: kit's codecs of these two count with four bytes, Solana with eight.
    const slotHashes = new ByteWriter().count(1).u64(5n).bytes(addressBytes(hash)).finish();
    expect(parsed(slotHashesSysvarAddress, slotHashes)).toEqual({ type: "slotHashes", info: [{ slot: 5n, hash }] });
    const recent = new ByteWriter().count(1).bytes(addressBytes(hash)).u64(5000n).finish();
    expect(parsed(recentBlockhashesSysvarAddress, recent)).toEqual({
      type: "recentBlockhashes",
      info: [{ blockhash: hash, feeCalculator: { lamportsPerSignature: "5000" } }],
    });
  });

  it("of the slots' history is a digit a slot, from the first on", () => {
    const bits: bigint[] = Array(16_384).fill(0n);
    bits[0] = 0b1101n;
    bits[16_383] = 1n << 63n;
    const bytes = getSysvarSlotHistoryEncoder().encode({ bits, nextSlot: 4n } as never);
    expect(bytes).toHaveLength(131_097);
    const { type, info } = parsed(slotHistorySysvarAddress, bytes) as {
      type: string;
      info: { bits: string; nextSlot: bigint };
    };
    expect([type, info.nextSlot, info.bits.length]).toEqual(["slotHistory", 4n, 2 ** 20]);
    expect(info.bits.startsWith("10110000")).toBe(true);
    expect(info.bits.endsWith("01")).toBe(true);
    expect(info.bits.replaceAll("0", "")).toBe("1111");
  });

  it("is given in base64 when it holds something else, or is not known", () => {
    expect(parsed(clockSysvarAddress, clockBytes.slice(0, 39))).toBeUndefined();
    expect(parsed(alice, clockBytes)).toBeUndefined();
    expect(parsed(epochScheduleSysvarAddress, new Uint8Array(33).fill(2))).toBeUndefined();
    for (const address of [stakeHistorySysvarAddress, slotHashesSysvarAddress, recentBlockhashesSysvarAddress]) {
      expect(parsed(address, new Uint8Array(8).fill(1)), "more entries than there are bytes").toBeUndefined();
      expect(parsed(address, new Uint8Array(8).fill(0xff)), "a count beyond all measure").toBeUndefined();
      expect(parsed(address, new Uint8Array(8))).toMatchObject({ info: [] });
    }
    const history = new Uint8Array(40);
    history[0] = 1;
    history.fill(0x0f, 1, 9);
    expect(parsed(slotHistorySysvarAddress, history)).toBeUndefined();
    expect(parsed(slotHistorySysvarAddress, new Uint8Array(40))).toBeUndefined();
    expect(parsed(rentSysvarAddress, new Uint8Array(17).fill(0xff))).toBeUndefined();
  });
});
