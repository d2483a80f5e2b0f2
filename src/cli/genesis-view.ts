/**
 * What a genesis contains, for people and as JSON.
 *
 *     { source, genesisHash, creationTime, firstSlot, epoch, supply, params: { … },
 *       validators: [{ identityPubkey, voteAccountPubkey, commission, activatedStake, status, jailedUntilEpoch, slashed }],
 *       stakes: { active: { accounts, lamports, locked }, … }, wallets: { accounts, lamports }, standIns }
 *
 * Amounts are lamports. A validator's stake is what counts in the first epoch, of all that delegate to it.
 */
import { slashingProgramAddress, stakeProgramAddress, systemProgramAddress } from "../chain/addresses.ts";
import { freezeGenesisStakes } from "../chain/epoch-boundary.ts";
import { createEpochSchedule, epochAt } from "../chain/epoch-schedule.ts";
import type { Genesis } from "../chain/genesis.ts";
import { genesisSysvarLamports } from "../chain/genesis-sysvars.ts";
import { computeGenesisHash } from "../chain/genesis-text.ts";
import type { Address, Epoch } from "../chain/ids.ts";
import { readSlashingRecord } from "../chain/slashing/jail.ts";
import { isJailedAt, type SlashingRecord } from "../chain/slashing/record.ts";
import { decodeStakeState, type Lockup, type StakeState } from "../chain/stake-account.ts";
import { createStakeHistory } from "../chain/stake-activation.ts";
import { stakeStatusAt } from "../chain/stake-status.ts";
import { decodeVoteState } from "../chain/vote-state.ts";
import { formatFields, formatPercent, formatSol, formatTable, shareOf } from "./format.ts";
import type { GenesisSource } from "./genesis-source.ts";
import { formatTime } from "./stake-view.ts";

const stakeStates = ["initialized", "activating", "active", "deactivating", "inactive"] as const;
type StakeStateName = (typeof stakeStates)[number];
type StakeSums = { accounts: number; lamports: bigint; locked: number };

export type GenesisView = ReturnType<typeof viewGenesis>;

export function viewGenesis({ kind, name, genesis, offline }: GenesisSource) {
  const { params, creationTime, firstSlot, accounts } = genesis;
  const epoch = epochAt(createEpochSchedule(params.slotsPerEpoch, params.epochWarmup), firstSlot);
  const wallets = accounts.filter(([, { owner }]) => owner === systemProgramAddress);
  const sum = (list: Genesis["accounts"]) => list.reduce((total, [, { lamports }]) => total + lamports, 0n);
  return {
    source: { kind, name },
    genesisHash: computeGenesisHash(genesis),
    creationTime,
    firstSlot,
    epoch,
    supply: sum(accounts) + genesisSysvarLamports(params),
    params,
    validators: viewValidators(genesis, epoch, offline),
    stakes: sumStakes(genesis, epoch),
    wallets: { accounts: wallets.length, lamports: sum(wallets) },
    standIns: genesis.standIns.length,
  };
}

function viewValidators({ params, validators, accounts }: Genesis, epoch: Epoch, offline: readonly number[]) {
  const table = freezeGenesisStakes(params, epoch, accounts).stakeTables.get(epoch);
  const accountAt = new Map(accounts);
  const records = readRecords(accounts);
  return validators.map(({ identity, voteAccount }, index) => {
    const account = accountAt.get(voteAccount);
    const state = account === undefined ? null : decodeVoteState(account.data, voteAccount);
    const record = records.get(voteAccount);
    return {
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

function sumStakes({ params, creationTime, accounts }: Genesis, epoch: Epoch): Record<StakeStateName, StakeSums> {
  const emptySums = (): StakeSums => ({ accounts: 0, lamports: 0n, locked: 0 });
  const sums = {
    initialized: emptySums(),
    activating: emptySums(),
    active: emptySums(),
    deactivating: emptySums(),
    inactive: emptySums(),
  };
  const isLocked = ({ unixTimestamp, epoch: until }: Lockup) =>
    unixTimestamp > BigInt(creationTime) || until > BigInt(epoch);
  for (const [, { owner, lamports, data }] of accounts) {
    const state = owner === stakeProgramAddress ? decodeStakeState(data) : null;
    if (state === null || !("meta" in state)) continue;
    const group = sums[nameOf(state, params, epoch)];
    group.accounts++;
    group.lamports += lamports;
    if (isLocked(state.meta.lockup)) group.locked++;
  }
  return sums;
}

function nameOf(
  state: Extract<StakeState, { meta: unknown }>,
  params: Genesis["params"],
  epoch: Epoch,
): StakeStateName {
  if (state.type === "initialized") return "initialized";
  const { effective, activating, deactivating } = stakeStatusAt(
    params,
    state.delegation,
    epoch,
    createStakeHistory([]),
  );
  if (activating > 0n) return "activating";
  if (deactivating > 0n) return "deactivating";
  return effective > 0n ? "active" : "inactive";
}

const validatorsShownMax = 50;

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
  ]);
  return [
    head,
    `\nValidators\n${formatValidators(view)}`,
    `\nStake accounts\n${formatStakes(view)}`,
    `\nParameters\n${formatFields(Object.entries(params).map(([field, value]) => [field, String(value)] as const))}`,
  ].join("\n");
}

function formatValidators({ validators }: GenesisView): string {
  const total = validators.reduce((sum, { activatedStake }) => sum + activatedStake, 0n);
  const titles = ["Identity", "Vote Account", "Status", "Commission", "Active Stake", "Share", "Slashed (SOL)"];
  const table = formatTable(
    titles.map((title, i) => ({ title, align: i < 3 ? "left" : "right" })),
    validators
      .slice(0, validatorsShownMax)
      .map((each) => [
        each.identityPubkey,
        each.voteAccountPubkey,
        each.jailedUntilEpoch === null ? each.status : `${each.status} to ${each.jailedUntilEpoch}`,
        each.commission === null ? "-" : `${each.commission}%`,
        `${formatSol(each.activatedStake)} SOL`,
        formatPercent(shareOf(each.activatedStake, total)),
        each.slashed === 0n ? "-" : formatSol(each.slashed),
      ]),
  );
  const hidden = validators.length - validatorsShownMax;
  return hidden <= 0 ? table : `${table}\n… and ${hidden} more (--output json)`;
}

function formatStakes({ stakes }: GenesisView): string {
  const rows = stakeStates
    .filter((state) => stakes[state].accounts > 0)
    .map((state) => [state, stakes[state].accounts, stakes[state].locked, formatSol(stakes[state].lamports)]);
  return formatTable(
    ["State", "Accounts", "Locked", "Balance (SOL)"].map((title, i) => ({ title, align: i === 0 ? "left" : "right" })),
    rows,
  );
}
