/** What getVoteAccounts says of validators that were slashed. */
import { describe, expect, it } from "vitest";
import { createCaller } from "../../../test/support/rpc-calls.ts";
import { createSmallChain } from "../../../test/support/small-chain.ts";
import { accountAt, applyAccountChanges } from "../../chain/accounts-tree.ts";
import {
  createSlashingRecord,
  createSlashingRecordAccount,
  type SlashingRecord,
  slashingRecordAddress,
} from "../../chain/slashing/record.ts";

const small = createSmallChain();
for (let i = 0; i < 3; i++) small.produce();
const { identity, voteAccount } = small.validators[1]!;

/** The second validator's entry in the list of those that vote, had it this record; and another's. */
function entriesWith(change: Partial<SlashingRecord>, owner?: typeof voteAccount) {
  const bank = small.head();
  const record = { ...createSlashingRecord(voteAccount, identity.address), ...change };
  const account = { ...createSlashingRecordAccount(record, small.chain.params), ...(owner && { owner }) };
  const accounts = applyAccountChanges(bank.accounts, [{ address: slashingRecordAddress(voteAccount), account }]);
  expect(accountAt(accounts, slashingRecordAddress(voteAccount))).not.toBeNull();
  const { current } = createCaller({ ...small.view, bank: () => ({ ...bank, accounts }) }).get("getVoteAccounts");
  const others = current.filter((entry: { votePubkey: string }) => entry.votePubkey !== voteAccount);
  expect(others.every((entry: object) => !("escapement" in entry))).toBe(true);
  return current.find((entry: { votePubkey: string }) => entry.votePubkey === voteAccount);
}

describe("getVoteAccounts", () => {
  it("says of a jailed validator until when it is, and of a tombstoned one that it is for ever", () => {
    expect(entriesWith({ jailedUntilEpoch: 5n }).escapement).toEqual({ status: "jailed", until: 5 });
    expect(entriesWith({ jailedUntilEpoch: 1n }).escapement).toEqual({ status: "jailed", until: 1 });
    expect(entriesWith({ tombstoned: true }).escapement).toEqual({ status: "tombstoned", until: null });
  });

  it("says nothing of one that is free, or whose record somebody else made up", () => {
    expect(entriesWith({})).not.toHaveProperty("escapement");
    expect(entriesWith({ jailedUntilEpoch: 0n, convictionsTotal: 1 })).not.toHaveProperty("escapement");
    expect(entriesWith({ tombstoned: true }, identity.address)).not.toHaveProperty("escapement");
  });
});
