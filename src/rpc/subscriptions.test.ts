import { describe, expect, it } from "vitest";
import { createForkedNode } from "../../test/support/forked-node.ts";
import { process, results, setUp } from "../../test/support/subscribers.ts";
import { voteProgramAddress } from "../chain/addresses.ts";
import { createSubscriptions } from "./subscriptions.ts";

describe("slots and roots", () => {
  it("are told in Solana's frame", () => {
    const { node, open } = setUp();
    const client = open();
    const slots = client.subscribe("slotSubscribe");
    const roots = client.subscribe("rootSubscribe");
    const b1 = node.block({ slot: 1 });
    process(node, b1);
    node.confirm(b1);
    node.finalize(b1);
    process(node, node.block({ slot: 3, parent: b1 }));
    expect(client.texts).toEqual([
      `{"jsonrpc":"2.0","method":"slotNotification","params":{"result":{"slot":1,"parent":0,"root":0},"subscription":${slots}}}`,
      `{"jsonrpc":"2.0","method":"rootNotification","params":{"result":1,"subscription":${roots}}}`,
      `{"jsonrpc":"2.0","method":"slotNotification","params":{"result":{"slot":3,"parent":1,"root":1},"subscription":${slots}}}`,
    ]);
  });

  it("are told to every subscriber until it unsubscribes or closes", () => {
    const { node, subscriptions, open } = setUp();
    const [a, b, c] = [open(), open(), open()];
    const ofA = a.subscribe("slotSubscribe");
    b.subscribe("slotSubscribe");
    c.subscribe("slotSubscribe");
    expect(a.ask("slotUnsubscribe", ofA).result).toBe(true);
    c.close();
    process(node, node.block({ slot: 1 }));
    expect([a.take().length, b.take().length, c.take().length]).toEqual([0, 1, 0]);
    expect(subscriptions.count()).toBe(1);
    b.close();
    b.close();
    expect(subscriptions.count()).toBe(0);
  });

  it("stay silent for a connection that is closed, even if it still writes", () => {
    const { subscriptions, open } = setUp();
    const client = open();
    client.close();
    client.onText('{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}');
    expect(subscriptions.count()).toBe(0);
  });
});

