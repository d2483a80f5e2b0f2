/**
 * What validators do wrong in a staking campaign, and what is only said of them.
 *
 *     duplicate block     a second header for a slot, signed with the validator's own key: convicts, for ever
 *     broken lockout      two votes that no tower casts: convicts, for some epochs
 *     forged, innocent, stale, replayed, against somebody else: never convict
 */
import type { Random } from "../../src/base/random.ts";
import { type Block, blockHeaderOf, blockSignatureMessage, computeHeaderId } from "../../src/chain/block.ts";
import type { InstructionRequest } from "../../src/chain/create-transaction.ts";
import type { Keypair, SignatureScheme } from "../../src/chain/crypto.ts";
import { type Address, type Hash, hashOf, slotOf } from "../../src/chain/ids.ts";
import { createSubmitEvidenceInstruction } from "../../src/chain/slashing/create-evidence.ts";
import type { Evidence, SignedHeader, VoteProof } from "../../src/chain/slashing/evidence.ts";
import { createVote, type Vote } from "../../src/consensus/vote.ts";

export type Accusation = {
  readonly kind: Evidence["type"];
  readonly voteAccount: Address;
  /** Of the block or of the newer vote. */
  readonly offenceSlot: number;
  readonly evidence: Evidence;
  /** Whether it proves what it says; time, jail and former convictions may still stand against it. */
  readonly isTrue: boolean;
  readonly name: string;
};

export type Suspect = { readonly identity: Keypair; readonly voteAccount: Address };

export type Court = {
  readonly random: Random;
  readonly scheme: SignatureScheme;
  readonly genesisHash: Hash;
  /** The newest blocks of the chain, oldest first. */
  readonly blocks: readonly Block[];
  readonly stranger: Keypair;
};

type Header = SignedHeader["header"];

function signHeader({ scheme, genesisHash }: Court, header: Header, key: Keypair): SignedHeader {
  const id = computeHeaderId(header, genesisHash);
  return { header, signature: scheme.sign(blockSignatureMessage(id), key) };
}

const another = ({ random }: Court): Hash => hashOf(random.bytes(32));

/** Two headers of one slot by the suspect: of a block that it made, if it made one lately, or of two that it never sent. */
export function accuseOfDuplicateBlock(court: Court, { identity, voteAccount }: Suspect): Accusation {
  const own = court.blocks.filter(({ leader }) => leader === identity.address);
  const block = own.length > 0 ? court.random.pick(own) : court.blocks.at(-1)!;
  const real = { ...blockHeaderOf(block), leader: identity.address };
  const first = signHeader(court, real, identity);
  const second = signHeader(court, { ...real, stateHash: another(court) }, identity);
  const blocks = court.random.below(2) === 0 ? ([first, second] as const) : ([second, first] as const);
  return {
    kind: "duplicate-block",
    voteAccount,
    offenceSlot: block.slot,
    evidence: { type: "duplicate-block", blocks },
    isTrue: true,
    name: "duplicate block",
  };
}

type Lockouts = Vote["tower"]["votes"];

function prove(court: Court, by: Keypair, voteAccount: Address, header: Header, votes: Lockouts): VoteProof {
  const blockId = computeHeaderId(header, court.genesisHash);
  const { transaction } = createVote({
    scheme: court.scheme,
    identity: by,
    voteAccount,
    tower: { root: null, votes },
    blockId,
    recentBlockhash: another(court),
    timestamp: null,
  });
  return { header, signature: transaction.signatures[0]!, messageBytes: transaction.messageBytes };
}

/** A vote, and a later one that has forgotten it within its lockout; or two votes for different blocks of one slot. */
export function accuseOfBrokenLockout(court: Court, { identity, voteAccount }: Suspect): Accusation {
  const { random, blocks } = court;
  const later = blocks[blocks.length - 1 - random.below(Math.min(8, blocks.length - 1))]!;
  const earlier = blocks[blocks.indexOf(later) - 1]!;
  const vote = (block: Header, votes: Lockouts) => prove(court, identity, voteAccount, block, votes);
  const header = blockHeaderOf(later);
  const lockout = (slot: number, confirmationCount: number) => ({ slot: slotOf(slot), confirmationCount });
  const isTwoBlocks = random.below(2) === 0;
  const confirmations = 1 + random.below(20);
  const votes: [VoteProof, VoteProof] = isTwoBlocks
    ? [vote(header, [lockout(later.slot, 1)]), vote({ ...header, stateHash: another(court) }, [lockout(later.slot, 1)])]
    : [vote(blockHeaderOf(earlier), [lockout(earlier.slot, confirmations)]), vote(header, [lockout(later.slot, 1)])];
  const isBroken = isTwoBlocks || later.slot - earlier.slot <= 2 ** confirmations;
  return {
    kind: "lockout",
    voteAccount,
    offenceSlot: later.slot,
    evidence: { type: "lockout", votes: random.below(2) === 0 ? votes : [votes[1], votes[0]] },
    isTrue: isBroken,
    name: "broken lockout",
  };
}

/** Evidence that must convict nobody. */
export function accuseFalsely(court: Court, suspect: Suspect, other: Suspect): Accusation {
  const { random, stranger } = court;
  const { identity, voteAccount } = suspect;
  const duplicate = accuseOfDuplicateBlock(court, suspect);
  const lockout = accuseOfBrokenLockout(court, suspect);
  const [a, b] = (duplicate.evidence as Extract<Evidence, { type: "duplicate-block" }>).blocks;
  const duplicateWith = (name: string, blocks: readonly [SignedHeader, SignedHeader]): Accusation => ({
    ...duplicate,
    evidence: { type: "duplicate-block", blocks },
    isTrue: false,
    name,
  });
  switch (random.below(7)) {
    case 0:
      return duplicateWith("one block twice", [a, a]);
    case 1:
      return duplicateWith("signed by a stranger", [a, signHeader(court, b.header, stranger)]);
    case 2:
      return duplicateWith("two slots", [
        a,
        signHeader(court, { ...b.header, slot: slotOf(b.header.slot - 1) }, identity),
      ]);
    case 3: {
      const elsewhere = { ...court, genesisHash: another(court) };
      return duplicateWith("of another chain", [
        signHeader(elsewhere, a.header, identity),
        signHeader(elsewhere, b.header, identity),
      ]);
    }
    case 4:
      return { ...duplicate, voteAccount: other.voteAccount, isTrue: false, name: "against somebody else" };
    case 5:
      return { ...lockout, voteAccount: other.voteAccount, isTrue: false, name: "votes of somebody else" };
    default: {
      // An honest tower a slot later: the same votes, and one more.
      const later = court.blocks.at(-1)!;
      const earlier = court.blocks.at(-2)!;
      const first = { slot: earlier.slot, confirmationCount: 1 };
      const proofs = [
        prove(court, identity, voteAccount, blockHeaderOf(earlier), [first]),
        prove(
          court,
          identity,
          voteAccount,
          blockHeaderOf(later),
          later.slot - earlier.slot <= 2
            ? [
                { ...first, confirmationCount: 2 },
                { slot: later.slot, confirmationCount: 1 },
              ]
            : [{ slot: later.slot, confirmationCount: 1 }],
        ),
      ] as const;
      return { ...lockout, evidence: { type: "lockout", votes: proofs }, isTrue: false, name: "honest votes" };
    }
  }
}

export function evidenceInstruction(accusation: Accusation, reporter: Address): InstructionRequest {
  const { voteAccount, evidence } = accusation;
  return createSubmitEvidenceInstruction({ reporter, voteAccount, evidence });
}
