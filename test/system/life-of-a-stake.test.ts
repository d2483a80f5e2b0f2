/**
 * The whole life of a stake, by a script of `@solana/kit` with Solana's own program clients. Of ours it uses the control of
 * time, two explanations and the pure arithmetic to check against.
 *
 *     epoch   d          d+1          d+2 …                          x            x+1 …
 *             create     counts       paid for d+1, split, merge     deactivate   cools down, and is withdrawn
 *             delegate   in part
 */
import {
  type Address,
  fetchJsonParsedAccount,
  generateKeyPairSigner,
  isSolanaError,
  type KeyPairSigner,
  SOLANA_ERROR__INSTRUCTION_ERROR__INSUFFICIENT_FUNDS,
  SOLANA_ERROR__INSTRUCTION_ERROR__MISSING_REQUIRED_SIGNATURE,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_BLOCK_NOT_AVAILABLE,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_EPOCH_REWARDS_PERIOD_ACTIVE,
} from "@solana/kit";
import {
  fetchMaybeStakeStateAccount,
  fetchStakeStateAccount,
  getDeactivateInstruction,
  getDelegateStakeInstruction,
  getInitializeInstruction,
  getMergeInstruction,
  getSplitInstruction,
  getWithdrawInstruction,
  isStakeError,
  STAKE_ERROR__ALREADY_DEACTIVATED,
  STAKE_ERROR__EPOCH_REWARDS_ACTIVE,
  STAKE_ERROR__LOCKUP_IN_FORCE,
  STAKE_ERROR__MERGE_MISMATCH,
  STAKE_ERROR__MERGE_TRANSIENT_STAKE,
  STAKE_ERROR__TOO_SOON_TO_REDELEGATE,
  STAKE_PROGRAM_ADDRESS,
  type StakeError,
} from "@solana-program/stake";
import { getCreateAccountInstruction } from "@solana-program/system";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { computeLeaderSchedule } from "../../src/chain/compute-leader-schedule.ts";
import { createDevnet, type Devnet } from "../../src/host/devnet.ts";
import { confirmed, createKitStaker, type KitStaker } from "../support/kit-staker.ts";

const sol = 1_000_000_000n;
const never = 2n ** 64n - 1n;
const slotsPerEpoch = 32;
const slotsPerRotation = 4;
const space = 200n;
/** No lockup: nobody is its custodian. */
const free = { unixTimestamp: 0n, epoch: 0n, custodian: "11111111111111111111111111111111" as Address };

let devnet: Devnet;
let client: KitStaker;
let alice: KeyPairSigner;
let bob: KeyPairSigner;
let carol: KeyPairSigner;
/** Alice's: the one whose life it is, what is split off, one with another voter. */
let stake: KeyPairSigner;
let part: KeyPairSigner;
let other: KeyPairSigner;
let voters: Address[];
let rent: bigint;
/** The epoch of the delegation. */
let d: bigint;
/** What was active as it began. */
let activeBefore: Stakes;
let funds: bigint;
/** What all of Alice's stakes were ever paid. */
let earned = 0n;

const create = (account: KeyPairSigner, lamports: bigint) =>
  getCreateAccountInstruction({
    payer: alice,
    newAccount: account,
    lamports,
    space,
    programAddress: STAKE_PROGRAM_ADDRESS,
  });
const initialize = (account: KeyPairSigner, lockup = free) =>
  getInitializeInstruction({
    stake: account.address,
    arg0: { staker: alice.address, withdrawer: alice.address },
    arg1: lockup,
  });
const delegate = (account: KeyPairSigner, voter: Address) =>
  getDelegateStakeInstruction({ stake: account.address, vote: voter, stakeAuthority: alice });
const split = (from: KeyPairSigner, to: KeyPairSigner, lamports: bigint) =>
  getSplitInstruction({ stake: from.address, splitStake: to.address, stakeAuthority: alice, args: lamports });
const merge = (into: KeyPairSigner, from: KeyPairSigner) =>
  getMergeInstruction({ destinationStake: into.address, sourceStake: from.address, stakeAuthority: alice });
const deactivate = (account: KeyPairSigner, stakeAuthority = alice) =>
  getDeactivateInstruction({ stake: account.address, stakeAuthority });
