/**
 * The vote program's instructions in words; those that this chain only knows by name are not taken apart.
 *
 *     TowerSync over [vote, alice]
 *       ──> { type: "towersync", info: { voteAccount, voteAuthority, towerSync: { lockouts, root, hash, timestamp, blockId } } }
 *
 * Source: agave, transaction-status parse_vote.
 */
import type { Address } from "../chain/ids.ts";
import { decodeVoteInstruction, type TowerSync, type VoteInstruction } from "../chain/vote-instruction.ts";
import { describeDerivedAuthority, type InstructionForm, type NamedAccounts, nameAccounts } from "./name-accounts.ts";

const forms: Readonly<Partial<Record<VoteInstruction["type"], InstructionForm>>> = {
  InitializeAccount: { type: "initialize", accounts: "voteAccount rentSysvar* clockSysvar* node" },
  Authorize: { type: "authorize", accounts: "voteAccount clockSysvar* authority" },
  AuthorizeChecked: { type: "authorizeChecked", accounts: "voteAccount clockSysvar* authority newAuthority" },
  AuthorizeWithSeed: { type: "authorizeWithSeed", accounts: "voteAccount clockSysvar* authorityBaseKey" },
  AuthorizeCheckedWithSeed: {
    type: "authorizeCheckedWithSeed",
    accounts: "voteAccount clockSysvar* authorityBaseKey newAuthority",
  },
  Withdraw: { type: "withdraw", accounts: "voteAccount destination withdrawAuthority" },
  UpdateValidatorIdentity: {
    type: "updateValidatorIdentity",
    accounts: "voteAccount newValidatorIdentity withdrawAuthority",
  },
  UpdateCommission: { type: "updateCommission", accounts: "voteAccount withdrawAuthority" },
  UpdateCommissionBps: { type: "updateCommissionBps", accounts: "voteAccount withdrawAuthority" },
  UpdateCommissionCollector: {
    type: "updateCommissionCollector",
    accounts: "voteAccount newCollector withdrawAuthority",
  },
  TowerSync: { type: "towersync", accounts: "voteAccount voteAuthority" },
  TowerSyncSwitch: { type: "towersyncswitch", accounts: "voteAccount voteAuthority" },
};

/** Null for what is not taken apart, does not decode or names too few accounts. */
export function parseVoteInstruction(accounts: readonly Address[], data: Uint8Array): unknown {
  const instruction = decodeVoteInstruction(data);
  const form = instruction === null ? undefined : forms[instruction.type];
  const named = form === undefined ? null : nameAccounts(form.accounts, accounts);
  return instruction === null || form === undefined || named === null
    ? null
    : { type: form.type, info: infoOf(instruction, named) };
}

function infoOf(instruction: VoteInstruction, named: NamedAccounts): unknown {
  switch (instruction.type) {
    case "InitializeAccount": {
      const { authorizedVoter, authorizedWithdrawer, commission } = instruction;
      return { ...named, authorizedVoter, authorizedWithdrawer, commission };
    }
    case "Authorize":
      return { ...named, newAuthority: instruction.newAuthority, authorityType: instruction.kind };
    case "AuthorizeChecked":
      return { ...named, authorityType: instruction.kind };
    case "AuthorizeWithSeed":
      return { ...named, ...describeDerivedAuthority(instruction), newAuthority: instruction.newAuthority };
    case "AuthorizeCheckedWithSeed":
      return { ...named, ...describeDerivedAuthority(instruction) };
    case "Withdraw":
      return { ...named, lamports: instruction.lamports };
    case "UpdateCommission":
      return { ...named, commission: instruction.commission };
    case "UpdateCommissionBps":
      return { ...named, commissionBps: instruction.commissionBps, commissionKind: instruction.kind };
    case "UpdateCommissionCollector":
      return { ...named, commissionKind: instruction.kind };
    case "TowerSync":
      return { ...named, towerSync: encodeTower(instruction.tower) };
    case "TowerSyncSwitch":
      return { ...named, towerSync: encodeTower(instruction.tower), hash: instruction.switchProofHash };
    default:
      return named;
  }
}

function encodeTower({ votes, root, hash, timestamp, blockId }: TowerSync) {
  const lockouts = votes.map(({ slot, confirmationCount }) => ({ slot, confirmation_count: confirmationCount }));
  return { lockouts, root, hash, timestamp, blockId };
}
