import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { u64Max } from "./ids.ts";
import {
  addToStakeHistory,
  type ComputeAllowance,
  computeAllowance,
  computeAllowanceFloat,
  createStakeHistory,
  type Delegation,
  type StakeActivation,
  type StakeHistoryEntry,
  stakeActivationAt,
  stakeActivationInstant,
  stakeHistoryEntryAt,
  stakeHistoryMax,
  warmupCooldownRateBps,
} from "./stake-activation.ts";

const delegationOf = (stake: bigint, activationEpoch: bigint, deactivationEpoch = u64Max): Delegation => ({
  stake,
  activationEpoch,
  deactivationEpoch,
});
const entryOf = (epoch: bigint, effective: bigint, activating: bigint, deactivating: bigint): StakeHistoryEntry => ({
  epoch,
  effective,
  activating,
  deactivating,
});
const tripleOf = ({ effective, activating, deactivating }: StakeActivation) => [effective, activating, deactivating];

/** The rules read aloud, epoch by epoch: a list to search, rationals for the share, one walk for each direction. */
function activationTwin(
  delegation: Delegation,
  target: bigint,
  entries: readonly StakeHistoryEntry[],
  newRate: bigint | null,
  allowance: ComputeAllowance | null,
): [bigint, bigint, bigint] {
  const { stake, activationEpoch: activation, deactivationEpoch: deactivation } = delegation;
  const find = (epoch: bigint) => entries.find((entry) => entry.epoch === epoch);
  const share = (mine: bigint, portion: bigint, effective: bigint, epoch: bigint) => {
    const rate = newRate !== null && epoch >= newRate ? 9n : 25n;
    const part =
      allowance === null
        ? (mine * effective * rate) / (portion * 100n)
        : allowance({ account: mine, clusterPortion: portion, clusterEffective: effective, rateBps: rate * 100n });
    return part === 0n ? 1n : part;
  };
  let effective = 0n;
  let activating = 0n;
  if (activation === u64Max) effective = stake;
  else if (activation === deactivation) return [0n, 0n, 0n];
  else if (target === activation) activating = stake;
  else if (target > activation) {
    if (!find(activation)) effective = stake;
    else {
      for (let epoch = activation; ; epoch++) {
        const cluster = find(epoch);
        if (!cluster || cluster.activating === 0n) break;
        effective += share(stake - effective, cluster.activating, cluster.effective, epoch + 1n);
        if (effective > stake) effective = stake;
        if (effective === stake || epoch + 1n >= target || epoch + 1n >= deactivation) break;
      }
      activating = stake - effective;
    }
  }
  if (target < deactivation) return [effective, activating, 0n];
  if (target > deactivation) {
    if (!find(deactivation)) return [0n, 0n, 0n];
    for (let epoch = deactivation; effective > 0n; epoch++) {
      const cluster = find(epoch);
      if (!cluster || cluster.deactivating === 0n) break;
      effective -= share(effective, cluster.deactivating, cluster.effective, epoch + 1n);
      if (effective < 0n) effective = 0n;
      if (epoch + 1n >= target) break;
    }
  }
  return [effective, 0n, effective];
}

