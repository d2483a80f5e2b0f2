import { base64 } from "@scure/base";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createSmallChain, type SmallChain } from "../../test/support/small-chain.ts";
import { keypairOf } from "../../test/support/transactions.ts";
import type { Transaction } from "../chain/transaction.ts";
import { batchMax, createRpc } from "../rpc/dispatch.ts";
import { createControlRpc } from "./control-rpc.ts";
import { createSendRpc } from "./send-rpc.ts";
import { createSignaturePool, type SignaturePool } from "./signature-pool.ts";

const pool = createSignaturePool({ workersMax: 1, aloneMax: 0 });
afterAll(() => pool.close());

const alice = keypairOf("alice").address;
const config = { encoding: "base64", preflightCommitment: "processed" };
let ids = 0;
const send = (transaction: Transaction, change: object = {}) => ({
  jsonrpc: "2.0",
  id: ids++,
  method: "sendTransaction",
  params: [base64.encode(transaction.bytes), { ...config, ...change }],
});

function forged(transaction: Transaction): Transaction {
  return { ...transaction, bytes: transaction.bytes.slice().fill(0, 1, 65) };
}

/** Two chains alike: one asked the plain way, one by all cores. */
function startTwo(checks: Pick<SignaturePool, "check"> = pool) {
  const onException = vi.fn();
  const [plain, quick] = [createSmallChain(), createSmallChain()].map((small) => {
    small.produce();
    const rpc = createRpc(small.view, { onException });
    return { small, rpc };
  }) as [
    { small: SmallChain; rpc: ReturnType<typeof createRpc> },
    { small: SmallChain; rpc: ReturnType<typeof createRpc> },
  ];
  const behind = {
    callText: vi.fn(quick.rpc.callText),
    callBody: vi.fn(quick.rpc.callBody),
    isControlBody: (body: unknown) => JSON.stringify(body).includes("evm_"),
  };
  const sendRpc = createSendRpc({ view: quick.small.view, pool: checks, rpc: quick.rpc, behind, onException });
  const ask = async (body: unknown) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const answer = await sendRpc.callText(text);
    expect(answer).toBe(plain.rpc.callText(text));
    const pending = ({ small }: typeof plain) => small.pending.map(({ signature }) => signature);
    expect(pending(quick)).toEqual(pending(plain));
    return answer === null ? null : JSON.parse(answer);
  };
  const transfer = (lamports: bigint) => plain.small.transfer(plain.small.faucet, alice, lamports);
  return { plain, quick, behind, ask, transfer, sendRpc, onException };
}