describe("a signature", () => {
  it("is told once, at its commitment, and then its subscription is gone", () => {
    const { node, subscriptions, open } = setUp();
    const client = open();
    const sent = node.transfer(0, 1, 5n);
    const ids = ["processed", "confirmed", "finalized"].map((commitment) =>
      client.subscribe("signatureSubscribe", sent.signature, { commitment }),
    );
    const told = () => client.take().map((frame) => [frame.params?.subscription, frame.params?.result]);
    const value = { context: { slot: 1 }, value: { err: null } };
    const b1 = node.block({ slot: 1, transactions: [sent] });
    node.add(b1);
    expect(told()).toEqual([]);
    node.head(b1);
    expect(told()).toEqual([[ids[0], value]]);
    node.confirm(b1);
    expect(told()).toEqual([[ids[1], value]]);
    const b2 = node.block({ slot: 2, parent: b1 });
    process(node, b2);
    node.confirm(b2);
    expect(told()).toEqual([]);
    node.finalize(b1);
    expect(told()).toEqual([[ids[2], value]]);
    expect(subscriptions.count()).toBe(0);
    expect(ids.map((id) => client.ask("signatureUnsubscribe", id).result)).toEqual([true, true, true]);
  });

  it("means finalized when no commitment is given", () => {
    const { node, open } = setUp();
    const client = open();
    const sent = node.transfer(0, 1, 5n);
    client.subscribe("signatureSubscribe", sent.signature);
    const b1 = node.block({ slot: 1, transactions: [sent] });
    process(node, b1);
    node.confirm(b1);
    expect(client.take()).toEqual([]);
    node.finalize(b1);
    expect(client.take()).toHaveLength(1);
  });

  it("in a slot that is jumped over is told with the slot it landed in", () => {
    const { node, open } = setUp();
    const client = open();
    const sent = [node.transfer(0, 1, 1n), node.transfer(0, 1, 2n), node.transfer(0, 1, 3n)];
    for (const { signature } of sent) client.subscribe("signatureSubscribe", signature, { commitment: "confirmed" });
    const b1 = node.block({ slot: 1, transactions: [sent[0]!] });
    const b2 = node.block({ slot: 2, parent: b1, transactions: [sent[1]!] });
    const b5 = node.block({ slot: 5, parent: b2, transactions: [sent[2]!] });
    process(node, b1, b2, b5);
    node.confirm(b5);
    expect(results(client.take())).toEqual([1, 2, 5].map((slot) => ({ context: { slot }, value: { err: null } })));
  });

  it("that is known already is told after the answer, once", () => {
    const { node, open } = setUp();
    const client = open();
    const sent = node.transfer(0, 1, 5n);
    const b1 = node.block({ slot: 1, transactions: [sent] });
    process(node, b1);
    client.subscribe("signatureSubscribe", sent.signature, { commitment: "confirmed" });
    expect(client.take()).toEqual([]);
    const id = client.subscribe("signatureSubscribe", sent.signature, { commitment: "processed" });
    const value = { context: { slot: 1 }, value: { err: null } };
    expect(client.take()).toMatchObject([{ params: { result: value, subscription: id } }]);
    node.confirm(b1);
    expect(client.take()).toHaveLength(1);
  });

  it("that becomes known while the deferred telling waits is told once", () => {
    const waiting: (() => void)[] = [];
    const { node, open } = setUp({}, (work) => waiting.push(work));
    const client = open();
    const sent = node.transfer(0, 1, 5n);
    client.subscribe("signatureSubscribe", sent.signature, { commitment: "processed" });
    process(node, node.block({ slot: 1, transactions: [sent] }));
    expect(client.take()).toHaveLength(1);
    for (const work of waiting) work();
    expect(client.take()).toEqual([]);
  });

  it("carries the error of a failed transaction", () => {
    const { node, open } = setUp();
    const client = open();
    const sent = node.transfer(0, 1, 10n ** 15n);
    client.subscribe("signatureSubscribe", sent.signature, { commitment: "processed" });
    process(node, node.block({ slot: 1, transactions: [sent] }));
    const err = { InstructionError: [0, { Custom: 1 }] };
    expect(results(client.take())).toEqual([{ context: { slot: 1 }, value: { err } }]);
  });

  it("is told as received when it is taken in, or first seen in a block", () => {
    const { node, subscriptions, open } = setUp();
    const client = open();
    const [early, late] = [node.transfer(0, 1, 5n), node.transfer(0, 1, 6n)];
    const wish = { commitment: "processed", enableReceivedNotification: true };
    client.subscribe("signatureSubscribe", early.signature, wish);
    client.subscribe("signatureSubscribe", late.signature, wish);
    const received = { context: { slot: 0 }, value: "receivedSignature" };
    subscriptions.onTransactionReceived(early.signature);
    subscriptions.onTransactionReceived(early.signature);
    expect(results(client.take())).toEqual([received]);
    node.add(node.block({ slot: 1, transactions: [early, late] }));
    expect(results(client.take())).toEqual([received]);
  });

  it("that is no signature is refused", () => {
    const { open } = setUp();
    for (const bad of ["", "abc", 5, null, undefined, {}, "1".repeat(100)]) {
      expect(open().ask("signatureSubscribe", bad).error?.code).toBe(-32602);
    }
  });
});

