import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { voterNamed } from "../../../test/support/votes.ts";
import { u64Max } from "../ids.ts";
import { computePenalty, type PenaltyInput, type SlashableDelegation } from "./penalty.ts";

const sol = 1_000_000_000n;
const delegationOf = (name: string, effective: bigint, delegated = effective, available = delegated) => ({
  stakeAccount: voterNamed(name),
  effective,
  delegated,
  available,
});

const example: PenaltyInput = {
  baseBps: 500,
  correlationMultiplier: 3,
  reporterBps: 500,
  convictedStake: 60n * sol,
  totalStake: 1000n * sol,
  delegations: [delegationOf("a", 30n * sol), delegationOf("b", 10n * sol)],
};

describe("computePenalty", () => {
  it("tells the module's example", () => {
    expect(computePenalty(example)).toMatchObject({
      correlationBps: 1800,
      shareBps: 2300,
      lines: [{ taken: 6_900_000_000n }, { taken: 2_300_000_000n }],
      taken: 9_200_000_000n,
      reporterReward: 460_000_000n,
      burned: 8_740_000_000n,
    });
  });

  it("takes everything when a third of the stake is convicted together, and never more", () => {
    for (const convicted of [334n, 500n, 1000n, 5000n]) {
      const penalty = computePenalty({ ...example, convictedStake: convicted * sol });
      expect(penalty.shareBps).toBe(10_000);
      expect(penalty.taken).toBe(40n * sol);
    }
  });

  it("rounds every division down", () => {
    const penalty = computePenalty({ ...example, convictedStake: 1n, delegations: [delegationOf("a", 19n)] });
    expect(penalty).toMatchObject({ correlationBps: 0, shareBps: 500, taken: 0n, reporterReward: 0n, burned: 0n });
    const atTwenty = computePenalty({ ...example, convictedStake: 1n, delegations: [delegationOf("a", 399n)] });
    expect(atTwenty).toMatchObject({ taken: 19n, reporterReward: 0n, burned: 19n });
  });

  it("takes no more than is delegated now, and than lies above the rent reserve", () => {
    const full = { ...example, baseBps: 10_000 };
    const taken = (delegation: SlashableDelegation) => computePenalty({ ...full, delegations: [delegation] }).taken;
    expect(taken(delegationOf("a", 100n, 40n))).toBe(40n);
    expect(taken(delegationOf("a", 100n, 100n, 7n))).toBe(7n);
    expect(taken(delegationOf("a", 100n, 0n, 7n))).toBe(0n);
  });

  it("makes nothing of a validator without stake anywhere", () => {
    expect(computePenalty({ ...example, totalStake: 0n, delegations: [] })).toMatchObject({ shareBps: 500, taken: 0n });
  });

  it("equals a dumb twin that counts in fractions, and keeps all money in sight", () => {
    const fcAmount = fc.bigInt({ min: 0n, max: u64Max / 8n });
    const fcDelegation = fc.tuple(fcAmount, fcAmount, fcAmount).map(([a, b, c]) => delegationOf("x", a, b, c));
    const fcInput = fc.record({
      baseBps: fc.nat({ max: 10_000 }),
      correlationMultiplier: fc.nat({ max: 1000 }),
      reporterBps: fc.nat({ max: 10_000 }),
      convictedStake: fcAmount,
      totalStake: fcAmount,
      delegations: fc.array(fcDelegation, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(fcInput, (input) => {
        const penalty = computePenalty(input);
        const [convicted = 0n] = [input.convictedStake, input.totalStake].sort((a, b) => (a < b ? -1 : 1));
        // The largest share that is not above base + multiplier × convicted / total.
        let share = 0;
        const isWithin = (bps: number) =>
          BigInt(bps - input.baseBps) * input.totalStake <= BigInt(input.correlationMultiplier) * convicted * 10_000n;
        for (let step = 8192; step >= 1; step /= 2) if (share + step <= 10_000 && isWithin(share + step)) share += step;
        if (input.totalStake > 0n) expect(penalty.shareBps).toBe(share);
        let taken = 0n;
        for (const [index, { effective, delegated, available }] of input.delegations.entries()) {
          const line = penalty.lines[index]!;
          const due = (effective * BigInt(penalty.shareBps)) / 10_000n;
          expect(line.taken).toBe([due, delegated, available].reduce((a, b) => (a < b ? a : b)));
          taken += line.taken;
        }
        expect(penalty.taken).toBe(taken);
        expect(penalty.reporterReward + penalty.burned).toBe(taken);
        expect(penalty.reporterReward <= taken && penalty.burned >= 0n).toBe(true);
      }),
      { seed: 1234, numRuns: 300 },
    );
  });
});