describe("stakeActivationAt", () => {
  const story = createStakeHistory([
    entryOf(10n, 4000n, 2000n, 0n),
    entryOf(11n, 5000n, 2500n, 0n),
    entryOf(12n, 6000n, 1500n, 0n),
    entryOf(13n, 8000n, 0n, 0n),
    entryOf(14n, 8000n, 0n, 3200n),
    entryOf(15n, 6000n, 0n, 4000n),
  ]);

  it("is the example of its story", () => {
    const at = (epoch: bigint) => tripleOf(stakeActivationAt(delegationOf(1000n, 10n, 14n), epoch, story, null));
    expect([9n, 10n, 11n, 12n, 13n, 14n, 15n, 16n].map(at)).toEqual([
      [0n, 0n, 0n],
      [0n, 1000n, 0n],
      [500n, 500n, 0n],
      [750n, 250n, 0n],
      [1000n, 0n, 0n],
      [1000n, 0n, 1000n],
      [375n, 0n, 375n],
      [235n, 0n, 235n],
    ]);
  });

  it("moves 9% from the new rate's epoch on, by the epoch that is computed", () => {
    const at = (newRate: bigint | null) => stakeActivationAt(delegationOf(1000n, 10n), 11n, story, newRate).effective;
    expect([null, 12n, 11n, 10n].map(at)).toEqual([500n, 500n, 180n, 180n]);
  });

  it("is all there from genesis on, and cools down like any other", () => {
    const genesis = delegationOf(1000n, u64Max, 14n);
    expect([0n, 13n, 14n, 15n].map((epoch) => tripleOf(stakeActivationAt(genesis, epoch, story, null)))).toEqual([
      [1000n, 0n, 0n],
      [1000n, 0n, 0n],
      [1000n, 0n, 1000n],
      [375n, 0n, 375n],
    ]);
    expect(tripleOf(stakeActivationAt(delegationOf(7n, u64Max), 5n, story, null))).toEqual([7n, 0n, 0n]);
    expect(tripleOf(stakeActivationAt(delegationOf(7n, 3n, 3n), 3n, story, null))).toEqual([0n, 0n, 0n]);
  });

  it("stops warming up at the deactivation epoch", () => {
    // Deactivated in epoch 12 with 750 of 1000 effective; epoch 12's cluster has nothing deactivating, so it stays.
    const at = (epoch: bigint) => tripleOf(stakeActivationAt(delegationOf(1000n, 10n, 12n), epoch, story, null));
    expect([11n, 12n, 13n, 20n].map(at)).toEqual([
      [500n, 500n, 0n],
      [750n, 0n, 750n],
      [750n, 0n, 750n],
      [750n, 0n, 750n],
    ]);
  });

  it("takes what the history no longer knows as long ago, and hangs at a hole", () => {
    const holed = createStakeHistory([entryOf(10n, 4000n, 2000n, 0n), entryOf(12n, 6000n, 1500n, 0n)]);
    expect(tripleOf(stakeActivationAt(delegationOf(1000n, 10n), 13n, holed, null))).toEqual([500n, 500n, 0n]);
    expect(tripleOf(stakeActivationAt(delegationOf(1000n, 9n), 13n, holed, null))).toEqual([1000n, 0n, 0n]);
    expect(tripleOf(stakeActivationAt(delegationOf(1000n, 9n, 11n), 13n, holed, null))).toEqual([0n, 0n, 0n]);
  });

  it("moves at least a lamport an epoch", () => {
    const tight = createStakeHistory([0n, 1n, 2n].map((epoch) => entryOf(epoch, 1n, u64Max, u64Max)));
    expect(stakeActivationAt(delegationOf(10n, 0n), 3n, tight, null).effective).toBe(3n);
    expect(stakeActivationAt(delegationOf(10n, u64Max, 0n), 3n, tight, null).effective).toBe(7n);
    expect(stakeActivationAt(delegationOf(0n, 0n), 3n, tight, null)).toEqual({
      effective: 0n,
      activating: 0n,
      deactivating: 0n,
    });
  });

  it("is its slow twin for any delegation, history and epoch, by integers and by floats", () => {
    const epoch = fc.oneof(fc.bigInt({ min: 0n, max: 14n }), fc.constant(u64Max));
    const amount = fc.oneof(
      fc.bigInt({ min: 0n, max: 40n }),
      fc.bigInt({ min: 0n, max: 5000n }),
      fc.bigInt({ min: 0n, max: 4n * 10n ** 17n }),
    );
    const entries = fc.uniqueArray(
      fc.record({
        epoch: fc.bigInt({ min: 0n, max: 14n }),
        effective: amount,
        activating: amount,
        deactivating: amount,
      }),
      { selector: (entry) => entry.epoch, maxLength: 15 },
    );
    const rate = fc.option(fc.bigInt({ min: 0n, max: 14n }));
    let moving = 0;
    fc.assert(
      fc.property(amount, epoch, epoch, epoch, entries, rate, (stake, from, until, target, list, newRate) => {
        const delegation = delegationOf(stake, from, until);
        const history = createStakeHistory(list);
        for (const allowance of [computeAllowance, computeAllowanceFloat]) {
          const result = stakeActivationAt(delegation, target, history, newRate, allowance);
          expect(tripleOf(result)).toEqual(activationTwin(delegation, target, list, newRate, allowance));
          expect(result.effective + result.activating).toBeLessThanOrEqual(stake);
          if (result.effective > 0n && result.effective < stake) moving++;
        }
      }),
      { seed: 391, numRuns: 4000 },
    );
    expect(moving).toBeGreaterThan(500);
  });
});

describe("stakeActivationInstant", () => {
  it("is a step function", () => {
    const at = (delegation: Delegation) => (epoch: bigint) => tripleOf(stakeActivationInstant(delegation, epoch));
    expect([2n, 3n, 4n, 5n, 6n].map(at(delegationOf(9n, 3n, 5n)))).toEqual([
      [0n, 0n, 0n],
      [0n, 9n, 0n],
      [9n, 0n, 0n],
      [9n, 0n, 9n],
      [0n, 0n, 0n],
    ]);
    expect([0n, 5n, 6n].map(at(delegationOf(9n, u64Max, 5n)))).toEqual([
      [9n, 0n, 0n],
      [9n, 0n, 9n],
      [0n, 0n, 0n],
    ]);
    expect([2n, 3n, 4n].map(at(delegationOf(9n, 3n, 3n)))).toEqual([
      [0n, 0n, 0n],
      [0n, 0n, 0n],
      [0n, 0n, 0n],
    ]);
    expect([2n, 3n, 4n].map(at(delegationOf(9n, 3n, 2n)))).toEqual([
      [0n, 0n, 0n],
      [0n, 0n, 0n],
      [0n, 0n, 0n],
    ]);
    expect(at(delegationOf(9n, u64Max))(u64Max)).toEqual([9n, 0n, 9n]);
    expect(at(delegationOf(9n, 3n))(1000n)).toEqual([9n, 0n, 0n]);
  });

  it("is what the protocol's form gives without a history", () => {
    const epoch = fc.oneof(fc.bigInt({ min: 0n, max: 5n }), fc.constant(u64Max));
    fc.assert(
      fc.property(epoch, epoch, epoch, (from, until, target) => {
        const delegation = delegationOf(11n, from, until);
        expect(stakeActivationInstant(delegation, target)).toEqual(
          stakeActivationAt(delegation, target, createStakeHistory([]), null),
        );
      }),
      { seed: 4, numRuns: 600 },
    );
  });
});

