/** What stake says of blocks. */
import { describe, expect, it } from "vitest";
import { createCaller } from "../../../test/support/rpc-calls.ts";
import { createSmallChain } from "../../../test/support/small-chain.ts";
import { accountAt } from "../../chain/accounts-tree.ts";
import { decodeVoteState } from "../../chain/vote-state.ts";

const small = createSmallChain();
const slots = [1, 2, 3, 5, 6, 9, ...Array.from({ length: 38 }, (_, index) => 10 + index)];
for (const slot of slots) small.produce({ slot });
const { get, value, refusal } = createCaller(small.view);

describe("getBlockCommitment", () => {
  it("sorts the stake by the depth of its votes: one confirmation first, rooted last", () => {
    const newest = small.head().slot;
    const totalStake = Number(small.head().stakeTables.get(small.head().epoch)!.total);
    const depthOf = (slot: number) => {
      const { commitment, totalStake: total } = get("getBlockCommitment", slot);
      expect(total).toBe(totalStake);
      expect(commitment).toHaveLength(32);
      // All vote alike in this chain.
      expect(commitment.filter((stake: number) => stake > 0)).toEqual([totalStake]);
      return commitment.indexOf(totalStake);
    };
    expect(depthOf(newest - 1)).toBe(0);
    expect(depthOf(newest - 2)).toBe(1);
    expect(depthOf(newest - 20)).toBe(19);
    expect(depthOf(1)).toBe(31);
    const { votes, rootSlot } = decodeVoteState(
      accountAt(small.head().accounts, small.validators[0]!.voteAccount)!.data,
    )!;
    expect(depthOf(rootSlot!)).toBe(31);
    for (const vote of votes) expect(depthOf(vote.slot)).toBe(vote.confirmationCount - 1);
  });

  it("is null for a block without votes, and where there is none", () => {
    for (const slot of [small.head().slot, small.head().slot + 1, 4, 2 ** 40]) {
      expect(get("getBlockCommitment", slot)).toEqual({ commitment: null, totalStake: 2_700_000_000_000 });
    }
    expect(refusal("getBlockCommitment")).toMatch(/-32602 .*slot is missing/);
    expect(refusal("getBlockCommitment", -1)).toMatch(/-32602/);
    expect(refusal("getBlockCommitment", "1")).toMatch(/-32602/);
  });

  it("counts each validator where its own votes stand", () => {
    const own = createSmallChain();
    own.produce();
    own.produce();
    const { commitment } = createCaller(own.view).get("getBlockCommitment", 1);
    expect(commitment[0]).toBe(2_700_000_000_000);
    own.produce({ votes: false });
    expect(createCaller(own.view).get("getBlockCommitment", 1)).toMatchObject({ commitment });
    expect(createCaller(own.view).get("getBlockCommitment", 2).commitment).toBeNull();
  });
});

describe("getStakeMinimumDelegation", () => {
  it("is the chain's parameter", () => {
    expect(value("getStakeMinimumDelegation")).toBe(1_000_000_000);
    const dear = createSmallChain({ params: { stakeMinimumDelegation: 5_000_000_000n } });
    expect(createCaller(dear.view).get("getStakeMinimumDelegation", { commitment: "processed" })).toEqual({
      context: { slot: 0, apiVersion: "0.1.0" },
      value: 5_000_000_000,
    });
    expect(refusal("getStakeMinimumDelegation", { commitment: "x" })).toMatch(/-32602/);
  });
});
