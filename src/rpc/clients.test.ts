/** Solana's own client libraries read our answers, in memory: kit's decoders, and web3.js with its strict validators. */
import {
  address,
  createSolanaRpcFromTransport,
  getBase64EncodedWireTransaction,
  getTransactionDecoder,
  type RpcTransport,
  signature,
} from "@solana/kit";
import { Connection, PublicKey } from "@solana/web3.js";
import { describe, expect, it } from "vitest";
import { createSmallChain } from "../../test/support/small-chain.ts";
import { keypairOf } from "../../test/support/transactions.ts";
import { createRpc } from "./dispatch.ts";
import { formatJson, parseJson } from "./json.ts";

const alice = keypairOf("alice").address;
const small = createSmallChain();
const landed = small.transfer(small.faucet, alice, 5_000_000n);
small.produce({ transactions: [landed] });
for (let slot = 3; slot < 9; slot++) small.produce({ slot });
const rpc = createRpc(small.view);
const [validator] = small.validators;

const web3 = new Connection("http://127.0.0.1:8899", {
  commitment: "confirmed",
  fetch: async (_url, request) => new Response(rpc.callText(String(request?.body)) ?? ""),
});

/** Kit parses every integer as a bigint, and sends them so. */
const transport: RpcTransport = async <T>({ payload }: Parameters<RpcTransport>[0]) => {
  const parsed = parseJson(rpc.callText(formatJson(payload)) ?? "");
  return (parsed.ok ? widen(parsed.value) : null) as T;
};
const kit = createSolanaRpcFromTransport(transport);

function widen(value: unknown): unknown {
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map(widen);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, property]) => [name, widen(property)]));
}

describe("web3.js", () => {
  it("reads accounts, parsed ones too", async () => {
    const vote = new PublicKey(validator!.voteAccount);
    expect(await web3.getBalance(new PublicKey(alice))).toBe(5_000_000);
    expect((await web3.getAccountInfo(vote))?.data).toHaveLength(3762);
    expect((await web3.getParsedAccountInfo(vote)).value?.data).toMatchObject({ program: "vote" });
    expect(await web3.getMultipleAccountsInfo([vote, new PublicKey(keypairOf("nobody").address)])).toMatchObject([
      {},
      null,
    ]);
    expect(await web3.getMinimumBalanceForRentExemption(200)).toBe(2_282_880);
    expect((await web3.getSupply()).value.nonCirculatingAccounts).toEqual([]);
  });

  it("reads epochs, leaders and validators", async () => {
    expect((await web3.getVoteAccounts()).current).toHaveLength(3);
    expect(Object.keys(await web3.getLeaderSchedule())).not.toHaveLength(0);
    expect((await web3.getSlotLeaders(1, 3)).map(String)).toHaveLength(3);
    expect(await web3.getEpochInfo("processed")).toMatchObject({ absoluteSlot: 8, slotsInEpoch: 32 });
    expect((await web3.getEpochSchedule()).slotsPerEpoch).toBe(32);
    expect((await web3.getBlockProduction("processed")).value.range).toEqual({ firstSlot: 0, lastSlot: 8 });
    expect(await web3.getClusterNodes()).toHaveLength(4);
    expect(await web3.getRecentPerformanceSamples(5)).toEqual([]);
    expect(await web3.getRecentPrioritizationFees()).toHaveLength(7);
  });

  it("reads blocks and transactions", async () => {
    const block = await web3.getBlock(1, { maxSupportedTransactionVersion: 0 });
    expect(block?.transactions[0]?.transaction.signatures).toEqual([landed.signature]);
    expect(await web3.getParsedBlock(3, { maxSupportedTransactionVersion: 0 })).toMatchObject({ parentSlot: 1 });
    expect(await web3.getBlocks(1, 5)).toEqual([1, 3, 4, 5]);
    expect(await web3.getBlockSignatures(1)).toMatchObject({ signatures: [landed.signature] });
    expect((await web3.getTransaction(landed.signature, { maxSupportedTransactionVersion: 0 }))?.slot).toBe(1);
    expect((await web3.getParsedTransaction(landed.signature))?.transaction.message.instructions).toMatchObject([
      { program: "system", parsed: { type: "transfer" } },
    ]);
    expect((await web3.getSignatureStatus(landed.signature)).value?.confirmationStatus).toBe("finalized");
    expect(await web3.getBlockTime(3)).toBe(1_700_000_000);
    await expect(web3.getBlock(2)).rejects.toThrow(/skipped/);
  });

  it("sends, and reads why it may not", async () => {
    const { blockhash, lastValidBlockHeight } = await web3.getLatestBlockhash("processed");
    expect(blockhash).toBe(small.head().blockhash);
    expect(lastValidBlockHeight).toBe(small.head().height + 10);
    expect((await web3.isBlockhashValid(blockhash, { commitment: "processed" })).value).toBe(true);
    const poor = small.transfer(small.faucet, alice, 10n ** 18n);
    const sending = web3.sendRawTransaction(poor.bytes, { preflightCommitment: "processed" });
    await expect(sending).rejects.toMatchObject({ logs: { length: 3 } });
    const sent = small.transfer(small.faucet, alice, 2_000_000n);
    expect(await web3.sendRawTransaction(sent.bytes, { preflightCommitment: "processed" })).toBe(sent.signature);
    expect(await web3.requestAirdrop(new PublicKey(alice), 3_000_000)).toBe(small.pending.at(-1)?.signature);
    expect(await web3.getVersion()).toHaveProperty("solana-core");
    expect(await web3.getGenesisHash()).toBe(small.chain.genesisHash);
  });
});

