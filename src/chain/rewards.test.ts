import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Address, addressOf, compareAddresses, epochOf, u64Max } from "./ids.ts";
import {
  computeEpochRewards,
  computePoints,
  type EffectiveStakeAt,
  type RewardedStake,
  type RewardedVote,
  type RewardsResult,
  redeemRewards,
  splitCommission,
} from "./rewards.ts";
import { stakeActivationInstant } from "./stake-activation.ts";
import type { EpochCredits } from "./vote-state.ts";

const never = u64Max;
const instant: EffectiveStakeAt = (delegation, epoch) => stakeActivationInstant(delegation, epoch).effective;
const addressAt = (value: number) => addressOf(new Uint8Array(32).fill(value));
const [v, w, a, b, c] = [9, 8, 1, 2, 3].map(addressAt) as [Address, Address, Address, Address, Address];
const creditsOf = (...entries: [epoch: number, credits: number, previousCredits: number][]): EpochCredits[] =>
  entries.map(([epoch, credits, previousCredits]) => ({ epoch: epochOf(epoch), credits, previousCredits }));
const stakeOf = (
  address: Address,
  voteAccount: Address,
  stake: bigint,
  { activationEpoch = never, deactivationEpoch = never, creditsObserved = 0n } = {},
): RewardedStake => ({
  address,
  voteAccount,
  delegation: { stake, activationEpoch, deactivationEpoch },
  creditsObserved,
});

describe("computePoints", () => {
  const pointsOf = (creditsObserved: bigint, epochCredits: EpochCredits[], stake = 10n, effectiveAt = instant) =>
    computePoints(stakeOf(a, v, stake, { creditsObserved }), { epochCredits }, effectiveAt);
  const three = creditsOf([0, 5, 0], [1, 12, 5], [2, 20, 12]);

  it("counts what was earned since the stake last observed", () => {
    expect([0n, 3n, 5n, 11n, 12n, 19n].map((observed) => pointsOf(observed, three).points)).toEqual([
      200n,
      170n,
      150n,
      90n,
      80n,
      10n,
    ]);
    expect(pointsOf(3n, three)).toEqual({ points: 170n, newCreditsObserved: 20n, forceCreditsUpdate: false });
  });

  it("weighs each epoch's credits with the stake of that epoch", () => {
    expect(pointsOf(3n, three, 10n, (_, epoch) => 10n ** epoch).points).toBe(2n * 1n + 7n * 10n + 8n * 100n);
  });

  it("earns nothing without new credits", () => {
    expect(pointsOf(20n, three)).toEqual({ points: 0n, newCreditsObserved: 20n, forceCreditsUpdate: false });
    expect(pointsOf(0n, [])).toEqual({ points: 0n, newCreditsObserved: 0n, forceCreditsUpdate: false });
  });

  it("winds back to the credits of a vote account made anew", () => {
    expect(pointsOf(21n, three)).toEqual({ points: 0n, newCreditsObserved: 20n, forceCreditsUpdate: true });
    expect(pointsOf(1n, [])).toEqual({ points: 0n, newCreditsObserved: 0n, forceCreditsUpdate: true });
  });

  it("does not lose a unit of large products", () => {
    const large = pointsOf(0n, creditsOf([0, 2 ** 53 - 1, 0]), u64Max);
    expect(large.points).toBe(u64Max * (2n ** 53n - 1n));
  });
});

