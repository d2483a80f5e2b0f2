/**
 * Attacks on slashing: on the innocent by forged, stale and foreign evidence; on the rule by replays, shields and exits; on
 * the chain by slashing all of it away. WEAKNESSES of the tutorial's slashing, D5 to D9, are among them.
 */
import { createNoopSigner } from "@solana/kit";
import { getDeactivateInstruction, getWithdrawInstruction } from "@solana-program/stake";
import { describe, expect, it } from "vitest";
import { encodeHex } from "../../src/base/bytes.ts";
import { sha256 } from "../../src/base/sha256.ts";
import type { Account } from "../../src/chain/account.ts";
import { accountAt, applyAccountChanges } from "../../src/chain/accounts-tree.ts";
import { stakeProgramAddress, systemProgramAddress } from "../../src/chain/addresses.ts";
import type { Bank } from "../../src/chain/bank.ts";
import {
  type Address,
  addressBytes,
  addressOf,
  epochOf,
  hashOf,
  lamportsOf,
  lamportsPerSol,
  slotOf,
} from "../../src/chain/ids.ts";
import { rentExemptMinimum } from "../../src/chain/rent.ts";
import {
  createDuplicateBlockEvidence,
  createSubmitEvidenceInstruction,
} from "../../src/chain/slashing/create-evidence.ts";
import { type SlashingErrorName, slashingErrors } from "../../src/chain/slashing/errors.ts";
import type { DuplicateBlockEvidence, Evidence, LockoutEvidence } from "../../src/chain/slashing/evidence.ts";
import { encodeEvidence } from "../../src/chain/slashing/evidence-codec.ts";
import { findLockoutViolation, type ShownTower } from "../../src/chain/slashing/lockout-violation.ts";
import {
  createSlashingRecord,
  createSlashingRecordAccount,
  slashingRecordAddress,
} from "../../src/chain/slashing/record.ts";
import { readVote } from "../../src/chain/slashing/signed-vote.ts";
import type { Transaction } from "../../src/chain/transaction.ts";
import { createVoteState, encodeVoteState, voteAccountBytes } from "../../src/chain/vote-state.ts";
import { buildAttackChain, strangerOf } from "../support/attack-chain.ts";
import { transferInstruction } from "../support/chain-builder.ts";
import {
  createSlashingWorld,
  delegatedIn,
  delegatorOwner,
  duplicateBlocks,
  extendTo,
  land,
  ownStakeOf,
  recordIn,
  type SlashingWorld,
  signedBlock,
  signedVote,
  stakeIn,
  submit,
  votePair,
} from "../support/slashing-world.ts";
import { requestOf } from "../support/transactions.ts";

const sol = lamportsPerSol;

/** Refused by this name, said in the log, and nothing changed but the reporter's fee. */
function expectRefused(
  world: SlashingWorld,
  bank: Bank,
  evidence: Evidence,
  name: SlashingErrorName,
  validator = 1,
  slot?: number,
): void {
  const before = accountAt(bank.accounts, world.reporter.address)!;
  const record = recordIn(world, bank, validator);
  const submitted = submit(world, bank, evidence, { validator, ...(slot === undefined ? {} : { slot }) });
  expect(submitted.error, submitted.logs.join("\n")).toEqual({
    InstructionError: [0, { Custom: slashingErrors[name] }],
  });
  expect(submitted.logs.join("\n")).toContain(`Evidence refused: ${name}`);
  expect(recordIn(world, submitted.bank, validator)).toEqual(record);
  const after = accountAt(submitted.bank.accounts, world.reporter.address)!;
  expect(after).toEqual({ ...before, lamports: lamportsOf(before.lamports - 5000n) });
}

function expectConvicted(submitted: ReturnType<typeof submit>): Bank {
  expect(submitted.error, submitted.logs.join("\n")).toBeNull();
  return submitted.bank;
}

function withAccount(bank: Bank, address: Address, account: Account | null): Bank["accounts"] {
  return applyAccountChanges(bank.accounts, [{ address, account }]);
}

function readTower(transaction: Transaction): ShownTower {
  const vote = readVote(transaction);
  if (!vote.ok) throw new Error(JSON.stringify(vote.facts));
  return vote.value.tower;
}

const flip = (bytes: Uint8Array, at: number) => bytes.with(at, bytes[at]! ^ 1);
const flipped = (text: string) => hashOf(flip(addressBytes(text as never), 3));

const world = createSlashingWorld();
const at10 = extendTo(world, world.genesisBank, 10);
const duplicate = duplicateBlocks(world, 1, 5);
const brokenLockout = votePair(
  world,
  1,
  {
    votes: [
      [2, 3],
      [4, 2],
      [5, 1],
    ],
  },
  {
    votes: [
      [2, 3],
      [7, 1],
    ],
  },
);

