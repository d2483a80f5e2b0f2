/**
 * The library's stake activation: what a delegation counts in any epoch, from plain values.
 *
 *     computeStakeActivation({
 *       delegation: { stake: 1000n, activationEpoch: 10n, deactivationEpoch: 2n ** 64n - 1n },
 *       targetEpoch: 11n,
 *       history: [{ epoch: 10n, effective: 4000n, activating: 2000n, deactivating: 0n }],
 *       newRateActivationEpoch: null,
 *     })
 *     // { effective: 500n, activating: 500n, deactivating: 0n }
 */
import {
  requireDelegation,
  requireHistory,
  requireObject,
  requireRateEpoch,
  requireU64,
} from "./require-stake-input.ts";
import {
  createStakeHistory,
  type Delegation,
  type StakeActivation,
  type StakeHistoryEntry,
  stakeActivationAt,
} from "./stake-activation.ts";

export type StakeActivationInput = {
  /** Lamports and epochs; "never" (and, for activation, "from genesis on") is 2^64 - 1. */
  readonly delegation: Delegation;
  readonly targetEpoch: bigint;
  /** In any order. As on chain, the newest 512 entries count. */
  readonly history: readonly StakeHistoryEntry[];
  /** From this epoch on 9% of the cluster's stake may move in an epoch, before it 25%; null: 25% always. */
  readonly newRateActivationEpoch: bigint | null;
};

/**
 * A delegation's stake in an epoch, in lamports, as Solana's stake program computes it. `deactivating` is part of
 * `effective`: in and after the deactivation epoch the two are equal, what remains.
 *
 * The history is the chain's stake history sysvar: the cluster's sums for epochs gone by. An activation or deactivation
 * epoch that is not in it counts as long ago: complete.
 *
 * @throws TypeError, RangeError: a message that says what was wrong, what is expected, and what to do.
 */
export function computeStakeActivation(input: StakeActivationInput): StakeActivation {
  requireObject(input, "the input", "{ delegation, targetEpoch, history, newRateActivationEpoch }");
  const { delegation, targetEpoch, history, newRateActivationEpoch } = input;
  requireDelegation(delegation, "delegation");
  requireU64(targetEpoch, "targetEpoch", "epochs");
  requireHistory(history, "history");
  requireRateEpoch(newRateActivationEpoch, "newRateActivationEpoch");
  return stakeActivationAt(delegation, targetEpoch, createStakeHistory(history), newRateActivationEpoch);
}
