/**
 * The heaviest fork, weighed again: each honest validator's weights must be what the votes it has heard give, and the tip it
 * calls heaviest the one that a plain walk finds.
 *
 *     votes   A (40) -> 8,  B (35) -> 6,  C (25) -> 7        5: 100   6: 75   8: 40   7: 25        heaviest 8
 *     6 and 7 of one weight: the lower slot, then the smaller id, whichever came first
 *
 * Nor may one of two blocks of a leader for a slot be followed as if it were the only one.
 * Only where there are forks: a chain without any has one tip.
 */
import { compareBytes } from "../../base/bytes.ts";
import { hashBytes } from "../../chain/ids.ts";
import type { BlockNode, BlockTree } from "../../consensus/block-tree.ts";
import { stakeIn } from "../../consensus/stake-sum.ts";
import type { TowerBftMemory } from "../../consensus/tower-bft.ts";
import type { Validator } from "../../validator/validator.ts";
import type { Checker, CheckerContext } from "./checker.ts";

const checker = "fork-choice";

export function createForkChoiceChecker({ cluster, chronicle, accuse }: CheckerContext): Checker {
  return {
    name: checker,
    onSlot() {
      for (const [node, { validator, online }] of cluster.nodes.entries()) {
        if (!online || chronicle.misbehaved.has(node) || validator.consensus.name !== "tower-bft") continue;
        const problem = problemOf(validator);
        if (problem === null) continue;
        accuse({
          checker,
          validator: node,
          message: "its heaviest fork is not what its votes give",
          facts: { problem },
        });
      }
    },
  };
}

function problemOf({ tree, consensus }: Validator): string | null {
  const hasForks = [...tree.nodes.values()].some(({ children }) => children.length > 1);
  if (!hasForks) return null;
  const weights = new Map<BlockNode, bigint>();
  for (const { blockId, voteAccount } of consensus.votes()) {
    const voted = tree.nodes.get(blockId);
    const stake = voted?.stakes.byVoteAccount.get(voteAccount)?.stake ?? 0n;
    for (let at: BlockNode | null = voted ?? null; at !== null; at = at.parent) {
      weights.set(at, (weights.get(at) ?? 0n) + stake);
    }
  }
  const weightOf = (node: BlockNode) => weights.get(node) ?? 0n;
  for (const node of tree.nodes.values()) {
    const weight = stakeIn(node.weight);
    if (weight !== weightOf(node)) return `${node.slot} weighs ${weight}, and must ${weightOf(node)}`;
  }
  const twin = untreatedTwin(tree);
  if (twin !== null)
    return `${twin.slot} ${twin.blockId} is one of two blocks of its leader, and is followed all the same`;
  const { heaviest, isHeaviestStale } = consensus.memory as TowerBftMemory;
  if (isHeaviestStale) return null;
  let at = tree.root;
  for (;;) {
    const candidates = at.children.filter(({ duplicate }) => duplicate !== "unconfirmed");
    const [best] = candidates.sort((a, b) => compareByWeight(weightOf(a), weightOf(b)) || comparePlaces(a, b));
    if (best === undefined) break;
    at = best;
  }
  return at === heaviest
    ? null
    : `the heaviest tip is ${at.slot} ${at.blockId}, and not ${heaviest.slot} ${heaviest.blockId}`;
}

/** A block whose leader signed another one for its slot is no candidate, unless more than 52 % made it one again. */
function untreatedTwin({ nodes, root }: BlockTree): BlockNode | null {
  const first = new Map<string, BlockNode>();
  for (const node of nodes.values()) {
    if (node === root) continue;
    const place = `${node.slot} ${node.bank.leader}`;
    const twin = first.get(place);
    if (twin === undefined) first.set(place, node);
    else if (node.duplicate === "none") return node;
    else if (twin.duplicate === "none") return twin;
  }
  return null;
}

function compareByWeight(a: bigint, b: bigint): number {
  return a === b ? 0 : a > b ? -1 : 1;
}

function comparePlaces(a: BlockNode, b: BlockNode): number {
  return a.slot - b.slot || compareBytes(hashBytes(a.blockId), hashBytes(b.blockId));
}
