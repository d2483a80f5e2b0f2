/**
 * The commission that each vote account asked for when an epoch's stakes were frozen. Rewards go by it, so that raising a
 * commission just before they are reckoned earns nothing. Source: SIMD-0249.
 */
import { ByteWriter } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import { type Address, addressBytes } from "./ids.ts";
import type { VoteState } from "./vote-state.ts";

/** Basis points by vote account, staked or not; by ascending address bytes. */
export type CommissionTable = ReadonlyMap<Address, number>;

/** @param votes by ascending address bytes, as a scan gives them */
export function createCommissionTable(votes: ReadonlyMap<Address, VoteState>): CommissionTable {
  return new Map([...votes].map(([address, state]) => [address, state.inflationRewardsCommissionBps]));
}

const digests = new WeakMap<CommissionTable, Uint8Array>();

export function commissionTableDigest(table: CommissionTable): Uint8Array {
  let digest = digests.get(table);
  if (digest === undefined) {
    const writer = new ByteWriter(40 * table.size + 8).count(table.size);
    for (const [voteAccount, bps] of table) writer.bytes(addressBytes(voteAccount)).count(bps);
    digest = sha256(writer.finish());
    digests.set(table, digest);
  }
  return digest;
}
