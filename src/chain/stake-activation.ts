/**
 * How much of a delegation counts in an epoch. Stake does not come and go at once: of all the stake on its way in (or
 * out), a cluster lets through a part of its effective stake each epoch, and each delegation gets its share of that.
 *
 *     stake 1000, activated in epoch 10, deactivated in epoch 14, at 25% an epoch
 *
 *     epoch                    10     11     12     13     14     15     16
 *     cluster: effective     4000   5000   6000   8000   8000   6000
 *              activating    2000   2500   1500      0      0      0
 *              deactivating     0      0      0      0   3200   4000
 *     stake:   effective        0    500    750   1000   1000    375    235     11: 1000 · (4000 · 25%) / 2000
 *              activating    1000    500    250      0      0      0      0     15: 1000 - 1000 · (8000 · 25%) / 3200
 *              deactivating     0      0      0      0   1000    375    235     16: 375 - 140, rounded down from 140.6
 *
 * The stake history says what the cluster had in each epoch gone by. What is not in it was long ago: a delegation whose
 * activation epoch is missing is fully effective, one whose deactivation epoch is missing is gone. A hole later on stops
 * the walk where it stands, and a cluster with nothing on its way ends it too.
 *
 * The share is a division of integers here (Solana's stake program 5, SIMD-0391); before that it was one of floats, which
 * differs by a few lamports: `computeAllowanceFloat`, the only float of this file.
 * Source: solana-program/stake, interface/src/state.rs and warmup_cooldown_allowance.rs.
 */
import { assert } from "../base/assert.ts";
import { u64Max } from "./ids.ts";

/** Stake in lamports; epochs up to 2^64 - 1. */
export type Delegation = {
  readonly stake: bigint;
  /** 2^64 - 1: there from genesis on, and always fully effective until it is deactivated. */
  readonly activationEpoch: bigint;
  /** 2^64 - 1: never. */
  readonly deactivationEpoch: bigint;
};

/** The sums over all delegations in one epoch, in lamports. */
export type StakeHistoryEntry = {
  readonly epoch: bigint;
  readonly effective: bigint;
  readonly activating: bigint;
  /** Part of `effective`. */
  readonly deactivating: bigint;
};

export type StakeHistory = {
  /** Newest first, each epoch at most once, at most `stakeHistoryMax`. */
  readonly entries: readonly StakeHistoryEntry[];
};

export type StakeActivation = {
  readonly effective: bigint;
  readonly activating: bigint;
  /** Part of `effective`: while deactivating all of it. */
  readonly deactivating: bigint;
};

/** The part of a cluster's allowance that goes to one delegation. */
export type AllowanceInput = {
  /** The delegation's stake still on its way. */
  readonly account: bigint;
  /** The cluster's stake on its way in the same direction, in the epoch before. */
  readonly clusterPortion: bigint;
  /** The cluster's effective stake in the epoch before. */
  readonly clusterEffective: bigint;
  /** Hundredths of a percent of `clusterEffective`. */
  readonly rateBps: bigint;
};

export type ComputeAllowance = (input: AllowanceInput) => bigint;

/** Epochs a stake history remembers. */
export const stakeHistoryMax = 512;

const fullBps = 10_000n;
const originalRateBps = 2_500n;
const reducedRateBps = 900n;
const u128Max = 2n ** 128n - 1n;
const none: StakeActivation = { effective: 0n, activating: 0n, deactivating: 0n };

/** A history of these entries, in any order; the newest 512 are kept. */
export function createStakeHistory(entries: Iterable<StakeHistoryEntry>): StakeHistory {
  const sorted = [...entries].sort((a, b) => (a.epoch === b.epoch ? 0 : a.epoch > b.epoch ? -1 : 1));
  for (let i = 1; i < sorted.length; i++)
    assert(sorted[i]!.epoch !== sorted[i - 1]!.epoch, `epoch ${sorted[i]!.epoch} stands twice in the stake history`);
  return { entries: sorted.slice(0, stakeHistoryMax) };
}

/** The history with one more, newer entry; beyond 512 the oldest goes. */
export function addToStakeHistory(history: StakeHistory, entry: StakeHistoryEntry): StakeHistory {
  const newest = history.entries[0];
  assert(
    newest === undefined || entry.epoch > newest.epoch,
    `epoch ${entry.epoch} is not newer than the stake history`,
  );
  return { entries: [entry, ...history.entries.slice(0, stakeHistoryMax - 1)] };
}

/** The entry of an epoch, or null. At once where no epoch is missing between it and the newest, else by halving. */
export function stakeHistoryEntryAt({ entries }: StakeHistory, epoch: bigint): StakeHistoryEntry | null {
  const newest = entries[0];
  if (newest === undefined || epoch > newest.epoch) return null;
  const distance = newest.epoch - epoch;
  if (distance < BigInt(entries.length)) {
    const entry = entries[Number(distance)]!;
    if (entry.epoch === epoch) return entry;
  }
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.epoch > epoch) low = middle + 1;
    else high = middle;
  }
  const entry = entries[low];
  return entry?.epoch === epoch ? entry : null;
}

