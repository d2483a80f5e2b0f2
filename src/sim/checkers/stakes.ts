/**
 * I6: the stakes that an epoch's first block freezes for the next epoch are what all accounts give when each is counted
 * again; and stake neither appears nor goes: effective + activating is what is delegated.
 *
 *     delegations   A 400 effective, A 100 activating, B 300 effective, B jailed        frozen: A 400
 */
import { equalBytes } from "../../base/bytes.ts";
import { accountsEntries } from "../../chain/accounts-tree.ts";
import type { Bank } from "../../chain/bank.ts";
import { computeStakeActivation } from "../../chain/compute-stake-activation.ts";
import { type Address, epochOf } from "../../chain/ids.ts";
import { scanStakes } from "../../chain/stake-scan.ts";
import { encodeStakeTable } from "../../chain/stake-table.ts";
import type { Checker, CheckerContext } from "./checker.ts";
import { parentOf } from "./chronicle.ts";

const checker = "stakes";

export function createStakesChecker({ cluster, chronicle, accuse }: CheckerContext): Checker {
  const { params } = cluster.chain;

  /** `vote account -> identity stake`, for the epoch after the one that `bank` opens; and what is wrong with the sums. */
  function countStakes(bank: Bank, parent: Bank): { table: Map<Address, string>; problem: string | null } {
    const { stakes, votes } = scanStakes(accountsEntries(bank.accounts));
    const { records } = scanStakes(accountsEntries(parent.accounts));
    const sums = new Map<Address, bigint>();
    let problem: string | null = null;
    const history = bank.stakeHistory.entries;
    for (const { address, state } of stakes) {
      const { delegation } = state;
      const status = computeStakeActivation({
        delegation,
        targetEpoch: BigInt(bank.epoch),
        history,
        newRateActivationEpoch: BigInt(params.stakeReducedRateEpoch),
      });
      if (status.effective + status.activating > delegation.stake) {
        problem = `${address} counts ${status.effective} and ${status.activating}, of ${delegation.stake} delegated`;
      }
      sums.set(delegation.voteAccount, (sums.get(delegation.voteAccount) ?? 0n) + status.effective);
    }
    const table = new Map<Address, string>();
    for (const [voteAccount, stake] of sums) {
      const vote = votes.get(voteAccount);
      const isJailed = records.some(
        (record) =>
          record.voteAccount === voteAccount && (record.tombstoned || BigInt(bank.epoch) < record.jailedUntilEpoch),
      );
      if (vote !== undefined && !isJailed && stake > 0n) table.set(voteAccount, `${vote.node} ${stake}`);
    }
    return { table, problem };
  }

  function problemOf(bank: Bank, parent: Bank): string | null {
    const { table, problem } = countStakes(bank, parent);
    if (problem !== null) return problem;
    const frozen = bank.stakeTables.get(epochOf(bank.epoch + 1));
    if (frozen === undefined) return "no stakes are frozen for the next epoch";
    // Where nobody is left, the newest that were not empty go on.
    if (table.size === 0) return frozen.entries.length > 0 ? null : "stakes were frozen empty";
    for (const { voteAccount, identity, stake } of frozen.entries) {
      const counted = table.get(voteAccount) ?? "nothing";
      if (counted !== `${identity} ${stake}`) return `${voteAccount} is frozen with ${stake}, and counts ${counted}`;
    }
    return frozen.entries.length === table.size
      ? null
      : `${frozen.entries.length} validators are frozen, and ${table.size} have stake`;
  }

  return {
    name: checker,
    onBlock(seen) {
      const parent = parentOf(chronicle, seen);
      if (parent === null || parent.bank.epoch === seen.bank.epoch || params.stakeWarmup === "instant") return;
      const problem = problemOf(seen.bank, parent.bank) ?? keptProblemOf(seen.bank, parent.bank);
      if (problem === null) return;
      const { slot, blockId } = seen;
      const facts = { slot, blockId, epoch: seen.bank.epoch, problem };
      accuse({ checker, slot, validator: null, message: "the frozen stakes are not what the accounts hold", facts });
    },
  };
}

/** What was frozen for the epoch that begins must not change any more. */
function keptProblemOf(bank: Bank, parent: Bank): string | null {
  const before = parent.stakeTables.get(bank.epoch);
  const after = bank.stakeTables.get(bank.epoch);
  if (before === undefined || before === after) return null;
  const isSame = after !== undefined && equalBytes(encodeStakeTable(before), encodeStakeTable(after));
  return isSame ? null : `the stakes frozen for epoch ${bank.epoch} were changed`;
}
