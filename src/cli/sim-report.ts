/** What a simulated run amounts to: the figures once, as plain data; and the same for people. */
import { accountAt } from "../chain/accounts-tree.ts";
import { createEpochSchedule, firstSlotOf, slotsIn } from "../chain/epoch-schedule.ts";
import type { Concentration } from "../sim/concentration.ts";
import type { Distribution } from "../sim/distribution.ts";
import type { Fairness } from "../sim/fairness.ts";
import type { Network } from "../sim/network.ts";
import type { Rate, RunStatistics } from "../sim/run-statistics.ts";
import type { Range } from "../sim/statistics.ts";
import { formatFields, formatPercent, formatSol, formatTable, shortenAddress } from "./format.ts";
import { colors } from "./output.ts";
import type { Simulation } from "./simulate.ts";
import { describeVerification } from "./verification.ts";

export type ValidatorReport = {
  readonly index: number;
  readonly identityPubkey: string;
  readonly voteAccountPubkey: string;
  /** Lamports; as all amounts here, a decimal string. */
  readonly activatedStake: string;
  /** Of all stake, 0 to 1. */
  readonly stakeShare: number;
  readonly online: boolean;
  readonly leaderSlots: number;
  readonly blocksProduced: number;
  readonly skippedSlots: number;
  readonly expectedRotations: number;
  readonly observedRotations: number;
  readonly observedShare: number;
  /** Wilson's interval of the observed share: all validators' hold together with 95 %. */
  readonly observedShareInterval: Range;
  readonly withinInterval: boolean;
};

export type SimReport = ReturnType<typeof createSimReport>;

export function createSimReport(
  options: { readonly seed: string; readonly offline: readonly number[]; readonly consensusOnly: boolean },
  network: Network,
  simulation: Simulation,
) {
  const { head, slot, verification } = simulation;
  const { params, firstSlot } = network.genesis;
  const schedule = createEpochSchedule(params.slotsPerEpoch, params.epochWarmup);
  const { statistics } = simulation;
  const { intervalConfidence: _, ...fairness } = statistics.fairness;
  return {
    seed: options.seed,
    consensusOnly: options.consensusOnly,
    profile: params.profile,
    policy: params.leaderPolicy,
    genesisHash: simulation.genesisHash,
    firstSlot,
    slot,
    blockHeight: head.height,
    epoch: head.epoch,
    slotIndex: head.slot - firstSlotOf(schedule, head.epoch),
    slotsInEpoch: slotsIn(schedule, head.epoch),
    headSlot: head.slot,
    confirmedSlot: simulation.confirmedSlot,
    finalizedSlot: simulation.finalizedSlot,
    skippedSlots: slot - firstSlot - head.height,
    blockId: head.blockId,
    stateHash: options.consensusOnly ? null : head.stateHash,
    traceHash: simulation.traceHash,
    transactionCount: head.transactionCount,
    voteCount: head.voteCount,
    transfers: simulation.transfers,
    slotsPerRotation: params.slotsPerRotation,
    fairness,
    validators: reportValidators(statistics, options.offline),
    statistics,
    ...reportLedger(options.consensusOnly ? null : head, network),
    verification: verification === null ? null : reportVerification(verification),
    timings: {
      elapsedMs: Math.round(simulation.elapsedMs),
      slotsPerSecond: Math.round((10_000 * (slot - firstSlot)) / simulation.elapsedMs) / 10,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    },
  };
}

/** Null where there is none. */
function reportLedger(head: Simulation["head"] | null, { accounts }: Network) {
  if (head === null) return { balances: null, supply: null };
  const { total, minted, burned } = head.supply;
  return {
    balances: accounts.map(({ address }) => ({ address, lamports: balanceOf(head, address) })),
    supply: { total: String(total), minted: String(minted), burned: String(burned) },
  };
}

function balanceOf(head: Simulation["head"], address: Network["accounts"][number]["address"]): string {
  return String(accountAt(head.accounts, address)?.lamports ?? 0n);
}

