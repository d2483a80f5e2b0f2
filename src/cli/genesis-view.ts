/**
 * What a genesis contains, for people and as JSON.
 *
 *     { source, genesisHash, creationTime, firstSlot, epoch, supply, params: { … },
 *       validators: [{ name, identityPubkey, voteAccountPubkey, commission, activatedStake, status, jailedUntilEpoch, slashed }],
 *       accounts: [{ name, address, lamports, keygen }], stakeAccounts: [{ name, stakePubkey, validator, state, stake, … }],
 *       stakes: { active: { accounts, lamports, locked }, … }, wallets: { accounts, lamports }, standIns }
 *
 * Amounts are lamports. A validator's stake is what counts in the first epoch, of all that delegate to it. Only a genesis
 * file has names; without one they are null, and accounts are all wallets but the validators' own.
 */
import { slashingProgramAddress, systemProgramAddress } from "../chain/addresses.ts";
import { freezeGenesisStakes } from "../chain/epoch-boundary.ts";
import { createEpochSchedule, epochAt } from "../chain/epoch-schedule.ts";
import type { Genesis } from "../chain/genesis.ts";
import { genesisSysvarLamports } from "../chain/genesis-sysvars.ts";
import { computeGenesisHash } from "../chain/genesis-text.ts";
import type { Address, Epoch } from "../chain/ids.ts";
import { readSlashingRecord } from "../chain/slashing/jail.ts";
import { isJailedAt, type SlashingRecord } from "../chain/slashing/record.ts";
import { decodeVoteState } from "../chain/vote-state.ts";
import { formatFields, formatPercent, formatSol, formatTable, shareOf } from "./format.ts";
import type { GenesisNames } from "./genesis-names.ts";
import type { GenesisSource } from "./genesis-source.ts";
import { formatStakeAccounts, formatStakeSums, sumStakes, viewStakeAccounts } from "./genesis-stakes-view.ts";
import { formatTime } from "./stake-view.ts";

export type GenesisView = ReturnType<typeof viewGenesis>;

export function viewGenesis({ kind, name, genesis, offline, names }: GenesisSource) {
  const { params, creationTime, firstSlot, accounts } = genesis;
  const epoch = epochAt(createEpochSchedule(params.slotsPerEpoch, params.epochWarmup), firstSlot);
  const wallets = accounts.filter(([, { owner }]) => owner === systemProgramAddress);
  const stakeAccounts = viewStakeAccounts(genesis, epoch, names);
  const sum = (list: Genesis["accounts"]) => list.reduce((total, [, { lamports }]) => total + lamports, 0n);
  return {
    source: { kind, name },
    genesisHash: computeGenesisHash(genesis),
    creationTime,
    firstSlot,
    epoch,
    supply: sum(accounts) + genesisSysvarLamports(params),
    params,
    validators: viewValidators(genesis, epoch, offline, names),
    accounts: viewAccounts(genesis, wallets, names),
    stakeAccounts,
    stakes: sumStakes(stakeAccounts),
    wallets: { accounts: wallets.length, lamports: sum(wallets) },
    standIns: genesis.standIns.length,
  };
}

function viewAccounts({ validators, accounts }: Genesis, wallets: Genesis["accounts"], names: GenesisNames | null) {
  if (names === null) {
    const identities = new Set(validators.map(({ identity }) => identity));
    return wallets
      .filter(([address]) => !identities.has(address))
      .map(([address, { lamports }]) => ({ name: null, address, lamports, keygen: null }));
  }
  const accountAt = new Map(accounts);
  return names.accounts.map(({ name, address, keygen }) => {
    return { name, address, lamports: accountAt.get(address)?.lamports ?? 0n, keygen };
  });
}

function viewValidators(
  { params, validators, accounts }: Genesis,
  epoch: Epoch,
  offline: readonly number[],
  names: GenesisNames | null,
) {
  const table = freezeGenesisStakes(params, epoch, accounts).stakeTables.get(epoch);
  const accountAt = new Map(accounts);
  const records = readRecords(accounts);
  return validators.map(({ identity, voteAccount }, index) => {
    const account = accountAt.get(voteAccount);
    const state = account === undefined ? null : decodeVoteState(account.data, voteAccount);
    const record = records.get(voteAccount);
    return {
      name: names?.validators[index] ?? null,
      identityPubkey: identity,
      voteAccountPubkey: voteAccount,
      commission: state === null ? null : state.inflationRewardsCommissionBps / 100,
      activatedStake: table?.byVoteAccount.get(voteAccount)?.stake ?? 0n,
      status: statusOf(record, epoch, offline.includes(index)),
      jailedUntilEpoch:
        record === undefined || record.tombstoned || !isJailedAt(record, epoch) ? null : record.jailedUntilEpoch,
      slashed: record?.takenTotal ?? 0n,
    };
  });
}

