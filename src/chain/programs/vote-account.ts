/**
 * What every vote instruction does with the vote account, its first: reads the state, asks who signed, writes the state.
 *
 *     0000…           created, not initialized    no state: InvalidAccountData
 *     0200… v3        read, and written as v4     without voters: UninitializedAccount
 *     0300… v4
 *
 * Source: Solana's vote program, `get_vote_state_handler_checked`, `set_vote_account_state`.
 */
import type { Address } from "../ids.ts";
import { encodeSharedVoteState } from "../shared-vote-state.ts";
import { type VoteErrorName, voteErrors } from "../vote-errors.ts";
import { decodeVoteState, type VoteState, voteAccountBytes } from "../vote-state.ts";
import {
  accountAt,
  addressAt,
  type InstructionContext,
  type InstructionError,
  setData,
  signersOf,
} from "./instruction-context.ts";

export type VoteStateRead =
  | { readonly ok: true; readonly state: VoteState }
  | { readonly ok: false; readonly error: InstructionError };

export function voteError(name: VoteErrorName): InstructionError {
  return { Custom: voteErrors[name] };
}

/** MissingAccount unless the instruction names at least `count` accounts: this program's word for NotEnoughAccountKeys. */
export function checkAccounts(context: InstructionContext, count: number): InstructionError | null {
  return context.accountIndices.length < count ? "MissingAccount" : null;
}

/** Whether the account at `index` is the sysvar that the program wants there; what it holds, the program knows itself. */
export function checkSysvar(context: InstructionContext, index: number, sysvar: Address): InstructionError | null {
  const error = checkAccounts(context, index + 1);
  if (error !== null) return error;
  return addressAt(context, index) === sysvar ? null : "InvalidArgument";
}

export function checkSigner(signers: ReadonlySet<Address>, address: Address): InstructionError | null {
  return signers.has(address) ? null : "MissingRequiredSignature";
}

/** The state in the vote account. */
export function readVoteAccount(context: InstructionContext): VoteStateRead {
  const { data } = accountAt(context, 0);
  const state = decodeVoteState(data, addressAt(context, 0));
  if (state === null) return { ok: false, error: "InvalidAccountData" };
  if (isUninitializedV3(data, state)) return { ok: false, error: "UninitializedAccount" };
  return { ok: true, state };
}

/** Whether the vote account may be initialized, or the reason why not. */
export function checkUninitialized(context: InstructionContext): InstructionError | null {
  const { data } = accountAt(context, 0);
  if (data.length !== voteAccountBytes) return "InvalidAccountData";
  if (versionTagOf(data) === 0) return null;
  const state = decodeVoteState(data, addressAt(context, 0));
  if (state === null) return "InvalidAccountData";
  return isUninitializedV3(data, state) ? null : "AccountAlreadyInitialized";
}

/** As version 4, whichever version was read. */
export function writeVoteAccount(context: InstructionContext, state: VoteState): InstructionError | null {
  return setData(context, 0, encodeSharedVoteState(state, accountAt(context, 0).data));
}

/** Changes the state, once the withdrawer has signed for it. */
export function updateAsWithdrawer(
  context: InstructionContext,
  change: (state: VoteState) => VoteState,
): InstructionError | null {
  const read = readVoteAccount(context);
  if (!read.ok) return read.error;
  const error = checkSigner(signersOf(context), read.state.authorizedWithdrawer);
  return error ?? writeVoteAccount(context, change(read.state));
}

const tagV3 = 2;

function versionTagOf(data: Uint8Array): number {
  return new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(0, true);
}

/** Version 3 marks a closed account so; version 4 is always initialized, and a closed account all zeros. */
function isUninitializedV3(data: Uint8Array, state: VoteState): boolean {
  return state.authorizedVoters.length === 0 && versionTagOf(data) === tagV3;
}