function reportVerification(verification: NonNullable<Simulation["verification"]>) {
  if (!verification.ok) return verification;
  const { ok, blocks, skippedSlots, lastSlot, lastBlockId, stateHash, transactions, votes } = verification;
  return { ok, blocks, skippedSlots, lastSlot, lastBlockId, stateHash, transactions, votes };
}

function reportValidators({ validators }: RunStatistics, offline: readonly number[]): ValidatorReport[] {
  return validators.map((validator) => ({
    index: validator.index,
    identityPubkey: validator.identity,
    voteAccountPubkey: validator.voteAccount,
    activatedStake: validator.stake,
    stakeShare: validator.stakeShare,
    online: !offline.includes(validator.index),
    leaderSlots: validator.leaderSlots,
    blocksProduced: validator.blocks,
    skippedSlots: validator.skipped.count,
    expectedRotations: validator.expectedRotations,
    observedRotations: validator.observedRotations,
    observedShare: validator.leadership.rate,
    observedShareInterval: validator.leadership.interval,
    withinInterval: validator.withinRange,
  }));
}

const rowsMax = 25;
const title = (text: string) => `\n${colors.bold(text)}`;

export function formatSimReport(report: SimReport): string {
  const { timings, fairness, statistics } = report;
  const epoch = `${report.epoch} (slot ${report.slotIndex + 1} of ${report.slotsInEpoch})`;
  const lines = [
    title("Chain"),
    formatFields([
      ["Slot", report.slot],
      ["Block height", report.blockHeight],
      ["Epoch", epoch],
      ["Skipped slots", report.skippedSlots],
      ["Confirmed slot", report.confirmedSlot],
      ["Finalized slot", report.finalizedSlot],
      ["Transactions", `${report.transactionCount} (${report.voteCount} votes)`],
    ]),
    title("Validators and leaders"),
    formatValidators(report),
    `A rotation is ${report.slotsPerRotation} slot${report.slotsPerRotation === 1 ? "" : "s"}, one draw each; ${fairness.rotations} drawn.`,
    `Lottery ${verdictColor(fairness.verdict)(fairness.summary)}`,
    title("Consensus"),
    formatFields([
      ["Finality lag", formatDistribution(statistics.finalityLag, "slots")],
      ["Vote latency", formatDistribution(statistics.voteLatency, "slots")],
      ["Skipped", formatRate(statistics.skipped)],
      ["Forks", formatForks(statistics)],
      ["Votes held back", formatHeld(statistics.votesHeld)],
    ]),
    title("Concentration"),
    formatConcentrations(statistics),
    ...formatLedger(report),
    title("Identity of this run"),
    formatFields([
      ["Seed", report.seed],
      ["Genesis hash", report.genesisHash],
      ["Last block id", report.blockId],
      ...(report.stateHash === null ? [] : [["State hash", report.stateHash] as const]),
      ["Trace hash", report.traceHash],
    ]),
    "",
    formatVerification(report),
    `${(timings.elapsedMs / 1000).toFixed(1)} s, ${timings.slotsPerSecond} slots/s, peak memory ${Math.round(timings.peakRssBytes / 1e6)} MB`,
  ];
  return lines.join("\n").trimStart();
}

function formatLedger({ supply, balances }: SimReport): string[] {
  if (supply === null || balances === null) return [];
  return [
    title("Balances"),
    formatBalances(balances),
    title("Supply"),
    formatFields([
      ["Total", `${formatSol(BigInt(supply.total))} SOL`],
      ["Minted", `${formatSol(BigInt(supply.minted))} SOL`],
      ["Burned", `${formatSol(BigInt(supply.burned))} SOL`],
    ]),
  ];
}

function formatVerification({ verification, consensusOnly }: SimReport): string {
  if (consensusOnly) return "Consensus only: no signatures, no Proof of History, no accounts; no chain to verify";
  if (verification === null) return colors.yellow("Whole chain: not verified (--no-verify)");
  if (!verification.ok) return colors.red(describeVerification(verification));
  return colors.green(`Whole chain verified: ${verification.blocks} blocks from genesis, every byte replayed`);
}

