/**
 * The 200 bytes of a stake account, in Solana's layout (offsets in bytes, integers little-endian):
 *
 *     0 tag u32 · 4 rent reserve · 12 staker · 44 withdrawer · 76 lockup (time i64, epoch u64, custodian)
 *     124 vote account · 156 stake · 164 activation epoch · 172 deactivation epoch · 180 reserved · 188 credits observed · 196 flags
 *
 *     tag 0 uninitialized: nothing but zeros matters      tag 1 initialized: as far as 123      tag 2 delegated: all of it
 *
 * Source: solana-program/stake, interface/src/state.rs.
 */
import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { systemProgramAddress } from "./addresses.ts";
import { type Address, addressBytes, addressOf, type Lamports, u64Max } from "./ids.ts";

export const stakeAccountBytes = 200;

/** Activation epoch of stake that counts from genesis on; deactivation epoch of stake that was never deactivated. */
export const never = u64Max;

/** Until both the time and the epoch have come, only the custodian can have coins taken out or authorities changed. */
export type Lockup = {
  /** Seconds. */
  readonly unixTimestamp: bigint;
  readonly epoch: bigint;
  readonly custodian: Address;
};

export type StakeMeta = {
  readonly rentReserve: Lamports;
  readonly staker: Address;
  readonly withdrawer: Address;
  readonly lockup: Lockup;
};

export type StakeDelegation = {
  readonly voteAccount: Address;
  readonly stake: Lamports;
  readonly activationEpoch: bigint;
  readonly deactivationEpoch: bigint;
  /** 8 bytes that once held the warm-up rate; kept as they are. */
  readonly reserved: Uint8Array;
  /** Of the vote account, when the stake was last paid. */
  readonly creditsObserved: bigint;
  /** A byte. */
  readonly flags: number;
};

export type StakeState =
  | { readonly type: "uninitialized" }
  | { readonly type: "initialized"; readonly meta: StakeMeta }
  | { readonly type: "delegated"; readonly meta: StakeMeta; readonly delegation: StakeDelegation }
  | { readonly type: "rewards-pool" };

export type DelegatedStakeState = Extract<StakeState, { readonly type: "delegated" }>;

const tags = { uninitialized: 0, initialized: 1, delegated: 2, "rewards-pool": 3 } as const;

export const noLockup: Lockup = { unixTimestamp: 0n, epoch: 0n, custodian: systemProgramAddress };

/** A delegation that was just made. */
export function createDelegation(fields: {
  readonly voteAccount: Address;
  readonly stake: Lamports;
  readonly activationEpoch: bigint;
  readonly creditsObserved: bigint;
}): StakeDelegation {
  return { ...fields, deactivationEpoch: never, reserved: new Uint8Array(8), flags: 0 };
}

/** Always `stakeAccountBytes` long. */
export function encodeStakeState(state: StakeState): Uint8Array {
  const writer = new ByteWriter(stakeAccountBytes).u32(tags[state.type]);
  if (state.type === "initialized" || state.type === "delegated") writeMeta(writer, state.meta);
  if (state.type === "delegated") writeDelegation(writer, state.delegation);
  const written = writer.finish();
  const bytes = new Uint8Array(stakeAccountBytes);
  bytes.set(written);
  return bytes;
}

function writeMeta(writer: ByteWriter, { rentReserve, staker, withdrawer, lockup }: StakeMeta): void {
  writer.u64(rentReserve).bytes(addressBytes(staker)).bytes(addressBytes(withdrawer));
  writer.u64(BigInt.asUintN(64, lockup.unixTimestamp)).u64(lockup.epoch).bytes(addressBytes(lockup.custodian));
}

function writeDelegation(writer: ByteWriter, delegation: StakeDelegation): void {
  writer.bytes(addressBytes(delegation.voteAccount)).u64(delegation.stake);
  writer.u64(delegation.activationEpoch).u64(delegation.deactivationEpoch).bytes(delegation.reserved);
  writer.u64(delegation.creditsObserved).u8(delegation.flags);
}

/** What the data of a stake account says, or null when it says nothing: another size, or no such tag. */
export function decodeStakeState(data: Uint8Array): StakeState | null {
  if (data.length !== stakeAccountBytes) return null;
  const reader = new ByteReader(data);
  switch (reader.u32()) {
    case tags.uninitialized:
      return { type: "uninitialized" };
    case tags.initialized:
      return { type: "initialized", meta: readMeta(reader) };
    case tags.delegated:
      return { type: "delegated", meta: readMeta(reader), delegation: readDelegation(reader) };
    case tags["rewards-pool"]:
      return { type: "rewards-pool" };
    default:
      return null;
  }
}

/**
 * Delegations of data met before: each epoch's boundary reads what the one before it read or wrote. Account data never
 * changes in place, so remembering changes no answer; an entry goes with its data.
 */
const knownDelegations = new WeakMap<Uint8Array, DelegatedStakeState>();

/** The delegation in a stake account's data, or null when it holds none. */
export function decodeDelegatedStake(data: Uint8Array): DelegatedStakeState | null {
  const known = knownDelegations.get(data);
  if (known !== undefined) return known;
  // Most of what a scan meets is delegated; the tag alone tells.
  if (data.length !== stakeAccountBytes || data[0] !== tags.delegated) return null;
  const state = decodeStakeState(data);
  if (state?.type !== "delegated") return null;
  knownDelegations.set(data, state);
  return state;
}

/** Encodes a delegation that is about to be read again; the bytes must not be changed by anybody. */
export function encodeSharedDelegation(state: DelegatedStakeState): Uint8Array {
  const data = encodeStakeState(state);
  knownDelegations.set(data, state);
  return data;
}

function readMeta(reader: ByteReader): StakeMeta {
  return {
    rentReserve: reader.u64() as Lamports,
    staker: addressOf(reader.bytes(32)),
    withdrawer: addressOf(reader.bytes(32)),
    lockup: {
      unixTimestamp: BigInt.asIntN(64, reader.u64()),
      epoch: reader.u64(),
      custodian: addressOf(reader.bytes(32)),
    },
  };
}

function readDelegation(reader: ByteReader): StakeDelegation {
  return {
    voteAccount: addressOf(reader.bytes(32)),
    stake: reader.u64() as Lamports,
    activationEpoch: reader.u64(),
    deactivationEpoch: reader.u64(),
    reserved: reader.bytes(8).slice(),
    creditsObserved: reader.u64(),
    flags: reader.u8(),
  };
}
