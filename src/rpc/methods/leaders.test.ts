/** Who leads, who did, who votes. */
import { describe, expect, it } from "vitest";
import { createCaller } from "../../../test/support/rpc-calls.ts";
import { createSmallChain, type SmallChain } from "../../../test/support/small-chain.ts";
import { decodeHex } from "../../base/bytes.ts";
import { computeLeaderSchedule } from "../../chain/compute-leader-schedule.ts";
import { slotOf } from "../../chain/ids.ts";
import { leaderAfter } from "../../chain/leaders.ts";

function grown(slots: readonly number[], options = {}): SmallChain {
  const small = createSmallChain(options);
  for (const slot of slots) small.produce({ slot, votes: false });
  return small;
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const isSkipped = (slot: number) => slot % 5 === 2;
const long = grown(range(1, 100).filter((slot) => !isSkipped(slot)));
const { get, value, refusal } = createCaller(long.view);
const identities = long.validators.map(({ identity }) => identity.address);
const processed = { commitment: "processed" };

/** From the blocks themselves. */
const leaderOf = (slot: number) => long.ledger.headerAt(slotOf(slot))?.leader;

describe("leader schedules", () => {
  it("name the leader of every block, in this epoch and in past ones", () => {
    for (const epoch of [0, 1, 2, 3]) {
      const schedule = get("getLeaderSchedule", 32 * epoch, processed);
      const indexes = Object.values(schedule as Record<string, number[]>).flat();
      expect(indexes.sort((a, b) => a - b)).toEqual(range(0, 31));
      for (const [identity, slots] of Object.entries(schedule as Record<string, number[]>)) {
        for (const index of slots) {
          const leader = leaderOf(32 * epoch + index);
          if (leader !== undefined) expect(leader).toBe(identity);
        }
      }
    }
  });

  it("are those of the current epoch when no slot is named, and null where none is drawn", () => {
    expect(get("getLeaderSchedule", null, processed)).toEqual(get("getLeaderSchedule", 96, processed));
    expect(get("getLeaderSchedule", processed)).toEqual(get("getLeaderSchedule", 96, processed));
    expect(get("getLeaderSchedule", 128, processed)).toBeNull();
    expect(get("getLeaderSchedule", 9_007_199_254_740_991)).toBeNull();
    expect(refusal("getLeaderSchedule", "x")).toMatch(/slot is "x"; expected a slot or a config object/);
  });

  it("can be narrowed to one identity", () => {
    const [one] = identities;
    const all = get("getLeaderSchedule", 0);
    expect(get("getLeaderSchedule", 0, { identity: one })).toEqual({ [one!]: all[one!] });
    expect(get("getLeaderSchedule", { identity: long.faucet.address })).toEqual({});
  });

  it("answer for single slots and runs of them, across an epoch's end", () => {
    expect(get("getSlotLeader", processed)).toBe(leaderOf(100));
    const leaders = get("getSlotLeaders", 60, 10);
    for (const [i, leader] of leaders.entries()) {
      if (!isSkipped(60 + i)) expect(leader).toBe(leaderOf(60 + i));
    }
    expect(get("getSlotLeaders", 101, 1)).toEqual([leaderAfter(long.chain, long.head(), slotOf(101)).identity]);
    expect(refusal("getSlotLeaders", 127, 2)).toMatch(/-32602 .*leader schedule for epoch 4 is unavailable/);
    expect(refusal("getSlotLeaders", 0, 5001)).toMatch(/limit is 5001; expected a limit \(an integer from 1 to 5000\)/);
    expect(refusal("getSlotLeaders", 2 ** 53 - 1, 5000)).toMatch(/-32602/);
  });

  it("know a leader before there is a block", () => {
    const fresh = createCaller(createSmallChain().view);
    expect(identities).toContain(fresh.get("getSlotLeader"));
    expect(fresh.get("getLeaderSchedule")).not.toBeNull();
  });
});

describe("getBlockProduction", () => {
  it("counts each leader's slots and blocks", () => {
    const { byIdentity, range: told } = value("getBlockProduction", {
      ...processed,
      range: { firstSlot: 1, lastSlot: 100 },
    });
    expect(told).toEqual({ firstSlot: 1, lastSlot: 100 });
    const counts = Object.values(byIdentity as Record<string, [number, number]>);
    expect(counts.reduce((sum, [slots]) => sum + slots, 0)).toBe(100);
    expect(counts.reduce((sum, [, blocks]) => sum + blocks, 0)).toBe(80);
    for (const identity of identities) {
      const blocks = range(1, 100).filter((slot) => leaderOf(slot) === identity).length;
      expect(byIdentity[identity]?.[1] ?? 0).toBe(blocks);
    }
  });

  it("covers the current epoch until now when no range is named", () => {
    expect(value("getBlockProduction", processed).range).toEqual({ firstSlot: 96, lastSlot: 100 });
    const [one] = identities;
    expect(Object.keys(value("getBlockProduction", { identity: one, range: { firstSlot: 1 } }).byIdentity)).toEqual([
      one,
    ]);
  });

  it("does not count genesis as a turn", () => {
    const young = createCaller(grown([1, 2, 3, 4]).view);
    const production = young.value("getBlockProduction", processed);
    expect(production.range).toEqual({ firstSlot: 0, lastSlot: 4 });
    const counts = Object.values(production.byIdentity as Record<string, [number, number]>);
    expect(counts.reduce((sum, [slots]) => sum + slots, 0)).toBe(4);
  });

  it("refuses ranges that are turned round or outside of what is known", () => {
    const ask = (firstSlot: number, lastSlot?: number) =>
      refusal("getBlockProduction", { ...processed, range: { firstSlot, lastSlot } });
    expect(ask(5, 4)).toMatch(/-32602 .*lastSlot, 4, cannot be less than firstSlot, 5/);
    expect(ask(5, 101)).toMatch(/-32602 .*lastSlot, 101, is too large; max 100/);
    expect(ask(0, 100)).toBe("none");
    const short = createCaller(grown(range(1, 20), { ledger: { slotsMax: 5 } }).view);
    expect(short.refusal("getBlockProduction", { range: { firstSlot: 12 } })).toMatch(
      /firstSlot, 12, is too small; min 13/,
    );
    expect(short.value("getBlockProduction").range).toEqual({ firstSlot: 13, lastSlot: 17 });
  });
});

describe("getVoteAccounts", () => {
  it("tells stake, credits and last votes", () => {
    const small = createSmallChain();
    for (let i = 0; i < 6; i++) small.produce();
    const { current, delinquent } = createCaller(small.view).get("getVoteAccounts", processed);
    expect(delinquent).toEqual([]);
    expect(current).toHaveLength(3);
    const { identity, voteAccount } = small.validators[0]!;
    expect(current.find(({ votePubkey }: { votePubkey: string }) => votePubkey === voteAccount)).toEqual({
      votePubkey: voteAccount,
      nodePubkey: identity.address,
      activatedStake: 1000_000_000_000,
      epochVoteAccount: true,
      commission: 5,
      inflationRewardsCommissionBps: 500,
      lastVote: 5,
      rootSlot: 0,
      epochCredits: expect.any(Array),
    });
  });

  it("calls those delinquent whose last vote is too far back", () => {
    const small = createSmallChain();
    for (let i = 0; i < 3; i++) small.produce();
    for (let i = 0; i < 5; i++) small.produce({ votes: false });
    const ask = createCaller(small.view);
    const lengths = (distance?: number) => {
      const { current, delinquent } = ask.get("getVoteAccounts", { ...processed, delinquentSlotDistance: distance });
      return [current.length, delinquent.length];
    };
    // Slot 8, last votes for slot 2.
    expect(lengths(7)).toEqual([3, 0]);
    expect(lengths(6)).toEqual([0, 3]);
    expect(lengths()).toEqual([3, 0]);
    const { voteAccount } = small.validators[1]!;
    expect(ask.get("getVoteAccounts", { ...processed, votePubkey: voteAccount }).current).toHaveLength(1);
    expect(ask.refusal("getVoteAccounts", { delinquentSlotDistance: "1" })).toMatch(/-32602/);
    expect(ask.refusal("getVoteAccounts", { votePubkey: 1 })).toMatch(/-32602/);
  });
});

describe("escapement_explainLeader", () => {
  it("gives a draw that lies in the leader's interval, and its seed recomputes the schedule", () => {
    const stakes = long.validators.map(({ identity, voteAccount }, i) => ({
      voteAccount,
      identity: identity.address,
      stake: BigInt(1000 - 100 * i) * 1_000_000_000n,
    }));
    for (const slot of [1, 40, 71, 100]) {
      const told = get("escapement_explainLeader", slot);
      expect(told).toMatchObject({
        slot,
        epoch: Math.floor(slot / 32),
        policy: "poh",
        total: "2700000000000",
        identity: leaderOf(slot),
      });
      expect(
        BigInt(told.cumulativeBefore) <= BigInt(told.draw) && BigInt(told.draw) < BigInt(told.cumulativeAfter),
      ).toBe(true);
      expect(decodeHex(told.key)).toHaveLength(32);
      const schedule = computeLeaderSchedule({
        policy: "poh",
        epoch: told.epoch,
        stakes,
        slotsPerEpoch: 32,
        slotsPerRotation: 4,
        seed: told.seedHash,
      });
      expect(schedule.rotations[told.rotation]).toBe(told.voteAccount);
    }
    expect(refusal("escapement_explainLeader", 128)).toMatch(/-32602 .*slot is 128, in epoch 4/);
  });

  it("tells of Solana's and the tutorial's policy what applies", () => {
    const solana = grown([1], { params: { leaderPolicy: "solana" } });
    expect(createCaller(solana.view).get("escapement_explainLeader", 1)).toMatchObject({
      policy: "solana",
      seedHash: null,
      key: "00".repeat(32),
      identity: solana.head().leader,
    });
    const tutorial = grown([1], { params: { leaderPolicy: "tutorial", slotsPerRotation: 1 } });
    expect(createCaller(tutorial.view).get("escapement_explainLeader", 1)).toMatchObject({
      policy: "tutorial",
      seedHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      key: null,
      draw: null,
      identity: tutorial.head().leader,
    });
  });
});
