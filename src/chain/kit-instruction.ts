/** The official clients' instructions, as requests to our own compiler of transactions, which knows both curves. */
import {
  type AccountRole,
  createNoopSigner,
  type Instruction,
  isSignerRole,
  isWritableRole,
  type Address as KitAddress,
} from "@solana/kit";
import type { InstructionRequest } from "./create-transaction.ts";
import type { Address } from "./ids.ts";

/** Stands for whoever signs: the signature itself is made when the transaction is compiled. */
export function signerAt(address: Address) {
  return createNoopSigner(address as KitAddress);
}

export function requestOf(instruction: Instruction): InstructionRequest {
  return {
    programAddress: instruction.programAddress as Address,
    accounts: (instruction.accounts ?? []).map(({ address, role }: { address: string; role: AccountRole }) => ({
      address: address as Address,
      isSigner: isSignerRole(role),
      isWritable: isWritableRole(role),
    })),
    data: new Uint8Array(instruction.data ?? []),
  };
}
