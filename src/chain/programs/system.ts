/**
 * The System program: makes accounts and moves lamports between those it owns.
 *
 *     CreateAccount    [0] from, signs, pays    [1] the new account, signs
 *     Transfer         [0] from, signs          [1] to
 *     …WithSeed        the address comes from a base, and the base signs in its place (see derived-address.ts)
 *
 * Nonce instructions are not supported yet and answered with InvalidInstructionData. Errors, their order and the log
 * lines are those of Solana. Source: agave, programs/system, system_processor.
 */
import {
  SYSTEM_ERROR__ACCOUNT_ALREADY_IN_USE,
  SYSTEM_ERROR__ADDRESS_WITH_SEED_MISMATCH,
  SYSTEM_ERROR__INVALID_ACCOUNT_DATA_LENGTH,
  SYSTEM_ERROR__RESULT_WITH_NEGATIVE_LAMPORTS,
} from "@solana-program/system";
import { systemProgramAddress } from "../addresses.ts";
import { computeAddressWithSeed } from "../derived-address.ts";
import type { Address } from "../ids.ts";
import {
  accountAt,
  accountDataBytesMax,
  addLamports,
  addressAt,
  checkAccountCount,
  type InstructionContext,
  type InstructionError,
  isSignerAt,
  type Program,
  setDataLength,
  setOwner,
  signersOf,
  subtractLamports,
} from "./instruction-context.ts";
import { decodeSystemInstruction, type Seed, type SystemInstruction } from "./system-instruction.ts";

export const systemProgram: Program = {
  address: systemProgramAddress,
  name: "system_program",
  builtinUnits: 150,
  process: processSystemInstruction,
};

const custom = (code: number): InstructionError => ({ Custom: code });

/** An account's address and, when it was derived, the base that signs for it. */
type Target = { readonly index: number; readonly address: Address; readonly base: Address | null };

function processSystemInstruction(context: InstructionContext): InstructionError | null {
  const instruction = decodeSystemInstruction(context.data);
  if (instruction === null) return "InvalidInstructionData";
  return checkAccountCount(context, accountsOf[instruction.type]) ?? apply(context, instruction);
}

const accountsOf: Readonly<Record<SystemInstruction["type"], number>> = {
  CreateAccount: 2,
  CreateAccountWithSeed: 2,
  Assign: 1,
  AssignWithSeed: 1,
  Allocate: 1,
  AllocateWithSeed: 1,
  Transfer: 2,
  TransferWithSeed: 3,
};

function apply(context: InstructionContext, instruction: SystemInstruction): InstructionError | null {
  switch (instruction.type) {
    case "CreateAccount":
      return createAccount(context, targetAt(context, 1), instruction);
    case "CreateAccountWithSeed":
      return withDerivedTarget(context, 1, instruction, (target) => createAccount(context, target, instruction));
    case "Assign":
      return assign(context, targetAt(context, 0), instruction.owner);
    case "AssignWithSeed":
      return withDerivedTarget(context, 0, instruction, (target) => assign(context, target, instruction.owner));
    case "Allocate":
      return allocate(context, targetAt(context, 0), instruction.space);
    case "AllocateWithSeed":
      return withDerivedTarget(
        context,
        0,
        instruction,
        (target) => allocate(context, target, instruction.space) ?? assign(context, target, instruction.owner),
      );
    case "Transfer":
      return transfer(context, instruction.lamports);
    case "TransferWithSeed":
      return transferWithSeed(context, instruction);
  }
}

function targetAt(context: InstructionContext, index: number): Target {
  return { index, address: addressAt(context, index), base: null };
}

/** Goes on with the account at `index`, if its address is the one that base, seed and owner give. */
function withDerivedTarget(
  context: InstructionContext,
  index: number,
  from: { readonly base: Address; readonly seed: Seed; readonly owner: Address },
  next: (target: Target) => InstructionError | null,
): InstructionError | null {
  const address = addressAt(context, index);
  const derived = computeAddressWithSeed(from.base, from.seed, from.owner);
  if (!derived.ok) return derived.code;
  if (derived.value !== address) {
    context.shared.log(`Create: address ${address} does not match derived address ${derived.value}`);
    return custom(SYSTEM_ERROR__ADDRESS_WITH_SEED_MISMATCH);
  }
  return next({ index, address, base: from.base });
}