describe("kit", () => {
  it("reads state", async () => {
    expect(await kit.getBalance(address(alice)).send()).toMatchObject({ value: 5_000_000n });
    expect(await kit.getEpochInfo().send()).toMatchObject({ epoch: 0n, slotsInEpoch: 32n });
    expect(await kit.getVoteAccounts().send()).toMatchObject({ current: [{ commission: 5 }, {}, {}] });
    expect(await kit.getHealth().send()).toBe("ok");
    const account = await kit.getAccountInfo(address(validator!.voteAccount), { encoding: "jsonParsed" }).send();
    expect(account.value).toMatchObject({ space: 3762n, data: { program: "vote" } });
    const zstd = await kit.getAccountInfo(address(validator!.voteAccount), { encoding: "base64+zstd" }).send();
    expect(zstd.value?.data[1]).toBe("base64+zstd");
    expect(await kit.getMinimumBalanceForRentExemption(200n).send()).toBe(2_282_880n);
  });

  it("reads history", async () => {
    const block = await kit.getBlock(1n, { maxSupportedTransactionVersion: 0 }).send();
    expect(block?.transactions[0]?.meta?.fee).toBe(5000n);
    const statuses = await kit.getSignatureStatuses([signature(landed.signature)]).send();
    expect(statuses.value[0]).toMatchObject({ slot: 1n, confirmations: null });
    const transaction = await kit.getTransaction(signature(landed.signature), { encoding: "base64" }).send();
    expect(transaction?.slot).toBe(1n);
    await expect(kit.getBlock(2n).send()).rejects.toThrow(/skipped/i);
  });

  it("sends and simulates", async () => {
    const transaction = small.transfer(small.faucet, alice, 7_000_000n);
    const wire = getBase64EncodedWireTransaction(getTransactionDecoder().decode(transaction.bytes));
    const simulated = await kit.simulateTransaction(wire, { encoding: "base64", commitment: "processed" }).send();
    expect(simulated.value).toMatchObject({ err: null, unitsConsumed: 150n, fee: 5000n });
    const sent = kit.sendTransaction(wire, { encoding: "base64", preflightCommitment: "processed" });
    expect(await sent.send()).toBe(transaction.signature);
    const unknown = kit.sendTransaction(wire, { encoding: "base64", preflightCommitment: "finalized" });
    expect(await unknown.send().catch((error: Error) => error.cause)).toMatchObject({
      message: expect.stringMatching(/blockhash/i),
    });
  });
});
