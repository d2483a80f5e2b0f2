/**
 * What happens in a run, as it is worth telling: each event with its slot, for a readable trace and for counting.
 *
 *     fault, skipped, fork (a second block of a slot or a sibling), reorg, held (a vote, and why), rooted, equivocation,
 *     convicted, crashed, epoch
 */

import type { Refusal } from "../base/refusal.ts";
import { accountAt } from "../chain/accounts-tree.ts";
import type { Bank } from "../chain/bank.ts";
import { epochAt, firstSlotOf } from "../chain/epoch-schedule.ts";
import type { Address, Hash } from "../chain/ids.ts";
import { leaderAfter } from "../chain/leaders.ts";
import { readSlashingRecord } from "../chain/slashing/jail.ts";
import { slashingRecordAddress } from "../chain/slashing/record.ts";
import type { VoteDecision } from "../consensus/consensus.ts";
import type { Report } from "../validator/contract.ts";
import type { Cluster } from "./cluster.ts";
import type { Fault } from "./faults.ts";

export type ScenarioEvent =
  | { readonly type: "fault"; readonly slot: number; readonly fault: Fault }
  /** It could not be: who is down cannot be killed. */
  | { readonly type: "no-effect"; readonly slot: number; readonly fault: Fault; readonly refusal: Refusal }
  | { readonly type: "epoch"; readonly slot: number; readonly epoch: number }
  /** No block of this slot is on the observer's chain when it is over. */
  | { readonly type: "skipped"; readonly slot: number; readonly leader: number | null }
  /** A block whose parent has another child already. */
  | { readonly type: "fork"; readonly slot: number; readonly blockId: Hash; readonly parentSlot: number }
  /** The observer left so many blocks for another fork. */
  | {
      readonly type: "reorg";
      readonly slot: number;
      readonly depth: number;
      readonly fromSlot: number;
      readonly toSlot: number;
    }
  | {
      readonly type: "held";
      readonly slot: number;
      readonly validator: number;
      readonly decision: Extract<VoteDecision, { type: "hold" }>;
    }
  /** More than 2/3 have it under their roots, as the observer sees. */
  | { readonly type: "finalized"; readonly slot: number; readonly blockSlot: number }
  | {
      readonly type: "equivocation";
      readonly slot: number;
      readonly validator: number | null;
      readonly blockSlot: number;
    }
  | { readonly type: "convicted"; readonly slot: number; readonly validator: number; readonly convictions: number }
  | { readonly type: "crashed"; readonly slot: number; readonly validator: number; readonly message: string };

/** What was told already, so that it is told once. Plain data; whoever puts a cluster back puts this back with it. */
export type EventMemory = {
  blocks: Set<Hash>;
  /** Parents of those: whoever is one twice is where a fork begins. */
  parents: Set<Hash>;
  /** Slots whose leader signed twice. */
  twice: Set<number>;
  /** How often a validator was convicted. */
  convictions: Map<number, number>;
};

export function createEventMemory(): EventMemory {
  return { blocks: new Set(), parents: new Set(), twice: new Set(), convictions: new Map() };
}

