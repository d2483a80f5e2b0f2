/**
 * Bad input to staking, instruction by instruction: what is asked, the exact refusal, and the state as it was, byte by byte
 * but for the fee. Around an exit: staking-exits.test.ts; as clients are refused before anything is sent:
 * staking-json-rpc.test.ts.
 */
import { createNoopSigner, some } from "@solana/kit";
import {
  getAuthorizeInstruction,
  getDeactivateDelinquentInstruction,
  getInitializeInstruction,
  getSetLockupInstruction,
  StakeAuthorize,
} from "@solana-program/stake";
import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../src/base/bytes.ts";
import { accountAt } from "../../src/chain/accounts-tree.ts";
import { stakeProgramAddress, systemProgramAddress } from "../../src/chain/addresses.ts";
import type { Bank } from "../../src/chain/bank.ts";
import type { InstructionRequest } from "../../src/chain/create-transaction.ts";
import {
  createAuthorizeVoteInstruction,
  createUpdateCommissionBpsInstruction,
  createUpdateCommissionInstruction,
  createUpdateValidatorIdentityInstruction,
  createWithdrawVoteInstruction,
} from "../../src/chain/create-vote-instructions.ts";
import { type Address, epochOf } from "../../src/chain/ids.ts";
import { noLockup } from "../../src/chain/stake-account.ts";
import { requestOf } from "../support/transactions.ts";
import {
  attempt,
  balanceIn,
  createAccount,
  createStakingChain,
  deactivate,
  delegate,
  delegationIn,
  expectBacked,
  expectRefused,
  extendTo,
  extendToEpoch,
  frozenIn,
  keypairNamed,
  lamportsIn,
  landed,
  merge,
  moveLamports,
  moveStake,
  reserveOf,
  sol,
  split,
  stakeError,
  u64Max,
  unsigned,
  withdraw,
} from "./stakers.ts";

const asSigner = (address: Address) => createNoopSigner(address);

const built = createStakingChain({
  params: { inflationInitialBps: 0, inflationTerminalBps: 0, stakeWarmup: "instant" },
  accountLamports: 2000n * sol,
  stakeAccounts: [
    { validator: null, stake: 40n * sol, state: "initialized" },
    { validator: 0, stake: 60n * sol, state: "active" },
    { validator: 0, stake: 20n * sol, state: "active" },
    { validator: 1, stake: 20n * sol, state: "active" },
    { validator: 0, stake: 30n * sol, state: "deactivating" },
    {
      validator: 0,
      stake: 10n * sol,
      state: "active",
      lockup: { unixTimestamp: 0n, epoch: 100n, custodian: 2 },
    },
    { validator: 0, stake: 25n * sol, state: "active", staker: 1, withdrawer: 1 },
  ],
});
const { start, owner, thief, votes } = built;
const by = owner.address;
const [idle, active, second, elsewhere, cold, locked, foreign] = built.stakes as [
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
];
const reserve = reserveOf(built);

/** An empty account of the stake program, rent-exempt, into which stake can be split. */
const target = keypairNamed("split target");
const withTarget = landed(built, start, owner, [createAccount(by, target.address, reserve)], { signers: [target] });

const refused = (
  instruction: InstructionRequest,
  expected: Parameters<typeof expectRefused>[4],
  bank: Bank = start,
  payer = owner,
) => expectRefused(built, bank, payer, [instruction], expected);

