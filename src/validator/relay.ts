/**
 * Tells the others of a leader who signed more than one block for a slot. Who has seen only one of them weighs it like any
 * other block, and who has seen two follows neither: as long as they differ in what they have seen, the stake may stay
 * parted though nothing is wrong any more.
 *
 *     sees 6' beside 6 for the first time    ──> both, to all
 *     leads                                  ──> beside its block: both, of slots above the root where neither is confirmed
 *
 * The observer, which hears every group of a parted network, passes nothing on.
 */
import type { Block } from "../chain/block.ts";
import type { Slot } from "../chain/ids.ts";
import type { BlockTree } from "../consensus/block-tree.ts";
import { versionsOf } from "../consensus/duplicates.ts";
import type { Effect } from "./contract.ts";
import type { Validator } from "./validator.ts";

/** Slots told of again by one leader in one slot. */
const slotsToldMax = 4;

/** The second block of a slot and leader came; of a third nobody needs to hear. */
export function tellOfDuplicate({ voteAccount }: Validator, block: Block, others: readonly Block[]): Effect[] {
  if (voteAccount === null || others.length > 1) return [];
  return [...others, block].map((each) => ({ type: "relay-block", block: each }));
}

/** Once more, for those whom it did not reach; of many slots some, and in the next slot the next. */
export function tellOfDuplicatesAgain({ tree }: Validator, slot: Slot): Effect[] {
  const open: Block[][] = [];
  for (const [at, { length }] of tree.slots) if (length > 1) open.push(...openDuplicatesIn(tree, at));
  const told = open.slice(0, slotsToldMax).map((_, index) => open[(slot + index) % open.length]!);
  return told.flat().map((block) => ({ type: "relay-block", block }));
}

/** Of each leader of a slot (forks may differ in whose it is) two blocks that are no candidates, unless one is confirmed. */
function openDuplicatesIn(tree: BlockTree, slot: Slot): Block[][] {
  const nodes = tree.slots.get(slot) ?? [];
  const leaders = new Set(nodes.map(({ bank }) => bank.leader));
  return [...leaders].flatMap((leader) => {
    const versions = versionsOf(tree, slot, leader);
    if (versions.some(({ duplicate }) => duplicate === "confirmed")) return [];
    const open = versions.flatMap(({ duplicate, block }) =>
      duplicate === "unconfirmed" && block !== null ? [block] : [],
    );
    return open.length < 2 ? [] : [open.slice(0, 2)];
  });
}
