import {
  getSysvarClockDecoder,
  getSysvarEpochRewardsDecoder,
  getSysvarEpochScheduleDecoder,
  getSysvarRentDecoder,
  getSysvarStakeHistoryDecoder,
} from "@solana/sysvars";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRecentBlockhashes, decodeSlotHashes } from "../../test/support/sysvar-decoders.ts";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import type { DataPieces } from "./account-data.ts";
import type { EpochRewards, StakeReward } from "./epoch-rewards.ts";
import { createEpochSchedule } from "./epoch-schedule.ts";
import { addressOf, epochOf, type Hash, hashOf, slotOf } from "./ids.ts";
import { rentExemptMinimum } from "./rent.ts";
import { createStakeHistory } from "./stake-activation.ts";
import {
  createEmptyList,
  encodeClock,
  encodeEpochRewards,
  encodeEpochSchedule,
  encodeRecentBlockhash,
  encodeRent,
  encodeSlotHash,
  encodeStakeHistory,
  epochStartTimestampIn,
  prependEntry,
  recentBlockhashesLayout,
  slotHashesLayout,
} from "./sysvar-layouts.ts";

const u64 = fc.bigInt(0n, 2n ** 64n - 1n);
const count = fc.nat(Number.MAX_SAFE_INTEGER);
const seeded = { seed: 1234, numRuns: 60 };

function hashNumbered(n: number): Hash {
  return hashOf(new Uint8Array(32).fill(n & 0xff, 0, 16).fill(n >> 8, 16));
}

describe("as kit reads them", () => {
  it("a clock has its five numbers in 40 bytes", () => {
    const time = fc.integer({ min: 0, max: 2 ** 40 });
    fc.assert(
      fc.property(count, time, fc.nat(2 ** 50), time, (slot, start, epoch, now) => {
        const data = encodeClock({
          slot: slotOf(slot),
          epochStartTimestamp: start,
          epoch: epochOf(epoch),
          unixTimestamp: now,
        });
        expect(data.length).toBe(40);
        expect(getSysvarClockDecoder().decode(data)).toEqual({
          slot: BigInt(slot),
          epochStartTimestamp: BigInt(start),
          epoch: BigInt(epoch),
          leaderScheduleEpoch: BigInt(epoch + 1),
          unixTimestamp: BigInt(now),
        });
        expect(epochStartTimestampIn(data)).toBe(start);
      }),
      seeded,
    );
  });

  it("an epoch schedule has its five fields in 33 bytes", () => {
    for (const [slots, warmup, epoch, slot] of [
      [432_000, false, 0n, 0n],
      [128, true, 2n, 96n],
    ] as const) {
      const data = encodeEpochSchedule(createEpochSchedule(slots, warmup));
      expect(data.length).toBe(33);
      expect(getSysvarEpochScheduleDecoder().decode(data)).toEqual({
        slotsPerEpoch: BigInt(slots),
        leaderScheduleSlotOffset: BigInt(slots),
        warmup,
        firstNormalEpoch: epoch,
        firstNormalSlot: slot,
      });
    }
  });

  it("rent gives, bytes × rate × years, the minimum that the chain asks for, at even and odd prices", () => {
    for (const [price, rate, years] of [
      [6960n, 3480n, 2],
      [1n, 1n, 1],
      [7n, 7n, 1],
      [0n, 0n, 2],
    ] as const) {
      const data = encodeRent({ rentLamportsPerByte: price });
      expect(data.length).toBe(17);
      const rent = getSysvarRentDecoder().decode(data);
      expect(rent).toEqual({ lamportsPerByteYear: rate, exemptionThreshold: years, burnPercent: 50 });
      for (const size of [0, 200, 3762]) {
        const minimum = BigInt(128 + size) * rent.lamportsPerByteYear * BigInt(rent.exemptionThreshold);
        expect(minimum).toBe(rentExemptMinimum(size, { rentLamportsPerByte: price }));
      }
    }
  });

  it("a stake history has its entries newest first, up to 512, in 16392 bytes", () => {
    const entry = fc.record({ effective: u64, activating: u64, deactivating: u64 });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), fc.constantFrom(0, 511, 512, 600), (drawn, more) => {
        const fill = Array.from({ length: more }, (_, i) => ({
          effective: BigInt(i),
          activating: 1n,
          deactivating: 2n,
        }));
        const entries = [...drawn, ...fill].map((each, i) => ({ epoch: BigInt(i), ...each }));
        const data = encodeStakeHistory(createStakeHistory(entries));
        expect(data.length).toBe(16_392);
        const newest = entries.reverse().slice(0, 512);
        const expected = newest.map(({ epoch, ...stakeHistory }) => ({ epoch, stakeHistory }));
        expect(getSysvarStakeHistoryDecoder().decode(data)).toEqual(expected);
      }),
      { ...seeded, numRuns: 12 },
    );
  });
});

