/**
 * Whether evidence convicts: the validator that answers for a vote account signed both, within the time that counts, and
 * no honest one signs both.
 *
 *     when    every slot in it lies in this epoch or the one before (`slashEvidenceEpochs`), none ahead of this block
 *     who     a vote account with stake in the offence's epoch; a block's signer is its identity in the stakes frozen for
 *             that epoch, a vote's signer is the authorized voter in the epoch of the slot voted for, or the oldest
 *             that the account still knows
 *     what    two block ids in one slot; or a violation of lockouts.ts' stack
 *     where   on this chain: ids are computed with its genesis hash
 *
 * Who leads a slot is not asked: nobody signs two blocks of one slot. Two vote accounts of one identity both answer for it.
 */
import { accept, refuse } from "../../base/refusal.ts";
import { blockSignatureMessage, computeHeaderId } from "../block.ts";
import { epochAt } from "../epoch-schedule.ts";
import type { ExecutionEnv } from "../execution.ts";
import type { Address, Epoch, Hash, Slot } from "../ids.ts";
import type { StakeEntry } from "../stake-table.ts";
import { authorizedVoterAt, type VoteState } from "../vote-state.ts";
import type { SlashingOutcome, SlashingRefusal } from "./errors.ts";
import type { DuplicateBlockEvidence, Evidence, LockoutEvidence, OffenceKind, VoteProof } from "./evidence.ts";
import { findLockoutViolation, lastSlotOfTower } from "./lockout-violation.ts";
import { readVoteMessage, type SignedVote } from "./signed-vote.ts";

export type Offence = {
  readonly kind: OffenceKind;
  /** Of the older vote, or of the block: a conviction after it covers the offence. */
  readonly firstSlot: Slot;
  /** Of the newer vote, or of the block. */
  readonly slot: Slot;
  readonly epoch: Epoch;
  /** The offender in the stakes of that epoch, and all stake there. */
  readonly entry: StakeEntry;
  readonly totalStake: bigint;
  /** What was done, in words. */
  readonly what: string;
};

/** Who is accused: `voteState` is what its account holds now, or null when it is no vote account (any more). */
export type Accused = { readonly voteAccount: Address; readonly voteState: VoteState | null };

type EvidenceEnv = Pick<
  ExecutionEnv,
  "params" | "slot" | "epoch" | "epochs" | "genesisHash" | "stakeTableAt" | "verifySignature"
>;

export function verifyEvidence(evidence: Evidence, accused: Accused, env: EvidenceEnv): SlashingOutcome<Offence> {
  return evidence.type === "duplicate-block"
    ? verifyDuplicateBlock(evidence, accused.voteAccount, env)
    : verifyLockout(evidence, accused, env);
}

function verifyDuplicateBlock(
  { blocks: [a, b] }: DuplicateBlockEvidence,
  voteAccount: Address,
  env: EvidenceEnv,
): SlashingOutcome<Offence> {
  const { slot } = a.header;
  if (slot !== b.header.slot) return refuse("NotAnOffence", { slot, otherSlot: b.header.slot });
  const untimely = checkTime(slot, env);
  if (untimely !== null) return untimely;
  const stake = findStake(voteAccount, slot, env);
  if (!stake.ok) return stake;
  const { identity } = stake.value.entry;
  const ids: Hash[] = [];
  for (const { header, signature } of [a, b]) {
    if (header.leader !== identity) return refuse("SignerMismatch", { slot, leader: header.leader, identity });
    const id = computeHeaderId(header, env.genesisHash);
    if (!env.verifySignature(signature, blockSignatureMessage(id), identity)) {
      return refuse("SignatureInvalid", { slot, blockId: id, signer: identity });
    }
    ids.push(id);
  }
  if (ids[0] === ids[1]) return refuse("NotAnOffence", { slot, blockId: ids[0]! });
  const what = `signed blocks ${ids[0]} and ${ids[1]} in slot ${slot}`;
  return accept({ kind: "duplicate-block", firstSlot: slot, slot, what, ...stake.value });
}

