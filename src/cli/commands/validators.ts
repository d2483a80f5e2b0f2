/**
 * `escapement validators`: who validates, with how much stake and how well. As JSON with the solana CLI's fields, and ours:
 *
 *     status                      "active" | "delinquent" | "jailed" | "tombstoned"
 *     jailedUntilEpoch            of a jailed one: the first epoch in which it may come back
 *     inflationRewardsCommissionBps     the commission with its decimals, which `commission` rounds up
 *     activatingStake, deactivatingStake     of the stakes delegated to it, in the current epoch
 *
 * Source of the names: agave, cli-output, CliValidators.
 */
import * as v from "valibot";
import { slashingProgramAddress, stakeProgramAddress } from "../../chain/addresses.ts";
import { epochOf } from "../../chain/ids.ts";
import { readSlashingRecord } from "../../chain/slashing/jail.ts";
import { isJailedAt, type SlashingRecord } from "../../chain/slashing/record.ts";
import { readProgramAccounts, stakeAccountIn } from "../account-reader.ts";
import type { OutputFormat } from "../arguments.ts";
import { formatPercent, formatSol, formatTable, shareOf } from "../format.ts";
import { colors, print, printJson } from "../output.ts";
import type { validatorSortKeys } from "../program/vote.ts";
import { amount, count, createRpcClient, type RpcClient } from "../rpc-client.ts";
import { readStakeClock } from "../stake-reader.ts";
import { blockProductionSchema } from "./block-production.ts";

export type ValidatorSortKey = (typeof validatorSortKeys)[number];

export type ValidatorsOptions = {
  readonly sort?: ValidatorSortKey;
  readonly reverse?: boolean;
  readonly number?: boolean;
  readonly keepUnstakedDelinquents?: boolean;
  readonly delinquentSlotDistance?: number;
  readonly url: string;
  readonly output: OutputFormat;
};

const voteAccountSchema = v.object({
  votePubkey: v.string(),
  nodePubkey: v.string(),
  activatedStake: amount,
  commission: count,
  inflationRewardsCommissionBps: count,
  lastVote: count,
  rootSlot: v.nullable(count),
  epochCredits: v.array(v.tuple([count, count, count])),
});
const voteAccountsSchema = v.object({ current: v.array(voteAccountSchema), delinquent: v.array(voteAccountSchema) });
const versionSchema = v.object({ "solana-core": v.string() });

export type ValidatorView = Readonly<{
  identityPubkey: string;
  voteAccountPubkey: string;
  /** Whole percent, rounded up; in full in basis points. */
  commission: number;
  inflationRewardsCommissionBps: number;
  lastVote: number;
  rootSlot: number;
  credits: number;
  epochCredits: number;
  activatedStake: bigint;
  version: string;
  delinquent: boolean;
  /** Percent; null where it led no slot yet. */
  skipRate: number | null;
  status: "active" | "delinquent" | "jailed" | "tombstoned";
  jailedUntilEpoch: bigint | null;
  activatingStake: bigint;
  deactivatingStake: bigint;
}>;

async function readValidators(client: RpcClient, options: ValidatorsOptions): Promise<ValidatorView[]> {
  const config = { commitment: "confirmed" };
  const { keepUnstakedDelinquents = false, delinquentSlotDistance } = options;
  // Who is jailed has no stake that counts, and is to be seen all the same.
  const asked = { ...config, keepUnstakedDelinquents: true, delinquentSlotDistance };
  const known = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const voteAccounts = await client.call("getVoteAccounts", [known], voteAccountsSchema);
  const { byIdentity } = await client.call("getBlockProduction", [config], blockProductionSchema);
  const { "solana-core": version } = await client.call("getVersion", [], versionSchema);
  const records = await readRecords(client);
  const { epoch, moving } = await readMovingStake(client);
  const describe = (delinquent: boolean) => (account: v.InferOutput<typeof voteAccountSchema>) => {
    const [leaderSlots, blocks] = byIdentity[account.nodePubkey] ?? [0, 0];
    const [creditsEpoch, credits = 0, before = 0] = account.epochCredits.at(-1) ?? [];
    const { activating, deactivating } = moving.get(account.votePubkey) ?? { activating: 0n, deactivating: 0n };
    return {
      identityPubkey: account.nodePubkey,
      voteAccountPubkey: account.votePubkey,
      commission: account.commission,
      inflationRewardsCommissionBps: account.inflationRewardsCommissionBps,
      lastVote: account.lastVote,
      rootSlot: account.rootSlot ?? 0,
      credits,
      // Those of an epoch gone by are not this epoch's.
      epochCredits: BigInt(creditsEpoch ?? 0) === epoch ? credits - before : 0,
      activatedStake: account.activatedStake,
      version,
      delinquent,
      skipRate: leaderSlots === 0 ? null : (100 * (leaderSlots - blocks)) / leaderSlots,
      ...statusOf(records.get(account.votePubkey), epoch, delinquent),
      activatingStake: activating,
      deactivatingStake: deactivating,
    };
  };
  const delinquents = voteAccounts.delinquent.map(describe(true)).sort(byStake);
  const isShown = ({ activatedStake, status }: ValidatorView) =>
    keepUnstakedDelinquents || activatedStake > 0n || status !== "delinquent";
  return [...voteAccounts.current.map(describe(false)).sort(byStake), ...delinquents.filter(isShown)];
}

