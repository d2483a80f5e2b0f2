/** Small transactions for tests: named key pairs, the System program's instructions, and accounts in a Map. */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Instruction as KitInstruction } from "@solana/kit";
import { utf8Bytes } from "../../src/base/bytes.ts";
import type { Account } from "../../src/chain/account.ts";
import { systemProgramAddress } from "../../src/chain/addresses.ts";
import { createTransaction, type InstructionRequest } from "../../src/chain/create-transaction.ts";
import type { Keypair, SignatureScheme } from "../../src/chain/crypto.ts";
import { portableEd25519 } from "../../src/chain/ed25519.ts";
import { createEpochSchedule } from "../../src/chain/epoch-schedule.ts";
import type { AccountsWriter } from "../../src/chain/execute-transaction.ts";
import type { ExecutionEnv } from "../../src/chain/execution.ts";
import { type Address, addressBytes, epochOf, hashOf, lamportsOf, slotOf } from "../../src/chain/ids.ts";
import { profiles } from "../../src/chain/params.ts";
import { nativeProgramAccounts } from "../../src/chain/programs/native-accounts.ts";
import { createStakeHistory } from "../../src/chain/stake-activation.ts";
import type { Transaction, Verified } from "../../src/chain/transaction.ts";

const keypairs = new Map<string, Keypair>();

/** The same pair for the same name. */
export function keypairOf(name: string): Keypair {
  const known = keypairs.get(name) ?? portableEd25519.createKeypair(sha256(utf8Bytes(name)));
  keypairs.set(name, known);
  return known;
}

export const addressNamed = (name: string): Address => keypairOf(name).address;

export const recentBlockhash = hashOf(sha256(utf8Bytes("blockhash")));

/** Signs with a constant and accepts anything: for tests that execute much and check no signature. */
export const fakeScheme: SignatureScheme = {
  name: "ed25519",
  isPublicKey: () => true,
  createKeypair: portableEd25519.createKeypair,
  sign: () => new Uint8Array(64).fill(7),
  verify: () => true,
};

/** A kit instruction (of an official program client) as a request. */
export function requestOf(instruction: KitInstruction): InstructionRequest {
  return {
    programAddress: instruction.programAddress,
    accounts: (instruction.accounts ?? []).map(({ address, role }) => ({
      address,
      isSigner: role >= 2,
      isWritable: role % 2 === 1,
    })),
    data: Uint8Array.from(instruction.data ?? []),
  };
}

/** A transaction that the named pairs sign, the first of them paying. */
export function transactionOf(
  signers: readonly string[],
  instructions: readonly InstructionRequest[],
  scheme: SignatureScheme = fakeScheme,
): Verified<Transaction> {
  const [feePayer, ...others] = signers.map(keypairOf);
  return createTransaction({ scheme, feePayer: feePayer!, signers: others, instructions, recentBlockhash });
}

export function plainAccount(lamports: bigint, change: Partial<Account> = {}): Account {
  return {
    lamports: lamportsOf(lamports),
    owner: systemProgramAddress,
    data: new Uint8Array(0),
    executable: false,
    ...change,
  };
}

/** Accounts in a plain Map, the native programs among them. */
export type AccountsMap = AccountsWriter & { readonly map: Map<Address, Account> };

export function accountsOf(named: Readonly<Record<string, Account>>): AccountsMap {
  const map = new Map<Address, Account>(nativeProgramAccounts());
  for (const [name, account] of Object.entries(named)) map.set(addressNamed(name), account);
  return {
    map,
    get: (address) => map.get(address) ?? null,
    set(address, account) {
      if (account === null) map.delete(address);
      else map.set(address, account);
    },
  };
}

export const testEnv: ExecutionEnv = {
  params: profiles.lab,
  slot: slotOf(5),
  epoch: epochOf(0),
  unixTimestamp: 1_700_000_000n,
  blockIdAt: () => null,
  epochs: createEpochSchedule(profiles.lab.slotsPerEpoch, profiles.lab.epochWarmup),
  genesisHash: hashOf(sha256(utf8Bytes("genesis"))),
  stakeTableAt: () => null,
  stakeHistory: createStakeHistory([]),
  isEpochRewardsActive: false,
  verifySignature: (signature, message, signer) => portableEd25519.verify(signature, message, addressBytes(signer)),
};
