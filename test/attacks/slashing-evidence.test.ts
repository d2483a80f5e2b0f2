/**
 * Attacks by evidence: forged, stale, foreign, handed in twice, against the innocent; and what an honest network signs,
 * which is none. What a conviction costs: slashing-penalties.test.ts; the program that is told: slashing-program.test.ts.
 */
import { describe, expect, it } from "vitest";
import { encodeHex } from "../../src/base/bytes.ts";
import { sha256 } from "../../src/base/sha256.ts";
import { accountAt } from "../../src/chain/accounts-tree.ts";
import type { Bank } from "../../src/chain/bank.ts";
import { addressBytes, addressOf, hashOf, lamportsPerSol, slotOf } from "../../src/chain/ids.ts";
import { rentExemptMinimum } from "../../src/chain/rent.ts";
import {
  createDuplicateBlockEvidence,
  createSubmitEvidenceInstruction,
} from "../../src/chain/slashing/create-evidence.ts";
import { slashingErrors } from "../../src/chain/slashing/errors.ts";
import type { DuplicateBlockEvidence, LockoutEvidence } from "../../src/chain/slashing/evidence.ts";
import { encodeEvidence } from "../../src/chain/slashing/evidence-codec.ts";
import { findLockoutViolation, type ShownTower } from "../../src/chain/slashing/lockout-violation.ts";
import { readVote } from "../../src/chain/slashing/signed-vote.ts";
import type { Transaction } from "../../src/chain/transaction.ts";
import { createVoteState, encodeVoteState, voteAccountBytes } from "../../src/chain/vote-state.ts";
import { buildAttackChain, strangerOf } from "../support/attack-chain.ts";
import {
  createOffences,
  createSlashingWorld,
  delegatedIn,
  duplicateBlocks,
  expectConvicted,
  expectRefused,
  extendTo,
  flip,
  land,
  ownStakeOf,
  recordIn,
  signedBlock,
  signedVote,
  submit,
  votePair,
  withAccount,
} from "../support/slashing-world.ts";

const sol = lamportsPerSol;

function readTower(transaction: Transaction): ShownTower {
  const vote = readVote(transaction);
  if (!vote.ok) throw new Error(JSON.stringify(vote.facts));
  return vote.value.tower;
}

const flipped = (text: string) => hashOf(flip(addressBytes(text as never), 3));

const { world, at10, duplicate, brokenLockout } = createOffences();

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
