import { describe, expect, it } from "vitest";
import { createSmallChain } from "../../../test/support/small-chain.ts";
import { keypairOf } from "../../../test/support/transactions.ts";
import type { Account, AccountChange } from "../../chain/account.ts";
import { accountAt, applyAccountChanges } from "../../chain/accounts-tree.ts";
import { type Address, epochOf } from "../../chain/ids.ts";
import { decodeStakeState, encodeStakeState, type StakeDelegation } from "../../chain/stake-account.ts";
import { explainNoReward } from "./no-reward.ts";

// Votes earn credits when they are 31 votes deep: in epoch 1, the slots 32 to 63, for the first time.
const small = createSmallChain();
for (let slot = 1; slot <= 66; slot++) small.produce({ slot, votes: slot < 50 });
const bank = small.head();
const [{ stakeAccount, voteAccount }] = small.validators as [(typeof small.validators)[number]];
const account = accountAt(bank.accounts, stakeAccount)!;

type Change = readonly [Address, Account | null];

const changeOf = ([address, account]: Change): AccountChange => ({ address, account });

/** Why the stake account earned nothing in an epoch, after these changes. */
function reasonFor(address: Address, changes: readonly Change[] = [], epoch = 0, pot = 5n) {
  const accounts = applyAccountChanges(bank.accounts, changes.map(changeOf));
  return explainNoReward(small.chain.params, { ...bank, accounts }, { epoch: epochOf(epoch), pot }, address).reason;
}

function delegated(fields: Partial<StakeDelegation>): Change[] {
  const state = decodeStakeState(account.data);
  if (state?.type !== "delegated") throw new Error("the validators' stakes are delegated");
  const delegation = { ...state.delegation, ...fields };
  return [[stakeAccount, { ...account, data: encodeStakeState({ ...state, delegation }) }]];
}

describe("why a stake account earned nothing", () => {
  it("is told by what it is", () => {
    expect(reasonFor(keypairOf("nobody").address)).toBe("no-such-account");
    expect(reasonFor(voteAccount)).toBe("not-a-stake-account");
    expect(reasonFor(stakeAccount, [[stakeAccount, null]])).toBe("no-such-account");
    const state = decodeStakeState(account.data)!;
    const data = "meta" in state ? encodeStakeState({ type: "initialized", meta: state.meta }) : account.data;
    expect(reasonFor(stakeAccount, [[stakeAccount, { ...account, data }]])).toBe("not-delegated");
  });

  it("is told by when it counted", () => {
    expect(reasonFor(stakeAccount, delegated({ activationEpoch: 1n }))).toBe("not-delegated-then");
    expect(reasonFor(stakeAccount, delegated({ activationEpoch: 1n }), 1)).toBe("not-active-yet");
    expect(reasonFor(stakeAccount, delegated({ activationEpoch: 0n, deactivationEpoch: 0n }), 1)).toBe("deactivated");
  });

  it("is told by the validator's record, which is what is left to look at", () => {
    expect(reasonFor(stakeAccount, [], 0, 0n)).toBe("no-pot");
    expect(reasonFor(stakeAccount, [[voteAccount, null]])).toBe("vote-account-closed");
    expect(reasonFor(stakeAccount)).toBe("no-credits");
    expect(reasonFor(stakeAccount, [], 1)).toBe("too-little");
  });
});
