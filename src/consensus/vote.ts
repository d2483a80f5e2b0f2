/**
 * A vote as validators send it to one another: a ledger transaction, and what it says.
 *
 *     signature 64 | header 1 0 1 | identity, vote account, vote program | recent blockhash | TowerSync(vote account, identity)
 *
 * The message is the transaction: the next leader can put it into a block as it is, and nobody can bend it. It is also
 * its own evidence, should its signer ever vote against its lockouts.
 *
 * Source: Solana's vote transactions (`vote_transaction::new_tower_sync_transaction`).
 */
import { assert } from "../base/assert.ts";
import { createBytePieces } from "../base/byte-pieces.ts";
import { ByteWriter } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import { voteProgramAddress } from "../chain/addresses.ts";
import { checkTower } from "../chain/apply-tower-sync.ts";
import type { Keypair, SignatureScheme } from "../chain/crypto.ts";
import { type Address, addressBytes, type Hash, hashBytes, hashOf, type Slot, signatureOf } from "../chain/ids.ts";
import type { Lockout } from "../chain/lockouts.ts";
import { isProvableVote } from "../chain/slashing/signed-vote.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import { decodeVoteInstruction, encodeSharedTowerSync } from "../chain/vote-instruction.ts";

export type Vote = {
  readonly voteAccount: Address;
  /** Who pays for the transaction: the validator. */
  readonly identity: Address;
  /** Who signed the vote in the vote account's name; whether that account agrees is for the reader to check. */
  readonly authorizedVoter: Address;
  /** The newest vote, and the block it means. */
  readonly slot: Slot;
  readonly blockId: Hash;
  /** The whole stack, oldest first, `slot` at its end. */
  readonly tower: { readonly root: Slot | null; readonly votes: readonly Lockout[] };
  readonly transaction: Verified<Transaction>;
};

export type VoteRefusalCode =
  | "vote-instruction-wrong"
  | "vote-accounts-wrong"
  | "vote-block-ambiguous"
  | "vote-tower-wrong"
  | "vote-not-provable";

export type VoteFields = {
  readonly identity: Keypair;
  readonly voteAccount: Address;
  /** Never changes. */
  readonly tower: { readonly root: Slot | null; readonly votes: readonly Lockout[] };
  readonly blockId: Hash;
  readonly recentBlockhash: Hash;
  readonly timestamp: bigint | null;
};

/** The vote, signed: `tower` already holds it as its last vote. `timestamp` in seconds; the identity is the authorized voter. */
export function createVote(fields: VoteFields & { readonly scheme: SignatureScheme }): Vote {
  const { identity, voteAccount, tower, blockId } = fields;
  const last = tower.votes.at(-1);
  assert(last !== undefined, "a vote's tower holds the vote");
  const statement = statementOf(tower, blockId, fields.timestamp);
  return Object.freeze({
    voteAccount,
    identity: identity.address,
    authorizedVoter: identity.address,
    slot: last.slot,
    blockId,
    tower: statement.shown,
    transaction: signTransaction(fields, statement),
  });
}

/** What all say who vote by one tower object. */
type Statement = {
  readonly blockId: Hash;
  readonly timestamp: bigint | null;
  readonly shown: Vote["tower"];
  /** Of the transaction: the vote account's place, then the voter's. */
  readonly instructions: Transaction["instructions"];
  unsigned: UnsignedVote | null;
};

/** A vote's transaction without its two keys and its signature. */
type UnsignedVote = { readonly recentBlockhash: Hash; readonly bytes: Uint8Array };

/** By the tower: validators who voted alike share one (shared-work.ts), and so its statement is written once. */
const statements = new WeakMap<object, Statement>();

function statementOf(tower: Vote["tower"], blockId: Hash, timestamp: bigint | null): Statement {
  const known = statements.get(tower);
  if (known !== undefined && known.blockId === blockId && known.timestamp === timestamp) return known;
  const { root } = tower;
  const votes = tower.votes.map(({ slot, confirmationCount }) => ({ slot, confirmationCount }));
  const data = encodeSharedTowerSync({ root, votes, hash: blockId, blockId, timestamp });
  const instructions = [{ programIndex: 2, accountIndices: [1, 0], data }];
  const statement = { blockId, timestamp, shown: { root, votes }, instructions, unsigned: null };
  statements.set(tower, statement);
  return statement;
}

/** Votes of a slot end together, with their block. */
const votePieces = createBytePieces();

const messageAt = 1 + 64;
const identityAt = messageAt + 4;
const voteAccountAt = identityAt + 32;

/**
 * Written by hand because every validator makes one each slot: the layout is always the same, only the keys, the
 * blockhash and the data differ. A test compares it with the general encoder.
 */
