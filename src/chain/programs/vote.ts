/**
 * The vote program: keeps each validator's votes on the ledger.
 *
 *     TowerSync   accounts: [0] vote account, writable   [1] authorized voter, signer
 *
 * TowerSync (and TowerSyncSwitch, whose proof is not looked at, as on Solana) replaces the account's lockout stack with
 * the voter's own, once apply-tower-sync.ts has checked it. Every other vote instruction is answered with
 * InvalidInstructionData for now.
 *
 * Source: Solana's vote program, `vote_processor`, `process_tower_sync`.
 */
import { voteProgramAddress } from "../addresses.ts";
import { applyTowerSync } from "../apply-tower-sync.ts";
import { decodeVoteInstruction, type TowerSync } from "../vote-instruction.ts";
import {
  authorizedVoterAt,
  decodeVoteState,
  encodeSharedVoteState,
  rememberAuthorizedVoter,
  voteAccountBytes,
} from "../vote-state.ts";
import {
  accountAt,
  addressAt,
  checkAccountCount,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
  type Program,
  setData,
} from "./instruction-context.ts";

/** Taken for every vote instruction, whatever it does. */
export const voteComputeUnits = 2100;

export const voteProgram: Program = {
  address: voteProgramAddress,
  name: "vote_program",
  builtinUnits: voteComputeUnits,
  process: processVoteInstruction,
};

function processVoteInstruction(context: InstructionContext): InstructionError | null {
  const error = checkAccountCount(context, 1);
  if (error !== null) return error;
  if (accountAt(context, 0).owner !== voteProgramAddress) return "InvalidAccountOwner";
  const instruction = decodeVoteInstruction(context.data);
  if (instruction === null) return "InvalidInstructionData";
  switch (instruction.type) {
    case "TowerSync":
    case "TowerSyncSwitch":
      return processTowerSync(context, instruction.tower);
    default:
      return "InvalidInstructionData";
  }
}

function processTowerSync(context: InstructionContext, tower: TowerSync): InstructionError | null {
  const { env } = context;
  const { data } = accountAt(context, 0);
  const decoded = decodeVoteState(data, addressAt(context, 0));
  if (decoded === null) return isVersionZero(data) ? "UninitializedAccount" : "InvalidAccountData";
  if (decoded.authorizedVoters.length === 0) return "UninitializedAccount";
  const voter = authorizedVoterAt(decoded, env.epoch);
  if (voter === null) return "InvalidAccountData";
  if (!hasSigned(context, voter)) return "MissingRequiredSignature";
  const outcome = applyTowerSync(rememberAuthorizedVoter(decoded, env.epoch), tower, env);
  if (!outcome.ok) return outcome.error;
  return setData(context, 0, encodeSharedVoteState(outcome.state));
}

function hasSigned(context: InstructionContext, voter: string): boolean {
  for (let index = 0; index < context.accountIndices.length; index++) {
    if (addressAt(context, index) === voter && isSignerAt(context, index)) return true;
  }
  return false;
}

/** An account created but not initialized: its version is 0, as is all the rest. */
function isVersionZero(data: Uint8Array): boolean {
  return data.length === voteAccountBytes && data.subarray(0, 4).every((byte) => byte === 0);
}
