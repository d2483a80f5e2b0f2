/** States that a vote account can hold: any, and that of a fresh one. */
import fc from "fast-check";
import { addressOf, epochOf, lamportsOf, slotOf } from "../../src/chain/ids.ts";
import { createVoteState, type VoteState } from "../../src/chain/vote-state.ts";

const address = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(addressOf);
const count = fc.oneof(fc.nat(300), fc.maxSafeNat(), fc.constantFrom(2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER));
export const voteStates: fc.Arbitrary<VoteState> = fc.record({
  node: address,
  authorizedWithdrawer: address,
  inflationRewardsCollector: address,
  blockRevenueCollector: address,
  inflationRewardsCommissionBps: fc.nat(65_535),
  blockRevenueCommissionBps: fc.nat(65_535),
  pendingDelegatorRewards: fc.bigInt(0n, 2n ** 64n - 1n).map(lamportsOf),
  blsPubkey: fc.option(fc.uint8Array({ minLength: 48, maxLength: 48 })),
  votes: fc.array(fc.record({ latency: fc.nat(255), slot: count.map(slotOf), confirmationCount: fc.nat(2 ** 31) }), {
    maxLength: 31,
  }),
  rootSlot: fc.option(count.map(slotOf)),
  authorizedVoters: fc
    .uniqueArray(fc.record({ epoch: count.map(epochOf), voter: address }), { maxLength: 4, selector: (v) => v.epoch })
    .map((voters) => voters.sort((a, b) => a.epoch - b.epoch)),
  epochCredits: fc.array(fc.record({ epoch: count.map(epochOf), credits: count, previousCredits: count }), {
    maxLength: 64,
  }),
  lastTimestamp: fc.record({ slot: count.map(slotOf), timestamp: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) }),
});

const key = (byte: number) => addressOf(new Uint8Array(32).fill(byte));

export const freshVoteState = createVoteState({
  voteAccount: key(1),
  identity: key(2),
  authorizedVoter: key(3),
  withdrawer: key(4),
  commissionBps: 500,
  epoch: epochOf(7),
});
