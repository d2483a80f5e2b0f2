/**
 * Who is jailed. A conviction in epoch 7, with 4 epochs of jail:
 *
 *     jailed until epoch 12       convicted 7 | 8 | 9 | 10 | 11 | 12 free
 *     stakes frozen at the beginnings of 8, 9, 10 and 11, those of epochs 9 to 12, are without it
 *     rewards of epochs 7 to 11 are not for it
 */
import type { Account } from "../account.ts";
import { slashingProgramAddress } from "../addresses.ts";
import type { Address, Epoch } from "../ids.ts";
import { decodeSlashingRecord, isJailedAt, type SlashingRecord, slashingRecordAddress } from "./record.ts";

/** The record in an account, or null when it is no slashing record of this address. */
export function readSlashingRecord(address: Address, account: Account): SlashingRecord | null {
  if (account.owner !== slashingProgramAddress) return null;
  const record = decodeSlashingRecord(account.data);
  return record !== null && slashingRecordAddress(record.voteAccount) === address ? record : null;
}

/** The vote accounts among all accounts' records that are jailed in `epoch`. */
export function jailedVoteAccounts(
  accounts: Iterable<readonly [Address, Account]>,
  epoch: Epoch,
): ReadonlySet<Address> {
  const jailed = new Set<Address>();
  for (const [address, account] of accounts) {
    const record = readSlashingRecord(address, account);
    if (record !== null && isJailedAt(record, epoch)) jailed.add(record.voteAccount);
  }
  return jailed;
}
