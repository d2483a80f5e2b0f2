/**
 * The life of a vote account whose validator never votes, and a voting one's new commission, by a script of
 * `@solana/web3.js`. What web3.js has no builder for is built by ours.
 *
 *     created ──> authorities, identity, commission changed ──> delegated to: delinquent, earns nothing ──> closed
 */
import {
  Authorized,
  Keypair,
  PublicKey,
  StakeProgram,
  Transaction,
  TransactionInstruction,
  VoteAuthorizationLayout,
  VoteInit,
  VoteProgram,
} from "@solana/web3.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { InstructionRequest } from "../../src/chain/create-transaction.ts";
import {
  createAuthorizeVoteCheckedInstruction,
  createUpdateCommissionBpsInstruction,
  createUpdateCommissionInstruction,
} from "../../src/chain/create-vote-instructions.ts";
import type { Address } from "../../src/chain/ids.ts";
import { createDevnet, type Devnet } from "../../src/host/devnet.ts";
import { closeConnections } from "../support/web3-connection.ts";
import { createWeb3Staker, type Web3Staker } from "../support/web3-staker.ts";

const sol = 1_000_000_000;

let devnet: Devnet;
let client: Web3Staker;
/** Withdrawer at first, and staker. */
const alice = Keypair.generate();
const [node, voter, withdrawer] = [Keypair.generate(), Keypair.generate(), Keypair.generate()];
const vote = Keypair.generate();
const stake = Keypair.generate();
let rent: number;

const addressOf = ({ publicKey }: Keypair) => publicKey.toBase58() as Address;
const keyOf = ({ publicKey }: Keypair) => publicKey.toBase58();
const instructionError = (error: unknown, index = 0) => ({ InstructionError: [index, error] });

/** Our builders make plain requests, which any client can send. */
const transactionOf = ({ programAddress, accounts, data }: InstructionRequest) =>
  new Transaction().add(
    new TransactionInstruction({
      programId: new PublicKey(programAddress),
      keys: accounts.map(({ address, ...role }) => ({ pubkey: new PublicKey(address), ...role })),
      data: Buffer.from(data),
    }),
  );

async function voteInfo() {
  const { value } = await client.connection.getParsedAccountInfo(vote.publicKey);
  if (value === null || !("parsed" in value.data)) throw new Error("no vote account");
  expect(value.data).toMatchObject({ program: "vote", parsed: { type: "vote" } });
  return value.data.parsed.info;
}

const authorize = (authority: Keypair, next: Keypair, kind: "Voter" | "Withdrawer") =>
  VoteProgram.authorize({
    votePubkey: vote.publicKey,
    authorizedPubkey: authority.publicKey,
    newAuthorizedPubkey: next.publicKey,
    voteAuthorizationType: VoteAuthorizationLayout[kind],
  });

const withdraw = (lamports: number) =>
  VoteProgram.withdraw({
    votePubkey: vote.publicKey,
    authorizedWithdrawerPubkey: withdrawer.publicKey,
    lamports,
    toPubkey: alice.publicKey,
  });

beforeAll(async () => {
  devnet = createDevnet({
    seed: "life of a vote account",
    validators: [{ stake: 1000n * BigInt(sol) }, { stake: 1000n * BigInt(sol) }, { stake: 1000n * BigInt(sol) }],
    accounts: 0,
    // web3.js keeps a blockhash for 30 seconds, in which many of these short epochs pass: it lives 3000 blocks here.
    params: { slotsPerEpoch: 64, slotDurationMs: 20, ticksPerSlot: 2, hashesPerTick: 2 },
  });
  client = createWeb3Staker(await devnet.listen({ rpcPort: 0 }));
  await client.advanceEpoch();
  await client.fund(alice, 100 * sol);
});

afterAll(async () => {
  closeConnections();
  await devnet.close();
});

