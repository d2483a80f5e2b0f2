import { describe, expect, it } from "vitest";
import { type Address, epochOf, slotOf, u64Max } from "../chain/ids.ts";
import { computePenalty } from "../chain/slashing/penalty.ts";
import { type Conviction, createSlashingRecord } from "../chain/slashing/record.ts";
import { formatSlash, viewConviction, viewSlash } from "./slash-view.ts";

const voteAccount = "Vote111111111111111111111111111111111111111" as Address;
const reporter = "9B5XszUGdMaxCZ7uSQhPzdks5ZQSmWxrmzCSvtJ6Ns6g" as Address;
const sol = 10n ** 9n;
const params = { slashCorrelationMultiplier: 3, slashReporterBps: 500 };

/** The example of penalty.ts: 60 of 1000 SOL convicted, 40 of them this validator's. */
const penalty = computePenalty({
  baseBps: 500,
  correlationMultiplier: 3,
  reporterBps: 500,
  convictedStake: 60n * sol,
  totalStake: 1000n * sol,
  delegations: [30n, 10n].map((amount, index) => ({
    stakeAccount: `stake ${index}` as Address,
    effective: amount * sol,
    delegated: amount * sol,
    available: amount * sol,
  })),
});

const conviction: Conviction = {
  kind: "duplicate-block",
  offenceSlot: slotOf(70),
  offenceEpoch: epochOf(2),
  convictedSlot: slotOf(75),
  convictedEpoch: epochOf(2),
  reporter,
  stakeAtRisk: 40n * sol,
  totalStake: 1000n * sol,
  baseBps: 500,
  settlement: {
    epoch: epochOf(3),
    correlatedStake: penalty.correlatedStake,
    correlationBps: penalty.correlationBps,
    shareBps: penalty.shareBps,
    stakeAccounts: 2,
    taken: penalty.taken,
    reporterReward: penalty.reporterReward,
  },
};

const taken = [{ stakeAccount: reporter, lamports: 6_900_000_000n, postBalance: 23_102_282_880n }];

function textOf(given: Conviction, changes: object = {}) {
  const record = {
    ...createSlashingRecord(voteAccount, reporter),
    convictionsTotal: 1,
    convictions: [given],
    ...changes,
  };
  return formatSlash(viewSlash(record, 4n, [viewConviction(given, params, taken)]));
}

describe("a conviction's arithmetic", () => {
  it("stands line by line, as the story of the penalty has it", () => {
    const text = textOf(conviction, { jailedUntilEpoch: 7n, takenTotal: penalty.taken });
    for (const line of [
      "jailed (until epoch 7)",
      "500 bps for duplicate-block",
      "3 x 60000000000 x 10000 / 1000000000000 = 1800 bps",
      "500 + 1800 = 2300 bps",
      "-6900000000 lamports, new balance 23102282880",
      "9200000000 lamports from 2 stake accounts (9.2 SOL)",
      "9200000000 x 500 / 10000 = 460000000 lamports",
      "9200000000 - 460000000 = 8740000000 lamports",
    ])
      expect(text).toContain(line);
    expect(text).not.toContain("the record says");
  });

  it("says where record and arithmetic differ", () => {
    const settlement = { ...conviction.settlement!, reporterReward: 0n };
    expect(textOf({ ...conviction, settlement })).toContain("460000000 lamports; the record says 0");
  });

  it("caps a correlation of more stake than there was, and a share above everything", () => {
    const settlement = {
      ...conviction.settlement!,
      correlatedStake: 2000n * sol,
      correlationBps: 30_000,
      shareBps: 10_000,
    };
    const text = textOf({ ...conviction, settlement });
    expect(text).toContain("3 x 1000000000000 x 10000 / 1000000000000 = 30000 bps");
    expect(text).toContain("500 + 30000 = at most 10000: 10000 bps");
  });

  it("tells a pending one, and one that is no longer told", () => {
    const text = textOf(
      { ...conviction, settlement: null },
      { tombstoned: true, jailedUntilEpoch: u64Max, convictionsTotal: 3 },
    );
    expect(text).toContain("taken as epoch 3 begins");
    expect(text).toContain("tombstoned: never back");
    expect(text).toContain("#3: duplicate-block");
    expect(text).toContain("2 older");
  });
});
