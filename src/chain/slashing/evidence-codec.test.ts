import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeScheme, keypairOf } from "../../../test/support/transactions.ts";
import { hashNamed } from "../../../test/support/votes.ts";
import { checkTower } from "../apply-tower-sync.ts";
import type { BlockContent } from "../block.ts";
import { createTransaction, type InstructionRequest } from "../create-transaction.ts";
import { hashBytes, type Slot, slotOf } from "../ids.ts";
import type { Lockout } from "../lockouts.ts";
import type { Transaction } from "../transaction.ts";
import { createVoteInstruction } from "../vote-instruction.ts";
import { createSubmitEvidenceInstruction, createVoteEvidence } from "./create-evidence.ts";
import type { DuplicateBlockEvidence, Evidence, LockoutEvidence } from "./evidence.ts";
import { decodeEvidence, encodeEvidence } from "./evidence-codec.ts";
import { isProvableVote, provableVoteBytesMax, readVote, readVoteMessage } from "./signed-vote.ts";

const identity = keypairOf("identity");
const voter = keypairOf("voter");
const reporter = keypairOf("reporter");
const voteAccount = keypairOf("vote account").address;
const hugeSlot = 2 ** 52;
const limits = { transactionBytesMax: 1232, accountLocksMax: 64 };

const block = (slot: number): BlockContent => ({
  slot: slotOf(slot),
  parentSlot: slotOf(slot - 1),
  parentId: hashNamed("parent"),
  leader: identity.address,
  entries: [],
  stateHash: hashNamed("state"),
});

/** 31 votes as far apart as lockouts allow, from a huge slot on: no tower takes more bytes. */
function widestTower(first: number): { root: Slot | null; votes: Lockout[] } {
  const votes: Lockout[] = [];
  let slot = first;
  for (let confirmationCount = 31; confirmationCount >= 1; confirmationCount--) {
    votes.push({ slot: slotOf(slot), confirmationCount });
    slot += 2 ** confirmationCount;
  }
  return { root: null, votes };
}

function voteTransaction(
  tower: { readonly root: Slot | null; readonly votes: readonly Lockout[] },
  name: string,
  fields: {
    readonly signer?: typeof voter;
    readonly payer?: typeof voter;
    readonly more?: readonly InstructionRequest[];
    readonly version?: 0;
    /** How often the instruction names its voter beyond once. */
    readonly repeats?: number;
  } = {},
): Transaction {
  const { signer = voter, payer = signer, more = [], version, repeats = 0 } = fields;
  const [hash, blockId] = [hashNamed(name), hashNamed(name)];
  const timestamp = 1_700_000_000n;
  const vote = createVoteInstruction({
    voteAccount,
    authorizedVoter: signer.address,
    tower: { ...tower, hash, blockId, timestamp },
  });
  const again = Array.from({ length: repeats }, () => vote.accounts[1]!);
  return createTransaction({
    scheme: fakeScheme,
    feePayer: payer,
    signers: [signer],
    instructions: [...more, { ...vote, accounts: [...vote.accounts, ...again] }],
    recentBlockhash: hashNamed(`blockhash ${name}`),
    ...(version === undefined ? {} : { version }),
  });
}

function evidenceOf(a: Transaction, b: Transaction): LockoutEvidence {
  const evidence = createVoteEvidence({ transaction: a, block: block(7) }, { transaction: b, block: block(8) });
  if (!evidence.ok) throw new Error(JSON.stringify(evidence.facts));
  return evidence.value;
}

function submissionBytes(evidence: Evidence): number {
  const instruction = createSubmitEvidenceInstruction({ reporter: reporter.address, voteAccount, evidence });
  const request = { scheme: fakeScheme, feePayer: reporter, instructions: [instruction] };
  return createTransaction({ ...request, recentBlockhash: hashNamed("recent") }).bytes.length;
}

const duplicate: DuplicateBlockEvidence = {
  type: "duplicate-block",
  blocks: [1, 2].map((signature) => {
    const { entries: _, ...header } = block(hugeSlot);
    return {
      header: { ...header, entriesHash: hashBytes(hashNamed("e")) },
      signature: new Uint8Array(64).fill(signature),
    };
  }) as unknown as DuplicateBlockEvidence["blocks"],
};
const widest = widestTower(hugeSlot);
const plainVotes = evidenceOf(voteTransaction(widest, "a"), voteTransaction(widest, "b"));

