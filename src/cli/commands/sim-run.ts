/** `escapement sim run`: a seeded cluster in virtual time, and what came of it. */
import type { OutputFormat } from "../arguments.ts";
import { openChainFile } from "../chain-file.ts";
import { CommandFailure, UsageError } from "../failure.ts";
import { formatPercent, shareOf } from "../format.ts";
import { createPlannedNetwork, type NetworkOptions, type PlannedNetwork, planNetwork } from "../network-options.ts";
import { createProgress, print, printJson, say } from "../output.ts";
import { openRecording } from "../recording-file.ts";
import { createSimReport, formatSimReport } from "../sim-report.ts";
import { simulate } from "../simulate.ts";
import { describeVerification } from "../verification.ts";

export type SimRunOptions = NetworkOptions & {
  readonly slots: number;
  readonly ownWork?: boolean;
  readonly consensusOnly?: boolean;
  readonly verify: boolean;
  readonly export?: string;
  readonly record?: string;
  readonly transfersPerSlot: number;
  readonly offline?: readonly number[];
  readonly output: OutputFormat;
};

export async function runSimRun(options: SimRunOptions): Promise<void> {
  const { slots, transfersPerSlot, verify, ownWork = false, consensusOnly = false, output } = options;
  checkConsensusOnly(options);
  const plan = planNetwork(options);
  const { seed } = plan;
  const network = createPlannedNetwork(plan);
  // Those that the genesis file calls delinquent never come online either.
  const offline = [...new Set([...(options.offline ?? []), ...network.offline])].sort((a, b) => a - b);
  checkOffline(plan, offline);
  if (transfersPerSlot > 0 && network.accounts.length < 2)
    throw new UsageError(
      "--transfers-per-slot needs two funded accounts to move coins between; give --accounts 2 or more",
    );
  const file = options.export === undefined ? null : openChainFile(options.export, network.genesis);
  const recorder = options.record === undefined ? null : openRecording(options.record, { seed, names: namesOf(plan) });
  const progress = createProgress("slots", slots);
  const simulation = await simulate({
    seed,
    network,
    slots,
    offline,
    transfersPerSlot,
    ownWork,
    consensusOnly,
    verify,
    ...(file === null ? {} : { onBlock: (block) => file.write(block) }),
    ...(recorder === null ? {} : { onCluster: recorder.onCluster }),
    onProgress: (done, finalized) => progress.update(done, `, finalized ${finalized}`),
  });
  progress.finish();
  file?.close();
  recorder?.close();
  if (options.export !== undefined) say(`chain of ${simulation.blocks} blocks written to ${options.export}`);
  if (options.record !== undefined) say(`recorded; look at it with: escapement view ${options.record}`);
  const report = createSimReport({ seed, offline, consensusOnly }, network, simulation);
  if (output === "json") printJson(report);
  else print(formatSimReport(report));
  if (report.verification !== null && !report.verification.ok)
    throw new CommandFailure(describeVerification(report.verification));
}

/** What there is nothing to do for. */
function checkConsensusOnly(options: SimRunOptions): void {
  const { consensusOnly = false, transfersPerSlot, ownWork = false } = options;
  if (!consensusOnly) return;
  const clashes = [
    { flag: "--transfers-per-slot", isGiven: transfersPerSlot > 0, reason: "there are no coins to move" },
    {
      flag: "--export",
      isGiven: options.export !== undefined,
      reason: "its blocks hold nothing that could be verified",
    },
    { flag: "--record", isGiven: options.record !== undefined, reason: "the page shows what stands on a ledger" },
    { flag: "--own-work", isGiven: ownWork, reason: "there is nothing to replay or check" },
  ];
  const clash = clashes.find(({ isGiven }) => isGiven);
  if (clash !== undefined)
    throw new UsageError(`${clash.flag} does not go with --consensus-only: ${clash.reason}; leave one of them out`);
  if (options.genesis !== undefined)
    say(
      "stakes stay what they are in the first epoch: what activates or cools down in the genesis file, and who is jailed, stays so",
    );
}

function namesOf({ validators }: PlannedNetwork): readonly (string | null)[] {
  return validators.map(({ name }) => name ?? null);
}

function checkOffline({ validators }: PlannedNetwork, offline: readonly number[]): void {
  const unknown = offline.find((index) => index >= validators.length);
  if (unknown !== undefined)
    throw new UsageError(`--offline names validator ${unknown}; the indices go from 0 to ${validators.length - 1}`);
  const total = validators.reduce((sum, { stake }) => sum + stake, 0n);
  const missing = offline.reduce((sum, index) => sum + validators[index]!.stake, 0n);
  if (3n * missing < total) return;
  const share = formatPercent(shareOf(missing, total), 1);
  say(`the offline validators hold ${share} of the stake: without more than two thirds voting, nothing becomes final`);
}
