/**
 * The stake program's instructions in words.
 *
 *     Split of 5 lamports over [from, to, alice]
 *       ──> { type: "split", info: { stakeAccount: from, newSplitAccount: to, stakeAuthority: alice, lamports: 5 } }
 *
 * Source: agave, transaction-status parse_stake.
 */
import type { Address } from "../chain/ids.ts";
import { decodeStakeInstruction, type StakeInstruction } from "../chain/programs/stake-instruction.ts";
import { describeDerivedAuthority, type InstructionForm, type NamedAccounts, nameAccounts } from "./name-accounts.ts";

const forms: Readonly<Record<StakeInstruction["type"], InstructionForm>> = {
  Initialize: { type: "initialize", accounts: "stakeAccount rentSysvar*" },
  Authorize: { type: "authorize", accounts: "stakeAccount clockSysvar* authority custodian?" },
  DelegateStake: {
    type: "delegate",
    accounts: "stakeAccount voteAccount clockSysvar* stakeHistorySysvar* stakeConfigAccount* stakeAuthority",
  },
  Split: { type: "split", accounts: "stakeAccount newSplitAccount stakeAuthority?" },
  Withdraw: {
    type: "withdraw",
    accounts: "stakeAccount destination clockSysvar* stakeHistorySysvar* withdrawAuthority custodian?",
  },
  Deactivate: { type: "deactivate", accounts: "stakeAccount clockSysvar* stakeAuthority" },
  SetLockup: { type: "setLockup", accounts: "stakeAccount custodian" },
  Merge: { type: "merge", accounts: "destination source clockSysvar* stakeHistorySysvar* stakeAuthority" },
  AuthorizeWithSeed: { type: "authorizeWithSeed", accounts: "stakeAccount authorityBase clockSysvar* custodian?" },
  InitializeChecked: { type: "initializeChecked", accounts: "stakeAccount rentSysvar* staker withdrawer" },
  AuthorizeChecked: {
    type: "authorizeChecked",
    accounts: "stakeAccount clockSysvar* authority newAuthority custodian?",
  },
  AuthorizeCheckedWithSeed: {
    type: "authorizeCheckedWithSeed",
    accounts: "stakeAccount authorityBase clockSysvar* newAuthorized custodian?",
  },
  SetLockupChecked: { type: "setLockupChecked", accounts: "stakeAccount custodian newCustodian?" },
  GetMinimumDelegation: { type: "getMinimumDelegation", accounts: "any?" },
  DeactivateDelinquent: { type: "deactivateDelinquent", accounts: "stakeAccount voteAccount referenceVoteAccount" },
  Redelegate: {
    type: "redelegate",
    accounts: "stakeAccount newStakeAccount voteAccount stakeConfigAccount* stakeAuthority",
  },
  MoveStake: { type: "moveStake", accounts: "source destination stakeAuthority" },
  MoveLamports: { type: "moveLamports", accounts: "source destination stakeAuthority" },
};

/** Null for what does not decode or names too few accounts. */
export function parseStakeInstruction(accounts: readonly Address[], data: Uint8Array): unknown {
  const instruction = decodeStakeInstruction(data);
  if (instruction === null) return null;
  const { type, accounts: pattern } = forms[instruction.type];
  const named = nameAccounts(pattern, accounts);
  return named === null ? null : { type, info: infoOf(instruction, named) };
}

function infoOf(instruction: StakeInstruction, named: NamedAccounts): unknown {
  switch (instruction.type) {
    case "Initialize": {
      const { staker, withdrawer, lockup } = instruction;
      const { unixTimestamp, epoch, custodian } = lockup;
      return { ...named, authorized: { staker, withdrawer }, lockup: { unixTimestamp, epoch, custodian } };
    }
    case "Authorize":
      return { ...named, newAuthority: instruction.newAuthority, authorityType: instruction.kind };
    case "AuthorizeChecked":
      return { ...named, authorityType: instruction.kind };
    case "AuthorizeWithSeed":
      return { ...named, ...describeDerivedAuthority(instruction), newAuthorized: instruction.newAuthority };
    case "AuthorizeCheckedWithSeed":
      return { ...named, ...describeDerivedAuthority(instruction) };
    case "Split":
    case "Withdraw":
    case "MoveStake":
    case "MoveLamports":
      return { ...named, lamports: instruction.lamports };
    case "SetLockup":
      return { ...named, lockup: changesOf(instruction.change) };
    case "SetLockupChecked": {
      const { newCustodian: custodian = null, ...others } = named;
      return { ...others, lockup: changesOf({ ...instruction.change, custodian }) };
    }
    case "GetMinimumDelegation":
      return null;
    default:
      return named;
  }
}

/** Only what changes is named. */
function changesOf(change: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== null));
}
