import { describe, expect, it } from "vitest";
import type { Account } from "../account.ts";
import { systemProgramAddress, voteProgramAddress } from "../addresses.ts";
import { createTransaction } from "../create-transaction.ts";
import { portableEd25519 as scheme } from "../ed25519.ts";
import type { ExecutionEnv } from "../execution.ts";
import { addressOf, epochOf, type Hash, hashOf, lamportsOf, slotOf } from "../ids.ts";
import { profiles } from "../params.ts";
import { createVoteInstruction } from "../vote-instruction.ts";
import { createVoteState, decodeVoteState, encodeVoteState, voteAccountBytes } from "../vote-state.ts";
import { createInstructionContext, emptyAccount, runProgram } from "./instruction-context.ts";
import { voteComputeUnits, voteProgram } from "./vote.ts";

const identity = scheme.createKeypair(new Uint8Array(32).fill(1));
const voter = scheme.createKeypair(new Uint8Array(32).fill(2));
const voteAccount = addressOf(new Uint8Array(32).fill(9));
const hash = (byte: number): Hash => hashOf(new Uint8Array(32).fill(byte));

const state = createVoteState({
  voteAccount,
  identity: identity.address,
  authorizedVoter: voter.address,
  withdrawer: identity.address,
  commissionBps: 100,
  epoch: epochOf(3),
});

const env: ExecutionEnv = {
  params: profiles.lab,
  slot: slotOf(12),
  epoch: epochOf(4),
  unixTimestamp: 0n,
  blockIdAt: (slot) => (slot < 12 ? hash(slot) : null),
};

const accountWith = (data: Uint8Array, owner = voteProgramAddress): Account => ({
  lamports: lamportsOf(1_000_000n),
  owner,
  data,
  executable: false,
});

const votes = [
  { slot: slotOf(9), confirmationCount: 2 },
  { slot: slotOf(10), confirmationCount: 1 },
];
const voteFor = (blockId: Hash) =>
  createVoteInstruction({
    voteAccount,
    authorizedVoter: voter.address,
    tower: { root: null, votes, hash: blockId, blockId, timestamp: 50n },
  });

/** Runs one instruction on the vote account, and gives the error and the account afterwards. */
function run(account: Account, instruction: ReturnType<typeof voteFor>) {
  const request = {
    scheme,
    feePayer: identity,
    signers: [voter],
    instructions: [instruction],
    recentBlockhash: hash(1),
  };
  const transaction = createTransaction(request);
  const accounts = transaction.accountKeys.map((key) => (key === voteAccount ? account : emptyAccount));
  const shared = { transaction, env, accounts, log: () => {}, computeUnitsLeft: 200_000, dataGrowthBytes: 0 };
  const error = runProgram(voteProgram, createInstructionContext(shared, transaction.instructions[0]!));
  return {
    error,
    account: accounts[transaction.accountKeys.indexOf(voteAccount)]!,
    unitsLeft: shared.computeUnitsLeft,
  };
}

const initialized = accountWith(encodeVoteState(state));

describe("the vote program", () => {
  it("writes the tower, the latencies, the time and the epoch's voter into the account", () => {
    const { error, account, unitsLeft } = run(initialized, voteFor(hash(10)));
    expect([error, unitsLeft]).toEqual([null, 200_000 - voteComputeUnits]);
    expect(account.data).toHaveLength(voteAccountBytes);
    expect(decodeVoteState(account.data)).toEqual({
      ...state,
      votes: [
        { slot: 9, confirmationCount: 2, latency: 3 },
        { slot: 10, confirmationCount: 1, latency: 2 },
      ],
      authorizedVoters: [
        { epoch: 3, voter: voter.address },
        { epoch: 4, voter: voter.address },
      ],
      lastTimestamp: { slot: 10, timestamp: 50n },
    });
    expect(account.lamports).toBe(initialized.lamports);
  });

  it("answers a broken rule with its number and leaves the account alone", () => {
    const { error, account } = run(initialized, voteFor(hash(11)));
    expect(error).toEqual({ Custom: 2 });
    expect(account).toBe(initialized);
  });

  it("wants the authorized voter's signature", () => {
    const byIdentity = createVoteInstruction({
      voteAccount,
      authorizedVoter: identity.address,
      tower: { root: null, votes, hash: hash(10), blockId: hash(10), timestamp: null },
    });
    expect(run(initialized, byIdentity).error).toBe("MissingRequiredSignature");
    const vote = voteFor(hash(10));
    const unsigned = vote.accounts.map((account) => ({ ...account, isSigner: false }));
    expect(run(initialized, { ...vote, accounts: unsigned }).error).toBe("MissingRequiredSignature");
  });

  it("wants an initialized vote account of its own, writable", () => {
    const vote = voteFor(hash(10));
    expect(run(accountWith(initialized.data, systemProgramAddress), vote).error).toBe("InvalidAccountOwner");
    expect(run(accountWith(new Uint8Array(voteAccountBytes)), vote).error).toBe("UninitializedAccount");
    expect(run(accountWith(new Uint8Array(voteAccountBytes).fill(1)), vote).error).toBe("InvalidAccountData");
    expect(run(accountWith(new Uint8Array(200)), vote).error).toBe("InvalidAccountData");
    const uninitialized = accountWith(encodeVoteState({ ...state, authorizedVoters: [] }));
    expect(run(uninitialized, vote).error).toBe("UninitializedAccount");
    const later = { ...state, authorizedVoters: [{ epoch: epochOf(5), voter: voter.address }] };
    expect(run(accountWith(encodeVoteState(later)), vote).error).toBe("InvalidAccountData");
    expect(run(initialized, { ...vote, accounts: [] }).error).toBe("NotEnoughAccountKeys");
    const readonlyVote = { ...vote, accounts: vote.accounts.map((account) => ({ ...account, isWritable: false })) };
    expect(run(initialized, readonlyVote).error).toBe("ReadonlyDataModified");
  });

  it("knows no other instruction yet", () => {
    const withData = (...data: number[]) => ({ ...voteFor(hash(10)), data: new Uint8Array(data) });
    expect(run(initialized, withData(5, 0, 0, 0, 10)).error).toBe("InvalidInstructionData");
    expect(run(initialized, withData(99, 0, 0, 0)).error).toBe("InvalidInstructionData");
    expect(run(initialized, withData()).error).toBe("InvalidInstructionData");
  });
});
