/**
 * Banks one after another without Proof of History, and banks changed by hand: for tests of what a chain does by itself.
 *
 *     let bank = bankAfter(built, built.genesisBank, 1);
 *     bank = withCredits(bank, voteAccount, 100);
 *     bank = bankAfter(built, bank, 32);                  the first block of the next epoch
 */
import { ByteWriter } from "../../src/base/bytes.ts";
import { sha256 } from "../../src/base/sha256.ts";
import type { Account } from "../../src/chain/account.ts";
import { accountAt, accountsEntries, applyAccountChanges } from "../../src/chain/accounts-tree.ts";
import { type Bank, freezeBank, openBank, sealBank, type WorkingBank } from "../../src/chain/bank.ts";
import type { Chain } from "../../src/chain/chain.ts";
import { type Address, hashBytes, hashOf, slotOf } from "../../src/chain/ids.ts";
import { type DelegatedStakeState, decodeDelegatedStake, encodeStakeState } from "../../src/chain/stake-account.ts";
import { decodeVoteState, encodeVoteState, type VoteState, voteCreditsOf } from "../../src/chain/vote-state.ts";
import { addressNamed } from "./transactions.ts";

/** The bank after a block at `slot` in which `work` was done and nothing else. */
export function bankAfter(
  { chain }: { readonly chain: Chain },
  parent: Bank,
  slot: number,
  work: (working: WorkingBank) => void = () => {},
): Bank {
  const working = openBank(chain, parent, slotOf(slot), addressNamed("leader"));
  work(working);
  const hash = hashOf(sha256(new ByteWriter().count(slot).bytes(hashBytes(parent.blockhash)).finish()));
  return sealBank(chain, parent, freezeBank(working, hash), hash);
}

export function requireAccount(bank: Bank, address: Address): Account {
  const account = accountAt(bank.accounts, address);
  if (account === null) throw new Error(`no account ${address}`);
  return account;
}

/** The bank with accounts changed by hand; whoever moves lamports so sees to it that they stay as many. */
export function withAccounts(bank: Bank, changes: Readonly<Record<string, Account | null>>): Bank {
  const list = Object.entries(changes).map(([address, account]) => ({ address: address as Address, account }));
  return { ...bank, accounts: applyAccountChanges(bank.accounts, list) };
}

export function stakeIn(bank: Bank, address: Address): DelegatedStakeState {
  const state = decodeDelegatedStake(requireAccount(bank, address).data);
  if (state === null) throw new Error(`${address} is no delegated stake`);
  return state;
}

export function withDelegation(bank: Bank, address: Address, change: Partial<DelegatedStakeState["delegation"]>): Bank {
  const state = stakeIn(bank, address);
  const data = encodeStakeState({ ...state, delegation: { ...state.delegation, ...change } });
  return withAccounts(bank, { [address]: { ...requireAccount(bank, address), data } });
}

export function voteIn(bank: Bank, address: Address): VoteState {
  const state = decodeVoteState(requireAccount(bank, address).data, address);
  if (state === null) throw new Error(`${address} is no vote account`);
  return state;
}

export function withVote(bank: Bank, address: Address, change: Partial<VoteState>): Bank {
  const data = encodeVoteState({ ...voteIn(bank, address), ...change });
  return withAccounts(bank, { [address]: { ...requireAccount(bank, address), data } });
}

/** The bank whose vote account has earned so many credits more in the bank's epoch. */
export function withCredits(bank: Bank, address: Address, earned: number): Bank {
  const state = voteIn(bank, address);
  const { epoch } = bank;
  const before = voteCreditsOf(state);
  const older = state.epochCredits.filter((entry) => entry.epoch < epoch);
  const previousCredits = state.epochCredits.find((entry) => entry.epoch === epoch)?.previousCredits ?? before;
  const epochCredits = [...older, { epoch, credits: before + earned, previousCredits }].slice(-64);
  return withVote(bank, address, { epochCredits });
}

export function sumOfLamports(bank: Bank): bigint {
  let sum = 0n;
  for (const [, { lamports }] of accountsEntries(bank.accounts)) sum += lamports;
  return sum;
}
