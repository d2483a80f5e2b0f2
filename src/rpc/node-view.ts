/**
 * What the RPC methods may see and ask of the node behind them. A host gives the real thing, a test a small one.
 *
 *     request ──> method(params, view) ──> response        view.bank("confirmed"), view.ledger, view.submit(…)
 */
import type { Outcome, Refusal } from "../base/refusal.ts";
import type { Bank } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import type { Chain } from "../chain/chain.ts";
import type { TransactionResult } from "../chain/execution.ts";
import type { Address, Epoch, Hash, Lamports, Signature, Slot } from "../chain/ids.ts";
import type { EpochLeaders } from "../chain/leaders.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import type { NamingTransaction } from "./address-search.ts";

export type Commitment = "processed" | "confirmed" | "finalized";

/** A block that stands, or stood, on the node's chain. */
export type LedgerBlock = {
  readonly block: Block;
  /** Facts of its bank, without the accounts, which would keep every old state alive. */
  readonly header: BlockHeader;
  readonly results: readonly TransactionResult[];
};

export type BlockHeader = Pick<
  Bank,
  | "slot"
  | "parentSlot"
  | "epoch"
  | "height"
  | "blockId"
  | "blockhash"
  | "leader"
  | "unixTimestamp"
  | "rewards"
  | "rewardsProgress"
  | "feesBurned"
  | "transactionCount"
  | "voteCount"
  | "computeUnits"
>;

export type TransactionPlace = { readonly slot: Slot; readonly index: number; readonly result: TransactionResult };

export type AddressSearch = {
  /** Newest first: where to begin, and (when it is met before there are `max`) before which transaction to end. */
  readonly newestSlot: Slot;
  readonly before: Signature | null;
  readonly until: Signature | null;
  readonly max: number;
};

/** A transaction that names the address that was searched for, and where it is. */
export type AddressPlace = NamingTransaction & { readonly slot: Slot };

/** Who led an epoch, and the PoH hash behind the draw (null where the policy has none). */
export type EpochRecord = { readonly leaders: EpochLeaders; readonly seedHash: Hash | null };

/** History, on the fork the node follows. Bounded: the oldest finalized blocks go first. */
export interface Ledger {
  /** The oldest slot that may still be asked for. */
  firstAvailableSlot(): Slot;
  /** The newest slot at this commitment. */
  newestSlot(commitment: Commitment): Slot;
  /** The block of a slot on the followed fork, or null when it was skipped, is unknown or was cleaned up. */
  blockAt(slot: Slot): LedgerBlock | null;
  /** The same block's header, and its bytes (`encodeBlock`), at less cost. */
  headerAt(slot: Slot): BlockHeader | null;
  bytesAt(slot: Slot): Uint8Array | null;
  commitmentOf(slot: Slot): Commitment;
  /** Slots with blocks, ascending, from first to last inclusive, at least at this commitment. */
  slotsBetween(first: Slot, last: Slot, commitment: Commitment): readonly Slot[];
  transactionAt(signature: Signature): TransactionPlace | null;
  /** Transactions that name an address, newest first; of one block the last first. None when `before` is unknown. */
  transactionsNaming(address: Address, search: AddressSearch): readonly AddressPlace[];
  /** Of an epoch with a finalized block in the ledger. */
  epochRecord(epoch: Epoch): EpochRecord | null;
}

export type Peer = { readonly identity: Address; readonly voteAccount: Address | null; readonly online: boolean };

export interface NodeView {
  readonly chain: Chain;
  /** Of the node that answers. */
  readonly identity: Address;
  readonly version: string;
  readonly ledger: Ledger;
  bank(commitment: Commitment): Bank;
  peers(): readonly Peer[];
  /** Where this node answers, as "host:port"; null when it has no socket. */
  rpcAddress(): string | null;
  /** Hands transactions to the node. By signature: those that its mempool has no room or reason for. */
  submit(transactions: readonly Verified<Transaction>[]): ReadonlyMap<string, Refusal>;
  /** A signed transfer from the faucet, handed to the node. */
  airdrop(to: Address, lamports: Lamports): Outcome<Signature>;
  /** Null when healthy, otherwise the number of slots it lags behind (unknown: -1). */
  slotsBehind(): number | null;
}
