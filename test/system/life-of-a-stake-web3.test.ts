/**
 * The whole life of a stake, by a script of `@solana/web3.js` over a port. Its time is driven by
 * `escapement_advanceSlots` and `escapement_advanceEpochs`; all else is what web3.js builds, sends and checks by itself.
 *
 *     epoch   d          d+1          d+2 …                          x            x+1 …
 *             create     counts       paid for d+1, split, merge     deactivate   cools down, and is withdrawn
 *             delegate   in part
 */
import { Authorized, Keypair, Lockup, PublicKey, StakeProgram } from "@solana/web3.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevnet, type Devnet } from "../../src/host/devnet.ts";
import { closeConnections } from "../support/web3-connection.ts";
import { createWeb3Staker, type Web3Staker } from "../support/web3-staker.ts";

const sol = 1_000_000_000;
const never = 2n ** 64n - 1n;
const slotsPerEpoch = 64;

let devnet: Devnet;
let client: Web3Staker;
/** Pays, stakes, withdraws. */
const alice = Keypair.generate();
const bob = Keypair.generate();
const carol = Keypair.generate();
/** The stake whose life it is, what is split off, and one with another voter. */
const stake = Keypair.generate();
const part = Keypair.generate();
const other = Keypair.generate();
let voters: PublicKey[];
let rent: number;
/** The epoch of the delegation. */
let d: bigint;
/** What Alice's stakes were ever paid. */
let earned = 0n;

const create = (account: Keypair, lamports: number, lockup = Lockup.default) =>
  StakeProgram.createAccount({
    fromPubkey: alice.publicKey,
    stakePubkey: account.publicKey,
    authorized: new Authorized(alice.publicKey, alice.publicKey),
    lockup,
    lamports,
  });
const acting = (account: Keypair, authority = alice) => ({
  stakePubkey: account.publicKey,
  authorizedPubkey: authority.publicKey,
});
const delegate = (account: Keypair, votePubkey: PublicKey) => StakeProgram.delegate({ ...acting(account), votePubkey });
const split = (from: Keypair, to: Keypair, lamports: number) =>
  StakeProgram.split({ ...acting(from), splitStakePubkey: to.publicKey, lamports }, rent);
const merge = (into: Keypair, from: Keypair) =>
  StakeProgram.merge({ ...acting(into), sourceStakePubKey: from.publicKey });
const deactivate = (account: Keypair, authority = alice) => StakeProgram.deactivate(acting(account, authority));
const withdraw = (account: Keypair, lamports: bigint, custodian?: Keypair) =>
  StakeProgram.withdraw({
    ...acting(account),
    toPubkey: alice.publicKey,
    lamports: Number(lamports),
    ...(custodian === undefined ? {} : { custodianPubkey: custodian.publicKey }),
  });

const instructionError = (error: unknown, index = 0) => ({ InstructionError: [index, error] });

/** Checks every way in which an epoch's reward is told against each other; answers with the lamports. */
async function rewardOf({ publicKey }: Keypair, epoch: bigint): Promise<bigint> {
  const [reward] = await client.connection.getInflationReward([publicKey], Number(epoch));
  const { amount, effectiveSlot, postBalance } = reward!;
  const explained = await client.ask("escapement_explainReward", publicKey.toBase58(), Number(epoch), {
    commitment: "confirmed",
  });
  expect(explained).toMatchObject({ staker: String(amount), effectiveSlot, postBalance: String(postBalance) });
  const block = await client.connection.getBlock(effectiveSlot, { maxSupportedTransactionVersion: 0 });
  const paid = { pubkey: publicKey.toBase58(), lamports: amount, postBalance, rewardType: "Staking" };
  expect(block?.rewards).toContainEqual(expect.objectContaining(paid));
  return BigInt(amount);
}

/** Into the next epoch; what the accounts got for the last one is added to what was earned. */
async function advanceAndEarn(...accounts: readonly Keypair[]): Promise<bigint> {
  const before: bigint[] = [];
  for (const { publicKey } of accounts) before.push(await client.balance(publicKey));
  const epoch = await client.advanceEpoch();
  for (const [index, account] of accounts.entries()) {
    const amount = await rewardOf(account, epoch - 1n);
    expect((await client.balance(account.publicKey)) - before[index]!).toBe(amount);
    earned += amount;
  }
  return epoch;
}

