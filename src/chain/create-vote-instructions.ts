/**
 * The vote program's instructions as clients, commands and tests ask for them; votes themselves are made by
 * `createVoteInstruction` (vote-instruction.ts).
 *
 *     a vote account:  CreateAccount (System program, 3762 bytes, owned by the vote program), then InitializeAccount
 *
 * Which accounts an instruction names, and in which order, is Solana's: its vote interface, `instruction.rs`.
 */
import { utf8Bytes } from "../base/bytes.ts";
import { clockSysvarAddress, rentSysvarAddress, voteProgramAddress } from "./addresses.ts";
import type { InstructionRequest } from "./create-transaction.ts";
import type { Address } from "./ids.ts";
import {
  type CommissionKind,
  encodeVoteInstruction,
  type ReadVoteInstruction,
  type VoteAuthority,
} from "./vote-instruction.ts";

type AccountRequest = InstructionRequest["accounts"][number];

const written = (address: Address): AccountRequest => ({ address, isSigner: false, isWritable: true });
const readonly = (address: Address): AccountRequest => ({ address, isSigner: false, isWritable: false });
const signer = (address: Address): AccountRequest => ({ address, isSigner: true, isWritable: false });

function createRequest(instruction: ReadVoteInstruction, ...accounts: readonly AccountRequest[]): InstructionRequest {
  return { programAddress: voteProgramAddress, accounts, data: encodeVoteInstruction(instruction) };
}

/** Must stand in one transaction with the account's creation: anybody could initialize it otherwise. */
export function createInitializeVoteAccountInstruction(fields: {
  readonly voteAccount: Address;
  /** The validator's identity, who signs. */
  readonly node: Address;
  readonly authorizedVoter: Address;
  readonly authorizedWithdrawer: Address;
  /** Percent. */
  readonly commission: number;
}): InstructionRequest {
  const { voteAccount, ...init } = fields;
  return createRequest(
    { type: "InitializeAccount", ...init },
    written(voteAccount),
    readonly(rentSysvarAddress),
    readonly(clockSysvarAddress),
    signer(init.node),
  );
}

type AuthorityChange = {
  readonly voteAccount: Address;
  readonly kind: VoteAuthority;
  readonly newAuthority: Address;
};

/** A change of the authorized voter, which the current voter or the withdrawer signs, or of the withdrawer. */
export function createAuthorizeVoteInstruction(
  fields: AuthorityChange & { readonly authority: Address },
): InstructionRequest {
  const { voteAccount, kind, newAuthority } = fields;
  return createRequest(
    { type: "Authorize", newAuthority, kind },
    written(voteAccount),
    readonly(clockSysvarAddress),
    signer(fields.authority),
  );
}

/** The same, and the new authority signs as well: it proves that its key is not lost. */
export function createAuthorizeVoteCheckedInstruction(
  fields: AuthorityChange & { readonly authority: Address },
): InstructionRequest {
  return createRequest(
    { type: "AuthorizeChecked", kind: fields.kind },
    written(fields.voteAccount),
    readonly(clockSysvarAddress),
    signer(fields.authority),
    signer(fields.newAuthority),
  );
}

/** Whose key signs for an authority that was derived from it. */
type DerivedSigner = { readonly base: Address; readonly seed: string; readonly owner: Address };

export function createAuthorizeVoteWithSeedInstruction(
  fields: AuthorityChange & { readonly authority: DerivedSigner },
): InstructionRequest {
  const { kind, newAuthority, authority } = fields;
  const current = { owner: authority.owner, seed: utf8Bytes(authority.seed) };
  return createRequest(
    { type: "AuthorizeWithSeed", kind, current, newAuthority },
    written(fields.voteAccount),
    readonly(clockSysvarAddress),
    signer(authority.base),
  );
}

export function createAuthorizeVoteCheckedWithSeedInstruction(
  fields: AuthorityChange & { readonly authority: DerivedSigner },
): InstructionRequest {
  const { kind, authority } = fields;
  const current = { owner: authority.owner, seed: utf8Bytes(authority.seed) };
  return createRequest(
    { type: "AuthorizeCheckedWithSeed", kind, current },
    written(fields.voteAccount),
    readonly(clockSysvarAddress),
    signer(authority.base),
    signer(fields.newAuthority),
  );
}

/** All lamports close the account; what is left otherwise must keep it rent-exempt. */
export function createWithdrawVoteInstruction(fields: {
  readonly voteAccount: Address;
  readonly withdrawer: Address;
  readonly recipient: Address;
  readonly lamports: bigint;
}): InstructionRequest {
  return createRequest(
    { type: "Withdraw", lamports: fields.lamports },
    written(fields.voteAccount),
    written(fields.recipient),
    signer(fields.withdrawer),
  );
}

/** The new identity signs, and so does the withdrawer. */
export function createUpdateValidatorIdentityInstruction(fields: {
  readonly voteAccount: Address;
  readonly withdrawer: Address;
  readonly node: Address;
}): InstructionRequest {
  return createRequest(
    { type: "UpdateValidatorIdentity" },
    written(fields.voteAccount),
    signer(fields.node),
    signer(fields.withdrawer),
  );
}

/** `commission`: percent of the inflation rewards. */
export function createUpdateCommissionInstruction(fields: {
  readonly voteAccount: Address;
  readonly withdrawer: Address;
  readonly commission: number;
}): InstructionRequest {
  return createRequest(
    { type: "UpdateCommission", commission: fields.commission },
    written(fields.voteAccount),
    signer(fields.withdrawer),
  );
}

/** `commissionBps`: hundredths of a percent. */
export function createUpdateCommissionBpsInstruction(fields: {
  readonly voteAccount: Address;
  readonly withdrawer: Address;
  readonly commissionBps: number;
  readonly kind: CommissionKind;
}): InstructionRequest {
  const { commissionBps, kind } = fields;
  return createRequest(
    { type: "UpdateCommissionBps", commissionBps, kind },
    written(fields.voteAccount),
    signer(fields.withdrawer),
  );
}

/** `collector`: the vote account itself, or an account of the System program. */
export function createUpdateCommissionCollectorInstruction(fields: {
  readonly voteAccount: Address;
  readonly withdrawer: Address;
  readonly collector: Address;
  readonly kind: CommissionKind;
}): InstructionRequest {
  return createRequest(
    { type: "UpdateCommissionCollector", kind: fields.kind },
    written(fields.voteAccount),
    written(fields.collector),
    signer(fields.withdrawer),
  );
}