/** Tells of a cluster's events from now on. Slots count from the chain's first. */
export function listenForEvents(
  cluster: Cluster,
  tell: (event: ScenarioEvent) => void,
  memory: EventMemory = createEventMemory(),
): () => void {
  const { chain, observer, nodes } = cluster;
  const firstSlot = chain.genesis.firstSlot;
  const numberOf = new Map<Address, number>(nodes.map(({ validator }, index) => [validator.identity.address, index]));
  const convictable = chain.genesis.validators.flatMap(({ voteAccount, identity }) => {
    const validator = numberOf.get(identity);
    return validator === undefined ? [] : [{ validator, record: slashingRecordAddress(voteAccount) }];
  });
  const now = () => cluster.slot - firstSlot;

  function onObserved(report: Report): void {
    if (report.type === "head-changed") {
      const reorg = reorgOf(cluster, report.bank, report.previous);
      if (reorg !== null) tell({ type: "reorg", slot: now(), ...reorg });
    } else if (report.type === "block-finalized") {
      tell({ type: "finalized", slot: now(), blockSlot: report.bank.slot - firstSlot });
      tellConvictions(report.bank);
    }
  }

  function tellConvictions(bank: Bank): void {
    for (const { validator, record } of convictable) {
      const count = convictionsIn(bank, record);
      if (count <= (memory.convictions.get(validator) ?? 0)) continue;
      memory.convictions.set(validator, count);
      tell({ type: "convicted", slot: now(), validator, convictions: count });
    }
  }

  function onEverybody(node: number, report: Report): void {
    const { blocks, parents, twice } = memory;
    if (report.type === "block-added" && !blocks.has(report.block.blockId)) {
      const { block } = report;
      remember(blocks, block.blockId);
      const isSibling = parents.has(block.parentId);
      remember(parents, block.parentId);
      if (isSibling) {
        const place = { blockId: block.blockId, parentSlot: block.parentSlot - firstSlot };
        tell({ type: "fork", slot: block.slot - firstSlot, ...place });
      }
    } else if (report.type === "vote-held") {
      tell({ type: "held", slot: now(), validator: node, decision: report.decision });
    } else if (report.type === "equivocation-seen" && !twice.has(report.slot)) {
      remember(twice, report.slot);
      const validator = numberOf.get(report.leader) ?? null;
      tell({ type: "equivocation", slot: now(), validator, blockSlot: report.slot - firstSlot });
    }
  }

  return cluster.listen({
    onFault: (fault) => tell({ type: "fault", slot: now() + 1, fault }),
    onReport(node, report) {
      if (node === observer) onObserved(report);
      else onEverybody(node, report);
    },
    onSlot(slot) {
      const { bank } = cluster.observing.consensus.head();
      // Whether or not it has a block.
      const epoch = epochAt(chain.epochs, slot);
      if (slot === firstSlotOf(chain.epochs, epoch)) tell({ type: "epoch", slot: now(), epoch });
      if (bank.slot === slot) return;
      const leader = bank.slot < slot ? (numberOf.get(leaderAfter(chain, bank, slot).identity) ?? null) : null;
      tell({ type: "skipped", slot: slot - firstSlot, leader });
    },
    onCrash(validator, error) {
      tell({
        type: "crashed",
        slot: now(),
        validator,
        message: error instanceof Error ? error.message : String(error),
      });
    },
  });
}

/** Beyond so many nobody remembers, and nobody brings them any more. */
const rememberedMax = 4096;

function remember<T>(seen: Set<T>, value: T): void {
  seen.add(value);
  for (const oldest of seen) {
    if (seen.size <= rememberedMax) break;
    seen.delete(oldest);
  }
}

export function convictionsOf(bank: Bank, voteAccount: Address): number {
  return convictionsIn(bank, slashingRecordAddress(voteAccount));
}

function convictionsIn(bank: Bank, record: Address): number {
  const account = accountAt(bank.accounts, record);
  return account === null ? 0 : (readSlashingRecord(record, account)?.convictionsTotal ?? 0);
}

/** How many blocks the observer left behind, when its new head does not stand on its old one. */
function reorgOf({ observing, chain }: Cluster, head: Bank, previous: Hash) {
  // The chain grew, as it does almost always.
  if (head.parentId === previous) return null;
  const left = observing.tree.nodes.get(previous);
  if (left === undefined) return null;
  const isAbove = new Set(head.recentBlocks.map(({ blockId }) => blockId));
  let depth = 0;
  for (let at: typeof left | null = left; at !== null && !isAbove.has(at.blockId); at = at.parent) depth++;
  const { firstSlot } = chain.genesis;
  return depth === 0 ? null : { depth, fromSlot: left.slot - firstSlot, toSlot: head.slot - firstSlot };
}
