/**
 * Fast epochs over a port: raw control methods beside Solana's own clients, who see rewards arrive.
 */
import {
  createSolanaRpc,
  createSolanaRpcFromTransport,
  createSolanaRpcSubscriptions,
  address as toAddress,
} from "@solana/kit";
import { Connection, PublicKey } from "@solana/web3.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { accountsEntries } from "../../src/chain/accounts-tree.ts";
import { scanStakes } from "../../src/chain/stake-scan.ts";
import { createDevnet, type Devnet } from "../../src/host/devnet.ts";
import { parseJson } from "../../src/rpc/json.ts";
import { closeConnections, openConnection } from "../support/web3-connection.ts";

let devnet: Devnet;
let urls: { rpcUrl: string; wsUrl: string };
let connection: Connection;

const params = { slotsPerEpoch: 64, slotDurationMs: 20, hashesPerTick: 2, ticksPerSlot: 2 };

beforeAll(async () => {
  devnet = createDevnet({ seed: "warp", validators: 3, accounts: 1, params });
  urls = await devnet.listen({ rpcPort: 0 });
  devnet.start();
  connection = openConnection(urls, "confirmed");
});

afterAll(async () => {
  closeConnections();
  await devnet.close();
});

// biome-ignore lint/suspicious/noExplicitAny: the tests look into answers of every shape
type Answer = { result?: any; error?: { code: number; message: string } };

async function post(body: unknown): Promise<unknown> {
  const response = await fetch(urls.rpcUrl, { method: "POST", body: JSON.stringify(body) });
  const parsed = parseJson(await response.text());
  if (!parsed.ok) throw new Error("not JSON");
  return parsed.value;
}

const call = async (method: string, ...given: unknown[]) =>
  (await post({ jsonrpc: "2.0", id: 1, method, params: given })) as Answer;

const stakeAccounts = () =>
  scanStakes(accountsEntries(devnet.view.bank("processed").accounts)).stakes.map(({ address }) => address);

describe("advancing over JSON-RPC", () => {
  it("answers when done, with other clients served meanwhile and the real clock going on after", async () => {
    const { epoch } = devnet;
    let isDone = false;
    const advanced = call("escapement_advanceEpochs", 5).finally(() => {
      isDone = true;
    });
    let served = 0;
    while (!isDone) {
      await connection.getSlot("processed");
      served++;
    }
    const { result } = await advanced;
    expect(result.epoch).toBeGreaterThanOrEqual(epoch + 5);
    expect(result.slot % 64).toBe(0);
    expect(served).toBeGreaterThan(3);
    expect(devnet.running).toBe(true);
    await devnet.advanceUntil(() => true);
    const info = await connection.getEpochInfo("processed");
    expect(info.absoluteSlot).toBeGreaterThanOrEqual(result.slot);
  });

  it("pauses and resumes, and travels with surfpool's words", async () => {
    const paused = (await call("surfnet_pauseClock")).result;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(devnet.slot).toBe(paused.absoluteSlot);
    const travelled = (await call("surfnet_timeTravel", { absoluteEpoch: paused.epoch + 1 })).result;
    expect(travelled).toMatchObject({ epoch: paused.epoch + 1, slotIndex: 0, slotsInEpoch: 64 });
    expect(devnet.slot).toBe(travelled.absoluteSlot);
    expect((await call("surfnet_timeTravel", { absoluteEpoch: paused.epoch })).error).toMatchObject({ code: -32602 });
    expect((await call("surfnet_resumeClock")).result.absoluteSlot).toBeGreaterThanOrEqual(travelled.absoluteSlot);
    expect(devnet.running).toBe(true);
    await call("escapement_pause");
  });

  it("works in a batch and over a WebSocket", async () => {
    const { slot } = devnet;
    const answers = (await post([
      { jsonrpc: "2.0", id: "a", method: "escapement_advanceSlots", params: [3] },
      { jsonrpc: "2.0", id: "b", method: "getSlot", params: [{ commitment: "processed" }] },
    ])) as Answer[];
    expect(answers).toMatchObject([
      { id: "a", result: { slot: slot + 3 } },
      { id: "b", result: slot + 3 },
    ]);
    const socket = new WebSocket(urls.wsUrl);
    await new Promise((resolve) => socket.once("open", resolve));
    const answer = new Promise<string>((resolve) => socket.once("message", (data) => resolve(String(data))));
    socket.send(JSON.stringify({ jsonrpc: "2.0", id: 7, method: "escapement_advanceSlots", params: [2] }));
    expect(JSON.parse(await answer)).toMatchObject({ id: 7, result: { slot: slot + 5 } });
    socket.close();
  });

  it("works through kit's transport without a port", async () => {
    const { slot } = devnet;
    const answer = await devnet.rpcTransport<Answer>({
      payload: { jsonrpc: "2.0", id: 1, method: "escapement_advanceSlots", params: [4] },
    });
    expect(Number(answer.result.slot)).toBe(slot + 4);
  });

  it("tells subscribers of every slot it runs", async () => {
    const controller = new AbortController();
    const subscriptions = createSolanaRpcSubscriptions(urls.wsUrl);
    const slots = await subscriptions.slotNotifications().subscribe({ abortSignal: controller.signal });
    const { slot } = devnet;
    const advanced = call("escapement_advanceSlots", 30);
    const seen: number[] = [];
    for await (const notification of slots) {
      seen.push(Number(notification.slot));
      if (seen.at(-1)! >= slot + 30) break;
    }
    controller.abort();
    await advanced;
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => slot + 1 + i));
  });
});

