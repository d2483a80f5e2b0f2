/** How much of a delegation counts in an epoch, by the rule this chain chose. */
import type { ChainParams } from "./params.ts";
import {
  type Delegation,
  type StakeActivation,
  type StakeHistory,
  stakeActivationAt,
  stakeActivationInstant,
} from "./stake-activation.ts";

export function stakeStatusAt(
  params: Pick<ChainParams, "stakeWarmup" | "stakeReducedRateEpoch">,
  delegation: Delegation,
  epoch: number | bigint,
  history: StakeHistory,
): StakeActivation {
  const target = BigInt(epoch);
  return params.stakeWarmup === "instant"
    ? stakeActivationInstant(delegation, target)
    : stakeActivationAt(delegation, target, history, BigInt(params.stakeReducedRateEpoch));
}
