/** The data behind the pictures, as rows to take along. */
import type { Row } from "./download.ts";
import { cellAt, type Model, type TreeBlock } from "./model.ts";

const nameOf = ({ header }: Model, index: number | null) =>
  index === null ? "" : (header.validators[index]?.name ?? "");

export function ribbonRows(model: Model): Row[] {
  const first = Math.max(model.header.firstSlot + 1, model.slot - 200);
  return Array.from({ length: model.slot + model.upcoming.length - first + 1 }, (_, index) => {
    const { slot, leader, kind } = cellAt(model, first + index);
    return { slot, leader: nameOf(model, leader), kind, blocks: (model.blocksOf.get(slot) ?? []).join(" ") };
  });
}

export function treeRows(model: Model, tree: readonly TreeBlock[]): Row[] {
  return tree.map(({ block, onChain, weight, voters, heads }) => ({
    slot: block.slot,
    block: block.id,
    parent: block.parentId,
    leader: nameOf(model, block.leader),
    onChain,
    weight,
    voters: voters.map((index) => nameOf(model, index)).join(" "),
    heads: heads.map((index) => nameOf(model, index)).join(" "),
    transactions: block.transactions,
    votes: block.votes,
  }));
}
