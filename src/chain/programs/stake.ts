/**
 * The stake program: lamports lent to a validator's vote account, so that it leads and votes with their weight and its
 * reward is shared.
 *
 *     System: CreateAccount   200 bytes, owned by this program
 *     Initialize              a staker (may delegate) and a withdrawer (owns); maybe a lockup       stake-initialize.ts
 *     DelegateStake           counts from the next epoch on, as fast as warm-up lets it             stake-delegate.ts
 *     Split, Merge, Move…     change its shape, not what counts                  stake-split.ts, -merge.ts, -move.ts
 *     Deactivate              stops to count from the next epoch on                                 stake-delegate.ts
 *     Withdraw                takes out what does not count                                         stake-withdraw.ts
 *     Authorize…, SetLockup…  hand it on                               stake-authorize.ts, stake-lockup.ts
 *
 * While an epoch's rewards are paid out, everything but GetMinimumDelegation is refused: balances must stand still until
 * all are paid. Redelegate was withdrawn by Solana before anybody could use it, and is no instruction.
 *
 * Errors, their order, and the bytes left behind are those of Solana's stake program 5. Not the same: the minimum
 * delegation and the warm-up rate are the chain's parameters; where stake is slashed, active stake is neither merged nor
 * moved into a stake that has only just become active (stake-merge-kind.ts); and the compute units, since Solana's program
 * runs as bytecode that pays for each step: here each instruction costs what it did when the program was native.
 *
 * Source: solana-program/stake, program/src/processor.rs.
 */

import { ByteWriter } from "../../base/bytes.ts";
import { stakeProgramAddress } from "../addresses.ts";
import { type InstructionContext, type InstructionError, type Program, setReturnData } from "./instruction-context.ts";
import {
  processAuthorize,
  processAuthorizeChecked,
  processAuthorizeCheckedWithSeed,
  processAuthorizeWithSeed,
} from "./stake-authorize.ts";
import { processDeactivate, processDeactivateDelinquent, processDelegateStake } from "./stake-delegate.ts";
import { stakeError } from "./stake-errors.ts";
import { processInitialize, processInitializeChecked } from "./stake-initialize.ts";
import { decodeStakeInstruction, type StakeInstruction } from "./stake-instruction.ts";
import { processSetLockup, processSetLockupChecked } from "./stake-lockup.ts";
import { processMerge } from "./stake-merge.ts";
import { processMoveLamports, processMoveStake } from "./stake-move.ts";
import { processSplit } from "./stake-split.ts";
import { processWithdraw } from "./stake-withdraw.ts";

/** Taken for every stake instruction, whatever it does. */
export const stakeComputeUnits = 750;

export const stakeProgram: Program = {
  address: stakeProgramAddress,
  name: "stake_program",
  builtinUnits: stakeComputeUnits,
  process: processStakeInstruction,
};

function processStakeInstruction(context: InstructionContext): InstructionError | null {
  const instruction = decodeStakeInstruction(context.data);
  if (instruction === null) return "InvalidInstructionData";
  if (context.env.isEpochRewardsActive && instruction.type !== "GetMinimumDelegation") {
    return stakeError("EpochRewardsActive");
  }
  return apply(context, instruction);
}

function apply(context: InstructionContext, instruction: StakeInstruction): InstructionError | null {
  switch (instruction.type) {
    case "Initialize":
      return processInitialize(context, instruction);
    case "InitializeChecked":
      return processInitializeChecked(context);
    case "Authorize":
      return processAuthorize(context, instruction.kind, instruction.newAuthority);
    case "AuthorizeChecked":
      return processAuthorizeChecked(context, instruction.kind);
    case "AuthorizeWithSeed":
      return processAuthorizeWithSeed(context, instruction.kind, instruction.current, instruction.newAuthority);
    case "AuthorizeCheckedWithSeed":
      return processAuthorizeCheckedWithSeed(context, instruction.kind, instruction.current);
    case "DelegateStake":
      return processDelegateStake(context);
    case "Split":
      return processSplit(context, instruction.lamports);
    case "Withdraw":
      return processWithdraw(context, instruction.lamports);
    case "Deactivate":
      return processDeactivate(context);
    case "DeactivateDelinquent":
      return processDeactivateDelinquent(context);
    case "SetLockup":
      return processSetLockup(context, instruction.change);
    case "SetLockupChecked":
      return processSetLockupChecked(context, instruction.change);
    case "Merge":
      return processMerge(context);
    case "MoveStake":
      return processMoveStake(context, instruction.lamports);
    case "MoveLamports":
      return processMoveLamports(context, instruction.lamports);
    case "GetMinimumDelegation":
      return returnMinimumDelegation(context);
    case "Redelegate":
      return "InvalidInstructionData";
  }
}

function returnMinimumDelegation(context: InstructionContext): null {
  setReturnData(context, new ByteWriter(8).u64(context.env.params.stakeMinimumDelegation).finish());
  return null;
}
