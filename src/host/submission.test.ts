import { base64 } from "@scure/base";
import { afterEach, describe, expect, it } from "vitest";
import { accountAt } from "../chain/accounts-tree.ts";
import { createTransaction } from "../chain/create-transaction.ts";
import type { Keypair } from "../chain/crypto.ts";
import { lamportsOf } from "../chain/ids.ts";
import { createTransferInstruction } from "../chain/transfer-instruction.ts";
import { createDevnet, type Devnet } from "./devnet.ts";
import type { DevnetOptions } from "./devnet-types.ts";
import { nodeSignatures } from "./node-crypto.ts";
import { createSendTransactions } from "./submission.ts";

const open: Devnet[] = [];
function start(options: DevnetOptions = {}): Devnet {
  const devnet = createDevnet({ validators: 2, accounts: 3, ...options });
  open.push(devnet);
  return devnet;
}
afterEach(async () => {
  for (const devnet of open.splice(0)) await devnet.close();
});

function transfer(devnet: Pick<Devnet, "view">, from: Keypair, to: Keypair, lamports: bigint) {
  return createTransaction({
    scheme: nodeSignatures.ed25519,
    feePayer: from,
    instructions: [createTransferInstruction(from.address, to.address, lamports)],
    recentBlockhash: devnet.view.bank("processed").blockhash,
  });
}

function forged(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => (at === 50 ? byte ^ 1 : byte));
}

