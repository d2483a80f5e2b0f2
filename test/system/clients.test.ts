/**
 * Solana's own clients, unchanged, against a devnet on real sockets and a real clock: airdrop, transfer, confirm.
 */

import {
  airdropFactory,
  appendTransactionMessageInstruction,
  assertIsTransactionWithBlockhashLifetime,
  createSolanaRpc,
  createSolanaRpcFromTransport,
  createSolanaRpcSubscriptions,
  createTransactionMessage,
  generateKeyPairSigner,
  getSignatureFromTransaction,
  isSolanaError,
  lamports,
  pipe,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE,
  sendAndConfirmTransactionFactory,
  setTransactionMessageFeePayerSigner,
  setTransactionMessageLifetimeUsingBlockhash,
  signTransactionMessageWithSigners,
} from "@solana/kit";
import {
  Keypair,
  LAMPORTS_PER_SOL,
  PublicKey,
  SystemProgram,
  sendAndConfirmTransaction,
  Transaction,
} from "@solana/web3.js";
import { getTransferSolInstruction } from "@solana-program/system";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDevnet, type Devnet } from "../../src/host/devnet.ts";
import { closeConnections, openConnection } from "../support/web3-connection.ts";

let devnet: Devnet;
let urls: { rpcUrl: string; wsUrl: string };

beforeAll(async () => {
  devnet = createDevnet({ seed: "clients", params: { slotDurationMs: 20, slotsPerEpoch: 64 } });
  urls = await devnet.listen({ rpcPort: 0 });
  devnet.start();
});

afterAll(async () => {
  closeConnections();
  await devnet.close();
});

const sol = 1_000_000_000n;

describe("@solana/kit", () => {
  for (const version of ["legacy", 0] as const) {
    it(`airdrops, transfers and confirms a ${version} transaction`, async () => {
      const rpc = createSolanaRpc(urls.rpcUrl);
      const rpcSubscriptions = createSolanaRpcSubscriptions(urls.wsUrl);
      const alice = await generateKeyPairSigner();
      const bob = await generateKeyPairSigner();
      const airdrop = airdropFactory({ rpc, rpcSubscriptions } as Parameters<typeof airdropFactory>[0]);
      await airdrop({ recipientAddress: alice.address, lamports: lamports(5n * sol), commitment: "confirmed" });
      expect((await rpc.getBalance(alice.address, { commitment: "confirmed" }).send()).value).toBe(5n * sol);

      const { value: latest } = await rpc.getLatestBlockhash().send();
      const message = pipe(
        createTransactionMessage({ version }),
        (m) => setTransactionMessageFeePayerSigner(alice, m),
        (m) => setTransactionMessageLifetimeUsingBlockhash(latest, m),
        (m) =>
          appendTransactionMessageInstruction(
            getTransferSolInstruction({ source: alice, destination: bob.address, amount: sol }),
            m,
          ),
      );
      const transaction = await signTransactionMessageWithSigners(message);
      assertIsTransactionWithBlockhashLifetime(transaction);
      const sendAndConfirm = sendAndConfirmTransactionFactory({ rpc, rpcSubscriptions });
      await sendAndConfirm(transaction, { commitment: "confirmed" });

      expect((await rpc.getBalance(bob.address, { commitment: "confirmed" }).send()).value).toBe(sol);
      expect((await rpc.getBalance(alice.address, { commitment: "confirmed" }).send()).value).toBe(4n * sol - 5000n);
      const found = await rpc
        .getTransaction(getSignatureFromTransaction(transaction), {
          commitment: "confirmed",
          encoding: "json",
          maxSupportedTransactionVersion: 0,
        })
        .send();
      expect(found?.meta?.err).toBeNull();
      expect(found?.meta?.fee).toBe(5000n);
      expect(found?.version).toBe(version);
    });
  }

  it("finds an overdraft in preflight, with the error its own decoder knows", async () => {
    const rpc = createSolanaRpc(urls.rpcUrl);
    const rpcSubscriptions = createSolanaRpcSubscriptions(urls.wsUrl);
    const poor = await generateKeyPairSigner();
    const airdrop = airdropFactory({ rpc, rpcSubscriptions } as Parameters<typeof airdropFactory>[0]);
    await airdrop({ recipientAddress: poor.address, lamports: lamports(sol), commitment: "confirmed" });
    const { value: latest } = await rpc.getLatestBlockhash().send();
    const message = pipe(
      createTransactionMessage({ version: 0 }),
      (m) => setTransactionMessageFeePayerSigner(poor, m),
      (m) => setTransactionMessageLifetimeUsingBlockhash(latest, m),
      (m) =>
        appendTransactionMessageInstruction(
          getTransferSolInstruction({ source: poor, destination: poor.address, amount: 2n * sol }),
          m,
        ),
    );
    const transaction = await signTransactionMessageWithSigners(message);
    assertIsTransactionWithBlockhashLifetime(transaction);
    const problem = await sendAndConfirmTransactionFactory({ rpc, rpcSubscriptions })(transaction, {
      commitment: "confirmed",
    }).catch((error: unknown) => error);
    expect(isSolanaError(problem, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE)).toBe(true);
  });

  it("is told why the faucet refuses", async () => {
    const problem = createSolanaRpc(urls.rpcUrl).requestAirdrop(devnet.accounts[0]!.address, lamports(0n)).send();
    await expect(problem).rejects.toThrow("airdrop-not-positive");
  });

  it("works without a port", async () => {
    const inProcess = createDevnet({ seed: "no port" });
    const rpc = createSolanaRpcFromTransport(inProcess.rpcTransport);
    await inProcess.advanceSlots(40);
    expect(await rpc.getSlot({ commitment: "processed" }).send()).toBe(40n);
    const recipient = inProcess.accounts[0]!.address;
    const before = (await rpc.getBalance(recipient).send()).value;
    await rpc.requestAirdrop(recipient, lamports(7n)).send();
    await inProcess.advanceSlots(1);
    expect((await rpc.getBalance(recipient, { commitment: "confirmed" }).send()).value).toBe(before + 7n);
    expect(inProcess.verify()).toMatchObject({ ok: true, blocks: 41 });
    await inProcess.close();
  });
});

