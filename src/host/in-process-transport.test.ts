import { createSolanaRpcFromTransport, createSolanaRpcSubscriptionsFromTransport } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { createForkedNode } from "../../test/support/forked-node.ts";
import { createRpc } from "../rpc/dispatch.ts";
import { createSubscriptions } from "../rpc/subscriptions.ts";
import { createInProcessSubscriptionsTransport, createInProcessTransport } from "./in-process-transport.ts";

function setUp() {
  const node = createForkedNode();
  const plain = createRpc(node.view);
  const subscriptions = createSubscriptions({ view: node.view, rpc: plain, defer: (work) => setTimeout(work, 5) });
  node.onReport(subscriptions.onReport);
  const rpc = createSolanaRpcFromTransport(createInProcessTransport(plain));
  const rpcSubscriptions = createSolanaRpcSubscriptionsFromTransport(
    createInProcessSubscriptionsTransport(subscriptions),
  );
  const process = (slot: number, transactions: Parameters<typeof node.block>[0]["transactions"] = []) => {
    const bank = node.block({ slot, transactions });
    node.add(bank);
    node.head(bank);
    return bank;
  };
  return { node, plain, subscriptions, rpc, rpcSubscriptions, process };
}

describe("kit's RPC in process", () => {
  it("gets the values that it would get over HTTP: integers of 64 bits as bigints", async () => {
    const { node, rpc, process } = setUp();
    expect(await rpc.getSlot({ commitment: "processed" }).send()).toBe(0n);
    process(3);
    expect(await rpc.getSlot({ commitment: "processed" }).send()).toBe(3n);
    const { context, value } = await rpc.getBalance(node.address(0)).send();
    expect([context.slot, value]).toEqual([0n, 1_000_000_000_000n]);
    const account = await rpc.getAccountInfo(node.address(0), { encoding: "base64" }).send();
    expect(account.value).toMatchObject({ lamports: 1_000_000_000_000n, space: 0n, data: ["", "base64"] });
    expect(await rpc.getGenesisHash().send()).toBe(node.chain.genesisHash);
  });

  it("gets errors as kit's errors", async () => {
    const { rpc } = setUp();
    await expect(rpc.getBlock(99n).send()).rejects.toMatchObject({ name: "SolanaError" });
  });

  it("rejects a caller who has given up, before or while it is asked", async () => {
    const { rpc } = setUp();
    await expect(rpc.getSlot().send({ abortSignal: AbortSignal.abort(new Error("before")) })).rejects.toThrow("before");
    const controller = new AbortController();
    const asked = rpc.getSlot().send({ abortSignal: controller.signal });
    controller.abort(new Error("while"));
    await expect(asked).rejects.toThrow("while");
  });
});

describe("kit's subscriptions in process", () => {
  it("are told of slots, and unsubscribe by aborting", async () => {
    const { subscriptions, rpcSubscriptions, process } = setUp();
    const controller = new AbortController();
    const slots = await rpcSubscriptions.slotNotifications().subscribe({ abortSignal: controller.signal });
    expect(subscriptions.count()).toBe(1);
    const told: unknown[] = [];
    let slot = 1;
    process(slot);
    for await (const notification of slots) {
      told.push(notification);
      if (told.length === 3) controller.abort();
      else process(++slot);
    }
    expect(told).toEqual([1n, 2n, 3n].map((at) => ({ slot: at, parent: 0n, root: 0n })));
    expect(subscriptions.count()).toBe(0);
  });

  it("are told of a signature that landed before they asked", async () => {
    const { node, subscriptions, rpcSubscriptions, process } = setUp();
    const sent = node.transfer(0, 1, 5n);
    process(1, [sent]);
    const controller = new AbortController();
    const signatures = await rpcSubscriptions
      .signatureNotifications(sent.signature, { commitment: "processed" })
      .subscribe({ abortSignal: controller.signal });
    for await (const { context, value } of signatures) {
      expect([context.slot, value]).toEqual([1n, { err: null }]);
      break;
    }
    controller.abort();
    expect(subscriptions.count()).toBe(0);
  });

  it("are told of accounts, with amounts as bigints", async () => {
    const { node, rpcSubscriptions, process } = setUp();
    const controller = new AbortController();
    const accounts = await rpcSubscriptions
      .accountNotifications(node.address(1), { commitment: "processed", encoding: "base64" })
      .subscribe({ abortSignal: controller.signal });
    process(1, [node.transfer(0, 1, 5n)]);
    for await (const { value } of accounts) {
      expect(value.lamports).toBe(1_000_000_000_005n);
      break;
    }
    controller.abort();
  });

  it("fail as kit's errors when they are refused", async () => {
    const { rpcSubscriptions } = setUp();
    const refused = rpcSubscriptions
      .signatureNotifications("not a signature" as never)
      .subscribe({ abortSignal: new AbortController().signal });
    await expect(refused).rejects.toMatchObject({ name: "SolanaError" });
  });
});