describe("sendTransactions", () => {
  it("gives each its signature or says why not, in order, and takes nothing from the others", async () => {
    const devnet = start();
    const [alice, bob] = devnet.accounts as [Keypair, Keypair];
    const first = transfer(devnet, alice, bob, 1_000_000n);
    const second = transfer(devnet, alice, bob, 2_000_000n);
    const third = transfer(devnet, bob, alice, 3n);
    const outcomes = await devnet.sendTransactions([
      first.bytes,
      forged(second.bytes),
      new Uint8Array(3),
      second.bytes,
      first.bytes,
      { ...third }.bytes,
    ]);
    expect(outcomes).toMatchObject([
      { ok: true, value: first.signature },
      { ok: false, code: "signature-invalid" },
      { ok: false, code: "transaction-malformed" },
      { ok: true, value: second.signature },
      { ok: true, value: first.signature },
      { ok: true, value: third.signature },
    ]);
    expect(await devnet.sendTransactions([])).toEqual([]);
    await devnet.advanceSlots(2);
    expect(accountAt(devnet.view.bank("confirmed").accounts, bob.address)?.lamports).toBe(
      10_000_000_000_000n + 3_000_000n - 3n - 5000n,
    );
    expect(await devnet.sendTransactions([first.bytes])).toMatchObject([{ ok: true }]);
  });

  it("takes thousands at once, on as many cores as there are: all land, and the books are right", async () => {
    const devnet = start();
    const [alice, bob] = devnet.accounts as [Keypair, Keypair];
    const count = 1500;
    const sent = Array.from({ length: count }, (_, index) => transfer(devnet, alice, bob, BigInt(index + 1)));
    const outcomes = await devnet.sendTransactions(sent.map(({ bytes }) => bytes));
    expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual(sent.map(({ signature }) => signature));
    await devnet.advanceSlots(3);
    const received = (BigInt(count) * BigInt(count + 1)) / 2n;
    expect(accountAt(devnet.view.bank("confirmed").accounts, bob.address)?.lamports).toBe(
      10_000_000_000_000n + received,
    );
    expect(devnet.verify()).toMatchObject({ ok: true });
  });

  it("gives the same chain with and without shared work and remembered signatures", async () => {
    const hashes = await Promise.all(
      [true, false].map(async (sharedWork) => {
        const devnet = start({ sharedWork });
        const [alice, bob] = devnet.accounts as [Keypair, Keypair];
        const sent = Array.from({ length: 300 }, (_, index) => transfer(devnet, alice, bob, BigInt(index + 1)));
        await devnet.sendTransactions(sent.map(({ bytes }) => bytes));
        await devnet.advanceSlots(4);
        return [devnet.view.bank("processed").blockId, devnet.traceHash];
      }),
    );
    expect(hashes[0]).toEqual(hashes[1]);
  });

  it("hands in call by call, though the answers to the first call's signatures come last", async () => {
    const { view, accounts } = start();
    const [alice, bob] = accounts as [Keypair, Keypair];
    const sent = Array.from({ length: 301 }, (_, index) => transfer({ view }, alice, bob, BigInt(index + 1)));
    const arrived: string[] = [];
    const submit: typeof view.submit = (transactions) => {
      arrived.push(...transactions.map(({ signature }) => signature));
      return new Map();
    };
    const pool = {
      async check(questions: readonly unknown[]) {
        await new Promise((resolve) => setTimeout(resolve, questions.length));
        return questions.map(() => true);
      },
    };
    const send = createSendTransactions({ view: { chain: view.chain, submit }, pool });
    const bytes = sent.map((transaction) => transaction.bytes);
    await Promise.all([send(bytes.slice(0, 300)), send(bytes.slice(300))]);
    expect(arrived).toEqual(sent.map(({ signature }) => signature));
  });

  it("tells who subscribed that one was received also when it comes twice in one call", async () => {
    const devnet = start();
    const [alice, bob] = devnet.accounts as [Keypair, Keypair];
    const [twice, other] = [transfer(devnet, alice, bob, 1_000_000n), transfer(devnet, alice, bob, 2_000_000n)];
    const frames: string[] = [];
    const connection = devnet.subscriptions.open((text) => frames.push(text));
    const params = [twice.signature, { enableReceivedNotification: true }];
    connection.onText(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "signatureSubscribe", params }));
    await devnet.sendTransactions([twice.bytes, twice.bytes, other.bytes]);
    await expect.poll(() => frames.filter((text) => text.includes("receivedSignature"))).toHaveLength(1);
    const again = await devnet.sendTransactions([twice.bytes]);
    expect(again).toMatchObject([{ ok: true, value: twice.signature }]);
    connection.close();
  });

  it("works under the tutorial's curve too", async () => {
    const devnet = start({ profile: "tutorial" });
    const [alice, bob] = devnet.accounts as [Keypair, Keypair];
    const { bytes, signature } = createTransaction({
      scheme: nodeSignatures.secp256k1,
      feePayer: alice,
      instructions: [createTransferInstruction(alice.address, bob.address, 1_000_000n)],
      recentBlockhash: devnet.view.bank("processed").blockhash,
    });
    expect(await devnet.sendTransactions([forged(bytes), bytes])).toMatchObject([
      { ok: false, code: "signature-invalid" },
      { ok: true, value: signature },
    ]);
  });

  it("rejects when the devnet is closed meanwhile", async () => {
    const devnet = start();
    const [alice, bob] = devnet.accounts as [Keypair, Keypair];
    const sent = Array.from({ length: 600 }, (_, index) => transfer(devnet, alice, bob, BigInt(index + 1)));
    const outcomes = devnet.sendTransactions(sent.map(({ bytes }) => bytes));
    const heard = expect(outcomes).rejects.toThrow("closed");
    await devnet.close();
    await heard;
  });

  it("takes nothing once the devnet is closed, whichever the curve and the way in", async () => {
    for (const profile of ["tutorial", "solana"] as const) {
      const devnet = start({ profile });
      const failures: unknown[] = [];
      devnet.on("server-error", (error) => failures.push(error));
      const [alice, bob] = devnet.accounts as [Keypair, Keypair];
      const { bytes, signature } = createTransaction({
        scheme: devnet.chain.crypto.signatures,
        feePayer: alice,
        instructions: [createTransferInstruction(alice.address, bob.address, 1_000_000n)],
        recentBlockhash: devnet.view.bank("processed").blockhash,
      });
      const { traceHash } = devnet;
      const params = [base64.encode(bytes), { encoding: "base64" }];
      const payload = { jsonrpc: "2.0", id: 1, method: "sendTransaction", params };
      const sending = devnet.rpcTransport({ payload });
      const closing = devnet.close();
      expect(await sending).toMatchObject({ error: { code: -32603n } });
      await closing;
      await expect(devnet.sendTransactions([bytes])).rejects.toThrow("closed");
      expect(await devnet.rpcTransport({ payload })).toMatchObject({ error: { code: -32603n } });
      expect(() => devnet.view.airdrop(alice.address, lamportsOf(1n))).toThrow("closed");
      expect(devnet.traceHash, `${profile}: ${signature} was taken`).toBe(traceHash);
      expect(failures).toEqual([]);
    }
  });
});