describe("@solana/web3.js", () => {
  it("airdrops, transfers and confirms", async () => {
    const connection = openConnection(urls, "confirmed");
    const alice = Keypair.generate();
    const bob = Keypair.generate();
    const signature = await connection.requestAirdrop(alice.publicKey, 3 * LAMPORTS_PER_SOL);
    const latest = await connection.getLatestBlockhash();
    await connection.confirmTransaction({ signature, ...latest }, "confirmed");
    const transfer = SystemProgram.transfer({
      fromPubkey: alice.publicKey,
      toPubkey: bob.publicKey,
      lamports: LAMPORTS_PER_SOL,
    });
    const sent = await sendAndConfirmTransaction(connection, new Transaction().add(transfer), [alice]);
    expect(await connection.getBalance(bob.publicKey)).toBe(LAMPORTS_PER_SOL);
    const parsed = await connection.getParsedTransaction(sent, { maxSupportedTransactionVersion: 0 });
    expect(parsed?.meta?.err).toBeNull();
  });

  it("passes its strict checks on the reading methods", async () => {
    const connection = openConnection(urls, "confirmed");
    const votes = await connection.getVoteAccounts();
    expect(votes.current).toHaveLength(4);
    expect(votes.delinquent).toEqual([]);
    const voteAccount = new PublicKey(votes.current[0]!.votePubkey);
    expect((await connection.getAccountInfo(voteAccount))?.data.length).toBe(3762);
    expect((await connection.getParsedAccountInfo(voteAccount)).value?.data).toMatchObject({ program: "vote" });
    expect(Object.values(await connection.getLeaderSchedule()).flat().length).toBe(64);
    expect((await connection.getEpochSchedule()).slotsPerEpoch).toBe(64);
    expect((await connection.getEpochInfo()).slotsInEpoch).toBe(64);
    expect((await connection.getClusterNodes()).length).toBe(5);
    expect((await connection.getSupply()).value.total).toBeGreaterThan(0);
    expect((await connection.getVersion())["solana-core"]).toMatch(/^\d+\.\d+\.\d+/);
    expect(await connection.getSlotLeaders(await connection.getSlot(), 8)).toHaveLength(8);
    expect((await connection.getBlockProduction()).value.byIdentity).toBeTypeOf("object");
    expect(await connection.getRecentPerformanceSamples(5)).toBeInstanceOf(Array);
    const slot = await connection.getSlot("confirmed");
    expect((await connection.getBlock(slot, { maxSupportedTransactionVersion: 0 }))?.parentSlot).toBe(slot - 1);
    const account = new PublicKey(devnet.accounts[1]!.address);
    expect(await connection.getMultipleAccountsInfo([account, voteAccount])).toHaveLength(2);
  });
});
