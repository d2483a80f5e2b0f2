/**
 * The validators, by their vote accounts.
 *
 *     a stake is delegated in 4    5                    6
 *     activatedStake               has what of it       grows on, and with what is earned
 *                                  is active by now
 *     leaders, votes                                    count what was active as 5 began
 *
 * `activatedStake` is what the stake accounts have active in the present epoch, block by block; `epochVoteAccount` whether
 * the validator is among those whose stake was frozen for it.
 *
 * Source: agave, rpc get_vote_accounts: the stakes of the bank, not the epoch's.
 */
import { accountAt, accountsEntries } from "../../chain/accounts-tree.ts";
import type { Bank } from "../../chain/bank.ts";
import { stakeTableOf } from "../../chain/epoch-boundary.ts";
import type { Address } from "../../chain/ids.ts";
import type { ChainParams } from "../../chain/params.ts";
import { readSlashingRecord } from "../../chain/slashing/jail.ts";
import { isJailedAt, slashingRecordAddress } from "../../chain/slashing/record.ts";
import { scanStakes } from "../../chain/stake-scan.ts";
import { type StakeTable, stakeOf } from "../../chain/stake-table.ts";
import { commissionPercentOf, type VoteState } from "../../chain/vote-state.ts";
import { answered } from "../errors.ts";
import {
  addressSchema,
  bankFor,
  booleanSchema,
  configSchema,
  contextFields,
  countSchema,
  method,
  optional,
} from "../params.ts";

/** Epochs of credits that are told, as on Solana. */
const epochCreditsShown = 5;

type Standing = { readonly votes: ReadonlyMap<Address, VoteState>; readonly active: StakeTable };

/** A scan of all accounts, once per bank. */
const knownStandings = new WeakMap<Bank, Standing>();

function standingOf(params: ChainParams, bank: Bank): Standing {
  let standing = knownStandings.get(bank);
  if (standing === undefined) {
    const scan = scanStakes(accountsEntries(bank.accounts));
    standing = { votes: scan.votes, active: stakeTableOf(params, bank.epoch, scan, bank.stakeHistory) };
    knownStandings.set(bank, standing);
  }
  return standing;
}

const voteAccountsConfig = optional(
  "config",
  configSchema({
    ...contextFields,
    votePubkey: addressSchema,
    keepUnstakedDelinquents: booleanSchema,
    delinquentSlotDistance: countSchema("a number of slots", 0, Number.MAX_SAFE_INTEGER),
  }),
);

export const getVoteAccounts = method([voteAccountsConfig], ([config], view) => {
  const bank = bankFor(view, config);
  if (!bank.ok) return bank;
  const { votePubkey, keepUnstakedDelinquents = false } = config ?? {};
  const distance = config?.delinquentSlotDistance ?? view.chain.params.delinquentSlotDistance;
  const { slot } = bank.value;
  const { votes, active } = standingOf(view.chain.params, bank.value);
  const current: VoteAccount[] = [];
  const delinquent: VoteAccount[] = [];
  for (const [address, state] of votes) {
    if (votePubkey !== undefined && votePubkey !== address) continue;
    const entry = describeVoteAccount(bank.value, address, state, stakeOf(active, address));
    const isCurrent = slot >= distance ? entry.lastVote > slot - distance : entry.lastVote > 0;
    if (isCurrent) current.push(entry);
    else if (keepUnstakedDelinquents || entry.activatedStake > 0n) delinquent.push(entry);
  }
  return answered({ current, delinquent });
});

type VoteAccount = ReturnType<typeof describeVoteAccount>;

function describeVoteAccount(bank: Bank, votePubkey: Address, state: VoteState, activatedStake: bigint) {
  return {
    votePubkey,
    nodePubkey: state.node,
    activatedStake,
    epochVoteAccount: bank.stakeTables.get(bank.epoch)?.byVoteAccount.has(votePubkey) ?? false,
    commission: commissionPercentOf(state.inflationRewardsCommissionBps),
    inflationRewardsCommissionBps: state.inflationRewardsCommissionBps,
    lastVote: state.votes.at(-1)?.slot ?? 0,
    rootSlot: state.rootSlot ?? 0,
    epochCredits: state.epochCredits
      .slice(-epochCreditsShown)
      .map(({ epoch, credits, previousCredits }) => [epoch, credits, previousCredits]),
    ...describePunishment(bank, votePubkey),
  };
}

/**
 * Slashing is ours, and so is the word for it; clients pass by what they do not know. `until` is the first epoch in which a
 * jailed validator may come back, null for one that never may. Nothing for all others.
 */
function describePunishment({ accounts, epoch }: Bank, voteAccount: Address): object {
  const address = slashingRecordAddress(voteAccount);
  const account = accountAt(accounts, address);
  const record = account === null ? null : readSlashingRecord(address, account);
  if (record === null || !isJailedAt(record, epoch)) return {};
  if (record.tombstoned) return { escapement: { status: "tombstoned", until: null } };
  return { escapement: { status: "jailed", until: record.jailedUntilEpoch } };
}
