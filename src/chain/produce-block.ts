/**
 * What a leader does in its slot: execute, mix, tick, sign.
 *
 *     parent bank ──> [ticks of skipped slots] [votes] [transactions, in batches] [remaining ticks] ──> signed block
 *
 * Everything that lands is mixed into the PoH chain at once, batch by batch, so its place in time is fixed by hashes.
 */
import { assertDefined } from "../base/assert.ts";
import { type Bank, executeInBank, freezeBank, openBank, sealBank, type WorkingBank } from "./bank.ts";
import { type Block, blockSignatureMessage, computeBlockId, type Entry, lastHash, nameBlock } from "./block.ts";
import { blockBytesLimit, bytesInBlock, emptyBlockBytes } from "./block-size.ts";
import type { Chain } from "./chain.ts";
import type { Keypair } from "./crypto.ts";
import type { PohEntry } from "./entry.ts";
import type { TransactionError } from "./execution.ts";
import { hashBytes, type Slot } from "./ids.ts";
import { computeMixin } from "./mixin.ts";
import { createPohRecorder, type PohRecorder } from "./poh.ts";
import type { Transaction, Verified } from "./transaction.ts";

export type Candidate = {
  readonly transaction: Verified<Transaction>;
  /** The most it may consume. */
  readonly computeUnitLimit: number;
};

export type ProducedBlock = {
  readonly block: Block;
  readonly bank: Bank;
  /** Candidates that cannot land on this fork. Those left out for want of room are in neither list. */
  readonly barred: readonly { readonly transaction: Verified<Transaction>; readonly error: TransactionError }[];
};

const noTransactions: readonly Transaction[] = [];

/** Transactions mixed in by one PoH hash, as many as fit one of Solana's entries. */
const batchMax = 64;

export function produceBlock(
  chain: Chain,
  parent: Bank,
  slot: Slot,
  leader: Keypair,
  candidates: Iterable<Candidate>,
): ProducedBlock {
  const { params, crypto } = chain;
  const working = openBank(chain, parent, slot, leader.address);
  const skippedTicks = (slot - parent.slot - 1) * params.ticksPerSlot;
  const recorder = createPohRecorder({
    startHash: hashBytes(parent.blockhash),
    hashesPerTick: params.hashesPerTick,
    ticksTotal: skippedTicks + params.ticksPerSlot,
    kernel: crypto.poh,
  });
  const entries: Entry[] = [];
  const add = ({ numHashes, hash }: PohEntry, transactions: readonly Transaction[]) =>
    entries.push({ numHashes, hash, transactions });
  const tick = () => add(recorder.tick(), noTransactions);
  while (recorder.ticksDone < skippedTicks) tick();
  const { landed, barred } = executeCandidates(working, candidates, skippedTicks + params.ticksPerSlot);
  for (let start = 0; start < landed.length; start += batchMax) {
    const batch = landed.slice(start, start + batchMax);
    const mixin = computeMixin(batch.flatMap(({ signatures }) => signatures));
    add(recordMixin(recorder, mixin, tick), batch);
  }
  while (recorder.ticksDone < skippedTicks + params.ticksPerSlot) tick();

  const blockhash = lastHash(entries, parent.blockId);
  const frozen = freezeBank(working, blockhash);
  const { slot: parentSlot, blockId: parentId } = parent;
  const { stateHash } = frozen;
  const content = { slot, parentSlot, parentId, leader: leader.address, entries, stateHash };
  const blockId = computeBlockId(content, chain.genesisHash);
  const signature = crypto.signatures.sign(blockSignatureMessage(blockId), leader);
  return {
    block: nameBlock(content, blockId, blockhash, signature),
    bank: sealBank(chain, parent, frozen, blockId),
    barred,
  };
}

function recordMixin(recorder: PohRecorder, mixin: Uint8Array, tick: () => void) {
  let entry = recorder.record(mixin);
  if (entry === null) {
    // The last hash before a tick belongs to the tick.
    tick();
    entry = recorder.record(mixin);
  }
  return assertDefined(entry, "no room for a record after a tick");
}

/** Executes candidates in order until a limit of the block is met: count, bytes, compute units, or PoH hashes to mix into. */
function executeCandidates(working: WorkingBank, candidates: Iterable<Candidate>, ticks: number) {
  const { params } = working.chain;
  const landed: Verified<Transaction>[] = [];
  const barred: { transaction: Verified<Transaction>; error: TransactionError }[] = [];
  const records =
    params.hashesPerTick === 0 ? Number.POSITIVE_INFINITY : params.ticksPerSlot * (params.hashesPerTick - 1);
  const transactionsMax = Math.min(params.blockTransactionsMax, records * batchMax);
  const bytesMax = blockBytesLimit(params, working.slot, working.parent.slot);
  let bytes = 0;
  for (const { transaction, computeUnitLimit } of candidates) {
    if (landed.length >= transactionsMax) break;
    if (working.computeUnits + computeUnitLimit > params.blockComputeUnitsMax) continue;
    const size = bytesInBlock(transaction.bytes.length);
    const entries = ticks + Math.ceil((landed.length + 1) / batchMax);
    if (emptyBlockBytes(entries) + bytes + size > bytesMax) continue;
    const error = executeInBank(working, transaction);
    if (error !== null) {
      barred.push({ transaction, error });
      continue;
    }
    landed.push(transaction);
    bytes += size;
  }
  return { landed, barred };
}
