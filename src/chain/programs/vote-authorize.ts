/**
 * The vote program's four ways to change an authority of a vote account.
 *
 *     Authorize                  [0] vote account, written  [1] Clock  [2] current authority, signs
 *     AuthorizeChecked           … [2] current authority, signs        [3] new authority, signs
 *     AuthorizeWithSeed          … [2] base of the current authority, signs
 *     AuthorizeCheckedWithSeed   … [2] base of the current authority, signs  [3] new authority, signs
 *
 * The withdrawer may change both authorities, at once; the voter may name the next voter, who takes over in the epoch
 * after the next (see vote-authority.ts). Source: Solana's vote program, `authorize`.
 */
import { clockSysvarAddress } from "../addresses.ts";
import { computeAddressWithSeed } from "../derived-address.ts";
import type { Address } from "../ids.ts";
import { setAuthorizedVoter } from "../vote-authority.ts";
import type { DerivedAuthority, VoteAuthority } from "../vote-instruction.ts";
import { authorizedVoterAt, rememberAuthorizedVoter } from "../vote-state.ts";
import {
  addressAt,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
  signersOf,
} from "./instruction-context.ts";
import {
  checkAccounts,
  checkSigner,
  checkSysvar,
  readVoteAccount,
  voteError,
  writeVoteAccount,
} from "./vote-account.ts";

export function processAuthorize(
  context: InstructionContext,
  kind: VoteAuthority,
  newAuthority: Address,
): InstructionError | null {
  const error = checkSysvar(context, 1, clockSysvarAddress);
  return error ?? authorize(context, kind, newAuthority, signersOf(context));
}

export function processAuthorizeChecked(context: InstructionContext, kind: VoteAuthority): InstructionError | null {
  const error = checkNewAuthority(context) ?? checkSysvar(context, 1, clockSysvarAddress);
  return error ?? authorize(context, kind, addressAt(context, 3), signersOf(context));
}

export function processAuthorizeWithSeed(
  context: InstructionContext,
  kind: VoteAuthority,
  current: DerivedAuthority,
  newAuthority: Address,
): InstructionError | null {
  return checkAccounts(context, 3) ?? authorizeAsDerived(context, kind, current, newAuthority);
}

export function processAuthorizeCheckedWithSeed(
  context: InstructionContext,
  kind: VoteAuthority,
  current: DerivedAuthority,
): InstructionError | null {
  return checkNewAuthority(context) ?? authorizeAsDerived(context, kind, current, addressAt(context, 3));
}

function checkNewAuthority(context: InstructionContext): InstructionError | null {
  const error = checkAccounts(context, 4);
  if (error !== null) return error;
  return isSignerAt(context, 3) ? null : "MissingRequiredSignature";
}

/**
 * The numbers of create_with_seed's own errors. Solana's vote program passes them on as if they were the program's, so
 * that they read VoteTooOld and SlotHashMismatch.
 */
const seedErrors = { MaxSeedLengthExceeded: { Custom: 0 }, IllegalOwner: { Custom: 2 } } as const;

/** Only the derived address counts as a signer, and nobody else in the transaction. */
function authorizeAsDerived(
  context: InstructionContext,
  kind: VoteAuthority,
  current: DerivedAuthority,
  newAuthority: Address,
): InstructionError | null {
  const error = checkSysvar(context, 1, clockSysvarAddress);
  if (error !== null) return error;
  const signers = new Set<Address>();
  if (isSignerAt(context, 2)) {
    const derived = computeAddressWithSeed(addressAt(context, 2), current.seed, current.owner);
    if (!derived.ok) return seedErrors[derived.code];
    signers.add(derived.value);
  }
  return authorize(context, kind, newAuthority, signers);
}

function authorize(
  context: InstructionContext,
  kind: VoteAuthority,
  newAuthority: Address,
  signers: ReadonlySet<Address>,
): InstructionError | null {
  const read = readVoteAccount(context);
  if (!read.ok) return read.error;
  const { state } = read;
  const withdrawerError = checkSigner(signers, state.authorizedWithdrawer);
  if (kind === "Withdrawer") {
    return withdrawerError ?? writeVoteAccount(context, { ...state, authorizedWithdrawer: newAuthority });
  }
  const { epoch } = context.env;
  const voter = authorizedVoterAt(state, epoch);
  if (voter === null) return "InvalidAccountData";
  if (withdrawerError !== null && !signers.has(voter)) return "MissingRequiredSignature";
  const changed = setAuthorizedVoter(rememberAuthorizedVoter(state, epoch), newAuthority, epoch);
  return changed === null ? voteError("TooSoonToReauthorize") : writeVoteAccount(context, changed);
}
