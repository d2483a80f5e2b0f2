import { describe, expect, it } from "vitest";
import { encodeBase58 } from "../base/base58.ts";
import { encodeHex } from "../base/bytes.ts";
import { computeLeaderSchedule, type LeaderScheduleInput } from "./compute-leader-schedule.ts";
import { addressOf } from "./ids.ts";
import { computeLeaderSeed, drawLeaders, orderStakes } from "./leader-schedule.ts";

const addresses = [1, 2, 3].map((value) => addressOf(new Uint8Array(32).fill(value)));
const stakesOf = (...amounts: bigint[]) =>
  amounts.map((stake, i) => ({ voteAccount: addresses[i]!, identity: addresses[i]!, stake }));
const seed = new Uint8Array(32).fill(8);
const solana: LeaderScheduleInput = {
  policy: "solana",
  epoch: 1,
  stakes: stakesOf(10n, 20n, 30n),
  slotsPerEpoch: 12,
  slotsPerRotation: 1,
};
const indexesOf = (input: LeaderScheduleInput) =>
  computeLeaderSchedule(input).rotations.map((leader) => addresses.indexOf(leader));

describe("computeLeaderSchedule", () => {
  it("draws Agave's own test case", () => {
    expect(indexesOf(solana)).toEqual([1, 1, 2, 1, 1, 0, 0, 1, 2, 1, 0, 1]);
    expect(indexesOf({ ...solana, stakes: solana.stakes.toReversed() })).toEqual(indexesOf(solana));
    expect(indexesOf({ ...solana, stakes: [...solana.stakes, ...stakesOf(0n), ...stakesOf(10n)] })).toEqual(
      indexesOf(solana),
    );
  });

  it("draws once a rotation, also for one cut short, and gives the epoch back as it came", () => {
    const schedule = computeLeaderSchedule({ ...solana, epoch: 1n, slotsPerRotation: 5 });
    expect(schedule.rotations.map((leader) => addresses.indexOf(leader))).toEqual([1, 1, 2]);
    expect(schedule).toMatchObject({ epoch: 1n, slotsPerRotation: 5 });
    expect(computeLeaderSchedule({ ...solana, epoch: 2n ** 64n - 1n }).rotations.length).toBe(12);
  });

  it("keys the poh policy with hash and epoch, however the hash is written", () => {
    const poh: LeaderScheduleInput = { ...solana, policy: "poh", epoch: 5, slotsPerEpoch: 60 };
    const entries = orderStakes(solana.stakes as never);
    const expected = [...drawLeaders(entries, computeLeaderSeed(seed, 5), 60)].map((i) => entries[i]!.voteAccount);
    for (const text of [seed, encodeHex(seed), encodeBase58(seed)])
      expect(computeLeaderSchedule({ ...poh, seed: text }).rotations).toEqual(expected);
    expect(computeLeaderSchedule({ ...poh, epoch: 6, seed }).rotations).not.toEqual(expected);
  });

  it("follows the tutorial's sequence, epoch after epoch, from slot 1 on", () => {
    const tutorial: LeaderScheduleInput = {
      ...solana,
      policy: "tutorial",
      stakes: stakesOf(1000n, 500n, 100n),
      slotsPerEpoch: 10,
    };
    expect(indexesOf({ ...tutorial, epoch: 0 })).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 2]);
    expect(indexesOf({ ...tutorial, epoch: 1n, seed: "genesis" })).toEqual([0, 1, 1, 0, 1, 2, 0, 0, 1, 0]);
    expect(indexesOf({ ...tutorial, epoch: 0, seed: "beta" })).not.toEqual(indexesOf({ ...tutorial, epoch: 0 }));
  });

  it("tells a programmer what was wrong and what to give instead", () => {
    const messageOf = (change: object) => () => computeLeaderSchedule({ ...solana, ...change } as LeaderScheduleInput);
    const cases: [object, string | RegExp][] = [
      [{ stakes: [] }, /add up to nothing; give at least one/],
      [{ stakes: stakesOf(0n, 0n) }, /add up to nothing/],
      [{ stakes: stakesOf(1n, -1n) }, "stakes[1].stake is -1; give 0 or more"],
      [{ stakes: stakesOf(2n ** 64n - 1n, 1n) }, "stakes up to stakes[1] add up to 18446744073709551616"],
      [{ stakes: [{ ...stakesOf(1n)[0], stake: 1 }] }, "stakes[0].stake is 1; give lamports as a bigint"],
      [{ stakes: [{ ...stakesOf(1n)[0], voteAccount: "me" }] }, "stakes[0].voteAccount is me; give an address"],
      [{ stakes: [{ ...stakesOf(1n)[0], identity: undefined }] }, "stakes[0].identity is undefined; give an address"],
      [{ stakes: {} }, "stakes is not a list"],
      [{ slotsPerEpoch: 0 }, "slotsPerEpoch is 0; give 1 or more"],
      [{ slotsPerEpoch: 1.5 }, "slotsPerEpoch is 1.5; give a whole number"],
      [{ slotsPerEpoch: 10_000_001 }, "at most 10000000"],
      [{ slotsPerRotation: undefined }, "slotsPerRotation is undefined"],
      [{ epoch: -1 }, "epoch is -1; give 0 to 2^64 - 1"],
      [{ epoch: 2n ** 64n }, "give 0 to 2^64 - 1"],
      [{ epoch: 0.5 }, "epoch is 0.5; give a whole number"],
      [{ policy: "random" }, 'policy is random; give "poh", "solana" or "tutorial"'],
      [{ seed }, "leave seed out"],
      [{ policy: "poh" }, 'policy "poh" needs a seed'],
      [{ policy: "poh", seed: "nonsense" }, "seed is not a hash"],
      [{ policy: "tutorial", slotsPerRotation: 4 }, "draws every slot: give 1"],
      [{ policy: "tutorial", seed }, "starts its clock from a text"],
      [{ policy: "tutorial", stakes: stakesOf(1n, 0n) }, "stakes[1].stake is 0"],
      [{ policy: "tutorial", epoch: 2n ** 60n }, "give an earlier epoch"],
    ];
    for (const [change, message] of cases) expect(messageOf(change), String(message)).toThrow(message);
  });
});
