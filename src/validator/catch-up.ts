/**
 * Blocks that are missing: what a validator wants, whom it asks, and what it gives to others who ask.
 *
 *     block 9 comes, 8 is unknown     want 8        ask the sender of 9
 *     votes for 7' , never seen       want 7'       ask a voter for it
 *     answer 4 5 6 … (32 at most)     still wanted? ask on, above the newest that came
 *     answer that hangs in the air    the fork began lower: ask on, above the root
 *     no answer in this slot          ask another peer in the next
 *
 * An answer holds the wanted block's ancestors above the slot asked for, the oldest first, so that each connects with the
 * one before it. A single block was lost most often, so the first question begins a few slots below it; and a block has the
 * same ancestors at every peer, so what was reached is never asked for again: a validator may be hundreds of slots behind,
 * with no root to begin from. What is asked for is checked like any other block. Everything here has a limit, and a want
 * ends when the root passes it: nobody can make a validator ask or answer without end.
 */
import { assertDefined } from "../base/assert.ts";
import { type Block, blockBytes } from "../chain/block.ts";
import { type Address, type Hash, type Slot, slotOf } from "../chain/ids.ts";
import { nodeAt } from "../consensus/block-tree.ts";
import { type Archive, archive, archivedBlock, createArchive } from "./archive.ts";
import { type Effect, noEffects } from "./contract.ts";
import type { Validator } from "./validator.ts";

/** A block that is missing. Plain data. */
export type Want = {
  /** It is not newer than that: once the root is there, nobody wants it. */
  readonly slotMax: Slot;
  /** Who seems to have it. */
  from: Address;
  /** On whose word it is wanted: the leader of a block that stands on it, or a voter. */
  readonly by: Address;
  /** The answer may begin above this slot: what stands there is in the tree, as far as is known. */
  above: Slot;
  /** Nothing was reached yet: `above` is a guess. */
  isGuess: boolean;
  /** An answer hung in the air, though something had been reached: somebody lied, and the next slot begins at the root. */
  isAdrift: boolean;
  /** Who was asked last. Nobody else's answer counts. */
  to: Address | null;
  /** The slot in which it was asked for last, and how often it was. */
  askedIn: Slot;
  asked: number;
};

export type CatchUp = {
  /** By block id, the oldest want first. */
  readonly wants: Map<Hash, Want>;
  /** Requests made and answered in the present slot; those answered by who asked. */
  requests: number;
  readonly answered: Map<Address, number>;
  readonly archive: Archive;
};

export function createCatchUp(): CatchUp {
  return { wants: new Map(), requests: 0, answered: new Map(), archive: createArchive() };
}

export const catchUpLimits = {
  wantsMax: 64,
  /** On the word of one: an honest one's blocks lack one ancestor together. */
  wantsOfOneMax: 8,
  requestsPerSlotMax: 32,
  answersPerPeerAndSlotMax: 16,
  peersAnsweredPerSlotMax: 1024,
  blocksPerAnswerMax: 32,
  /** So far below a wanted block the first question begins. */
  slotsBelow: 8,
  bytesPerAnswerMax: 1_000_000,
} as const;

/** Wants a block, and asks for it if that has not been done in this slot. */
export function wantBlock(
  validator: Validator,
  blockId: Hash,
  { slotMax, from, by }: Pick<Want, "slotMax" | "from" | "by">,
): Effect[] {
  const { catchUp, tree, consensus } = validator;
  const known = catchUp.wants.get(blockId);
  if (known !== undefined) {
    known.from = from;
    return known.askedIn < validator.slot ? ask(validator, blockId, known, from) : [];
  }
  if (slotMax <= tree.root.slot || catchUp.wants.size >= catchUpLimits.wantsMax) return [];
  let ofOne = 0;
  for (const want of catchUp.wants.values()) if (want.by === by) ofOne++;
  if (ofOne >= catchUpLimits.wantsOfOneMax) return [];
  const near = Math.min(slotMax, consensus.head().slot) - catchUpLimits.slotsBelow;
  const above = slotOf(Math.max(tree.root.slot, near));
  const want: Want = {
    slotMax,
    from,
    by,
    above,
    isGuess: true,
    isAdrift: false,
    to: null,
    askedIn: validator.slot,
    asked: 0,
  };
  catchUp.wants.set(blockId, want);
  return ask(validator, blockId, want, from);
}

function ask(validator: Validator, blockId: Hash, want: Want, to: Address): Effect[] {
  const { catchUp, identity, slot } = validator;
  if (to === identity.address || catchUp.requests >= catchUpLimits.requestsPerSlotMax) return [];
  catchUp.requests++;
  want.to = to;
  want.askedIn = slot;
  want.asked++;
  return [{ type: "request-blocks", to, blockId, above: want.above }];
}

