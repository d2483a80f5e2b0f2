import { createNoopSigner, type Instruction, none, some } from "@solana/kit";
import {
  Authorized,
  PublicKey,
  StakeAuthorizationLayout,
  StakeProgram,
  type Transaction,
  type TransactionInstruction,
} from "@solana/web3.js";
import {
  getAuthorizeCheckedInstruction,
  getAuthorizeCheckedWithSeedInstruction,
  getAuthorizeInstruction,
  getAuthorizeWithSeedInstruction,
  getDeactivateDelinquentInstruction,
  getDeactivateInstruction,
  getDelegateStakeInstruction,
  getGetMinimumDelegationInstruction,
  getInitializeCheckedInstruction,
  getInitializeInstruction,
  getMergeInstruction,
  getMoveLamportsInstruction,
  getMoveStakeInstruction,
  getSetLockupCheckedInstruction,
  getSetLockupInstruction,
  getSplitInstruction,
  getWithdrawInstruction,
  StakeAuthorize,
} from "@solana-program/stake";
import { describe, expect, it } from "vitest";
import { addressNamed, requestOf } from "../../test/support/transactions.ts";
import { clockSysvarAddress, rentSysvarAddress, stakeHistorySysvarAddress } from "../chain/addresses.ts";
import type { Address } from "../chain/ids.ts";
import { parseStakeInstruction } from "./parse-stake-instruction.ts";

const [stake, alice, bob, carol, vote, other] = ["stake", "alice", "bob", "carol", "vote", "other"].map(
  addressNamed,
) as [Address, Address, Address, Address, Address, Address];
const signer = createNoopSigner;
const sysvars = { clockSysvar: clockSysvarAddress, stakeHistorySysvar: stakeHistorySysvarAddress };
const config = "StakeConfig11111111111111111111111111111111" as Address;

function parts(instruction: Instruction) {
  const { accounts, data } = requestOf(instruction);
  return { accounts: accounts.map(({ address }) => address), data };
}

function parse(instruction: Instruction) {
  const { accounts, data } = parts(instruction);
  return parseStakeInstruction(accounts, data);
}

const delegate = getDelegateStakeInstruction({ stake, vote, stakeAuthority: signer(alice) });
const withdraw = getWithdrawInstruction({
  stake,
  recipient: bob,
  withdrawAuthority: signer(alice),
  lockupAuthority: signer(carol),
  args: 5n,
});
const lockup = { unixTimestamp: 7n, epoch: 8n, custodian: carol };

