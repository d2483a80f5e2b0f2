/**
 * A block of the past, kept small: its bytes, and what its transactions did as one text. Taken apart, a block of a few
 * votes is some hundred objects; a long history of those would not fit into memory.
 *
 *     { block, header, results } ──pack──> { header, bytes, results: '[[null,5000,0,["Program Vote1… invoke [1]",…],…]]' } ──unpack──> the same
 */
import { base64 } from "@scure/base";
import { assert, assertDefined } from "../base/assert.ts";
import { decodeBlock, encodeBlock, transactionsOf } from "../chain/block.ts";
import type { Chain } from "../chain/chain.ts";
import type { TransactionError, TransactionResult } from "../chain/execution.ts";
import { type Address, type Lamports, lamportsOf } from "../chain/ids.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import { formatJson, parseJson } from "./json.ts";
import { createMarks } from "./key-marks.ts";
import type { BlockHeader, LedgerBlock } from "./node-view.ts";

export type PackedBlock = {
  readonly header: BlockHeader;
  readonly bytes: Uint8Array;
  readonly results: string;
  /** Of the addresses that its transactions name. */
  readonly marks: Uint32Array;
};

type PackedAmount = number | bigint;

type PackedResult = readonly [
  error: TransactionError | null,
  base: PackedAmount,
  priority: PackedAmount,
  logs: readonly string[],
  computeUnitsConsumed: number,
  loadedAccountsBytes: number,
  preBalances: readonly PackedAmount[],
  postBalances: readonly PackedAmount[],
  isVote: boolean,
  /** Program and base64. */
  returnData: readonly [Address, string] | null,
];

export function packBlock({ block, header, results }: LedgerBlock): PackedBlock {
  return Object.freeze({
    header,
    bytes: encodeBlock(block),
    results: `[${results.map(packResult).join(",")}]`,
    marks: createMarks(results),
  });
}

export function unpackBlock(packed: PackedBlock, chain: Chain): LedgerBlock {
  const decoded = decodeBlock(packed.bytes, chain.params, chain.genesisHash);
  const parsed = parseJson(packed.results);
  assert(decoded.ok && parsed.ok, `block of slot ${packed.header.slot} does not unpack`);
  const results = parsed.value as readonly PackedResult[];
  // They were verified when the block was replayed, before it was packed.
  const transactions = [...transactionsOf(decoded.value)] as Verified<Transaction>[];
  assert(results.length === transactions.length, "a result per transaction");
  return {
    block: decoded.value,
    header: packed.header,
    results: transactions.map((transaction, index) =>
      unpackResult(transaction, assertDefined(results[index], "a result")),
    ),
  };
}

/** What one payment of a header takes, and one stake's share in what an epoch earned (from which it is explained). */
const paymentBytes = 192;
const shareBytes = 512;

/** What it takes in bytes, with a guess for what stands around them. */
export function weightOfPacked({ bytes, results, marks, header: { rewards, rewardsProgress } }: PackedBlock): number {
  // All headers of an epoch share what the one before it earned: it counts with the first, which pays no partition yet.
  const unpaid = rewardsProgress?.partitionsPaid === 0 ? rewardsProgress.rewards.partitions : [];
  const shares = unpaid.reduce((sum, { length }) => sum + length, 0);
  const paid = rewards.length * paymentBytes + shares * shareBytes;
  return bytes.length + results.length + marks.byteLength + paid + 1024;
}

/** As JSON: there are thousands in a block, and engines write texts faster than lists of unlike things. */
function packResult(result: TransactionResult): string {
  const { error, fee, logs, computeUnitsConsumed, loadedAccountsBytes, preBalances, postBalances, isVote } = result;
  const returned = result.returnData;
  const returnData = returned === null ? null : [returned.programAddress, base64.encode(returned.data)];
  const ran = `${JSON.stringify(logs)},${computeUnitsConsumed},${loadedAccountsBytes}`;
  const balances = `[${preBalances.join()}],[${postBalances.join()}]`;
  return `[${formatJson(error)},${fee.base},${fee.priority},${ran},${balances},${isVote},${JSON.stringify(returnData)}]`;
}

function unpackResult(transaction: Verified<Transaction>, packed: PackedResult): TransactionResult {
  const [error, base, priority, logs, computeUnitsConsumed, loadedAccountsBytes, pre, post, isVote, returned] = packed;
  return {
    transaction,
    error,
    fee: { base: unpackAmount(base), priority: unpackAmount(priority) },
    logs,
    computeUnitsConsumed,
    loadedAccountsBytes,
    preBalances: pre.map(unpackAmount),
    postBalances: post.map(unpackAmount),
    isVote,
    returnData: returned === null ? null : { programAddress: returned[0], data: base64.decode(returned[1]) },
  };
}

function unpackAmount(amount: PackedAmount): Lamports {
  return lamportsOf(BigInt(amount));
}