describe("evidence of two blocks in one slot", () => {
  it("convicts at once, jails, and takes the penalty when the next epoch begins", () => {
    const submitted = submit(world, at10, duplicate, { validator: 1 });
    const bank = expectConvicted(submitted);
    expect(submitted.logs.join("\n")).toContain(`Convicted ${world.validators[1]!.voteAccount}: signed blocks`);
    expect(recordIn(world, bank, 1)).toMatchObject({
      voteAccount: world.validators[1]!.voteAccount,
      identity: world.validators[1]!.identity.address,
      tombstoned: true,
      coveredTo: { "duplicate-block": 11, lockout: null },
      convictions: [
        { kind: "duplicate-block", offenceSlot: 5, convictedSlot: 11, stakeAtRisk: 300n * sol, settlement: null },
      ],
    });
    expect(delegatedIn(bank, ownStakeOf(world, 1))).toBe(300n * sol);

    // 500 bps, and 3 × 300 / 1000 more: 95 % of 300 SOL, of which the reporter gets 5 %.
    const next = extendTo(world, bank, 33);
    const taken = 285n * sol;
    const reward = (taken * 500n) / 10_000n;
    expect(delegatedIn(next, ownStakeOf(world, 1))).toBe(300n * sol - taken);
    expect(next.supply.burned - bank.supply.burned).toBe(taken - reward);
    const reporterAt = (each: Bank) => accountAt(each.accounts, world.reporter.address)!.lamports;
    expect(reporterAt(next) - reporterAt(bank)).toBe(reward);
    expect(recordIn(world, next, 1)).toMatchObject({
      takenTotal: taken,
      convictions: [
        {
          baseBps: 500,
          settlement: {
            epoch: 1,
            correlatedStake: 300n * sol,
            correlationBps: 9000,
            shareBps: 9500,
            stakeAccounts: 1,
            taken,
            reporterReward: reward,
          },
        },
      ],
    });
    const paid = next.rewards
      .filter(({ type }) => type === "slashing")
      .map(({ address, lamports }) => [address, lamports]);
    expect(paid).toEqual([
      [ownStakeOf(world, 1), -taken],
      [world.reporter.address, reward],
    ]);
    // Settled once: the boundary after it takes nothing more, and it is in no stake frozen since.
    const later = extendTo(world, next, 65);
    expect(delegatedIn(later, ownStakeOf(world, 1))).toBe(300n * sol - taken);
    expect([...next.stakeTables].map(([epoch, table]) => [epoch, table.entries.length])).toEqual([
      [0, 3],
      [1, 3],
      [2, 2],
    ]);
  });

  it("is refused with any field forged: every field of either header, and the signatures", () => {
    const forgeries = (given: DuplicateBlockEvidence, at: 0 | 1): DuplicateBlockEvidence[] => {
      const { header, signature } = given.blocks[at];
      const others = [
        { header: { ...header, slot: slotOf(header.slot + 1) }, signature },
        { header: { ...header, parentSlot: slotOf(header.parentSlot + 1) }, signature },
        { header: { ...header, parentId: flipped(header.parentId) }, signature },
        { header: { ...header, leader: world.validators[0]!.identity.address }, signature },
        { header: { ...header, entriesHash: flip(header.entriesHash, 0) }, signature },
        { header: { ...header, stateHash: flipped(header.stateHash) }, signature },
        { header, signature: flip(signature, 0) },
        { header, signature: flip(signature, 63) },
        { header, signature: new Uint8Array(64) },
      ];
      return others.map((other) => ({
        ...given,
        blocks: at === 0 ? [other, given.blocks[1]] : [given.blocks[0], other],
      }));
    };
    const codes = [0, 1]
      .flatMap((at) => forgeries(duplicate, at as 0 | 1))
      .map((forged) => {
        const { error, bank } = submit(world, at10, forged, { validator: 1 });
        expect(recordIn(world, bank, 1)).toBeNull();
        const [, reason] = (error as { InstructionError: [number, { Custom: number }] }).InstructionError;
        return reason.Custom;
      });
    const { NotAnOffence, SignatureInvalid, SignerMismatch } = slashingErrors;
    const each = [NotAnOffence, ...Array<number>(2).fill(SignatureInvalid), SignerMismatch];
    expect(codes.slice(0, 4)).toEqual(each);
    expect(new Set(codes.slice(4, 9))).toEqual(new Set([SignatureInvalid]));
    expect(codes.slice(9)).toEqual(codes.slice(0, 9));
  });

  it("is no evidence when both are the same block, or of two slots", () => {
    const block = signedBlock(world, 1, 5, "one");
    expectRefused(world, at10, createDuplicateBlockEvidence(block, block), "NotAnOffence");
    const other = signedBlock(world, 1, 6, "one");
    expectRefused(world, at10, createDuplicateBlockEvidence(block, other), "NotAnOffence");
  });

  it("does not touch the innocent: another's vote account, another's identity, a stranger's key", () => {
    expectRefused(world, at10, duplicate, "SignerMismatch", 0);
    const stranger = strangerOf("leader");
    const block = signedBlock(world, 1, 5, "one");
    const forged = { ...block, leader: stranger.address };
    expectRefused(world, at10, createDuplicateBlockEvidence(forged, block), "SignerMismatch");
    const mixed = createDuplicateBlockEvidence(signedBlock(world, 0, 5, "one"), signedBlock(world, 1, 5, "other"));
    expectRefused(world, at10, mixed, "SignerMismatch", 0);
    expectRefused(world, at10, mixed, "SignerMismatch", 1);
  });

  it("does not count from another chain, though the keys are the same", () => {
    const elsewhere = createSlashingWorld({ params: { ticksPerSlot: 2 } });
    expect(elsewhere.validators[1]!.identity.address).toBe(world.validators[1]!.identity.address);
    expect(elsewhere.chain.genesisHash).not.toBe(world.chain.genesisHash);
    expectRefused(world, at10, duplicateBlocks(elsewhere, 1, 5), "SignatureInvalid");
    const halves = createDuplicateBlockEvidence(signedBlock(world, 1, 5, "one"), signedBlock(elsewhere, 1, 5, "one"));
    expectRefused(world, at10, halves, "SignatureInvalid");
  });

  it("counts for this epoch and the one before, and not from the future", () => {
    expectRefused(world, at10, duplicateBlocks(world, 1, 12), "OffenceInFuture");
    // The block that carries it stands at slot 11.
    expectConvicted(submit(world, at10, duplicateBlocks(world, 1, 11), { validator: 1 }));
    const inEpoch1 = extendTo(world, at10, 63);
    expectConvicted(submit(world, extendTo(world, at10, 62), duplicate, { validator: 1 }));
    expectRefused(world, inEpoch1, duplicate, "OffenceTooOld");
    const never = createSlashingWorld({ params: { slashEvidenceEpochs: 0 } });
    const own = duplicateBlocks(never, 1, 5);
    expectRefused(never, extendTo(never, never.genesisBank, 31), own, "OffenceTooOld");
  });

  it("is refused when handed in again: the same, its halves swapped, another pair of the same slot, an earlier offence", () => {
    const earlier = duplicateBlocks(world, 1, 3);
    const bank = expectConvicted(submit(world, at10, duplicate, { validator: 1 }));
    const [a, b] = duplicate.blocks;
    expectRefused(world, bank, duplicate, "AlreadyPunished");
    expectRefused(world, bank, { ...duplicate, blocks: [b, a] }, "AlreadyPunished");
    expectRefused(world, bank, duplicateBlocks(world, 1, 5, ["one", "third"]), "AlreadyPunished");
    expectRefused(world, bank, earlier, "AlreadyPunished");
    expectRefused(world, bank, duplicateBlocks(world, 1, 11), "AlreadyPunished");
    // Also after it was settled, and in another reporter's name.
    expectRefused(world, extendTo(world, bank, 33), duplicate, "AlreadyPunished");
    const again = submit(world, bank, duplicate, { validator: 1, reporter: world.network.accounts[1]! });
    expect(again.error).toEqual({ InstructionError: [0, { Custom: slashingErrors.AlreadyPunished }] });
  });

  it("asks the stakes frozen for the offence's epoch: who had none there is no validator", () => {
    const idle = strangerOf("idle");
    const voteAccount = addressOf(sha256(addressBytes(idle.address)));
    const fields = { identity: idle.address, authorizedVoter: idle.address, withdrawer: idle.address };
    const state = createVoteState({ ...fields, voteAccount, commissionBps: 0, epoch: 0 as never });
    const owner = accountAt(world.genesisBank.accounts, world.validators[0]!.voteAccount)!.owner;
    const lamports = rentExemptMinimum(voteAccountBytes, world.chain.params);
    const account = { lamports, owner, data: encodeVoteState(state), executable: false };
    const withIdle = createSlashingWorld({ accounts: [[voteAccount, account]] });
    const bank = extendTo(withIdle, withIdle.genesisBank, 10);
    const block = signedBlock(withIdle, 1, 5, "one");
    const evidence = createDuplicateBlockEvidence({ ...block, leader: idle.address }, block);
    const reporter = withIdle.reporter.address;
    const instruction = createSubmitEvidenceInstruction({ reporter, voteAccount, evidence });
    const { error, logs } = land(withIdle, bank, [instruction], withIdle.reporter);
    expect(error).toEqual({ InstructionError: [0, { Custom: slashingErrors.NotAValidator }] });
    expect(logs.join("\n")).toContain("NotAValidator");
  });
});

