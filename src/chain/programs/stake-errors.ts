/** The stake program's own errors, by the number that clients see in `{ Custom: n }`. Source: Solana's stake interface. */
import type { InstructionError } from "./instruction-context.ts";

export const stakeErrors = {
  NoCreditsToRedeem: 0,
  LockupInForce: 1,
  AlreadyDeactivated: 2,
  TooSoonToRedelegate: 3,
  InsufficientStake: 4,
  MergeTransientStake: 5,
  MergeMismatch: 6,
  CustodianMissing: 7,
  CustodianSignatureMissing: 8,
  InsufficientReferenceVotes: 9,
  VoteAddressMismatch: 10,
  MinimumDelinquentEpochsForDeactivationNotMet: 11,
  InsufficientDelegation: 12,
  RedelegateTransientOrInactiveStake: 13,
  RedelegateToSameVoteAccount: 14,
  RedelegatedStakeMustFullyActivateBeforeDeactivationIsPermitted: 15,
  EpochRewardsActive: 16,
} as const;

export type StakeErrorName = keyof typeof stakeErrors;

export function stakeError(name: StakeErrorName): InstructionError {
  return { Custom: stakeErrors[name] };
}
