import { describe, expect, it } from "vitest";
import {
  addressNamed,
  createVoteEnv,
  createVoteWorld,
  encodeVoteStateV3,
  voteAccountWith,
  voteRent,
} from "../../../test/support/vote-program.ts";
import { voteProgramAddress } from "../addresses.ts";
import type { InstructionRequest } from "../create-transaction.ts";
import { createWithdrawVoteInstruction } from "../create-vote-instructions.ts";
import { type Address, epochOf, lamportsOf } from "../ids.ts";
import { voteErrors } from "../vote-errors.ts";
import { createVoteState, encodeVoteState, type VoteState, voteAccountBytes } from "../vote-state.ts";

const [withdrawer, voter, bob, voteAccount] = ["withdrawer", "voter", "bob", "vote account"].map(addressNamed) as [
  Address,
  Address,
  Address,
  Address,
];

const fresh = createVoteState({
  voteAccount,
  identity: voter,
  authorizedVoter: voter,
  withdrawer,
  commissionBps: 0,
  epoch: epochOf(3),
});

/** 500 lamports above the least balance. */
const balance = voteRent + 500n;
const withdraw = (lamports: bigint, recipient = bob) =>
  createWithdrawVoteInstruction({ voteAccount, withdrawer, recipient, lamports });

function run(instruction: InstructionRequest, change: Partial<VoteState> = {}) {
  const account = voteAccountWith(encodeVoteState({ ...fresh, ...change }), balance);
  const world = createVoteWorld(createVoteEnv({ slot: 40, epoch: 4 }), [voteAccount, account]);
  const error = world.run(instruction);
  const after = world.accounts.get(voteAccount)!;
  if (error !== null) expect(after).toBe(account);
  return { error, after, before: account, received: world.accounts.get(bob)?.lamports ?? 0n };
}

type Change = Partial<InstructionRequest["accounts"][number]>;
const swapped = (instruction: InstructionRequest, index: number, change: Change): InstructionRequest => ({
  ...instruction,
  accounts: instruction.accounts.map((account, i) => (i === index ? { ...account, ...change } : account)),
});

describe("Withdraw", () => {
  it("takes what is above the least balance and leaves the state alone", () => {
    const { error, after, before, received } = run(withdraw(500n));
    expect(error).toBeNull();
    expect([after.lamports, received]).toEqual([voteRent, 500n]);
    expect(after.data).toBe(before.data);
  });

  it("leaves all of the least balance or nothing", () => {
    expect(run(withdraw(501n)).error).toBe("InsufficientFunds");
    expect(run(withdraw(balance - 1n)).error).toBe("InsufficientFunds");
    expect(run(withdraw(balance)).error).toBeNull();
    expect(run(withdraw(balance + 1n)).error).toBe("InsufficientFunds");
    expect(run(withdraw(2n ** 64n - 1n)).error).toBe("InsufficientFunds");
    expect(run(withdraw(0n)).error).toBeNull();
  });

  it("clears the account that it closes", () => {
    const { after, received } = run(withdraw(balance));
    expect(after).toEqual({ ...after, lamports: 0n, owner: voteProgramAddress });
    expect(after.data).toEqual(new Uint8Array(voteAccountBytes));
    expect(received).toBe(balance);
  });

  it("does not close an account that earned credits in this epoch or the last", () => {
    const earnedIn = (epoch: number) => ({
      epochCredits: [
        { epoch: epochOf(0), credits: 5, previousCredits: 0 },
        { epoch: epochOf(epoch), credits: 9, previousCredits: 5 },
      ],
    });
    const isActive = { Custom: voteErrors.ActiveVoteAccountClose };
    expect(run(withdraw(balance), earnedIn(4)).error).toEqual(isActive);
    expect(run(withdraw(balance), earnedIn(3)).error).toEqual(isActive);
    expect(run(withdraw(balance), earnedIn(2)).error).toBeNull();
    expect(run(withdraw(500n), earnedIn(4)).error).toBeNull();
  });

  it("leaves what is pending for delegators", () => {
    const pending = { pendingDelegatorRewards: lamportsOf(3n) };
    expect(run(withdraw(497n), pending).error).toBeNull();
    expect(run(withdraw(498n), pending).error).toBe("InsufficientFunds");
    expect(run(withdraw(balance), pending).error).toBe("InsufficientFunds");
  });

  it("may give to the vote account itself", () => {
    expect(run(withdraw(500n, voteAccount)).after.lamports).toBe(balance);
  });

  it("wants the withdrawer's signature, before anything is reckoned", () => {
    const byVoter = swapped(withdraw(balance + 1n), 2, { address: voter });
    expect(run(byVoter).error).toBe("MissingRequiredSignature");
    expect(run(swapped(withdraw(500n), 2, { isSigner: false })).error).toBe("MissingRequiredSignature");
    const alone = { ...withdraw(500n), accounts: withdraw(500n).accounts.slice(0, 1) };
    expect(run(alone).error).toBe("MissingAccount");
  });

  it("wants both accounts writable", () => {
    expect(run(swapped(withdraw(500n), 0, { isWritable: false })).error).toBe("ReadonlyLamportChange");
    expect(run(swapped(withdraw(balance), 0, { isWritable: false })).error).toBe("ReadonlyDataModified");
    expect(run(swapped(withdraw(500n), 1, { isWritable: false })).error).toBe("ReadonlyLamportChange");
  });

  it("wants an initialized account", () => {
    const env = createVoteEnv({ slot: 40, epoch: 4 });
    const empty = createVoteWorld(env, [voteAccount, voteAccountWith(new Uint8Array(voteAccountBytes), balance)]);
    expect(empty.run(withdraw(balance))).toBe("InvalidAccountData");
    const closed = encodeVoteStateV3({ ...fresh, authorizedVoters: [] }, 0);
    const closedV3 = createVoteWorld(env, [voteAccount, voteAccountWith(closed, balance)]);
    expect(closedV3.run(withdraw(balance))).toBe("UninitializedAccount");
  });
});