const withdraw = (account: KeyPairSigner, lamports: bigint, lockupAuthority?: KeyPairSigner) =>
  getWithdrawInstruction({
    stake: account.address,
    recipient: alice.address,
    withdrawAuthority: alice,
    args: lamports,
    ...(lockupAuthority === undefined ? {} : { lockupAuthority }),
  });

type Instructions = Parameters<KitStaker["send"]> extends [unknown, ...infer Rest] ? Rest : never;

async function expectStakeError(code: StakeError, ...instructions: Instructions): Promise<void> {
  const { cause, message } = await client.refusal(alice, ...instructions);
  expect(isStakeError(cause, message, code), String(cause)).toBe(true);
}

/** Checks every way in which an epoch's reward is told against each other; answers with the lamports. */
async function rewardOf(account: Address, epoch: bigint): Promise<bigint> {
  const [reward] = await client.rpc.getInflationReward([account], { epoch, ...confirmed }).send();
  expect(reward).not.toBeNull();
  const { amount, effectiveSlot, postBalance } = reward!;
  const explained = await client.ask("escapement_explainReward", account, epoch, confirmed);
  expect(explained).toMatchObject({ staker: String(amount), effectiveSlot, postBalance: String(postBalance) });
  const block = await client.rpc
    .getBlock(effectiveSlot, { ...confirmed, transactionDetails: "none", maxSupportedTransactionVersion: 0 })
    .send();
  const { commission } = reward!;
  const paid = { pubkey: account, lamports: amount, postBalance, rewardType: "Staking", commission };
  expect(block?.rewards).toContainEqual(expect.objectContaining(paid));
  return amount;
}

/** Into the next epoch; what the accounts got for the last one is added to what was earned. */
async function advanceAndEarn(...accounts: readonly KeyPairSigner[]): Promise<bigint> {
  const before = await Promise.all(accounts.map(({ address }) => client.balance(address)));
  const epoch = await client.advanceEpoch();
  for (const [index, { address }] of accounts.entries()) {
    const amount = await rewardOf(address, epoch - 1n);
    expect((await client.balance(address)) - before[index]!).toBe(amount);
    earned += amount;
  }
  return epoch;
}

/** The first slot of the next epoch, in which the stakes of the one after it are frozen, and what is active then. */
async function stakesOfNextBoundary() {
  await devnet.advanceEpochs(1);
  const { current } = await client.rpc.getVoteAccounts({ commitment: "processed" }).send();
  return current.map(({ votePubkey, nodePubkey, activatedStake }) => ({
    voteAccount: votePubkey,
    identity: nodePubkey,
    stake: activatedStake,
  }));
}

type Stakes = Awaited<ReturnType<typeof stakesOfNextBoundary>>;

const stakeIn = (stakes: Stakes, voter: Address) => stakes.find(({ voteAccount }) => voteAccount === voter)!.stake;

/** The identities that lead an epoch's rotations, drawn again from these stakes with the seed that the RPC names. */
async function drawAgain(epoch: bigint, stakes: Stakes): Promise<string[]> {
  const firstSlot = epoch * BigInt(slotsPerEpoch);
  const { seedHash } = await client.ask("escapement_explainLeader", firstSlot);
  const { rotations } = computeLeaderSchedule({
    policy: "poh",
    epoch,
    stakes,
    slotsPerEpoch,
    slotsPerRotation,
    seed: seedHash,
  });
  for (const [rotation, voter] of rotations.entries()) {
    const drawn = await client.ask("escapement_explainLeader", firstSlot + BigInt(rotation * slotsPerRotation));
    const interval = BigInt(drawn.cumulativeAfter) - BigInt(drawn.cumulativeBefore);
    expect([drawn.voteAccount, interval]).toEqual([voter, stakeIn(stakes, voter)]);
    expect(BigInt(drawn.total)).toBe(stakes.reduce((sum, { stake }) => sum + stake, 0n));
  }
  return rotations.map((voter) => stakes.find(({ voteAccount }) => voteAccount === voter)!.identity);
}

async function scheduleOf(epoch: bigint): Promise<string[]> {
  const schedule = await client.rpc.getLeaderSchedule(epoch * BigInt(slotsPerEpoch), confirmed).send();
  const leaders: string[] = [];
  for (const [identity, indexes] of Object.entries(schedule!)) {
    for (const index of indexes as readonly bigint[]) leaders[Number(index)] = identity;
  }
  return leaders.filter((_, index) => index % slotsPerRotation === 0);
}

