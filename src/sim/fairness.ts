/**
 * Did the lottery of leaders treat stake fairly? Judged per rotation: one draw gives its winner a run of slots, so
 * that slots are no independent draws, and counting them would find a perfect lottery guilty.
 *
 *     stakes    a 600, b 300, c 100;  1000 rotations
 *     observed  620    300    80     -> chi-square 4.67, 2 degrees of freedom, p = 0.097: consistent
 *
 * The verdict comes from the chi-square test alone, at a stated rate of false alarms: a fair lottery is called
 * suspicious in 1 of 1000 checks. The ranges per validator are there to find whom it hit.
 *
 * Floats: for people and tests, never for the protocol.
 */
import { assert, assertDefined } from "../base/assert.ts";
import type { Random } from "../base/random.ts";
import type { Address } from "../chain/ids.ts";
import {
  type ChiSquareTest,
  chiSquareTest,
  computeBinomialRange,
  computeTail,
  type Range,
  wilsonInterval,
} from "./statistics.ts";

export type StakeOfValidator = {
  readonly voteAccount: Address;
  readonly identity: Address;
  /** Lamports, as frozen for the epoch. */
  readonly stake: bigint;
};

export type ValidatorFairness = StakeOfValidator & {
  /** Of all stake, 0 to 1. */
  readonly share: number;
  readonly expectedRotations: number;
  readonly observedRotations: number;
  /** The counts of a fair lottery: with the report's confidence, all validators' counts lie in their ranges at once. */
  readonly interval: Range;
  readonly withinInterval: boolean;
  /** The most rotations in a row that others led. */
  readonly longestDrought: number;
  /** In a fair lottery, with the report's confidence, no validator's longest drought exceeds its limit. */
  readonly droughtLimit: number;
};

export type Fairness = {
  /** In the order of the stakes given. */
  readonly validators: readonly ValidatorFairness[];
  readonly rotations: number;
  /** Rotations whose leader has no stake at all: impossible in any lottery by stake. */
  readonly impossibleRotations: number;
  /** Of all the intervals together. */
  readonly intervalConfidence: number;
  readonly chiSquare: ChiSquareTest;
  /** How often a fair lottery is called suspicious. */
  readonly falseAlarmRate: number;
  readonly verdict: "consistent" | "suspicious" | "undecided";
  readonly reason: "p-value" | "impossible-leader" | "single-validator" | "too-few-rotations";
  /** One sentence for people. */
  readonly summary: string;
};

const falseAlarmRate = 0.001;
const intervalConfidence = 0.95;

/** Judges the vote accounts drawn, one per rotation, in order, by the stakes they were drawn from. */
export function computeFairness(input: {
  readonly stakes: readonly StakeOfValidator[];
  readonly rotations: readonly Address[];
}): Fairness {
  const { stakes, rotations } = input;
  const total = stakes.reduce((sum, { stake }) => sum + stake, 0n);
  assert(total > 0n, "a lottery by stake needs stake");
  for (const { voteAccount, stake } of stakes) assert(stake >= 0n, `${voteAccount} has negative stake ${stake}`);
  const records = recordLeaders(rotations);
  assert(new Set(stakes.map(({ voteAccount }) => voteAccount)).size === stakes.length, "a vote account appears twice");

  const staked = stakes.filter(({ stake }) => stake > 0n);
  const tail = computeTail(intervalConfidence, staked.length);
  const droughtChance = (1 - intervalConfidence) / Math.max(1, staked.length);
  const validators = stakes.map((validator): ValidatorFairness => {
    const share = Number(validator.stake) / Number(total);
    const record = records.get(validator.voteAccount);
    const observedRotations = record?.count ?? 0;
    const interval = computeBinomialRange(rotations.length, share, tail);
    return {
      ...validator,
      share,
      expectedRotations: share * rotations.length,
      observedRotations,
      interval,
      withinInterval: interval[0] <= observedRotations && observedRotations <= interval[1],
      longestDrought: record === undefined ? rotations.length : record.longestDrought,
      droughtLimit: computeDroughtLimit(rotations.length, share, droughtChance),
    };
  });

  // One cell more for leaders that have no place in the stakes: nothing is expected there.
  const known = validators.reduce((sum, validator) => sum + validator.observedRotations, 0);
  const counts = [...validators.map((validator) => validator.observedRotations), rotations.length - known];
  const chiSquare = chiSquareTest(counts, [
    ...stakes.map(({ stake }) => ({ numerator: stake, denominator: total })),
    0,
  ]);
  const ofNoStake = validators.filter(({ stake }) => stake === 0n);
  const impossibleRotations =
    rotations.length - known + ofNoStake.reduce((sum, validator) => sum + validator.observedRotations, 0);
  const { verdict, reason } = judge(chiSquare, impossibleRotations, staked.length);
  const summary = formatSummary(verdict, reason, chiSquare, impossibleRotations, rotations.length);
  return {
    validators,
    rotations: rotations.length,
    impossibleRotations,
    intervalConfidence,
    chiSquare,
    falseAlarmRate,
    verdict,
    reason,
    summary,
  };
}

/**
 * The shortest drought that a fair lottery exceeds with at most this chance: 100 rotations at a share of 10 %: in 1 of 20
 * runs, somewhere in them, more than 46 rotations in a row go to others.
 */