describe("computeAllowance", () => {
  const allowanceOf = (rule: ComputeAllowance, account: bigint, clusterPortion: bigint, clusterEffective: bigint) =>
    rule({ account, clusterPortion, clusterEffective, rateBps: 2500n });

  it("shares the cluster's allowance by stake, rounded down, at most all", () => {
    for (const rule of [computeAllowance, computeAllowanceFloat]) {
      expect(allowanceOf(rule, 100n, 500n, 1001n)).toBe(50n);
      expect(allowanceOf(rule, 40n, 100n, 1_000_000n)).toBe(40n);
      expect(allowanceOf(rule, 0n, 1n, 1n) + allowanceOf(rule, 1n, 0n, 1n) + allowanceOf(rule, 1n, 1n, 0n)).toBe(0n);
    }
  });

  it("multiplies floats in Solana's order: the rate with the effective stake first", () => {
    const input = { account: 2n, clusterPortion: 18n, clusterEffective: 100n, rateBps: 900n };
    expect((2 / 18) * (100 * 0.09)).toBe(1);
    expect((2 / 18) * 100 * 0.09).toBeLessThan(1);
    expect(computeAllowanceFloat(input)).toBe(1n);
  });

  it("saturates its products at 128 bits", () => {
    const large = 400_000_000n * 10n ** 9n;
    expect(allowanceOf(computeAllowance, large, large, large)).toBe(85_070_591_730_234_615n);
    expect(allowanceOf(computeAllowanceFloat, large, large, large)).toBe(large / 4n);
    expect(allowanceOf(computeAllowance, u64Max, u64Max, u64Max)).toBe((2n ** 128n - 1n) / (u64Max * 10_000n));
  });

  it("stays within a few lamports of its float form below saturation", () => {
    const amount = fc.bigInt({ min: 1n, max: 2n ** 56n });
    fc.assert(
      fc.property(amount, amount, amount, (a, b, effective) => {
        const [account, portion] = a < b ? [a, b] : [b, a];
        const integer = allowanceOf(computeAllowance, account, portion, effective);
        const float = allowanceOf(computeAllowanceFloat, account, portion, effective);
        const difference = integer > float ? integer - float : float - integer;
        expect(difference).toBeLessThanOrEqual(integer / 2n ** 50n + 1n);
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it("takes the reduced rate from its epoch on", () => {
    expect([9n, 10n, 11n].map((epoch) => warmupCooldownRateBps(epoch, 10n))).toEqual([2500n, 900n, 900n]);
    expect(warmupCooldownRateBps(u64Max, null)).toBe(2500n);
  });
});

describe("stake history", () => {
  const plain = (epoch: bigint) => entryOf(epoch, 1n, 2n, 3n);

  it("keeps the newest 512 epochs, newest first", () => {
    let history = createStakeHistory([]);
    for (let epoch = 0n; epoch < 512n; epoch++) history = addToStakeHistory(history, plain(epoch));
    expect(history.entries.length).toBe(stakeHistoryMax);
    const before = history;
    history = addToStakeHistory(history, plain(512n));
    expect([history.entries.length, history.entries[0]!.epoch, history.entries.at(-1)!.epoch]).toEqual([512, 512n, 1n]);
    expect([stakeHistoryEntryAt(history, 0n), stakeHistoryEntryAt(before, 0n)?.epoch]).toEqual([null, 0n]);
    const shuffled = Array.from({ length: 513 }, (_, i) => plain(BigInt((i * 100) % 513)));
    expect(createStakeHistory(shuffled)).toEqual(history);
  });

  it("finds any epoch it has, holes or not, and no other", () => {
    const epochs = fc.uniqueArray(fc.bigInt({ min: 0n, max: 40n }), { maxLength: 30 });
    fc.assert(
      fc.property(epochs, (list) => {
        const history = createStakeHistory(list.map(plain));
        for (let epoch = 0n; epoch <= 41n; epoch++)
          expect(stakeHistoryEntryAt(history, epoch)).toEqual(list.includes(epoch) ? plain(epoch) : null);
      }),
      { seed: 12, numRuns: 200 },
    );
  });

  it("has each epoch once, and grows only forward", () => {
    expect(() => createStakeHistory([plain(1n), plain(2n), plain(1n)])).toThrow(/epoch 1 stands twice/);
    expect(() => addToStakeHistory(createStakeHistory([plain(5n)]), plain(5n))).toThrow(/not newer/);
  });
});