describe("evidence of two votes", () => {
  const convictedBy = (evidence: LockoutEvidence) => submit(world, at10, evidence, { validator: 1 });

  it("convicts of a broken lockout, of two blocks in one slot, of a root that cannot be, of a root taken back", () => {
    for (const [evidence, what] of [
      [brokenLockout, "lockout-broken"],
      [votePair(world, 1, { votes: [[5, 1]], block: "one" }, { votes: [[5, 1]], block: "other" }), "two-blocks"],
      [votePair(world, 1, { votes: [[5, 1]] }, { votes: [[6, 1]], root: 5 }), "root-impossible"],
      [votePair(world, 1, { votes: [[5, 1]], root: 2 }, { votes: [[9, 1]], root: 1 }), "root-taken-back"],
    ] as const) {
      const submitted = convictedBy(evidence);
      expectConvicted(submitted);
      expect(submitted.logs.join("\n")).toContain(what);
      expectConvicted(convictedBy({ ...evidence, votes: [evidence.votes[1], evidence.votes[0]] }));
    }
    // Not for ever: for this epoch and four more. A share of 100 bps and 3 × 300 / 1000.
    const bank = expectConvicted(convictedBy(brokenLockout));
    expect(recordIn(world, bank, 1)).toMatchObject({ tombstoned: false, jailedUntilEpoch: 5n });
    const next = extendTo(world, bank, 33);
    expect(delegatedIn(next, ownStakeOf(world, 1))).toBe(300n * sol - (300n * sol * 9100n) / 10_000n);
  });

  it("is no evidence when a vote is signed again, with another blockhash and another time", () => {
    const votes = [
      [2, 2],
      [5, 1],
    ] as const;
    const again = votePair(
      world,
      1,
      { votes, timestamp: 1n },
      { votes, timestamp: 2n, recentBlockhash: hashOf(sha256(new Uint8Array(1))) },
    );
    expect(encodeHex(again.votes[0].messageBytes)).not.toBe(encodeHex(again.votes[1].messageBytes));
    expectRefused(world, at10, again, "NotAnOffence");
  });

  it("is no evidence when the lockout had expired, or the later tower still holds the vote", () => {
    expectRefused(world, at10, votePair(world, 1, { votes: [[5, 1]] }, { votes: [[8, 1]] }), "NotAnOffence");
    expectRefused(
      world,
      at10,
      votePair(
        world,
        1,
        { votes: [[5, 1]] },
        {
          votes: [
            [5, 2],
            [6, 1],
          ],
        },
      ),
      "NotAnOffence",
    );
  });

  it("is refused with any part forged: signature, message, header", () => {
    const [good, other] = brokenLockout.votes;
    const { header, messageBytes, signature } = good;
    const refusalsOf = (vote: LockoutEvidence["votes"][0]) => {
      for (const votes of [
        [vote, other],
        [other, vote],
      ] as const) {
        const { error, bank } = convictedBy({ type: "lockout", votes });
        expect(error).not.toBeNull();
        expect(recordIn(world, bank, 1)).toBeNull();
      }
    };
    refusalsOf({ ...good, signature: flip(signature, 5) });
    refusalsOf({ ...good, signature: other.signature });
    for (const forged of [
      { ...header, parentSlot: slotOf(header.parentSlot + 1) },
      { ...header, parentId: flipped(header.parentId) },
      { ...header, leader: world.reporter.address },
      { ...header, entriesHash: flip(header.entriesHash, 0) },
      { ...header, stateHash: flipped(header.stateHash) },
    ]) {
      expectRefused(world, at10, { type: "lockout", votes: [{ ...good, header: forged }, other] }, "BlockMismatch");
    }
    // Every byte of the message behind its keys and counts: blockhash, tower, block id, timestamp.
    for (let at = 100; at < messageBytes.length; at += 1) refusalsOf({ ...good, messageBytes: flip(messageBytes, at) });
  });

  it("does not touch the innocent: another's votes, votes by whoever is not the authorized voter", () => {
    const { voteAccount } = world.validators[0]!;
    expect(voteAccount).not.toBe(world.validators[1]!.voteAccount);
    // The bytes name the accused by place, so handed in against another they become another message, which nobody signed.
    const mine = encodeEvidence(brokenLockout, world.validators[1]!.voteAccount);
    expect(mine).not.toEqual(encodeEvidence(brokenLockout, voteAccount));
    expectRefused(world, at10, brokenLockout, "AccountMismatch", 0);
    const stranger = strangerOf("voter");
    const plan = { signer: stranger };
    const forged = votePair(world, 1, { ...plan, votes: [[5, 1]] }, { ...plan, votes: [[6, 1]] });
    expectRefused(world, at10, forged, "SignerMismatch");
    const signature = signedVote(world, 1, { votes: [[5, 1]], signer: stranger }).transaction.signatures[0]!;
    const [a, b] = votePair(world, 1, { votes: [[5, 1]] }, { votes: [[6, 1]] }).votes;
    expectRefused(world, at10, { type: "lockout", votes: [{ ...a, signature }, b] }, "SignatureInvalid");
  });

  it("does not count from another chain, though the keys and slots are the same", () => {
    const elsewhere = createSlashingWorld({ params: { ticksPerSlot: 2 } });
    const here = signedVote(world, 1, { votes: [[5, 1]] });
    const there = signedVote(elsewhere, 1, { votes: [[6, 1]] });
    const foreign = votePair(elsewhere, 1, { votes: [[5, 1]] }, { votes: [[6, 1]] });
    expectRefused(world, at10, foreign, "BlockMismatch");
    const mixed = votePair(world, 1, { votes: [[5, 1]] }, { votes: [[6, 1]] });
    const foreignHalf: LockoutEvidence = { type: "lockout", votes: [mixed.votes[0], foreign.votes[1]] };
    expectRefused(world, at10, foreignHalf, "BlockMismatch");
    expect(findLockoutViolation(readTower(here.transaction), readTower(there.transaction))).not.toBeNull();
  });

  it("counts for this epoch and the one before, by the older of the two, and not from the future", () => {
    const ahead = votePair(world, 1, { votes: [[5, 1]] }, { votes: [[12, 1]], root: 4 });
    expectRefused(world, at10, ahead, "OffenceInFuture");
    expectRefused(world, extendTo(world, at10, 63), brokenLockout, "OffenceTooOld");
    const across = votePair(world, 1, { votes: [[31, 5]] }, { votes: [[33, 1]] });
    expectConvicted(submit(world, extendTo(world, at10, 40), across, { validator: 1 }));
    expectRefused(world, extendTo(world, at10, 63), across, "OffenceTooOld");
  });

  it("is refused when handed in again, also where only one of the votes is from before the conviction", () => {
    const bank = expectConvicted(convictedBy(brokenLockout));
    expectRefused(world, bank, brokenLockout, "AlreadyPunished");
    expectRefused(
      world,
      bank,
      { ...brokenLockout, votes: [brokenLockout.votes[1], brokenLockout.votes[0]] },
      "AlreadyPunished",
    );
    // The tower it went on with conflicts with the one it forgot: the same offence, not another.
    const goingOn = votePair(world, 1, { votes: [[5, 5]] }, { votes: [[20, 1]] });
    const [older, newer] = goingOn.votes;
    for (const votes of [[older, newer] as const, [newer, older] as const]) {
      expectRefused(world, extendTo(world, bank, 21), { type: "lockout", votes }, "AlreadyPunished");
    }
    // Two votes after it are another offence.
    const second = votePair(world, 1, { votes: [[20, 5]] }, { votes: [[21, 1]] });
    expectConvicted(submit(world, extendTo(world, bank, 21), second, { validator: 1 }));
  });

  it("says no when the vote account is gone: nobody can tell who was its voter", () => {
    const gone = createSlashingWorld();
    const address = gone.validators[1]!.voteAccount;
    const own = votePair(gone, 1, { votes: [[5, 1]] }, { votes: [[6, 1]] });
    const empty = { ...accountAt(gone.genesisBank.accounts, address)!, data: new Uint8Array(voteAccountBytes) };
    const bank = extendTo(gone, gone.genesisBank, 10);
    const closed = { ...bank, accounts: withAccount(bank, address, empty) };
    expectRefused(gone, closed, own, "SignerMismatch");
    // Two blocks convict all the same: the frozen stakes say who it was.
    expectConvicted(submit(gone, closed, duplicateBlocks(gone, 1, 5), { validator: 1 }));
  });
});

