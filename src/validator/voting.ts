/**
 * The head has moved: the validator says so, and votes for it if its consensus allows.
 *
 *     head 8 ──> 9    report head-changed, save-tower, broadcast-vote       durable, then spoken
 *                     or report vote-held, with the reason
 */
import { type BlockNode, isAncestorOf, nodeAt } from "../consensus/block-tree.ts";
import { recordVote } from "../consensus/tower.ts";
import { createVote } from "../consensus/vote.ts";
import { followTowerRoot } from "./commitments.ts";
import type { Effect } from "./contract.ts";
import { mempoolSizeOf, removeTransactions } from "./mempool.ts";
import type { Validator } from "./validator.ts";

/** When blocks or votes have moved the head since last asked: says so, and votes for it if the tower allows. */
export function followHead(validator: Validator): Effect[] {
  const { consensus, tree, mempool } = validator;
  const head = consensus.head();
  if (head.blockId === validator.head) return [];
  const previous = validator.head;
  validator.head = head.blockId;
  // An observer keeps what landed until it is final: a fork may yet be abandoned (transactions.ts).
  if (validator.voteAccount !== null) {
    const old = nodeAt(tree, previous);
    const waiting = mempoolSizeOf(mempool) > 0;
    for (
      let at: BlockNode | null = head;
      waiting && at !== null && (old === null || !isAncestorOf(at, old));
      at = at.parent
    ) {
      removeTransactions(
        mempool,
        at.bank.results.map((result) => result.transaction.messageHash),
      );
    }
  }
  return [{ type: "report", report: { type: "head-changed", bank: head.bank, previous } }, ...castVote(validator)];
}

/** Votes for the head if the tower allows it: first the tower is saved, then the vote is sent. */
function castVote(validator: Validator): Effect[] {
  const { consensus, voteAccount, identity, chain } = validator;
  if (voteAccount === null) return [];
  const decision = consensus.decideVote(validator.tower);
  if (decision.type === "hold") {
    if (decision.reason === "already-voted") return [];
    const { reason, slot, lastVoted } = decision;
    return [{ type: "report", report: { type: "vote-held", reason, slot, lastVoted } }];
  }
  const { node } = decision;
  // Only validators that have stake in the block's epoch vote on it.
  if (node.stakes.byVoteAccount.get(voteAccount)?.identity !== identity.address) return [];
  validator.tower = recordVote(validator.tower, node.slot, node.blockId);
  const vote = createVote({
    scheme: chain.crypto.signatures,
    identity,
    voteAccount,
    tower: validator.tower,
    blockId: node.blockId,
    recentBlockhash: node.bank.blockhash,
    timestamp: BigInt(node.bank.unixTimestamp),
  });
  consensus.addVote(vote);
  followTowerRoot(validator);
  return [
    { type: "save-tower", tower: validator.tower },
    { type: "broadcast-vote", vote },
  ];
}
