/**
 * Solana's own clients ask a devnet for accounts, their history and their changes: kit in the same process, web3.js (which
 * checks every answer's shape) over a port.
 */
import {
  address,
  createSolanaRpcFromTransport,
  createSolanaRpcSubscriptions_UNSTABLE,
  createSolanaRpcSubscriptionsFromTransport,
  fetchJsonParsedAccount,
  lamports,
} from "@solana/kit";
import { type Connection, Keypair, PublicKey, StakeProgram, VOTE_PROGRAM_ID } from "@solana/web3.js";
import { fetchStakeStateAccount, STAKE_PROGRAM_ADDRESS } from "@solana-program/stake";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevnet, type Devnet } from "../../src/host/devnet.ts";
import { closeConnections, openConnection } from "../support/web3-connection.ts";

const vote = address("Vote111111111111111111111111111111111111111");
const system = address("11111111111111111111111111111111");
const rent = "SysvarRent111111111111111111111111111111111";

let devnet: Devnet;
let connection: Connection;
let urls: { rpcUrl: string; wsUrl: string };

beforeAll(async () => {
  devnet = createDevnet({ seed: "accounts", params: { slotsPerEpoch: 32 } });
  urls = await devnet.listen({ rpcPort: 0 });
  connection = openConnection(urls, "finalized");
  await devnet.advanceSlots(100);
});

afterAll(async () => {
  closeConnections();
  await devnet.close();
});

async function firstOf<T>(notifications: AsyncIterable<T>): Promise<T> {
  for await (const notification of notifications) return notification;
  throw new Error("no notification");
}

/** The types of updates up to a root that follows a new block. */
async function typesUntilRoot(updates: AsyncIterable<{ readonly type: string; readonly timestamp: bigint }>) {
  const types = new Set<string>();
  for await (const { type, timestamp } of updates) {
    expect(typeof timestamp).toBe("bigint");
    types.add(type);
    if (type === "root" && types.has("frozen")) break;
  }
  return types;
}