function verifyLockout({ votes }: LockoutEvidence, accused: Accused, env: EvidenceEnv): SlashingOutcome<Offence> {
  const first = verifyVote(votes[0], accused, env);
  if (!first.ok) return first;
  const second = verifyVote(votes[1], accused, env);
  if (!second.ok) return second;
  const [a, b] = [first.value.tower, second.value.tower];
  const [aSlot, bSlot] = [lastSlotOfTower(a), lastSlotOfTower(b)];
  const [firstSlot, slot] = aSlot < bSlot ? [aSlot, bSlot] : [bSlot, aSlot];
  const stake = findStake(accused.voteAccount, slot, env);
  if (!stake.ok) return stake;
  const violation = findLockoutViolation(a, b);
  if (violation === null) return refuse("NotAnOffence", { slot: aSlot, otherSlot: bSlot });
  const { type, ...facts } = violation;
  const what = `voted for slots ${firstSlot} and ${slot}: ${type} ${JSON.stringify(facts)}`;
  return accept({ kind: "lockout", firstSlot, slot, what, ...stake.value });
}

function verifyVote(proof: VoteProof, accused: Accused, env: EvidenceEnv): SlashingOutcome<SignedVote> {
  const read = readVoteMessage(proof.messageBytes, env.params);
  if (!read.ok) return read;
  const { voteAccount, signers, tower } = read.value;
  if (voteAccount !== accused.voteAccount) {
    return refuse("AccountMismatch", { voteAccount, accused: accused.voteAccount });
  }
  const slot = lastSlotOfTower(tower);
  const untimely = checkTime(slot, env);
  if (untimely !== null) return untimely;
  const blockId = computeHeaderId({ ...proof.header, slot }, env.genesisHash);
  if (blockId !== tower.blockId) return refuse("BlockMismatch", { slot, voted: tower.blockId, given: blockId });
  const voter = accused.voteState === null ? null : voterAnswerableAt(accused.voteState, epochAt(env.epochs, slot));
  if (voter === null || !signers.some(({ address }) => address === voter)) {
    return refuse("SignerMismatch", { slot, voter, signers: signers.map(({ address }) => address).join(" ") });
  }
  if (!env.verifySignature(proof.signature, proof.messageBytes, voter)) {
    return refuse("SignatureInvalid", { slot, signer: voter });
  }
  return read;
}

/**
 * Whose signature binds the account in an epoch. The first vote of an epoch forgets voters of old, and where nothing landed
 * in the epoch before, also that one's: the oldest still known then answers for it, or whoever keeps his votes from the
 * ledger for an epoch could vote in it as he likes.
 */
function voterAnswerableAt(state: VoteState, epoch: Epoch): Address | null {
  return authorizedVoterAt(state, epoch) ?? state.authorizedVoters[0]?.voter ?? null;
}

function checkTime(slot: Slot, env: EvidenceEnv): SlashingRefusal | null {
  if (slot > env.slot) return refuse("OffenceInFuture", { slot, currentSlot: env.slot });
  const epoch = epochAt(env.epochs, slot);
  const oldest = env.epoch - env.params.slashEvidenceEpochs;
  return epoch < oldest ? refuse("OffenceTooOld", { slot, epoch, oldestEpoch: oldest }) : null;
}

function findStake(
  voteAccount: Address,
  slot: Slot,
  env: EvidenceEnv,
): SlashingOutcome<Pick<Offence, "epoch" | "entry" | "totalStake">> {
  const epoch = epochAt(env.epochs, slot);
  const table = env.stakeTableAt(epoch);
  const entry = table?.byVoteAccount.get(voteAccount);
  if (table === null || entry === undefined) return refuse("NotAValidator", { voteAccount, epoch });
  return accept({ epoch, entry, totalStake: table.total });
}
