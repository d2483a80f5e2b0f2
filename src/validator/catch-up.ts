/**
 * Blocks that are missing: what a validator wants, whom it asks, and what it gives to others who ask.
 *
 *     block 9 comes, 8 is unknown     want 8        ask the sender of 9
 *     votes for 7' , never seen       want 7'       ask a voter for it
 *     answer 4 5 6 … (32 at most)     still wanted? ask on, above the newest that came
 *     no answer in this slot          ask another peer in the next
 *
 * An answer holds the wanted block's oldest ancestors above the asker's root first, so that each connects with the one
 * before it. What is asked for is checked like any other block. Everything here has a limit, and a want ends when the root
 * passes it: nobody can make a validator ask or answer without end.
 */
import { assertDefined } from "../base/assert.ts";
import { type Block, blockBytes } from "../chain/block.ts";
import type { Address, Hash, Slot } from "../chain/ids.ts";
import { nodeAt } from "../consensus/block-tree.ts";
import type { Effect } from "./contract.ts";
import type { Validator } from "./validator.ts";

/** A block that is missing. Plain data. */
export type Want = {
  /** It is not newer than that: once the root is there, nobody wants it. */
  readonly slotMax: Slot;
  /** Who seems to have it. */
  from: Address;
  /** On whose word it is wanted: the leader of a block that stands on it, or a voter. */
  readonly by: Address;
  /** The answer may begin above this slot. */
  above: Slot;
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
  /** The newest rooted blocks, for peers that are further behind, oldest first. */
  readonly archive: Map<Hash, Block>;
};

export function createCatchUp(): CatchUp {
  return { wants: new Map(), requests: 0, answered: new Map(), archive: new Map() };
}

export const catchUpLimits = {
  wantsMax: 64,
  /** On the word of one: an honest one's blocks lack one ancestor together. */
  wantsOfOneMax: 8,
  requestsPerSlotMax: 32,
  answersPerPeerAndSlotMax: 16,
  peersAnsweredPerSlotMax: 1024,
  blocksPerAnswerMax: 32,
  bytesPerAnswerMax: 1_000_000,
} as const;

/** Wants a block, and asks for it if that has not been done in this slot. */
export function wantBlock(
  validator: Validator,
  blockId: Hash,
  { slotMax, from, by }: Pick<Want, "slotMax" | "from" | "by">,
): Effect[] {
  const { catchUp, tree } = validator;
  const known = catchUp.wants.get(blockId);
  if (known !== undefined) {
    known.from = from;
    return known.askedIn < validator.slot ? ask(validator, blockId, known, from) : [];
  }
  if (slotMax <= tree.root.slot || catchUp.wants.size >= catchUpLimits.wantsMax) return [];
  let ofOne = 0;
  for (const want of catchUp.wants.values()) if (want.by === by) ofOne++;
  if (ofOne >= catchUpLimits.wantsOfOneMax) return [];
  const want: Want = { slotMax, from, by, above: tree.root.slot, askedIn: validator.slot, asked: 0 };
  catchUp.wants.set(blockId, want);
  return ask(validator, blockId, want, from);
}

function ask(validator: Validator, blockId: Hash, want: Want, to: Address): Effect[] {
  const { catchUp, identity, slot } = validator;
  if (to === identity.address || catchUp.requests >= catchUpLimits.requestsPerSlotMax) return [];
  catchUp.requests++;
  want.askedIn = slot;
  want.asked++;
  return [{ type: "request-blocks", to, blockId, above: want.above }];
}

/** Once a slot: blocks that votes speak of and that never came are wanted; whatever is still wanted is asked for again. */
export function onSlotOfCatchUp(validator: Validator): Effect[] {
  const { catchUp, consensus, tree } = validator;
  catchUp.requests = 0;
  catchUp.answered.clear();
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
    // Whatever came meanwhile: another peer may be on another fork.
    want.above = tree.root.slot;
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

/** Blocks came that were asked for: where they brought a want nearer, the rest is asked for at once. */
export function askOn(validator: Validator, blocks: readonly Block[], from: Address): Effect[] {
  const { catchUp, tree } = validator;
  const newest = blocks.findLast(({ blockId }) => tree.nodes.has(blockId));
  const effects: Effect[] = [];
  for (const [blockId, want] of catchUp.wants) {
    if (tree.nodes.has(blockId)) catchUp.wants.delete(blockId);
    else if (newest !== undefined && newest.slot > want.above && blocks.length > 1) {
      want.above = newest.slot;
      effects.push(...ask(validator, blockId, want, from));
    }
  }
  return effects;
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
  return [{ type: "send-blocks", to: from, blocks }];
}

/** A block in the tree or among the rooted ones. */
export function blockOf({ tree, catchUp }: Validator, blockId: Hash): Block | null {
  return nodeAt(tree, blockId)?.block ?? catchUp.archive.get(blockId) ?? null;
}

/** Keeps what was rooted, oldest first; beyond the limit the oldest go. */
export function archiveBlocks({ catchUp, limits }: Validator, blocks: readonly Block[]): void {
  const { archive } = catchUp;
  for (const block of blocks) archive.set(block.blockId, block);
  while (archive.size > limits.archiveBlocksMax) {
    archive.delete(assertDefined(archive.keys().next().value, "blocks were counted"));
  }
}