describe("what epochs pay", () => {
  it("is told alike by web3.js, by kit, by the explanation and by the blocks", async () => {
    await devnet.advanceEpochs(1);
    await devnet.advanceSlots(50);
    const rpc = createSolanaRpc(urls.rpcUrl);
    const { epoch } = await connection.getEpochInfo();
    const earned = epoch - 1;
    const addresses = stakeAccounts();
    const told = await connection.getInflationReward(
      addresses.map((each) => new PublicKey(each)),
      earned,
    );
    const toKit = await rpc.getInflationReward(addresses.map(toAddress), { epoch: BigInt(earned) }).send();
    for (const [index, address] of addresses.entries()) {
      const reward = told[index]!;
      expect(reward.amount).toBeGreaterThan(0);
      expect(toKit[index]).toMatchObject({
        amount: BigInt(reward.amount),
        epoch: BigInt(earned),
        effectiveSlot: BigInt(reward.effectiveSlot),
        postBalance: BigInt(reward.postBalance),
        commission: 5,
      });
      const { result } = await call("escapement_explainReward", address, earned);
      expect(result).toMatchObject({ staker: String(reward.amount), effectiveSlot: reward.effectiveSlot });
      const block = await connection.getBlock(reward.effectiveSlot, { maxSupportedTransactionVersion: 0 });
      expect(block?.rewards).toContainEqual(
        expect.objectContaining({ pubkey: address, lamports: reward.amount, postBalance: reward.postBalance }),
      );
    }
    const boundary = await rpc.getBlock(BigInt((earned + 1) * 64), { maxSupportedTransactionVersion: 0 }).send();
    expect(boundary).toMatchObject({ numRewardPartitions: 1n });
  });

  it("grows the supply by exactly that", async () => {
    const before = devnet.view.bank("processed").supply;
    const { minted } = before;
    await devnet.advanceEpochs(1);
    await devnet.advanceSlots(60);
    const { result: supply } = await call("getSupply", { commitment: "processed" });
    const after = devnet.view.bank("processed").supply;
    expect(BigInt(supply.value.total)).toBe(after.total);
    const { epoch } = devnet;
    const votes = devnet.validators.map(({ voteAccount }) => voteAccount);
    const { result: paid } = await call("getInflationReward", [...stakeAccounts(), ...votes], { epoch: epoch - 1 });
    const sum = (paid as { amount: number }[]).reduce((total, { amount }) => total + BigInt(amount), 0n);
    expect(after.minted - minted).toBe(sum);
  });

  it("follows the governor's rates, as clients read them", async () => {
    const governor = await connection.getInflationGovernor();
    expect(governor).toEqual({ initial: 0.08, terminal: 0.015, taper: 0.15, foundation: 0, foundationTerm: 0 });
    const rate = await connection.getInflationRate();
    expect(rate.validator).toBeCloseTo(0.08, 4);
    expect(rate.epoch).toBe((await connection.getEpochInfo("finalized")).epoch);
    const kit = createSolanaRpcFromTransport(devnet.rpcTransport);
    expect((await kit.getInflationRate().send()).validator).toBe(rate.validator);
    expect((await kit.getInflationGovernor().send()).taper).toBe(0.15);
  });

  it("goes on being led by schedules that clients can read: the last epoch's, this one's and the next", async () => {
    const { epoch } = await connection.getEpochInfo("processed");
    for (const each of [epoch - 1, epoch, epoch + 1]) {
      const { result } = await call("getLeaderSchedule", each * 64, { commitment: "processed" });
      const indexes = Object.values(result as Record<string, number[]>).flat();
      expect(indexes.sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i));
    }
  });

  it("verifies from genesis", () => {
    expect(devnet.verify().ok).toBe(true);
  });
});

describe("strict clients", () => {
  it("accept an epoch info that says stake moves at once", async () => {
    const instant = createDevnet({ validators: 1, accounts: 0, params: { ...params, stakeWarmup: "instant" } });
    const { rpcUrl } = await instant.listen({ rpcPort: 0 });
    const info = await new Connection(rpcUrl).getEpochInfo();
    expect(info).toMatchObject({ epoch: 0, stakeWarmup: "instant" });
    const kit = createSolanaRpcFromTransport(instant.rpcTransport);
    expect((await kit.getEpochInfo().send()).epoch).toBe(0n);
    await instant.close();
  });
});
