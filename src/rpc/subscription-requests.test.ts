import { describe, expect, it } from "vitest";
import { process, setUp } from "../../test/support/subscribers.ts";
import { batchMax } from "./dispatch.ts";
import { formatJson } from "./json.ts";

describe("requests", () => {
  it("for unknown subscriptions are refused in Solana's words", () => {
    const { open } = setUp();
    const [a, b] = [open(), open()];
    const id = a.subscribe("slotSubscribe");
    const error = { code: -32602, message: "Invalid subscription id." };
    expect(a.ask("slotUnsubscribe", 99).error).toEqual(error);
    expect(b.ask("slotUnsubscribe", id).error).toEqual(error); // another's
    expect(a.ask("slotUnsubscribe", id).result).toBe(true);
    expect(a.ask("slotUnsubscribe", id).error).toEqual(error);
    for (const bad of ["1", null, {}]) expect(a.ask("slotUnsubscribe", bad).error?.code).toBe(-32602);
  });

  it("of other methods, broken texts and pings are the RPC's to answer", () => {
    const { open } = setUp();
    const client = open();
    for (const text of [
      '{"jsonrpc":"2.0","id":1,"method":"getSlot"}',
      '{"jsonrpc":"2.0","method":"ping"}',
      "{",
      "[]",
      "null",
      '{"jsonrpc":"2.0","id":1,"method":"toString"}',
      '{"jsonrpc":"2.0","id":1,"method":"constructorUnsubscribe"}',
    ]) {
      client.onText(text);
      expect(client.texts.splice(0)).toEqual([`plain:${text}`]);
    }
  });

  it("may come in a batch, mixed with others", () => {
    const { subscriptions, open } = setUp();
    const client = open();
    const subscribe = { jsonrpc: "2.0", id: 1, method: "slotSubscribe" };
    const other = { jsonrpc: "2.0", id: 2, method: "getSlot" };
    client.onText(formatJson([subscribe, other, { ...subscribe, id: 3 }]));
    expect(client.take()).toEqual([
      [{ jsonrpc: "2.0", result: 1, id: 1 }, { echo: other }, { jsonrpc: "2.0", result: 2, id: 3 }],
    ]);
    client.onText(formatJson(Array(batchMax + 1).fill(subscribe)));
    expect(client.take()).toMatchObject([{ error: { code: -32600 }, id: null }]);
    client.onText(formatJson([[subscribe], 5]));
    expect(client.texts.splice(0)).toEqual([`plain:${formatJson([[subscribe], 5])}`]);
    expect(subscriptions.count()).toBe(2);
  });

  it("answer with the id that was given, whatever its digits", () => {
    const { open } = setUp();
    const client = open();
    client.onText('{"jsonrpc":"2.0","id":18446744073709551615,"method":"slotSubscribe","params":[]}');
    expect(client.texts).toEqual(['{"jsonrpc":"2.0","result":1,"id":18446744073709551615}']);
  });

  it("with wrong parameters are refused", () => {
    const { subscriptions, node, open } = setUp();
    const client = open();
    const wrong: [string, ...unknown[]][] = [
      ["slotSubscribe", 1],
      ["rootSubscribe", {}],
      ["accountSubscribe"],
      ["accountSubscribe", "x"],
      ["accountSubscribe", node.address(0), 5],
      ["accountSubscribe", node.address(0), { commitment: "sure" }],
      ["accountSubscribe", node.address(0), { encoding: "morse" }],
      ["accountSubscribe", node.address(0), {}, {}],
      ["logsSubscribe"],
      ["blockSubscribe", { mentionsAccountOrProgram: "x" }],
      ["blockSubscribe", "some"],
      ["signatureSubscribe", node.transfer(0, 1, 1n).signature, { enableReceivedNotification: 1 }],
    ];
    for (const [method, ...params] of wrong) {
      expect([method, params, client.ask(method, ...params).error?.code]).toEqual([method, params, -32602]);
    }
    client.onText('{"jsonrpc":"2.0","id":1,"method":"slotSubscribe","params":{}}');
    expect(client.take()).toMatchObject([{ error: { code: -32602 } }]);
    expect(subscriptions.count()).toBe(0);
  });
});

describe("limits", () => {
  it("bound one connection, at the limit and one past it", () => {
    const { open } = setUp({ perConnectionMax: 3 });
    const [a, b] = [open(), open()];
    const ids = [1, 2, 3].map(() => a.subscribe("slotSubscribe"));
    expect(a.ask("slotSubscribe").error?.code).toBe(-32603);
    b.subscribe("slotSubscribe");
    a.ask("slotUnsubscribe", ids[0]);
    a.subscribe("slotSubscribe");
  });

  it("bound all connections together", () => {
    const { subscriptions, open } = setUp({ totalMax: 3 });
    const [a, b] = [open(), open()];
    a.subscribe("slotSubscribe");
    a.subscribe("rootSubscribe");
    b.subscribe("slotSubscribe");
    expect(b.ask("slotSubscribe").error?.code).toBe(-32603);
    a.close();
    expect(subscriptions.count()).toBe(1);
    b.subscribe("slotSubscribe");
  });

  it("bound the memory of spent signatures", () => {
    const { node, open } = setUp({ perConnectionMax: 2 });
    const client = open();
    const sent = [1n, 2n, 3n].map((lamports) => node.transfer(0, 1, lamports));
    process(node, node.block({ slot: 1, transactions: sent }));
    const ids = sent.map(({ signature }) => {
      const id = client.subscribe("signatureSubscribe", signature, { commitment: "processed" });
      expect(client.take()).toHaveLength(1);
      return id;
    });
    expect(ids.map((id) => client.ask("signatureUnsubscribe", id).result)).toEqual([undefined, true, true]);
  });
});
