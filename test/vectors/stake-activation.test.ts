import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { computeStakeActivation } from "../../src/chain/compute-stake-activation.ts";
import {
  type ComputeAllowance,
  computeAllowance,
  computeAllowanceFloat,
  createStakeHistory,
  type Delegation,
  type StakeHistoryEntry,
  stakeActivationAt,
  stakeHistoryMax,
  warmupCooldownRateBps,
} from "../../src/chain/stake-activation.ts";
import { readVector, vectorsNote, vectorsPresent } from "../support/vectors.ts";

type AllowanceVector = {
  readonly rate: readonly { epoch: string; new_rate_epoch: string | null; bps: number }[];
  readonly cases: readonly {
    epoch: string;
    new_rate_epoch: string | null;
    account: string;
    cluster_portion: string;
    cluster_effective: string;
    allowance: string;
    float?: string;
  }[];
};
type HistoryRow = readonly [epoch: string, effective: string, activating: string, deactivating: string];
type StatusVector = {
  readonly cases: readonly {
    name: string;
    new_rate_epoch: string | null;
    delegation: { stake: string; activation_epoch: string; deactivation_epoch: string };
    history: readonly HistoryRow[];
    at: readonly (readonly [epoch: number, status: readonly [string, string, string]])[];
  }[];
};

const never = 2n ** 64n - 1n;
const epochOrNull = (text: string | null) => (text === null ? null : BigInt(text));
const entryOf = (row: HistoryRow): StakeHistoryEntry => {
  const [epoch, effective, activating, deactivating] = row.map(BigInt) as [bigint, bigint, bigint, bigint];
  return { epoch, effective, activating, deactivating };
};

describe.skipIf(!vectorsPresent)(`stake activation (${vectorsNote})`, () => {
  it("has the stake program's rates and allowances, by integers and by floats", () => {
    const { rate, cases } = readVector<AllowanceVector>("stake/allowance.json");
    for (const { epoch, new_rate_epoch, bps } of rate)
      expect(warmupCooldownRateBps(BigInt(epoch), epochOrNull(new_rate_epoch))).toBe(BigInt(bps));
    let floats = 0;
    for (const each of cases) {
      const input = {
        account: BigInt(each.account),
        clusterPortion: BigInt(each.cluster_portion),
        clusterEffective: BigInt(each.cluster_effective),
        rateBps: warmupCooldownRateBps(BigInt(each.epoch), epochOrNull(each.new_rate_epoch)),
      };
      expect(computeAllowance(input), each.account).toBe(BigInt(each.allowance));
      if (each.float === undefined) continue;
      expect(computeAllowanceFloat(input), each.account).toBe(BigInt(each.float));
      floats++;
    }
    expect([rate.length, cases.length, floats]).toEqual([6, 7, 5]);
  });

  it("has the stake program's states of a delegation, by integers and by floats", () => {
    let checked = 0;
    for (const { name, new_rate_epoch, delegation: d, history, at } of readVector<StatusVector>("stake/status.json")
      .cases) {
      const delegation: Delegation = {
        stake: BigInt(d.stake),
        activationEpoch: BigInt(d.activation_epoch),
        deactivationEpoch: BigInt(d.deactivation_epoch),
      };
      const entries = history.map(entryOf);
      const newRateActivationEpoch = epochOrNull(new_rate_epoch);
      for (const [epoch, [effective, activating, deactivating]] of at) {
        const expected = {
          effective: BigInt(effective),
          activating: BigInt(activating),
          deactivating: BigInt(deactivating),
        };
        const targetEpoch = BigInt(epoch);
        const where = `${name}, epoch ${epoch}`;
        const result = computeStakeActivation({ delegation, targetEpoch, history: entries, newRateActivationEpoch });
        expect(result, where).toEqual(expected);
        const known = createStakeHistory(entries);
        expect(
          stakeActivationAt(delegation, targetEpoch, known, newRateActivationEpoch, computeAllowanceFloat),
          where,
        ).toEqual(expected);
        checked++;
      }
    }
    expect(checked).toBe(26);
  });
});

