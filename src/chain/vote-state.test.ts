import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeVoteStateV3 } from "../../test/support/vote-program.ts";
import { freshVoteState as fresh, voteStates } from "../../test/support/vote-states.ts";
import { ByteWriter, equalBytes } from "../base/bytes.ts";
import { addressBytes, addressOf, type Epoch, epochOf } from "./ids.ts";
import {
  authorizedVoterAt,
  decodeVoteState,
  encodeVoteState,
  rememberAuthorizedVoter,
  type VoteState,
  voteAccountBytes,
  voteCreditsOf,
} from "./vote-state.ts";

const key = (byte: number) => addressOf(new Uint8Array(32).fill(byte));

/** The dumb twin: the layout of RPC.md, field by field, through the general writer. */
function slowEncodeV4(state: VoteState): Uint8Array {
  const writer = new ByteWriter(voteAccountBytes).u32(3);
  writer.bytes(addressBytes(state.node)).bytes(addressBytes(state.authorizedWithdrawer));
  writer.bytes(addressBytes(state.inflationRewardsCollector)).bytes(addressBytes(state.blockRevenueCollector));
  writer.u16(state.inflationRewardsCommissionBps).u16(state.blockRevenueCommissionBps);
  writer.u64(state.pendingDelegatorRewards);
  if (state.blsPubkey === null) writer.u8(0);
  else writer.u8(1).bytes(state.blsPubkey);
  writer.count(state.votes.length);
  for (const vote of state.votes) writer.u8(vote.latency).count(vote.slot).u32(vote.confirmationCount);
  if (state.rootSlot === null) writer.u8(0);
  else writer.u8(1).count(state.rootSlot);
  writer.count(state.authorizedVoters.length);
  for (const entry of state.authorizedVoters) writer.count(entry.epoch).bytes(addressBytes(entry.voter));
  writer.count(state.epochCredits.length);
  for (const entry of state.epochCredits) writer.count(entry.epoch).count(entry.credits).count(entry.previousCredits);
  writer.count(state.lastTimestamp.slot).i64(state.lastTimestamp.timestamp);
  return writer.bytes(new Uint8Array(voteAccountBytes - writer.length)).finish();
}

