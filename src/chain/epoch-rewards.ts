/**
 * What an epoch earned, and how far it is paid out.
 *
 *     first block of epoch 8      pot for epoch 7 = 4,000 lamports, points 800 -> 5 lamports a point
 *                                 commissions are paid at once; the stake accounts' shares wait in partitions
 *     the next blocks             one partition each, until all are paid; till then stake accounts stand still
 *
 * Source: SIMD-0118.
 */
import { ByteWriter } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import { type Address, addressBytes, type Epoch, type Hash, hashBytes } from "./ids.ts";
import type { EarnedCredits, VoteReward } from "./rewards.ts";

export type StakeReward = {
  readonly stakeAccount: Address;
  readonly voteAccount: Address;
  readonly points: bigint;
  /** What the points are made of. */
  readonly earned: readonly EarnedCredits[];
  /** The staker's part; it is added to the account and to its delegation. May be 0: then only the credits move. */
  readonly lamports: bigint;
  /** The validator's part, paid with the others of its vote account at the boundary. */
  readonly commission: bigint;
  readonly commissionBps: number;
  readonly creditsObserved: bigint;
};

export type EpochRewards = {
  /** The epoch that earned this: the one before the epoch that pays. */
  readonly epoch: Epoch;
  /** What the year's rate and the supply gave for it, and where they stood. */
  readonly pot: bigint;
  readonly capitalization: bigint;
  readonly validatorRate: number;
  readonly totalPoints: bigint;
  readonly voteRewards: readonly VoteReward[];
  /** By partition, in the order of payment. */
  readonly partitions: readonly (readonly StakeReward[])[];
  /** Height of the block that pays the first partition; the others follow one a block. */
  readonly startHeight: number;
  /** Blockhash of the block before the boundary's: it decides who is in which partition. */
  readonly parentBlockhash: Hash;
  /** Lamports of all partitions and commissions, at most the pot. */
  readonly total: bigint;
};

/** An epoch's rewards and how many of its partitions are paid. */
export type RewardsProgress = { readonly rewards: EpochRewards; readonly partitionsPaid: number };

export function isPaying({ rewards, partitionsPaid }: RewardsProgress): boolean {
  return partitionsPaid < rewards.partitions.length;
}

const digests = new WeakMap<EpochRewards, Uint8Array>();

/** What a state commits to. */
export function epochRewardsDigest(rewards: EpochRewards): Uint8Array {
  let digest = digests.get(rewards);
  if (digest === undefined) {
    const writer = new ByteWriter(1024).count(rewards.epoch).u64(rewards.pot).u64(rewards.capitalization);
    writer.count(rewards.startHeight).bytes(hashBytes(rewards.parentBlockhash)).u64(rewards.total);
    writer.count(rewards.partitions.length);
    for (const partition of rewards.partitions) {
      writer.count(partition.length);
      for (const { stakeAccount, voteAccount, lamports, creditsObserved } of partition) {
        writer.bytes(addressBytes(stakeAccount)).bytes(addressBytes(voteAccount)).u64(lamports).u64(creditsObserved);
      }
    }
    digest = sha256(writer.finish());
    digests.set(rewards, digest);
  }
  return digest;
}
