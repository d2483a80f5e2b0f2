/**
 * What the first block of an epoch does before anything else, in this order:
 *
 *     1. finishPayments       whatever of older rewards is not paid yet
 *     2. takePenalties        from the stakes of validators convicted since the last boundary
 *     3. recordStakeHistory   of each epoch that ended
 *     4. freezeStakes         of the next epoch, and the commissions asked for now
 *     5. reckonRewards        of the epoch that ended: pays commissions, leaves the stakers' shares to be paid
 *
 *     a stake of 100, delegated in epoch 4           leads
 *     4 ──────────| 5 ──────────| 6 ──────────| 7 ──
 *     activating   effective 100 as 5 begins:  counts from 6 on
 *                  frozen for 6
 *
 * Each step reads what those before it left. Where epochs passed without a block, the history has an entry for each of them
 * all the same, so that no stake hangs on its way, and the newest frozen stakes served them. Stakes are never frozen
 * empty: when all of them are gone, jailed or slashed away, the newest that were not empty go on, and so does the chain.
 */
import type { Account } from "./account.ts";
import { accountsEntries, applyAccountChanges } from "./accounts-tree.ts";
import type { Bank, OpeningBank } from "./bank.ts";
import { createCommissionTable } from "./commission-table.ts";
import { type Address, type Epoch, epochOf, lamportsOf } from "./ids.ts";
import type { ChainParams } from "./params.ts";
import { finishPayments } from "./pay-rewards.ts";
import { reckonRewards } from "./reckon-rewards.ts";
import { takePenalties } from "./slashing/take-penalties.ts";
import { addToStakeHistory, createStakeHistory, type StakeHistory, stakeHistoryMax } from "./stake-activation.ts";
import { jailedAt, type StakeScan, scanStakes } from "./stake-scan.ts";
import { stakeStatusAt } from "./stake-status.ts";
import { createStakeTable, type StakeEntry, type StakeTable } from "./stake-table.ts";

export function processEpochBoundary(opening: OpeningBank): void {
  finishPayments(opening);
  takePenalties(opening);
  const scan = scanOpening(opening);
  recordStakeHistory(opening, scan);
  freezeStakes(opening, scan);
  reckonRewards(opening, scan);
}

/** The accounts as the block has them by now. */
function scanOpening({ parent, overlay }: OpeningBank): StakeScan {
  return scanStakes(accountsEntries(applyAccountChanges(parent.accounts, overlay.changes())));
}

function recordStakeHistory(opening: OpeningBank, { stakes }: StakeScan): void {
  const { chain, parent, epoch } = opening;
  // Entries that would be pushed out again at once are not worth their sums.
  for (let each = Math.max(parent.epoch, epoch - stakeHistoryMax); each < epoch; each++) {
    const sums = { effective: 0n, activating: 0n, deactivating: 0n };
    for (const { state } of stakes) {
      const status = stakeStatusAt(chain.params, state.delegation, each, opening.stakeHistory);
      sums.effective += status.effective;
      sums.activating += status.activating;
      sums.deactivating += status.deactivating;
    }
    opening.stakeHistory = addToStakeHistory(opening.stakeHistory, { epoch: BigInt(each), ...sums });
  }
}

function freezeStakes(opening: OpeningBank, scan: StakeScan): void {
  const { chain, epoch, stakeTables, commissionTables, stakeHistory } = opening;
  const counted = stakeTableOf(chain.params, epoch, scan, stakeHistory);
  const table = counted.entries.length > 0 ? counted : newestOf(stakeTables);
  const next = epochOf(epoch + 1);
  opening.stakeTables = keepRecent(stakeTables, epoch, [next, table]);
  opening.commissionTables = keepRecent(commissionTables, epoch, [next, createCommissionTable(scan.votes)]);
}

/** The last epoch's, this one's, and the next one's as given. An epoch that nobody froze, for want of blocks, has the newest there is. */
function keepRecent<T>(tables: ReadonlyMap<Epoch, T>, epoch: Epoch, next: readonly [Epoch, T]): ReadonlyMap<Epoch, T> {
  const newest = newestOf(tables);
  const last = epochOf(epoch - 1);
  return new Map([[last, tables.get(last) ?? newest], [epoch, tables.get(epoch) ?? newest], next]);
}

function newestOf<T>(tables: ReadonlyMap<Epoch, T>): T {
  return [...tables].reduce((a, b) => (b[0] > a[0] ? b : a))[1];
}

/** One entry for each vote account that has effective stake in `epoch` and is not jailed in it. */
export function stakeTableOf(params: ChainParams, epoch: Epoch, scan: StakeScan, history: StakeHistory): StakeTable {
  const jailed = jailedAt(scan, epoch);
  const effective = new Map<Address, bigint>();
  for (const { state } of scan.stakes) {
    const { voteAccount } = state.delegation;
    const status = stakeStatusAt(params, state.delegation, epoch, history);
    effective.set(voteAccount, (effective.get(voteAccount) ?? 0n) + status.effective);
  }
  const entries: StakeEntry[] = [];
  for (const [voteAccount, stake] of effective) {
    const vote = scan.votes.get(voteAccount);
    if (vote !== undefined && !jailed.has(voteAccount))
      entries.push({ voteAccount, identity: vote.node, stake: lamportsOf(stake) });
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
