/** What getVoteAccounts says of stake that came since the epoch's was frozen, and of validators that were slashed. */
import { describe, expect, it } from "vitest";
import { createCaller } from "../../../test/support/rpc-calls.ts";
import { createSmallChain } from "../../../test/support/small-chain.ts";
import { delegationOf, metaOf, stakeAccountWith } from "../../../test/support/stake-program.ts";
import { accountAt, applyAccountChanges } from "../../chain/accounts-tree.ts";
import {
  createSlashingRecord,
  createSlashingRecordAccount,
  type SlashingRecord,
  slashingRecordAddress,
} from "../../chain/slashing/record.ts";
import { never } from "../../chain/stake-account.ts";

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
  it("tells the stake that is active in this epoch, also where leaders were drawn without it", () => {
    const bank = small.head();
    const staker = identity.address;
    const entryWith = (activationEpoch: bigint) => {
      const delegation = delegationOf({ voteAccount, stake: 77n, activationEpoch });
      const state = { type: "delegated", meta: metaOf({ staker, withdrawer: staker }), delegation } as const;
      const changes = [{ address: staker, account: stakeAccountWith(state, 10_000_000n) }];
      const accounts = applyAccountChanges(bank.accounts, changes);
      const { current } = createCaller({ ...small.view, bank: () => ({ ...bank, accounts }) }).get("getVoteAccounts");
      return current.find((entry: { votePubkey: string }) => entry.votePubkey === voteAccount);
    };
    const frozen = bank.stakeTables.get(bank.epoch)!.byVoteAccount.get(voteAccount)!.stake;
    expect(BigInt(entryWith(never).activatedStake) - frozen).toBe(77n);
    // Delegated in this epoch: on its way.
    expect(BigInt(entryWith(BigInt(bank.epoch)).activatedStake)).toBe(frozen);
  });

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