describe("a conviction is no shield (D7, D9)", () => {
  it("against a dearer kind: a cheap one, asked for by an accomplice, leaves two blocks punishable", () => {
    const bank = expectConvicted(submit(world, at10, brokenLockout, { validator: 1 }));
    const both = expectConvicted(submit(world, bank, duplicate, { validator: 1 }));
    expect(recordIn(world, both, 1)).toMatchObject({ tombstoned: true, convictionsTotal: 2 });
    // One after the other: 100 + 9000 bps, then 500 + 9000 of the rest.
    const afterFirst = 300n * sol - (300n * sol * 9100n) / 10_000n;
    const rest = afterFirst - (afterFirst * 9500n) / 10_000n;
    expect(delegatedIn(extendTo(world, both, 33), ownStakeOf(world, 1))).toBe(rest);
  });

  it("against a second offence, in the same epoch or a later one", () => {
    const mild = createSlashingWorld({ params: { slashCorrelationMultiplier: 0, slashTombstone: false } });
    const start = extendTo(mild, mild.genesisBank, 10);
    const first = expectConvicted(submit(mild, start, duplicateBlocks(mild, 1, 5), { validator: 1 }));
    const second = expectConvicted(
      submit(mild, extendTo(mild, first, 15), duplicateBlocks(mild, 1, 13), { validator: 1 }),
    );
    const epoch1 = extendTo(mild, second, 40);
    const at95 = (amount: bigint) => amount - (amount * 500n) / 10_000n;
    expect(delegatedIn(epoch1, ownStakeOf(mild, 1))).toBe(at95(at95(300n * sol)));
    const third = expectConvicted(submit(mild, epoch1, duplicateBlocks(mild, 1, 38), { validator: 1 }));
    const epoch2 = extendTo(mild, third, 70);
    expect(delegatedIn(epoch2, ownStakeOf(mild, 1))).toBe(at95(at95(at95(300n * sol))));
    expect(recordIn(mild, epoch2, 1)!.convictions.map(({ settlement }) => settlement?.epoch)).toEqual([1, 1, 2]);
  });

  it("by filling the record: pending convictions are never forgotten, and evidence beyond them waits for the next epoch", () => {
    const mild = createSlashingWorld({ params: { slashCorrelationMultiplier: 0, slashTombstone: false } });
    let bank = extendTo(mild, mild.genesisBank, 1);
    for (let count = 0; count < 8; count++) {
      bank = expectConvicted(submit(mild, bank, duplicateBlocks(mild, 1, bank.slot + 1), { validator: 1 }));
    }
    const ninth = duplicateBlocks(mild, 1, bank.slot + 1);
    expectRefused(mild, bank, ninth, "TooManyPending");
    const next = extendTo(mild, bank, 33);
    expect(recordIn(mild, next, 1)!.convictions.every(({ settlement }) => settlement !== null)).toBe(true);
    const last = expectConvicted(submit(mild, next, ninth, { validator: 1 }));
    expect(recordIn(mild, last, 1)).toMatchObject({ convictionsTotal: 9, convictions: { length: 8 } });
  });

  it("by an exit: a validator slashed to nothing and jailed leads no more, with fresh stake neither", () => {
    const hard = createSlashingWorld({ params: { slashDuplicateBlockBps: 10_000 } });
    const start = extendTo(hard, hard.genesisBank, 10);
    const bank = extendTo(
      hard,
      expectConvicted(submit(hard, start, duplicateBlocks(hard, 1, 5), { validator: 1 })),
      33,
    );
    expect(delegatedIn(bank, ownStakeOf(hard, 1))).toBe(0n);
    const stakes = bank.stakeTables.get(2 as never)!;
    expect(stakes.entries.map(({ voteAccount }) => voteAccount)).not.toContain(hard.validators[1]!.voteAccount);
    // Its delegators' stake may come, but the record stays: no table has it, at any later boundary.
    const later = extendTo(hard, extendTo(hard, bank, 65), 97);
    expect(later.stakeTables.get(4 as never)!.byVoteAccount.has(hard.validators[1]!.voteAccount)).toBe(false);
  });
});

