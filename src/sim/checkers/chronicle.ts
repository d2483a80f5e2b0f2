/**
 * The chronicle: every block that an honest validator adopted, and which of them were ever rooted by one.
 *
 *     genesis ── 5 ── 6 ── 8        roots seen: 5, then 8      rooted: genesis 5 6 8, newest 8
 *                     └── 7         a root at 7 now conflicts: its path to genesis does not meet 8
 *
 * Ancestry is followed block by block, never guessed from slots: two roots conflict when neither is an ancestor of the
 * other, however far apart their slots are.
 */
import { assertDefined } from "../../base/assert.ts";
import type { Bank } from "../../chain/bank.ts";
import type { Block } from "../../chain/block.ts";
import type { Hash } from "../../chain/ids.ts";

export type SeenBlock = {
  readonly blockId: Hash;
  readonly parentId: Hash;
  readonly slot: number;
  readonly bank: Bank;
  /** Null for genesis. */
  readonly block: Block | null;
};

export type Chronicle = {
  readonly blocks: Map<Hash, SeenBlock>;
  /** Ids of the rooted chain. */
  readonly rooted: Set<Hash>;
  newestRoot: SeenBlock;
  /** Validators that ever acted by a Byzantine strategy. Their statements bind nobody. */
  readonly misbehaved: Set<number>;
  /** Validators that ever lost their disk, and with it their promises. */
  readonly forgetful: Set<number>;
};

/** Blocks so far below the newest root are forgotten: no validator comes back to them. */
const slotsKept = 4096;

export function createChronicle(genesisBank: Bank): Chronicle {
  const genesis = seenOf(genesisBank, null);
  return {
    blocks: new Map([[genesis.blockId, genesis]]),
    rooted: new Set([genesis.blockId]),
    newestRoot: genesis,
    misbehaved: new Set(),
    forgetful: new Set(),
  };
}

function seenOf(bank: Bank, block: Block | null): SeenBlock {
  return { blockId: bank.blockId, parentId: bank.parentId, slot: bank.slot, bank, block };
}

/** The block, as it is known, and whether it is new. */
export function addSeen(chronicle: Chronicle, bank: Bank, block: Block): { seen: SeenBlock; isNew: boolean } {
  const known = chronicle.blocks.get(bank.blockId);
  if (known !== undefined) return { seen: known, isNew: false };
  const seen = seenOf(bank, block);
  chronicle.blocks.set(seen.blockId, seen);
  return { seen, isNew: true };
}

export function parentOf(chronicle: Chronicle, seen: SeenBlock): SeenBlock | null {
  return chronicle.blocks.get(seen.parentId) ?? null;
}

/** The ancestor (or the block itself) at `slot`, or null when that slot was skipped on its fork. */
export function ancestorAtSlot(chronicle: Chronicle, seen: SeenBlock, slot: number): SeenBlock | null {
  let at: SeenBlock | null = seen;
  while (at !== null && at.slot > slot) at = parentOf(chronicle, at);
  return at !== null && at.slot === slot ? at : null;
}

/** The same for many slots of one block's ancestry, which is walked once. */
export function ancestryOf(chronicle: Chronicle, seen: SeenBlock): (slot: number) => SeenBlock | null {
  const walked = new Map([[seen.slot, seen]]);
  let at: SeenBlock | null = seen;
  return (slot) => {
    while (at !== null && at.slot > slot) {
      at = parentOf(chronicle, at);
      if (at !== null) walked.set(at.slot, at);
    }
    return walked.get(slot) ?? null;
  };
}

export type Rooting =
  | { readonly type: "known" }
  /** Newly rooted blocks, oldest first. */
  | { readonly type: "extended"; readonly path: readonly SeenBlock[] }
  | { readonly type: "conflict"; readonly newest: SeenBlock; readonly fork: SeenBlock }
  | { readonly type: "unknown" };

/** A root was seen: it lies on the rooted chain, makes it longer, or contradicts it. */
export function addRoot(chronicle: Chronicle, blockId: Hash): Rooting {
  if (chronicle.rooted.has(blockId)) return { type: "known" };
  const root = chronicle.blocks.get(blockId);
  if (root === undefined) return { type: "unknown" };
  const { newestRoot } = chronicle;
  const path: SeenBlock[] = [];
  let at: SeenBlock | null = root;
  while (at !== null && !chronicle.rooted.has(at.blockId)) {
    path.push(at);
    at = parentOf(chronicle, at);
  }
  if (at === null) return { type: "unknown" };
  if (at !== newestRoot) return { type: "conflict", newest: newestRoot, fork: at };
  path.reverse();
  for (const { blockId: id } of path) chronicle.rooted.add(id);
  chronicle.newestRoot = assertDefined(path.at(-1), "a new root extends the chain");
  forgetOld(chronicle);
  return { type: "extended", path };
}

function forgetOld({ blocks, rooted, newestRoot }: Chronicle): void {
  if (blocks.size < 2 * slotsKept) return;
  for (const [blockId, { slot }] of blocks) {
    if (slot >= newestRoot.slot - slotsKept) continue;
    blocks.delete(blockId);
    rooted.delete(blockId);
  }
}