describe("a vote account", () => {
  it("has Solana's defaults when fresh", () => {
    expect(fresh.inflationRewardsCollector).toBe(key(1));
    expect(fresh.blockRevenueCollector).toBe(key(2));
    expect(fresh.blockRevenueCommissionBps).toBe(10_000);
    expect(voteCreditsOf(fresh)).toBe(0);
    expect(authorizedVoterAt(fresh, epochOf(7))).toBe(key(3));
    expect(authorizedVoterAt(fresh, epochOf(6))).toBeNull();
  });

  it("puts its fields where version 4 has them", () => {
    const bytes = encodeVoteState(fresh);
    expect(bytes).toHaveLength(3762);
    expect([...bytes.subarray(0, 4)]).toEqual([3, 0, 0, 0]);
    expect(bytes[4]).toBe(2);
    expect(bytes[36]).toBe(4);
    expect(bytes[68]).toBe(1);
    expect([...bytes.subarray(132, 136)]).toEqual([500 & 255, 500 >> 8, 10_000 & 255, 10_000 >> 8]);
  });

  it("is decoded to what was encoded, as the dumb encoder writes it", () => {
    fc.assert(
      fc.property(voteStates, (state) => {
        const bytes = encodeVoteState(state);
        expect(equalBytes(bytes, slowEncodeV4(state))).toBe(true);
        expect(decodeVoteState(bytes)).toEqual(state);
        // Another place in a larger buffer must not matter.
        const shifted = new Uint8Array(bytes.length + 9);
        shifted.set(bytes, 5);
        expect(decodeVoteState(shifted.subarray(5, 5 + bytes.length))).toEqual(state);
      }),
      { seed: 1234, numRuns: 100 },
    );
  });

  it("is read from version 3: commission in percent, former voters skipped, collected by the vote account", () => {
    fc.assert(
      fc.property(voteStates, fc.nat(100), (state, percent) => {
        expect(decodeVoteState(encodeVoteStateV3(state, percent), key(9))).toEqual({
          ...state,
          inflationRewardsCollector: key(9),
          blockRevenueCollector: state.node,
          inflationRewardsCommissionBps: percent * 100,
          blockRevenueCommissionBps: 10_000,
          pendingDelegatorRewards: 0n,
          blsPubkey: null,
        });
      }),
      { seed: 1234, numRuns: 50 },
    );
  });

  it("is null or a state that fits, for any bytes", () => {
    const head = fc.constantFrom(2, 3);
    const sizes = fc.oneof(fc.constant(voteAccountBytes), fc.nat(4000));
    fc.assert(
      fc.property(head, sizes, fc.uint8Array({ minLength: 400, maxLength: 400 }), (tag, size, noise) => {
        const bytes = new Uint8Array(size);
        bytes.set(noise.subarray(0, size));
        if (size > 3) bytes.set([tag, 0, 0, 0]);
        const state = decodeVoteState(bytes);
        if (state !== null) expect(encodeVoteState(state)).toHaveLength(voteAccountBytes);
      }),
      { seed: 1234, numRuns: 500 },
    );
  });

  it("is null or a state that fits, after any few bytes of a real one changed", () => {
    const changes = fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { minLength: 1, maxLength: 4 });
    let refused = 0;
    fc.assert(
      fc.property(voteStates, fc.boolean(), changes, (state, isV3, edits) => {
        const bytes = isV3 ? encodeVoteStateV3(state, 5) : encodeVoteState(state);
        for (const [at, value] of edits) bytes[at] = value;
        const changed = decodeVoteState(bytes);
        if (changed === null) refused += 1;
        else expect(decodeVoteState(encodeVoteState(changed))).not.toBeNull();
      }),
      { seed: 1234, numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(10);
  });

  it("is null at the wrong size, the wrong version, and with voters out of order", () => {
    const bytes = encodeVoteState(fresh);
    expect(decodeVoteState(bytes)).not.toBeNull();
    expect(decodeVoteState(bytes.subarray(1))).toBeNull();
    expect(decodeVoteState(new Uint8Array(voteAccountBytes + 1))).toBeNull();
    expect(decodeVoteState(new Uint8Array(voteAccountBytes))).toBeNull();
    const blsFlagAt = 144;
    expect(decodeVoteState(bytes.with(blsFlagAt, 1))).not.toEqual(decodeVoteState(bytes));
    expect(decodeVoteState(bytes.with(blsFlagAt, 2))).toBeNull();
    const voter = { epoch: epochOf(3), voter: key(1) };
    expect(decodeVoteState(encodeVoteState({ ...fresh, authorizedVoters: [voter, voter] }))).toBeNull();
  });

  it("asserts what it cannot hold", () => {
    const credits = { epoch: epochOf(0), credits: 1, previousCredits: 0 };
    expect(() => encodeVoteState({ ...fresh, epochCredits: Array(200).fill(credits) })).toThrow("does not fit");
  });

  it("remembers the epoch's voter, and forgets those of epochs before the last", () => {
    const voters = (state: VoteState) => state.authorizedVoters.map((entry) => [entry.epoch, entry.voter]);
    const at = (epoch: number) => epoch as Epoch;
    expect(rememberAuthorizedVoter(fresh, at(7))).toBe(fresh);
    expect(voters(rememberAuthorizedVoter(fresh, at(8)))).toEqual([
      [7, key(3)],
      [8, key(3)],
    ]);
    expect(voters(rememberAuthorizedVoter(fresh, at(9)))).toEqual([[9, key(3)]]);
    const stale = { ...fresh, authorizedVoters: [...fresh.authorizedVoters, { epoch: at(9), voter: key(5) }] };
    expect(voters(rememberAuthorizedVoter(stale, at(9)))).toEqual([[9, key(5)]]);
    const coming = { ...fresh, authorizedVoters: [...fresh.authorizedVoters, { epoch: at(10), voter: key(5) }] };
    expect(voters(rememberAuthorizedVoter(coming, at(9)))).toEqual([
      [9, key(3)],
      [10, key(5)],
    ]);
    expect(authorizedVoterAt(coming, at(11))).toBe(key(5));
  });
});
