/**
 * Whether a transaction may land on a bank: the blockhash that it names is one of the fork's last `blockhashTtl`, and it
 * has not landed since.
 *
 *     blocks   5   6   7   8 (the bank)        landed  in 6: a   in 8: b
 *     a, which names 5's blockhash: AlreadyProcessed         c, which names 7's: may land, since 7
 *
 * A bank's recent blocks say it all, and are hundreds. So the memory keeps one fork's blocks, and where what landed in
 * them stands, and moves along with the banks that are asked about: to a child, by what landed in one block; to another
 * fork, from where they parted. A memory of a pure function: it changes no answer, and `scanLanding` is the same without.
 */
import { assert } from "../base/assert.ts";
import type { Bank, RecentBlock } from "./bank.ts";
import type { TransactionError } from "./execution.ts";
import type { Hash } from "./ids.ts";
import type { Transaction } from "./transaction.ts";

export type LandingMemory = {
  /** A fork's blocks, oldest first, without gaps in height. */
  blocks: RecentBlock[];
  /** Heights: by the blockhashes of `blocks`, and by the message hashes of what landed in them. */
  readonly heightOf: Map<Hash, number>;
  readonly landedAt: Map<Hash, number>;
};

/** What a chain has that its landings need. */
export type LandingChain = { readonly params: { readonly blockhashTtl: number }; readonly landings: LandingMemory };

type Recent = Pick<Bank, "blockId" | "height" | "recentBlocks">;

/** Blocks kept beyond a bank's own recent ones: banks below the newest, settled ones, are asked about as well. */
const olderKept = 128;

export function createLandingMemory(): LandingMemory {
  return { blocks: [], heightOf: new Map(), landedAt: new Map() };
}

/** Height of the block whose blockhash this is, or null when it is unknown or too old to be named in the bank's child. */
export function blockhashHeight(chain: LandingChain, bank: Recent, blockhash: Hash): number | null {
  const { landings, params } = chain;
  if (!follow(landings, bank)) return scanBlockhash(bank, blockhash, params.blockhashTtl);
  const height = landings.heightOf.get(blockhash);
  return height === undefined || height > bank.height || bank.height + 1 - height > params.blockhashTtl ? null : height;
}

/** Why a transaction cannot land in a child of the bank at all, or null. */
export function checkLanding(chain: LandingChain, bank: Recent, transaction: Transaction): TransactionError | null {
  const { landings, params } = chain;
  if (!follow(landings, bank)) return scanLanding(bank, transaction, params.blockhashTtl);
  const since = blockhashHeight(chain, bank, transaction.recentBlockhash);
  if (since === null) return "BlockhashNotFound";
  const landedAt = landings.landedAt.get(transaction.messageHash);
  // It could not have landed before the block it names.
  return landedAt !== undefined && landedAt > since && landedAt <= bank.height ? "AlreadyProcessed" : null;
}

/** Whether a transaction is in one of the bank's recent blocks, be its blockhash too old by now or not. */
export function hasLanded({ landings }: Pick<LandingChain, "landings">, bank: Recent, messageHash: Hash): boolean {
  if (!follow(landings, bank)) return scanLanded(bank, messageHash);
  const landedAt = landings.landedAt.get(messageHash);
  return landedAt !== undefined && landedAt >= bank.recentBlocks[0]!.height && landedAt <= bank.height;
}

export function scanLanded({ recentBlocks }: Recent, messageHash: Hash): boolean {
  return recentBlocks.some(({ landed }) => landed.has(messageHash));
}

/** The same without a memory, which is asked where that does not reach. */
export function scanLanding(
  bank: Recent,
  { recentBlockhash, messageHash }: Transaction,
  ttl: number,
): TransactionError | null {
  const since = scanBlockhash(bank, recentBlockhash, ttl);
  if (since === null) return "BlockhashNotFound";
  for (let i = bank.recentBlocks.length - 1; i >= 0 && bank.recentBlocks[i]!.height > since; i--) {
    if (bank.recentBlocks[i]!.landed.has(messageHash)) return "AlreadyProcessed";
  }
  return null;
}

export function scanBlockhash({ height, recentBlocks }: Recent, blockhash: Hash, ttl: number): number | null {
  for (let i = recentBlocks.length - 1; i >= 0; i--) {
    const block = recentBlocks[i]!;
    if (height + 1 - block.height > ttl) return null;
    if (block.blockhash === blockhash) return block.height;
  }
  return null;
}

function blockAt({ blocks }: LandingMemory, height: number): RecentBlock | undefined {
  return blocks[height - (blocks[0]?.height ?? 0)];
}

/** Makes the memory one of the bank's fork; false when the bank's oldest blocks are older than it remembers. */
function follow(memory: LandingMemory, bank: Recent): boolean {
  const { recentBlocks } = bank;
  const oldest = recentBlocks[0];
  if (oldest === undefined) return false;
  if (blockAt(memory, bank.height)?.blockId !== bank.blockId) moveTo(memory, recentBlocks);
  return memory.blocks[0]!.height <= oldest.height;
}

function moveTo(memory: LandingMemory, recentBlocks: readonly RecentBlock[]): void {
  let shared = recentBlocks.length - 1;
  while (shared >= 0 && !isIn(memory, recentBlocks[shared]!)) shared--;
  if (shared === -1) {
    memory.blocks = [];
    memory.heightOf.clear();
    memory.landedAt.clear();
  } else {
    while (memory.blocks.at(-1)!.height > recentBlocks[shared]!.height) forget(memory, memory.blocks.pop()!);
  }
  for (const block of recentBlocks.slice(shared + 1)) {
    assert(memory.blocks.length === 0 || memory.blocks.at(-1)!.height + 1 === block.height, "ancestors have no gaps");
    memory.blocks.push(block);
    memory.heightOf.set(block.blockhash, block.height);
    for (const messageHash of block.landed) memory.landedAt.set(messageHash, block.height);
  }
  while (memory.blocks.length > recentBlocks.length + olderKept) forget(memory, memory.blocks.shift()!);
}

function isIn(memory: LandingMemory, block: RecentBlock): boolean {
  return blockAt(memory, block.height)?.blockId === block.blockId;
}

function forget({ heightOf, landedAt }: LandingMemory, { blockhash, height, landed }: RecentBlock): void {
  if (heightOf.get(blockhash) === height) heightOf.delete(blockhash);
  for (const messageHash of landed) if (landedAt.get(messageHash) === height) landedAt.delete(messageHash);
}