/** Once a slot: blocks that votes speak of and that never came are wanted; whatever is still wanted is asked for again. */
export function onSlotOfCatchUp(validator: Validator): readonly Effect[] {
  const { catchUp, consensus, tree } = validator;
  catchUp.requests = 0;
  if (catchUp.answered.size > 0) catchUp.answered.clear();
  if (catchUp.wants.size === 0 && !consensus.isMissingBlocks()) return noEffects;
  for (const [blockId, { slotMax }] of catchUp.wants) {
    if (slotMax <= tree.root.slot || tree.nodes.has(blockId)) catchUp.wants.delete(blockId);
  }
  const effects: Effect[] = [];
  for (const { blockId, slot, voter } of consensus.missing()) {
    if (catchUp.requests >= catchUpLimits.requestsPerSlotMax / 2) break;
    const isOnItsWay = slot >= validator.slot - 1 || catchUp.wants.has(blockId) || isWaiting(validator, blockId);
    if (!isOnItsWay) effects.push(...wantBlock(validator, blockId, { slotMax: slot, from: voter, by: voter }));
  }
  // What was asked for most often in vain comes last.
  for (const [blockId, want] of [...catchUp.wants].sort(([, a], [, b]) => a.asked - b.asked)) {
    if (want.askedIn >= validator.slot) continue;
    // The root may have passed it.
    want.above = want.isAdrift ? tree.root.slot : slotOf(Math.max(want.above, tree.root.slot));
    want.isAdrift = false;
    effects.push(...ask(validator, blockId, want, peerFor(validator, want)));
  }
  return effects;
}

/** Whether the block is here, and waits for its parent or its slot. */
function isWaiting({ orphans, early }: Validator, blockId: Hash): boolean {
  if (early.some(({ block }) => block.blockId === blockId)) return true;
  for (const waiting of orphans.values()) if (waiting.some(({ block }) => block.blockId === blockId)) return true;
  return false;
}

/** First who seems to have it, then everybody in turn; each validator begins elsewhere. */
function peerFor(validator: Validator, { from, asked }: Want): Address {
  const { consensus, identity } = validator;
  const { entries } = consensus.head().stakes;
  const own = entries.findIndex((entry) => entry.identity === identity.address);
  if (asked === 0 || entries.length === 0) return from;
  return assertDefined(entries[(own + 1 + asked) % entries.length], "a place within the table").identity;
}

/** An answer came: if the block itself was not in it, the rest is asked for at once. */
export function askOn(validator: Validator, blockId: Hash, blocks: readonly Block[], from: Address): Effect[] {
  const { catchUp, tree } = validator;
  const want = catchUp.wants.get(blockId);
  if (want === undefined || want.to !== from) return [];
  if (tree.nodes.has(blockId)) {
    catchUp.wants.delete(blockId);
    return [];
  }
  const newest = blocks.findLast((block) => tree.nodes.has(block.blockId));
  if (newest !== undefined && newest.slot > want.above) want.above = newest.slot;
  else if (newest === undefined && want.isGuess && want.above > tree.root.slot) want.above = tree.root.slot;
  else {
    // No further than before: another peer is asked in the next slot.
    want.isAdrift = newest === undefined;
    return [];
  }
  want.isGuess = false;
  return ask(validator, blockId, want, from);
}

/** A peer asks: the oldest ancestors of the block above its slot, the block itself at the end if there is room. */
export function answerRequest(validator: Validator, blockId: Hash, above: Slot, from: Address): Effect[] {
  const { answered } = validator.catchUp;
  const count = answered.get(from) ?? 0;
  if (count >= catchUpLimits.answersPerPeerAndSlotMax) return [];
  if (count === 0 && answered.size >= catchUpLimits.peersAnsweredPerSlotMax) return [];
  const path: Block[] = [];
  for (let at = blockOf(validator, blockId); at !== null && at.slot > above; at = blockOf(validator, at.parentId)) {
    path.push(at);
  }
  const blocks: Block[] = [];
  let bytes = 0;
  for (
    let block = path.pop();
    block !== undefined && blocks.length < catchUpLimits.blocksPerAnswerMax;
    block = path.pop()
  ) {
    bytes += blockBytes(block);
    if (blocks.length > 0 && bytes > catchUpLimits.bytesPerAnswerMax) break;
    blocks.push(block);
  }
  if (blocks.length === 0) return [];
  answered.set(from, count + 1);
  return [{ type: "send-blocks", to: from, blockId, blocks }];
}

/** A block in the tree or among the rooted ones. */
export function blockOf({ tree, catchUp }: Validator, blockId: Hash): Block | null {
  return nodeAt(tree, blockId)?.block ?? archivedBlock(catchUp.archive, blockId);
}

/** Keeps what was rooted, oldest first (null: genesis). */
export function archiveBlock({ catchUp, limits }: Validator, block: Block | null): void {
  if (block !== null) archive(catchUp.archive, block, limits.archiveBlocksMax);
}
