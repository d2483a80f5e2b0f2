import { describe, expect, it } from "vitest";
import { computeRewards, type RewardsInput } from "./compute-rewards.ts";
import { addressOf } from "./ids.ts";

const never = 2n ** 64n - 1n;
const addressAt = (value: number): string => addressOf(new Uint8Array(32).fill(value));
const address = addressAt(1);
const voteAccount = addressAt(2);
const vote = { commissionBps: 1000, epochCredits: [{ epoch: 5, credits: 100, previousCredits: 0 }] };
const delegation = { stake: 300n, activationEpoch: never, deactivationEpoch: never };
const stake = { address, voteAccount, delegation, creditsObserved: 0n };
const input: RewardsInput = {
  pot: 1000n,
  rewardedEpoch: 5n,
  stakes: [stake],
  votes: { [voteAccount]: vote },
  history: [],
  newRateActivationEpoch: null,
};

describe("computeRewards", () => {
  it("is the example of its story, with votes as an object or a Map", () => {
    const expected = {
      totalPoints: 30_000n,
      paid: 1000n,
      voteRewards: [{ voteAccount, lamports: 100n, commissionBps: 1000 }],
      stakeRewards: [
        {
          address,
          voteAccount,
          points: 30_000n,
          reward: 900n,
          commission: 100n,
          commissionBps: 1000,
          creditsObserved: 100n,
        },
      ],
    };
    expect(computeRewards(input)).toEqual(expected);
    const big = { ...vote, epochCredits: [{ epoch: 5n, credits: 100n, previousCredits: 0n }] };
    expect(computeRewards({ ...input, votes: new Map([[voteAccount, big]]) })).toEqual(expected);
  });

  it("takes the stake that was effective, by rates or at once", () => {
    const changed = {
      ...input,
      stakes: [{ ...stake, delegation: { ...delegation, activationEpoch: 4n } }],
      history: [{ epoch: 4n, effective: 100n, activating: 300n, deactivating: 0n }],
    };
    expect(computeRewards(changed).totalPoints).toBe(25n * 100n);
    expect(computeRewards({ ...changed, warmup: "rates", newRateActivationEpoch: 0n }).totalPoints).toBe(9n * 100n);
    expect(computeRewards({ ...changed, warmup: "instant" }).totalPoints).toBe(300n * 100n);
    expect(computeRewards({ ...changed, rewardedEpoch: 4n }).stakeRewards).toMatchObject([
      { reward: 0n, commission: 0n, creditsObserved: 100n },
    ]);
  });

  it("tells a programmer what was wrong and what to give instead", () => {
    const call = (change: object) => () => computeRewards({ ...input, ...change } as RewardsInput);
    const withStake = (change: object) => call({ stakes: [{ ...stake, ...change }] });
    const withVote = (change: object) => call({ votes: { [voteAccount]: { ...vote, ...change } } });
    const withCredits = (change: object) => withVote({ epochCredits: [{ ...vote.epochCredits[0], ...change }] });
    const wrongKind = [
      () => computeRewards(undefined as never),
      call({ pot: 5 }),
      call({ rewardedEpoch: 5 }),
      call({ stakes: undefined }),
      call({ stakes: [null] }),
      withStake({ address: "x" }),
      withStake({ voteAccount: undefined }),
      withStake({ creditsObserved: 0 }),
      withStake({ delegation: undefined }),
      withStake({ delegation: { ...delegation, stake: 3 } }),
      call({ votes: null }),
      call({ votes: { x: vote } }),
      call({ votes: { [voteAccount]: null } }),
      withVote({ commissionBps: 0.5 }),
      withVote({ commissionBps: 10n }),
      withVote({ epochCredits: null }),
      withCredits({ epoch: 1.5 }),
      withCredits({ credits: "1" }),
      withCredits({ previousCredits: Number.NaN }),
      call({ history: undefined }),
      call({ newRateActivationEpoch: undefined }),
      call({ warmup: "slow" }),
    ];
    for (const wrong of wrongKind) expect(wrong).toThrow(TypeError);
    const outOfRange = [
      call({ pot: -1n }),
      call({ rewardedEpoch: never + 1n }),
      call({ stakes: [stake, stake] }),
      withStake({ creditsObserved: -1n }),
      withVote({ commissionBps: -1 }),
      withVote({ commissionBps: 65_536 }),
      withCredits({ epoch: -1 }),
      withCredits({ credits: 2n ** 64n }),
      withCredits({ previousCredits: 101 }),
      withVote({ epochCredits: [...vote.epochCredits, { epoch: 6, credits: 99, previousCredits: 99 }] }),
      call({ newRateActivationEpoch: -1n }),
    ];
    for (const wrong of outOfRange) expect(wrong).toThrow(RangeError);
    expect(call({ stakes: [stake, stake] })).toThrow(/stakes\[1\]\.address is .* again; give each stake account once/);
    expect(withVote({ commissionBps: 0.5 })).toThrow(/commissionBps is 0.5; give a whole number, such as 500 for 5%/);
    expect(call({ warmup: "slow" })).toThrow('warmup is slow; give "rates" or "instant"');
    expect(call({ stakes: [{ ...stake, voteAccount: addressAt(3) }] })).not.toThrow();
  });
});