function writeUnsigned(data: Uint8Array, recentBlockhash: Hash): Uint8Array {
  const writer = new ByteWriter(512).u8(1).bytes(new Uint8Array(64));
  // One signer, who pays and so is writable; no read-only signer; one read-only account that does not sign: the program.
  writer.u8(1).u8(0).u8(1).u8(3);
  writer
    .bytes(new Uint8Array(2 * 32))
    .bytes(addressBytes(voteProgramAddress))
    .bytes(hashBytes(recentBlockhash));
  // One instruction: program 2, two accounts, of which 1 is the vote account and 0 the voter.
  writer.u8(1).u8(2).u8(2).u8(1).u8(0);
  if (data.length < 128) writer.u8(data.length);
  else writer.u8((data.length & 127) | 128).u8(data.length >> 7);
  return writer.bytes(data).finish();
}

const isWritable = [true, true, false];

function signTransaction(
  fields: VoteFields & { readonly scheme: SignatureScheme },
  statement: Statement,
): Verified<Transaction> {
  const { identity, voteAccount, recentBlockhash } = fields;
  assert(voteAccount !== identity.address, "a vote account is not its own identity");
  if (statement.unsigned?.recentBlockhash !== recentBlockhash) {
    const bytes = writeUnsigned(statement.instructions[0]!.data, recentBlockhash);
    statement.unsigned = { recentBlockhash, bytes };
  }
  const bytes = votePieces.copy(statement.unsigned.bytes);
  votePieces.keep();
  bytes.set(identity.publicKey, identityAt);
  bytes.set(addressBytes(voteAccount), voteAccountAt);
  const message = bytes.subarray(messageAt);
  const signature = fields.scheme.sign(message, identity);
  bytes.set(signature, 1);
  const transaction: Transaction = {
    bytes,
    messageBytes: message,
    version: "legacy",
    signatures: [signature],
    signature: signatureOf(signature),
    messageHash: hashOf(sha256(message)),
    accountKeys: [identity.address, voteAccount, voteProgramAddress],
    signerCount: 1,
    isWritable,
    recentBlockhash,
    instructions: statement.instructions,
  };
  return Object.freeze(transaction) as Verified<Transaction>;
}

/**
 * A vote from a transaction that is nothing but a vote: one TowerSync, signed by its voter, whose tower is one a voter
 * can have, and short enough to be evidence: a promise that cannot be held against its voter counts for nobody. Whether the block exists and the vote account knows its signer is not checked here.
 */
export function parseVote(transaction: Verified<Transaction>): Outcome<Vote, VoteRefusalCode> {
  const [instruction, ...more] = transaction.instructions;
  if (instruction === undefined || more.length > 0) {
    return refuse("vote-instruction-wrong", { instructions: transaction.instructions.length });
  }
  const program = transaction.accountKeys[instruction.programIndex];
  if (program !== voteProgramAddress) return refuse("vote-instruction-wrong", { program: program ?? null });
  const decoded = decodeVoteInstruction(instruction.data);
  if (decoded === null) return refuse("vote-instruction-wrong", { type: null });
  if (decoded.type !== "TowerSync" && decoded.type !== "TowerSyncSwitch") {
    return refuse("vote-instruction-wrong", { type: decoded.type });
  }

  const [voteIndex = -1, voterIndex = -1] = instruction.accountIndices;
  const voteAccount = transaction.accountKeys[voteIndex];
  const authorizedVoter = transaction.accountKeys[voterIndex];
  const identity = transaction.accountKeys[0];
  const isSigned = voterIndex < transaction.signerCount;
  if (voteAccount === undefined || authorizedVoter === undefined || identity === undefined || !isSigned) {
    return refuse("vote-accounts-wrong", { accounts: instruction.accountIndices.length, isSigned });
  }

  const { root, votes, hash, blockId } = decoded.tower;
  if (hash !== blockId) return refuse("vote-block-ambiguous", { hash, blockId });
  const last = votes.at(-1);
  if (last === undefined) return refuse("vote-tower-wrong", { error: "EmptySlots" });
  const error = checkTower(votes, root, null);
  if (error !== null) return refuse("vote-tower-wrong", { error });
  if (!isProvableVote(transaction)) {
    const { messageBytes, accountKeys } = transaction;
    return refuse("vote-not-provable", { messageBytes: messageBytes.length, keys: accountKeys.length });
  }
  const slot = last.slot;
  const tower = { root, votes };
  return accept(Object.freeze({ voteAccount, identity, authorizedVoter, slot, blockId, tower, transaction }));
}