function statusOf(
  record: SlashingRecord | undefined,
  epoch: bigint,
  delinquent: boolean,
): Pick<ValidatorView, "status" | "jailedUntilEpoch"> {
  if (record?.tombstoned === true) return { status: "tombstoned", jailedUntilEpoch: null };
  if (record !== undefined && isJailedAt(record, epochOf(Number(epoch))))
    return { status: "jailed", jailedUntilEpoch: record.jailedUntilEpoch };
  return { status: delinquent ? "delinquent" : "active", jailedUntilEpoch: null };
}

/** By vote account. */
async function readRecords(client: RpcClient): Promise<Map<string, SlashingRecord>> {
  const records = new Map<string, SlashingRecord>();
  for (const { pubkey, account } of await readProgramAccounts(client, slashingProgramAddress, [])) {
    const record = readSlashingRecord(pubkey, account);
    if (record !== null) records.set(record.voteAccount, record);
  }
  return records;
}

type MovingStake = { activating: bigint; deactivating: bigint };

/** By vote account: what is on its way in or out now. */
async function readMovingStake(client: RpcClient): Promise<{ epoch: bigint; moving: Map<string, MovingStake> }> {
  const clock = await readStakeClock(client);
  const moving = new Map<string, MovingStake>();
  for (const { pubkey, account } of await readProgramAccounts(client, stakeProgramAddress, [])) {
    const state = stakeAccountIn(pubkey, account)?.state;
    if (state?.type !== "delegated") continue;
    const { activating, deactivating } = clock.statusOf(state.delegation);
    const sums = moving.get(state.delegation.voteAccount) ?? { activating: 0n, deactivating: 0n };
    sums.activating += activating;
    sums.deactivating += deactivating;
    moving.set(state.delegation.voteAccount, sums);
  }
  return { epoch: clock.epoch, moving };
}

const compare = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** Largest first. */
function byStake(a: ValidatorView, b: ValidatorView): number {
  return compare(b.activatedStake, a.activatedStake) || compare(a.voteAccountPubkey, b.voteAccountPubkey);
}

const sortValueOf: Readonly<Record<ValidatorSortKey, (validator: ValidatorView) => string | number | bigint>> = {
  delinquent: ({ delinquent }) => Number(delinquent),
  commission: ({ inflationRewardsCommissionBps }) => inflationRewardsCommissionBps,
  credits: ({ epochCredits }) => epochCredits,
  identity: ({ identityPubkey }) => identityPubkey,
  "last-vote": ({ lastVote }) => lastVote,
  root: ({ rootSlot }) => rootSlot,
  // Whoever led nothing skipped nothing; it stands before all who did lead.
  "skip-rate": ({ skipRate }) => skipRate ?? -1,
  stake: ({ activatedStake }) => activatedStake,
  version: ({ version }) => version,
  "vote-account": ({ voteAccountPubkey }) => voteAccountPubkey,
};

/** Ascending; equal ones by vote account. */
export function sortValidators(
  validators: readonly ValidatorView[],
  key: ValidatorSortKey,
  reverse: boolean,
): ValidatorView[] {
  const sorted = [...validators].sort(
    (a, b) => compare(sortValueOf[key](a), sortValueOf[key](b)) || compare(a.voteAccountPubkey, b.voteAccountPubkey),
  );
  return reverse ? sorted.reverse() : sorted;
}

