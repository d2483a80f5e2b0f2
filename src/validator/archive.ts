/**
 * The newest rooted blocks, for peers that are further behind. A root only rises, so that they stand in the order of their
 * slots without being sorted:
 *
 *     blocksMax 3:   4 5 7   blocks [4 5 7]  oldest 0
 *     archive 8      5 7 8   blocks [8 5 7]  oldest 1
 *
 * Every validator archives a block in every slot, and hardly one is ever asked for: the index is made when somebody asks,
 * and again when he asks after a newer block has come.
 */
import { assert } from "../base/assert.ts";
import type { Block } from "../chain/block.ts";
import type { Hash } from "../chain/ids.ts";

/** Plain data. */
export type Archive = {
  /** A ring, once it is full. */
  readonly blocks: Block[];
  /** Where the oldest stands in the ring. */
  oldest: number;
};

/** Of those who were asked since their newest block came: an older index would keep blocks that are gone. */
const indices = new WeakMap<Archive, ReadonlyMap<Hash, Block>>();

export function createArchive(): Archive {
  return { blocks: [], oldest: 0 };
}

/** Keeps the newest `blocksMax`, which is the same at every call. What is not newer than the newest is there already. */
export function archive(archived: Archive, block: Block, blocksMax: number): void {
  const { blocks, oldest } = archived;
  const newest = newestOf(archived);
  if (blocksMax < 1 || (newest !== undefined && block.slot <= newest.slot)) return;
  assert(blocks.length <= blocksMax, `the bound has changed: ${blocks.length} blocks, at most ${blocksMax}`);
  indices.delete(archived);
  if (blocks.length < blocksMax) {
    blocks.push(block);
    return;
  }
  blocks[oldest] = block;
  archived.oldest = (oldest + 1) % blocksMax;
}

export function archivedBlock(archived: Archive, blockId: Hash): Block | null {
  let index = indices.get(archived);
  if (index === undefined) {
    index = new Map(archived.blocks.map((block) => [block.blockId, block]));
    indices.set(archived, index);
  }
  return index.get(blockId) ?? null;
}

/** The block archived first of those that are kept, or undefined. */
export function oldestOf({ blocks, oldest }: Archive): Block | undefined {
  return blocks[oldest];
}

function newestOf({ blocks, oldest }: Archive): Block | undefined {
  return blocks.at(oldest - 1);
}
