/**
 * Who leads when: one stake-weighted draw for each rotation of an epoch, from a key and the frozen stakes alone, so
 * that everybody computes the same schedule and anybody can check one leader.
 *
 *     stakes     A 20   B 10   B' 10                 sorted: stake descending, then vote address descending
 *     intervals  A [0..20)  B' [20..30)  B [30..40)
 *     draws      22    20    13                      from ChaCha20(key); here of Solana's epoch 1
 *     leaders    B'    B'    A                       rotations 0, 1, 2, each of slotsPerRotation slots
 *
 * Rule: Agave's `leader-schedule` crate: the order above, exact duplicates dropped, `rand` 0.8's uniform draw (see
 * weighted-sampler). Policies differ in the key only: on Solana it is the epoch number, known for ever ahead; under
 * `poh` it comes from the chain's own Proof of History after the stakes were frozen.
 */
import { assert, assertDefined } from "../base/assert.ts";
import { ByteWriter, utf8Bytes } from "../base/bytes.ts";
import { createChaCha20 } from "../base/chacha20.ts";
import { sha256 } from "../base/hash.ts";
import type { Address } from "./ids.ts";
import { compareStakeEntries, type StakeEntry } from "./stake-table.ts";
import { createWeightedSampler, type WeightedSampler } from "./weighted-sampler.ts";

export type DrawExplanation = {
  /** The accepted draw: 0 <= draw < total. */
  readonly draw: bigint;
  /** Draws of this rotation thrown away before it. */
  readonly rejected: number;
  /** All stake, in lamports. */
  readonly total: bigint;
  /** cumulativeBefore <= draw < cumulativeAfter: the leader's interval. */
  readonly cumulativeBefore: bigint;
  readonly cumulativeAfter: bigint;
  readonly voteAccount: Address;
  /** The leader's place in canonical order. */
  readonly index: number;
};

const leaderSeedTag = "escapement:leader-seed:v1";

/** Canonical order for any list of stakes: those above 0, sorted, and of exact duplicates one. */
export function orderStakes(stakes: readonly StakeEntry[]): StakeEntry[] {
  const sorted = stakes.filter(({ stake }) => stake > 0n).sort(compareStakeEntries);
  return sorted.filter((entry, index) => {
    const before = sorted[index - 1];
    return before === undefined || before.stake !== entry.stake || before.voteAccount !== entry.voteAccount;
  });
}

/** The `solana` policy's ChaCha20 key: the epoch, little-endian, and zeros. */
export function solanaLeaderKey(epoch: number | bigint): Uint8Array {
  return new ByteWriter(32).u64(BigInt(epoch)).bytes(new Uint8Array(24)).finish();
}

/** The `poh` policy's ChaCha20 key: sha256(tag || a block's last PoH hash (32 bytes) || epoch as u64, little-endian). */
export function computeLeaderSeed(hash: Uint8Array, epoch: number | bigint): Uint8Array {
  assert(hash.length === 32, `a hash has 32 bytes, not ${hash.length}`);
  return sha256(new ByteWriter(128).bytes(utf8Bytes(leaderSeedTag)).bytes(hash).u64(BigInt(epoch)).finish());
}

/**
 * For each of the first `rotations` rotations under a 32-byte key, the index of its leader among `entries`, which stand
 * in canonical order (a stake table's do).
 */
export function drawLeaders(entries: readonly StakeEntry[], key: Uint8Array, rotations: number): Uint32Array {
  assert(Number.isSafeInteger(rotations) && rotations >= 0, `not a count of rotations: ${rotations}`);
  return createStakeSampler(entries).drawIndexes(createChaCha20(key), rotations);
}

/**
 * How one rotation's leader came about. Rejections shift all later draws, so that a rotation is reached only through
 * those before it: late rotations cost as much as the schedule.
 */
export function explainDraw(input: {
  /** In any order. */
  readonly stakes: readonly StakeEntry[];
  /** 32 bytes: solanaLeaderKey or computeLeaderSeed. */
  readonly key: Uint8Array;
  readonly rotation: number;
}): DrawExplanation {
  const { key, rotation } = input;
  assert(Number.isSafeInteger(rotation) && rotation >= 0, `not a rotation: ${rotation}`);
  const entries = orderStakes(input.stakes);
  const sampler = createStakeSampler(entries);
  const source = createChaCha20(key);
  for (let before = 0; before < rotation; before++) sampler.drawIndex(source);
  const { index, draw, rejected } = sampler.explainDraw(source);
  const { voteAccount, stake } = assertDefined(entries[index], `no stake ${index}`);
  const cumulativeBefore = sampler.cumulativeBefore(index);
  const cumulativeAfter = cumulativeBefore + stake;
  return { draw, rejected, total: sampler.total, cumulativeBefore, cumulativeAfter, voteAccount, index };
}

function createStakeSampler(entries: readonly StakeEntry[]): WeightedSampler {
  for (let i = 1; i < entries.length; i++) {
    if (compareStakeEntries(entries[i - 1]!, entries[i]!) >= 0)
      assert(false, `stakes ${i - 1} and ${i} are not in canonical order`);
  }
  return createWeightedSampler(entries.map(({ stake }) => stake));
}