describe("sends whose signatures are checked on all cores", () => {
  it("have the answers of the method itself: one, a batch, and what is wrong with each", async () => {
    const { ask, transfer, behind } = startTwo();
    const [first, second, third] = [transfer(1_000_000n), transfer(2_000_000n), transfer(3_000_000n)];
    expect(await ask(send(first))).toMatchObject({ result: first.signature });
    expect(await ask([send(second), send(forged(third)), send(first), send(transfer(10n ** 18n))])).toMatchObject([
      { result: second.signature },
      { error: { code: -32003 } },
      { result: first.signature },
      { error: { code: -32002 } },
    ]);
    await ask(send(third, { minContextSlot: 1_000_000 }));
    await ask(send(third, { skipPreflight: true }));
    await ask({ ...send(third), params: ["not base64!", config] });
    await ask({ ...send(third), params: [base64.encode(new Uint8Array(200)), config] });
    await ask({ ...send(third), params: [] });
    await ask({ ...send(third), params: null });
    await ask([{ ...send(third), id: undefined }]);
    for (const call of [behind.callText, behind.callBody]) expect(call).not.toHaveBeenCalled();
  });

  it("stand in a batch with others in their order, and see what came before them", async () => {
    const { ask, transfer } = startTwo();
    const sent = transfer(1_000_000n);
    const other = (method: string, ...params: unknown[]) => ({ jsonrpc: "2.0", id: ids++, method, params });
    const answers = await ask([
      other("getSlot"),
      send(sent),
      other("getSignatureStatuses", [sent.signature]),
      other("noSuchMethod"),
      send(sent),
      "not a request",
      { ...send(transfer(5_000_000n)), params: { 0: "by name" } },
    ]);
    expect(answers).toHaveLength(7);
    expect([answers[1].result, answers[4].result]).toEqual([sent.signature, sent.signature]);
  });

  it("are left to the RPC behind when they are none, too many, broken, or steer the clock too", async () => {
    const { ask, transfer, behind } = startTwo();
    const one = send(transfer(1_000_000n));
    const bodies = [
      '{"jsonrpc":"2.0","id":1,"method":"getSlot"}',
      `[${JSON.stringify(one)}`,
      JSON.stringify(Array.from({ length: batchMax + 1 }, () => one)),
      JSON.stringify({ ...one, jsonrpc: "1.0" }),
      JSON.stringify({ ...one, id: {} }),
      JSON.stringify([]),
      JSON.stringify([{ jsonrpc: "2.0", id: 1, method: "getVersion", params: [] }, "sendTransaction"]),
      JSON.stringify([one, { jsonrpc: "2.0", id: 1, method: "evm_none" }]),
    ];
    for (const body of bodies) await ask(body);
    expect(behind.callText.mock.calls.length + behind.callBody.mock.calls.length).toBe(bodies.length);
  });

  it("are parsed once, and so is whatever else comes", async () => {
    const { quick, transfer, onException } = startTwo();
    const { view } = quick.small;
    const behind = createControlRpc({ clock: {} as never, rpc: quick.rpc, view, onException });
    const { callText } = createSendRpc({ view, pool, rpc: quick.rpc, behind, onException });
    const one = send(transfer(1_000_000n));
    const other = (method: string) => ({ jsonrpc: "2.0", id: "\u0001", method, params: [] });
    const bodies = [
      one,
      { ...one, id: "\u0001" },
      other("getSlot"),
      other("surfnet_pauseClock"),
      [one, other("evm_mine")],
    ];
    const parse = vi.spyOn(JSON, "parse");
    for (const body of bodies) {
      const text = JSON.stringify(body);
      parse.mockClear();
      await callText(text);
      expect(
        parse.mock.calls.filter(([parsed]) => parsed === text),
        text,
      ).toHaveLength(1);
    }
    parse.mockRestore();
  });

  it("know the method by its name however it is spelt", async () => {
    const { ask, transfer, behind } = startTwo();
    const sent = transfer(1_000_000n);
    const text = JSON.stringify(send(sent)).replace("sendTransaction", "send\\u0054ransaction");
    expect(await ask(text)).toMatchObject({ result: sent.signature });
    for (const call of [behind.callText, behind.callBody]) expect(call).not.toHaveBeenCalled();
  });

  it("are handed in together, up to a full batch", async () => {
    const { quick, sendRpc, transfer } = startTwo();
    const submit = vi.spyOn(quick.small.view, "submit");
    const batch = Array.from({ length: batchMax }, (_, index) => send(transfer(BigInt(1_000_000 + index))));
    const answers = JSON.parse((await sendRpc.callText(JSON.stringify(batch)))!);
    expect(answers).toHaveLength(batchMax);
    expect(submit).toHaveBeenCalledTimes(1);
    expect(submit.mock.calls[0]![0]).toHaveLength(batchMax);
  });

  it("are answered with an internal error when the node is closed meanwhile, and when a mistake is ours", async () => {
    const closing = startTwo({ check: () => Promise.reject(new Error("closed")) });
    const one = JSON.stringify(send(closing.transfer(1_000_000n)));
    const hasTriage = closing.quick.small.view.chain.crypto.signatures.triage !== undefined;
    if (hasTriage)
      expect(JSON.parse((await closing.sendRpc.callText(one))!)).toMatchObject({ error: { code: -32603 } });
    const broken = startTwo();
    vi.spyOn(broken.quick.small.view, "submit").mockImplementation(() => {
      throw new Error("ours");
    });
    const text = JSON.stringify([send(broken.transfer(1_000_000n)), send(forged(broken.transfer(2n)))]);
    const answers = JSON.parse((await broken.sendRpc.callText(text))!);
    expect(answers).toMatchObject([{ error: { code: -32603 } }, { error: { code: -32603 } }]);
    expect(broken.onException).toHaveBeenCalledTimes(1);
  });
});
