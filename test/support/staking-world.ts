/**
 * What stands in a state's accounts, read once a slot: all balances, and every stake account, vote account and slashing
 * record by its address. Only the codecs are the protocol's; what the numbers mean is for the twin to say.
 */
import type { Account } from "../../src/chain/account.ts";
import { accountsEntries } from "../../src/chain/accounts-tree.ts";
import { slashingProgramAddress, stakeProgramAddress, voteProgramAddress } from "../../src/chain/addresses.ts";
import type { Bank } from "../../src/chain/bank.ts";
import type { Address } from "../../src/chain/ids.ts";
import { decodeSlashingRecord, type SlashingRecord } from "../../src/chain/slashing/record.ts";
import { decodeStakeState, type StakeState } from "../../src/chain/stake-account.ts";
import { decodeVoteState, type VoteState } from "../../src/chain/vote-state.ts";

export type SeenStake = { readonly address: Address; readonly account: Account; readonly state: StakeState };

export type DelegatedStake = SeenStake & { readonly state: Extract<StakeState, { readonly type: "delegated" }> };

export type World = {
  readonly bank: Bank;
  readonly accounts: ReadonlyMap<Address, Account>;
  /** By ascending address. */
  readonly stakes: readonly SeenStake[];
  /** The initialized ones. */
  readonly votes: ReadonlyMap<Address, VoteState>;
  readonly records: ReadonlyMap<Address, SlashingRecord>;
};

/** Account data never changes in place, so what was read of it stays. */
const stakeStates = new WeakMap<Uint8Array, StakeState>();

function stakeStateIn(data: Uint8Array): StakeState | null {
  const known = stakeStates.get(data);
  if (known !== undefined) return known;
  const state = decodeStakeState(data);
  if (state !== null) stakeStates.set(data, state);
  return state;
}

export function readWorld(bank: Bank): World {
  const accounts = new Map<Address, Account>();
  const stakes: SeenStake[] = [];
  const votes = new Map<Address, VoteState>();
  const records = new Map<Address, SlashingRecord>();
  for (const [address, account] of accountsEntries(bank.accounts)) {
    accounts.set(address, account);
    if (account.owner === stakeProgramAddress) {
      const state = stakeStateIn(account.data);
      if (state !== null) stakes.push({ address, account, state });
    } else if (account.owner === voteProgramAddress) {
      const state = decodeVoteState(account.data, address);
      if (state !== null && state.authorizedVoters.length > 0) votes.set(address, state);
    } else if (account.owner === slashingProgramAddress) {
      const record = decodeSlashingRecord(account.data);
      if (record !== null) records.set(record.voteAccount, record);
    }
  }
  return { bank, accounts, stakes, votes, records };
}

export function isDelegated(stake: SeenStake): stake is DelegatedStake {
  return stake.state.type === "delegated";
}