describe("a record that genesis holds", () => {
  const { voteAccount, identity } = world.validators[1]!;
  const address = slashingRecordAddress(voteAccount);
  const jailed = { ...createSlashingRecord(voteAccount, identity.address), jailedUntilEpoch: 3n };

  it("jails from the beginning, and until its epoch comes", () => {
    const genesis = createSlashingWorld({
      accounts: [[address, createSlashingRecordAccount(jailed, world.chain.params)]],
    });
    let bank = genesis.genesisBank;
    const isIn = (epoch: number) => bank.stakeTables.get(epochOf(epoch))!.byVoteAccount.has(voteAccount);
    expect([isIn(0), isIn(1)]).toEqual([false, false]);
    const later: boolean[] = [];
    for (const epoch of [1, 2, 3]) {
      bank = extendTo(genesis, bank, 32 * epoch);
      later.push(isIn(epoch + 1));
    }
    expect(later).toEqual([false, false, true]);
  });

  it("is written on by the next conviction, and never shortens a jail", () => {
    const until = (jailedUntilEpoch: bigint) => {
      const account = createSlashingRecordAccount({ ...jailed, jailedUntilEpoch }, world.chain.params);
      const bank = { ...at10, accounts: withAccount(at10, address, account) };
      const convicted = expectConvicted(submit(world, bank, brokenLockout, { validator: 1 }));
      return recordIn(world, convicted, 1)!.jailedUntilEpoch;
    };
    expect(until(3n)).toBe(5n);
    expect(until(9n)).toBe(9n);
  });

  it("is refused, and left alone, when it is nonsense", () => {
    const account = createSlashingRecordAccount(jailed, world.chain.params);
    for (const nonsense of [
      { ...account, data: account.data.with(0, 9) },
      createSlashingRecordAccount(
        createSlashingRecord(world.validators[0]!.voteAccount, identity.address),
        world.chain.params,
      ),
    ]) {
      const bank = { ...at10, accounts: withAccount(at10, address, nonsense) };
      const { error } = submit(world, bank, brokenLockout, { validator: 1 });
      expect(error).toEqual({ InstructionError: [0, "InvalidAccountData"] });
    }
  });

  it("can only stand where nothing stood: an account of that address with data is not taken over", () => {
    const account = { ...accountAt(at10.accounts, world.reporter.address)!, data: new Uint8Array(3) };
    const bank = { ...at10, accounts: withAccount(at10, address, account) };
    expect(submit(world, bank, brokenLockout, { validator: 1 }).error).toEqual({
      InstructionError: [0, { Custom: 0 }],
    });
    const withData = { ...bank, accounts: withAccount(at10, world.reporter.address, account) };
    expect(() => submit(world, withData, brokenLockout, { validator: 1 })).toThrow("barred");
  });
});