describe("an account", () => {
  it("is told when it differs between two banks at the commitment, and only then", () => {
    const { node, open } = setUp();
    const client = open();
    const wish = { commitment: "confirmed", encoding: "base64" };
    const id = client.subscribe("accountSubscribe", node.address(1), wish);
    const b1 = node.block({ slot: 1, transactions: [node.transfer(0, 1, 5n)] });
    const b2 = node.block({ slot: 2, parent: b1, transactions: [node.transfer(0, 2, 5n)] });
    const b3 = node.block({ slot: 3, parent: b2 });
    process(node, b1, b2, b3);
    expect(client.take()).toEqual([]);
    node.confirm(b2);
    const frames = client.take();
    expect(frames).toMatchObject([
      { method: "accountNotification", params: { subscription: id, result: { context: { slot: 2 } } } },
    ]);
    expect(frames[0]?.params?.result).toMatchObject({ value: { lamports: 1_000_000_000_005, space: 0 } });
    node.confirm(b3);
    expect(client.take()).toEqual([]);
  });

  it("is told again when the node changes to a fork where it is another", () => {
    const { node, open } = setUp();
    const client = open();
    client.subscribe("accountSubscribe", node.address(1), { commitment: "processed", encoding: "base64" });
    process(node, node.block({ slot: 1, transactions: [node.transfer(0, 1, 5n)] }));
    process(node, node.block({ slot: 2 }));
    const lamports = results(client.take()).map((result) => (result as { value: { lamports: number } }).value.lamports);
    expect(lamports).toEqual([1_000_000_000_005, 1_000_000_000_000]);
  });

  it("that is gone is told as empty, and the System program's", () => {
    const { node, open } = setUp();
    const client = open();
    client.subscribe("accountSubscribe", node.address(0), { commitment: "processed", encoding: "base64" });
    const fee = 5000n;
    process(node, node.block({ slot: 1, transactions: [node.transfer(0, 1, 1000n * 10n ** 9n - fee)] }));
    expect(results(client.take())).toMatchObject([
      { value: { lamports: 0, owner: "11111111111111111111111111111111", data: ["", "base64"], space: 0 } },
    ]);
  });
});

describe("logs", () => {
  it("are told for all transactions but votes, for all, or for those that mention an address", () => {
    const { node, open } = setUp();
    const client = open();
    const commitment = { commitment: "processed" };
    client.subscribe("logsSubscribe", "all", commitment);
    const ofOne = client.subscribe("logsSubscribe", { mentions: [node.address(2)] }, commitment);
    const ofVotes = client.subscribe("logsSubscribe", { mentions: [voteProgramAddress] }, commitment);
    const [first, second] = [node.transfer(0, 1, 5n), node.transfer(0, 2, 6n)];
    process(node, node.block({ slot: 1, transactions: [first, second] }));
    const told = client.take().map((frame) => {
      const result = frame.params?.result as { value: { signature: string; err: unknown; logs: string[] } };
      expect(result.value.err).toBeNull();
      expect(result.value.logs[0]).toContain("invoke [1]");
      return [frame.params?.subscription, result.value.signature];
    });
    expect(told.map(([, signature]) => signature).sort()).toEqual(
      [first.signature, second.signature, second.signature].sort(),
    );
    expect(told.filter(([id]) => id === ofOne)).toEqual([[ofOne, second.signature]]);
    expect(told.filter(([id]) => id === ofVotes)).toEqual([]);
  });

  it("of votes are for those who ask for votes, too, or mention the vote program", () => {
    const { node, open } = setUp();
    const client = open();
    const commitment = { commitment: "processed" };
    client.subscribe("logsSubscribe", "all", commitment);
    const wanting = [
      client.subscribe("logsSubscribe", "allWithVotes", commitment),
      client.subscribe("logsSubscribe", { mentions: [voteProgramAddress] }, commitment),
    ];
    const b1 = node.block({ slot: 1 });
    process(node, b1, node.block({ slot: 2, parent: b1, transactions: [node.vote(b1)] }));
    expect(client.take().map((frame) => frame.params?.subscription)).toEqual(wanting);
  });

  it("take exactly one address", () => {
    const { node, open } = setUp();
    const ask = (filter: unknown) => open().ask("logsSubscribe", filter).error?.code;
    const one = node.address(0);
    expect(ask({ mentions: [one] })).toBeUndefined();
    for (const bad of [
      { mentions: [] },
      { mentions: [one, one] },
      { mentions: one },
      { mentions: ["x"] },
      "none",
      null,
    ]) {
      expect(ask(bad)).toBe(-32602);
    }
  });
});

