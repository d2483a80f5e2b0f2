/**
 * The vote program alone: a handful of accounts, one instruction at a time, and nobody's real signature.
 *
 *     const world = createVoteWorld({ slot: 12, epoch: 4 }).put(voteAccount, …)
 *     world.run(createWithdrawVoteInstruction({ … }))      the error, or null and the accounts have changed
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { ByteWriter, utf8Bytes } from "../../src/base/bytes.ts";
import type { Account } from "../../src/chain/account.ts";
import { voteProgramAddress } from "../../src/chain/addresses.ts";
import { createTransaction, type InstructionRequest } from "../../src/chain/create-transaction.ts";
import type { Keypair, SignatureScheme } from "../../src/chain/crypto.ts";
import type { ExecutionEnv } from "../../src/chain/execution.ts";
import {
  type Address,
  addressBytes,
  addressOf,
  epochOf,
  type Hash,
  hashOf,
  lamportsOf,
  slotOf,
} from "../../src/chain/ids.ts";
import { profiles } from "../../src/chain/params.ts";
import {
  createInstructionContext,
  emptyAccount,
  type InstructionError,
  runProgram,
  type TransactionContext,
} from "../../src/chain/programs/instruction-context.ts";
import { voteProgram } from "../../src/chain/programs/vote.ts";
import { rentExemptMinimum } from "../../src/chain/rent.ts";
import type { Transaction } from "../../src/chain/transaction.ts";
import { type VoteState, voteAccountBytes } from "../../src/chain/vote-state.ts";

export const addressNamed = (name: string): Address => addressOf(sha256(utf8Bytes(name)));

/** The block id at a slot of the one chain there is. */
export const blockIdOf = (slot: number): Hash => hashOf(sha256(utf8Bytes(`block ${slot}`)));

export const voteRent: bigint = rentExemptMinimum(voteAccountBytes, profiles.solana);

export const voteAccountWith = (data: Uint8Array, lamports = voteRent): Account => ({
  lamports: lamportsOf(lamports),
  owner: voteProgramAddress,
  data,
  executable: false,
});

/** Every signature is 64 zeros: signatures are not the vote program's to verify. */
const unsigned = { name: "ed25519", sign: () => new Uint8Array(64) } as Partial<SignatureScheme> as SignatureScheme;
const keypairOf = (address: Address): Keypair => ({
  address,
  publicKey: new Uint8Array(),
  secretKey: new Uint8Array(),
});

export const voteFeePayer = addressNamed("fee payer");

/** A transaction with this one instruction; all its signers have signed. */
export function transactionOf(instruction: InstructionRequest): Transaction {
  const signers = instruction.accounts.filter((account) => account.isSigner).map(({ address }) => keypairOf(address));
  return createTransaction({
    scheme: unsigned,
    feePayer: keypairOf(voteFeePayer),
    signers,
    instructions: [instruction],
    recentBlockhash: blockIdOf(0),
  });
}

/** What of the block the vote program reads. */
export function createVoteEnv(fields: { readonly slot: number; readonly epoch: number }): ExecutionEnv {
  const env: Partial<ExecutionEnv> = {
    params: profiles.solana,
    slot: slotOf(fields.slot),
    epoch: epochOf(fields.epoch),
    unixTimestamp: 0n,
    blockIdAt: (slot) => (slot < fields.slot ? blockIdOf(slot) : null),
  };
  return env as ExecutionEnv;
}

export type VoteWorld = {
  env: ExecutionEnv;
  readonly accounts: Map<Address, Account>;
  unitsLeft: number;
  /** Whether the last instruction changed accounts before it failed: the transaction takes such changes back. */
  failedLate: boolean;
  readonly run: (instruction: InstructionRequest) => InstructionError | null;
};

/** Accounts that were not put in are empty ones of the System program. */
export function createVoteWorld(env: ExecutionEnv, ...entries: readonly (readonly [Address, Account])[]): VoteWorld {
  const accounts = new Map(entries);
  const world: VoteWorld = {
    env,
    accounts,
    unitsLeft: 0,
    failedLate: false,
    run: (instruction) => {
      const transaction = transactionOf(instruction);
      const copies = transaction.accountKeys.map((key) => accounts.get(key) ?? emptyAccount);
      const before = [...copies];
      const shared: TransactionContext = {
        transaction,
        env: world.env,
        accounts: copies,
        log: () => {},
        computeUnitsLeft: 200_000,
        dataGrowthBytes: 0,
        returnData: null,
      };
      const error = runProgram(voteProgram, createInstructionContext(shared, transaction.instructions[0]!));
      world.unitsLeft = shared.computeUnitsLeft;
      world.failedLate = error !== null && copies.some((account, index) => account !== before[index]);
      if (error === null) transaction.accountKeys.forEach((key, index) => void accounts.set(key, copies[index]!));
      return error;
    },
  };
  return world;
}

/** The account as it was written before version 4: a commission in percent, 32 former voters, no collectors. */
export function encodeVoteStateV3(state: VoteState, commissionPercent: number): Uint8Array {
  const writer = new ByteWriter(voteAccountBytes).u32(2);
  writer.bytes(addressBytes(state.node)).bytes(addressBytes(state.authorizedWithdrawer)).u8(commissionPercent);
  writer.count(state.votes.length);
  for (const vote of state.votes) writer.u8(vote.latency).count(vote.slot).u32(vote.confirmationCount);
  if (state.rootSlot === null) writer.u8(0);
  else writer.u8(1).count(state.rootSlot);
  writer.count(state.authorizedVoters.length);
  for (const entry of state.authorizedVoters) writer.count(entry.epoch).bytes(addressBytes(entry.voter));
  for (let i = 0; i < 32; i++)
    writer
      .bytes(addressBytes(addressOf(new Uint8Array(32).fill(i))))
      .count(i)
      .count(i + 1);
  writer.count(31).u8(1);
  writer.count(state.epochCredits.length);
  for (const entry of state.epochCredits) writer.count(entry.epoch).count(entry.credits).count(entry.previousCredits);
  writer.count(state.lastTimestamp.slot).i64(state.lastTimestamp.timestamp);
  return writer.bytes(new Uint8Array(voteAccountBytes - writer.length)).finish();
}
