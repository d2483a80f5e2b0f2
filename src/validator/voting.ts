/**
 * The consensus is asked what to follow and whether to vote: the validator says what changed, and votes.
 *
 *     head 8 ──> 9    report head-changed, save-tower, broadcast-vote       durable, then spoken
 *                     or report vote-held, with the reason and its figures
 *     slot 13         my vote for 9 has not landed: broadcast-vote again
 */
import type { Hash, Slot } from "../chain/ids.ts";
import { ancestorAt, type BlockNode, isAncestorOf, nodeAt } from "../consensus/block-tree.ts";
import type { VoteDecision } from "../consensus/consensus.ts";
import { landedSlotOf } from "../consensus/landed-votes.ts";
import { lastVoteOf, type Tower } from "../consensus/tower.ts";
import type { Vote } from "../consensus/vote.ts";
import { followTowerRoot } from "./commitments.ts";
import { type Effect, noEffects } from "./contract.ts";
import { bringBack, isMempoolEmpty, removeTransactions, setAside } from "./mempool.ts";
import type { Validator } from "./validator.ts";

/** After blocks or votes came: where the head moved, and the vote for it, if the consensus allows one. */
export function followHead(validator: Validator): readonly Effect[] {
  const { head, vote } = validator.consensus.decide(validator.voteAccount === null ? null : validator.tower);
  if (head.blockId === validator.head) return castVote(validator, vote);
  const previous = validator.head;
  validator.head = head.blockId;
  const changed: Effect[] = [{ type: "report", report: { type: "head-changed", bank: head.bank, previous } }];
  return changed.concat(takeLandedFromMempool(validator, head, previous), castVote(validator, vote));
}

/**
 * An observer keeps what landed aside until it is final: a fork may yet be abandoned (transactions.ts). What landed on the
 * new fork leaves its place first: it may be what makes room for those that were abandoned with the old one.
 */
function takeLandedFromMempool(validator: Validator, head: BlockNode, previous: Hash): readonly Effect[] {
  const { tree, mempool, voteAccount } = validator;
  if (isMempoolEmpty(mempool)) return noEffects;
  const old = nodeAt(tree, previous);
  const landed = landedOnlyOn(head, old);
  // Of an old head that is gone it is not known what was abandoned with it: what landed below it is no longer in its tree.
  const recent = old === null ? head.bank.recentBlocks : [];
  for (const block of recent) for (const messageHash of block.landed) landed.push(messageHash);
  if (voteAccount !== null) {
    removeTransactions(mempool, landed);
    return noEffects;
  }
  setAside(mempool, landed);
  const left = old === null ? [...mempool.aside.keys()] : landedOnlyOn(old, head);
  if (left.length === 0) return noEffects;
  const isLanded = new Set(landed);
  const abandoned = left.filter((messageHash) => !isLanded.has(messageHash));
  return bringBack(mempool, abandoned).map(({ signature, code, facts }) => ({
    type: "report",
    report: { type: "transaction-dropped", signature, code, facts },
  }));
}

/** On the node's fork down to where it meets the other's; on all of it when there is no other. */
function landedOnlyOn(node: BlockNode, other: BlockNode | null): Hash[] {
  const landed: Hash[] = [];
  for (let at: BlockNode | null = node; at !== null && (other === null || !isAncestorOf(at, other)); at = at.parent) {
    for (const { transaction } of at.bank.results) landed.push(transaction.messageHash);
  }
  return landed;
}

/** First the tower is saved, then the vote is sent. */
function castVote(validator: Validator, decision: VoteDecision): readonly Effect[] {
  const { voteAccount, identity } = validator;
  if (voteAccount === null) return noEffects;
  if (decision.type === "hold") return reportHold(validator, decision);
  const { node } = decision;
  // Only validators that have stake in the block's epoch vote on it.
  if (node.stakes.byVoteAccount.get(voteAccount)?.identity !== identity.address) return noEffects;
  validator.tower = validator.work.recordVote(validator.tower, node.bank);
  const vote = signVote(validator, validator.tower, node, node);
  validator.consensus.addVote(vote);
  followTowerRoot(validator);
  return [
    { type: "save-tower", tower: validator.tower },
    { type: "broadcast-vote", vote },
  ];
}

/** Once for each reason and block: the same question is asked with every block and slot. */
function reportHold(validator: Validator, decision: Extract<VoteDecision, { type: "hold" }>): readonly Effect[] {
  const { reason, slot } = decision;
  if (reason === "already-voted" || reason === "no-tower") return noEffects;
  const held = `${reason} ${slot}`;
  if (held === validator.held) return noEffects;
  validator.held = held;
  return [{ type: "report", report: { type: "vote-held", decision } }];
}

/** The tower's last vote as a message: for `node`, signed under the newest blockhash of `fork`, where it can land. */
function signVote(validator: Validator, tower: Tower, node: BlockNode | null, fork: BlockNode): Vote {
  const { work, identity, voteAccount } = validator;
  const last = lastVoteOf(tower)!;
  return work.createVote({
    identity,
    voteAccount: voteAccount!,
    tower,
    blockId: last.blockId,
    recentBlockhash: fork.bank.blockhash,
    timestamp: node === null ? null : BigInt(node.bank.unixTimestamp),
  });
}

/** A vote that has not landed for so many slots is sent again, and then as often as it goes on. */
const resendEverySlots = 4;

/** Once a slot. Messages get lost, and leaders skip: without this a lossy network stalls. */
export function resendVote(validator: Validator, slot: Slot): readonly Effect[] {
  const { tower, voteAccount, consensus, tree, identity } = validator;
  const last = lastVoteOf(tower);
  if (voteAccount === null || last === null) return noEffects;
  const age = slot - last.slot;
  if (age < resendEverySlots || age % resendEverySlots !== 0) return noEffects;
  const head = consensus.head();
  if (head.stakes.byVoteAccount.get(voteAccount)?.identity !== identity.address) return noEffects;
  const landed = landedSlotOf(head, voteAccount);
  if (landed !== null && landed >= last.slot) return noEffects;
  const node = nodeAt(tree, last.blockId);
  // On its own fork it may land yet, under a blockhash of that fork; elsewhere it still tells others where this voter stands.
  const isOnFork = ancestorAt(head, last.slot)?.blockId === last.blockId;
  const vote = signVote(validator, tower, node, isOnFork || node === null ? head : node);
  consensus.addVote(vote);
  return [{ type: "broadcast-vote", vote }];
}
