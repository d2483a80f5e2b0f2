import { describe, expect, it } from "vitest";
import { addressNamed, createVoteEnv, createVoteWorld, voteAccountWith } from "../../../test/support/vote-program.ts";
import type { Account } from "../account.ts";
import { systemProgramAddress, voteProgramAddress } from "../addresses.ts";
import type { InstructionRequest } from "../create-transaction.ts";
import {
  createUpdateCommissionBpsInstruction,
  createUpdateCommissionCollectorInstruction,
  createUpdateCommissionInstruction,
  createUpdateValidatorIdentityInstruction,
} from "../create-vote-instructions.ts";
import { type Address, epochOf, lamportsOf } from "../ids.ts";
import { profiles } from "../params.ts";
import { rentExemptMinimum } from "../rent.ts";
import { createVoteState, decodeVoteState, encodeVoteState, voteAccountBytes } from "../vote-state.ts";

const [identity, voter, withdrawer, bob, voteAccount] = ["identity", "voter", "withdrawer", "bob", "vote account"].map(
  addressNamed,
) as [Address, Address, Address, Address, Address];

const state = createVoteState({
  voteAccount,
  identity,
  authorizedVoter: voter,
  withdrawer,
  commissionBps: 500,
  epoch: epochOf(3),
});

const least = rentExemptMinimum(0, profiles.solana);
const bobs: Account = {
  lamports: least,
  owner: systemProgramAddress,
  data: new Uint8Array(0),
  executable: false,
};

function run(instruction: InstructionRequest, fields: { readonly slot?: number; readonly bobs?: Account } = {}) {
  const world = createVoteWorld(
    createVoteEnv({ slot: fields.slot ?? 40, epoch: 4 }),
    [voteAccount, voteAccountWith(encodeVoteState(state))],
    [bob, fields.bobs ?? bobs],
  );
  const error = world.run(instruction);
  expect(world.failedLate).toBe(false);
  return { error, state: decodeVoteState(world.accounts.get(voteAccount)!.data)! };
}

type Change = Partial<InstructionRequest["accounts"][number]>;
const swapped = (instruction: InstructionRequest, index: number, change: Change): InstructionRequest => ({
  ...instruction,
  accounts: instruction.accounts.map((account, i) => (i === index ? { ...account, ...change } : account)),
});
const cut = (instruction: InstructionRequest, length: number): InstructionRequest => ({
  ...instruction,
  accounts: instruction.accounts.slice(0, length),
});

describe("UpdateValidatorIdentity", () => {
  const update = createUpdateValidatorIdentityInstruction({ voteAccount, withdrawer, node: bob });

  it("changes the identity and nothing else", () => {
    expect(run(update)).toEqual({ error: null, state: { ...state, node: bob } });
  });

  it("wants the withdrawer's and the new identity's signatures", () => {
    expect(run(swapped(update, 1, { isSigner: false })).error).toBe("MissingRequiredSignature");
    expect(run(swapped(update, 2, { isSigner: false })).error).toBe("MissingRequiredSignature");
    expect(run(swapped(update, 2, { address: voter })).error).toBe("MissingRequiredSignature");
    expect(run(cut(update, 1)).error).toBe("MissingAccount");
    expect(run(swapped(update, 0, { isWritable: false })).error).toBe("ReadonlyDataModified");
  });

  it("lets a withdrawer be the new identity itself", () => {
    const self = createUpdateValidatorIdentityInstruction({ voteAccount, withdrawer, node: withdrawer });
    expect(run(self).state.node).toBe(withdrawer);
  });
});