describe("@solana/kit", () => {
  const rpc = () => createSolanaRpcFromTransport(devnet.rpcTransport);
  const subscriptions = () => createSolanaRpcSubscriptionsFromTransport(devnet.rpcSubscriptionsTransport);
  const first = () => devnet.validators[0]!;

  it("finds the stake accounts that name a voter, parsed and raw", async () => {
    const filters = [{ dataSize: 200n }, { memcmp: { offset: 124n, bytes: first().voteAccount, encoding: "base58" } }];
    const config = { filters: filters as never, withContext: true } as const;
    const parsed = await rpc()
      .getProgramAccounts(STAKE_PROGRAM_ADDRESS, { ...config, encoding: "jsonParsed" })
      .send();
    expect(parsed.context.slot).toBe(await rpc().getSlot().send());
    expect(parsed.value).toHaveLength(1);
    const [{ account, pubkey }] = parsed.value as unknown as [(typeof parsed.value)[number]];
    expect(account.data).toMatchObject({
      program: "stake",
      space: 200n,
      parsed: { type: "delegated", info: { stake: { delegation: { voter: first().voteAccount } } } },
    });
    const raw = await rpc()
      .getProgramAccounts(STAKE_PROGRAM_ADDRESS, { ...config, encoding: "base64+zstd" })
      .send();
    expect(raw.value).toMatchObject([{ pubkey, account: { data: [expect.any(String), "base64+zstd"] } }]);
    const { data } = await fetchStakeStateAccount(rpc(), pubkey);
    const state = data.state as unknown as { fields: readonly [unknown, { delegation: { stake: bigint } }] };
    expect((account.data as unknown as { parsed: { info: object } }).parsed.info).toMatchObject({
      stake: { delegation: { stake: state.fields[1].delegation.stake.toString() } },
    });
  });

  it("reads parsed accounts through its own helper", async () => {
    const voter = await fetchJsonParsedAccount(rpc(), address(first().voteAccount));
    expect(voter).toMatchObject({
      exists: true,
      data: { nodePubkey: first().identity.address, commission: expect.any(Number) },
    });
    const clock = await fetchJsonParsedAccount(rpc(), address("SysvarC1ock11111111111111111111111111111111"));
    expect(clock).toMatchObject({ exists: true, data: { slot: await rpc().getSlot().send() } });
  });

  it("learns what happened at an address", async () => {
    const [{ address: payer }] = devnet.accounts as unknown as [(typeof devnet.accounts)[number]];
    const signature = await rpc().requestAirdrop(payer, lamports(5n)).send();
    await devnet.advanceSlots(2);
    const [newest, ...older] = await rpc().getSignaturesForAddress(payer, { commitment: "confirmed" }).send();
    expect(newest).toMatchObject({ signature, err: null, memo: expect.stringMatching(/^\[9\] airdrop/) });
    expect(older).toEqual([]);
    const votes = await rpc().getSignaturesForAddress(address(first().voteAccount), { limit: 10 }).send();
    expect(votes).toHaveLength(10);
    const before = votes[4]!.signature;
    const page = await rpc().getSignaturesForAddress(address(first().voteAccount), { before, limit: 5 }).send();
    expect(page).toEqual(votes.slice(5));
  });

  it("asks for stake's least, the richest, and what stands behind a block", async () => {
    expect((await rpc().getStakeMinimumDelegation().send()).value).toBe(1_000_000_000n);
    const richest = await rpc().getLargestAccounts({ filter: "circulating" }).send();
    expect(richest.value.length).toBeGreaterThan(4);
    const { commitment, totalStake } = await rpc().getBlockCommitment(10n).send();
    expect(commitment?.reduce((sum, stake) => sum + stake, 0n)).toBe(totalStake);
  });

  it("is told of a program's accounts and of how slots get on", async () => {
    const controller = new AbortController();
    const { signal: abortSignal } = controller;
    const filters = [{ memcmp: { offset: 4n, bytes: first().identity.address, encoding: "base58" } }] as never;
    const config = { commitment: "confirmed", encoding: "jsonParsed", filters } as const;
    const changes = await subscriptions().programNotifications(vote, config).subscribe({ abortSignal });
    const updates = await createSolanaRpcSubscriptions_UNSTABLE(urls.wsUrl)
      .slotsUpdatesNotifications()
      .subscribe({ abortSignal });
    // Kit passes on only what comes while it is listened to.
    const [change, seen] = [firstOf(changes), typesUntilRoot(updates)];
    await devnet.advanceSlots(3);
    const { value } = await change;
    expect(value.pubkey).toBe(first().voteAccount);
    expect(value.account.data).toMatchObject({
      program: "vote",
      parsed: { info: { nodePubkey: first().identity.address } },
    });
    expect(await seen).toEqual(new Set(["createdBank", "completed", "frozen", "optimisticConfirmation", "root"]));
    controller.abort();
  });

  it("is told why a filter cannot be", async () => {
    const filters = Array(5).fill({ dataSize: 1n });
    await expect(rpc().getProgramAccounts(system, { encoding: "base64", filters }).send()).rejects.toThrow(
      /at most 4 filters/,
    );
  });
});

