import { createNoopSigner, type Instruction } from "@solana/kit";
import {
  Authorized,
  Lockup,
  PublicKey,
  StakeAuthorizationLayout,
  StakeProgram,
  type TransactionInstruction,
  type Transaction as Web3Transaction,
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
  getStakeStateAccountDecoder,
  getWithdrawInstruction,
  StakeAuthorize,
} from "@solana-program/stake";
import { getCreateAccountInstruction } from "@solana-program/system";
import { describe, expect, it } from "vitest";
import {
  addressNamed,
  createStakeEnv,
  createStakeWorld,
  type StakeWorld,
  sol,
  stakeRent,
  voteAccountWith,
  voteStateWith,
  walletWith,
} from "../../../test/support/stake-program.ts";
import { utf8Bytes } from "../../base/bytes.ts";
import { stakeProgramAddress } from "../addresses.ts";
import type { InstructionRequest } from "../create-transaction.ts";
import { computeAddressWithSeed } from "../derived-address.ts";
import { type Address, addressBytes, epochOf, lamportsOf } from "../ids.ts";
import { noLockup, stakeAccountBytes } from "../stake-account.ts";

const [alice, bob, carol] = ["alice", "bob", "carol"].map(addressNamed) as [Address, Address, Address];
const [one, two, three] = ["one", "two", "three"].map(addressNamed) as [Address, Address, Address];
const [vote, silent] = [addressNamed("vote"), addressNamed("silent")];
const signer = createNoopSigner;

const requestOf = (instruction: Instruction): InstructionRequest => ({
  programAddress: instruction.programAddress,
  accounts: (instruction.accounts ?? []).map(({ address, role }) => ({
    address,
    isSigner: role >= 2,
    isWritable: role % 2 === 1,
  })),
  data: Uint8Array.from(instruction.data ?? []),
});

const derivedFrom = (base: Address): Address => {
  const outcome = computeAddressWithSeed(base, utf8Bytes("seed"), carol);
  if (!outcome.ok) throw new Error(outcome.code);
  return outcome.value;
};

function createWorld(): StakeWorld {
  return createStakeWorld(
    createStakeEnv({ epoch: epochOf(10) }),
    [alice, walletWith(1000n * sol)],
    [vote, voteAccountWith(voteStateWith([6, 7, 8, 9, 10]))],
    [silent, voteAccountWith(voteStateWith([]))],
  );
}

/** Through the official decoder. */
function show(world: StakeWorld, address: Address) {
  const { state } = getStakeStateAccountDecoder().decode(world.accounts.get(address)!.data);
  return state;
}

function runKit(world: StakeWorld, ...instructions: readonly Instruction[]) {
  const { error, result } = world.run(...instructions.map(requestOf));
  expect(error).toBe(null);
  return result;
}

const create = (address: Address, lamports: bigint) =>
  getCreateAccountInstruction({
    payer: signer(alice),
    newAccount: signer(address),
    lamports,
    space: stakeAccountBytes,
    programAddress: stakeProgramAddress,
  });

const initialize = (stake: Address, withdrawer = bob) =>
  getInitializeInstruction({ stake, arg0: { staker: alice, withdrawer }, arg1: noLockup });

const atEpoch = (world: StakeWorld, epoch: number) => {
  world.env = { ...world.env, epoch: epochOf(epoch) };
};

