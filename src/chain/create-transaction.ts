/**
 * Our own transactions (airdrops, votes, the CLI's), compiled and signed without waiting.
 *
 *     createTransaction({ feePayer: faucet, instructions: [transfer], … })
 *     keys: faucet | other signers that are written | signers | written | the rest, programs among them
 *
 * Within a group keys are sorted by their bytes, so that the same request gives the same bytes. Source of the order of
 * groups: solana-sdk, message compilation.
 */
import { type CompiledTransactionMessage, getCompiledTransactionMessageEncoder } from "@solana/kit";
import { assert, assertDefined } from "../base/assert.ts";
import { compareBytes, concatBytes } from "../base/bytes.ts";
import { formatRefusal } from "../base/refusal.ts";
import type { Keypair, SignatureScheme } from "./crypto.ts";
import { type Address, addressBytes, type Hash } from "./ids.ts";
import { profiles } from "./params.ts";
import { parseTransaction } from "./parse-transaction.ts";
import type { Transaction, Verified } from "./transaction.ts";

export type InstructionRequest = {
  readonly programAddress: Address;
  readonly accounts: readonly {
    readonly address: Address;
    readonly isSigner: boolean;
    readonly isWritable: boolean;
  }[];
  readonly data: Uint8Array;
};

export type TransactionRequest = {
  readonly scheme: SignatureScheme;
  readonly feePayer: Keypair;
  /** Whoever else signs; the fee payer may be repeated. */
  readonly signers?: readonly Keypair[];
  readonly instructions: readonly InstructionRequest[];
  readonly recentBlockhash: Hash;
  readonly version?: "legacy" | 0;
};

const messageEncoder = getCompiledTransactionMessageEncoder();

/** Asserts that every signer's key pair was given and that the transaction keeps to Solana's limits. */
export function createTransaction(request: TransactionRequest): Verified<Transaction> {
  const { scheme, feePayer, signers = [] } = request;
  const { staticAccounts, ...message } = compileMessage(request);
  const messageBytes = messageEncoder.encode({ ...message, staticAccounts }) as Uint8Array;
  const signatures = staticAccounts.slice(0, message.header.numSignerAccounts).map((address) => {
    const keypair = [feePayer, ...signers].find((signer) => signer.address === address);
    return scheme.sign(messageBytes, assertDefined(keypair, `the key pair of signer ${address}`));
  });
  const bytes = concatBytes(Uint8Array.of(signatures.length), ...signatures, messageBytes);
  const parsed = parseTransaction(bytes, profiles.solana);
  assert(parsed.ok, parsed.ok ? "" : `our own transaction is refused: ${formatRefusal(parsed)}`);
  return parsed.value as Verified<Transaction>;
}

type Role = { isSigner: boolean; isWritable: boolean };

function compileMessage(request: TransactionRequest): CompiledTransactionMessage & { lifetimeToken: string } {
  const roles = collectRoles(request);
  const sorted = [...roles].sort(([a], [b]) => compareBytes(addressBytes(a), addressBytes(b)));
  const group = (isSigner: boolean, isWritable: boolean) =>
    sorted.filter(([, role]) => role.isSigner === isSigner && role.isWritable === isWritable).map(([key]) => key);
  const readonlySigners = group(true, false);
  const readonlyOthers = group(false, false);
  const signers = [request.feePayer.address, ...group(true, true), ...readonlySigners];
  const staticAccounts = [...signers, ...group(false, true), ...readonlyOthers];
  const indexOf = new Map(staticAccounts.map((address, index) => [address, index]));
  const indexAt = (address: Address) => assertDefined(indexOf.get(address), "every address was collected");
  return {
    version: request.version ?? "legacy",
    header: {
      numSignerAccounts: signers.length,
      numReadonlySignerAccounts: readonlySigners.length,
      numReadonlyNonSignerAccounts: readonlyOthers.length,
    },
    staticAccounts,
    lifetimeToken: request.recentBlockhash,
    instructions: request.instructions.map((instruction) => ({
      programAddressIndex: indexAt(instruction.programAddress),
      accountIndices: instruction.accounts.map((account) => indexAt(account.address)),
      data: instruction.data,
    })),
  };
}

/** What each address but the fee payer's is asked to be, over all instructions. */
function collectRoles(request: TransactionRequest): Map<Address, Role> {
  const roles = new Map<Address, Role>();
  for (const { programAddress, accounts } of request.instructions) {
    for (const { address, isSigner, isWritable } of [
      ...accounts,
      { address: programAddress, isSigner: false, isWritable: false },
    ]) {
      const role = roles.get(address);
      roles.set(address, {
        isSigner: isSigner || role?.isSigner === true,
        isWritable: isWritable || role?.isWritable === true,
      });
    }
  }
  roles.delete(request.feePayer.address);
  return roles;
}
