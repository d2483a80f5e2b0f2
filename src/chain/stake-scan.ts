/** Every stake and vote account of a state, read once: what an epoch's boundary reckons with. */
import type { Account } from "./account.ts";
import { stakeProgramAddress, voteProgramAddress } from "./addresses.ts";
import type { Address } from "./ids.ts";
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
};

export function scanStakes(accounts: Iterable<readonly [Address, Account]>): StakeScan {
  const stakes: ScannedStake[] = [];
  const votes = new Map<Address, VoteState>();
  for (const [address, account] of accounts) {
    if (account.owner === stakeProgramAddress) {
      const state = decodeDelegatedStake(account.data);
      if (state !== null) stakes.push({ address, account, state });
    } else if (account.owner === voteProgramAddress) {
      const state = decodeVoteState(account.data, address);
      if (state !== null && state.authorizedVoters.length > 0) votes.set(address, state);
    }
  }
  return { stakes, votes };
}