describe("epoch rewards", () => {
  const reward = (lamports: bigint): StakeReward => ({
    stakeAccount: addressOf(new Uint8Array(32)),
    voteAccount: addressOf(new Uint8Array(32)),
    points: 1n,
    earned: [],
    lamports,
    commission: 0n,
    commissionBps: 0,
    creditsObserved: 0n,
  });
  const rewards: EpochRewards = {
    epoch: epochOf(3),
    pot: 1000n,
    capitalization: 10n ** 9n,
    validatorRate: 0.08,
    totalPoints: 5n * 2n ** 64n + 7n,
    voteRewards: [30n, 40n].map((lamports) => ({
      voteAccount: addressOf(new Uint8Array(32)),
      lamports,
      commissionBps: 100,
    })),
    partitions: [[reward(100n), reward(200n)], [], [reward(300n)]],
    startHeight: 130,
    parentBlockhash: hashNumbered(9),
    total: 670n,
  };
  const decoded = (partitionsPaid: number) =>
    getSysvarEpochRewardsDecoder().decode(encodeEpochRewards({ rewards, partitionsPaid }));

  it("are all zeros before the first", () => {
    expect(encodeEpochRewards(null)).toEqual(new Uint8Array(81));
  });

  it("count commissions at once and partitions as they are paid, stand still afterwards, and are active until then", () => {
    const steps = [0, 1, 2, 3].map(decoded);
    expect(steps.map(({ distributedRewards }) => distributedRewards)).toEqual([70n, 370n, 370n, 670n]);
    expect(steps.map(({ active }) => active)).toEqual([true, true, true, false]);
    expect(steps[3]).toEqual({
      distributionStartingBlockHeight: 130n,
      numPartitions: 3n,
      parentBlockhash: rewards.parentBlockhash,
      totalPoints: 5n * 2n ** 64n + 7n,
      totalRewards: 1000n,
      distributedRewards: 670n,
      active: false,
    });
    expect(encodeEpochRewards({ rewards, partitionsPaid: 1 }).length).toBe(81);
  });
});

