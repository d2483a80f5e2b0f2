/** What a block paid to an account, or took from it, beside what its transactions did: as clients read it in a block. */
import type { Address, Lamports } from "./ids.ts";

/** `fee`: to the leader. `voting`: a validator's commission. `staking`: to a stake account. `slashing`: ours. */
export type RewardType = "fee" | "voting" | "staking" | "slashing";

export type BlockReward = {
  readonly address: Address;
  /** Negative for what was taken. */
  readonly lamports: bigint;
  readonly postBalance: Lamports;
  readonly type: RewardType;
  /** Of voting and staking rewards. */
  readonly commissionBps: number | null;
};
