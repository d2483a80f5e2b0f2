/** The validators, by their vote accounts. */
import { assertDefined } from "../../base/assert.ts";
import { type AccountsTree, accountAt, accountsEntries } from "../../chain/accounts-tree.ts";
import { voteProgramAddress } from "../../chain/addresses.ts";
import type { Bank } from "../../chain/bank.ts";
import type { Address } from "../../chain/ids.ts";
import { readSlashingRecord } from "../../chain/slashing/jail.ts";
import { isJailedAt, slashingRecordAddress } from "../../chain/slashing/record.ts";
import { decodeVoteState } from "../../chain/vote-state.ts";
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

/** A scan of all accounts, once per state. */
const knownVoteAccounts = new WeakMap<AccountsTree, readonly Address[]>();

function voteAccountsOf(accounts: AccountsTree): readonly Address[] {
  let addresses = knownVoteAccounts.get(accounts);
  if (addresses === undefined) {
    addresses = [...accountsEntries(accounts)]
      .filter(([, account]) => account.owner === voteProgramAddress)
      .map(([address]) => address);
    knownVoteAccounts.set(accounts, addresses);
  }
  return addresses;
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
  const { slot, accounts } = bank.value;
  const current: VoteAccount[] = [];
  const delinquent: VoteAccount[] = [];
  for (const address of voteAccountsOf(accounts)) {
    if (votePubkey !== undefined && votePubkey !== address) continue;
    const entry = describeVoteAccount(bank.value, address);
    if (entry === null) continue;
    const isCurrent = slot >= distance ? entry.lastVote > slot - distance : entry.lastVote > 0;
    if (isCurrent) current.push(entry);
    else if (keepUnstakedDelinquents || entry.activatedStake > 0n) delinquent.push(entry);
  }
  return answered({ current, delinquent });
});

type VoteAccount = NonNullable<ReturnType<typeof describeVoteAccount>>;

/** Null for an account that is not initialized. */
function describeVoteAccount(bank: Bank, votePubkey: Address) {
  const state = decodeVoteState(assertDefined(accountAt(bank.accounts, votePubkey), "a vote account").data);
  if (state === null) return null;
  const staked = bank.stakeTables.get(bank.epoch)?.byVoteAccount.get(votePubkey);
  return {
    votePubkey,
    nodePubkey: state.node,
    activatedStake: staked?.stake ?? 0n,
    epochVoteAccount: staked !== undefined,
    commission: Math.floor(state.inflationRewardsCommissionBps / 100),
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
