/** Every stake and vote account and slashing record of a state, read once: what an epoch's boundary reckons with. */
import type { Account } from "./account.ts";
import { slashingProgramAddress, stakeProgramAddress, voteProgramAddress } from "./addresses.ts";
import type { Address, Epoch } from "./ids.ts";
import { readSlashingRecord } from "./slashing/jail.ts";
import { isJailedAt, type SlashingRecord } from "./slashing/record.ts";
import { type DelegatedStakeState, decodeDelegatedStake } from "./stake-account.ts";
import { decodeVoteState, type VoteState } from "./vote-state.ts";

export type ScannedStake = {
  readonly address: Address;
  readonly account: Account;
  readonly state: DelegatedStakeState;
};

export type StakeScan = {
  /** Delegated stake accounts, in the order given. */
  readonly stakes: readonly ScannedStake[];
  /** Initialized vote accounts. */
  readonly votes: ReadonlyMap<Address, VoteState>;
  /** Of validators that were ever convicted. */
  readonly records: readonly SlashingRecord[];
};

/** Vote accounts whose stake does not count, for what they did. */
export function jailedAt({ records }: StakeScan, epoch: Epoch): ReadonlySet<Address> {
  return new Set(records.filter((record) => isJailedAt(record, epoch)).map(({ voteAccount }) => voteAccount));
}

export function scanStakes(accounts: Iterable<readonly [Address, Account]>): StakeScan {
  const stakes: ScannedStake[] = [];
  const votes = new Map<Address, VoteState>();
  const records: SlashingRecord[] = [];
  for (const [address, account] of accounts) {
    if (account.owner === stakeProgramAddress) {
      const state = decodeDelegatedStake(account.data);
      if (state !== null) stakes.push({ address, account, state });
    } else if (account.owner === voteProgramAddress) {
      const state = decodeVoteState(account.data, address);
      if (state !== null && state.authorizedVoters.length > 0) votes.set(address, state);
    } else if (account.owner === slashingProgramAddress) {
      const record = readSlashingRecord(address, account);
      if (record !== null) records.push(record);
    }
  }
  return { stakes, votes, records };
}
