/**
 * Evidence on the wire, small enough that one transaction of 1232 bytes carries it and its reporter's signature.
 *
 *     duplicate-block   00 | 2 × (slot u64 | parent slot u64 | parent id 32 | leader 32 | entries hash 32 | state hash 32
 *                            | signature 64)                                                              417 bytes
 *     lockout           01 | key count u8 | keys, 32 each | length of the first message u16 | 2 × vote
 *     vote              parent slot u64 | parent id 32 | leader 32 | entries hash 32 | state hash 32 | signature 64 | message
 *     message           as it was signed, but each of its keys is a byte: 0 the offender's vote account, 1 the vote
 *                       program, 2 and on the keys above; the second message goes to the end
 *
 * The two messages name mostly the same keys, and so they fit even where both towers are as long as they get and voter and
 * payer are two: 990 bytes.
 */
import { assert, assertDefined } from "../../base/assert.ts";
import { ByteReader, ByteWriter, concatBytes, DecodeError } from "../../base/bytes.ts";
import { accept } from "../../base/refusal.ts";
import { voteProgramAddress } from "../addresses.ts";
import { type Address, addressBytes, addressOf, hashBytes, hashOf, slotOf } from "../ids.ts";
import { malformed, type SlashingOutcome } from "./errors.ts";
import {
  type DuplicateBlockEvidence,
  type Evidence,
  type LockoutEvidence,
  offenceKinds,
  type SignedHeader,
  type VotedHeader,
  type VoteProof,
} from "./evidence.ts";

/** Asserts that messages are transactions' messages with fewer than 128 keys. */
export function encodeEvidence(evidence: Evidence, voteAccount: Address): Uint8Array {
  const writer = new ByteWriter(1024).u8(offenceKinds.indexOf(evidence.type));
  if (evidence.type === "lockout") return writeLockout(writer, evidence, voteAccount).finish();
  for (const { header, signature } of evidence.blocks) {
    writeHeader(writer.count(header.slot), header).bytes(signature);
  }
  return writer.finish();
}

/** What a stranger's bytes say; nothing of it is checked but that they can be read. */
export function decodeEvidence(bytes: Uint8Array, voteAccount: Address): SlashingOutcome<Evidence> {
  try {
    const reader = new ByteReader(bytes);
    const kind = offenceKinds[reader.u8()];
    if (kind === undefined) return malformed("no such kind of evidence");
    return accept(kind === "lockout" ? readLockout(reader, voteAccount) : readDuplicateBlock(reader));
  } catch (error) {
    if (error instanceof DecodeError) return malformed(error.message);
    throw error;
  }
}

function writeHeader(writer: ByteWriter, header: VotedHeader): ByteWriter {
  assert(header.entriesHash.length === 32, "a hash has 32 bytes");
  writer.count(header.parentSlot).bytes(hashBytes(header.parentId)).bytes(addressBytes(header.leader));
  return writer.bytes(header.entriesHash).bytes(hashBytes(header.stateHash));
}

function readHeader(reader: ByteReader): VotedHeader {
  return {
    parentSlot: slotOf(reader.count()),
    parentId: hashOf(reader.bytes(32)),
    leader: addressOf(reader.bytes(32)),
    entriesHash: reader.bytes(32),
    stateHash: hashOf(reader.bytes(32)),
  };
}

function readDuplicateBlock(reader: ByteReader): DuplicateBlockEvidence {
  const readBlock = (): SignedHeader => {
    const slot = slotOf(reader.count());
    return { header: { slot, ...readHeader(reader) }, signature: reader.bytes(64) };
  };
  const blocks = [readBlock(), readBlock()] as const;
  reader.end();
  return { type: "duplicate-block", blocks };
}

function writeLockout(writer: ByteWriter, { votes }: LockoutEvidence, voteAccount: Address): ByteWriter {
  const keys: Address[] = [voteAccount, voteProgramAddress];
  const [first, second] = votes.map(({ messageBytes }) => shortenMessage(messageBytes, keys));
  const firstBytes = assertDefined(first, "two votes");
  writer.u8(keys.length - 2);
  for (const key of keys.slice(2)) writer.bytes(addressBytes(key));
  writer.u16(firstBytes.length);
  writeHeader(writer, votes[0].header).bytes(votes[0].signature).bytes(firstBytes);
  return writeHeader(writer, votes[1].header).bytes(votes[1].signature).bytes(assertDefined(second, "two votes"));
}

function readLockout(reader: ByteReader, voteAccount: Address): LockoutEvidence {
  const keys = [addressBytes(voteAccount), addressBytes(voteProgramAddress)];
  for (let count = reader.u8(); count > 0; count--) keys.push(reader.bytes(32));
  const firstLength = reader.u16();
  const readVote = (length: number | null): VoteProof => {
    const header = readHeader(reader);
    const signature = reader.bytes(64);
    return { header, signature, messageBytes: lengthenMessage(reader.bytes(length ?? reader.remaining), keys) };
  };
  return { type: "lockout", votes: [readVote(firstLength), readVote(null)] };
}

/** Bytes of a message before its keys: a version, if it has one, and the header. */
function prefixLength(messageBytes: Uint8Array): number {
  return messageBytes[0]! >= 0x80 ? 4 : 3;
}

/** The message with a byte for each key; keys that are new are added to `keys`. */
function shortenMessage(messageBytes: Uint8Array, keys: Address[]): Uint8Array {
  const countAt = prefixLength(messageBytes);
  const count = messageBytes[countAt]!;
  assert(count < 128 && messageBytes.length >= countAt + 1 + 32 * count, "not a message with fewer than 128 keys");
  const writer = new ByteWriter(512).bytes(messageBytes.subarray(0, countAt + 1));
  for (let i = 0; i < count; i++) {
    const at = countAt + 1 + 32 * i;
    const key = addressOf(messageBytes.subarray(at, at + 32));
    if (!keys.includes(key)) keys.push(key);
    writer.u8(keys.indexOf(key));
  }
  return writer.bytes(messageBytes.subarray(countAt + 1 + 32 * count)).finish();
}

function lengthenMessage(bytes: Uint8Array, keys: readonly Uint8Array[]): Uint8Array {
  const reader = new ByteReader(bytes);
  const prefix = reader.bytes(bytes.length === 0 ? 0 : prefixLength(bytes));
  const count = reader.u8();
  if (count >= 128) throw new DecodeError(`too many keys: ${count}`);
  const parts = [prefix, Uint8Array.of(count)];
  for (let i = 0; i < count; i++) {
    const key = keys[reader.u8()];
    if (key === undefined) throw new DecodeError("no such key");
    parts.push(key);
  }
  return concatBytes(...parts, reader.bytes(reader.remaining));
}
