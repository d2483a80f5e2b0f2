/** The vote program's own errors, by the number that clients see in `{ Custom: n }`. Source: Solana's vote interface. */
export const voteErrors = {
  VoteTooOld: 0,
  SlotsMismatch: 1,
  SlotHashMismatch: 2,
  EmptySlots: 3,
  TimestampTooOld: 4,
  TooSoonToReauthorize: 5,
  LockoutConflict: 6,
  NewVoteStateLockoutMismatch: 7,
  SlotsNotOrdered: 8,
  ConfirmationsNotOrdered: 9,
  ZeroConfirmations: 10,
  ConfirmationTooLarge: 11,
  RootRollBack: 12,
  ConfirmationRollBack: 13,
  SlotSmallerThanRoot: 14,
  TooManyVotes: 15,
  VotesTooOldAllFiltered: 16,
  RootOnDifferentFork: 17,
  ActiveVoteAccountClose: 18,
  /** Not answered any more: a commission takes effect an epoch late instead (SIMD-0249). */
  CommissionUpdateTooLate: 19,
} as const;

export type VoteErrorName = keyof typeof voteErrors;
