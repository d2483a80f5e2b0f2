import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { freshVoteState as fresh, voteStates } from "../../test/support/vote-states.ts";
import { equalBytes } from "../base/bytes.ts";
import { addressOf, epochOf, lamportsOf, slotOf } from "./ids.ts";
import { encodeSharedVoteState } from "./shared-vote-state.ts";
import { decodeVoteState, encodeVoteState, type VoteState, voteAccountBytes } from "./vote-state.ts";

const key = (byte: number) => addressOf(new Uint8Array(32).fill(byte));

/** The state written over `data` is what it is by itself, and `data` stays as it was. */
function expectWrittenOver(data: Uint8Array, state: VoteState): Uint8Array {
  const before = data.slice();
  const written = encodeSharedVoteState(state, data);
  expect(equalBytes(written, encodeVoteState(state))).toBe(true);
  expect(equalBytes(data, before)).toBe(true);
  // A copy, which nobody remembers.
  expect(decodeVoteState(written.slice())).toEqual(state);
  return written;
}

describe("a vote account's data, written over what was there", () => {
  it("is the same as written anew, vote after vote", () => {
    const next = fc.record({ voted: voteStates, other: fc.boolean(), length: fc.nat(31), hasRoot: fc.boolean() });
    fc.assert(
      fc.property(voteStates, fc.array(next, { maxLength: 4 }), (first, changes) => {
        let state = first;
        let data = expectWrittenOver(new Uint8Array(voteAccountBytes), state);
        for (const { voted, other, length, hasRoot } of changes) {
          const votes = length === 0 ? voted.votes : state.votes.map((vote, at) => voted.votes[at] ?? vote);
          const rootSlot = hasRoot || voted.rootSlot === null ? voted.rootSlot : slotOf(7);
          const last = voted.epochCredits.at(-1) ?? { epoch: epochOf(1), credits: 2, previousCredits: 3 };
          const epochCredits = state.epochCredits.length === 0 ? [] : state.epochCredits.with(-1, last);
          const { lastTimestamp } = voted;
          state = other ? voted : { ...state, votes, rootSlot, epochCredits, lastTimestamp };
          data = expectWrittenOver(data, state);
        }
      }),
      { seed: 1234, numRuns: 200 },
    );
  });

  const credits = (epoch: number) => ({ epoch: epochOf(epoch), credits: 20 * epoch, previousCredits: 10 * epoch });
  const voted: VoteState = {
    ...fresh,
    votes: [{ latency: 1, slot: slotOf(8), confirmationCount: 1 }],
    rootSlot: slotOf(3),
    epochCredits: [credits(5), credits(6), credits(7)],
  };

  it.each<[string, Partial<VoteState>]>([
    ["node", { node: key(9) }],
    ["authorizedWithdrawer", { authorizedWithdrawer: key(9) }],
    ["inflationRewardsCollector", { inflationRewardsCollector: key(9) }],
    ["blockRevenueCollector", { blockRevenueCollector: key(9) }],
    ["inflationRewardsCommissionBps", { inflationRewardsCommissionBps: 9 }],
    ["blockRevenueCommissionBps", { blockRevenueCommissionBps: 9 }],
    ["pendingDelegatorRewards", { pendingDelegatorRewards: lamportsOf(9n) }],
    ["blsPubkey", { blsPubkey: new Uint8Array(48).fill(9) }],
    ["votes, one more", { votes: [...voted.votes, { latency: 1, slot: slotOf(9), confirmationCount: 1 }] }],
    ["rootSlot, none", { rootSlot: null }],
    ["authorizedVoters", { authorizedVoters: [{ epoch: epochOf(7), voter: key(9) }] }],
    ["epochCredits, one more", { epochCredits: [...voted.epochCredits, credits(8)] }],
    ["epochCredits, an earlier one", { epochCredits: voted.epochCredits.with(0, credits(4)) }],
    ["epochCredits, the last one", { epochCredits: voted.epochCredits.with(-1, credits(8)) }],
    ["lastTimestamp", { lastTimestamp: { slot: slotOf(9), timestamp: -9n } }],
  ])("says what is new where nothing else is: %s", (_, change) => {
    expectWrittenOver(encodeSharedVoteState(voted, new Uint8Array(voteAccountBytes)), { ...voted, ...change });
  });

  it("is written anew over data of others, which may hold something behind its state", () => {
    const data = encodeVoteState(fresh).with(voteAccountBytes - 1, 9);
    const state = { ...decodeVoteState(data)!, lastTimestamp: { slot: slotOf(4), timestamp: 5n } };
    expectWrittenOver(data, state);
  });
});
