import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { identityNamed, voterNamed } from "../../../test/support/votes.ts";
import { equalBytes } from "../../base/bytes.ts";
import { computeAddressWithSeed, computeTaggedAddress } from "../derived-address.ts";
import { addressBytes, epochOf, slotOf, u64Max } from "../ids.ts";
import { profiles } from "../params.ts";
import { jailedVoteAccounts } from "./jail.ts";
import {
  addConviction,
  type Conviction,
  convictionsMax,
  createSlashingRecord,
  createSlashingRecordAccount,
  decodeSlashingRecord,
  encodeSlashingRecord,
  isJailedAt,
  type SlashingRecord,
  slashingRecordAddress,
  slashingRecordBytes,
} from "./record.ts";

const conviction: Conviction = {
  kind: "lockout",
  offenceSlot: slotOf(40),
  offenceEpoch: epochOf(1),
  convictedSlot: slotOf(45),
  convictedEpoch: epochOf(1),
  reporter: identityNamed("reporter"),
  stakeAtRisk: 600n,
  totalStake: 1000n,
  baseBps: 100,
  settlement: null,
};
const settlement = {
  epoch: epochOf(2),
  correlatedStake: 600n,
  correlationBps: 18_000,
  shareBps: 10_000,
  stakeAccounts: 3,
  taken: 600n,
  reporterReward: 30n,
};
const empty = createSlashingRecord(voterNamed("v"), identityNamed("v"));

const fcU64 = fc.oneof(fc.constantFrom(0n, 1n, u64Max), fc.bigInt({ min: 0n, max: u64Max }));
const fcCount = fc.nat().map(slotOf);
const fcConviction: fc.Arbitrary<Conviction> = fc.record({
  kind: fc.constantFrom("duplicate-block" as const, "lockout" as const),
  offenceSlot: fcCount,
  offenceEpoch: fc.nat().map(epochOf),
  convictedSlot: fcCount,
  convictedEpoch: fc.nat().map(epochOf),
  reporter: fc.constant(identityNamed("reporter")),
  stakeAtRisk: fcU64,
  totalStake: fcU64,
  baseBps: fc.nat({ max: 10_000 }),
  settlement: fc.option(
    fc.record({
      epoch: fc.nat().map(epochOf),
      correlatedStake: fcU64,
      correlationBps: fc.nat({ max: 10_000_000 }),
      shareBps: fc.nat({ max: 10_000 }),
      stakeAccounts: fc.nat(),
      taken: fcU64,
      reporterReward: fcU64,
    }),
  ),
});
const fcRecord: fc.Arbitrary<SlashingRecord> = fc.record({
  voteAccount: fc.constant(voterNamed("v")),
  identity: fc.constant(identityNamed("v")),
  jailedUntilEpoch: fcU64,
  tombstoned: fc.boolean(),
  coveredTo: fc.record({ "duplicate-block": fc.option(fcCount), lockout: fc.option(fcCount) }),
  convictionsTotal: fc.nat(),
  takenTotal: fcU64,
  convictions: fc.array(fcConviction, { maxLength: convictionsMax }),
});

describe("a slashing record", () => {
  it("is read back as it was written, always at one size", () => {
    fc.assert(
      fc.property(fcRecord, (record) => {
        const bytes = encodeSlashingRecord(record);
        expect(bytes.length).toBe(slashingRecordBytes);
        expect(decodeSlashingRecord(bytes)).toEqual(record);
      }),
      { seed: 1234, numRuns: 200 },
    );
  });

  it("has one encoding: bytes that are read are written again the same, whatever bytes they are", () => {
    const good = encodeSlashingRecord({ ...empty, convictions: [{ ...conviction, settlement }, conviction] });
    fc.assert(
      fc.property(fc.nat({ max: slashingRecordBytes - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const bytes = good.with(at, byte);
        const record = decodeSlashingRecord(bytes);
        if (record !== null) expect(equalBytes(encodeSlashingRecord(record), bytes)).toBe(true);
      }),
      { seed: 1234, numRuns: 500 },
    );
    expect(decodeSlashingRecord(good.slice(1))).toBeNull();
    expect(decodeSlashingRecord(new Uint8Array(slashingRecordBytes))).toBeNull();
  });

  it("keeps the layout that the module draws", () => {
    const bytes = encodeSlashingRecord(addConviction({ ...empty, jailedUntilEpoch: 6n }, conviction)!);
    const view = new DataView(bytes.buffer);
    expect(bytes.slice(8, 40)).toEqual(addressBytes(voterNamed("v")));
    expect(view.getBigUint64(72, true)).toBe(6n);
    expect([view.getBigUint64(80, true), view.getBigUint64(88, true)]).toEqual([u64Max, 45n]);
    expect([bytes[112], bytes[113], view.getUint16(114, true)]).toEqual([1, 0, 100]);
    expect(bytes.slice(112 + 40, 112 + 72)).toEqual(addressBytes(identityNamed("reporter")));
    expect(slashingRecordBytes).toBe(1136);
  });

  it("forgets the oldest settled conviction when it is full, and never a pending one", () => {
    const at = (slot: number, settled: boolean) => ({
      ...conviction,
      convictedSlot: slotOf(slot),
      settlement: settled ? settlement : null,
    });
    const mixed = [at(0, false), ...Array.from({ length: convictionsMax - 1 }, (_, i) => at(i + 1, true))];
    const next = addConviction({ ...empty, convictions: mixed }, at(99, false))!;
    expect(next.convictions.map(({ convictedSlot }) => convictedSlot)).toEqual([0, 2, 3, 4, 5, 6, 7, 99]);
    expect([next.convictionsTotal, next.coveredTo.lockout]).toEqual([1, 99]);
    const pending = Array.from({ length: convictionsMax }, (_, i) => at(i, false));
    expect(addConviction({ ...empty, convictions: pending }, at(99, false))).toBeNull();
  });

  it("jails until an epoch, or for ever", () => {
    const jailed = { ...empty, jailedUntilEpoch: 12n };
    expect([7, 11, 12].map((epoch) => isJailedAt(jailed, epochOf(epoch)))).toEqual([true, true, false]);
    expect(isJailedAt({ ...jailed, tombstoned: true }, epochOf(1_000_000))).toBe(true);
    expect(isJailedAt(empty, epochOf(0))).toBe(false);
  });

  it("is found among all accounts only at its own address and under the program's own name", () => {
    const account = createSlashingRecordAccount({ ...empty, jailedUntilEpoch: 12n }, profiles.lab);
    const address = slashingRecordAddress(empty.voteAccount);
    const stranger = identityNamed("stranger");
    expect([...jailedVoteAccounts([[address, account]], epochOf(3))]).toEqual([empty.voteAccount]);
    expect(jailedVoteAccounts([[address, account]], epochOf(12)).size).toBe(0);
    expect(jailedVoteAccounts([[stranger, account]], epochOf(3)).size).toBe(0);
    expect(jailedVoteAccounts([[address, { ...account, owner: stranger }]], epochOf(3)).size).toBe(0);
  });

  it("stands at an address that the vote account's key cannot make: no seed gives it", () => {
    const { voteAccount } = empty;
    const tag = "escapement:slashing-record:v1";
    expect(slashingRecordAddress(voteAccount)).toBe(computeTaggedAddress(tag, voteAccount));
    const withSeed = computeAddressWithSeed(voteAccount, new TextEncoder().encode(tag), voteAccount);
    expect(withSeed.ok && withSeed.value).not.toBe(slashingRecordAddress(voteAccount));
    expect(() => computeTaggedAddress("x".repeat(32), voteAccount)).toThrow("tag");
  });
});