describe("splitCommission", () => {
  it("rounds both parts down by themselves", () => {
    expect(splitCommission(1000n, 1234)).toEqual({ voter: 123n, staker: 876n, isSplit: true });
    expect(splitCommission(1000n, 1230)).toEqual({ voter: 123n, staker: 877n, isSplit: true });
    expect(splitCommission(u64Max, 9999)).toEqual({
      voter: (u64Max * 9999n) / 10_000n,
      staker: u64Max / 10_000n,
      isSplit: true,
    });
  });

  it("is no split at 0 and from 10000 on", () => {
    expect(splitCommission(7n, 0)).toEqual({ voter: 0n, staker: 7n, isSplit: false });
    expect(splitCommission(7n, 1).isSplit).toBe(true);
    expect(splitCommission(7n, 9999).isSplit).toBe(true);
    for (const bps of [10_000, 65_535])
      expect(splitCommission(7n, bps)).toEqual({ voter: 7n, staker: 0n, isSplit: false });
    for (const bps of [-1, 0.5, Number.NaN]) expect(() => splitCommission(7n, bps)).toThrow(/not a commission/);
  });
});

describe("redeemRewards", () => {
  const plain = {
    stakePoints: { points: 30n, newCreditsObserved: 8n, forceCreditsUpdate: false },
    activationEpoch: 1n,
    rewardedEpoch: 5n,
    commissionBps: 0,
    pot: 100n,
    totalPoints: 90n,
  };
  const observed = { stakerReward: 0n, voterReward: 0n, newCreditsObserved: 8n };
  const points = (count: bigint) => ({ stakePoints: { ...plain.stakePoints, points: count } });

  it("pays the points' part of the pot, rounded down", () => {
    expect(redeemRewards(plain)).toEqual({ stakerReward: 33n, voterReward: 0n, newCreditsObserved: 8n });
    expect(redeemRewards({ ...plain, commissionBps: 5000 })).toEqual({
      stakerReward: 16n,
      voterReward: 16n,
      newCreditsObserved: 8n,
    });
  });

  it("observes credits without pay when there is no pot, the stake was just activated, or must wind back", () => {
    expect(redeemRewards({ ...plain, pot: 0n })).toEqual(observed);
    expect(redeemRewards({ ...plain, activationEpoch: 5n })).toEqual(observed);
    expect(redeemRewards({ ...plain, stakePoints: { ...plain.stakePoints, forceCreditsUpdate: true } })).toEqual(
      observed,
    );
    expect(redeemRewards({ ...plain, ...points(0n), pot: 0n })).toEqual(observed);
  });

  it("leaves credits unobserved when there is nothing to pay, or nothing for one of two sides", () => {
    expect(redeemRewards({ ...plain, ...points(0n) })).toBeNull();
    expect(redeemRewards({ ...plain, totalPoints: 0n })).toBeNull();
    expect(redeemRewards({ ...plain, totalPoints: 3001n })).toBeNull();
    expect(redeemRewards({ ...plain, totalPoints: 3000n })?.stakerReward).toBe(1n);
    expect(redeemRewards({ ...plain, commissionBps: 300 })).toBeNull();
    expect(redeemRewards({ ...plain, commissionBps: 304 })?.voterReward).toBe(1n);
    expect(redeemRewards({ ...plain, commissionBps: 9700 })).toBeNull();
    expect(redeemRewards({ ...plain, commissionBps: 9696 })?.stakerReward).toBe(1n);
    expect(redeemRewards({ ...plain, commissionBps: 10_000 })?.voterReward).toBe(33n);
  });
});