describe("the client of @solana-program/stake", () => {
  it("creates, delegates, deactivates and withdraws", () => {
    const world = createWorld();
    runKit(world, create(one, stakeRent + 5n * sol), initialize(one));
    expect(show(world, one)).toEqual({
      __kind: "Initialized",
      fields: [{ rentExemptReserve: 2_282_880n, authorized: { staker: alice, withdrawer: bob }, lockup: noLockup }],
    });
    runKit(world, getDelegateStakeInstruction({ stake: one, vote, stakeAuthority: signer(alice) }));
    const delegated = show(world, one);
    expect(delegated.__kind === "Stake" && delegated.fields.slice(1)).toEqual([
      {
        delegation: {
          voterPubkey: vote,
          stake: 5n * sol,
          activationEpoch: 10n,
          deactivationEpoch: 2n ** 64n - 1n,
          reserved: [0, 0, 0, 0, 0, 0, 0, 0],
        },
        creditsObserved: 50n,
      },
      { bits: 0 },
    ]);
    atEpoch(world, 12);
    runKit(world, getDeactivateInstruction({ stake: one, stakeAuthority: signer(alice) }));
    atEpoch(world, 14);
    const withdrawAuthority = signer(bob);
    runKit(world, getWithdrawInstruction({ stake: one, recipient: carol, withdrawAuthority, args: 2n * sol }));
    runKit(
      world,
      getWithdrawInstruction({ stake: one, recipient: carol, withdrawAuthority, args: stakeRent + 3n * sol }),
    );
    expect(world.accounts.has(one)).toBe(false);
    expect(world.accounts.get(carol)?.lamports).toBe(stakeRent + 5n * sol);
  });

  it("splits, merges and moves", () => {
    const world = createWorld();
    runKit(world, create(one, stakeRent + 9n * sol), initialize(one), create(two, stakeRent));
    runKit(world, create(three, stakeRent), initialize(three));
    const stakeAuthority = signer(alice);
    runKit(world, getDelegateStakeInstruction({ stake: one, vote, stakeAuthority }));
    runKit(world, getSplitInstruction({ stake: one, splitStake: two, stakeAuthority, args: 4n * sol }));
    expect([one, two].map((address) => stakeOf(world, address))).toEqual([5n * sol, 4n * sol]);
    atEpoch(world, 12);
    runKit(
      world,
      getMoveStakeInstruction({ sourceStake: two, destinationStake: three, stakeAuthority, args: 2n * sol }),
      getMergeInstruction({ destinationStake: one, sourceStake: two, stakeAuthority }),
      getMoveLamportsInstruction({ sourceStake: one, destinationStake: three, stakeAuthority, args: stakeRent }),
    );
    expect([one, three].map((address) => stakeOf(world, address))).toEqual([7n * sol, 2n * sol]);
    expect(world.accounts.get(three)?.lamports).toBe(2n * stakeRent + 2n * sol);
    expect(world.accounts.has(two)).toBe(false);
  });

  it("changes authorities and lockups", () => {
    const world = createWorld();
    const base = signer(alice);
    const derived = derivedFrom(alice);
    const seed = { authoritySeed: "seed", authorityOwner: carol };
    runKit(
      world,
      create(one, stakeRent),
      getInitializeCheckedInstruction({ stake: one, stakeAuthority: alice, withdrawAuthority: signer(bob) }),
      getAuthorizeInstruction({ stake: one, authority: signer(bob), arg0: derived, arg1: StakeAuthorize.Staker }),
      getAuthorizeWithSeedInstruction({
        stake: one,
        base,
        newAuthorizedPubkey: derived,
        stakeAuthorize: StakeAuthorize.Staker,
        ...seed,
      }),
      getAuthorizeCheckedWithSeedInstruction({
        stake: one,
        base,
        newAuthority: signer(carol),
        stakeAuthorize: StakeAuthorize.Staker,
        ...seed,
      }),
      getAuthorizeCheckedInstruction({
        stake: one,
        authority: signer(bob),
        newAuthority: signer(alice),
        stakeAuthorize: StakeAuthorize.Withdrawer,
      }),
      getSetLockupInstruction({
        stake: one,
        authority: signer(alice),
        unixTimestamp: null,
        epoch: 11n,
        custodian: bob,
      }),
      getSetLockupCheckedInstruction({
        stake: one,
        authority: signer(bob),
        newAuthority: signer(carol),
        unixTimestamp: 2_000_000n,
        epoch: null,
      }),
    );
    expect(show(world, one)).toEqual({
      __kind: "Initialized",
      fields: [
        {
          rentExemptReserve: 2_282_880n,
          authorized: { staker: carol, withdrawer: alice },
          lockup: { unixTimestamp: 2_000_000n, epoch: 11n, custodian: carol },
        },
      ],
    });
    const newAuthority = { stake: one, authority: signer(alice), arg0: bob, arg1: StakeAuthorize.Withdrawer };
    runKit(world, getAuthorizeInstruction({ ...newAuthority, lockupAuthority: signer(carol) }));
    runKit(
      world,
      getWithdrawInstruction({
        stake: one,
        recipient: carol,
        withdrawAuthority: signer(bob),
        lockupAuthority: signer(carol),
        args: stakeRent,
      }),
    );
  });

  it("deactivates what a silent validator holds, and asks for the minimum", () => {
    const world = createWorld();
    runKit(world, create(one, stakeRent + 5n * sol), initialize(one));
    const stakeAuthority = signer(alice);
    runKit(world, getDelegateStakeInstruction({ stake: one, vote: silent, stakeAuthority }));
    runKit(world, getDeactivateDelinquentInstruction({ stake: one, delinquentVote: silent, referenceVote: vote }));
    const state = show(world, one);
    expect(state.__kind === "Stake" && state.fields[1].delegation.deactivationEpoch).toBe(10n);
    const { returnData } = runKit(world, getGetMinimumDelegationInstruction());
    expect(returnData).toEqual({
      programAddress: stakeProgramAddress,
      data: Uint8Array.of(0, 202, 154, 59, 0, 0, 0, 0),
    });
  });
});