describe("blocks", () => {
  it("are told in order, one for each slot passed over", () => {
    const { node, open } = setUp();
    const client = open();
    client.subscribe("blockSubscribe", "all", { commitment: "confirmed", transactionDetails: "signatures" });
    const sent = node.transfer(0, 1, 5n);
    const b1 = node.block({ slot: 1, transactions: [sent] });
    const b2 = node.block({ slot: 3, parent: b1 });
    process(node, b1, b2);
    node.confirm(b2);
    expect(results(client.take())).toMatchObject([
      {
        context: { slot: 1 },
        value: { slot: 1, err: null, block: { blockhash: b1.blockhash, signatures: [sent.signature] } },
      },
      { context: { slot: 3 }, value: { slot: 3, err: null, block: { blockhash: b2.blockhash, signatures: [] } } },
    ]);
  });

  it("with a filter hold only what mentions the address, and are not told without", () => {
    const { node, open } = setUp();
    const client = open();
    const filter = { mentionsAccountOrProgram: node.address(2) };
    client.subscribe("blockSubscribe", filter, { commitment: "confirmed", transactionDetails: "signatures" });
    const [other, wanted] = [node.transfer(0, 1, 5n), node.transfer(0, 2, 6n)];
    const b1 = node.block({ slot: 1, transactions: [node.transfer(0, 1, 7n)] });
    const b2 = node.block({ slot: 2, parent: b1, transactions: [other, wanted] });
    process(node, b1, b2);
    node.confirm(b2);
    expect(results(client.take())).toMatchObject([{ value: { slot: 2, block: { signatures: [wanted.signature] } } }]);
  });

  it("cannot be had at processed", () => {
    const { open } = setUp();
    expect(open().ask("blockSubscribe", "all", { commitment: "processed" }).error?.code).toBe(-32602);
    expect(open().ask("blockSubscribe", "all").error).toBeUndefined();
  });
});

describe("votes", () => {
  it("are told as they are seen in blocks", () => {
    const { node, open } = setUp();
    const client = open();
    client.subscribe("voteSubscribe");
    const b1 = node.block({ slot: 1 });
    const vote = node.vote(b1);
    node.add(b1);
    node.add(node.block({ slot: 2, parent: b1, transactions: [node.transfer(0, 1, 5n), vote] }));
    const { blockId: hash, unixTimestamp: timestamp } = b1;
    expect(results(client.take())).toEqual([
      { votePubkey: node.voteAccount, slots: [1], hash, timestamp, signature: vote.signature },
    ]);
  });
});

describe("a connection that closes while it is told", () => {
  it("leaves the others undisturbed", () => {
    const { node, subscriptions, open } = setUp();
    const before = open();
    before.subscribe("slotSubscribe");
    const dropped = subscriptions.open((text) => {
      if (text.includes("Notification")) dropped.close();
    });
    dropped.onText('{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}');
    const after = open();
    after.subscribe("slotSubscribe");
    process(node, node.block({ slot: 1 }));
    expect([before.take().length, after.take().length, subscriptions.count()]).toEqual([1, 1, 2]);
  });
});

describe("a report without subscribers", () => {
  it("asks nothing of the ledger", () => {
    const node = createForkedNode();
    const ledger = new Proxy(node.view.ledger, {
      get: () => () => {
        throw new Error("the ledger was asked");
      },
    });
    const rpc = { answer: () => null, callText: () => null };
    const subscriptions = createSubscriptions({ view: { ...node.view, ledger }, rpc });
    node.onReport(subscriptions.onReport);
    const b1 = node.block({ slot: 1, transactions: [node.transfer(0, 1, 5n)] });
    process(node, b1);
    node.confirm(b1);
    node.finalize(b1);
  });
});
