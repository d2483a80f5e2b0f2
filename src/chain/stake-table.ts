/**
 * The stakes that count in one epoch: frozen one epoch ahead, in one canonical order.
 *
 *     stake 500  vote account Z…     the larger stake first,
 *     stake 300  vote account M…     equal stakes by vote account, larger key bytes first
 *     stake 300  vote account B…     (the order of Solana's leader schedule)
 */
import { assert } from "../base/assert.ts";
import { ByteWriter, compareBytes } from "../base/bytes.ts";
import { type Address, addressBytes, type Lamports, u64Max } from "./ids.ts";

export type StakeEntry = { readonly voteAccount: Address; readonly identity: Address; readonly stake: Lamports };

export type StakeTable = {
  /** Positive stakes only, in canonical order. */
  readonly entries: readonly StakeEntry[];
  readonly total: Lamports;
  /** The least stake that is strictly more than two thirds is `supermajority + 1`. */
  readonly supermajority: bigint;
  readonly byVoteAccount: ReadonlyMap<Address, StakeEntry>;
};

export function compareStakeEntries(a: StakeEntry, b: StakeEntry): number {
  if (a.stake !== b.stake) return a.stake > b.stake ? -1 : 1;
  return compareBytes(addressBytes(b.voteAccount), addressBytes(a.voteAccount));
}

/** Freezes a set of stakes. Zero stakes are left out; a vote account stands at most once. */
export function createStakeTable(stakes: Iterable<StakeEntry>): StakeTable {
  const entries = [...stakes].filter((entry) => entry.stake > 0n).sort(compareStakeEntries);
  const byVoteAccount = new Map(entries.map((entry) => [entry.voteAccount, entry]));
  assert(byVoteAccount.size === entries.length, "a vote account stands twice in the stake table");
  const total = entries.reduce((sum, entry) => sum + entry.stake, 0n);
  assert(total <= u64Max, "total stake above 2^64 - 1");
  return Object.freeze({ entries, total: total as Lamports, supermajority: (total * 2n) / 3n, byVoteAccount });
}

export function stakeOf(table: StakeTable, voteAccount: Address): bigint {
  return table.byVoteAccount.get(voteAccount)?.stake ?? 0n;
}

/** One encoding for one table: what the state hash commits to. */
export function encodeStakeTable(table: StakeTable): Uint8Array {
  const writer = new ByteWriter(72 * table.entries.length + 8).count(table.entries.length);
  for (const { voteAccount, identity, stake } of table.entries) {
    writer.bytes(addressBytes(voteAccount)).bytes(addressBytes(identity)).u64(stake);
  }
  return writer.finish();
}
