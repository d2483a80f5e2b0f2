/** A slot that is over, as the observer sees it. */
import type { Bank } from "../chain/bank.ts";
import { epochAt } from "../chain/epoch-schedule.ts";
import type { Slot } from "../chain/ids.ts";
import { leaderAfter } from "../chain/leaders.ts";
import type { Cluster } from "../sim/cluster.ts";
import type { SlotSummary } from "./devnet-types.ts";

/** `parent`: the head when the slot began. */
export function summarizeSlot({ chain, observing }: Cluster, slot: Slot, parent: Bank): SlotSummary {
  const { consensus, tree } = observing;
  const head = consensus.head();
  const produced = head.slot === slot;
  const leader = leaderAfter(chain, parent, slot);
  const votes = produced ? head.bank.results.filter((result) => result.isVote).length : 0;
  return {
    slot,
    epoch: epochAt(chain.epochs, slot),
    leader: leader.identity,
    voteAccount: leader.voteAccount,
    produced,
    blockId: produced ? head.blockId : null,
    height: head.bank.height,
    transactions: produced ? head.bank.results.length - votes : 0,
    votes,
    confirmedSlot: consensus.confirmed().slot,
    finalizedSlot: tree.root.slot,
  };
}
