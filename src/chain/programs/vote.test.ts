import { describe, expect, it } from "vitest";
import {
  createDraw,
  drawVoteAccount,
  drawVoteInstruction,
  people,
  poor,
  spoilInstruction,
  voteAccounts,
} from "../../../test/support/draw-vote-instruction.ts";
import {
  addressNamed,
  blockIdOf,
  createVoteEnv,
  createVoteWorld,
  encodeVoteStateV3,
  voteAccountWith,
  voteRent,
} from "../../../test/support/vote-program.ts";
import type { Account } from "../account.ts";
import { clockSysvarAddress, rentSysvarAddress, systemProgramAddress } from "../addresses.ts";
import { createInitializeVoteAccountInstruction } from "../create-vote-instructions.ts";
import { epochOf, type Hash, lamportsOf, slotOf } from "../ids.ts";
import { createVoteInstruction } from "../vote-instruction.ts";
import { createVoteState, decodeVoteState, encodeVoteState, voteAccountBytes } from "../vote-state.ts";
import { voteComputeUnits } from "./vote.ts";

const identity = addressNamed("identity");
const voter = addressNamed("voter");
const withdrawer = addressNamed("withdrawer");
const voteAccount = addressNamed("vote account");
const env = createVoteEnv({ slot: 12, epoch: 4 });

const state = createVoteState({
  voteAccount,
  identity,
  authorizedVoter: voter,
  withdrawer,
  commissionBps: 100,
  epoch: epochOf(3),
});
const initialized = voteAccountWith(encodeVoteState(state));
const worldWith = (account: Account) => createVoteWorld(env, [voteAccount, account]);
const errorOn = (account: Account, instruction: Parameters<ReturnType<typeof worldWith>["run"]>[0]) =>
  worldWith(account).run(instruction);

const votes = [
  { slot: slotOf(9), confirmationCount: 2 },
  { slot: slotOf(10), confirmationCount: 1 },
];
const voteFor = (blockId: Hash, authorizedVoter = voter) =>
  createVoteInstruction({
    voteAccount,
    authorizedVoter,
    tower: { root: null, votes, hash: blockId, blockId, timestamp: 50n },
  });

describe("the vote program", () => {
  it("writes the tower, the latencies, the time and the epoch's voter into the account", () => {
    const world = worldWith(initialized);
    expect(world.run(voteFor(blockIdOf(10)))).toBeNull();
    expect(world.unitsLeft).toBe(200_000 - voteComputeUnits);
    const account = world.accounts.get(voteAccount)!;
    expect(account.data).toHaveLength(voteAccountBytes);
    expect(decodeVoteState(account.data)).toEqual({
      ...state,
      votes: [
        { slot: 9, confirmationCount: 2, latency: 3 },
        { slot: 10, confirmationCount: 1, latency: 2 },
      ],
      authorizedVoters: [
        { epoch: 3, voter },
        { epoch: 4, voter },
      ],
      lastTimestamp: { slot: 10, timestamp: 50n },
    });
    expect(account.lamports).toBe(initialized.lamports);
  });

  it("answers a broken rule with its number and leaves the account alone", () => {
    const world = worldWith(initialized);
    expect(world.run(voteFor(blockIdOf(11)))).toEqual({ Custom: 2 });
    expect(world.failedLate).toBe(false);
    expect(world.accounts.get(voteAccount)).toBe(initialized);
  });

  it("wants the authorized voter's signature", () => {
    expect(errorOn(initialized, voteFor(blockIdOf(10), identity))).toBe("MissingRequiredSignature");
    const vote = voteFor(blockIdOf(10));
    const unsigned = vote.accounts.map((account) => ({ ...account, isSigner: false }));
    expect(errorOn(initialized, { ...vote, accounts: unsigned })).toBe("MissingRequiredSignature");
  });

  it("wants an initialized vote account of its own, writable", () => {
    const vote = voteFor(blockIdOf(10));
    expect(errorOn({ ...initialized, owner: systemProgramAddress }, vote)).toBe("InvalidAccountOwner");
    expect(errorOn(voteAccountWith(new Uint8Array(voteAccountBytes)), vote)).toBe("InvalidAccountData");
    expect(errorOn(voteAccountWith(new Uint8Array(voteAccountBytes).fill(1)), vote)).toBe("InvalidAccountData");
    expect(errorOn(voteAccountWith(new Uint8Array(200)), vote)).toBe("InvalidAccountData");
    const closedV3 = voteAccountWith(encodeVoteStateV3({ ...state, authorizedVoters: [] }, 0));
    expect(errorOn(closedV3, vote)).toBe("UninitializedAccount");
    const later = { ...state, authorizedVoters: [{ epoch: epochOf(5), voter }] };
    expect(errorOn(voteAccountWith(encodeVoteState(later)), vote)).toBe("InvalidAccountData");
    expect(errorOn(initialized, { ...vote, accounts: [] })).toBe("MissingAccount");
    const readonlyVote = { ...vote, accounts: vote.accounts.map((account) => ({ ...account, isWritable: false })) };
    expect(errorOn(initialized, readonlyVote)).toBe("ReadonlyDataModified");
  });

  it("rewrites an account of version 3 as version 4", () => {
    const world = worldWith(voteAccountWith(encodeVoteStateV3(state, 1)));
    expect(world.run(voteFor(blockIdOf(10)))).toBeNull();
    const { data } = world.accounts.get(voteAccount)!;
    expect(data[0]).toBe(3);
    expect(decodeVoteState(data)).toMatchObject({
      inflationRewardsCollector: voteAccount,
      blockRevenueCollector: identity,
    });
  });

  it("answers InvalidInstructionData to votes from before TowerSync, to what it has not, and to what is no instruction", () => {
    const withData = (...data: number[]) => ({ ...voteFor(blockIdOf(10)), data: new Uint8Array(data) });
    const zeros = new Array<number>(300).fill(0);
    for (const tag of [2, 6, 8, 9, 12, 13, 16, 19, 20, 99]) {
      expect(errorOn(initialized, withData(tag, 0, 0, 0, ...zeros))).toBe("InvalidInstructionData");
    }
    expect(errorOn(initialized, withData())).toBe("InvalidInstructionData");
    expect(errorOn(initialized, withData(5, 0, 0, 0))).toBe("InvalidInstructionData");
  });
});