describe("UpdateCommission", () => {
  const update = (commission: number) => createUpdateCommissionInstruction({ voteAccount, withdrawer, commission });

  it("sets the share of the inflation rewards, in percent, also above 100", () => {
    for (const commission of [0, 4, 100, 255]) {
      expect(run(update(commission))).toEqual({
        error: null,
        state: { ...state, inflationRewardsCommissionBps: commission * 100 },
      });
    }
  });

  it("raises it in an epoch's last slot as in its first: what counts is the commission of an epoch ago", () => {
    const { slotsPerEpoch } = profiles.solana;
    const first = 4 * slotsPerEpoch;
    for (const slot of [first, first + slotsPerEpoch / 2 + 1, first + slotsPerEpoch - 1]) {
      expect(run(update(90), { slot }).state.inflationRewardsCommissionBps).toBe(9000);
    }
  });

  it("wants the withdrawer's signature", () => {
    expect(run(swapped(update(1), 1, { isSigner: false })).error).toBe("MissingRequiredSignature");
    expect(run(swapped(update(1), 1, { address: voter })).error).toBe("MissingRequiredSignature");
    expect(run(cut(update(1), 1)).error).toBe("MissingRequiredSignature");
    expect(run(swapped(update(1), 0, { isWritable: false })).error).toBe("ReadonlyDataModified");
  });
});

describe("UpdateCommissionBps", () => {
  const update = (commissionBps: number, kind: "InflationRewards" | "BlockRevenue" = "InflationRewards") =>
    createUpdateCommissionBpsInstruction({ voteAccount, withdrawer, commissionBps, kind });

  it("sets the share of the inflation rewards, in hundredths of a percent", () => {
    for (const commissionBps of [0, 1, 10_000, 65_535]) {
      expect(run(update(commissionBps))).toEqual({
        error: null,
        state: { ...state, inflationRewardsCommissionBps: commissionBps },
      });
    }
  });

  it("does not know a share of the block revenue, and wants the withdrawer's signature", () => {
    expect(run(update(1, "BlockRevenue")).error).toBe("InvalidInstructionData");
    expect(run(swapped(update(1), 1, { address: voter })).error).toBe("MissingRequiredSignature");
  });
});

describe("UpdateCommissionCollector", () => {
  const update = (collector: Address, kind: "InflationRewards" | "BlockRevenue" = "InflationRewards") =>
    createUpdateCommissionCollectorInstruction({ voteAccount, withdrawer, collector, kind });

  it("names who collects the one share or the other", () => {
    expect(run(update(bob))).toEqual({ error: null, state: { ...state, inflationRewardsCollector: bob } });
    expect(run(update(bob, "BlockRevenue"))).toEqual({ error: null, state: { ...state, blockRevenueCollector: bob } });
    const self = run(update(voteAccount, "BlockRevenue"));
    expect(self).toEqual({ error: null, state: { ...state, blockRevenueCollector: voteAccount } });
  });

  it("wants an account of the System program that is rent-exempt and may be written", () => {
    const withBobs = (change: Partial<Account>) => run(update(bob), { bobs: { ...bobs, ...change } }).error;
    expect(withBobs({ owner: voteProgramAddress })).toBe("InvalidAccountOwner");
    expect(withBobs({ lamports: lamportsOf(least - 1n) })).toBe("InsufficientFunds");
    expect(withBobs({ data: new Uint8Array(1) })).toBe("InsufficientFunds");
    expect(withBobs({ lamports: lamportsOf(0n), owner: voteProgramAddress })).toBe("InvalidAccountOwner");
    expect(run(swapped(update(bob), 1, { isWritable: false })).error).toBe("InvalidArgument");
    expect(withBobs({ data: new Uint8Array(voteAccountBytes), lamports: lamportsOf(10n ** 9n) })).toBeNull();
  });

  it("wants the withdrawer's signature, and three accounts", () => {
    expect(run(swapped(update(bob), 2, { address: voter })).error).toBe("MissingRequiredSignature");
    // Who signed is asked before who collects.
    const both = swapped(update(bob), 2, { isSigner: false });
    expect(run(both, { bobs: { ...bobs, lamports: lamportsOf(0n) } }).error).toBe("MissingRequiredSignature");
    expect(run(cut(update(bob), 2)).error).toBe("MissingAccount");
    expect(run(swapped(update(bob), 0, { isWritable: false })).error).toBe("ReadonlyDataModified");
  });
});
