/** Subscriptions to a program's accounts, and to how slots get on. */
import { describe, expect, it } from "vitest";
import { process, results, setUp } from "../../test/support/subscribers.ts";
import { refuse } from "../base/refusal.ts";
import { systemProgramAddress, voteProgramAddress } from "../chain/addresses.ts";
import { addressBytes, compareAddresses, slotOf } from "../chain/ids.ts";

type Keyed = {
  readonly context: { readonly slot: number };
  readonly value: { readonly pubkey: string; readonly account: { readonly lamports: number; readonly data: unknown } };
};

describe("a program's accounts", () => {
  it("are told when they change, each once, by ascending address", () => {
    const { node, open } = setUp();
    const client = open();
    const id = client.subscribe("programSubscribe", systemProgramAddress, {
      commitment: "processed",
      encoding: "base64",
    });
    const [from, to] = [node.address(0), node.address(1)];
    const b1 = node.block({ slot: 1, transactions: [node.transfer(0, 1, 5n), node.transfer(0, 1, 6n)] });
    process(node, b1);
    const frames = client.take();
    expect(frames.every(({ method, params }) => method === "programNotification" && params?.subscription === id)).toBe(
      true,
    );
    const told = results(frames) as Keyed[];
    expect(told.every(({ context }) => context.slot === 1)).toBe(true);
    const pubkeys = told.map(({ value }) => value.pubkey);
    expect(pubkeys).toEqual([...pubkeys].sort((a, b) => compareAddresses(a as never, b as never)));
    expect(new Set(pubkeys)).toEqual(new Set([from, to, b1.leader]));
    const { value } = told.find(({ value: { pubkey } }) => pubkey === to)!;
    expect(value.account).toMatchObject({ owner: systemProgramAddress, data: ["", "base64"], space: 0 });
    process(node, node.block({ slot: 2, parent: b1 }));
    expect(client.take()).toEqual([]);
    expect(client.ask("programUnsubscribe", id).result).toBe(true);
    process(node, node.block({ slot: 3, parent: b1, transactions: [node.transfer(0, 1, 7n)] }));
    expect(client.take()).toEqual([]);
  });

  it("are told at the commitment asked for, finalized when none is", () => {
    const { node, open } = setUp();
    const client = open();
    client.subscribe("programSubscribe", voteProgramAddress, { encoding: "base64" });
    const b1 = node.block({ slot: 1 });
    process(node, b1);
    const b2 = node.block({ slot: 2, parent: b1, transactions: [node.vote(b1)] });
    process(node, b2);
    node.confirm(b2);
    node.finalize(b1);
    expect(client.take()).toEqual([]);
    node.finalize(b2);
    expect((results(client.take()) as Keyed[]).map(({ value }) => value.pubkey)).toEqual([node.voteAccount]);
  });

  it("are told only where the filters hold, in the encoding asked for", () => {
    const { node, open } = setUp();
    const client = open();
    const at = (filters: readonly unknown[], encoding: string) =>
      client.subscribe("programSubscribe", voteProgramAddress, { commitment: "processed", filters, encoding });
    const [identity] = [node.block({ slot: 1 }).leader!];
    const parsed = at([{ dataSize: 3762 }, { memcmp: { offset: 4, bytes: identity } }], "jsonParsed");
    const sliced = at([{ memcmp: { offset: 4, bytes: [...addressBytes(identity)] } }], "base64");
    at([{ dataSize: 3761 }], "base64");
    at([{ memcmp: { offset: 5, bytes: identity } }], "base64");
    const long = at([], "base58");
    const b1 = node.block({ slot: 1 });
    process(node, b1, node.block({ slot: 2, parent: b1, transactions: [node.vote(b1)] }));
    const frames = client.take();
    expect(frames.map(({ params }) => params?.subscription)).toEqual([parsed, sliced, long]);
    const [first, , third] = results(frames) as Keyed[];
    expect(first!.value.account.data).toMatchObject({ program: "vote", parsed: { info: { nodePubkey: identity } } });
    expect(third!.value.account.data).toEqual(["error: data too large for bs58 encoding", "base58"]);
  });

  it("that differ between forks are told when the head changes sides", () => {
    const { node, open } = setUp();
    const client = open();
    client.subscribe("programSubscribe", systemProgramAddress, { commitment: "processed", encoding: "base64" });
    const [left, right] = [node.transfer(0, 1, 5n), node.transfer(0, 2, 6n)].map((sent, index) =>
      node.block({ slot: index + 1, transactions: [sent] }),
    );
    process(node, left!);
    client.take();
    process(node, right!);
    const told = (results(client.take()) as Keyed[]).map(({ value }) => value.pubkey);
    expect(told).toEqual(expect.arrayContaining([node.address(1), node.address(2), node.address(0)]));
  });

  it("are not asked for with filters that make no sense", () => {
    const { open } = setUp();
    const client = open();
    const refused = (...params: unknown[]) => client.ask("programSubscribe", ...params).error;
    expect(refused()).toMatchObject({ code: -32602 });
    expect(refused("x")).toMatchObject({ code: -32602 });
    expect(refused(voteProgramAddress, { filters: Array(5).fill({ dataSize: 1 }) })).toMatchObject({
      code: -32602,
      message: expect.stringMatching(/at most 4 filters/),
    });
    expect(refused(voteProgramAddress, { filters: [{}] })).toMatchObject({ code: -32602 });
    expect(refused(voteProgramAddress, { commitment: "recent" })).toMatchObject({ code: -32602 });
  });
});