describe("InitializeAccount", () => {
  const initialize = createInitializeVoteAccountInstruction({
    voteAccount,
    node: identity,
    authorizedVoter: voter,
    authorizedWithdrawer: withdrawer,
    commission: 7,
  });
  const empty = voteAccountWith(new Uint8Array(voteAccountBytes));
  const without = (index: number) => ({ ...initialize, accounts: initialize.accounts.slice(0, index) });
  const swapped = (index: number, change: { readonly address?: typeof voter; readonly isSigner?: boolean }) => ({
    ...initialize,
    accounts: initialize.accounts.map((account, i) => (i === index ? { ...account, ...change } : account)),
  });

  it("writes a fresh state of version 4", () => {
    const world = worldWith(empty);
    expect(world.run(initialize)).toBeNull();
    expect(decodeVoteState(world.accounts.get(voteAccount)!.data)).toEqual({
      ...state,
      inflationRewardsCommissionBps: 700,
      authorizedVoters: [{ epoch: 4, voter }],
    });
  });

  it("initializes a closed account of version 3 again", () => {
    const closed = voteAccountWith(encodeVoteStateV3({ ...state, authorizedVoters: [] }, 0));
    expect(errorOn(closed, initialize)).toBeNull();
  });

  it("wants the Rent and Clock sysvars in their places", () => {
    expect(errorOn(empty, without(1))).toBe("MissingAccount");
    expect(errorOn(empty, without(2))).toBe("MissingAccount");
    expect(errorOn(empty, swapped(1, { address: clockSysvarAddress }))).toBe("InvalidArgument");
    expect(errorOn(empty, swapped(2, { address: rentSysvarAddress }))).toBe("InvalidArgument");
  });

  it("wants a rent-exempt account of the right size, without a state", () => {
    expect(errorOn(voteAccountWith(empty.data, voteRent - 1n), initialize)).toBe("InsufficientFunds");
    // Asked before the Clock is looked at.
    expect(errorOn(voteAccountWith(empty.data, voteRent - 1n), without(2))).toBe("InsufficientFunds");
    expect(errorOn(voteAccountWith(new Uint8Array(voteAccountBytes - 1)), initialize)).toBe("InvalidAccountData");
    expect(errorOn(voteAccountWith(new Uint8Array(voteAccountBytes + 1), 2n * voteRent), initialize)).toBe(
      "InvalidAccountData",
    );
    expect(errorOn(voteAccountWith(new Uint8Array(voteAccountBytes).fill(9)), initialize)).toBe("InvalidAccountData");
    expect(errorOn(initialized, initialize)).toBe("AccountAlreadyInitialized");
    expect(errorOn(voteAccountWith(encodeVoteStateV3(state, 0)), initialize)).toBe("AccountAlreadyInitialized");
  });

  it("wants the validator's identity to sign", () => {
    expect(errorOn(empty, swapped(3, { isSigner: false }))).toBe("MissingRequiredSignature");
    expect(errorOn(empty, swapped(3, { address: voter }))).toBe("MissingRequiredSignature");
    expect(errorOn(empty, without(3))).toBe("MissingRequiredSignature");
  });
});

describe("vote instructions in any order", () => {
  it("neither make nor lose lamports, and change nothing when they are refused", () => {
    const draw = createDraw(1234);
    const payer: Account = { ...initialized, owner: systemProgramAddress, data: new Uint8Array(0) };
    const world = createVoteWorld(createVoteEnv({ slot: 10, epoch: 0 }));
    for (const address of [...people, poor])
      world.accounts.set(address, { ...payer, lamports: lamportsOf(10n ** 10n) });
    for (const address of voteAccounts) world.accounts.set(address, drawVoteAccount(draw, address, 0));
    const total = () => [...world.accounts.values()].reduce((sum, { lamports }) => sum + lamports, 0n);
    let before = total();
    let succeeded = 0;
    for (let step = 0; step < 2000; step++) {
      const slot = world.env.slot + draw(4);
      world.env = createVoteEnv({ slot, epoch: Math.floor(slot / 500) });
      const renewed = voteAccounts[draw(20)];
      if (renewed !== undefined) {
        world.accounts.set(renewed, drawVoteAccount(draw, renewed, world.env.epoch));
        before = total();
      }
      const error = world.run(spoilInstruction(draw, drawVoteInstruction(draw, world)));
      expect(total()).toBe(before);
      if (error === null) succeeded += 1;
      // A recipient that may not be written shows only when the lamports are already on their way.
      else if (error !== "ReadonlyLamportChange") expect(world.failedLate, `step ${step}`).toBe(false);
    }
    expect(succeeded).toBeGreaterThan(300);
  });
});