describe("amounts: huge ones, negative ones in eight bytes, and one lamport too many", () => {
  // Minus one, as a program reads it that knows no sign.
  const huge = [u64Max, 2n ** 63n, 10n ** 18n];

  it("withdraws what is free, and not a lamport of stake or rent reserve", () => {
    for (const amount of [...huge, 1n, 60n * sol, 60n * sol + reserve])
      refused(withdraw(active, amount, by), "InsufficientFunds");
    for (const amount of [...huge, 40n * sol + 1n]) refused(withdraw(idle, amount, by), "InsufficientFunds");
    const bank = landed(built, start, owner, [withdraw(idle, 40n * sol, by)]);
    expect(balanceIn(bank, idle)).toBe(reserve);
    // All of it is another matter: nothing is staked, and the account is gone.
    expect(accountAt(landed(built, start, owner, [withdraw(idle, 40n * sol + reserve, by)]).accounts, idle)).toBeNull();
  });

  it("withdraws nothing into the same account, and nothing twice in one transaction", () => {
    refused(withdraw(idle, sol, by, idle), "InvalidArgument");
    const twice = [withdraw(cold, 30n * sol, by), withdraw(cold, 30n * sol, by)];
    expectRefused(built, start, owner, twice, "InsufficientFunds", { index: 1 });
    expect(attempt(built, start, owner, twice.slice(1)).error).toBeNull();
  });

  it("splits no more than there is, and leaves both parts the least that may be delegated", () => {
    const into = (amount: bigint) => split(active, target.address, amount, by);
    for (const amount of [...huge, 60n * sol + reserve + 1n, 0n])
      refused(into(amount), "InsufficientFunds", withTarget);
    for (const amount of [60n * sol, 59n * sol + 1n, sol - 1n, 1n]) refused(into(amount), stakeError(12), withTarget);
    const bank = landed(built, withTarget, owner, [into(59n * sol)]);
    const parts = [active, target.address].map((stake) => delegationIn(bank, stake).stake);
    expect(parts).toEqual([sol, 59n * sol]);
    expectBacked(built, bank);
    refused(split(active, active, sol, by), "InvalidArgument");
    refused(split(active, second, sol, by), "InvalidAccountData");
    refused(split(active, by, sol, by), "InvalidAccountOwner");
  });

  it("moves no more stake than is delegated, and no more lamports than are free", () => {
    for (const amount of [...huge, 60n * sol + 1n, 59n * sol + 1n, 0n])
      refused(moveStake(active, second, amount, by), "InvalidArgument");
    for (const amount of [...huge, 1n, 0n]) refused(moveLamports(active, second, amount, by), "InvalidArgument");
    refused(moveLamports(idle, second, 40n * sol + 1n, by), "InvalidArgument");
    const bank = landed(built, start, owner, [moveStake(active, second, 59n * sol, by)]);
    expect([active, second].map((stake) => delegationIn(bank, stake).stake)).toEqual([sol, 79n * sol]);
    expectBacked(built, bank);
  });

  it("reads an amount cut short as no instruction, and one of a number that JavaScript cannot hold exactly as what it says", () => {
    const { data, ...rest } = withdraw(idle, 2n ** 53n + 1n, by);
    expect(data.slice(4)).toEqual(new ByteWriter(8).u64(2n ** 53n + 1n).finish());
    for (let length = 0; length < data.length; length++) {
      refused({ ...rest, data: data.slice(0, length) }, "InvalidInstructionData");
    }
    refused({ ...rest, data }, "InsufficientFunds");
  });

  it("knows no instruction beyond Solana's, and of the withdrawn ones none", () => {
    const accounts = delegate(idle, votes[0]!, by).accounts;
    for (const tag of [15, 18, 19, 127, 255]) {
      refused(
        { programAddress: stakeProgramAddress, accounts, data: Uint8Array.of(tag, 0, 0, 0) },
        "InvalidInstructionData",
      );
    }
  });
});

describe("the same lamports twice", () => {
  it("are not delegated by splitting: the parts are together what the whole was", () => {
    const tried = [split(active, target.address, 30n * sol, by), delegate(target.address, votes[1]!, by)];
    expectRefused(built, withTarget, owner, tried, stakeError(3), { index: 1 });
    const bank = landed(built, withTarget, owner, tried.slice(0, 1));
    const later = extendToEpoch(built, bank, 2);
    expect(frozenIn(later, 3, votes[0]!)).toBe(frozenIn(start, 2, votes[0]!));
  });

  it("are not delegated by coming back: a deactivation taken back in its epoch delegates what was, to nobody else", () => {
    const stopped = landed(built, start, owner, [deactivate(active, by)]);
    refused(delegate(active, votes[1]!, by), stakeError(3), stopped);
    const bank = landed(built, stopped, owner, [delegate(active, votes[0]!, by)]);
    expect(delegationIn(bank, active)).toEqual(delegationIn(start, active));
    // Deactivated, it does not leave before it has cooled down, and moves to nobody meanwhile.
    for (const amount of [60n * sol + reserve, 60n * sol, 1n])
      refused(withdraw(active, amount, by), "InsufficientFunds", stopped);
    refused(moveStake(active, second, sol, by), stakeError(5), stopped);
    refused(merge(second, active, by), stakeError(5), stopped);
  });

  it("are not delegated by merging: with itself, with another voter's, with what only warms up, with what somebody else holds", () => {
    refused(merge(active, active, by), "InvalidArgument");
    refused(merge(active, elsewhere, by), stakeError(6));
    refused(merge(active, foreign, by), stakeError(6));
    refused(merge(active, locked, by), stakeError(6));
    const warming = landed(built, start, owner, [delegate(idle, votes[0]!, by)]);
    refused(merge(active, idle, by), stakeError(6), warming);
    refused(withdraw(idle, 1n, by), "InsufficientFunds", warming);
    const bank = landed(built, start, owner, [merge(active, second, by)]);
    expect(delegationIn(bank, active).stake).toBe(80n * sol);
    expect(accountAt(bank.accounts, second)).toBeNull();
    expectBacked(built, bank);
    expect(lamportsIn(bank)).toBe(bank.supply.total);
  });

  it("do not count when they come after the delegation: what is sent to a stake account is not staked", () => {
    const gift = landed(built, start, thief, [createTransferTo(active, 500n * sol)]);
    const later = extendToEpoch(built, gift, 2);
    expect(balanceIn(later, active)).toBe(560n * sol + reserve);
    expect(delegationIn(later, active).stake).toBe(60n * sol);
    expect(frozenIn(later, 3, votes[0]!)).toBe(frozenIn(start, 2, votes[0]!));
    // It is free: it can be taken out again, to the lamport.
    refused(withdraw(active, 500n * sol + 1n, by), "InsufficientFunds", gift);
    expect(attempt(built, gift, owner, [withdraw(active, 500n * sol, by)]).error).toBeNull();
  });
});