describe("what is taken (D8)", () => {
  it("is taken from own and delegated stake alike, cooling and inactive included; not from stake that came later", () => {
    const plan = {
      params: { slashCorrelationMultiplier: 0, stakeWarmup: "instant" as const },
      delegators: [
        { validator: 1, stake: 50n },
        { validator: 1, stake: 40n, deactivationEpoch: 1n }, // cooling when it offends
        { validator: 1, stake: 30n, deactivationEpoch: 0n }, // counted until epoch 0 ended: inactive when it offends
        { validator: 1, stake: 20n, activationEpoch: 1n }, // warming up: does not count yet
        { validator: 0, stake: 10n }, // another's
      ],
    };
    const delegated = createSlashingWorld(plan);
    const start = extendTo(delegated, delegated.genesisBank, 40);
    const evidence = duplicateBlocks(delegated, 1, 38);
    const bank = expectConvicted(submit(delegated, start, evidence, { validator: 1 }));
    const next = extendTo(delegated, bank, 64);
    const left = delegated.delegators.map((address) => delegatedIn(next, address));
    const at95 = (amount: bigint) => amount - (amount * 500n) / 10_000n;
    expect(left).toEqual([at95(50n * sol), at95(40n * sol), at95(30n * sol), 20n * sol, 10n * sol]);
    expect(delegatedIn(next, ownStakeOf(delegated, 1))).toBe(at95(300n * sol));
    const settlement = recordIn(delegated, next, 1)!.convictions[0]!.settlement!;
    expect(settlement).toMatchObject({ stakeAccounts: 4, taken: 21n * sol, reporterReward: (21n * sol) / 20n });
    // Balances shrink by what the delegations did: nothing is taken from what was not at stake.
    for (const address of [...delegated.delegators, ownStakeOf(delegated, 1)]) {
      const [before, after] = [stakeIn(bank, address), stakeIn(next, address)];
      expect(before.lamports - after.lamports).toBe(before.delegation.stake - after.delegation.stake);
    }
  });

  it("is not taken from stake that left and was withdrawn before, and is from stake that only left", () => {
    // An epoch is the whole way out here; on a chain with rates it takes as many as the cluster needs.
    const plan = { validator: 1, stake: 50n };
    const exits = createSlashingWorld({ params: { stakeWarmup: "instant" }, delegators: [plan, plan] });
    const [stays, leaves] = exits.delegators as [Address, Address];
    const authority = createNoopSigner(delegatorOwner.address);
    const deactivate = exits.delegators.map((stake) =>
      requestOf(getDeactivateInstruction({ stake, stakeAuthority: authority })),
    );
    const at11 = land(exits, extendTo(exits, exits.genesisBank, 10), deactivate, exits.reporter);
    expect(at11.error, at11.logs.join("\n")).toBeNull();
    const inEpoch1 = extendTo(exits, at11.bank, 40);
    const { lamports } = stakeIn(inEpoch1, leaves);
    const withdraw = getWithdrawInstruction({
      stake: leaves,
      recipient: delegatorOwner.address,
      withdrawAuthority: authority,
      args: lamports,
    });
    const withdrawn = land(exits, inEpoch1, [requestOf(withdraw)], exits.reporter);
    expect(withdrawn.error, withdrawn.logs.join("\n")).toBeNull();
    // Both stakes were frozen for epoch 1, so it leads with them when it offends.
    const bank = expectConvicted(submit(exits, withdrawn.bank, duplicateBlocks(exits, 1, 39), { validator: 1 }));
    expect(recordIn(exits, bank, 1)!.convictions[0]!.stakeAtRisk).toBe(400n * sol);
    const next = extendTo(exits, bank, 64);
    expect(recordIn(exits, next, 1)!.convictions[0]!.settlement!.stakeAccounts).toBe(2);
    expect(delegatedIn(next, stays)).toBe(0n);
    expect(accountAt(next.accounts, leaves)).toBeNull();
    expect(accountAt(next.accounts, delegatorOwner.address)!.lamports).toBe(lamports);
  });

  it("grows with the stake convicted around the same time, and each validator counts once", () => {
    const stakes = [500n, 100n, 100n, 100n, 100n, 100n];
    const shareOf = (offenders: readonly number[], epochsApart = 0) => {
      const many = createSlashingWorld({ stakes, params: { slashCorrelationEpochs: 2, slashTombstone: false } });
      let bank = extendTo(many, many.genesisBank, 10);
      for (const [index, validator] of offenders.entries()) {
        if (index === offenders.length - 1 && epochsApart > 0) {
          for (let epoch = 1; epoch <= epochsApart; epoch++) bank = extendTo(many, bank, 32 * epoch + 10);
        }
        const evidence = duplicateBlocks(many, validator, bank.slot + 1);
        bank = expectConvicted(submit(many, bank, evidence, { validator }));
      }
      const next = extendTo(many, bank, 32 * (epochsApart + 1) + 1);
      return recordIn(many, next, offenders.at(-1)!)!.convictions.at(-1)!.settlement!.shareBps;
    };
    // 10 % each: 500 + 3 × 1000 bps for one.
    expect(shareOf([1])).toBe(3500);
    expect(shareOf([1, 2])).toBe(6500);
    expect(shareOf([1, 2, 3])).toBe(9500);
    expect(shareOf([1, 2, 3, 4])).toBe(10_000);
    expect(shareOf([1, 1, 1])).toBe(3500);
    // A window of two epochs: the one before counts, the one before that does not.
    expect(shareOf([1, 2], 1)).toBeGreaterThan(6000);
    expect(shareOf([1, 2], 2)).toBeLessThan(4000);
  });

  it("is burned to the last lamport where the reporter cannot be paid", () => {
    const poor = strangerOf("reporter");
    const rentFree = createSlashingWorld({ params: { slashReporterBps: 10_000 } });
    const start = land(
      rentFree,
      extendTo(rentFree, rentFree.genesisBank, 9),
      [transferInstruction(rentFree.reporter.address, poor.address, sol)],
      rentFree.reporter,
    ).bank;
    const bank = expectConvicted(
      submit(rentFree, start, duplicateBlocks(rentFree, 1, 5), { validator: 1, reporter: poor }),
    );
    const program = { ...accountAt(bank.accounts, poor.address)!, owner: stakeProgramAddress };
    const next = extendTo(rentFree, { ...bank, accounts: withAccount(bank, poor.address, program) }, 33);
    const settlement = recordIn(rentFree, next, 1)!.convictions[0]!.settlement!;
    expect(settlement.reporterReward).toBe(0n);
    expect(next.supply.burned - bank.supply.burned).toBe(settlement.taken);
    const paid = recordIn(rentFree, extendTo(rentFree, bank, 33), 1)!.convictions[0]!.settlement!;
    expect(paid.reporterReward).toBe(paid.taken);
  });

  it("is never more than the supply loses: every lamport is accounted for, block by block", () => {
    const many = createSlashingWorld({ stakes: [400n, 300n, 200n, 100n], delegators: [{ validator: 2, stake: 7n }] });
    let bank = extendTo(many, many.genesisBank, 10);
    for (const validator of [1, 2]) {
      bank = expectConvicted(submit(many, bank, duplicateBlocks(many, validator, 5), { validator }));
    }
    const next = extendTo(many, bank, 33);
    const slashed = next.rewards
      .filter(({ type }) => type === "slashing")
      .reduce((sum, { lamports }) => sum + lamports, 0n);
    expect(bank.supply.total - next.supply.total).toBe(-slashed);
    expect(next.supply.total).toBe(
      bank.supply.total + next.supply.minted - bank.supply.minted - (next.supply.burned - bank.supply.burned),
    );
  });

  it("can be everything, of everybody, and the chain goes on (D5)", () => {
    const doomed = createSlashingWorld({ params: { slashDuplicateBlockBps: 10_000 } });
    let bank = extendTo(doomed, doomed.genesisBank, 10);
    for (const validator of [0, 1, 2]) {
      bank = expectConvicted(submit(doomed, bank, duplicateBlocks(doomed, validator, 5), { validator }));
    }
    for (const slot of [32, 33, 64, 65, 96, 97, 130, 170]) bank = extendTo(doomed, bank, slot);
    for (const validator of [0, 1, 2]) expect(delegatedIn(bank, ownStakeOf(doomed, validator))).toBe(0n);
    const { reporter, validators } = doomed;
    const transfer = transferInstruction(reporter.address, validators[0]!.identity.address, sol);
    expect(land(doomed, bank, [transfer], reporter).error).toBeNull();
  });
});

