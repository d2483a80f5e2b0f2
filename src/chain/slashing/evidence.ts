/**
 * Evidence: two things that one validator signed and no honest one signs both of. It proves itself, so anyone may hand it
 * in, and nobody has to be believed.
 *
 *     duplicate-block   two headers of one slot, both signed by the leader, with different ids
 *     lockout           two votes that no tower can have cast (lockout-violation.ts), and the headers of their blocks
 *
 * A header is a block with its entries replaced by their hash; whoever has the genesis hash computes the id from it. That
 * binds evidence to this chain: with the same keys on another network (and test networks often share their seeds) other
 * blocks are right in the same slots, and votes for both would look like an offence. Votes name only a block id, hence
 * their headers.
 */
import type { BlockHeader } from "../block.ts";

export type SignedHeader = {
  readonly header: BlockHeader;
  /** 64 bytes, over the message of `blockSignatureMessage`. */
  readonly signature: Uint8Array;
};

/** A header whose slot the vote for it tells. */
export type VotedHeader = Omit<BlockHeader, "slot">;

export type VoteProof = {
  /** The transaction's message, which holds the vote: what was signed. */
  readonly messageBytes: Uint8Array;
  /** 64 bytes: the authorized voter's, over the message. Who else signed it does not matter. */
  readonly signature: Uint8Array;
  /** Of the block that the vote is for. */
  readonly header: VotedHeader;
};

export type DuplicateBlockEvidence = {
  readonly type: "duplicate-block";
  readonly blocks: readonly [SignedHeader, SignedHeader];
};

export type LockoutEvidence = { readonly type: "lockout"; readonly votes: readonly [VoteProof, VoteProof] };

export type Evidence = DuplicateBlockEvidence | LockoutEvidence;

export type OffenceKind = Evidence["type"];

/** By number on the wire and in records. */
export const offenceKinds: readonly OffenceKind[] = ["duplicate-block", "lockout"];

/** The first byte of the program's instructions. */
export const submitEvidenceTag = 0;
