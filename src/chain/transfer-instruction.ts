/** The System program's transfer, as airdrops, workloads and commands ask for it. */
import { getTransferSolInstructionDataEncoder } from "@solana-program/system";
import { systemProgramAddress } from "./addresses.ts";
import type { InstructionRequest } from "./create-transaction.ts";
import type { Address } from "./ids.ts";

const transferEncoder = getTransferSolInstructionDataEncoder();

/** Moves lamports from a signer to any address. */
export function createTransferInstruction(from: Address, to: Address, lamports: bigint): InstructionRequest {
  return {
    programAddress: systemProgramAddress,
    accounts: [
      { address: from, isSigner: true, isWritable: true },
      { address: to, isSigner: false, isWritable: true },
    ],
    data: transferEncoder.encode({ amount: lamports }) as Uint8Array,
  };
}