describe("@solana/web3.js", () => {
  const first = () => devnet.validators[0]!;

  it("finds a program's accounts, raw and parsed", async () => {
    const filters = [{ dataSize: 200 }, { memcmp: { offset: 124, bytes: first().voteAccount } }];
    const raw = await connection.getProgramAccounts(StakeProgram.programId, { filters });
    const parsed = await connection.getParsedProgramAccounts(StakeProgram.programId, { filters });
    expect(raw.map(({ pubkey }) => pubkey.toBase58())).toEqual(parsed.map(({ pubkey }) => pubkey.toBase58()));
    expect(raw[0]!.account.data).toHaveLength(200);
    expect(parsed[0]!.account.data).toMatchObject({ program: "stake", parsed: { type: "delegated" } });
    const sliced = await connection.getProgramAccounts(VOTE_PROGRAM_ID, {
      dataSlice: { offset: 4, length: 32 },
      withContext: true,
    });
    expect(sliced.value.every(({ account }) => account.data.length === 32)).toBe(true);
  });

  it("reads parsed sysvars and vote accounts", async () => {
    const read = async (key: string) => (await connection.getParsedAccountInfo(new PublicKey(key))).value?.data;
    expect(await read(rent)).toMatchObject({ program: "sysvar", parsed: { type: "rent" } });
    expect(await read("SysvarStakeHistory1111111111111111111111111")).toMatchObject({
      parsed: { type: "stakeHistory", info: [{ epoch: expect.any(Number) }, {}] },
    });
    expect(await read("SysvarS1otHistory11111111111111111111111111")).toMatchObject({
      parsed: { type: "slotHistory", info: { nextSlot: expect.any(Number) } },
    });
    expect(await read("SysvarS1otHashes111111111111111111111111111")).toMatchObject({ parsed: { type: "slotHashes" } });
    expect(await read("SysvarEpochSchedu1e111111111111111111111111")).toMatchObject({
      parsed: { info: { slotsPerEpoch: 32 } },
    });
    expect(await read(first().voteAccount)).toMatchObject({ program: "vote" });
  });

  it("learns the history of an address, and the instructions in it", async () => {
    const payer = Keypair.generate();
    const airdrop = await connection.requestAirdrop(payer.publicKey, 5_000_000_000);
    await devnet.advanceSlots(40);
    const stake = Keypair.generate();
    const transaction = StakeProgram.createAccount({
      fromPubkey: payer.publicKey,
      stakePubkey: stake.publicKey,
      authorized: { staker: payer.publicKey, withdrawer: payer.publicKey },
      lamports: 2_000_000_000,
    });
    transaction.add(
      StakeProgram.delegate({
        stakePubkey: stake.publicKey,
        authorizedPubkey: payer.publicKey,
        votePubkey: new PublicKey(first().voteAccount),
      }),
    );
    const sent = await connection.sendTransaction(transaction, [payer, stake]);
    await devnet.advanceSlots(40);
    const history = await connection.getSignaturesForAddress(payer.publicKey);
    expect(history.map(({ signature }) => signature)).toEqual([sent, airdrop]);
    expect(history[0]).toMatchObject({ err: null, memo: null, confirmationStatus: "finalized" });
    expect(await connection.getSignaturesForAddress(payer.publicKey, { before: sent })).toHaveLength(1);
    const parsed = await connection.getParsedTransaction(sent, { maxSupportedTransactionVersion: 0 });
    expect(parsed?.transaction.message.instructions).toMatchObject([
      { program: "system", parsed: { type: "createAccount" } },
      { program: "stake", parsed: { type: "initialize", info: { stakeAccount: stake.publicKey.toBase58() } } },
      { program: "stake", parsed: { type: "delegate", info: { voteAccount: first().voteAccount } } },
    ]);
  });

  it("asks for the richest, stake's least, block commitment and the voters", async () => {
    expect((await connection.getLargestAccounts()).value.length).toBeLessThanOrEqual(20);
    expect((await connection.getStakeMinimumDelegation()).value).toBe(1_000_000_000);
    expect((await connection.getVoteAccounts()).current).toHaveLength(devnet.validators.length);
  });

  it("is told of a program's accounts and of slots", async () => {
    const account = new Promise<string>((resolve) => {
      const tell = ({ accountId }: { accountId: PublicKey }) => resolve(accountId.toBase58());
      const filters = [{ memcmp: { offset: 4, bytes: first().identity.address } }];
      connection.onProgramAccountChange(VOTE_PROGRAM_ID, tell, { commitment: "processed", filters });
    });
    const update = new Promise<string>((resolve) => {
      connection.onSlotUpdate(({ type }) => {
        if (type === "frozen") resolve(type);
      });
    });
    devnet.start();
    expect(await account).toBe(first().voteAccount);
    expect(await update).toBe("frozen");
  });
});