/** Agave's two passes: points first, for the total; then once more for each stake, with rationals a / b. */
function rewardsTwin(input: Parameters<typeof computeEpochRewards>[0]): RewardsResult {
  const { pot, rewardedEpoch, stakes, votes, effectiveAt } = input;
  const pointsOf = (stake: RewardedStake) => {
    let points = 0n;
    // One credit after the other: the n-th credit of an account (from 1) counts when the stake has not observed it.
    for (const { epoch, credits, previousCredits } of votes.get(stake.voteAccount)?.epochCredits ?? [])
      for (let n = Number(previousCredits) + 1; n <= Number(credits); n++)
        if (BigInt(n) > stake.creditsObserved) points += effectiveAt(stake.delegation, BigInt(epoch));
    return points;
  };
  const totalPoints = stakes.reduce((sum, stake) => sum + pointsOf(stake), 0n);
  const stakeRewards: RewardsResult["stakeRewards"][number][] = [];
  for (const stake of totalPoints > 0n ? stakes : []) {
    const vote = votes.get(stake.voteAccount);
    if (!vote) continue;
    const all = BigInt(vote.epochCredits.at(-1)?.credits ?? 0);
    const points = pointsOf(stake);
    const { address, voteAccount, delegation } = stake;
    const { commissionBps } = vote;
    const row = { address, voteAccount, points, reward: 0n, commission: 0n, commissionBps, creditsObserved: all };
    if (all < stake.creditsObserved || pot === 0n || delegation.activationEpoch === rewardedEpoch) {
      stakeRewards.push(row);
      continue;
    }
    const total = (pot * points) / totalPoints;
    const commission = (total * BigInt(commissionBps)) / 10_000n;
    const reward = (total * BigInt(10_000 - commissionBps)) / 10_000n;
    if (total === 0n || (commissionBps > 0 && commission === 0n) || (commissionBps < 10_000 && reward === 0n)) continue;
    stakeRewards.push({ ...row, reward, commission });
  }
  const voteRewards = [...votes.keys()]
    .sort(compareAddresses)
    .filter((voteAccount) => stakeRewards.some((row) => row.voteAccount === voteAccount))
    .map((voteAccount) => ({
      voteAccount,
      lamports: stakeRewards.reduce((sum, row) => sum + (row.voteAccount === voteAccount ? row.commission : 0n), 0n),
      commissionBps: votes.get(voteAccount)!.commissionBps,
    }));
  const paid = stakeRewards.reduce((sum, row) => sum + row.reward + row.commission, 0n);
  return { totalPoints, stakeRewards, voteRewards, paid };
}

