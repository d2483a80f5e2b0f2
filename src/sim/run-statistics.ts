/**
 * The statistics of a run, gathered while it goes: who led and who missed, how soon votes landed and what they earned, how
 * unequal it all is, how long finality took, how often the chain forked.
 *
 *     recordStatistics(cluster) … advanceSlot() … advanceSlot() …   finish()  ──>  RunStatistics, plain data for JSON
 *
 * Estimates carry intervals: rates Wilson's, means of distributions batch means' (distribution.ts). Per validator, the
 * intervals of all validators hold together with 95 %. Counted on the settled chain: the finalized blocks, and at the end
 * those up to the head. What is kept does not grow with the run, but for one reference a rotation.
 */
import { assertDefined } from "../base/assert.ts";
import type { Bank } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import type { Genesis } from "../chain/genesis.ts";
import { type Address, slotOf } from "../chain/ids.ts";
import { stakeOf } from "../chain/stake-table.ts";
import { createChainFeed } from "./chain-feed.ts";
import type { Cluster } from "./cluster.ts";
import { type Concentration, computeConcentration } from "./concentration.ts";
import { createDistribution, type Distribution } from "./distribution.ts";
import { computeFairness, type Fairness, type ValidatorFairness } from "./fairness.ts";
import { createLeaderRecord, type LeaderRecord, recordSlot, settleWeights } from "./leader-record.ts";
import { createLedgerTally, type LedgerFigures } from "./ledger-tally.ts";
import { listenForEvents, type ScenarioEvent } from "./scenario-events.ts";
import { type Range, wilsonInterval } from "./statistics.ts";

/** So many of so many, and what the rate may really be. */
export type Rate = {
  readonly count: number;
  readonly of: number;
  /** 0 of 0 is 0. */
  readonly rate: number;
  readonly interval: Range;
};

export type ValidatorStatistics = LedgerFigures & {
  readonly index: number;
  readonly identity: Address;
  readonly voteAccount: Address;
  /** Lamports that count in the last epoch; as all amounts here, a decimal string. */
  readonly stake: string;
  /** Of all stake that counts in the last epoch, 0 to 1. */
  readonly stakeShare: number;
  readonly expectedRotations: number;
  readonly observedRotations: number;
  /** The counts of a fair lottery; all validators' hold together with 95 %. */
  readonly rotationsRange: Range;
  readonly withinRange: boolean;
  /** Of the rotations drawn, those that it leads; Wilson's interval, corrected for the number of validators. */
  readonly leadership: Rate;
  /** Rotations in a row led by others, and what a fair lottery does not exceed. */
  readonly longestDrought: number;
  readonly droughtLimit: number;
  readonly leaderSlots: number;
  readonly blocks: number;
  /** Of the slots that it was to lead, those without a block on the settled chain. */
  readonly skipped: Rate;
};

export type RunStatistics = {
  /** By number. */
  readonly validators: readonly ValidatorStatistics[];
  /** Of the lottery of leaders, without its part per validator. */
  readonly fairness: Omit<Fairness, "validators">;
  /** Null where there is none, as rewards in the first epochs. */
  readonly concentration: {
    readonly stake: Concentration | null;
    /** Of slots to lead. */
    readonly leadership: Concentration | null;
    /** Of what validators and their stakers earned. */
    readonly rewards: Concentration | null;
  };
  readonly skipped: Rate;
  /** Slots from a block to its finality, as the observer sees it. */
  readonly finalityLag: Distribution;
  readonly voteLatency: Distribution;
  /** Blocks whose parent had another child already. */
  readonly forks: number;
  /** Blocks that the observer left at once, whenever it left some. */
  readonly reorgDepth: Distribution;
  /** Votes that validators held back, by reason. */
  readonly votesHeld: Readonly<Record<string, number>>;
};

export type StatisticsRecorder = {
  /** Ends the recording: gives the rest of the settled chain to `onSettled`, and what it all amounts to. */
  finish(): RunStatistics;
};

export type StatisticsOptions = {
  /** Given each block of the settled chain, once, in order, with the state after it. */
  readonly onSettled?: (block: Block, bank: Bank) => void;
  readonly onEvent?: (event: ScenarioEvent) => void;
};

