/**
 * Offences that a validator has seen with its own eyes, until they are booked on the ledger.
 *
 *     two blocks of one leader for one slot      ──> duplicate-block
 *     two votes of one account, no tower's       ──> lockout
 *     my slot, not booked under my parent?       ──> the evidence is the first transaction of my block, signed and paid by me
 *
 * Each who saw it books it when he leads, and the first one's conviction covers the rest.
 */
import { accountAt } from "../chain/accounts-tree.ts";
import { type Bank, createExecutionEnv } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import { type Chain, timeOf } from "../chain/chain.ts";
import { createTransaction } from "../chain/create-transaction.ts";
import { epochAt } from "../chain/epoch-schedule.ts";
import type { Address, Slot } from "../chain/ids.ts";
import { leaderAfter } from "../chain/leaders.ts";
import type { Candidate } from "../chain/produce-block.ts";
import { slashingComputeUnits } from "../chain/programs/slashing.ts";
import {
  createDuplicateBlockEvidence,
  createSubmitEvidenceInstruction,
  createVoteEvidence,
} from "../chain/slashing/create-evidence.ts";
import type { Evidence } from "../chain/slashing/evidence.ts";
import { readSlashingRecord } from "../chain/slashing/jail.ts";
import { slashingRecordAddress } from "../chain/slashing/record.ts";
import { verifyEvidence } from "../chain/slashing/verify-evidence.ts";
import { decodeVoteState } from "../chain/vote-state.ts";
import type { BlockNode } from "../consensus/block-tree.ts";
import type { Vote } from "../consensus/vote.ts";
import { blockOf } from "./catch-up.ts";
import type { Validator } from "./validator.ts";

/** Plain data. */
export type SeenOffence =
  | {
      readonly type: "duplicate-block";
      readonly voteAccount: Address;
      readonly slot: Slot;
      readonly blocks: readonly [Block, Block];
    }
  | {
      readonly type: "lockout";
      readonly voteAccount: Address;
      readonly slot: Slot;
      readonly votes: readonly [Vote, Vote];
    };

/** Offences kept; beyond them new ones are left to others. */
export const offencesMax = 64;
/** Of one offender: one conviction covers them all. */
const offencesPerOffenderMax = 2;
/** In one block. */
const evidencePerBlockMax = 4;

/** The leader of `block` signed `other` too. */
export function noteDuplicateBlock(validator: Validator, parent: Bank, block: Block, other: Block): void {
  const { voteAccount } = leaderAfter(validator.chain, parent, block.slot);
  note(validator, { type: "duplicate-block", voteAccount, slot: block.slot, blocks: [other, block] });
}

/** Who tells whether no tower can have cast both of two votes. */
type Judge = { breaksPromise(before: Vote, vote: Vote): boolean };

/** Whether a vote is an offence, together with the newest of its account that was known before. */
export function isOffence({ params }: Chain, before: Vote, vote: Vote, judge: Judge): boolean {
  return params.slashing && before !== vote && judge.breaksPromise(before, vote);
}

/** A vote came, after this one of its account. */
export function noteVote(validator: Validator, before: Vote | null, vote: Vote, judge: Judge): void {
  if (before === null || !isOffence(validator.chain, before, vote, judge)) return;
  note(validator, { type: "lockout", voteAccount: vote.voteAccount, slot: vote.slot, votes: [before, vote] });
}

function note({ offences, chain }: Validator, offence: SeenOffence): void {
  if (!chain.params.slashing || offences.length >= offencesMax) return;
  const alike = offences.filter(
    ({ type, voteAccount }) => type === offence.type && voteAccount === offence.voteAccount,
  );
  if (alike.length < offencesPerOffenderMax && !alike.some(({ slot }) => slot === offence.slot)) offences.push(offence);
}

/** Once a slot: what the root has booked, or what can no longer be, is forgotten. */
export function forgetOffences(validator: Validator): void {
  const { offences, tree, chain } = validator;
  if (offences.length === 0) return;
  const { bank } = tree.root;
  const oldest = bank.epoch - chain.params.slashEvidenceEpochs;
  const kept = offences.filter((offence) => !isBooked(bank, offence) && epochAt(chain.epochs, offence.slot) >= oldest);
  offences.splice(0, offences.length, ...kept);
}

/** Whether the offender was convicted of this kind after the offence: that covers it. */
function isBooked(bank: Bank, { type, voteAccount, slot }: SeenOffence): boolean {
  const address = slashingRecordAddress(voteAccount);
  const account = accountAt(bank.accounts, address);
  const covered = account === null ? null : (readSlashingRecord(address, account)?.coveredTo[type] ?? null);
  return covered !== null && covered >= slot;
}

/** For the block at `slot` on `head`: evidence that the slashing program will take. */
export function evidenceCandidates(validator: Validator, head: BlockNode, slot: Slot): Candidate[] {
  const { chain, offences, identity } = validator;
  const candidates: Candidate[] = [];
  const accused = new Set<Address>();
  for (const offence of offences) {
    if (candidates.length >= evidencePerBlockMax) break;
    const { voteAccount } = offence;
    if (accused.has(voteAccount) || isBooked(head.bank, offence)) continue;
    const evidence = evidenceOf(validator, offence);
    if (evidence === null || !convicts(validator, head.bank, slot, voteAccount, evidence)) continue;
    accused.add(voteAccount);
    const transaction = createTransaction({
      scheme: chain.crypto.signatures,
      feePayer: identity,
      instructions: [createSubmitEvidenceInstruction({ reporter: identity.address, voteAccount, evidence })],
      recentBlockhash: head.bank.blockhash,
    });
    candidates.push({ transaction, computeUnitLimit: slashingComputeUnits });
  }
  return candidates;
}

/** Null where a block that was voted for is not known here. */
function evidenceOf(validator: Validator, offence: SeenOffence): Evidence | null {
  if (offence.type === "duplicate-block") return createDuplicateBlockEvidence(...offence.blocks);
  const [a, b] = offence.votes.map((vote) => {
    const block = blockOf(validator, vote.blockId);
    return block === null ? null : { transaction: vote.transaction, block };
  });
  const evidence = a == null || b == null ? null : createVoteEvidence(a, b);
  return evidence?.ok ? evidence.value : null;
}

/** A fee is not spent on what the program would refuse. */
function convicts(validator: Validator, parent: Bank, slot: Slot, voteAccount: Address, evidence: Evidence): boolean {
  const { chain } = validator;
  const at = { ...parent, slot, epoch: epochAt(chain.epochs, slot), unixTimestamp: timeOf(chain, slot) };
  const account = accountAt(parent.accounts, voteAccount);
  const voteState = account === null ? null : decodeVoteState(account.data, voteAccount);
  return verifyEvidence(evidence, { voteAccount, voteState }, createExecutionEnv(chain, parent, at)).ok;
}

const noBlocks: readonly Block[] = [];

/** The other blocks of this block's slot and leader in the tree. */
export function otherVersions({ tree }: Validator, { slot, leader, blockId }: Block): readonly Block[] {
  const nodes = tree.slots.get(slot);
  if (nodes === undefined || (nodes.length === 1 && nodes[0]!.blockId === blockId)) return noBlocks;
  return nodes.flatMap(({ block }) =>
    block !== null && block.leader === leader && block.blockId !== blockId ? [block] : [],
  );
}