function statusOf(record: SlashingRecord | undefined, epoch: Epoch, isOffline: boolean): string {
  if (record?.tombstoned === true) return "tombstoned";
  if (record !== undefined && isJailedAt(record, epoch)) return "jailed";
  return isOffline ? "delinquent" : "active";
}

function readRecords(accounts: Genesis["accounts"]): Map<Address, SlashingRecord> {
  const records = accounts
    .filter(([, { owner }]) => owner === slashingProgramAddress)
    .flatMap(([address, account]) => readSlashingRecord(address, account) ?? []);
  return new Map(records.map((record) => [record.voteAccount, record]));
}

const shownMax = 50;

export function formatGenesisView(view: GenesisView): string {
  const { source, params } = view;
  const head = formatFields([
    ["Genesis of", `${source.kind} ${source.name}`],
    ["Genesis hash", view.genesisHash],
    ["Begins", formatTime(BigInt(view.creationTime))],
    ["First slot", `${view.firstSlot} (epoch ${view.epoch})`],
    ["Supply", `${formatSol(view.supply)} SOL`],
    ["Wallets", `${view.wallets.accounts} with ${formatSol(view.wallets.lamports)} SOL`],
    ...(view.standIns === 0 ? [] : [["Stand-in keys", view.standIns] as const]),
    ...(source.kind === "devnet" ? [["Status", "at genesis; delinquent: does not run now"] as const] : []),
  ]);
  return [
    head,
    `\nValidators\n${formatValidators(view)}`,
    ...(view.accounts.length === 0 ? [] : [`\nAccounts\n${formatAccounts(view)}`]),
    `\nStake accounts\n${formatStakeSums(view.stakes)}`,
    `\n${andMore(formatStakeAccounts(view.stakeAccounts.slice(0, shownMax)), view.stakeAccounts.length)}`,
    `\nParameters\n${formatFields(Object.entries(params).map(([field, value]) => [field, String(value)] as const))}`,
  ].join("\n");
}

function andMore(table: string, length: number): string {
  return length <= shownMax ? table : `${table}\n… and ${length - shownMax} more (--output json)`;
}

function formatValidators({ validators }: GenesisView): string {
  const total = validators.reduce((sum, { activatedStake }) => sum + activatedStake, 0n);
  const named = validators.some(({ name }) => name !== null);
  const titles = ["Identity", "Vote Account", "Status", "Commission", "Active Stake", "Share", "Slashed (SOL)"];
  const columns = titles.map((title, i) => ({ title, align: i < 3 ? ("left" as const) : ("right" as const) }));
  const rows = validators
    .slice(0, shownMax)
    .map((each) => [
      ...(named ? [each.name ?? "-"] : []),
      each.identityPubkey,
      each.voteAccountPubkey,
      formatStatus(each),
      each.commission === null ? "-" : `${each.commission}%`,
      `${formatSol(each.activatedStake)} SOL`,
      formatPercent(shareOf(each.activatedStake, total)),
      each.slashed === 0n ? "-" : formatSol(each.slashed),
    ]);
  return andMore(formatTable(named ? [{ title: "Name" }, ...columns] : columns, rows), validators.length);
}

/** `jailed to 900`. */
export function formatStatus({ status, jailedUntilEpoch }: GenesisView["validators"][number]): string {
  return jailedUntilEpoch === null ? status : `${status} to ${jailedUntilEpoch}`;
}

function formatAccounts({ accounts }: GenesisView): string {
  const named = accounts.some(({ name }) => name !== null);
  const titles = named ? ["Name", "Address", "Balance (SOL)", "Key"] : ["Address", "Balance (SOL)"];
  const rows = accounts
    .slice(0, shownMax)
    .map(({ name, address, lamports, keygen }) =>
      named ? [name ?? "-", address, formatSol(lamports), keygen ?? "somebody else's"] : [address, formatSol(lamports)],
    );
  const columns = titles.map((title) => ({
    title,
    align: title === "Balance (SOL)" ? ("right" as const) : ("left" as const),
  }));
  return andMore(formatTable(columns, rows), accounts.length);
}