export function computeDroughtLimit(rotations: number, share: number, chance: number): number {
  assert(Number.isSafeInteger(rotations) && rotations >= 0, `not a number of rotations: ${rotations}`);
  assert(share >= 0 && share <= 1 && chance > 0 && chance < 1, `share ${share}, chance ${chance}`);
  // Longer droughts are rarer: halve the range of lengths.
  let low = 0;
  let high = rotations;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (chanceOfDrought(rotations, share, middle + 1) <= chance) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * That others lead at least `length` rotations in a row, by where the first such drought ends: at `length` itself, or at n,
 * when the rotation before it was a win and no drought had ended by then.
 */
function chanceOfDrought(rotations: number, share: number, length: number): number {
  if (length > rotations) return 0;
  const drought = (1 - share) ** length;
  const endedBy = new Float64Array(rotations + 1);
  endedBy[length] = drought;
  for (let n = length + 1; n <= rotations; n++) {
    endedBy[n] = endedBy[n - 1]! + (1 - endedBy[n - 1 - length]!) * share * drought;
  }
  return endedBy[rotations]!;
}

type LeaderRecord = { count: number; last: number; longestDrought: number };

function recordLeaders(rotations: readonly Address[]): Map<Address, LeaderRecord> {
  const records = new Map<Address, LeaderRecord>();
  for (const [index, leader] of rotations.entries()) {
    const record = records.get(leader) ?? { count: 0, last: -1, longestDrought: 0 };
    record.longestDrought = Math.max(record.longestDrought, index - record.last - 1);
    record.count++;
    record.last = index;
    records.set(leader, record);
  }
  for (const record of records.values()) {
    record.longestDrought = Math.max(record.longestDrought, rotations.length - record.last - 1);
  }
  return records;
}

function judge(
  chiSquare: ChiSquareTest,
  impossibleRotations: number,
  stakedCount: number,
): Pick<Fairness, "verdict" | "reason"> {
  if (impossibleRotations > 0) return { verdict: "suspicious", reason: "impossible-leader" };
  if (stakedCount === 1) return { verdict: "consistent", reason: "single-validator" };
  if (chiSquare.pValue === null) return { verdict: "undecided", reason: "too-few-rotations" };
  return { verdict: chiSquare.pValue < falseAlarmRate ? "suspicious" : "consistent", reason: "p-value" };
}

function formatSummary(
  verdict: Fairness["verdict"],
  reason: Fairness["reason"],
  { statistic, degreesOfFreedom, pValue }: ChiSquareTest,
  impossibleRotations: number,
  rotations: number,
): string {
  if (reason === "impossible-leader")
    return `${verdict}: ${impossibleRotations} of ${rotations} rotations went to leaders without stake`;
  if (reason === "single-validator") return `${verdict}: one validator has all the stake`;
  if (pValue === null) return `${verdict}: too few rotations to compare two validators`;
  const test = `chi-square ${statistic.toFixed(2)}, ${degreesOfFreedom} degrees of freedom, p = ${pValue.toPrecision(2)}`;
  return `${verdict}: ${test}; a fair lottery is called suspicious in 1 of ${Math.round(1 / falseAlarmRate)} checks`;
}

/** One leader per rotation, from one leader per slot of an epoch. The last rotation may be cut short by the epoch's end. */
export function computeRotations(leaders: readonly Address[], slotsPerRotation: number): Address[] {
  const rotations: Address[] = [];
  for (const [slot, leader] of leaders.entries()) {
    if (slot % slotsPerRotation === 0) rotations.push(leader);
    else assert(leader === rotations.at(-1), `the leader changes within a rotation, at slot ${slot} of the epoch`);
  }
  return rotations;
}

export type AlarmRate = {
  readonly runs: number;
  readonly alarms: number;
  readonly rate: number;
  /** 95 % interval of the rate. */
  readonly interval: Range;
};

/**
 * How often a perfectly fair lottery fails the test "everyone deviates from his share by less than 10 %", by seeded
 * simulation. With weights 600, 300, 100 and 1000 draws it is a third: the smallest expects 100 ± 9.5.
 */
export function computeWithinTenPercentAlarmRate(input: {
  /** Integer weights, such as stakes in whole coins; all above 0. */
  readonly shares: readonly number[];
  readonly draws: number;
  readonly runs: number;
  readonly random: Pick<Random, "below">;
}): AlarmRate {
  const { shares, draws, runs, random } = input;
  for (const share of shares) assert(Number.isSafeInteger(share) && share > 0, `not a weight: ${share}`);
  for (const count of [draws, runs]) assert(Number.isSafeInteger(count) && count > 0, `not a count: ${count}`);
  const ends: number[] = [];
  for (const share of shares) ends.push((ends.at(-1) ?? 0) + share);
  const total = assertDefined(ends.at(-1), "a lottery needs a share");
  assert(Number.isSafeInteger(10 * total * draws), `weights of ${total} are too large for ${draws} draws`);
  let alarms = 0;
  for (let run = 0; run < runs; run++) {
    const counts = shares.map(() => 0);
    for (let draw = 0; draw < draws; draw++) {
      const ticket = random.below(total);
      const winner = ends.findIndex((end) => ticket < end);
      counts[winner]!++;
    }
    // |count - expected| / expected < 1/10, in integers.
    const passes = shares.every(
      (share, index) => 10 * Math.abs(counts[index]! * total - share * draws) < share * draws,
    );
    if (!passes) alarms++;
  }
  return { runs, alarms, rate: alarms / runs, interval: wilsonInterval(alarms, runs) };
}