function createTransferTo(to: Address, lamports: bigint): InstructionRequest {
  return {
    programAddress: systemProgramAddress,
    accounts: [
      { address: thief.address, isSigner: true, isWritable: true },
      { address: to, isSigner: false, isWritable: true },
    ],
    data: new ByteWriter().u32(2).u64(lamports).finish(),
  };
}

describe("foreign authorities", () => {
  const authorize = (stake: Address, kind: StakeAuthorize, authority: Address, newAuthority: Address) =>
    requestOf(getAuthorizeInstruction({ stake, authority: asSigner(authority), arg0: newAuthority, arg1: kind }));
  const setLockup = (stake: Address, authority: Address) =>
    requestOf(
      getSetLockupInstruction({
        stake,
        authority: asSigner(authority),
        unixTimestamp: null,
        epoch: some(0n),
        custodian: null,
      }),
    );

  it("get nothing from any stake instruction, whether the thief signs for himself or names the owner who has not signed", () => {
    const mine = foreign;
    const attacks = (as: Address) => [
      delegate(idle, votes[0]!, as),
      deactivate(active, as),
      withdraw(idle, sol, as, thief.address),
      withdraw(active, 0n, as, thief.address),
      split(active, target.address, 30n * sol, as),
      merge(active, second, as),
      moveStake(active, second, sol, as),
      moveLamports(idle, mine, sol, as),
      authorize(active, StakeAuthorize.Staker, as, thief.address),
      authorize(active, StakeAuthorize.Withdrawer, as, thief.address),
      setLockup(active, as),
    ];
    for (const attack of attacks(thief.address)) refused(attack, "MissingRequiredSignature", withTarget, thief);
    for (const attack of attacks(by)) refused(unsigned(attack, by), "MissingRequiredSignature", withTarget, thief);
    // Who has not signed learns no more, whatever else is wrong.
    refused(unsigned(delegate(idle, thief.address, by), by), "MissingRequiredSignature", start, thief);
  });

  it("cannot initialize again what has an owner", () => {
    const meta = { arg0: { staker: thief.address, withdrawer: thief.address }, arg1: noLockup };
    const again = (stake: Address) => requestOf(getInitializeInstruction({ stake, ...meta }));
    for (const stake of [idle, active, cold, locked]) refused(again(stake), "InvalidAccountData", start, thief);
    refused(again(by), "InvalidAccountData", start, thief);
  });

  it("cannot take over as staker what only the withdrawer gives: the staker names no withdrawer, and takes no lamport out", () => {
    const split = landed(built, start, owner, [authorize(idle, StakeAuthorize.Staker, by, thief.address)]);
    refused(
      authorize(idle, StakeAuthorize.Withdrawer, thief.address, thief.address),
      "MissingRequiredSignature",
      split,
      thief,
    );
    refused(withdraw(idle, sol, thief.address), "MissingRequiredSignature", split, thief);
    // The staker may delegate; the withdrawer takes the office back.
    expect(attempt(built, split, thief, [delegate(idle, votes[2]!, thief.address)]).error).toBeNull();
    const back = landed(built, split, owner, [authorize(idle, StakeAuthorize.Staker, by, by)]);
    refused(delegate(idle, votes[2]!, thief.address), "MissingRequiredSignature", back, thief);
  });

  it("do not open a lockup: neither the withdrawer alone, nor somebody who calls himself custodian", () => {
    refused(withdraw(locked, 1n, by), stakeError(1));
    refused(setLockup(locked, by), "MissingRequiredSignature");
    refused(authorize(locked, StakeAuthorize.Withdrawer, by, by), stakeError(7));
    const posing = withdraw(locked, 1n, by);
    const accounts = [...posing.accounts, { address: thief.address, isSigner: true, isWritable: false }];
    expectRefused(built, start, owner, [{ ...posing, accounts }], stakeError(1), { signers: [thief] });
    const custodian = built.network.accounts[2]!;
    expect(attempt(built, start, custodian, [setLockup(locked, custodian.address)]).error).toBeNull();
  });

  it("get nothing from a vote account: no commission, identity, voter, withdrawer or lamport", () => {
    const [voteAccount] = votes as [Address];
    const { identity } = built.network.validators[0]!;
    const attacks = (withdrawer: Address) => [
      createUpdateCommissionInstruction({ voteAccount, withdrawer, commission: 100 }),
      createUpdateCommissionBpsInstruction({
        voteAccount,
        withdrawer,
        commissionBps: 10_000,
        kind: "InflationRewards",
      }),
      createUpdateValidatorIdentityInstruction({ voteAccount, withdrawer, node: thief.address }),
      createAuthorizeVoteInstruction({
        voteAccount,
        authority: withdrawer,
        kind: "Voter",
        newAuthority: thief.address,
      }),
      createAuthorizeVoteInstruction({
        voteAccount,
        authority: withdrawer,
        kind: "Withdrawer",
        newAuthority: thief.address,
      }),
      createWithdrawVoteInstruction({ voteAccount, withdrawer, recipient: thief.address, lamports: 1n }),
    ];
    for (const attack of attacks(thief.address)) refused(attack, "MissingRequiredSignature", start, thief);
    for (const attack of attacks(identity.address)) {
      refused(unsigned(attack, identity.address), "MissingRequiredSignature", start, thief);
    }
    // Nor can a validator's identity be borrowed for another's vote account: the new identity signs.
    const own = built.network.validators[1]!;
    const borrowed = createUpdateValidatorIdentityInstruction({
      voteAccount: votes[1]!,
      withdrawer: own.identity.address,
      node: identity.address,
    });
    refused(unsigned(borrowed, identity.address), "MissingRequiredSignature", start, own.identity);
  });

  it("do not chase stake away from a validator that is no delinquent, nor by a witness that has not voted", () => {
    const chase = (stake: Address, delinquentVote: Address, referenceVote: Address) =>
      requestOf(getDeactivateDelinquentInstruction({ stake, delinquentVote, referenceVote }));
    // Nobody votes on this chain, so there is no witness.
    refused(chase(active, votes[0]!, votes[1]!), stakeError(9), start, thief);
    refused(chase(active, votes[1]!, votes[1]!), stakeError(9), start, thief);
    refused(chase(active, by, votes[1]!), "IncorrectProgramId", start, thief);
  });
});

