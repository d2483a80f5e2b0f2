/**
 * Evidence from what somebody saw, and the instruction that hands it in.
 *
 *     const evidence = createDuplicateBlockEvidence(oneBlock, theOther);
 *     createSubmitEvidenceInstruction({ reporter, voteAccount, evidence })      // the reporter signs and pays the fee
 */
import { ByteWriter } from "../../base/bytes.ts";
import { accept, type Outcome, type Refusal, refuse } from "../../base/refusal.ts";
import { slashingProgramAddress } from "../addresses.ts";
import { type Block, type BlockContent, blockHeaderOf } from "../block.ts";
import type { InstructionRequest } from "../create-transaction.ts";
import type { Address } from "../ids.ts";
import type { Transaction } from "../transaction.ts";
import {
  type DuplicateBlockEvidence,
  type Evidence,
  type LockoutEvidence,
  submitEvidenceTag,
  type VoteProof,
} from "./evidence.ts";
import { encodeEvidence } from "./evidence-codec.ts";
import { slashingRecordAddress } from "./record.ts";
import { readVote } from "./signed-vote.ts";

/** Whether it proves anything is for the slashing program to say. */
export function createDuplicateBlockEvidence(a: Block, b: Block): DuplicateBlockEvidence {
  const signedHeaderOf = (block: Block) => ({ header: blockHeaderOf(block), signature: block.signature });
  return { type: "duplicate-block", blocks: [signedHeaderOf(a), signedHeaderOf(b)] };
}

/** A vote transaction, and the block it is for. */
export type VoteAndBlock = { readonly transaction: Transaction; readonly block: BlockContent };

/**
 * Evidence of two votes, or a refusal where a transaction holds no vote that its voter signed. Whether they prove anything
 * is for the slashing program to say.
 */
export function createVoteEvidence(a: VoteAndBlock, b: VoteAndBlock): Outcome<LockoutEvidence, "vote-not-provable"> {
  const first = proofOf(a);
  if (!first.ok) return first;
  const second = proofOf(b);
  return second.ok ? accept({ type: "lockout", votes: [first.value, second.value] }) : second;
}

function proofOf({ transaction, block }: VoteAndBlock): Outcome<VoteProof, "vote-not-provable"> {
  const vote = readVote(transaction);
  if (!vote.ok) return notProvable({ problem: String(vote.facts.problem) });
  // The voter is the last that the instruction names: others come from transactions that nobody's client makes.
  const voter = vote.value.signers.at(-1);
  if (voter === undefined) return notProvable({ problem: "nobody signed the vote" });
  if (transaction.accountKeys.length > 127) return notProvable({ problem: "too many account keys" });
  const { slot: _, ...header } = blockHeaderOf(block);
  return accept({ messageBytes: transaction.messageBytes, signature: transaction.signatures[voter.index]!, header });
}

function notProvable(facts: Refusal["facts"]): Refusal<"vote-not-provable"> {
  return refuse("vote-not-provable", facts);
}

/**
 * Hands evidence in: [0] the reporter signs, pays the rent of a new record and gets a part of the penalty; [1] the
 * offender's record; [2] its vote account. For evidence made by the functions above.
 */
export function createSubmitEvidenceInstruction(fields: {
  readonly reporter: Address;
  readonly voteAccount: Address;
  readonly evidence: Evidence;
}): InstructionRequest {
  const { reporter, voteAccount, evidence } = fields;
  return {
    programAddress: slashingProgramAddress,
    accounts: [
      { address: reporter, isSigner: true, isWritable: true },
      { address: slashingRecordAddress(voteAccount), isSigner: false, isWritable: true },
      { address: voteAccount, isSigner: false, isWritable: false },
    ],
    data: new ByteWriter(1024).u8(submitEvidenceTag).bytes(encodeEvidence(evidence, voteAccount)).finish(),
  };
}
