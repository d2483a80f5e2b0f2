/**
 * The vote program: keeps each validator's votes on the ledger, and who may vote and withdraw.
 *
 *     InitializeAccount  [0] vote account, written  [1] Rent  [2] Clock  and the validator's identity signs
 *     TowerSync          [0] vote account, written                       and the authorized voter signs
 *     Authorize…         see vote-authorize.ts
 *     Update…            see vote-update.ts
 *     Withdraw           see vote-withdraw.ts
 *
 * TowerSync (and TowerSyncSwitch, whose proof is not looked at, as on Solana) replaces the account's lockout stack with
 * the voter's own, once apply-tower-sync.ts has checked it.
 *
 * Not processed, and answered with InvalidInstructionData: the six kinds of vote from before TowerSync, as on Solana since
 * `deprecate_legacy_vote_ixs`; InitializeAccountV2 and the authorization with a BLS key, which belong to a consensus this
 * chain does not have (SIMD-0387, 0464); DepositDelegatorRewards and the commission on block revenue, which is not shared
 * here (SIMD-0123). Solana answers the same where it has not switched these features on. Errors and their order are
 * Solana's, with version 4 of the vote state, delayed commission updates (SIMD-0249), commissions in basis points
 * (SIMD-0291) and their collectors (SIMD-0232) switched on.
 *
 * Source: Solana's vote program, `vote_processor`, `process_tower_sync`, `initialize_account`.
 */
import { clockSysvarAddress, rentSysvarAddress, voteProgramAddress } from "../addresses.ts";
import { applyTowerSync } from "../apply-tower-sync.ts";
import { rentExemptMinimum } from "../rent.ts";
import type { TowerSync } from "../tower-sync.ts";
import { decodeVoteInstruction, type InitializeVoteAccount, type VoteInstruction } from "../vote-instruction.ts";
import { authorizedVoterAt, createVoteState, rememberAuthorizedVoter } from "../vote-state.ts";
import {
  accountAt,
  addressAt,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
  type Program,
  signersOf,
} from "./instruction-context.ts";
import {
  checkAccounts,
  checkSigner,
  checkSysvar,
  checkUninitialized,
  readVoteAccount,
  writeVoteAccount,
} from "./vote-account.ts";
import {
  processAuthorize,
  processAuthorizeChecked,
  processAuthorizeCheckedWithSeed,
  processAuthorizeWithSeed,
} from "./vote-authorize.ts";
import {
  processUpdateCommission,
  processUpdateCommissionBps,
  processUpdateCommissionCollector,
  processUpdateValidatorIdentity,
} from "./vote-update.ts";
import { processWithdraw } from "./vote-withdraw.ts";

/** Taken for every vote instruction, whatever it does. */
export const voteComputeUnits = 2100;

export const voteProgram: Program = {
  address: voteProgramAddress,
  name: "vote_program",
  builtinUnits: voteComputeUnits,
  process: processVoteInstruction,
};

function processVoteInstruction(context: InstructionContext): InstructionError | null {
  const error = checkAccounts(context, 1);
  if (error !== null) return error;
  if (accountAt(context, 0).owner !== voteProgramAddress) return "InvalidAccountOwner";
  const instruction = decodeVoteInstruction(context.data);
  return instruction === null ? "InvalidInstructionData" : apply(context, instruction);
}

function apply(context: InstructionContext, instruction: VoteInstruction): InstructionError | null {
  switch (instruction.type) {
    case "TowerSync":
    case "TowerSyncSwitch":
      return processTowerSync(context, instruction.tower);
    case "InitializeAccount":
      return processInitialize(context, instruction);
    case "Authorize":
      return processAuthorize(context, instruction.kind, instruction.newAuthority);
    case "AuthorizeChecked":
      return processAuthorizeChecked(context, instruction.kind);
    case "AuthorizeWithSeed":
      return processAuthorizeWithSeed(context, instruction.kind, instruction.current, instruction.newAuthority);
    case "AuthorizeCheckedWithSeed":
      return processAuthorizeCheckedWithSeed(context, instruction.kind, instruction.current);
    case "Withdraw":
      return processWithdraw(context, instruction.lamports);
    case "UpdateValidatorIdentity":
      return processUpdateValidatorIdentity(context);
    case "UpdateCommission":
      return processUpdateCommission(context, instruction.commission);
    case "UpdateCommissionBps":
      return processUpdateCommissionBps(context, instruction.commissionBps, instruction.kind);
    case "UpdateCommissionCollector":
      return processUpdateCommissionCollector(context, instruction.kind);
    default:
      return "InvalidInstructionData";
  }
}

function processInitialize(context: InstructionContext, request: InitializeVoteAccount): InstructionError | null {
  const rentError = checkSysvar(context, 1, rentSysvarAddress);
  if (rentError !== null) return rentError;
  const { lamports, data } = accountAt(context, 0);
  if (lamports < rentExemptMinimum(data.length, context.env.params)) return "InsufficientFunds";
  const error = checkSysvar(context, 2, clockSysvarAddress) ?? checkUninitialized(context);
  if (error !== null) return error;
  const state = createVoteState({
    voteAccount: addressAt(context, 0),
    identity: request.node,
    authorizedVoter: request.authorizedVoter,
    withdrawer: request.authorizedWithdrawer,
    commissionBps: request.commission * 100,
    epoch: context.env.epoch,
  });
  return checkSigner(signersOf(context), request.node) ?? writeVoteAccount(context, state);
}

function processTowerSync(context: InstructionContext, tower: TowerSync): InstructionError | null {
  const { env } = context;
  const read = readVoteAccount(context);
  if (!read.ok) return read.error;
  const voter = authorizedVoterAt(read.state, env.epoch);
  if (voter === null) return "InvalidAccountData";
  if (!hasSigned(context, voter)) return "MissingRequiredSignature";
  const outcome = applyTowerSync(rememberAuthorizedVoter(read.state, env.epoch), tower, env);
  return outcome.ok ? writeVoteAccount(context, outcome.state) : outcome.error;
}

/** Every vote of every validator comes here: no set is built. */
function hasSigned(context: InstructionContext, voter: string): boolean {
  for (let index = 0; index < context.accountIndices.length; index++) {
    if (addressAt(context, index) === voter && isSignerAt(context, index)) return true;
  }
  return false;
}
