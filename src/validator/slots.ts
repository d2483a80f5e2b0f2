/**
 * A slot begins. Blocks that were early for it join the tree; then its leader builds on its head and sends the block.
 *
 *     slot 8   held: 8' (came in slot 7), 9'  ──>  8' joins, 9' waits on
 */
import { assert } from "../base/assert.ts";
import { formatRefusal } from "../base/refusal.ts";
import type { Bank } from "../chain/bank.ts";
import type { Slot } from "../chain/ids.ts";
import { hasLanded } from "../chain/landings.ts";
import { leaderAfter } from "../chain/leaders.ts";
import type { Candidate } from "../chain/produce-block.ts";
import { voteComputeUnits } from "../chain/programs/vote.ts";
import { type BlockNode, isAncestorOf, nodeAt } from "../consensus/block-tree.ts";
import { landedSlotOf } from "../consensus/landed-votes.ts";
import { onBlock, onEarlyBlocks } from "./blocks.ts";
import { onSlotOfCatchUp } from "./catch-up.ts";
import { reportFinality } from "./commitments.ts";
import type { Effect } from "./contract.ts";
import { expireTransactions, hasTransaction, iterateByPriority, removeTransactions } from "./mempool.ts";
import { evidenceCandidates, forgetOffences } from "./offences.ts";
import { tellOfDuplicatesAgain } from "./relay.ts";
import { forwardTransactions } from "./transactions.ts";
import type { Validator } from "./validator.ts";
import { followHead, resendVote } from "./voting.ts";

export function onSlot(validator: Validator, slot: Slot): Effect[] {
  if (slot <= validator.slot) return [];
  validator.slot = slot;
  const effects: Effect[] = [];
  effects.push(...onEarlyBlocks(validator));
  effects.push(...onSlotOfCatchUp(validator));
  effects.push(...followHead(validator));
  effects.push(...resendVote(validator, slot));
  effects.push(...reportFinality(validator));
  forgetOffences(validator);
  const head = validator.consensus.head();
  for (const dropped of expireTransactions(validator.mempool, head.bank.height)) {
    const { signature, messageHash, code, facts } = dropped;
    // What landed waits no more, except where the head moved between: finality has just cut off the one the mempool followed.
    if (hasLanded(validator.chain, head.bank, messageHash)) continue;
    effects.push({ type: "report", report: { type: "transaction-dropped", signature, code, facts } });
  }
  if (validator.voteAccount === null) {
    effects.push(...forwardTransactions(validator));
  } else if (head.slot < slot && leads(validator, head.bank, slot)) {
    effects.push(...lead(validator, head, slot));
  }
  return effects;
}

function leads(validator: Validator, parent: Bank, slot: Slot): boolean {
  const leader = leaderAfter(validator.chain, parent, slot);
  return leader.identity === validator.identity.address && leader.voteAccount === validator.voteAccount;
}

/** Builds the block, and adopts it the way it would anybody's: what the leader adopts is what everybody else will replay. */
function lead(validator: Validator, head: BlockNode, slot: Slot): Effect[] {
  const { work, identity, mempool, tree } = validator;
  const produced = work.produce(head.bank, slot, identity, candidates(validator, head, slot));
  const { block } = produced;
  // Votes that cannot land are nobody's transactions: the next vote makes up for them.
  const barred = produced.barred.filter(({ transaction }) => hasTransaction(mempool, transaction.messageHash));
  removeTransactions(
    mempool,
    barred.map(({ transaction }) => transaction.messageHash),
  );
  assert(!tree.nodes.has(block.blockId), `block ${block.blockId} was built twice`);
  const adopted = onBlock(validator, block, identity.address);
  assert(tree.nodes.has(block.blockId), `own block refused: ${reasonIn(adopted)}`);
  const effects: Effect[] = [{ type: "broadcast-block", block }];
  for (const { transaction, error } of barred) {
    const report = {
      type: "transaction-dropped",
      signature: transaction.signature,
      code: "transaction-barred",
      facts: { error: JSON.stringify(error) },
    } as const;
    effects.push({ type: "report", report });
  }
  return [...effects, ...tellOfDuplicatesAgain(validator, slot), ...adopted];
}

function reasonIn(effects: readonly Effect[]): string {
  for (const effect of effects) {
    if (effect.type === "report" && effect.report.type === "block-refused") return formatRefusal(effect.report.refusal);
  }
  return "no reason given";
}

/** Evidence and votes first: they never wait behind transactions. */
function* candidates(validator: Validator, head: BlockNode, slot: Slot): Iterable<Candidate> {
  yield* evidenceCandidates(validator, head, slot);
  yield* voteCandidates(validator, head);
  for (const { transaction, computeUnitLimit } of iterateByPriority(validator.mempool)) {
    yield { transaction, computeUnitLimit };
  }
}

/** Each vote account's newest vote, if it is for this fork and the ledger does not have it yet. */
function* voteCandidates(validator: Validator, head: BlockNode): Iterable<Candidate> {
  const votes = validator.consensus.votes().toSorted((a, b) => (a.voteAccount < b.voteAccount ? -1 : 1));
  for (const vote of votes) {
    const node = nodeAt(validator.tree, vote.blockId);
    if (node === null || !isAncestorOf(node, head)) continue;
    const landed = landedSlotOf(head, vote.voteAccount);
    if (landed !== null && landed >= vote.slot) continue;
    yield { transaction: vote.transaction, computeUnitLimit: voteComputeUnits };
  }
}