describe("computeEpochRewards", () => {
  const votes = new Map<Address, RewardedVote>([
    [v, { commissionBps: 1000, epochCredits: creditsOf([5, 100, 0]) }],
    [w, { commissionBps: 0, epochCredits: creditsOf([5, 50, 0]) }],
  ]);
  const stakes = [stakeOf(a, v, 300n), stakeOf(b, v, 100n), stakeOf(c, w, 700n, { activationEpoch: 5n })];
  const story = { pot: 1000n, rewardedEpoch: 5n, stakes, votes, effectiveAt: instant };

  it("is the example of its story", () => {
    const none = { reward: 0n, commission: 0n, points: 0n };
    expect(computeEpochRewards(story)).toEqual({
      totalPoints: 40_000n,
      stakeRewards: [
        {
          address: a,
          voteAccount: v,
          points: 30_000n,
          reward: 675n,
          commission: 75n,
          commissionBps: 1000,
          creditsObserved: 100n,
        },
        {
          address: b,
          voteAccount: v,
          points: 10_000n,
          reward: 225n,
          commission: 25n,
          commissionBps: 1000,
          creditsObserved: 100n,
        },
        { address: c, voteAccount: w, ...none, commissionBps: 0, creditsObserved: 50n },
      ],
      voteRewards: [
        { voteAccount: w, lamports: 0n, commissionBps: 0 },
        { voteAccount: v, lamports: 100n, commissionBps: 1000 },
      ],
      paid: 1000n,
    });
  });

  it("observes credits of an epoch without inflation, so that later pots do not pay for them", () => {
    const { stakeRewards, paid } = computeEpochRewards({ ...story, pot: 0n });
    expect(stakeRewards.map(({ reward, creditsObserved }) => [reward, creditsObserved])).toEqual([
      [0n, 100n],
      [0n, 100n],
      [0n, 50n],
    ]);
    expect(paid).toBe(0n);
  });

  it("does nothing when nobody earned a point, and leaves out stakes of unknown vote accounts", () => {
    const nothing = { totalPoints: 0n, stakeRewards: [], voteRewards: [], paid: 0n };
    expect(computeEpochRewards({ ...story, stakes: [stakes[2]!] })).toEqual(nothing);
    expect(computeEpochRewards({ ...story, stakes: [], pot: 0n })).toEqual(nothing);
    const { stakeRewards, totalPoints } = computeEpochRewards({ ...story, stakes: [stakeOf(c, a, 5n), stakes[0]!] });
    expect([stakeRewards.length, totalPoints]).toEqual([1, 30_000n]);
  });

  it("pays out of reach of doubles to the lamport", () => {
    const large = computeEpochRewards({ ...story, pot: u64Max, stakes: [stakes[0]!, stakeOf(b, v, 10n ** 18n)] });
    expect(large.stakeRewards[1]!.reward).toBe((((u64Max * 10n ** 18n) / (10n ** 18n + 300n)) * 9n) / 10n);
  });

  it("is its slow twin, pays at most the pot, and wastes little of it", () => {
    const epoch = fc.oneof(fc.bigInt({ min: 0n, max: 4n }), fc.constant(never));
    const voteAccounts = [v, w, addressAt(250)];
    const stakeRecord = fc.record({
      stake: fc.oneof(fc.bigInt({ min: 0n, max: 20n }), fc.bigInt({ min: 0n, max: 10n ** 17n })),
      voter: fc.integer({ min: 0, max: 3 }),
      from: fc.oneof(fc.constant(0n), epoch),
      until: fc.oneof(fc.constant(never), epoch),
      observed: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 12n }), fc.bigInt({ min: 0n, max: 45n })),
    });
    const voteRecord = fc.record({
      commissionBps: fc.constantFrom(0, 1, 500, 5000, 9999, 10_000),
      earned: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 4 }),
      skipped: fc.integer({ min: 0, max: 3 }),
    });
    const pot = fc.oneof(fc.constant(0n), fc.bigInt({ min: 1n, max: 300n }), fc.bigInt({ min: 1n, max: 10n ** 15n }));
    let paidRuns = 0;
    fc.assert(
      fc.property(
        pot,
        fc.array(stakeRecord, { minLength: 1, maxLength: 8 }),
        fc.tuple(voteRecord, voteRecord, voteRecord),
        fc.bigInt({ min: 0n, max: 5n }),
        (amount, list, records, rewardedEpoch) => {
          const known = new Map<Address, RewardedVote>();
          for (const [index, { commissionBps, earned, skipped }] of records.entries()) {
            let total = skipped;
            const epochCredits = earned.map((count, i) => {
              total += count;
              return { epoch: i, credits: total, previousCredits: total - count };
            });
            known.set(voteAccounts[index]!, { commissionBps, epochCredits });
          }
          const input = {
            pot: amount,
            rewardedEpoch,
            stakes: list.map(({ stake, voter, from, until, observed }, i) =>
              stakeOf(addressAt(i + 20), voteAccounts[voter] ?? a, stake, {
                activationEpoch: from,
                deactivationEpoch: until,
                creditsObserved: observed,
              }),
            ),
            votes: known,
            effectiveAt: instant,
          };
          const result = computeEpochRewards(input);
          expect(result).toEqual(rewardsTwin(input));
          expect(result.paid).toBeLessThanOrEqual(amount);
          if (result.paid > 0n) paidRuns++;
          const isWhole = list.every(
            (_, i) => (known.get(input.stakes[i]!.voteAccount)?.commissionBps ?? 0) % 10_000 === 0,
          );
          const isJust = input.stakes.every(({ delegation }) => delegation.activationEpoch !== rewardedEpoch);
          if (result.totalPoints > 0n && amount > 0n && isWhole && isJust)
            expect(amount - result.paid).toBeLessThan(BigInt(list.length));
        },
      ),
      { seed: 118, numRuns: 2000 },
    );
    expect(paidRuns).toBeGreaterThan(500);
  });
});
