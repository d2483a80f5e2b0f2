/**
 * The 200 bytes of a stake account, in Solana's layout (offsets in bytes, integers little-endian):
 *
 *     0 tag u32 (2 = delegated) · 4 rent reserve · 12 staker · 44 withdrawer · 76 lockup (i64, u64, key) · 124 voter
 *     156 stake · 164 activation epoch · 172 deactivation epoch · 180 reserved · 188 credits observed · 196 flags
 *
 * Source: solana-program/stake, interface/src/state.rs.
 */
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { type Address, addressBytes, addressOf, type Lamports, u64Max } from "./ids.ts";

export const stakeAccountBytes = 200;

/** Activation epoch of stake that counts from genesis on; deactivation epoch of stake that was never deactivated. */
export const never = u64Max;

const delegatedTag = 2;

export type DelegatedStake = {
  readonly rentReserve: Lamports;
  readonly staker: Address;
  readonly withdrawer: Address;
  readonly voteAccount: Address;
  readonly stake: Lamports;
  readonly activationEpoch: bigint;
  readonly deactivationEpoch: bigint;
  readonly creditsObserved: bigint;
};

export function encodeDelegatedStake(stake: DelegatedStake): Uint8Array {
  const writer = new ByteWriter(stakeAccountBytes).u32(delegatedTag).u64(stake.rentReserve);
  writer.bytes(addressBytes(stake.staker)).bytes(addressBytes(stake.withdrawer));
  writer.bytes(new Uint8Array(8 + 8 + 32)); // no lockup
  writer.bytes(addressBytes(stake.voteAccount)).u64(stake.stake);
  writer.u64(stake.activationEpoch).u64(stake.deactivationEpoch).bytes(new Uint8Array(8));
  return writer.u64(stake.creditsObserved).bytes(new Uint8Array(4)).finish();
}

/** The delegation in a stake account's data, or null when it holds none. */
export function decodeDelegatedStake(data: Uint8Array): DelegatedStake | null {
  if (data.length !== stakeAccountBytes) return null;
  const reader = new ByteReader(data);
  if (reader.u32() !== delegatedTag) return null;
  const rentReserve = reader.u64() as Lamports;
  const staker = addressOf(reader.bytes(32));
  const withdrawer = addressOf(reader.bytes(32));
  reader.bytes(48);
  const voteAccount = addressOf(reader.bytes(32));
  const stake = reader.u64() as Lamports;
  const activationEpoch = reader.u64();
  const deactivationEpoch = reader.u64();
  reader.bytes(8);
  const creditsObserved = reader.u64();
  return { rentReserve, staker, withdrawer, voteAccount, stake, activationEpoch, deactivationEpoch, creditsObserved };
}