describe("updates of slots", () => {
  it("tell each step of a block, stamped by the chain's own clock", () => {
    const { node, open } = setUp();
    const client = open();
    const id = client.subscribe("slotsUpdatesSubscribe");
    const failing = node.transfer(0, 1, 10n ** 18n);
    const block = node.block({ slot: 3, transactions: [node.transfer(0, 1, 5n), failing] });
    const timestamp = block.unixTimestamp * 1000;
    process(node, block);
    const stats = {
      numTransactionEntries: 1,
      numSuccessfulTransactions: 1,
      numFailedTransactions: 1,
      maxTransactionsPerEntry: 2,
    };
    const frames = client.take();
    expect(frames[0]).toMatchObject({ method: "slotsUpdatesNotification", params: { subscription: id } });
    expect(results(frames)).toEqual([
      { slot: 3, parent: 0, timestamp, type: "createdBank" },
      { slot: 3, timestamp, type: "completed" },
      { slot: 3, timestamp, stats, type: "frozen" },
    ]);
    node.confirm(block);
    node.finalize(block);
    expect(results(client.take())).toEqual([
      { slot: 3, timestamp, type: "optimisticConfirmation" },
      { slot: 3, timestamp, type: "root" },
    ]);
    expect(client.ask("slotsUpdatesUnsubscribe", id).result).toBe(true);
    process(node, node.block({ slot: 4, parent: block }));
    expect(client.take()).toEqual([]);
  });

  it("tell of an empty block, and of one that is refused", () => {
    const { node, subscriptions, open } = setUp();
    const client = open();
    client.subscribe("slotsUpdatesSubscribe");
    const block = node.block({ slot: 1 });
    process(node, block);
    expect(results(client.take())[2]).toMatchObject({
      stats: { numTransactionEntries: 0, maxTransactionsPerEntry: 0 },
    });
    subscriptions.onReport({
      type: "block-refused",
      slot: slotOf(20),
      blockId: block.blockId,
      from: node.address(0),
      refusal: refuse("block-hash-wrong", { slot: 20 }),
    });
    const [dead] = results(client.take()) as { readonly timestamp: number }[];
    expect(dead).toMatchObject({ slot: 20, type: "dead", err: expect.stringMatching(/block-hash-wrong/) });
    expect(dead!.timestamp).toBeGreaterThan(block.unixTimestamp * 1000 - 1);
    expect(client.ask("slotsUpdatesSubscribe", 1).error).toMatchObject({ code: -32602 });
  });
});