describe("a vote account's life with @solana/web3.js", () => {
  it("begins with its identity, its authorities and a commission", async () => {
    rent = await client.connection.getMinimumBalanceForRentExemption(VoteProgram.space);
    const create = VoteProgram.createAccount({
      fromPubkey: alice.publicKey,
      votePubkey: vote.publicKey,
      voteInit: new VoteInit(node.publicKey, voter.publicKey, alice.publicKey, 10),
      lamports: rent + sol,
    });
    await client.send(create, [alice, vote, node]);
    const epoch = Number(await client.epoch());
    expect(await voteInfo()).toMatchObject({
      nodePubkey: keyOf(node),
      authorizedWithdrawer: keyOf(alice),
      authorizedVoters: [{ epoch, authorizedVoter: keyOf(voter) }],
      commission: 10,
      votes: [],
      rootSlot: null,
      epochCredits: [],
    });
    // Who never voted and has no stake is only told to those who ask for all.
    expect(await client.voteAccount(vote.publicKey)).toBeNull();
    const all = { commitment: "confirmed", keepUnstakedDelinquents: true, votePubkey: keyOf(vote) };
    expect(await client.ask("getVoteAccounts", all)).toMatchObject({
      current: [],
      delinquent: [{ votePubkey: keyOf(vote), nodePubkey: keyOf(node), activatedStake: 0, lastVote: 0, rootSlot: 0 }],
    });
  });

  it("gets another voter, two epochs ahead: leaders of the next one are known already; once an epoch", async () => {
    const stranger = await client.refusal(authorize(node, node, "Voter"), [alice, node]);
    expect(stranger.err).toEqual(instructionError("MissingRequiredSignature"));
    await client.send(authorize(voter, node, "Voter"), [alice, voter]);
    const epoch = Number(await client.epoch());
    expect((await voteInfo()).authorizedVoters).toEqual([
      { epoch, authorizedVoter: keyOf(voter) },
      { epoch: epoch + 2, authorizedVoter: keyOf(node) },
    ]);
    const again = await client.refusal(authorize(voter, alice, "Voter"), [alice, voter]);
    expect(again.err).toEqual(instructionError({ Custom: 5 }));
  });

  it("gets another withdrawer, who signs as well where that is asked for", async () => {
    const change = { voteAccount: addressOf(vote), kind: "Withdrawer", newAuthority: addressOf(withdrawer) } as const;
    const checked = transactionOf(createAuthorizeVoteCheckedInstruction({ ...change, authority: addressOf(alice) }));
    await client.send(checked, [alice, withdrawer]);
    expect(await voteInfo()).toMatchObject({ authorizedWithdrawer: keyOf(withdrawer) });
    const former = await client.refusal(authorize(alice, alice, "Withdrawer"), [alice]);
    expect(former.err).toEqual(instructionError("MissingRequiredSignature"));
  });

  it("changes its commission and its validator's identity, by its withdrawer", async () => {
    const fields = { voteAccount: addressOf(vote), withdrawer: addressOf(withdrawer) };
    const update = transactionOf(createUpdateCommissionInstruction({ ...fields, commission: 42 }));
    await client.send(update, [alice, withdrawer]);
    expect(await voteInfo()).toMatchObject({ commission: 42, inflationRewardsCommissionBps: 4200 });
    // Between two percents: who reads whole ones is told the higher.
    const finer = createUpdateCommissionBpsInstruction({ ...fields, commissionBps: 4201, kind: "InflationRewards" });
    await client.send(transactionOf(finer), [alice, withdrawer]);
    expect(await voteInfo()).toMatchObject({ commission: 43, inflationRewardsCommissionBps: 4201 });
    const all = { commitment: "confirmed", keepUnstakedDelinquents: true, votePubkey: keyOf(vote) };
    expect((await client.ask("getVoteAccounts", all)).delinquent).toMatchObject([{ commission: 43 }]);
    const foreign = createUpdateCommissionInstruction({ ...fields, withdrawer: addressOf(alice), commission: 1 });
    expect((await client.refusal(transactionOf(foreign), [alice])).err).toEqual(
      instructionError("MissingRequiredSignature"),
    );
    const identity = VoteProgram.updateValidatorIdentity({
      votePubkey: vote.publicKey,
      authorizedWithdrawerPubkey: withdrawer.publicKey,
      nodePubkey: voter.publicKey,
    });
    await client.send(identity, [alice, withdrawer, voter]);
    expect(await voteInfo()).toMatchObject({ nodePubkey: keyOf(voter) });
  });

  it("is delegated to, is delinquent with that stake, and earns nothing for it", async () => {
    const lamports = (await client.connection.getMinimumBalanceForRentExemption(StakeProgram.space)) + 10 * sol;
    const create = StakeProgram.createAccount({
      fromPubkey: alice.publicKey,
      stakePubkey: stake.publicKey,
      authorized: new Authorized(alice.publicKey, alice.publicKey),
      lamports,
    });
    const acting = { stakePubkey: stake.publicKey, authorizedPubkey: alice.publicKey };
    await client.send(create.add(StakeProgram.delegate({ ...acting, votePubkey: vote.publicKey })), [alice, stake]);
    expect(await client.voteAccount(vote.publicKey)).toBeNull();
    const epoch = Number(await client.advanceEpoch());
    const { delinquent } = await client.connection.getVoteAccounts();
    expect(delinquent).toMatchObject([
      { votePubkey: keyOf(vote), nodePubkey: keyOf(voter), activatedStake: 10 * sol, epochVoteAccount: false },
    ]);
    await client.advanceEpoch();
    expect(await client.voteAccount(vote.publicKey)).toMatchObject({ epochVoteAccount: true, epochCredits: [] });
    expect(await client.connection.getInflationReward([stake.publicKey, vote.publicKey], epoch)).toEqual([null, null]);
    expect(
      await client.ask("escapement_explainReward", keyOf(stake), epoch, { commitment: "confirmed" }),
    ).toMatchObject({ staker: "0", points: "0" });
    await client.send(StakeProgram.deactivate(acting), [alice]);
  });

  it("gives back what is above its rent, and closes with all of it", async () => {
    const short = await client.refusal(withdraw(sol + 1), [alice, withdrawer]);
    expect(short.err).toEqual(instructionError("InsufficientFunds"));
    await client.send(withdraw(sol), [alice, withdrawer]);
    expect(await client.balance(vote.publicKey)).toBe(BigInt(rent));
    await client.send(withdraw(rent), [alice, withdrawer]);
    expect(await client.connection.getAccountInfo(vote.publicKey)).toBeNull();
    expect(await client.voteAccount(vote.publicKey)).toBeNull();
  });

  it("leaves its delegators able to go", async () => {
    await client.advanceEpoch();
    expect((await client.activation(stake.publicKey)).effective).toBe(0n);
    const all = StakeProgram.withdraw({
      stakePubkey: stake.publicKey,
      authorizedPubkey: alice.publicKey,
      toPubkey: alice.publicKey,
      lamports: Number(await client.balance(stake.publicKey)),
    });
    await client.send(all, [alice]);
    expect(await client.connection.getAccountInfo(stake.publicKey)).toBeNull();
  });
});

