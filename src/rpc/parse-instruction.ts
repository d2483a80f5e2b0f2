/**
 * An instruction in words, for `jsonParsed`: System, Stake, Vote and Memo are known; of others the addresses and the
 * bytes are given, and so of a known program's instruction that does not decode.
 *
 *     { program: "system", programId: "1111…", parsed: { type: "transfer", info: { source, destination, lamports } }, stackHeight: 1 }
 *     { programId: "Comp…", accounts: [], data: "JC3gyu", stackHeight: 1 }
 *
 * Source: agave, transaction-status parse_system, parse_instruction.
 */
import { encodeBase58 } from "../base/base58.ts";
import { stakeProgramAddress, systemProgramAddress, voteProgramAddress } from "../chain/addresses.ts";
import type { Address } from "../chain/ids.ts";
import { memoPrograms } from "../chain/programs/memo.ts";
import { decodeSystemInstruction, type SystemInstruction } from "../chain/programs/system-instruction.ts";
import type { Instruction, Transaction } from "../chain/transaction.ts";
import { parseStakeInstruction } from "./parse-stake-instruction.ts";
import { parseVoteInstruction } from "./parse-vote-instruction.ts";

/** Of the instructions a transaction names itself, which is all there are: no program calls another. */
export const topStackHeight = 1;

const memoAddresses: ReadonlySet<Address> = new Set(memoPrograms.map(({ address }) => address));

export function encodeParsedInstruction(transaction: Transaction, instruction: Instruction): unknown {
  const programId = transaction.accountKeys[instruction.programIndex]!;
  const accounts = instruction.accountIndices.map((index) => transaction.accountKeys[index]!);
  const known = parseKnown(programId, accounts, instruction.data);
  if (known !== null) return { ...known, programId, stackHeight: topStackHeight };
  return { programId, accounts, data: encodeBase58(instruction.data), stackHeight: topStackHeight };
}

type Known = { readonly program: string; readonly parsed: unknown };

function parseKnown(programId: Address, accounts: readonly Address[], data: Uint8Array): Known | null {
  if (programId === systemProgramAddress) return named("system", parseSystem(accounts, data));
  if (programId === voteProgramAddress) return named("vote", parseVoteInstruction(accounts, data));
  if (programId === stakeProgramAddress) return named("stake", parseStakeInstruction(accounts, data));
  return memoAddresses.has(programId) ? named("spl-memo", parseMemo(data)) : null;
}

function named(program: string, parsed: unknown): Known | null {
  return parsed === null ? null : { program, parsed };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Null for bytes that are no text. */
export function parseMemo(data: Uint8Array): string | null {
  try {
    return utf8.decode(data);
  } catch {
    return null;
  }
}

function parseSystem(accounts: readonly Address[], data: Uint8Array): unknown {
  const instruction = decodeSystemInstruction(data);
  if (instruction === null || accounts.length < systemAccountsMin(instruction.type)) return null;
  const type = `${instruction.type.charAt(0).toLowerCase()}${instruction.type.slice(1)}`;
  return { type, info: systemFields(instruction, accounts) };
}

function systemAccountsMin(type: SystemInstruction["type"]): number {
  if (type === "TransferWithSeed") return 3;
  return type === "Transfer" || type === "CreateAccount" || type.endsWith("WithSeed") ? 2 : 1;
}

function systemFields(instruction: SystemInstruction, accounts: readonly Address[]): unknown {
  const [first, second, third] = accounts;
  const seed = "seed" in instruction ? parseMemo(instruction.seed) : null;
  switch (instruction.type) {
    case "CreateAccount": {
      const { lamports, space, owner } = instruction;
      return { source: first, newAccount: second, lamports, space, owner };
    }
    case "Assign":
      return { account: first, owner: instruction.owner };
    case "Transfer":
      return { source: first, destination: second, lamports: instruction.lamports };
    case "CreateAccountWithSeed": {
      const { base, lamports, space, owner } = instruction;
      return { source: first, newAccount: second, base, seed, lamports, space, owner };
    }
    case "Allocate":
      return { account: first, space: instruction.space };
    case "AllocateWithSeed":
      return { account: first, base: instruction.base, seed, space: instruction.space, owner: instruction.owner };
    case "AssignWithSeed":
      return { account: first, base: instruction.base, seed, owner: instruction.owner };
    case "TransferWithSeed": {
      const { lamports, owner } = instruction;
      return { source: first, sourceBase: second, destination: third, lamports, sourceSeed: seed, sourceOwner: owner };
    }
  }
}