/** Warm-up (or cool-down) of `stake` over a real history, one epoch after the other, as fractions of the whole. */
function movedTwin(
  stake: bigint,
  from: bigint,
  until: bigint,
  portionOf: (entry: StakeHistoryEntry) => bigint,
  byEpoch: ReadonlyMap<bigint, StakeHistoryEntry>,
  newRate: bigint | null,
): bigint {
  if (!byEpoch.has(from)) return stake;
  let left = stake;
  for (let epoch = from; epoch < until && left > 0n; epoch++) {
    const cluster = byEpoch.get(epoch);
    if (cluster === undefined || portionOf(cluster) === 0n) break;
    const percent = newRate !== null && epoch + 1n >= newRate ? 9n : 25n;
    let share = (left * cluster.effective * percent) / (100n * portionOf(cluster));
    if (share === 0n) share = 1n;
    left = left > share ? left - share : 0n;
  }
  return stake - left;
}

describe.skipIf(!vectorsPresent)(`testnet's stake history (${vectorsNote})`, () => {
  const read = () => readVector<{ entries: HistoryRow[] }>("stake/testnet-history-980.json").entries.map(entryOf);

  it("holds the 512 epochs up to 979, newest first", () => {
    const entries = read();
    expect(entries.length).toBe(stakeHistoryMax);
    expect(createStakeHistory(entries.toReversed()).entries).toEqual(entries);
    expect([entries[0]!.epoch, entries.at(-1)!.epoch]).toEqual([979n, 468n]);
  });

  /** The real epochs of a cluster with 64 times as much stake on its way: the real one almost never reaches its limit. */
  const readBusy = () =>
    read().map((entry) => ({ ...entry, activating: entry.activating * 64n, deactivating: entry.deactivating * 64n }));

  it.each([
    ["as it was", read, 0],
    ["with 64 times as much on its way", readBusy, 500],
  ] as const)("gives any delegation the stake that a slow twin gives it, %s", (_, readEntries, partlyMin) => {
    const entries = readEntries();
    const history = createStakeHistory(entries);
    const byEpoch = new Map(entries.map((entry) => [entry.epoch, entry]));
    const random = createRandom("980", "delegations");
    const counts = { activating: 0, partly: 0, deactivating: 0 };
    for (let i = 0; i < 3000; i++) {
      const activationEpoch = BigInt(random.chance(1, 20) ? 440 + random.below(28) : 468 + random.below(512));
      const lasts = BigInt(1 + random.below(40));
      const deactivationEpoch = random.chance(1, 3) ? never : activationEpoch + lasts;
      const stake = random.belowBig(10n ** BigInt(random.below(16) + 1));
      const delegation = { stake, activationEpoch, deactivationEpoch };
      const newRate = random.chance(1, 2) ? null : BigInt(468 + random.below(512));
      const targetEpoch = activationEpoch + BigInt(random.below(60));

      const warmupEnd = targetEpoch < deactivationEpoch ? targetEpoch : deactivationEpoch;
      let effective =
        targetEpoch === activationEpoch
          ? 0n
          : movedTwin(stake, activationEpoch, warmupEnd, (entry) => entry.activating, byEpoch, newRate);
      const expected = { effective, activating: stake - effective, deactivating: 0n };
      if (targetEpoch >= deactivationEpoch) {
        if (targetEpoch > deactivationEpoch)
          effective -= movedTwin(effective, deactivationEpoch, targetEpoch, (e) => e.deactivating, byEpoch, newRate);
        Object.assign(expected, { effective, activating: 0n, deactivating: effective });
      }
      expect(stakeActivationAt(delegation, targetEpoch, history, newRate)).toEqual(expected);
      if (expected.activating > 0n) counts.activating++;
      if (expected.effective > 0n && expected.effective < stake) counts.partly++;
      if (expected.deactivating > 0n) counts.deactivating++;
    }
    expect(counts.activating).toBeGreaterThan(20);
    expect(counts.partly).toBeGreaterThan(partlyMin);
    expect(counts.deactivating).toBeGreaterThan(20);
  });

  it("gives by floats what it gives by integers, but for a few lamports an epoch", () => {
    const entries = readBusy();
    const history = createStakeHistory(entries);
    let different = 0;
    for (const { epoch, activating } of entries) {
      const delegation = { stake: activating / 640n, activationEpoch: epoch, deactivationEpoch: never };
      const at = (allowance: ComputeAllowance) =>
        stakeActivationAt(delegation, epoch + 3n, history, 468n, allowance).effective;
      const difference = at(computeAllowance) - at(computeAllowanceFloat);
      expect(difference >= -9n && difference <= 9n, `epoch ${epoch}: ${difference}`).toBe(true);
      if (difference !== 0n) different++;
    }
    expect(different).toBeGreaterThan(0);
  });
});
