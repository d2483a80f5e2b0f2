/**
 * What the stake instructions do with accounts: read and write a stake's state, read a vote account's, move lamports.
 *
 *     Stake…  00000000 …                uninitialized         owner another: InvalidAccountOwner
 *     Stake…  01000000 … 124 bytes      initialized           shorter: InvalidAccountData
 *     Stake…  02000000 … 197 bytes      delegated
 *
 * An account may be longer than its state, and who writes a shorter state leaves the bytes behind it as they were: a
 * stake that was moved away whole still shows its old delegation behind an "initialized". As on Solana, byte for byte.
 *
 * Source: solana-program/stake, program/src/processor.rs (`get_stake_state`, `set_stake_state`).
 */
import { equalBytes } from "../../base/bytes.ts";
import { voteProgramAddress } from "../addresses.ts";
import type { Lamports } from "../ids.ts";
import { rentExemptMinimum } from "../rent.ts";
import {
  decodeStakeState,
  encodeStakeState,
  type StakeDelegation,
  type StakeState,
  stakeAccountBytes,
} from "../stake-account.ts";
import type { StakeActivation } from "../stake-activation.ts";
import { stakeStatusAt } from "../stake-status.ts";
import { decodeVoteState, type VoteState } from "../vote-state.ts";
import {
  accountAt,
  addLamports,
  addressAt,
  type InstructionContext,
  type InstructionError,
  setData,
  subtractLamports,
} from "./instruction-context.ts";

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: InstructionError };

export const answer = <T>(value: T): Answer<T> => ({ ok: true, value });
export const fail = (error: InstructionError): Answer<never> => ({ ok: false, error });

/**
 * Written into each account's rent field, and read by nobody here: Solana keeps the number of old for those who still
 * look at it, and asks its rent sysvar for the true one.
 */
export const writtenRentReserve = 2_282_880n as Lamports;

/** Bytes of each state; what follows is not part of it. */
const stateBytes: Readonly<Record<StakeState["type"], number>> = {
  uninitialized: 4,
  initialized: 124,
  delegated: 197,
  "rewards-pool": 4,
};

export function readStakeState(context: InstructionContext, index: number): Answer<StakeState> {
  const { owner, data } = accountAt(context, index);
  if (owner !== context.programAddress) return fail("InvalidAccountOwner");
  const state = decodeAnyLength(data);
  return state === null ? fail("InvalidAccountData") : answer(state);
}

/** Other programs may create stake accounts of any length; only Initialize asks for the right one. */
function decodeAnyLength(data: Uint8Array): StakeState | null {
  if (data.length === stakeAccountBytes) return decodeStakeState(data);
  const padded = new Uint8Array(stakeAccountBytes);
  padded.set(data.subarray(0, stakeAccountBytes));
  const state = decodeStakeState(padded);
  return state !== null && data.length >= stateBytes[state.type] ? state : null;
}

export function readVoteState(context: InstructionContext, index: number): Answer<VoteState> {
  const { owner, data } = accountAt(context, index);
  if (owner !== voteProgramAddress) return fail("IncorrectProgramId");
  const state = decodeVoteState(data, addressAt(context, index));
  return state === null ? fail("InvalidAccountData") : answer(state);
}

/** What the account must keep, whatever its owner wants. */
export function rentReserveAt(context: InstructionContext, index: number): bigint {
  return rentExemptMinimum(accountAt(context, index).data.length, context.env.params);
}

export type StakeChanges = {
  /** What becomes of the data at an index; "none": the account is emptied. */
  readonly states?: readonly { readonly index: number; readonly state: StakeState | "none" }[];
  readonly transfer?: { readonly from: number; readonly to: number; readonly lamports: bigint };
};

/**
 * Makes all changes of an instruction, account by account, lamports first. Solana's runtime looks in this order at what a
 * program has left behind, and only where something differs: a read-only account may be "changed" to what it is already.
 */
export function commitStakeChanges(context: InstructionContext, changes: StakeChanges): InstructionError | null {
  const { states = [], transfer } = changes;
  if (transfer !== undefined && transfer.lamports > accountAt(context, transfer.from).lamports) {
    return "InsufficientFunds";
  }
  for (const { index, state } of states) {
    if (state !== "none" && stateBytes[state.type] > accountAt(context, index).data.length)
      return "AccountDataTooSmall";
  }
  for (let index = 0; index < context.accountIndices.length; index++) {
    const entry = states.find((candidate) => candidate.index === index);
    const error =
      changeLamports(context, index, transfer) ??
      (entry === undefined ? null : changeData(context, index, entry.state));
    if (error !== null) return error;
  }
  return null;
}

function changeLamports(
  context: InstructionContext,
  index: number,
  transfer: StakeChanges["transfer"],
): InstructionError | null {
  if (transfer === undefined || transfer.lamports === 0n) return null;
  if (index === transfer.from) return subtractLamports(context, index, transfer.lamports);
  return index === transfer.to ? addLamports(context, index, transfer.lamports) : null;
}

function changeData(context: InstructionContext, index: number, state: StakeState | "none"): InstructionError | null {
  const { data } = accountAt(context, index);
  const changed = state === "none" ? new Uint8Array(0) : overwrite(data, state);
  return equalBytes(changed, data) ? null : setData(context, index, changed);
}

function overwrite(data: Uint8Array, state: StakeState): Uint8Array {
  const changed = data.slice();
  changed.set(encodeStakeState(state).subarray(0, stateBytes[state.type]));
  return changed;
}

/** What of the delegation counts now. */
export function statusNow(context: InstructionContext, delegation: StakeDelegation): StakeActivation {
  const { params, epoch, stakeHistory } = context.env;
  return stakeStatusAt(params, delegation, epoch, stakeHistory);
}