function verdictColor(verdict: Fairness["verdict"]): (text: string) => string {
  return verdict === "suspicious" ? colors.red : verdict === "consistent" ? colors.green : colors.yellow;
}

/** The largest first. */
function formatValidators({ validators }: SimReport): string {
  const shown = validators
    .toSorted((a, b) => Number(BigInt(b.activatedStake) - BigInt(a.activatedStake)) || a.index - b.index)
    .slice(0, rowsMax);
  const columns = [
    "#",
    "Identity",
    "Stake (SOL)",
    "Share",
    "Rotations",
    "Expected",
    "Share drawn, 95%",
    "Blocks",
    "Skipped",
  ];
  const table = formatTable(
    columns.map((name, i) => ({ title: name, align: i === 1 ? "left" : "right" })),
    shown.map((validator) => [
      validator.index,
      shortenAddress(validator.identityPubkey) + (validator.online ? "" : colors.yellow(" off")),
      formatSol(BigInt(validator.activatedStake)),
      formatPercent(validator.stakeShare),
      `${validator.observedRotations}${validator.withinInterval ? "" : " !"}`,
      validator.expectedRotations.toFixed(1),
      `${formatPercent(validator.observedShareInterval[0], 1)} to ${formatPercent(validator.observedShareInterval[1], 1)}`,
      validator.blocksProduced,
      validator.skippedSlots,
    ]),
  );
  const hidden = validators.length - shown.length;
  return hidden === 0 ? table : `${table}\n… and ${hidden} smaller ones (all of them: --output json)`;
}

function formatDistribution({ count, mean, meanInterval, median, p99, max }: Distribution, unit: string): string {
  if (mean === null) return "none";
  const interval =
    meanInterval === null ? "" : ` (95%: ${meanInterval[0].toFixed(2)} to ${meanInterval[1].toFixed(2)})`;
  return `mean ${mean.toFixed(2)}${interval}, median ${median}, 99% within ${p99}, at most ${max} ${unit}, of ${count}`;
}

function formatRate({ count, of, rate, interval: [low, high] }: Rate): string {
  return `${count} of ${of} slots, ${formatPercent(rate)} (95%: ${formatPercent(low)} to ${formatPercent(high)})`;
}

function formatForks({ forks, reorgDepth }: RunStatistics): string {
  if (reorgDepth.count === 0) return `${forks}, the head never left its chain`;
  return `${forks}; ${reorgDepth.count} reorgs, ${reorgDepth.max} blocks deep at the most`;
}

/** 3 switch-threshold, 1 locked-out */
function formatHeld(votesHeld: RunStatistics["votesHeld"]): string {
  const reasons = Object.entries(votesHeld);
  return reasons.length === 0 ? "none" : reasons.map(([reason, count]) => `${count} ${reason}`).join(", ");
}

function formatConcentrations({ concentration }: RunStatistics): string {
  const columns = ["Of", "Holders", "Nakamoto 1/3", "2/3", "Gini", "HHI", "Effective number", "Entropy (bits)"];
  const rows = (["stake", "leadership", "rewards"] as const).flatMap((name) => {
    const found: Concentration | null = concentration[name];
    if (found === null) return [];
    const { holders, nakamoto, gini, hhi, effectiveNumber, shannonBits } = found;
    const numbers = [gini.toFixed(3), hhi.toFixed(3), effectiveNumber.toFixed(2), shannonBits.toFixed(2)];
    return [[name, holders, nakamoto.oneThird, nakamoto.twoThirds, ...numbers]];
  });
  return formatTable(
    columns.map((title, i) => ({ title, align: i === 0 ? "left" : "right" })),
    rows,
  );
}

function formatBalances(balances: NonNullable<SimReport["balances"]>): string {
  if (balances.length === 0) return "no funded accounts";
  const shown = balances
    .slice(0, rowsMax)
    .map(({ address, lamports }) => `${address}  ${formatSol(BigInt(lamports))} SOL`);
  const hidden = balances.length - shown.length;
  return [...shown, ...(hidden === 0 ? [] : [`… and ${hidden} more`])].join("\n");
}
