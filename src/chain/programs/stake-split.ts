/**
 * Split: part of a stake account, or all of it, goes to another one, which takes over authorities and lockup.
 *
 *     [0] source, written  [1] uninitialized stake account of 200 bytes, written      and the staker signs
 *
 *     all of it         the destination becomes what the source was
 *     nothing counts    both must keep their rent reserve, no more is asked
 *     stake counts      lamports and delegation move alike: 10 split off 100 leave 90 delegated and 10 delegated. The
 *                       destination must have its rent reserve beforehand, and both keep the minimum delegation
 *
 * Lamports of the source that are not delegated stay where they are, unless all goes.
 *
 * Source: solana-program/stake, `process_split`.
 */
import type { Lamports } from "../ids.ts";
import { type DelegatedStakeState, type StakeMeta, type StakeState, stakeAccountBytes } from "../stake-account.ts";
import {
  accountAt,
  addressAt,
  checkAccountCount,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
  signersOf,
} from "./instruction-context.ts";
import { checkStaker } from "./stake-authority.ts";
import { stakeError } from "./stake-errors.ts";
import { commitStakeChanges, readStakeState, rentReserveAt, statusNow, writtenRentReserve } from "./stake-state.ts";

const source = 0;
const destination = 1;

export function processSplit(context: InstructionContext, lamports: bigint): InstructionError | null {
  const missing = checkAccountCount(context, 2);
  if (missing !== null) return missing;
  if (addressAt(context, source) === addressAt(context, destination)) return "InvalidArgument";
  const target = readStakeState(context, destination);
  if (!target.ok) return target.error;
  if (target.value.type !== "uninitialized") return "InvalidAccountData";
  const balance = accountAt(context, source).lamports;
  if (lamports > balance || lamports === 0n) return "InsufficientFunds";
  if (accountAt(context, destination).data.length !== stakeAccountBytes) return "InvalidAccountData";
  const read = readStakeState(context, source);
  if (!read.ok) return read.error;
  const state = read.value;
  const error = checkSplitter(context, state);
  if (error !== null) return error;
  const isCounting = state.type === "delegated" && isActiveOrActivating(context, state);
  if (lamports === balance) return splitAll(context, state, isCounting, lamports);
  return isCounting ? splitStake(context, state, lamports) : splitIdle(context, state, lamports);
}

function checkSplitter(context: InstructionContext, state: StakeState): InstructionError | null {
  switch (state.type) {
    case "delegated":
    case "initialized":
      return checkStaker(state.meta, signersOf(context));
    case "uninitialized":
      return isSignerAt(context, source) ? null : "MissingRequiredSignature";
    case "rewards-pool":
      return "InvalidAccountData";
  }
}

function isActiveOrActivating(context: InstructionContext, state: DelegatedStakeState): boolean {
  const { effective, activating } = statusNow(context, state.delegation);
  return effective > 0n || activating > 0n;
}

function heirOf(meta: StakeMeta): StakeMeta {
  return { ...meta, rentReserve: writtenRentReserve };
}

function copyFor(state: StakeState): StakeState {
  return "meta" in state ? { ...state, meta: heirOf(state.meta) } : state;
}

function splitAll(
  context: InstructionContext,
  state: StakeState,
  isCounting: boolean,
  lamports: bigint,
): InstructionError | null {
  const stake = isCounting && state.type === "delegated" ? state.delegation.stake : 0n;
  const notDelegated = accountAt(context, destination).lamports + lamports - stake;
  if (notDelegated < rentReserveAt(context, destination)) return "InsufficientFunds";
  if (isCounting && stake < context.env.params.stakeMinimumDelegation) return stakeError("InsufficientDelegation");
  return commitStakeChanges(context, {
    states: [
      { index: source, state: "none" },
      { index: destination, state: copyFor(state) },
    ],
    transfer: { from: source, to: destination, lamports },
  });
}

function splitIdle(context: InstructionContext, state: StakeState, lamports: bigint): InstructionError | null {
  const rest = accountAt(context, source).lamports - lamports;
  const gathered = accountAt(context, destination).lamports + lamports;
  if (rest < rentReserveAt(context, source) || gathered < rentReserveAt(context, destination)) {
    return "InsufficientFunds";
  }
  return commitStakeChanges(context, {
    states: [{ index: destination, state: copyFor(state) }],
    transfer: { from: source, to: destination, lamports },
  });
}

function splitStake(context: InstructionContext, state: DelegatedStakeState, amount: bigint): InstructionError | null {
  const { meta, delegation } = state;
  const minimum = context.env.params.stakeMinimumDelegation;
  if (accountAt(context, destination).lamports < rentReserveAt(context, destination)) return "InsufficientFunds";
  const stakeLeft = delegation.stake - amount;
  if (stakeLeft < minimum) return stakeError("InsufficientDelegation");
  // Only an account that holds less than its delegation and reserve fails here: one that coins left while it cooled down.
  if (accountAt(context, source).lamports - amount - stakeLeft < rentReserveAt(context, source)) {
    return "InsufficientFunds";
  }
  if (amount < minimum) return stakeError("InsufficientDelegation");
  const part = (of: StakeMeta, stake: bigint): StakeState => ({
    type: "delegated",
    meta: of,
    delegation: { ...delegation, stake: stake as Lamports },
  });
  return commitStakeChanges(context, {
    states: [
      { index: source, state: part(meta, stakeLeft) },
      { index: destination, state: part(heirOf(meta), amount) },
    ],
    transfer: { from: source, to: destination, lamports: amount },
  });
}