describe("a validator that votes", () => {
  const first = () => devnet.validators[0]!;
  const identity = () => Keypair.fromSeed(first().identity.secretKey.slice(0, 32));

  it("takes a new commission from the rewards of the epoch after next", async () => {
    const fields = { voteAccount: first().voteAccount, withdrawer: first().identity.address };
    const bps = createUpdateCommissionBpsInstruction({ ...fields, commissionBps: 5000, kind: "InflationRewards" });
    await client.send(transactionOf(bps), [alice, identity()]);
    const changed = Number(await client.epoch());
    expect(await client.voteAccount(new PublicKey(first().voteAccount))).toMatchObject({ commission: 50 });
    const taken: (number | null | undefined)[] = [];
    for (let earned = changed; earned < changed + 3; earned++) {
      await client.advanceEpoch();
      const [reward] = await client.connection.getInflationReward([new PublicKey(first().voteAccount)], earned);
      taken.push(reward!.commission);
    }
    expect(taken).toEqual([5, 5, 50]);
  });

  it("cannot be closed while it earns", async () => {
    const close = VoteProgram.withdraw({
      votePubkey: new PublicKey(first().voteAccount),
      authorizedWithdrawerPubkey: identity().publicKey,
      lamports: Number(await client.balance(new PublicKey(first().voteAccount))),
      toPubkey: alice.publicKey,
    });
    expect((await client.refusal(close, [alice, identity()])).err).toEqual(instructionError({ Custom: 18 }));
  });
});