/** The part of the effective stake that may come, and that may go, in `epoch`; null: the reduced rate is not in force. */
export function warmupCooldownRateBps(epoch: bigint, newRateActivationEpoch: bigint | null): bigint {
  return newRateActivationEpoch !== null && epoch >= newRateActivationEpoch ? reducedRateBps : originalRateBps;
}

/**
 * min(account, account · effective · rate / portion), rounded down; 0 when any of the amounts is. The products saturate at
 * 2^128 - 1, as Solana's do: at 400 million SOL each way a rate of 25% then gives 21.27%.
 */
export function computeAllowance({ account, clusterPortion, clusterEffective, rateBps }: AllowanceInput): bigint {
  if (account === 0n || clusterPortion === 0n || clusterEffective === 0n) return 0n;
  const numerator = saturate(saturate(account * clusterEffective) * rateBps);
  const allowance = numerator / saturate(clusterPortion * fullBps);
  return allowance < account ? allowance : account;
}

/** The same by Solana's former floats: (account / portion) · (effective · rate), cut to whole lamports. */
export function computeAllowanceFloat({ account, clusterPortion, clusterEffective, rateBps }: AllowanceInput): bigint {
  if (account === 0n || clusterPortion === 0n || clusterEffective === 0n) return 0n;
  const weight = Number(account) / Number(clusterPortion);
  const allowance = BigInt(Math.trunc(weight * (Number(clusterEffective) * (Number(rateBps) / 10_000))));
  return allowance < account ? allowance : account;
}

function saturate(product: bigint): bigint {
  return product < u128Max ? product : u128Max;
}

/**
 * A delegation's stake in `targetEpoch`, given the history up to the epoch before it, as Solana's stake program has it.
 * `newRateActivationEpoch`: from when on 9% move each epoch instead of 25%; null: never. `allowance` is how shares are
 * divided: `computeAllowance`, or `computeAllowanceFloat` for how it was before.
 */
export function stakeActivationAt(
  delegation: Delegation,
  targetEpoch: bigint,
  history: StakeHistory,
  newRateActivationEpoch: bigint | null,
  allowance: ComputeAllowance = computeAllowance,
): StakeActivation {
  const { stake, activationEpoch, deactivationEpoch } = delegation;
  const rules: WalkRules = { history, newRateActivationEpoch, allowance };
  const warmupEnd = targetEpoch < deactivationEpoch ? targetEpoch : deactivationEpoch;

  let effective: bigint;
  if (activationEpoch === u64Max) effective = stake;
  else if (activationEpoch === deactivationEpoch || targetEpoch < activationEpoch) return none;
  else if (targetEpoch === activationEpoch) effective = 0n;
  else effective = movedStake(stake, "activating", activationEpoch, warmupEnd, rules);

  if (targetEpoch < deactivationEpoch) return { effective, activating: stake - effective, deactivating: 0n };
  if (targetEpoch === deactivationEpoch) return { effective, activating: 0n, deactivating: effective };
  const left = effective - movedStake(effective, "deactivating", deactivationEpoch, targetEpoch, rules);
  return { effective: left, activating: 0n, deactivating: left };
}

type WalkRules = {
  readonly history: StakeHistory;
  readonly newRateActivationEpoch: bigint | null;
  readonly allowance: ComputeAllowance;
};

/**
 * How much of `stake`, which begins to come (or to go) in epoch `from`, has done so in epoch `until`. At least one epoch is
 * walked and one lamport moves in each. Where the history has no entry for `from`, that was long ago and all of it has.
 */
function movedStake(
  stake: bigint,
  direction: "activating" | "deactivating",
  from: bigint,
  until: bigint,
  { history, newRateActivationEpoch, allowance }: WalkRules,
): bigint {
  let moved = 0n;
  for (let epoch = from; ; ) {
    const cluster = stakeHistoryEntryAt(history, epoch);
    if (cluster === null) return epoch === from ? stake : moved;
    const clusterPortion = cluster[direction];
    if (clusterPortion === 0n) return moved;
    epoch += 1n;
    const share = allowance({
      account: stake - moved,
      clusterPortion,
      clusterEffective: cluster.effective,
      rateBps: warmupCooldownRateBps(epoch, newRateActivationEpoch),
    });
    moved += share > 0n ? share : 1n;
    if (moved >= stake) return stake;
    if (epoch >= until) return moved;
  }
}

/**
 * The same on a chain where stake moves at once: activating in its activation epoch, effective from the next on;
 * deactivating, still effective, in its deactivation epoch, gone from the next on.
 */
export function stakeActivationInstant(delegation: Delegation, targetEpoch: bigint): StakeActivation {
  const { stake, activationEpoch, deactivationEpoch } = delegation;
  if (activationEpoch !== u64Max) {
    if (activationEpoch === deactivationEpoch || targetEpoch < activationEpoch) return none;
    if (targetEpoch === activationEpoch && targetEpoch < deactivationEpoch)
      return { effective: 0n, activating: stake, deactivating: 0n };
  }
  if (targetEpoch < deactivationEpoch) return { effective: stake, activating: 0n, deactivating: 0n };
  if (targetEpoch === deactivationEpoch) return { effective: stake, activating: 0n, deactivating: stake };
  return none;
}
