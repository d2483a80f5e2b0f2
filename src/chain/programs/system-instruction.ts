/**
 * The System program's instructions, read from their bytes.
 *
 *     02 00 00 00 | 40 42 0f 00 00 00 00 00      Transfer of 1,000,000 lamports
 *
 * Bytes after the last field are ignored, as on Solana. Seeds are read here rather than by the official client, which
 * drops zero bytes and repairs broken text: an address derived from such a seed would be another one.
 */

import { addDecoderSizePrefix, getAddressDecoder, getBytesDecoder, getStructDecoder, getU64Decoder } from "@solana/kit";
import {
  getAllocateInstructionDataDecoder,
  getAssignInstructionDataDecoder,
  getCreateAccountInstructionDataDecoder,
  getTransferSolInstructionDataDecoder,
  identifySystemInstruction,
  SystemInstruction as Kind,
} from "@solana-program/system";
import { isUtf8 } from "../../base/utf8.ts";
import type { Address } from "../ids.ts";
import { decodeWithKit } from "../kit-border.ts";

/** UTF-8. */
export type Seed = Uint8Array;

export type SystemInstruction =
  | { readonly type: "CreateAccount"; readonly lamports: bigint; readonly space: bigint; readonly owner: Address }
  | { readonly type: "Assign"; readonly owner: Address }
  | { readonly type: "Transfer"; readonly lamports: bigint }
  | {
      readonly type: "CreateAccountWithSeed";
      readonly base: Address;
      readonly seed: Seed;
      readonly lamports: bigint;
      readonly space: bigint;
      readonly owner: Address;
    }
  | { readonly type: "Allocate"; readonly space: bigint }
  | {
      readonly type: "AllocateWithSeed";
      readonly base: Address;
      readonly seed: Seed;
      readonly space: bigint;
      readonly owner: Address;
    }
  | { readonly type: "AssignWithSeed"; readonly base: Address; readonly seed: Seed; readonly owner: Address }
  | { readonly type: "TransferWithSeed"; readonly lamports: bigint; readonly seed: Seed; readonly owner: Address };

const kindBytes = 4;
const createAccountDecoder = getCreateAccountInstructionDataDecoder();
const assignDecoder = getAssignInstructionDataDecoder();
const transferDecoder = getTransferSolInstructionDataDecoder();
const allocateDecoder = getAllocateInstructionDataDecoder();

const address = getAddressDecoder();
const u64 = getU64Decoder();
const seed = addDecoderSizePrefix(getBytesDecoder(), u64);
const createAccountWithSeedDecoder = getStructDecoder([
  ["base", address],
  ["seed", seed],
  ["lamports", u64],
  ["space", u64],
  ["owner", address],
]);
const allocateWithSeedDecoder = getStructDecoder([
  ["base", address],
  ["seed", seed],
  ["space", u64],
  ["owner", address],
]);
const assignWithSeedDecoder = getStructDecoder([
  ["base", address],
  ["seed", seed],
  ["owner", address],
]);
const transferWithSeedDecoder = getStructDecoder([
  ["lamports", u64],
  ["seed", seed],
  ["owner", address],
]);

/** Null for bytes that are no instruction, and for those not supported: nonces, and creation of a prefunded account. */
export function decodeSystemInstruction(data: Uint8Array): SystemInstruction | null {
  const transfer = decodeTransfer(data);
  if (transfer !== null) return transfer;
  const decoded = decodeWithKit(() => decodeFields(data));
  if (!decoded.ok || decoded.value === null) return null;
  const instruction = decoded.value;
  return "seed" in instruction && !isUtf8(instruction.seed) ? null : instruction;
}

/** Nearly all instructions of a busy chain: read without kit. */
function decodeTransfer(data: Uint8Array): SystemInstruction | null {
  if (data.length < kindBytes + 8 || data[0] !== Kind.TransferSol || data[1] !== 0 || data[2] !== 0 || data[3] !== 0)
    return null;
  const low = (data[4]! | (data[5]! << 8) | (data[6]! << 16) | (data[7]! << 24)) >>> 0;
  const high = (data[8]! | (data[9]! << 8) | (data[10]! << 16) | (data[11]! << 24)) >>> 0;
  return { type: "Transfer", lamports: high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low) };
}

function decodeFields(data: Uint8Array): SystemInstruction | null {
  switch (identifySystemInstruction(data)) {
    case Kind.CreateAccount: {
      const { lamports, space, programAddress } = createAccountDecoder.decode(data);
      return { type: "CreateAccount", lamports, space, owner: programAddress };
    }
    case Kind.Assign:
      return { type: "Assign", owner: assignDecoder.decode(data).programAddress };
    case Kind.TransferSol:
      return { type: "Transfer", lamports: transferDecoder.decode(data).amount };
    case Kind.CreateAccountWithSeed:
      return { type: "CreateAccountWithSeed", ...withSeed(createAccountWithSeedDecoder.decode(data, kindBytes)) };
    case Kind.Allocate:
      return { type: "Allocate", space: allocateDecoder.decode(data).space };
    case Kind.AllocateWithSeed:
      return { type: "AllocateWithSeed", ...withSeed(allocateWithSeedDecoder.decode(data, kindBytes)) };
    case Kind.AssignWithSeed:
      return { type: "AssignWithSeed", ...withSeed(assignWithSeedDecoder.decode(data, kindBytes)) };
    case Kind.TransferSolWithSeed:
      return { type: "TransferWithSeed", ...withSeed(transferWithSeedDecoder.decode(data, kindBytes)) };
    default:
      return null;
  }
}

/** Kit calls its arrays read-only; ours are so by convention. */
function withSeed<T extends { readonly seed: unknown }>(fields: T): Omit<T, "seed"> & { readonly seed: Seed } {
  return { ...fields, seed: fields.seed as Uint8Array };
}
