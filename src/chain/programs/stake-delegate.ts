/**
 * A stake's beginning and end: delegate it to a vote account, take it back, take it back from one that no longer votes.
 *
 *     DelegateStake         [0] stake account, written  [1] vote account  [2] staker, signs      old form: Clock,
 *                                                                      StakeHistory and the former config before [2]
 *     Deactivate            [0] stake account, written  [1] staker, signs                        old form: Clock before [1]
 *     DeactivateDelinquent  [0] stake account, written  [1] its vote account  [2] a vote account that voted; nobody signs
 *
 *     epoch  7: delegated    8, 9 …: it counts, as fast as warm-up lets it    12: deactivated    13 …: it cools down
 *            again to any vote account ("changed my mind"), while nothing of it counts yet, or nothing any more
 *                                          again to the same one, in the epoch of its deactivation: as if never deactivated
 *
 * Everything above the rent reserve is delegated, no less than `stakeMinimumDelegation`.
 *
 * Source: solana-program/stake, `process_delegate`, `process_deactivate`, `process_deactivate_delinquent`; interface/src/tools.rs.
 */
import type { Epoch, Lamports } from "../ids.ts";
import { createDelegation, type DelegatedStakeState, never, type StakeDelegation } from "../stake-account.ts";
import { type EpochCredits, type VoteState, voteCreditsOf } from "../vote-state.ts";
import {
  accountAt,
  addressAt,
  checkAccountCount,
  type InstructionContext,
  type InstructionError,
  signersOf,
} from "./instruction-context.ts";
import { checkStaker, passAuthority } from "./stake-authority.ts";
import { stakeError } from "./stake-errors.ts";
import {
  type Answer,
  answer,
  commitStakeChanges,
  fail,
  readStakeState,
  readVoteState,
  rentReserveAt,
  statusNow,
} from "./stake-state.ts";

/** Epochs without a vote after which anybody may take stake away; and with votes in each, to be the proof against it. */
const delinquentEpochsMin = 5;

export function processDelegateStake(context: InstructionContext): InstructionError | null {
  const missing = checkAccountCount(context, 2);
  if (missing !== null) return missing;
  const passed = passAuthority(context, 2, 3);
  if (!passed.ok) return passed.error;
  const vote = readVoteState(context, 1);
  if (!vote.ok) return vote.error;
  const read = readStakeState(context, 0);
  if (!read.ok) return read.error;
  const state = read.value;
  if (state.type !== "initialized" && state.type !== "delegated") return "InvalidAccountData";
  const error = checkStaker(state.meta, signersOf(context));
  if (error !== null) return error;
  const stake = amountToDelegate(context);
  if (!stake.ok) return stake.error;
  const delegation =
    state.type === "initialized"
      ? answer(delegateAnew(context, vote.value, stake.value))
      : delegateAgain(context, state.delegation, vote.value, stake.value);
  if (!delegation.ok) return delegation.error;
  return commitStakeChanges(context, {
    states: [{ index: 0, state: { type: "delegated", meta: state.meta, delegation: delegation.value } }],
  });
}

/** All that the account holds above its rent reserve. */
function amountToDelegate(context: InstructionContext): Answer<Lamports> {
  const amount = accountAt(context, 0).lamports - rentReserveAt(context, 0);
  const stake = amount < 0n ? 0n : amount;
  return stake < context.env.params.stakeMinimumDelegation
    ? fail(stakeError("InsufficientDelegation"))
    : answer(stake as Lamports);
}

function delegateAnew(context: InstructionContext, vote: VoteState, stake: Lamports): StakeDelegation {
  return createDelegation({
    voteAccount: addressAt(context, 1),
    stake,
    activationEpoch: BigInt(context.env.epoch),
    creditsObserved: BigInt(voteCreditsOf(vote)),
  });
}

function delegateAgain(
  context: InstructionContext,
  before: StakeDelegation,
  vote: VoteState,
  stake: Lamports,
): Answer<StakeDelegation> {
  if (statusNow(context, before).effective === 0n) {
    return answer({ ...delegateAnew(context, vote, stake), flags: before.flags });
  }
  const isRescinded =
    before.deactivationEpoch === BigInt(context.env.epoch) && before.voteAccount === addressAt(context, 1);
  if (!isRescinded) return fail(stakeError("TooSoonToRedelegate"));
  // Lamports that a slash or a withdrawal took must not come back to life.
  if (stake < before.stake) return fail(stakeError("InsufficientDelegation"));
  return answer({ ...before, deactivationEpoch: never });
}

export function processDeactivate(context: InstructionContext): InstructionError | null {
  const missing = checkAccountCount(context, 1);
  if (missing !== null) return missing;
  const passed = passAuthority(context, 1, 1);
  if (!passed.ok) return passed.error;
  const read = readStakeState(context, 0);
  if (!read.ok) return read.error;
  if (read.value.type !== "delegated") return "InvalidAccountData";
  return checkStaker(read.value.meta, signersOf(context)) ?? deactivate(context, read.value);
}

export function processDeactivateDelinquent(context: InstructionContext): InstructionError | null {
  const missing = checkAccountCount(context, 3);
  if (missing !== null) return missing;
  const delinquent = readVoteState(context, 1);
  if (!delinquent.ok) return delinquent.error;
  const reference = readVoteState(context, 2);
  if (!reference.ok) return reference.error;
  const { epoch } = context.env;
  if (!hasVotedInEachOfLastEpochs(reference.value.epochCredits, epoch)) return stakeError("InsufficientReferenceVotes");
  const read = readStakeState(context, 0);
  if (!read.ok) return read.error;
  const state = read.value;
  if (state.type !== "delegated") return "InvalidAccountData";
  if (state.delegation.voteAccount !== addressAt(context, 1)) return stakeError("VoteAddressMismatch");
  return isDelinquent(delinquent.value.epochCredits, epoch)
    ? deactivate(context, state)
    : stakeError("MinimumDelinquentEpochsForDeactivationNotMet");
}

function deactivate(context: InstructionContext, state: DelegatedStakeState): InstructionError | null {
  if (state.delegation.deactivationEpoch !== never) return stakeError("AlreadyDeactivated");
  const delegation = { ...state.delegation, deactivationEpoch: BigInt(context.env.epoch) };
  return commitStakeChanges(context, { states: [{ index: 0, state: { ...state, delegation } }] });
}

/** Credits earned in this epoch and the four before it. */
function hasVotedInEachOfLastEpochs(credits: readonly EpochCredits[], epoch: Epoch): boolean {
  const last = credits.slice(-delinquentEpochsMin);
  if (last.length < delinquentEpochsMin) return false;
  return last.every((entry, index) => entry.epoch === Math.max(0, epoch - (delinquentEpochsMin - 1 - index)));
}

function isDelinquent(credits: readonly EpochCredits[], epoch: Epoch): boolean {
  const last = credits.at(-1);
  return last === undefined || last.epoch <= epoch - delinquentEpochsMin;
}
