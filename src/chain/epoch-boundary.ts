/**
 * What the first block of an epoch does before anything else, in this order:
 *
 *     1. finishPayments       whatever of older rewards is not paid yet
 *     2. takePenalties        from the stakes of validators convicted since the last boundary
 *     3. recordStakeHistory   of each epoch that ended
 *     4. freezeStakes         of the next epoch, and the commissions asked for now
 *     5. reckonRewards        of the epoch that ended: pays commissions, leaves the stakers' shares to be paid
 */
import type { Account } from "./account.ts";
import { accountsEntries } from "./accounts-tree.ts";
import type { Bank, OpeningBank } from "./bank.ts";
import { createCommissionTable } from "./commission-table.ts";
import { type Address, type Epoch, epochOf, lamportsOf } from "./ids.ts";
import type { ChainParams } from "./params.ts";
import { createStakeHistory, type StakeHistory } from "./stake-activation.ts";
import { type StakeScan, scanStakes } from "./stake-scan.ts";
import { stakeStatusAt } from "./stake-status.ts";
import { createStakeTable, type StakeEntry, type StakeTable } from "./stake-table.ts";

export function processEpochBoundary(opening: OpeningBank): void {
  const { parent, epoch, chain } = opening;
  const scan = scanStakes(accountsEntries(parent.accounts));
  freezeStakes(opening, scan, chain.params, epoch);
}

function freezeStakes(opening: OpeningBank, scan: StakeScan, params: ChainParams, epoch: Epoch): void {
  const table = stakeTableOf(params, epoch, scan, opening.stakeHistory);
  const next = epochOf(epoch + 1);
  opening.stakeTables = keepRecent(opening.stakeTables, epoch, [next, table]);
  opening.commissionTables = keepRecent(opening.commissionTables, epoch, [next, createCommissionTable(scan.votes)]);
}

/** The last epoch's, this one's, and the next one's as given. An epoch that nobody froze, for want of blocks, has the newest there is. */
function keepRecent<T>(tables: ReadonlyMap<Epoch, T>, epoch: Epoch, next: readonly [Epoch, T]): ReadonlyMap<Epoch, T> {
  const newest = [...tables].reduce((a, b) => (b[0] > a[0] ? b : a))[1];
  const last = epochOf(epoch - 1);
  return new Map([[last, tables.get(last) ?? newest], [epoch, tables.get(epoch) ?? newest], next]);
}

/** One entry for each vote account that has effective stake in `epoch`. */
export function stakeTableOf(
  params: ChainParams,
  epoch: Epoch,
  { stakes, votes }: StakeScan,
  history: StakeHistory,
): StakeTable {
  const effective = new Map<Address, bigint>();
  for (const { state } of stakes) {
    const { voteAccount } = state.delegation;
    const status = stakeStatusAt(params, state.delegation, epoch, history);
    effective.set(voteAccount, (effective.get(voteAccount) ?? 0n) + status.effective);
  }
  const entries: StakeEntry[] = [];
  for (const [voteAccount, stake] of effective) {
    const vote = votes.get(voteAccount);
    if (vote !== undefined) entries.push({ voteAccount, identity: vote.node, stake: lamportsOf(stake) });
  }
  return createStakeTable(entries);
}

/** What genesis freezes: for its own epoch and the next one. */
export function freezeGenesisStakes(
  params: ChainParams,
  epoch: Epoch,
  accounts: Iterable<readonly [Address, Account]>,
): Pick<Bank, "stakeTables" | "commissionTables"> {
  const scan = scanStakes(accounts);
  const table = stakeTableOf(params, epoch, scan, createStakeHistory([]));
  const commissions = createCommissionTable(scan.votes);
  const epochs = [epoch, epochOf(epoch + 1)];
  return {
    stakeTables: new Map(epochs.map((each) => [each, table])),
    commissionTables: new Map(epochs.map((each) => [each, commissions])),
  };
}