export function recordStatistics(cluster: Cluster, options: StatisticsOptions = {}): StatisticsRecorder {
  const { chain, observer } = cluster;
  const begin = cluster.observing.consensus.head().bank;
  const leaders = createLeaderRecord();
  const ledger = createLedgerTally(chain.genesis.validators, begin);
  const finalityLag = createDistribution();
  const reorgDepth = createDistribution();
  const votesHeld: Record<string, number> = {};
  let forks = 0;
  let previous = begin;
  const feed = createChainFeed((block, bank) => {
    recordSlotsTo(block.slot, true);
    ledger.count(block, bank);
    previous = bank;
    options.onSettled?.(block, bank);
  });

  /** Those above the newest block as far as `end`, all but perhaps the last without a block. */
  function recordSlotsTo(end: number, hasBlock: boolean): void {
    for (let slot = previous.slot + 1; slot <= end; slot++)
      recordSlot(leaders, chain, previous, slotOf(slot), hasBlock && slot === end);
  }

  const stopEvents = listenForEvents(cluster, (event) => {
    options.onEvent?.(event);
    if (event.type === "fork") forks++;
    else if (event.type === "reorg") reorgDepth.add(event.depth);
    else if (event.type === "finalized") finalityLag.add(event.slot - event.blockSlot);
    else if (event.type === "held") votesHeld[event.decision.reason] = (votesHeld[event.decision.reason] ?? 0) + 1;
  });
  const stopReports = cluster.listen({
    onReport(node, report) {
      if (node === observer) feed.onReport(report);
    },
  });

  return {
    finish() {
      stopEvents();
      stopReports();
      feed.finish(cluster);
      recordSlotsTo(cluster.slot, false);
      settleWeights(leaders);
      const { bank: head } = cluster.observing.consensus.head();
      // A leader whose clock runs ahead may have built the head in a slot that has not begun for others.
      const slots = Math.max(cluster.slot, head.slot) - begin.slot;
      const fairness = judge(leaders, chain.genesis.validators);
      const validators = fairness.validators.map((validator, index) => ({
        index,
        ...describeLeadership(validator, leaders, fairness.validators.length),
        ...describeStake(validator.voteAccount, head),
        ...ledger.finish(validator.voteAccount, head),
      }));
      return {
        validators,
        fairness: omitValidators(fairness),
        concentration: describeConcentration(validators),
        skipped: rateOf(slots - (head.height - begin.height), slots, 1),
        finalityLag: finalityLag.finish(),
        voteLatency: ledger.voteLatency(),
        forks,
        reorgDepth: reorgDepth.finish(),
        votesHeld,
      };
    },
  };
}

function judge({ weights, rotations }: LeaderRecord, validators: Genesis["validators"]): Fairness {
  const stakes = validators.map(({ voteAccount, identity }) => ({
    voteAccount,
    identity,
    stake: weights.get(voteAccount) ?? 0n,
  }));
  return computeFairness({ stakes, rotations });
}

function describeLeadership(validator: ValidatorFairness, { slots, blocks, rotations }: LeaderRecord, others: number) {
  const { identity, voteAccount, expectedRotations, observedRotations, longestDrought, droughtLimit } = validator;
  const leaderSlots = slots.get(voteAccount) ?? 0;
  const built = blocks.get(voteAccount) ?? 0;
  return {
    identity,
    voteAccount,
    expectedRotations,
    observedRotations,
    rotationsRange: validator.interval,
    withinRange: validator.withinInterval,
    leadership: rateOf(observedRotations, rotations.length, others),
    longestDrought,
    droughtLimit,
    leaderSlots,
    blocks: built,
    skipped: rateOf(leaderSlots - built, leaderSlots, others),
  };
}

function describeStake(voteAccount: Address, { stakeTables, epoch }: Bank) {
  const table = assertDefined(stakeTables.get(epoch), `no stakes for epoch ${epoch}`);
  const stake = stakeOf(table, voteAccount);
  return { stake: String(stake), stakeShare: Number(stake) / Number(table.total) };
}

function describeConcentration(validators: readonly ValidatorStatistics[]): RunStatistics["concentration"] {
  const of = (amountOf: (validator: ValidatorStatistics) => bigint) => computeConcentration(validators.map(amountOf));
  return {
    stake: of(({ stake }) => BigInt(stake)),
    leadership: of(({ leaderSlots }) => BigInt(leaderSlots)),
    rewards: of(({ earned, earnedByStakes }) => BigInt(earned) + BigInt(earnedByStakes)),
  };
}

function omitValidators({ validators: _, ...fairness }: Fairness): Omit<Fairness, "validators"> {
  return fairness;
}

/** With as many intervals as `comparisons`, all hold together with 95 %. */
function rateOf(count: number, of: number, comparisons: number): Rate {
  return { count, of, rate: of === 0 ? 0 : count / of, interval: wilsonInterval(count, of, 0.95, comparisons) };
}
