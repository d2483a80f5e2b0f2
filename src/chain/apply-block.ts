/**
 * Replay: a block on top of its parent's bank gives the next bank, or a refusal that says which rule it broke.
 * A pure function of (chain, parent bank, block).
 *
 *     place      its parent is this bank, its slot is later
 *     ticks      it carries those of every slot since its parent: who claims a far slot must have filled it
 *     leader     its leader owns the slot
 *     identity   its id is the hash of its content, and its leader signed it
 *     clock      its size; its hashes continue the parent's PoH chain
 *     content    counts, every transaction signature
 *     state      executing it gives the state hash it claims
 *
 * Cheap checks come first, so that a stranger's bad block costs little.
 */
import { equalBytes } from "../base/bytes.ts";
import { accept, type Outcome, type Refusal, refuse } from "../base/refusal.ts";
import { type Bank, executeInBank, freezeBank, openBank, sealBank } from "./bank.ts";
import { type Block, blockBytes, blockSignatureMessage, computeBlockId, transactionsOf } from "./block.ts";
import { blockBytesLimit } from "./block-size.ts";
import type { Chain } from "./chain.ts";
import { checkTicks, verifyEntryChain } from "./entry.ts";
import { addressBytes, hashBytes } from "./ids.ts";
import { leaderAfter } from "./leaders.ts";
import { verifyTransactionSignatures } from "./parse-transaction.ts";
import type { Transaction, Verified } from "./transaction.ts";

export type BlockRefusal =
  | "block-id-wrong"
  | "block-signature-invalid"
  | "block-parent-wrong"
  | "block-slot-not-after-parent"
  | "slot-leader-wrong"
  | "block-too-large"
  | "block-transactions-too-many"
  | "poh-ticks-wrong"
  | "poh-hash-wrong"
  | "transaction-signature-invalid"
  | "transaction-barred"
  | "block-compute-units-exceeded"
  | "state-hash-wrong";

export function applyBlock(chain: Chain, parent: Bank, block: Block): Outcome<Bank, BlockRefusal> {
  return (
    checkPlace(parent, block) ??
    checkTickCounts(chain, block) ??
    checkLeader(chain, parent, block) ??
    checkBlockIdentity(chain, block) ??
    checkClock(chain, parent, block) ??
    replay(chain, parent, block)
  );
}

function checkPlace(parent: Bank, block: Block): Refusal<BlockRefusal> | null {
  const { slot, parentSlot, parentId } = block;
  if (parentId !== parent.blockId || parentSlot !== parent.slot) {
    return refuse("block-parent-wrong", {
      slot,
      parentSlot,
      parentId,
      expectedSlot: parent.slot,
      expected: parent.blockId,
    });
  }
  if (slot <= parent.slot) return refuse("block-slot-not-after-parent", { slot, parentSlot: parent.slot });
  return null;
}

/** Before the leader, because schedules of far epochs cost work that a far slot's ticks must first have paid for. */
function checkTickCounts(chain: Chain, block: Block): Refusal<BlockRefusal> | null {
  const { slot, parentSlot } = block;
  const { ticksPerSlot, hashesPerTick } = chain.params;
  const entries = block.entries.map(({ numHashes, transactions }) => ({
    numHashes,
    isTick: transactions.length === 0,
  }));
  const ticks = checkTicks({ slot, parentSlot, ticksPerSlot, hashesPerTick, entries });
  if (ticks !== null) return refuse("poh-ticks-wrong", { slot, rule: ticks.code, ...ticks.facts });
  // Where hashes are not counted, a tick is one at least: a blockhash that stands still would let transactions land twice.
  const still = entries.findIndex(({ numHashes, isTick }) => isTick && numHashes === 0);
  return still === -1 ? null : refuse("poh-ticks-wrong", { slot, rule: "tick-without-hash", index: still });
}

