/** What executing a transaction needs to know and what it gives back. */
import type { TransactionError } from "@solana/kit";
import type { Account } from "./account.ts";
import type { EpochSchedule } from "./epoch-schedule.ts";
import type { Address, Epoch, Hash, Lamports, Slot } from "./ids.ts";
import type { ChainParams } from "./params.ts";
import type { StakeHistory } from "./stake-activation.ts";
import type { StakeTable } from "./stake-table.ts";
import type { Transaction, Verified } from "./transaction.ts";

export type { TransactionError };

/** A reading view of accounts: a tree, or an overlay over one. */
export interface AccountsReader {
  get(address: Address): Account | null;
}

/** The facts of the block under construction that programs may read. */
export type ExecutionEnv = {
  readonly params: ChainParams;
  readonly slot: Slot;
  readonly epoch: Epoch;
  /** Seconds. */
  readonly unixTimestamp: bigint;
  /** The block id of a recent ancestor at `slot`, or null: what votes are checked against. */
  readonly blockIdAt: (slot: Slot) => Hash | null;
  readonly epochs: EpochSchedule;
  readonly genesisHash: Hash;
  /** The stakes frozen for an epoch: the last one's, this one's and the next one's; null for others. */
  readonly stakeTableAt: (epoch: Epoch) => StakeTable | null;
  /** How the cluster's stake warmed up and cooled down, to the end of the last epoch. */
  readonly stakeHistory: StakeHistory;
  /** While an epoch's rewards are being paid out, stake accounts stand still. */
  readonly isEpochRewardsActive: boolean;
  /** Whether these 64 bytes are the address's signature of the message. */
  readonly verifySignature: (signature: Uint8Array, message: Uint8Array, signer: Address) => boolean;
};

/** What happened to one transaction that landed. Amounts are by index into `transaction.accountKeys`. */
export type TransactionResult = {
  readonly transaction: Verified<Transaction>;
  /** Null when it succeeded; otherwise only the fee was taken. */
  readonly error: TransactionError | null;
  readonly fee: TransactionFee;
  readonly logs: readonly string[];
  readonly computeUnitsConsumed: number;
  readonly loadedAccountsBytes: number;
  readonly preBalances: readonly Lamports[];
  readonly postBalances: readonly Lamports[];
  /** Whether it is a simple vote: one instruction, to the vote program. */
  readonly isVote: boolean;
  /** What the last instruction that returned something returned. */
  readonly returnData: ReturnData | null;
};

export type ReturnData = { readonly programAddress: Address; readonly data: Uint8Array };

export type TransactionFee = {
  /** lamportsPerSignature × signatures; a share is burned. */
  readonly base: Lamports;
  /** Compute unit price × limit; the leader's. */
  readonly priority: Lamports;
};