beforeAll(async () => {
  devnet = createDevnet({
    seed: "life of a stake, by web3.js",
    validators: [{ stake: 1000n * BigInt(sol) }, { stake: 1000n * BigInt(sol) }, { stake: 1000n * BigInt(sol) }],
    accounts: 0,
    // web3.js keeps a blockhash for 30 seconds, in which many of these short epochs pass: it lives 3000 blocks here.
    params: { slotsPerEpoch, slotDurationMs: 20, ticksPerSlot: 2, hashesPerTick: 2, stakeRewardsPerBlock: 1 },
  });
  client = createWeb3Staker(await devnet.listen({ rpcPort: 0 }));
  await client.advanceEpoch();
  await client.advanceEpoch();
  const { current } = await client.connection.getVoteAccounts();
  voters = current.map(({ votePubkey }) => new PublicKey(votePubkey));
  await client.fund(alice, 1000 * sol);
  await client.fund(bob, sol);
});

afterAll(async () => {
  closeConnections();
  await devnet.close();
});

describe("a stake's life with @solana/web3.js", () => {
  it("begins as an account with its authorities", async () => {
    rent = await client.connection.getMinimumBalanceForRentExemption(StakeProgram.space);
    await client.send(create(stake, rent + 500 * sol), [alice, stake]);
    const { value } = await client.connection.getParsedAccountInfo(stake.publicKey);
    const authority = alice.publicKey.toBase58();
    expect(value).toMatchObject({
      lamports: rent + 500 * sol,
      owner: StakeProgram.programId,
      data: {
        program: "stake",
        parsed: {
          type: "initialized",
          info: {
            meta: { rentExemptReserve: String(rent), authorized: { staker: authority, withdrawer: authority } },
            stake: null,
          },
        },
      },
    });
  });

  it("is delegated, and counts nothing in that epoch", async () => {
    await client.advanceEpoch();
    await client.send(create(other, rent + 20 * sol).add(delegate(other, voters[1]!)), [alice, other]);
    await client.send(delegate(stake, voters[0]!), [alice]);
    const delegation = await client.delegation(stake.publicKey);
    d = delegation.activationEpoch;
    expect(d).toBe(await client.epoch());
    expect(delegation).toMatchObject({
      voter: voters[0]!.toBase58(),
      stake: 500n * BigInt(sol),
      deactivationEpoch: never,
    });
    expect(await client.activation(stake.publicKey)).toEqual({
      effective: 0n,
      activating: 500n * BigInt(sol),
      deactivating: 0n,
    });
  });

  it("warms up by its share of 9 % of what counts, which the validator then has more", async () => {
    expect(await client.advanceEpoch()).toBe(d + 1n);
    const { effective, activating } = (await client.stakeHistory()).find(({ epoch }) => epoch === d)!;
    const counts = (500n * BigInt(sol) * effective * 9n) / (activating * 100n);
    expect(await client.activation(stake.publicKey)).toEqual({
      effective: counts,
      activating: 500n * BigInt(sol) - counts,
      deactivating: 0n,
    });
    for (const voter of voters) {
      expect(await client.activatedStake(voter)).toBe(await client.activeStakeOf(voter));
    }
  });

  it("earns nothing for the epoch of its delegation", async () => {
    expect(await client.connection.getInflationReward([stake.publicKey], Number(d))).toEqual([null]);
  });

  it("waits for its reward, and gets what was computed", async () => {
    const before = await client.delegation(stake.publicKey);
    await expect(client.connection.getInflationReward([stake.publicKey], Number(d + 1n))).rejects.toMatchObject({
      code: -32004,
    });
    await client.ask("escapement_advanceEpochs", 1);
    await expect(client.connection.getInflationReward([stake.publicKey], Number(d + 1n))).rejects.toMatchObject({
      code: -32017,
    });
    const busy = await client.refusal(deactivate(stake), [alice]);
    expect(busy.err).toEqual(instructionError({ Custom: 16 }));
    await client.payRewards();
    const reward = await rewardOf(stake, d + 1n);
    const after = await client.delegation(stake.publicKey);
    expect(reward).toBeGreaterThan(0n);
    expect([after.lamports - before.lamports, after.stake - before.stake]).toEqual([reward, reward]);
    earned += reward + (await rewardOf(other, d + 1n));
  });

  it("is all active an epoch later, and may not be delegated again", async () => {
    await advanceAndEarn(stake, other);
    const { stake: delegated } = await client.delegation(stake.publicKey);
    expect(await client.activation(stake.publicKey)).toEqual({
      effective: delegated,
      activating: 0n,
      deactivating: 0n,
    });
    const { err, message, logs } = await client.refusal(delegate(stake, voters[1]!), [alice]);
    expect(err).toEqual(instructionError({ Custom: 3 }));
    expect(message).toMatch(/Error processing Instruction 0: custom program error: 0x3/);
    expect(logs!.at(-1)).toBe(`Program ${StakeProgram.programId.toBase58()} failed: custom program error: 0x3`);
  });

  it("is split and merged, and nothing is lost", async () => {
    const before = await client.delegation(stake.publicKey);
    await client.send(split(stake, part, 200 * sol), [alice, part]);
    const [left, off] = [await client.delegation(stake.publicKey), await client.delegation(part.publicKey)];
    expect([left.stake + off.stake, left.lamports + off.lamports - BigInt(rent)]).toEqual([
      before.stake,
      before.lamports,
    ]);
    await advanceAndEarn(stake, part, other);
    const unlike = await client.refusal(merge(stake, other), [alice]);
    expect(unlike.err).toEqual(instructionError({ Custom: 6 }));
    const [a, b] = [await client.delegation(stake.publicKey), await client.delegation(part.publicKey)];
    await client.send(merge(stake, part), [alice]);
    const merged = await client.delegation(stake.publicKey);
    expect([merged.stake, merged.lamports]).toEqual([a.stake + b.stake, a.lamports + b.lamports]);
    expect(await client.connection.getAccountInfo(part.publicKey)).toBeNull();
    await client.send(withdraw(stake, BigInt(rent)), [alice]);
  });

  it("is deactivated by its staker, once, and cannot be withdrawn before it has cooled down", async () => {
    const foreign = await client.refusal(deactivate(stake, bob), [bob]);
    expect(foreign.err).toEqual(instructionError("MissingRequiredSignature"));
    await client.send(deactivate(stake), [alice]);
    const { stake: delegated, deactivationEpoch, lamports } = await client.delegation(stake.publicKey);
    expect(deactivationEpoch).toBe(await client.epoch());
    expect(await client.activation(stake.publicKey)).toEqual({
      effective: delegated,
      activating: 0n,
      deactivating: delegated,
    });
    expect((await client.refusal(deactivate(stake), [alice])).err).toEqual(instructionError({ Custom: 2 }));
    for (const amount of [1n, lamports]) {
      const early = await client.refusal(withdraw(stake, amount), [alice]);
      expect(early.err).toEqual(instructionError("InsufficientFunds"));
      expect(early.message).toMatch(/Error processing Instruction 0: insufficient funds for instruction/);
    }
  });

  it("cools down, and ends with its last lamport", async () => {
    await client.send(deactivate(other), [alice]);
    await advanceAndEarn(stake, other);
    const cooling = await client.activation(stake.publicKey);
    expect(cooling.effective).toBeGreaterThan(0n);
    expect(cooling.effective).toBe(cooling.deactivating);
    const { lamports } = await client.delegation(stake.publicKey);
    const free = lamports - BigInt(rent) - cooling.effective;
    expect((await client.refusal(withdraw(stake, free + 1n), [alice])).err).toEqual(
      instructionError("InsufficientFunds"),
    );
    await client.send(withdraw(stake, free), [alice]);
    for (const account of [stake, other]) {
      while ((await client.activation(account.publicKey)).effective > 0n) {
        const before = (await client.balance(stake.publicKey)) + (await client.balance(other.publicKey));
        await client.advanceEpoch();
        earned += (await client.balance(stake.publicKey)) + (await client.balance(other.publicKey)) - before;
      }
    }
    for (const account of [stake, other]) {
      await client.send(withdraw(account, await client.balance(account.publicKey)), [alice]);
      expect(await client.connection.getAccountInfo(account.publicKey)).toBeNull();
    }
    expect(await client.balance(alice.publicKey)).toBe(1000n * BigInt(sol) + earned - (await client.fees()));
  });

  it("may be locked, and then only the custodian lets lamports out", async () => {
    const locked = Keypair.generate();
    const epoch = Number(await client.epoch()) + 1;
    await client.send(create(locked, rent + 5 * sol, new Lockup(0, epoch, carol.publicKey)), [alice, locked]);
    const amount = BigInt(sol);
    const inForce = instructionError({ Custom: 1 });
    expect((await client.refusal(withdraw(locked, amount), [alice])).err).toEqual(inForce);
    expect((await client.refusal(withdraw(locked, amount, bob), [alice, bob])).err).toEqual(inForce);
    await client.send(withdraw(locked, amount, carol), [alice, carol]);
    await client.advanceEpoch();
    await client.send(withdraw(locked, BigInt(rent + 4 * sol)), [alice]);
    expect(await client.balance(locked.publicKey)).toBe(0n);
  });

  it("is not asked for by the method that Solana dropped", async () => {
    await expect(client.connection.getStakeActivation(stake.publicKey)).rejects.toMatchObject({ code: -32601 });
  });
});