/** As Rust prints it: some tools read these lines. */
function formatTarget({ address, base }: Target): string {
  return `Address { address: ${address}, base: ${base === null ? "None" : `Some(${base})`} }`;
}

function hasSigned(context: InstructionContext, target: Target): boolean {
  return signersOf(context).has(target.base ?? target.address);
}

function createAccount(
  context: InstructionContext,
  to: Target,
  request: { readonly lamports: bigint; readonly space: bigint; readonly owner: Address },
): InstructionError | null {
  if (accountAt(context, to.index).lamports > 0n) {
    context.shared.log(`Create Account: account ${formatTarget(to)} already in use`);
    return custom(SYSTEM_ERROR__ACCOUNT_ALREADY_IN_USE);
  }
  return (
    allocate(context, to, request.space) ?? assign(context, to, request.owner) ?? transfer(context, request.lamports)
  );
}

function allocate(context: InstructionContext, to: Target, space: bigint): InstructionError | null {
  if (!hasSigned(context, to)) {
    context.shared.log(`Allocate: 'to' account ${formatTarget(to)} must sign`);
    return "MissingRequiredSignature";
  }
  const account = accountAt(context, to.index);
  if (account.data.length > 0 || account.owner !== systemProgramAddress) {
    context.shared.log(`Allocate: account ${formatTarget(to)} already in use`);
    return custom(SYSTEM_ERROR__ACCOUNT_ALREADY_IN_USE);
  }
  if (space > BigInt(accountDataBytesMax)) {
    context.shared.log(`Allocate: requested ${space}, max allowed ${accountDataBytesMax}`);
    return custom(SYSTEM_ERROR__INVALID_ACCOUNT_DATA_LENGTH);
  }
  return setDataLength(context, to.index, Number(space));
}

function assign(context: InstructionContext, target: Target, owner: Address): InstructionError | null {
  if (accountAt(context, target.index).owner === owner) return null;
  if (!hasSigned(context, target)) {
    context.shared.log(`Assign: account ${formatTarget(target)} must sign`);
    return "MissingRequiredSignature";
  }
  return setOwner(context, target.index, owner);
}

function transfer(context: InstructionContext, lamports: bigint): InstructionError | null {
  if (!isSignerAt(context, 0)) {
    context.shared.log(`Transfer: \`from\` account ${addressAt(context, 0)} must sign`);
    return "MissingRequiredSignature";
  }
  return moveLamports(context, 0, 1, lamports);
}

function transferWithSeed(
  context: InstructionContext,
  instruction: { readonly lamports: bigint; readonly seed: Seed; readonly owner: Address },
): InstructionError | null {
  const from = addressAt(context, 0);
  const base = addressAt(context, 1);
  if (!isSignerAt(context, 1)) {
    context.shared.log(`Transfer: 'from' account ${base} must sign`);
    return "MissingRequiredSignature";
  }
  const derived = computeAddressWithSeed(base, instruction.seed, instruction.owner);
  if (!derived.ok) return derived.code;
  if (derived.value !== from) {
    context.shared.log(`Transfer: 'from' address ${from} does not match derived address ${derived.value}`);
    return custom(SYSTEM_ERROR__ADDRESS_WITH_SEED_MISMATCH);
  }
  return moveLamports(context, 0, 2, instruction.lamports);
}

function moveLamports(
  context: InstructionContext,
  from: number,
  to: number,
  lamports: bigint,
): InstructionError | null {
  const payer = accountAt(context, from);
  if (payer.data.length > 0) {
    context.shared.log("Transfer: `from` must not carry data");
    return "InvalidArgument";
  }
  if (lamports > payer.lamports) {
    context.shared.log(`Transfer: insufficient lamports ${payer.lamports}, need ${lamports}`);
    return custom(SYSTEM_ERROR__RESULT_WITH_NEGATIVE_LAMPORTS);
  }
  return subtractLamports(context, from, lamports) ?? addLamports(context, to, lamports);
}