beforeAll(async () => {
  devnet = createDevnet({
    seed: "life of a stake",
    validators: [{ stake: 1000n * sol }, { stake: 1000n * sol }, { stake: 1000n * sol }],
    accounts: 0,
    // A reward a block, so that rewards take several blocks to pay.
    params: { slotsPerEpoch, slotsPerRotation, ticksPerSlot: 2, hashesPerTick: 2, stakeRewardsPerBlock: 1 },
  });
  client = createKitStaker(devnet);
  [alice, bob, carol, stake, part, other] = (await Promise.all(
    Array.from({ length: 6 }, () => generateKeyPairSigner()),
  )) as [KeyPairSigner, KeyPairSigner, KeyPairSigner, KeyPairSigner, KeyPairSigner, KeyPairSigner];
  // Votes are rooted and earn by then.
  await client.advanceEpoch();
  await client.advanceEpoch();
  const { current } = await client.rpc.getVoteAccounts(confirmed).send();
  voters = current.map(({ votePubkey }) => votePubkey);
});

afterAll(() => devnet.close());

describe("a stake's life with @solana/kit", () => {
  it("begins with lamports, an account of the stake program, and its authorities", async () => {
    rent = await client.rpc.getMinimumBalanceForRentExemption(space).send();
    funds = 1000n * sol;
    await client.airdrop(alice.address, funds);
    await client.airdrop(bob.address, sol);
    await client.send(alice, create(stake, rent + 500n * sol), initialize(stake));
    const { data, lamports } = await fetchStakeStateAccount(client.rpc, stake.address, confirmed);
    expect(lamports).toBe(rent + 500n * sol);
    const authorized = { staker: alice.address, withdrawer: alice.address };
    expect(data.state).toEqual({
      __kind: "Initialized",
      fields: [{ rentExemptReserve: rent, authorized, lockup: free }],
    });
    expect(await fetchJsonParsedAccount(client.rpc, stake.address, confirmed)).toMatchObject({
      data: {
        parsedAccountMeta: { program: "stake", type: "initialized" },
        meta: { rentExemptReserve: String(rent), authorized, lockup: { custodian: free.custodian } },
        stake: null,
      },
    });
  });

  it("is delegated, and counts nothing in that epoch", async () => {
    activeBefore = await stakesOfNextBoundary();
    await client.payRewards();
    await client.send(alice, create(other, rent + 20n * sol), initialize(other), delegate(other, voters[1]!));
    await client.send(alice, delegate(stake, voters[0]!));
    const delegation = await client.delegation(stake.address);
    d = delegation.activationEpoch;
    expect(d).toBe(await client.epoch());
    expect(delegation).toMatchObject({ voterPubkey: voters[0], stake: 500n * sol, deactivationEpoch: never });
    expect(await client.activation(stake.address)).toEqual({
      effective: 0n,
      activating: 500n * sol,
      deactivating: 0n,
    });
  });

  it("warms up by its share of 9 % of what counts; leaders are drawn with it an epoch later", async () => {
    const active = await stakesOfNextBoundary();
    await client.payRewards();
    expect(await client.epoch()).toBe(d + 1n);
    const { effective, activating } = await client.historyOf(d);
    expect(activating).toBe(520n * sol);
    const counts = (500n * sol * effective * 9n) / (activating * 100n);
    expect(await client.activation(stake.address)).toEqual({
      effective: counts,
      activating: 500n * sol - counts,
      deactivating: 0n,
    });
    for (const voter of voters) expect(await client.activatedStake(voter)).toBe(await client.activeStakeOf(voter));

    // The present epoch's leaders are of the stakes before; the next epoch's, known in the second half, of these.
    await devnet.advanceSlots(slotsPerEpoch / 2);
    expect(await scheduleOf(d + 1n)).toEqual(await drawAgain(d + 1n, activeBefore));
    expect(await scheduleOf(d + 2n)).toEqual(await drawAgain(d + 2n, active));
    const grown = stakeIn(active, voters[0]!) - stakeIn(activeBefore, voters[0]!);
    expect([grown >= counts, grown < counts + 3n * sol]).toEqual([true, true]);
  });

  it("earns nothing for the epoch of its delegation", async () => {
    expect(await client.rpc.getInflationReward([stake.address], { epoch: d, ...confirmed }).send()).toEqual([null]);
  });

  it("is told to wait for its reward, slot by slot, and then gets what was computed", async () => {
    const before = await client.delegation(stake.address);
    const answers: (number | bigint)[] = [];
    let isRefused = false;
    for (;;) {
      const answer = await client.rpc
        .getInflationReward([stake.address], { epoch: d + 1n, ...confirmed })
        .send()
        .then(
          ([reward]) => reward!.amount as bigint,
          (error) => {
            const waits = SOLANA_ERROR__JSON_RPC__SERVER_ERROR_EPOCH_REWARDS_PERIOD_ACTIVE;
            if (isSolanaError(error, waits)) return waits;
            if (isSolanaError(error, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_BLOCK_NOT_AVAILABLE))
              return error.context.__code;
            throw error;
          },
        );
      if (answer !== answers.at(-1)) answers.push(answer);
      if (answer === SOLANA_ERROR__JSON_RPC__SERVER_ERROR_EPOCH_REWARDS_PERIOD_ACTIVE && !isRefused) {
        await expectStakeError(STAKE_ERROR__EPOCH_REWARDS_ACTIVE, deactivate(stake));
        isRefused = true;
      }
      if (typeof answer === "bigint") break;
      await devnet.advanceSlots(1);
    }
    const reward = await rewardOf(stake.address, d + 1n);
    expect(answers).toEqual([
      SOLANA_ERROR__JSON_RPC__SERVER_ERROR_BLOCK_NOT_AVAILABLE,
      SOLANA_ERROR__JSON_RPC__SERVER_ERROR_EPOCH_REWARDS_PERIOD_ACTIVE,
      reward,
    ]);
    expect(reward).toBeGreaterThan(0n);
    // It compounds.
    const after = await client.delegation(stake.address);
    expect([after.lamports - before.lamports, after.stake - before.stake]).toEqual([reward, reward]);
    earned += reward;
    await devnet.advanceSlots(4);
    earned += await rewardOf(other.address, d + 1n);
  });

  it("is all active an epoch later, and may not be delegated again", async () => {
    await advanceAndEarn(stake, other);
    const { stake: delegated } = await client.delegation(stake.address);
    expect(await client.activation(stake.address)).toEqual({
      effective: delegated,
      activating: 0n,
      deactivating: 0n,
    });
    await expectStakeError(STAKE_ERROR__TOO_SOON_TO_REDELEGATE, delegate(stake, voters[1]!));
    await expectStakeError(STAKE_ERROR__TOO_SOON_TO_REDELEGATE, delegate(stake, voters[0]!));
  });

  it("is split into two that come to the same", async () => {
    const before = await client.delegation(stake.address);
    await client.send(alice, create(part, rent), split(stake, part, 200n * sol));
    const [left, off] = [await client.delegation(stake.address), await client.delegation(part.address)];
    expect(off).toMatchObject({ stake: 200n * sol, lamports: rent + 200n * sol, voterPubkey: voters[0] });
    expect([left.stake + off.stake, left.lamports + off.lamports - rent]).toEqual([before.stake, before.lamports]);
    expect(off.activationEpoch).toBe(d);
    const both = [await client.activation(stake.address), await client.activation(part.address)];
    expect(both.map(({ effective }) => effective)).toEqual([left.stake, off.stake]);
    // Not more than there is.
    const another = await generateKeyPairSigner();
    const { cause } = await client.refusal(alice, create(another, rent), split(part, another, 201n * sol));
    expect(isSolanaError(cause, SOLANA_ERROR__INSTRUCTION_ERROR__INSUFFICIENT_FUNDS)).toBe(true);
  });

  it("earns in parts what the parts come to", async () => {
    await advanceAndEarn(stake, part, other);
  });

  it("is merged with what is like it alone", async () => {
    await expectStakeError(STAKE_ERROR__MERGE_MISMATCH, merge(stake, other));
    const [left, off] = [await client.delegation(stake.address), await client.delegation(part.address)];
    await client.send(alice, merge(stake, part));
    const merged = await client.delegation(stake.address);
    expect(merged.lamports).toBe(left.lamports + off.lamports);
    expect(merged.stake).toBe(left.stake + off.stake);
    expect((await fetchMaybeStakeStateAccount(client.rpc, part.address, confirmed)).exists).toBe(false);
    // The part's rent reserve is nobody's stake, and free to go.
    await client.send(alice, withdraw(stake, rent));
    expect(await client.balance(stake.address)).toBe(rent + merged.stake);
  });

  it("is deactivated by its staker, once, and stays until it has cooled down", async () => {
    const foreign = await client.refusal(bob, deactivate(stake, bob));
    expect(isSolanaError(foreign.cause, SOLANA_ERROR__INSTRUCTION_ERROR__MISSING_REQUIRED_SIGNATURE)).toBe(true);
    await client.send(alice, deactivate(stake));
    const { stake: delegated, deactivationEpoch, lamports } = await client.delegation(stake.address);
    expect(deactivationEpoch).toBe(await client.epoch());
    expect(await client.activation(stake.address)).toEqual({
      effective: delegated,
      activating: 0n,
      deactivating: delegated,
    });
    await expectStakeError(STAKE_ERROR__ALREADY_DEACTIVATED, deactivate(stake));
    await expectStakeError(STAKE_ERROR__MERGE_TRANSIENT_STAKE, merge(other, stake));
    await expectStakeError(STAKE_ERROR__TOO_SOON_TO_REDELEGATE, delegate(stake, voters[1]!));
    for (const amount of [1n, lamports]) {
      const { cause } = await client.refusal(alice, withdraw(stake, amount));
      expect(isSolanaError(cause, SOLANA_ERROR__INSTRUCTION_ERROR__INSUFFICIENT_FUNDS), String(cause)).toBe(true);
    }
  });

  it("cools down by its share of 9 %, still earns, and what has cooled down can be withdrawn", async () => {
    const x = await client.epoch();
    const counted = await client.activatedStake(voters[0]!);
    await advanceAndEarn(stake, other);
    const { effective, deactivating } = await client.historyOf(x);
    const { stake: delegated, lamports } = await client.delegation(stake.address);
    const left = delegated - (effective * 9n) / 100n;
    expect(deactivating).toBeLessThan(delegated);
    const status = await client.activation(stake.address);
    expect(status.effective).toBe(status.deactivating);
    expect(status.effective).toBeGreaterThan(0n);
    expect(status.effective - left).toBeLessThan(sol);
    expect(counted - (await client.activatedStake(voters[0]!))).toBeGreaterThan(200n * sol);

    const cooled = lamports - rent - status.effective;
    const tooMuch = await client.refusal(alice, withdraw(stake, cooled + 1n));
    expect(isSolanaError(tooMuch.cause, SOLANA_ERROR__INSTRUCTION_ERROR__INSUFFICIENT_FUNDS)).toBe(true);
    await client.send(alice, withdraw(stake, cooled));
    expect(await client.balance(stake.address)).toBe(rent + status.effective);
  });

  it("ends with its last lamport, and nothing is missing", async () => {
    await client.send(alice, deactivate(other));
    for (const account of [stake, other]) {
      while ((await client.activation(account.address)).effective > 0n) {
        const before = (await client.balance(stake.address)) + (await client.balance(other.address));
        await client.advanceEpoch();
        earned += (await client.balance(stake.address)) + (await client.balance(other.address)) - before;
      }
    }
    for (const account of [stake, other]) {
      await client.send(alice, withdraw(account, await client.balance(account.address)));
      expect((await fetchMaybeStakeStateAccount(client.rpc, account.address, confirmed)).exists).toBe(false);
    }
    expect(await client.balance(alice.address)).toBe(funds + earned - (await client.fees()));
    expect(devnet.verify().ok).toBe(true);
  });

  it("may be locked, and then only the custodian lets lamports out before the time", async () => {
    const locked = await generateKeyPairSigner();
    const epoch = (await client.epoch()) + 2n;
    const lockup = { ...free, epoch, custodian: carol.address };
    await client.send(alice, create(locked, rent + 5n * sol), initialize(locked, lockup));
    await expectStakeError(STAKE_ERROR__LOCKUP_IN_FORCE, withdraw(locked, sol));
    await expectStakeError(STAKE_ERROR__LOCKUP_IN_FORCE, withdraw(locked, sol, bob));
    await client.send(alice, withdraw(locked, sol, carol));
    await client.advanceEpoch();
    await client.advanceEpoch();
    await client.send(alice, withdraw(locked, rent + 4n * sol));
    expect(await client.balance(locked.address)).toBe(0n);
  });
});
