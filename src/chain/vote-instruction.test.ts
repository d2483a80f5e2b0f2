import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeHex } from "../base/bytes.ts";
import { voteProgramAddress } from "./addresses.ts";
import { addressOf, hashOf, slotOf } from "./ids.ts";
import {
  createVoteInstruction,
  decodeVoteInstruction,
  encodeTowerSync,
  encodeTowerSyncSwitch,
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

  it("knows the other instructions by name, and no tag beyond them", () => {
    expect(decodeVoteInstruction(new Uint8Array([2, 0, 0, 0]))).toEqual({ type: "Vote" });
    expect(decodeVoteInstruction(new Uint8Array([17, 0, 0, 0]))).toEqual({ type: "UpdateCommissionCollector" });
    expect(decodeVoteInstruction(new Uint8Array([voteInstructionNames.length, 0, 0, 0]))).toBeNull();
  });
});
