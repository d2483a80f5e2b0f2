/**
 * A stake account taken apart for `jsonParsed`: what it is, who may do what with it, and its delegation.
 *
 *     { type: "delegated", info: { meta: { rentExemptReserve: "2282880", authorized, lockup },
 *                                  stake: { delegation: { voter, stake: "500", activationEpoch: "3", … }, creditsObserved } } }
 *
 * Amounts and the delegation's epochs are text, as a client's numbers may not hold 2^64 − 1 ("never"). The warm-up rate is
 * what stands in the eight bytes that newer versions of the program only reserve: 0 in most accounts of this chain.
 *
 * Source: agave, account-decoder parse_stake.
 */
import { decodeStakeState, type StakeDelegation, type StakeMeta } from "../chain/stake-account.ts";

/** Null for bytes that hold no stake state. */
export function encodeParsedStakeAccount(data: Uint8Array): unknown {
  const state = decodeStakeState(data);
  switch (state?.type) {
    case undefined:
      return null;
    case "uninitialized":
      return { type: "uninitialized" };
    case "initialized":
      return { type: "initialized", info: { meta: encodeMeta(state.meta), stake: null } };
    case "delegated":
      return { type: "delegated", info: { meta: encodeMeta(state.meta), stake: encodeStake(state.delegation) } };
    case "rewards-pool":
      return { type: "rewardsPool" };
  }
}

function encodeMeta({ rentReserve, staker, withdrawer, lockup }: StakeMeta) {
  const { unixTimestamp, epoch, custodian } = lockup;
  return {
    rentExemptReserve: rentReserve.toString(),
    authorized: { staker, withdrawer },
    lockup: { unixTimestamp, epoch, custodian },
  };
}

function encodeStake(delegation: StakeDelegation) {
  const { voteAccount, stake, activationEpoch, deactivationEpoch, reserved, creditsObserved } = delegation;
  return {
    delegation: {
      voter: voteAccount,
      stake: stake.toString(),
      activationEpoch: activationEpoch.toString(),
      deactivationEpoch: deactivationEpoch.toString(),
      warmupCooldownRate: readRate(reserved),
    },
    creditsObserved,
  };
}

/** JSON has no word for what is not a finite number. */
function readRate(reserved: Uint8Array): number {
  const rate = new DataView(reserved.buffer, reserved.byteOffset, reserved.length).getFloat64(0, true);
  return Number.isFinite(rate) ? rate : 0;
}
