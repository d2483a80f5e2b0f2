import {
  createSolanaRpc,
  createSolanaRpcSubscriptions,
  createSolanaRpcSubscriptions_UNSTABLE,
  type Signature,
} from "@solana/kit";
import { PublicKey } from "@solana/web3.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deferBriefly, openServer, type RpcServer } from "../../src/host/server.ts";
import { createRpc } from "../../src/rpc/dispatch.ts";
import { createSubscriptions, type Subscriptions } from "../../src/rpc/subscriptions.ts";
import { createForkedNode, type ForkedNode } from "../support/forked-node.ts";
import { closeConnection, openConnection } from "../support/web3-connection.ts";

let node: ForkedNode;
let server: RpcServer;
let subscriptions: Subscriptions;
let head: ReturnType<ForkedNode["block"]>;
let amount = 1n;

beforeAll(async () => {
  node = createForkedNode();
  head = node.genesisBank;
  const rpc = createRpc(node.view);
  subscriptions = createSubscriptions({ view: node.view, rpc, defer: deferBriefly });
  node.onReport(subscriptions.onReport);
  const onError = (error: unknown) => {
    throw error;
  };
  server = await openServer({ rpc, subscriptions, slotsBehind: () => null, rpcPort: 0, onError });
});

afterAll(() => server.close());

/** One slot: a transfer to account 1 that lands, is confirmed and finalized at once. */
function advance(): Signature {
  const sent = node.transfer(0, 1, amount++);
  head = node.block({ slot: head.slot + 1, parent: head, transactions: [sent] });
  node.add(head);
  node.head(head);
  node.confirm(head);
  node.finalize(head);
  return sent.signature;
}

async function firstOf<T>(notifications: AsyncIterable<T>): Promise<T> {
  for await (const notification of notifications) return notification;
  throw new Error("no notification");
}

/** The first notification of a kit subscription, for which `act` gives the reason. */
async function told<T>(
  pending: { subscribe(options: { abortSignal: AbortSignal }): Promise<AsyncIterable<T>> },
  act: () => void = advance,
): Promise<T> {
  const controller = new AbortController();
  const notifications = await pending.subscribe({ abortSignal: controller.signal });
  act();
  const first = await firstOf(notifications);
  controller.abort();
  return first;
}

describe("kit", () => {
  it("subscribes on either port", async () => {
    for (const url of [server.wsUrl, server.rpcUrl.replace("http", "ws")]) {
      const { slot, parent } = await told(createSolanaRpcSubscriptions(url).slotNotifications());
      expect([slot, parent]).toEqual([BigInt(head.slot), BigInt(head.parentSlot)]);
    }
  });

  it("is told of roots, accounts, logs and signatures", async () => {
    const kit = createSolanaRpcSubscriptions(server.wsUrl);
    expect(await told(kit.rootNotifications())).toBe(BigInt(head.slot));
    const account = await told(kit.accountNotifications(node.address(1), { encoding: "base64" }));
    expect(account.value.lamports).toBe(1_000_000_000_000n + (amount * (amount - 1n)) / 2n);
    const logs = await told(kit.logsNotifications({ mentions: [node.address(1)] }));
    expect([logs.value.err, logs.value.logs?.length]).toEqual([null, 2]);
    const landed = advance();
    const status = await told(kit.signatureNotifications(landed, { commitment: "finalized" }), () => {});
    expect(status).toEqual({ context: { slot: BigInt(head.slot) }, value: { err: null } });
  });

  it("is told of blocks as getBlock gives them", async () => {
    const kit = createSolanaRpcSubscriptions_UNSTABLE(server.wsUrl);
    const wish = { encoding: "json", maxSupportedTransactionVersion: 0 } as const;
    const { value } = await told(kit.blockNotifications("all", wish));
    expect(value.err).toBeNull();
    expect(value.block).toEqual(await createSolanaRpc(server.rpcUrl).getBlock(value.slot, wish).send());
  });

  it("leaves nothing behind", async () => {
    await expect.poll(subscriptions.count).toBe(0);
  });
});

describe("web3.js", () => {
  it("is told of slots, accounts, logs and signatures, and unsubscribes", async () => {
    const connection = openConnection(server, "confirmed");
    const happened: string[] = [];
    const all = new Promise<void>((resolve) => {
      const note = (what: string) => {
        happened.push(what);
        if (happened.length === 4) resolve();
      };
      connection.onSlotChange(({ slot }) => note(`slot ${slot}`));
      connection.onAccountChange(new PublicKey(node.address(1)), ({ lamports }) => note(`account ${lamports > 0}`));
      connection.onLogs("all", ({ err }) => note(`logs ${err}`));
      const awaited = node.transfer(0, 1, amount).signature; // what the next slot will hold
      connection.onSignature(awaited, ({ err }) => note(`signature ${err}`));
    });
    await expect.poll(subscriptions.count).toBe(4);
    advance();
    await all;
    expect(happened.sort()).toEqual(["account true", "logs null", "signature null", `slot ${head.slot}`]);
    expect(subscriptions.count()).toBe(3);
    closeConnection(connection);
    await expect.poll(subscriptions.count).toBe(0);
  });
});
