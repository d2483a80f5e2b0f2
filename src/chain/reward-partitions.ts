/**
 * In which block of the new epoch a stake account is paid: too many accounts for one block are spread over several.
 *
 *     9000 accounts to pay, 4096 to a block        3 partitions: the epoch's blocks 2, 3 and 4
 *     SipHash-1-3(parent blockhash || address) = 0.38 · 2^64        0.38 · 3 = 1.14: partition 1
 *
 * The parent blockhash is that of the block before the epoch's first, which nobody knows long beforehand.
 * Source: SIMD-0118; agave runtime/src/bank/partitioned_epoch_rewards.
 */
import { assert } from "../base/assert.ts";
import { concatBytes } from "../base/bytes.ts";
import { sipHash13 } from "../base/siphash.ts";
import { type Address, addressBytes } from "./ids.ts";

/** Solana's limit of stake accounts paid in one block. */
export const rewardAccountsPerPartition = 4096;

/** At most this part of an epoch's slots pay rewards: one in ten. */
const slotsPerPayingSlot = 10;

const zeroKey = new Uint8Array(16);

/** The partition, 0 to partitions - 1, that pays this stake account. `parentBlockhash` has 32 bytes. */
export function rewardPartitionOf(address: Address, parentBlockhash: Uint8Array, partitions: number): number {
  assert(parentBlockhash.length === 32, `a blockhash has 32 bytes, not ${parentBlockhash.length}`);
  assert(Number.isSafeInteger(partitions) && partitions >= 1, `not a number of partitions: ${partitions}`);
  const hash = sipHash13(zeroKey, concatBytes(parentBlockhash, addressBytes(address)));
  return Number((hash * BigInt(partitions)) >> 64n);
}

/**
 * How many blocks pay `stakeRewards` stake accounts: at least one, at most a tenth of the epoch's slots. When that is too
 * few, partitions grow beyond `accountsPerPartition`. (In warm-up epochs Solana always takes one: the caller's business.)
 */
export function rewardPartitionCount(fields: {
  readonly stakeRewards: number;
  readonly slotsPerEpoch: number;
  readonly accountsPerPartition?: number;
}): number {
  const { stakeRewards, slotsPerEpoch, accountsPerPartition = rewardAccountsPerPartition } = fields;
  assert(Number.isSafeInteger(stakeRewards) && stakeRewards >= 0, `not a number of accounts: ${stakeRewards}`);
  assert(Number.isSafeInteger(slotsPerEpoch) && slotsPerEpoch >= 1, `not a number of slots: ${slotsPerEpoch}`);
  assert(Number.isSafeInteger(accountsPerPartition) && accountsPerPartition >= 1, "a partition pays no account");
  const most = Math.max(1, Math.floor(slotsPerEpoch / slotsPerPayingSlot));
  return Math.min(Math.max(1, Math.ceil(stakeRewards / accountsPerPartition)), most);
}
