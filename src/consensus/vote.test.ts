import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTransaction } from "../chain/create-transaction.ts";
import { portableEd25519 } from "../chain/ed25519.ts";
import { addressOf, type Hash, hashOf, slotOf } from "../chain/ids.ts";
import { profiles } from "../chain/params.ts";
import { parseTransaction } from "../chain/parse-transaction.ts";
import { provableVoteBytesMax } from "../chain/slashing/signed-vote.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import { createVoteInstruction, type TowerSync } from "../chain/vote-instruction.ts";
import { emptyTower, recordVote, type Tower } from "./tower.ts";
import { createVote, parseVote } from "./vote.ts";

const scheme = portableEd25519;
const identity = scheme.createKeypair(new Uint8Array(32).fill(1));
const stranger = scheme.createKeypair(new Uint8Array(32).fill(2));
const voteAccount = addressOf(new Uint8Array(32).fill(9));
const hash = (byte: number): Hash => hashOf(new Uint8Array(32).fill(byte));

const towerOf = (slots: readonly number[]): Tower =>
  slots.reduce((tower, slot) => recordVote(tower, slotOf(slot), hash(slot % 251)), emptyTower);

const voteFor = (tower: Tower, timestamp: bigint | null = 1_700_000_000n) =>
  createVote({ scheme, identity, voteAccount, tower, blockId: hash(7), recentBlockhash: hash(8), timestamp });

const syncOf = (fields: Partial<TowerSync> = {}): TowerSync => ({
  root: null,
  votes: towerOf([4, 5]).votes,
  hash: hash(7),
  blockId: hash(7),
  timestamp: null,
  ...fields,
});

const instructionOf = (fields: Partial<TowerSync> = {}) =>
  createVoteInstruction({ voteAccount, authorizedVoter: identity.address, tower: syncOf(fields) });

const transactionOf = (...instructions: Parameters<typeof createTransaction>[0]["instructions"]) =>
  createTransaction({ scheme, feePayer: identity, instructions, recentBlockhash: hash(8) });

const codeOf = (transaction: Verified<Transaction>) => {
  const outcome = parseVote(transaction);
  return outcome.ok ? null : outcome.code;
};

describe("a vote", () => {
  const generalOf = (tower: Tower, timestamp: bigint | null) => {
    const sync = { root: tower.root, votes: tower.votes, hash: hash(7), blockId: hash(7), timestamp };
    return transactionOf(createVoteInstruction({ voteAccount, authorizedVoter: identity.address, tower: sync }));
  };

  it("is the transaction that the general encoder makes of it, on both sides of 128 bytes of data", () => {
    const lengths = [24, 25, 26].map((votes) => {
      const tower = towerOf(Array.from({ length: votes }, (_, i) => i + 1));
      const vote = voteFor(tower, null);
      expect(vote.transaction).toEqual(generalOf(tower, null));
      return vote.transaction.instructions[0]!.data.length;
    });
    expect(lengths).toEqual([126, 128, 130]);
  });

  it("is the transaction that the general encoder makes of it, for towers small and full", () => {
    const steps = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.option(fc.bigInt(0n, 2n ** 40n)), (distances, timestamp) => {
        let slot = 0;
        const tower = towerOf(distances.map((distance) => (slot += distance)));
        expect(voteFor(tower, timestamp).transaction).toEqual(generalOf(tower, timestamp));
      }),
      { seed: 1234, numRuns: 25 },
    );
  });

  it("is read back from its own bytes", () => {
    const vote = voteFor(towerOf(Array.from({ length: 35 }, (_, i) => 2 * i)));
    const parsed = parseTransaction(vote.transaction.bytes, profiles.lab);
    if (!parsed.ok) throw new Error(parsed.code);
    expect(scheme.verify(parsed.value.signatures[0]!, parsed.value.messageBytes, identity.publicKey)).toBe(true);
    expect(parseVote(parsed.value as Verified<Transaction>)).toEqual({ ok: true, value: vote });
    expect([vote.slot, vote.blockId, vote.identity, vote.tower.root]).toEqual([68, hash(7), identity.address, 6]);
  });

  it("is one TowerSync and nothing else", () => {
    const vote = instructionOf();
    expect(codeOf(transactionOf(vote))).toBeNull();
    expect(codeOf(transactionOf())).toBe("vote-instruction-wrong");
    expect(codeOf(transactionOf(vote, vote))).toBe("vote-instruction-wrong");
    expect(codeOf(transactionOf({ ...vote, programAddress: stranger.address }))).toBe("vote-instruction-wrong");
    expect(codeOf(transactionOf({ ...vote, data: vote.data.subarray(1) }))).toBe("vote-instruction-wrong");
    expect(codeOf(transactionOf({ ...vote, data: new Uint8Array([2, 0, 0, 0]) }))).toBe("vote-instruction-wrong");
  });

  it("is signed by the voter it names", () => {
    const vote = instructionOf();
    expect(codeOf(transactionOf({ ...vote, accounts: vote.accounts.slice(0, 1) }))).toBe("vote-accounts-wrong");
    const unsigned = { address: stranger.address, isSigner: false, isWritable: false };
    expect(codeOf(transactionOf({ ...vote, accounts: [vote.accounts[0]!, unsigned] }))).toBe("vote-accounts-wrong");
  });

  it("means one block, by a tower that a voter can have", () => {
    expect(codeOf(transactionOf(instructionOf({ hash: hash(1) })))).toBe("vote-block-ambiguous");
    expect(codeOf(transactionOf(instructionOf({ votes: [] })))).toBe("vote-tower-wrong");
    const votes = (...list: [number, number][]) =>
      list.map(([slot, confirmationCount]) => ({ slot: slotOf(slot), confirmationCount }));
    expect(codeOf(transactionOf(instructionOf({ votes: votes([1, 2], [6, 1]) })))).toBe("vote-tower-wrong");
    expect(codeOf(transactionOf(instructionOf({ votes: votes([1, 2], [5, 1]) })))).toBeNull();
    expect(codeOf(transactionOf(instructionOf({ root: slotOf(1), votes: votes([1, 1]) })))).toBe("vote-tower-wrong");
  });

  it("is short enough to be evidence: keys that nobody needs make it none", () => {
    const filled = (keys: number, repeats: number) => {
      const vote = instructionOf({ votes: towerOf([1, 2, 3, 4, 5]).votes });
      const key = (byte: number) => ({ address: addressOf(new Uint8Array(32).fill(100 + byte)) });
      const more = Array.from({ length: keys }, (_, byte) => ({ ...key(byte), isSigner: false, isWritable: false }));
      const again = Array.from({ length: repeats }, () => vote.accounts[1]!);
      return transactionOf({ ...vote, accounts: [...vote.accounts, ...more, ...again] });
    };
    const room = provableVoteBytesMax - filled(1, 0).messageBytes.length;
    expect(codeOf(filled(1, room))).toBeNull();
    expect(codeOf(filled(1, room + 1))).toBe("vote-not-provable");
    expect(codeOf(filled(2, 0))).toBe("vote-not-provable");
  });
});