describe("the slashing program", () => {
  it("answers that it is off where the chain does not slash, whatever it is told", () => {
    const off = createSlashingWorld({ params: { slashing: false } });
    const bank = extendTo(off, off.genesisBank, 10);
    expectRefused(off, bank, duplicateBlocks(off, 1, 5), "SlashingDisabled");
    const instruction = createSubmitEvidenceInstruction({
      reporter: off.reporter.address,
      voteAccount: off.validators[1]!.voteAccount,
      evidence: duplicate,
    });
    const nonsense = land(off, bank, [{ ...instruction, accounts: [], data: new Uint8Array(0) }], off.reporter);
    expect(nonsense.error).toEqual({ InstructionError: [0, { Custom: slashingErrors.SlashingDisabled }] });
  });

  const instruction = createSubmitEvidenceInstruction({
    reporter: world.reporter.address,
    voteAccount: world.validators[1]!.voteAccount,
    evidence: duplicate,
  });
  const run = (change: Partial<typeof instruction>, payer = world.reporter) =>
    land(world, at10, [{ ...instruction, ...change }], payer);

  it("refuses accounts that are not the ones it needs", () => {
    const [reporter, record, vote] = instruction.accounts;
    const errorOf = (accounts: typeof instruction.accounts, payer = world.reporter) => {
      const { error } = run({ accounts }, payer);
      return (error as { InstructionError: [number, unknown] } | null)?.InstructionError[1];
    };
    const mismatch = { Custom: slashingErrors.AccountMismatch };
    expect(errorOf([reporter!, record!])).toBe("NotEnoughAccountKeys");
    expect(errorOf([reporter!, vote!, vote!])).toEqual(mismatch);
    expect(
      errorOf([reporter!, { ...record!, address: slashingRecordAddress(world.validators[0]!.voteAccount) }, vote!]),
    ).toEqual(mismatch);
    const other = world.network.accounts[1]!;
    expect(errorOf([{ ...reporter!, isSigner: false }, record!, vote!], other)).toBe("MissingRequiredSignature");
    // Also where the record is there already, and nobody has to pay for it.
    const bank = expectConvicted(submit(world, at10, brokenLockout, { validator: 1 }));
    const unsigned = { ...instruction, accounts: [{ ...reporter!, isSigner: false }, record!, vote!] };
    const { error } = land(world, bank, [unsigned], other);
    expect(error).toEqual({ InstructionError: [0, "MissingRequiredSignature"] });
    expect(errorOf([reporter!, { ...record!, isWritable: false }, vote!])).not.toBeNull();
    expect(run({}).error).toBeNull();
  });

  it("refuses bytes that are no evidence, and never breaks on any", () => {
    const errorOf = (data: Uint8Array) =>
      (run({ data }).error as { InstructionError: [number, unknown] }).InstructionError[1];
    expect(errorOf(new Uint8Array(0))).toBe("InvalidInstructionData");
    expect(errorOf(Uint8Array.of(1, ...instruction.data.slice(1)))).toBe("InvalidInstructionData");
    const malformed = { Custom: slashingErrors.EvidenceMalformed };
    expect(errorOf(Uint8Array.of(0))).toEqual(malformed);
    expect(errorOf(Uint8Array.of(0, 2))).toEqual(malformed);
    expect(errorOf(instruction.data.slice(0, -1))).toEqual(malformed);
    expect(errorOf(Uint8Array.of(...instruction.data, 0))).toEqual(malformed);
    for (let at = 2; at < instruction.data.length; at += 13) {
      expect(run({ data: flip(instruction.data, at) }).error).not.toBeNull();
    }
  });

  it("makes the record at the reporter's cost, also where somebody sent coins to its address before", () => {
    const address = slashingRecordAddress(world.validators[1]!.voteAccount);
    const spentOn = (bank: Bank) => {
      const submitted = submit(world, bank, duplicate, { validator: 1 });
      expectConvicted(submitted);
      const balanceAt = (each: Bank) => accountAt(each.accounts, world.reporter.address)!.lamports;
      return balanceAt(bank) - balanceAt(submitted.bank) - 5000n;
    };
    const rent = rentExemptMinimum(1136, world.chain.params);
    expect(spentOn(at10)).toBe(rent);
    const gift = rentExemptMinimum(0, world.chain.params);
    const gifted = land(world, at10, [transferInstruction(world.reporter.address, address, gift)], world.reporter).bank;
    expect(accountAt(gifted.accounts, address)!.owner).toBe(systemProgramAddress);
    expect(spentOn(gifted)).toBe(rent - gift);
    const generous = land(
      world,
      at10,
      [transferInstruction(world.reporter.address, address, 2n * rent)],
      world.reporter,
    ).bank;
    expect(spentOn(generous)).toBe(0n);
  });

  it("refuses a reporter who cannot pay for the record, and convicts nobody then", () => {
    const poor = strangerOf("poor");
    const minimum = rentExemptMinimum(0, world.chain.params);
    const bank = land(
      world,
      at10,
      [transferInstruction(world.reporter.address, poor.address, minimum + 5000n)],
      world.reporter,
    ).bank;
    const submitted = submit(world, bank, duplicate, { validator: 1, reporter: poor });
    expect(submitted.error).toEqual({ InstructionError: [0, { Custom: 1 }] });
    expect(recordIn(world, submitted.bank, 1)).toBeNull();
  });
});

describe("an honest network", () => {
  it("never produces evidence: every pair of votes, and every two blocks, of a running cluster", () => {
    const { blocks, network } = buildAttackChain({ slots: 40 });
    expect(new Set(blocks.map(({ slot }) => slot)).size).toBe(blocks.length);
    const towers = new Map(
      network.validators.map(({ voteAccount }) => [voteAccount as string, [] as ReturnType<typeof readTower>[]]),
    );
    for (const block of blocks) {
      for (const { transactions } of block.entries) {
        for (const transaction of transactions) {
          const vote = readVote(transaction);
          if (vote.ok) towers.get(vote.value.voteAccount)!.push(vote.value.tower);
        }
      }
    }
    let pairs = 0;
    for (const cast of towers.values()) {
      for (const a of cast) {
        for (const b of cast) {
          pairs++;
          expect(findLockoutViolation(a, b)).toBeNull();
        }
      }
    }
    expect(pairs).toBeGreaterThan(1000);
  });
});
