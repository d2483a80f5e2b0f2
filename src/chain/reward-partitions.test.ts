import { describe, expect, it } from "vitest";
import { concatBytes } from "../base/bytes.ts";
import { createRandom } from "../base/random.ts";
import { sipHash13 } from "../base/siphash.ts";
import { type Address, addressBytes, addressOf } from "./ids.ts";
import { rewardPartitionCount, rewardPartitionOf } from "./reward-partitions.ts";

const random = createRandom("5", "partitions");
const blockhash = random.bytes(32);
const addresses = Array.from({ length: 3000 }, () => addressOf(random.bytes(32)));

describe("rewardPartitionOf", () => {
  it("spreads accounts evenly over all partitions", () => {
    const counts = [0, 0, 0, 0, 0, 0];
    for (const address of addresses) counts[rewardPartitionOf(address, blockhash, 6)]!++;
    expect(counts.reduce((sum, count) => sum + count)).toBe(3000);
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(90);
  });

  it("scales one fraction: with twice as many partitions an account's partition is twice as far", () => {
    for (const address of addresses.slice(0, 200)) {
      const fine = rewardPartitionOf(address, blockhash, 2 ** 20);
      expect(rewardPartitionOf(address, blockhash, 2 ** 10)).toBe(Math.floor(fine / 2 ** 10));
      expect(rewardPartitionOf(address, blockhash, 1)).toBe(0);
    }
  });

  it("hashes the blockhash, then the address, under the zero key", () => {
    const [address] = addresses as [Address];
    const hash = sipHash13(new Uint8Array(16), concatBytes(blockhash, addressBytes(address)));
    expect(rewardPartitionOf(address, blockhash, 2 ** 32)).toBe(Number(hash >> 32n));
  });

  it("depends on the blockhash", () => {
    const other = Uint8Array.from(blockhash, (byte) => byte ^ 1);
    const moved = addresses.filter(
      (address) => rewardPartitionOf(address, blockhash, 6) !== rewardPartitionOf(address, other, 6),
    );
    expect(moved.length).toBeGreaterThan(2300);
  });
});

describe("rewardPartitionCount", () => {
  const count = (stakeRewards: number, slotsPerEpoch = 432_000) =>
    rewardPartitionCount({ stakeRewards, slotsPerEpoch });

  it("is one for each 4096 accounts begun, and at least one", () => {
    expect([0, 1, 4096, 4097, 8192, 8193, 9000].map((accounts) => count(accounts))).toEqual([1, 1, 1, 2, 2, 3, 3]);
    expect(rewardPartitionCount({ stakeRewards: 9, slotsPerEpoch: 432, accountsPerPartition: 4 })).toBe(3);
  });

  it("is at most a tenth of the epoch's slots, and at least one", () => {
    expect([9, 10, 19, 20, 32, 49].map((slots) => count(1_000_000, slots))).toEqual([1, 1, 1, 2, 3, 4]);
    expect(count(43_200 * 4096)).toBe(43_200);
    expect(count(43_200 * 4096 + 1)).toBe(43_200);
  });

  it("takes counts only", () => {
    expect(() => count(-1)).toThrow(/number of accounts/);
    expect(() => count(1, 0)).toThrow(/number of slots/);
    expect(() => rewardPartitionCount({ stakeRewards: 1, slotsPerEpoch: 9, accountsPerPartition: 0 })).toThrow();
    expect(() => rewardPartitionOf(addresses[0]!, blockhash, 0)).toThrow(/number of partitions/);
    expect(() => rewardPartitionOf(addresses[0]!, new Uint8Array(31), 1)).toThrow(/32 bytes/);
  });
});