describe("a list that gains an entry a block", () => {
  it("has the newest first and never more than its most: 511, 512 and 513 slot hashes", () => {
    let list = createEmptyList(slotHashesLayout);
    const expected: { slot: bigint; hash: string }[] = [];
    for (let n = 1; n <= 513; n++) {
      const before = concatBytes(...list);
      const longer = prependEntry(list, encodeSlotHash(slotOf(3 * n), hashNumbered(n)), slotHashesLayout);
      expect(equalBytes(concatBytes(...list), before)).toBe(true);
      list = longer;
      expected.unshift({ slot: BigInt(3 * n), hash: hashNumbered(n) });
      // 102 entries end within the first piece, 103 within the second, 511 in the fifth, 512 in the last 8 bytes.
      if (![1, 2, 102, 103, 511, 512, 513].includes(n)) continue;
      const data = concatBytes(...list);
      expect(data.length).toBe(20_488);
      expect(decodeSlotHashes(data)).toEqual(expected.slice(0, 512));
      expect(data.subarray(8 + 40 * n).every((byte) => byte === 0)).toBe(true);
    }
  });

  it("the same for 149, 150 and 151 blockhashes", () => {
    let list = createEmptyList(recentBlockhashesLayout);
    const expected: unknown[] = [];
    for (let n = 1; n <= 151; n++) {
      list = prependEntry(list, encodeRecentBlockhash(hashNumbered(n), BigInt(n)), recentBlockhashesLayout);
      expected.unshift({ blockhash: hashNumbered(n), lamportsPerSignature: BigInt(n) });
      if (n < 149 && n !== 1) continue;
      const data = concatBytes(...list);
      expect(data.length).toBe(6008);
      expect(decodeRecentBlockhashes(data)).toEqual(expected.slice(0, 150));
    }
  });

  it("shares the pieces that no entry reaches, with every other list and with itself", () => {
    const slotHash = encodeSlotHash(slotOf(1), hashNumbered(1));
    const [empty, other] = [createEmptyList(slotHashesLayout), createEmptyList(recentBlockhashesLayout)];
    expect(empty[1]).toBe(other[0]);
    let list = empty;
    for (let n = 1; n <= 103; n++) {
      list = prependEntry(list, slotHash, slotHashesLayout);
      expect(list.map((piece, i) => piece === empty[i])).toEqual([false, n < 103, true, true, true, true]);
    }
  });

  it("is the same list for the same entry, and another for another's, also where the two take turns", () => {
    const list = createEmptyList(slotHashesLayout);
    const withHash = (n: number) => prependEntry(list, encodeSlotHash(slotOf(1), hashNumbered(n)), slotHashesLayout);
    const first = withHash(1);
    expect(withHash(1)).toBe(first);
    const hashesIn = (pieces: DataPieces) => decodeSlotHashes(concatBytes(...pieces));
    expect(hashesIn(withHash(2))).toEqual([{ slot: 1n, hash: hashNumbered(2) }]);
    expect(hashesIn(withHash(1))).toEqual([{ slot: 1n, hash: hashNumbered(1) }]);
  });

  it("leaves every list as it was, whichever of them are gone on from", () => {
    // Mostly the newest, as a chain does; now and then an older one, as a fork does.
    const back = fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(back, { minLength: 500, maxLength: 700 }), (steps) => {
        const made = [{ list: createEmptyList(recentBlockhashesLayout), numbers: [] as number[] }];
        for (const [number, behind] of steps.entries()) {
          const { list, numbers } = made[Math.max(0, made.length - 1 - behind)]!;
          const entry = encodeRecentBlockhash(hashNumbered(number), BigInt(number));
          const longer = prependEntry(list, entry, recentBlockhashesLayout);
          made.push({ list: longer, numbers: [number, ...numbers].slice(0, 150) });
        }
        for (const { list, numbers } of made.slice(-200)) {
          const data = concatBytes(...list);
          const found = Array.from(numbers, (_, index) => data.subarray(8 + 40 * index, 48 + 40 * index));
          const expected = numbers.map((number) => encodeRecentBlockhash(hashNumbered(number), BigInt(number)));
          expect(new DataView(data.buffer).getUint32(0, true)).toBe(numbers.length);
          expect(found.every((entry, index) => equalBytes(entry, expected[index]!))).toBe(true);
          expect(data.subarray(8 + 40 * numbers.length).every((byte) => byte === 0)).toBe(true);
        }
      }),
      { seed: 1234, numRuns: 8 },
    );
  });

  it("takes entries of its size alone", () => {
    const list = createEmptyList(slotHashesLayout);
    expect(() => prependEntry(list, new Uint8Array(39), slotHashesLayout)).toThrow("an entry has 40 bytes, not 39");
  });
});
