/**
 * The stake program's four ways to change an authority of a stake account. In the old form the Clock stands before [1],
 * or before [2] where a seed is used.
 *
 *     Authorize                  [0] stake account, written  [1] authority, signs                      [2] custodian?
 *     AuthorizeChecked           …  [1] authority, signs  [2] new authority, signs                     [3] custodian?
 *     AuthorizeWithSeed          …  [1] base of the authority, signs                                   [2] custodian?
 *     AuthorizeCheckedWithSeed   …  [1] base of the authority, signs  [2] new authority, signs         [3] custodian?
 *
 * With a seed only the named accounts count as signers, and a custodian that is there must have signed.
 *
 * Source: solana-program/stake, `do_authorize`.
 */
import { clockSysvarAddress } from "../addresses.ts";
import { computeAddressWithSeed } from "../derived-address.ts";
import type { Address } from "../ids.ts";
import {
  addressAt,
  checkAccountCount,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
  signersOf,
} from "./instruction-context.ts";
import { custodianAt, passAuthority, replaceAuthority, signingCustodianAt } from "./stake-authority.ts";
import type { DerivedStakeAuthority, StakeAuthority } from "./stake-instruction.ts";
import { commitStakeChanges, readStakeState } from "./stake-state.ts";

type Change = { readonly kind: StakeAuthority; readonly newAuthority: Address; readonly custodian: Address | null };

export function processAuthorize(
  context: InstructionContext,
  kind: StakeAuthority,
  newAuthority: Address,
): InstructionError | null {
  const passed = passAuthority(context, 1, 2);
  if (!passed.ok) return passed.error;
  const custodian = signingCustodianAt(context, passed.value);
  return authorize(context, { kind, newAuthority, custodian }, signersOf(context));
}

export function processAuthorizeChecked(context: InstructionContext, kind: StakeAuthority): InstructionError | null {
  const passed = passAuthority(context, 1, 2);
  if (!passed.ok) return passed.error;
  const newIndex = passed.value;
  const error = checkAccountCount(context, newIndex + 1);
  if (error !== null) return error;
  if (!isSignerAt(context, newIndex)) return "MissingRequiredSignature";
  const custodian = signingCustodianAt(context, newIndex + 1);
  return authorize(context, { kind, newAuthority: addressAt(context, newIndex), custodian }, signersOf(context));
}

export function processAuthorizeWithSeed(
  context: InstructionContext,
  kind: StakeAuthority,
  current: DerivedStakeAuthority,
  newAuthority: Address,
): InstructionError | null {
  const error = checkAccountCount(context, 2);
  if (error !== null) return error;
  const isOldForm = context.accountIndices.length > 2 && addressAt(context, 2) === clockSysvarAddress;
  const custodian = custodianAt(context, isOldForm ? 3 : 2);
  if (!custodian.ok) return custodian.error;
  return authorizeAsDerived(context, { kind, newAuthority, custodian: custodian.value }, current, []);
}

export function processAuthorizeCheckedWithSeed(
  context: InstructionContext,
  kind: StakeAuthority,
  current: DerivedStakeAuthority,
): InstructionError | null {
  const error = checkAccountCount(context, 2);
  if (error !== null) return error;
  const passed = passAuthority(context, 2, 2);
  if (!passed.ok) return passed.error;
  const newIndex = passed.value - 1;
  if (!isSignerAt(context, newIndex)) return "MissingRequiredSignature";
  const custodian = custodianAt(context, newIndex + 1);
  if (!custodian.ok) return custodian.error;
  const newAuthority = addressAt(context, newIndex);
  return authorizeAsDerived(context, { kind, newAuthority, custodian: custodian.value }, current, [newAuthority]);
}

function authorizeAsDerived(
  context: InstructionContext,
  change: Change,
  current: DerivedStakeAuthority,
  named: readonly Address[],
): InstructionError | null {
  const signers = new Set(named);
  if (change.custodian !== null) signers.add(change.custodian);
  if (isSignerAt(context, 1)) {
    const derived = computeAddressWithSeed(addressAt(context, 1), current.seed, current.owner);
    if (!derived.ok) return derived.code;
    signers.add(derived.value);
  }
  return authorize(context, change, signers);
}

function authorize(
  context: InstructionContext,
  change: Change,
  signers: ReadonlySet<Address>,
): InstructionError | null {
  const read = readStakeState(context, 0);
  if (!read.ok) return read.error;
  const state = read.value;
  if (state.type !== "initialized" && state.type !== "delegated") return "InvalidAccountData";
  const meta = replaceAuthority(state.meta, change, signers, context.env);
  return meta.ok
    ? commitStakeChanges(context, { states: [{ index: 0, state: { ...state, meta: meta.value } }] })
    : meta.error;
}