describe("parseStakeInstruction", () => {
  it("names all instructions that the official client makes", () => {
    const cases: readonly (readonly [Instruction, string, object | null])[] = [
      [
        getInitializeInstruction({ stake, arg0: { staker: alice, withdrawer: bob }, arg1: lockup }),
        "initialize",
        {
          stakeAccount: stake,
          authorized: { staker: alice, withdrawer: bob },
          lockup,
        },
      ],
      [
        getInitializeCheckedInstruction({ stake, stakeAuthority: alice, withdrawAuthority: signer(bob) }),
        "initializeChecked",
        { stakeAccount: stake, staker: alice, withdrawer: bob },
      ],
      [
        getAuthorizeInstruction({ stake, authority: signer(alice), arg0: bob, arg1: StakeAuthorize.Staker }),
        "authorize",
        {
          stakeAccount: stake,
          authority: alice,
          newAuthority: bob,
          authorityType: "Staker",
        },
      ],
      [
        getAuthorizeCheckedInstruction({
          stake,
          authority: signer(alice),
          newAuthority: signer(bob),
          lockupAuthority: signer(carol),
          stakeAuthorize: StakeAuthorize.Withdrawer,
        }),
        "authorizeChecked",
        {
          stakeAccount: stake,
          authority: alice,
          newAuthority: bob,
          custodian: carol,
          authorityType: "Withdrawer",
        },
      ],
      [
        getAuthorizeWithSeedInstruction({
          stake,
          base: signer(alice),
          newAuthorizedPubkey: bob,
          stakeAuthorize: StakeAuthorize.Staker,
          authoritySeed: "seed",
          authorityOwner: other,
        }),
        "authorizeWithSeed",
        {
          stakeAccount: stake,
          authorityBase: alice,
          newAuthorized: bob,
          authorityType: "Staker",
          authoritySeed: "seed",
          authorityOwner: other,
        },
      ],
      [
        getAuthorizeCheckedWithSeedInstruction({
          stake,
          base: signer(alice),
          newAuthority: signer(bob),
          stakeAuthorize: StakeAuthorize.Withdrawer,
          authoritySeed: "s",
          authorityOwner: other,
        }),
        "authorizeCheckedWithSeed",
        {
          stakeAccount: stake,
          authorityBase: alice,
          newAuthorized: bob,
          authorityType: "Withdrawer",
          authoritySeed: "s",
          authorityOwner: other,
        },
      ],
      [delegate, "delegate", { stakeAccount: stake, voteAccount: vote, stakeAuthority: alice }],
      [
        getSplitInstruction({ stake, splitStake: bob, stakeAuthority: signer(alice), args: 9n }),
        "split",
        { stakeAccount: stake, newSplitAccount: bob, stakeAuthority: alice, lamports: 9n },
      ],
      [
        withdraw,
        "withdraw",
        { stakeAccount: stake, destination: bob, withdrawAuthority: alice, custodian: carol, lamports: 5n },
      ],
      [
        getDeactivateInstruction({ stake, stakeAuthority: signer(alice) }),
        "deactivate",
        { stakeAccount: stake, stakeAuthority: alice },
      ],
      [
        getSetLockupInstruction({
          stake,
          authority: signer(alice),
          unixTimestamp: some(1n),
          epoch: none(),
          custodian: some(carol),
        }),
        "setLockup",
        { stakeAccount: stake, custodian: alice, lockup: { unixTimestamp: 1n, custodian: carol } },
      ],
      [
        getSetLockupCheckedInstruction({
          stake,
          authority: signer(alice),
          newAuthority: signer(carol),
          unixTimestamp: none(),
          epoch: some(2n),
        }),
        "setLockupChecked",
        { stakeAccount: stake, custodian: alice, lockup: { epoch: 2n, custodian: carol } },
      ],
      [
        getMergeInstruction({ destinationStake: stake, sourceStake: bob, stakeAuthority: signer(alice) }),
        "merge",
        { destination: stake, source: bob, stakeAuthority: alice },
      ],
      [
        getDeactivateDelinquentInstruction({ stake, delinquentVote: vote, referenceVote: other }),
        "deactivateDelinquent",
        { stakeAccount: stake, voteAccount: vote, referenceVoteAccount: other },
      ],
      [
        getMoveStakeInstruction({ sourceStake: stake, destinationStake: bob, stakeAuthority: signer(alice), args: 3n }),
        "moveStake",
        { source: stake, destination: bob, stakeAuthority: alice, lamports: 3n },
      ],
      [
        getMoveLamportsInstruction({
          sourceStake: stake,
          destinationStake: bob,
          stakeAuthority: signer(alice),
          args: 4n,
        }),
        "moveLamports",
        { source: stake, destination: bob, stakeAuthority: alice, lamports: 4n },
      ],
    ];
    for (const [instruction, type, info] of cases) expect(parse(instruction), type).toEqual({ type, info });
    const { data } = parts(getGetMinimumDelegationInstruction());
    expect(parseStakeInstruction([stake], data)).toEqual({ type: "getMinimumDelegation", info: null });
  });

  it("reads the older lists of accounts, with sysvars, which web3.js still makes", () => {
    const key = (address: Address) => new PublicKey(address);
    const [stakePubkey, authorizedPubkey, votePubkey, toPubkey] = [stake, alice, vote, bob].map(key) as [
      PublicKey,
      PublicKey,
      PublicKey,
      PublicKey,
    ];
    const parseOld = (transaction: Transaction | TransactionInstruction) => {
      const { keys, data } = "instructions" in transaction ? transaction.instructions[0]! : transaction;
      return parseStakeInstruction(
        keys.map(({ pubkey }) => pubkey.toBase58() as Address),
        Uint8Array.from(data),
      );
    };
    expect(parseOld(StakeProgram.delegate({ stakePubkey, authorizedPubkey, votePubkey }))).toEqual({
      type: "delegate",
      info: { stakeAccount: stake, voteAccount: vote, ...sysvars, stakeConfigAccount: config, stakeAuthority: alice },
    });
    const custodianPubkey = key(carol);
    const withdrawal = { stakePubkey, authorizedPubkey, toPubkey, lamports: 5, custodianPubkey };
    expect(parseOld(StakeProgram.withdraw(withdrawal))).toEqual({
      type: "withdraw",
      info: {
        stakeAccount: stake,
        destination: bob,
        ...sysvars,
        withdrawAuthority: alice,
        custodian: carol,
        lamports: 5n,
      },
    });
    expect(parseOld(StakeProgram.deactivate({ stakePubkey, authorizedPubkey }))).toEqual({
      type: "deactivate",
      info: { stakeAccount: stake, clockSysvar: clockSysvarAddress, stakeAuthority: alice },
    });
    const merge = { stakePubkey, sourceStakePubKey: toPubkey, authorizedPubkey };
    expect(parseOld(StakeProgram.merge(merge))).toEqual({
      type: "merge",
      info: { destination: stake, source: bob, ...sysvars, stakeAuthority: alice },
    });
    const authorized = new Authorized(authorizedPubkey, toPubkey);
    expect(parseOld(StakeProgram.initialize({ stakePubkey, authorized }))).toMatchObject({
      type: "initialize",
      info: { stakeAccount: stake, rentSysvar: rentSysvarAddress, authorized: { staker: alice, withdrawer: bob } },
    });
    const newAuthorizedPubkey = toPubkey;
    const stakeAuthorizationType = StakeAuthorizationLayout.Withdrawer;
    expect(
      parseOld(
        StakeProgram.authorize({
          stakePubkey,
          authorizedPubkey,
          newAuthorizedPubkey,
          stakeAuthorizationType,
          custodianPubkey,
        }),
      ),
    ).toEqual({
      type: "authorize",
      info: {
        stakeAccount: stake,
        clockSysvar: clockSysvarAddress,
        authority: alice,
        custodian: carol,
        newAuthority: bob,
        authorityType: "Withdrawer",
      },
    });
  });

  it("leaves alone what does not decode, or names too few accounts", () => {
    const { accounts, data } = parts(withdraw);
    expect(parseStakeInstruction(accounts, data.slice(0, 11))).toBeNull();
    expect(parseStakeInstruction(accounts, Uint8Array.of(99, 0, 0, 0))).toBeNull();
    expect(parseStakeInstruction(accounts, new Uint8Array(0))).toBeNull();
    expect(parseStakeInstruction(accounts.slice(0, 2), data)).toBeNull();
    expect(parseStakeInstruction([stake, bob, clockSysvarAddress, stakeHistorySysvarAddress], data)).toBeNull();
    expect(parseStakeInstruction([], data)).toBeNull();
  });
});