function stakeOf(world: StakeWorld, address: Address): bigint | null {
  const state = show(world, address);
  return state.__kind === "Stake" ? state.fields[1].delegation.stake : null;
}

const key = (address: Address) => new PublicKey(addressBytes(address));

const fromWeb3 = (instruction: TransactionInstruction): InstructionRequest => ({
  programAddress: instruction.programId.toBase58() as Address,
  accounts: instruction.keys.map(({ pubkey, isSigner, isWritable }) => ({
    address: pubkey.toBase58() as Address,
    isSigner,
    isWritable,
  })),
  data: Uint8Array.from(instruction.data),
});

function runWeb3(world: StakeWorld, transaction: Web3Transaction) {
  expect(world.run(...transaction.instructions.map(fromWeb3)).error).toBe(null);
}

describe("StakeProgram of @solana/web3.js", () => {
  it("drives a stake from its creation to its end", () => {
    const world = createWorld();
    const [stakePubkey, splitStakePubkey, authorizedPubkey] = [key(one), key(two), key(alice)];
    runWeb3(
      world,
      StakeProgram.createAccount({
        fromPubkey: authorizedPubkey,
        stakePubkey,
        authorized: new Authorized(authorizedPubkey, key(bob)),
        lockup: new Lockup(0, 0, key(carol)),
        lamports: Number(stakeRent + 8n * sol),
      }),
    );
    runWeb3(world, StakeProgram.delegate({ stakePubkey, authorizedPubkey, votePubkey: key(vote) }));
    runWeb3(
      world,
      StakeProgram.split(
        { stakePubkey, authorizedPubkey, splitStakePubkey, lamports: Number(3n * sol) },
        Number(stakeRent),
      ),
    );
    expect([one, two].map((address) => stakeOf(world, address))).toEqual([5n * sol, 3n * sol]);
    const authorize = { stakePubkey, authorizedPubkey, newAuthorizedPubkey: key(bob) };
    runWeb3(world, StakeProgram.authorize({ ...authorize, stakeAuthorizationType: StakeAuthorizationLayout.Staker }));
    runWeb3(
      world,
      StakeProgram.authorize({
        stakePubkey,
        authorizedPubkey: key(bob),
        newAuthorizedPubkey: authorizedPubkey,
        stakeAuthorizationType: StakeAuthorizationLayout.Staker,
      }),
    );
    runWeb3(world, StakeProgram.merge({ stakePubkey, sourceStakePubKey: splitStakePubkey, authorizedPubkey }));
    expect(stakeOf(world, one)).toBe(8n * sol + stakeRent);
    runWeb3(world, StakeProgram.deactivate({ stakePubkey, authorizedPubkey }));
    atEpoch(world, 11);
    const lamports = Number(world.accounts.get(one)!.lamports);
    runWeb3(world, StakeProgram.withdraw({ stakePubkey, authorizedPubkey: key(bob), toPubkey: key(carol), lamports }));
    expect(world.accounts.get(carol)?.lamports).toBe(lamportsOf(BigInt(lamports)));
  });

  it("authorizes with a seed", () => {
    const world = createWorld();
    runKit(world, create(one, stakeRent), initialize(one, derivedFrom(alice)));
    runWeb3(
      world,
      StakeProgram.authorizeWithSeed({
        stakePubkey: key(one),
        authorityBase: key(alice),
        authoritySeed: "seed",
        authorityOwner: key(carol),
        newAuthorizedPubkey: key(bob),
        stakeAuthorizationType: StakeAuthorizationLayout.Withdrawer,
      }),
    );
    const state = show(world, one);
    expect(state.__kind === "Initialized" && state.fields[0].authorized.withdrawer).toBe(bob);
  });
});