describe("a commission raised just before the boundary", () => {
  it("goes through, and is not taken from what the epoch earned: an epoch is paid by what stood before it began", () => {
    const { identity, voteAccount } = built.network.validators[0]!;
    const raise = createUpdateCommissionInstruction({ voteAccount, withdrawer: identity.address, commission: 100 });
    const before = extendTo(built, start, 62);
    const bank = extendTo(built, landed(built, before, identity, [raise], { slot: 63 }), 64);
    const commissionIn = (epoch: number) => bank.commissionTables.get(epochOf(epoch))!.get(voteAccount);
    expect(bank.epoch).toBe(2);
    // Epochs 1, whose rewards this block reckons, and 2 are paid at 5 %; 3 is the first at 100 %.
    expect([1, 2, 3].map(commissionIn)).toEqual([500, 500, 10_000]);
  });

  it("is lowered again in vain: what was raised for an epoch holds for it, and no longer", () => {
    const { identity, voteAccount } = built.network.validators[0]!;
    const change = (commission: number) =>
      createUpdateCommissionInstruction({ voteAccount, withdrawer: identity.address, commission });
    const raised = landed(built, start, identity, [change(100)], { slot: 63 });
    const lowered = landed(built, extendTo(built, raised, 64), identity, [change(5)], { slot: 66 });
    const bank = extendToEpoch(built, lowered, 3);
    expect([2, 3, 4].map((epoch) => bank.commissionTables.get(epochOf(epoch))!.get(voteAccount))).toEqual([
      500, 10_000, 500,
    ]);
  });
});
