/**
 * A block as getBlock answers it, and the same for whoever is notified of blocks.
 *
 *     { blockhash, previousBlockhash, parentSlot, blockHeight, blockTime, transactions: […], rewards: [{ …, rewardType: "Fee" }] }
 *
 * Source: agave, transaction-status UiConfirmedBlock.
 */

import { systemProgramAddress } from "../chain/addresses.ts";
import type { EpochRewards } from "../chain/epoch-rewards.ts";
import { commissionPercentOf } from "../chain/vote-state.ts";
import {
  encodeTransactionAccounts,
  encodeTransactionWithMeta,
  type TransactionFormat,
  transactionFormatFields,
} from "./encode-transaction.ts";
import { answered, type RpcOutcome } from "./errors.ts";
import type { BlockHeader, LedgerBlock, NodeView } from "./node-view.ts";
import { booleanSchema, choiceSchema } from "./params.ts";

export type TransactionDetails = "full" | "accounts" | "signatures" | "none";

export type BlockFormat = TransactionFormat & {
  /** "full" when absent. */
  readonly transactionDetails?: TransactionDetails | undefined;
  /** True when absent. */
  readonly rewards?: boolean | undefined;
};

/** For the configs of methods that answer with blocks. */
export const blockFormatFields = {
  ...transactionFormatFields,
  transactionDetails: choiceSchema(["full", "accounts", "signatures", "none"]),
  rewards: booleanSchema,
};

/** What Solana gives for a parent that is not known any more. */
const unknownBlockhash = systemProgramAddress;

/** What stands around a block: for its parent's blockhash. */
export type BlockSurroundings = Pick<NodeView, "chain" | "ledger">;

export function encodeBlockFor(around: BlockSurroundings, block: LedgerBlock, format: BlockFormat): RpcOutcome<object> {
  const { header } = block;
  const transactions = encodeTransactions(block, format);
  if (!transactions.ok) return transactions;
  const begun = rewardsBegunBy(header);
  const partitions = begun === null ? {} : { numRewardPartitions: begun.partitions.length };
  return answered({
    blockhash: header.blockhash,
    previousBlockhash: previousBlockhash(around, block),
    parentSlot: header.parentSlot,
    blockHeight: header.height,
    blockTime: header.unixTimestamp,
    ...transactions.value,
    ...(format.rewards === false ? {} : { rewards: encodeRewards(block) }),
    ...partitions,
  });
}

/** What the block's boundary reckoned, when it is the first of its epoch; the next blocks pay it. Null for all others. */
export function rewardsBegunBy({ rewardsProgress, height }: BlockHeader): EpochRewards | null {
  return rewardsProgress?.rewards.startHeight === height + 1 ? rewardsProgress.rewards : null;
}

function previousBlockhash({ chain, ledger }: BlockSurroundings, { block, header }: LedgerBlock): string {
  if (block.parentId === chain.genesisHash) return chain.genesisHash;
  return ledger.headerAt(header.parentSlot)?.blockhash ?? unknownBlockhash;
}

function encodeTransactions({ results }: LedgerBlock, format: BlockFormat): RpcOutcome<object> {
  const { transactionDetails = "full" } = format;
  if (transactionDetails === "none") return answered({});
  if (transactionDetails === "signatures") {
    return answered({ signatures: results.map(({ transaction }) => transaction.signature) });
  }
  const encode = transactionDetails === "full" ? encodeTransactionWithMeta : encodeTransactionAccounts;
  const transactions: object[] = [];
  for (const result of results) {
    const encoded = encode(result, format);
    if (!encoded.ok) return encoded;
    transactions.push(encoded.value);
  }
  return answered({ transactions });
}

/** As Solana writes them; slashing is ours. */
const rewardTypeNames = { fee: "Fee", voting: "Voting", staking: "Staking", slashing: "Slashing" } as const;

function encodeRewards({ header: { rewards } }: LedgerBlock) {
  return rewards.map(({ address, lamports, postBalance, type, commissionBps }) => ({
    pubkey: address,
    lamports,
    postBalance,
    rewardType: rewardTypeNames[type],
    commission: commissionBps === null ? null : commissionPercentOf(commissionBps),
    ...(commissionBps === null ? {} : { commissionBps }),
  }));
}