/** All skipped of all led, and the same weighed by stake; percent. */
function averageSkipRates(validators: readonly ValidatorView[]) {
  const known = validators.filter((validator) => validator.skipRate !== null);
  const sum = known.reduce((total, { skipRate }) => total + skipRate!, 0);
  const stake = known.reduce((total, { activatedStake }) => total + activatedStake, 0n);
  const weighted = known.reduce((total, each) => total + each.skipRate! * shareOf(each.activatedStake, stake), 0);
  return { averageSkipRate: known.length === 0 ? 0 : sum / known.length, averageStakeWeightedSkipRate: weighted };
}

function summarize(validators: readonly ValidatorView[]) {
  const sum = (list: readonly ValidatorView[]) =>
    list.reduce((total, { activatedStake }) => total + activatedStake, 0n);
  const current = validators.filter(({ delinquent }) => !delinquent);
  const totalActiveStake = sum(validators);
  const totalCurrentStake = sum(current);
  const totalDelinquentStake = totalActiveStake - totalCurrentStake;
  const [first] = validators;
  const byVersion = {
    currentValidators: current.length,
    delinquentValidators: validators.length - current.length,
    currentActiveStake: totalCurrentStake,
    delinquentActiveStake: totalDelinquentStake,
  };
  // All validators run in one process, and so one version.
  const stakeByVersion = first === undefined ? {} : { [first.version]: byVersion };
  return { totalActiveStake, totalCurrentStake, totalDelinquentStake, stakeByVersion };
}

export async function runValidators(options: ValidatorsOptions): Promise<void> {
  const read = await readValidators(createRpcClient(options.url), options);
  const { sort, reverse = false } = options;
  const { stakeByVersion, ...totals } = summarize(read);
  if (options.output === "json") {
    // As in the solana CLI the order is a matter of display; here it can be asked for.
    const validators = sort === undefined && !reverse ? read : sortValidators(read, sort ?? "stake", reverse);
    printJson({ ...totals, validators, ...averageSkipRates(read), stakeByVersion });
    return;
  }
  const validators = sortValidators(read, sort ?? "stake", reverse);
  print(formatValidators(validators, totals.totalActiveStake, options.number === true));
  const delinquent = formatPercent(shareOf(totals.totalDelinquentStake, totals.totalActiveStake));
  const onItsWay = (name: "activatingStake" | "deactivatingStake") =>
    formatSol(read.reduce((sum, validator) => sum + validator[name], 0n));
  print(`\nActive stake:       ${formatSol(totals.totalActiveStake)} SOL`);
  print(`Delinquent stake:   ${formatSol(totals.totalDelinquentStake)} SOL (${delinquent})`);
  print(`Activating stake:   ${onItsWay("activatingStake")} SOL`);
  print(`Deactivating stake: ${onItsWay("deactivatingStake")} SOL`);
}

function formatValidators(validators: readonly ValidatorView[], total: bigint, numbered: boolean): string {
  const titles = [
    "Identity",
    "Vote Account",
    "Status",
    "Commission",
    "Last Vote",
    "Root Slot",
    "Skip Rate",
    "Credits",
    "Active Stake",
  ];
  const rows = validators.map((validator, index) => [
    ...(numbered ? [index + 1] : []),
    validator.identityPubkey,
    validator.voteAccountPubkey,
    formatStatus(validator),
    `${validator.inflationRewardsCommissionBps / 100}%`,
    validator.lastVote,
    validator.rootSlot,
    validator.skipRate === null ? "-" : `${validator.skipRate.toFixed(2)}%`,
    validator.epochCredits,
    `${formatSol(validator.activatedStake)} SOL (${formatPercent(shareOf(validator.activatedStake, total))})`,
  ]);
  const columns = titles.map((title, i) => ({ title, align: i < 3 ? ("left" as const) : ("right" as const) }));
  return formatTable(numbered ? [{ title: "#", align: "right" }, ...columns] : columns, rows);
}

function formatStatus({ status, jailedUntilEpoch }: ValidatorView): string {
  if (status === "active") return status;
  return colors.red(jailedUntilEpoch === null ? status : `${status} to ${jailedUntilEpoch}`);
}