function checkLeader(chain: Chain, parent: Bank, block: Block): Refusal<BlockRefusal> | null {
  const { slot, leader } = block;
  const expected = leaderAfter(chain, parent, slot).identity;
  if (leader !== expected) return refuse("slot-leader-wrong", { slot, leader, expected });
  return null;
}

/** What can be known of a block without its parent: its id is that of all of it, and its leader signed it. */
export function checkBlockIdentity(chain: Chain, block: Block): Refusal<BlockRefusal> | null {
  const { slot, blockId, leader, signature, blockhash } = block;
  const computed = computeBlockId(block, chain.genesisHash);
  if (blockId !== computed) return refuse("block-id-wrong", { slot, blockId, computed });
  const last = block.entries.at(-1);
  if (last === undefined || !equalBytes(last.hash, hashBytes(blockhash))) {
    return refuse("block-id-wrong", { slot, blockhash, problem: "blockhash is not the last entry's hash" });
  }
  if (!chain.crypto.signatures.verify(signature, blockSignatureMessage(blockId), addressBytes(leader))) {
    return refuse("block-signature-invalid", { slot, blockId, leader });
  }
  return null;
}

function checkClock(chain: Chain, parent: Bank, block: Block): Refusal<BlockRefusal> | null {
  const { params, crypto } = chain;
  const { slot, parentSlot } = block;
  const bytes = blockBytes(block);
  const bytesMax = blockBytesLimit(params, slot, parentSlot);
  if (bytes > bytesMax) return refuse("block-too-large", { slot, bytes, bytesMax });
  const entries = block.entries.map(({ numHashes, hash, transactions }) => ({
    numHashes,
    hash,
    signatures: transactions.flatMap(({ signatures }) => signatures),
  }));
  // Without a fixed number of hashes a tick, an entry is one hash: nobody makes others hash for ever.
  const hashesMax = params.hashesPerTick === 0 ? entries.length : Number.MAX_SAFE_INTEGER;
  const verified = verifyEntryChain(hashBytes(parent.blockhash), entries, crypto.poh, hashesMax);
  if (!verified.ok) return refuse("poh-hash-wrong", { slot, entry: verified.index, rule: verified.code });
  return null;
}

function verifySignatures(chain: Chain, block: Block): Outcome<Verified<Transaction>[], BlockRefusal> {
  const { slot } = block;
  const { blockTransactionsMax } = chain.params;
  const count = block.entries.reduce((sum, { transactions }) => sum + transactions.length, 0);
  if (count > blockTransactionsMax) return refuse("block-transactions-too-many", { slot, count, blockTransactionsMax });
  const verified: Verified<Transaction>[] = [];
  for (const transaction of transactionsOf(block)) {
    const checked = verifyTransactionSignatures(transaction, chain.crypto.signatures);
    if (!checked.ok) {
      return refuse("transaction-signature-invalid", { slot, signature: transaction.signature, ...checked.facts });
    }
    verified.push(checked.value);
  }
  return accept(verified);
}

function replay(chain: Chain, parent: Bank, block: Block): Outcome<Bank, BlockRefusal> {
  const { slot, leader, blockId, stateHash } = block;
  const verified = verifySignatures(chain, block);
  if (!verified.ok) return verified;
  const working = openBank(chain, parent, slot, leader);
  for (const transaction of verified.value) {
    const barred = executeInBank(working, transaction);
    if (barred !== null) {
      return refuse("transaction-barred", { slot, signature: transaction.signature, error: JSON.stringify(barred) });
    }
    if (working.computeUnits > chain.params.blockComputeUnitsMax) {
      return refuse("block-compute-units-exceeded", { slot, unitsMax: chain.params.blockComputeUnitsMax });
    }
  }
  const frozen = freezeBank(working, block.blockhash);
  if (frozen.stateHash !== stateHash)
    return refuse("state-hash-wrong", { slot, claimed: stateHash, replayed: frozen.stateHash });
  return accept(sealBank(chain, parent, frozen, blockId));
}
