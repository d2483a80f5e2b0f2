import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHex, utf8Bytes } from "../base/bytes.ts";
import { voteProgramAddress } from "./addresses.ts";
import { addressOf, hashOf, slotOf } from "./ids.ts";
import {
  createVoteInstruction,
  decodeVoteInstruction,
  encodeTowerSync,
  encodeTowerSyncSwitch,
  encodeVoteInstruction,
  type ReadVoteInstruction,
  type TowerSync,
  voteInstructionNames,
} from "./vote-instruction.ts";

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hashOf);
const offset = fc.oneof(fc.nat(3), fc.nat(300), fc.constantFrom(127, 128, 16_383, 16_384, 2 ** 32, 2 ** 40));
const towers: fc.Arbitrary<TowerSync> = fc
  .record({
    root: fc.option(offset.map(slotOf)),
    offsets: fc.array(fc.tuple(offset, fc.nat(255)), { maxLength: 40 }),
    hash,
    blockId: hash,
    timestamp: fc.option(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  })
  .map(({ offsets, ...tower }) => {
    let slot: number = tower.root ?? 0;
    const votes = offsets.map(([step, confirmationCount]) => {
      slot += step;
      return { slot: slotOf(slot), confirmationCount };
    });
    return { ...tower, votes };
  });

const exampleHash = hashOf(new Uint8Array(32).fill(0xaa));
const example: TowerSync = {
  root: slotOf(5),
  votes: [
    { slot: slotOf(6), confirmationCount: 3 },
    { slot: slotOf(7), confirmationCount: 2 },
    { slot: slotOf(310), confirmationCount: 1 },
  ],
  hash: exampleHash,
  blockId: exampleHash,
  timestamp: 258n,
};

describe("a vote instruction", () => {
  it("has the compact wire form, byte for byte", () => {
    expect(encodeHex(encodeTowerSync(example))).toBe(
      `0e000000${"0500000000000000"}03${"0103"}${"0102"}${"af0201"}${"aa".repeat(32)}01${"0201000000000000"}${"aa".repeat(32)}`,
    );
    const rootless = encodeHex(encodeTowerSync({ ...example, root: null, timestamp: null }));
    expect(rootless.startsWith(`0e000000${"ff".repeat(8)}0306030102af0201`)).toBe(true);
    expect(rootless.endsWith(`00${"aa".repeat(32)}`)).toBe(true);
  });

  it("names the vote account writable and the voter signing", () => {
    const [voteAccount, authorizedVoter] = [
      addressOf(new Uint8Array(32).fill(1)),
      addressOf(new Uint8Array(32).fill(2)),
    ];
    const instruction = createVoteInstruction({ voteAccount, authorizedVoter, tower: example });
    expect(instruction.programAddress).toBe(voteProgramAddress);
    expect(instruction.accounts).toEqual([
      { address: voteAccount, isSigner: false, isWritable: true },
      { address: authorizedVoter, isSigner: true, isWritable: false },
    ]);
    expect(instruction.data).toEqual(encodeTowerSync(example));
  });

  it("is decoded to what was encoded", () => {
    fc.assert(
      fc.property(towers, hash, (tower, switchProofHash) => {
        expect(decodeVoteInstruction(encodeTowerSync(tower))).toEqual({ type: "TowerSync", tower });
        const withProof = encodeTowerSyncSwitch(tower, switchProofHash);
        expect(decodeVoteInstruction(withProof)).toEqual({ type: "TowerSyncSwitch", tower, switchProofHash });
      }),
      { seed: 1234, numRuns: 200 },
    );
  });

  it("is null when cut short anywhere, or when bytes follow", () => {
    const bytes = encodeTowerSync(example);
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeVoteInstruction(bytes.subarray(0, length))).toBeNull();
    }
    expect(decodeVoteInstruction(new Uint8Array([...bytes, 0]))).toBeNull();
  });

  it("refuses a varint that is not the shortest, and an option that is neither 0 nor 1", () => {
    const bytes = [...encodeTowerSync(example)];
    expect(bytes[13]).toBe(1);
    expect(decodeVoteInstruction(new Uint8Array(bytes.toSpliced(13, 1, 0x81, 0x00)))).toBeNull();
    const optionAt = bytes.length - 41;
    expect(bytes[optionAt]).toBe(1);
    for (const flag of [2, 255]) {
      expect(decodeVoteInstruction(new Uint8Array(bytes.with(optionAt, flag)))).toBeNull();
      expect(decodeVoteInstruction(new Uint8Array(bytes.with(optionAt, flag).toSpliced(optionAt + 1, 8)))).toBeNull();
    }
  });

  it("has one encoding only: what is decoded from any bytes encodes to the same bytes", () => {
    const bytes = encodeTowerSync(example);
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 3 }), (edits) => {
        const changed = bytes.slice();
        for (const [at, value] of edits) changed[at] = value;
        const decoded = decodeVoteInstruction(changed);
        if (decoded?.type !== "TowerSync" || decoded.tower.votes.length >= 128) return;
        accepted += 1;
        expect(encodeTowerSync(decoded.tower)).toEqual(changed);
      }),
      { seed: 1234, numRuns: 400 },
    );
    expect(accepted).toBeGreaterThan(50);
  });

  it("never throws on random bytes", () => {
    fc.assert(
      fc.property(fc.nat(25), fc.uint8Array({ maxLength: 250 }), (tag, rest) => {
        decodeVoteInstruction(new Uint8Array([tag, 0, 0, 0, ...rest]));
      }),
      { seed: 1234, numRuns: 500 },
    );
  });

  it("has the other instructions' wire form, byte for byte", () => {
    const [one, two, three] = [1, 2, 3].map((byte) => addressOf(new Uint8Array(32).fill(byte)));
    const [ones, twos, threes] = ["01", "02", "03"].map((byte) => byte.repeat(32));
    const current = { owner: two!, seed: utf8Bytes("é") };
    const forms: readonly (readonly [ReadVoteInstruction, string])[] = [
      [
        { type: "InitializeAccount", node: one!, authorizedVoter: two!, authorizedWithdrawer: three!, commission: 200 },
        `00000000${ones}${twos}${threes}c8`,
      ],
      [{ type: "Authorize", newAuthority: one!, kind: "Withdrawer" }, `01000000${ones}01000000`],
      [{ type: "Withdraw", lamports: 258n }, "030000000201000000000000"],
      [{ type: "UpdateValidatorIdentity" }, "04000000"],
      [{ type: "UpdateCommission", commission: 5 }, "0500000005"],
      [{ type: "AuthorizeChecked", kind: "Voter" }, "0700000000000000"],
      [
        { type: "AuthorizeWithSeed", kind: "Withdrawer", current, newAuthority: three! },
        `0a00000001000000${twos}0200000000000000c3a9${threes}`,
      ],
      [{ type: "AuthorizeCheckedWithSeed", kind: "Voter", current }, `0b00000000000000${twos}0200000000000000c3a9`],
      [{ type: "UpdateCommissionCollector", kind: "BlockRevenue" }, "1100000001000000"],
      [{ type: "UpdateCommissionBps", commissionBps: 258, kind: "InflationRewards" }, "12000000020100000000"],
    ];
    for (const [instruction, hex] of forms) {
      const bytes = encodeVoteInstruction(instruction);
      expect(encodeHex(bytes)).toBe(hex);
      expect(decodeVoteInstruction(bytes)).toEqual(instruction);
      // As on Solana, what follows is not looked at; what is missing is.
      expect(decodeVoteInstruction(new Uint8Array([...bytes, 7]))).toEqual(instruction);
      for (let length = 0; length < bytes.length; length++) {
        expect(decodeVoteInstruction(bytes.subarray(0, length))).toBeNull();
      }
    }
  });

  it("is null for a kind that is none, the BLS authority among them, and for a seed that is no UTF-8", () => {
    const authorize = encodeVoteInstruction({ type: "AuthorizeChecked", kind: "Withdrawer" });
    expect(decodeVoteInstruction(new Uint8Array([...authorize.with(4, 2), ...new Uint8Array(144)]))).toBeNull();
    const bps = encodeVoteInstruction({ type: "UpdateCommissionBps", commissionBps: 1, kind: "BlockRevenue" });
    expect(decodeVoteInstruction(bps.with(6, 2))).toBeNull();
    expect(decodeVoteInstruction(bps.with(9, 1))).toBeNull();
    const current = { owner: addressOf(new Uint8Array(32)), seed: new Uint8Array([0xc3, 0x28]) };
    const seeded = encodeVoteInstruction({ type: "AuthorizeCheckedWithSeed", kind: "Voter", current });
    expect(decodeVoteInstruction(seeded)).toBeNull();
  });

  it("knows the instructions it does not read by name, and no tag beyond them", () => {
    expect(decodeVoteInstruction(new Uint8Array([2, 0, 0, 0]))).toEqual({ type: "Vote" });
    expect(decodeVoteInstruction(new Uint8Array([19, 0, 0, 0]))).toEqual({ type: "DepositDelegatorRewards" });
    expect(decodeVoteInstruction(new Uint8Array([voteInstructionNames.length, 0, 0, 0]))).toBeNull();
  });
});