describe("evidence on the wire", () => {
  it("is read back as it was written", () => {
    const paid = evidenceOf(
      voteTransaction(widest, "a", { payer: identity }),
      voteTransaction(widest, "b", { version: 0 }),
    );
    for (const evidence of [duplicate, plainVotes, paid]) {
      const decoded = decodeEvidence(encodeEvidence(evidence, voteAccount), voteAccount);
      expect(decoded).toEqual({ ok: true, value: evidence });
    }
    expect(encodeEvidence(duplicate, voteAccount)).toHaveLength(417);
  });

  it("fits one transaction with one signer, also with the widest towers at huge slots and a payer beside the voter", () => {
    expect(checkTower(widest.votes, widest.root, null)).toBeNull();
    expect(submissionBytes(duplicate)).toBeLessThanOrEqual(1232);
    expect(submissionBytes(plainVotes)).toBe(1192);
    const paid = evidenceOf(
      voteTransaction(widest, "a", { payer: identity }),
      voteTransaction(widest, "b", { payer: identity }),
    );
    expect(submissionBytes(paid)).toBeLessThanOrEqual(1232);
    expect(encodeEvidence(paid, voteAccount).length).toBeLessThanOrEqual(990);
  });

  it("fits one transaction whatever two provable votes look like", () => {
    const votes = Array.from({ length: 31 }, (_, i) => ({ slot: slotOf(7 + i), confirmationCount: 31 - i }));
    const tower = { root: null, votes };
    // Filled up to the last byte, by naming the voter again and again.
    const filled = (name: string, signer: typeof voter, payer: typeof voter) => {
      const { length } = voteTransaction(tower, name, { signer, payer }).messageBytes;
      const vote = voteTransaction(tower, name, { signer, payer, repeats: provableVoteBytesMax - length });
      expect([vote.messageBytes.length, isProvableVote(vote)]).toEqual([provableVoteBytesMax, true]);
      return vote;
    };
    const [a, b, c, d] = ["a", "b", "c", "d"].map(keypairOf) as [
      typeof voter,
      typeof voter,
      typeof voter,
      typeof voter,
    ];
    const bytesOf = (one: Transaction, other: Transaction) => submissionBytes(evidenceOf(one, other));
    expect(bytesOf(filled("a", a, b), filled("b", c, d))).toBe(1232);
    expect(bytesOf(filled("a", a, a), filled("b", b, b))).toBeLessThanOrEqual(1232);
  });

  it("is what the widest tower can always be", () => {
    for (const fields of [{}, { version: 0 } as const])
      expect(isProvableVote(voteTransaction(widest, "a", fields))).toBe(true);
  });

  it("is refused, and nothing thrown, when a byte is missing, changed or too many", () => {
    for (const evidence of [duplicate, plainVotes]) {
      const bytes = encodeEvidence(evidence, voteAccount);
      if (evidence === duplicate) expect(decodeEvidence(Uint8Array.of(...bytes, 0), voteAccount).ok).toBe(false);
      for (let length = 0; length < bytes.length; length++) {
        const decoded = decodeEvidence(bytes.subarray(0, length), voteAccount);
        // A vote's message ends where the bytes end: what is cut off there, its own reader misses.
        if (decoded.ok && decoded.value.type === "lockout") {
          expect(readVoteMessage(decoded.value.votes[1].messageBytes, limits).ok).toBe(false);
        } else expect(decoded).toMatchObject({ ok: false, code: "EvidenceMalformed" });
      }
      fc.assert(
        fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
          const decoded = decodeEvidence(bytes.with(at, byte), voteAccount);
          if (!decoded.ok || decoded.value.type !== "lockout") return;
          for (const { messageBytes } of decoded.value.votes) readVoteMessage(messageBytes, limits);
        }),
        { seed: 1234, numRuns: 300 },
      );
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const decoded = decodeEvidence(bytes, voteAccount);
        if (decoded.ok && decoded.value.type === "lockout")
          readVoteMessage(decoded.value.votes[0].messageBytes, limits);
      }),
      { seed: 1234, numRuns: 500 },
    );
  });
});

describe("a vote in a transaction", () => {
  const tower = { root: slotOf(1), votes: [{ slot: slotOf(5), confirmationCount: 1 }] };

  it("is read with or without other instructions around it, from the message as from the transaction", () => {
    const other = { programAddress: voteAccount, accounts: [], data: Uint8Array.of(1) };
    for (const transaction of [
      voteTransaction(tower, "a"),
      voteTransaction(tower, "a", { payer: identity, more: [other] }),
    ]) {
      const read = readVote(transaction);
      expect(read).toMatchObject({ ok: true, value: { voteAccount, tower: { ...tower, blockId: hashNamed("a") } } });
      expect(read.ok && read.value.signers.map(({ address }) => address)).toEqual([voter.address]);
      expect(readVoteMessage(transaction.messageBytes, limits)).toEqual(read);
    }
  });

  it("is none when the ledger and other validators would not take it for one", () => {
    const crossed = {
      root: null,
      votes: [
        { slot: slotOf(5), confirmationCount: 1 },
        { slot: slotOf(9), confirmationCount: 1 },
      ],
    };
    const vote = voteTransaction(tower, "a");
    const second = createVoteInstruction({
      voteAccount,
      authorizedVoter: voter.address,
      tower: { ...tower, hash: hashNamed("b"), blockId: hashNamed("b"), timestamp: null },
    });
    const ambiguous = createVoteInstruction({
      voteAccount,
      authorizedVoter: voter.address,
      tower: { ...tower, hash: hashNamed("a"), blockId: hashNamed("b"), timestamp: null },
    });
    const alone = (instruction: InstructionRequest) =>
      createTransaction({
        scheme: fakeScheme,
        feePayer: voter,
        instructions: [instruction],
        recentBlockhash: hashNamed("r"),
      });
    for (const [transaction, problem] of [
      [voteTransaction(crossed, "a"), "tower"],
      [voteTransaction({ root: null, votes: [] }, "a"), "empty tower"],
      [voteTransaction(tower, "a", { more: [second] }), "two votes"],
      [alone(ambiguous), "two names"],
      [alone({ ...second, data: Uint8Array.of(1, 2, 3) }), "no vote"],
    ] as const) {
      const read = readVote(transaction);
      expect(read.ok ? "" : String(read.facts.problem)).toContain(problem);
      expect(createVoteEvidence({ transaction, block: block(7) }, { transaction: vote, block: block(8) }).ok).toBe(
        false,
      );
    }
  });
});
