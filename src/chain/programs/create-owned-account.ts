/**
 * How a native program makes an account of its own: what Solana's programs do by calling the System program with an
 * address they sign for.
 *
 *     payer  10,000,000 ──8,797,440──>  new account  1136 zero bytes, the program's, 8,797,440
 *
 * The System program's rules hold: the payer signed, is a wallet and has enough; the account holds nothing but lamports
 * (anybody may have sent it some: then less is missing). Source: agave, programs/system; the usual transfer, allocate and
 * assign of accounts at derived addresses.
 */
import {
  SYSTEM_ERROR__ACCOUNT_ALREADY_IN_USE,
  SYSTEM_ERROR__RESULT_WITH_NEGATIVE_LAMPORTS,
} from "@solana-program/system";
import { systemProgramAddress } from "../addresses.ts";
import { leastBalance } from "../rent.ts";
import {
  accountAt,
  addLamports,
  addressAt,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
  setDataLength,
  setOwner,
  subtractLamports,
} from "./instruction-context.ts";

/**
 * Makes the instruction's account `newIndex` the program's, with `space` zero bytes, rent-exempt; the account `payerIndex`
 * pays. The program answers for the new account's address: nobody signs for it.
 */
export function createOwnedAccount(
  context: InstructionContext,
  payerIndex: number,
  newIndex: number,
  space: number,
): InstructionError | null {
  if (!isSignerAt(context, payerIndex)) return "MissingRequiredSignature";
  const { lamports, owner, data } = accountAt(context, newIndex);
  if (owner !== systemProgramAddress || data.length > 0) {
    context.shared.log(`Create: account ${addressAt(context, newIndex)} already in use`);
    return { Custom: SYSTEM_ERROR__ACCOUNT_ALREADY_IN_USE };
  }
  // The same accounts in the System program's hands: it may spend and assign what it owns, and nothing else.
  const system: InstructionContext = { ...context, programAddress: systemProgramAddress };
  const missing = leastBalance(space, context.env.params) - lamports;
  return (
    (missing > 0n ? transfer(system, payerIndex, newIndex, missing) : null) ??
    setDataLength(system, newIndex, space) ??
    setOwner(system, newIndex, context.programAddress)
  );
}

function transfer(system: InstructionContext, from: number, to: number, lamports: bigint): InstructionError | null {
  const payer = accountAt(system, from);
  if (payer.data.length > 0) {
    system.shared.log("Transfer: `from` must not carry data");
    return "InvalidArgument";
  }
  if (lamports > payer.lamports) {
    system.shared.log(`Transfer: insufficient lamports ${payer.lamports}, need ${lamports}`);
    return { Custom: SYSTEM_ERROR__RESULT_WITH_NEGATIVE_LAMPORTS };
  }
  return subtractLamports(system, from, lamports) ?? addLamports(system, to, lamports);
}
