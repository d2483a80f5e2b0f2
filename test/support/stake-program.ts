/**
 * The stake program as transactions reach it: a handful of accounts, one instruction at a time, nobody's real signature.
 *
 *     const world = createStakeWorld({ epoch: 10 })
 *     world.accounts.set(stake, stakeAccountWith({ type: "uninitialized" }, 5n * sol))
 *     world.run(instruction)      { error, logs, returnData }; on an error only the fee has gone
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8Bytes } from "../../src/base/bytes.ts";
import type { Account } from "../../src/chain/account.ts";
import { stakeProgramAddress, systemProgramAddress, voteProgramAddress } from "../../src/chain/addresses.ts";
import { createTransaction, type InstructionRequest } from "../../src/chain/create-transaction.ts";
import type { Keypair, SignatureScheme } from "../../src/chain/crypto.ts";
import { executeTransaction } from "../../src/chain/execute-transaction.ts";
import type { ExecutionEnv, TransactionError, TransactionResult } from "../../src/chain/execution.ts";
import {
  type Address,
  addressOf,
  epochOf,
  hashOf,
  type Lamports,
  lamportsOf,
  lamportsPerSol,
  slotOf,
} from "../../src/chain/ids.ts";
import { type ChainParams, profiles } from "../../src/chain/params.ts";
import type { InstructionError } from "../../src/chain/programs/instruction-context.ts";
import { nativeProgramAccounts } from "../../src/chain/programs/native-accounts.ts";
import { rentExemptMinimum } from "../../src/chain/rent.ts";
import {
  createDelegation,
  encodeStakeState,
  noLockup,
  type StakeDelegation,
  type StakeMeta,
  type StakeState,
  stakeAccountBytes,
} from "../../src/chain/stake-account.ts";
import { createStakeHistory } from "../../src/chain/stake-activation.ts";
import type { Transaction, Verified } from "../../src/chain/transaction.ts";
import { createVoteState, type EpochCredits, encodeVoteState, type VoteState } from "../../src/chain/vote-state.ts";

export const sol = lamportsPerSol;
export const stakeRent: bigint = rentExemptMinimum(stakeAccountBytes, profiles.solana);
export const stakeFeePayer = addressOf(sha256(utf8Bytes("stake fee payer")));

/** Solana's own minimum, as its program has it since version 5. */
export const stakeParams: ChainParams = { ...profiles.solana, stakeMinimumDelegation: sol };

export const addressNamed = (name: string): Address => addressOf(sha256(utf8Bytes(name)));

const unsigned = { name: "ed25519", sign: () => new Uint8Array(64) } as Partial<SignatureScheme> as SignatureScheme;
const keypairOf = (address: Address): Keypair => ({
  address,
  publicKey: new Uint8Array(),
  secretKey: new Uint8Array(),
});

/** A transaction with these instructions; all their signers have signed, with zeros. */
export function stakeTransactionOf(...instructions: readonly InstructionRequest[]): Verified<Transaction> {
  const signers = instructions
    .flatMap(({ accounts }) => accounts)
    .filter((account) => account.isSigner)
    .map(({ address }) => keypairOf(address));
  return createTransaction({
    scheme: unsigned,
    feePayer: keypairOf(stakeFeePayer),
    signers,
    instructions,
    recentBlockhash: hashOf(sha256(utf8Bytes("blockhash"))),
  });
}

export const metaOf = (fields: Partial<StakeMeta> & Pick<StakeMeta, "staker" | "withdrawer">): StakeMeta => ({
  rentReserve: stakeRent as Lamports,
  lockup: noLockup,
  ...fields,
});

export const delegationOf = (
  fields: Partial<Omit<StakeDelegation, "stake">> & Pick<StakeDelegation, "voteAccount"> & { readonly stake: bigint },
): StakeDelegation => ({
  ...createDelegation({ activationEpoch: 0n, creditsObserved: 0n, ...fields, stake: lamportsOf(fields.stake) }),
  ...fields,
  stake: lamportsOf(fields.stake),
});

export const stakeAccountWith = (state: StakeState | Uint8Array, lamports: bigint): Account => ({
  lamports: lamportsOf(lamports),
  owner: stakeProgramAddress,
  data: state instanceof Uint8Array ? state : encodeStakeState(state),
  executable: false,
});

export const walletWith = (lamports: bigint): Account => ({
  lamports: lamportsOf(lamports),
  owner: systemProgramAddress,
  data: new Uint8Array(0),
  executable: false,
});

/** A vote state that earned ten credits in each of these epochs. */
export function voteStateWith(epochs: readonly number[]): VoteState {
  const who = addressNamed("validator");
  const fresh = createVoteState({
    identity: who,
    authorizedVoter: who,
    withdrawer: who,
    commissionBps: 500,
    epoch: epochOf(0),
  });
  const epochCredits: EpochCredits[] = epochs.map((epoch, index) => ({
    epoch: epochOf(epoch),
    credits: 10 * (index + 1),
    previousCredits: 10 * index,
  }));
  return { ...fresh, epochCredits };
}

export const voteAccountWith = (data: VoteState | Uint8Array): Account => ({
  lamports: lamportsOf(sol),
  owner: voteProgramAddress,
  data: data instanceof Uint8Array ? data : encodeVoteState(data),
  executable: false,
});

export type StakeRun = {
  /** Of the instruction, or, as a text, of the transaction. */
  readonly error: InstructionError | string | null;
  readonly result: TransactionResult;
};

export type StakeWorld = {
  env: ExecutionEnv;
  readonly accounts: Map<Address, Account>;
  readonly run: (...instructions: readonly InstructionRequest[]) => StakeRun;
};

export function createStakeEnv(
  fields: Partial<ExecutionEnv> & { readonly epoch?: ExecutionEnv["epoch"] },
): ExecutionEnv {
  const env: Partial<ExecutionEnv> = {
    params: stakeParams,
    slot: slotOf(1_000_000),
    epoch: epochOf(10),
    unixTimestamp: 1_000_000n,
    blockIdAt: () => null,
    stakeTableAt: () => null,
    stakeHistory: createStakeHistory([]),
    isEpochRewardsActive: false,
    verifySignature: () => true,
    ...fields,
  };
  return env as ExecutionEnv;
}

/** Accounts that were not put in do not exist. The fee payer is rich. */
export function createStakeWorld(env: ExecutionEnv, ...entries: readonly (readonly [Address, Account])[]): StakeWorld {
  const accounts = new Map<Address, Account>([
    ...nativeProgramAccounts(),
    [stakeFeePayer, walletWith(1_000_000n * sol)],
    ...entries,
  ]);
  const writer = {
    get: (address: Address) => accounts.get(address) ?? null,
    set: (address: Address, account: Account | null) =>
      void (account === null ? accounts.delete(address) : accounts.set(address, account)),
  };
  const world: StakeWorld = {
    env,
    accounts,
    run: (...instructions) => {
      const outcome = executeTransaction(stakeTransactionOf(...instructions), writer, world.env);
      if (outcome.type === "refused") throw new Error(JSON.stringify(outcome.error));
      return { error: plainError(outcome.result.error), result: outcome.result };
    },
  };
  return world;
}

/** An instruction's error alone, another one as text. */
function plainError(error: TransactionError | null): InstructionError | string | null {
  if (error === null || typeof error === "string") return error;
  return "InstructionError" in error ? error.InstructionError[1] : JSON.stringify(error);
}
