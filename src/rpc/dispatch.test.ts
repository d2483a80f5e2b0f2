import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSmallChain } from "../../test/support/small-chain.ts";
import { answerBatch, answersTextMax, batchMax, createRpc, type Rpc, requestTextMax } from "./dispatch.ts";
import { formatJson, parseJson } from "./json.ts";
import { methods } from "./methods/registry.ts";

const small = createSmallChain();
for (let i = 0; i < 4; i++) small.produce();
const rpc = createRpc(small.view);

/** From values to values, through text. */
function call(body: unknown, through: Rpc = rpc): unknown {
  const text = through.callText(formatJson(body));
  const parsed = text === null ? null : parseJson(text);
  if (parsed !== null && !parsed.ok) throw new Error(`not JSON: ${text}`);
  return parsed === null ? null : parsed.value;
}

const health = { jsonrpc: "2.0", id: 1, method: "getHealth" };
const ok = { jsonrpc: "2.0", id: 1, result: "ok" };
const withCode = (code: number, id: unknown = null) => ({ jsonrpc: "2.0", id, error: { code } });

describe("JSON-RPC", () => {
  it("answers a request, with or without params", () => {
    expect(call(health)).toEqual(ok);
    expect(call({ ...health, params: [] })).toEqual(ok);
    expect(call({ ...health, params: null })).toEqual(ok);
  });

  it("gives back the id as it came", () => {
    for (const id of ["7", 0, -1.5, null, 2n ** 64n]) expect(call({ ...health, id })).toEqual({ ...ok, id });
    expect(rpc.callText('{"jsonrpc":"2.0","id":18446744073709551615,"method":"getHealth"}')).toBe(
      '{"jsonrpc":"2.0","id":18446744073709551615,"result":"ok"}',
    );
  });

  it("answers no notification, even one of a method it does not know", () => {
    expect(call({ jsonrpc: "2.0", method: "ping" })).toBeNull();
    expect(rpc.callText('{"jsonrpc":"2.0","method":"ping","params":null}')).toBeNull();
    expect(call([{ jsonrpc: "2.0", method: "ping" }])).toBeNull();
  });

  it("answers a batch in its order, leaving notifications out", () => {
    const batch = [health, { jsonrpc: "2.0", method: "ping" }, { ...health, id: 2, method: "nope" }, 5];
    expect(call(batch)).toMatchObject([ok, withCode(-32601, 2), withCode(-32600)]);
  });

  it("takes a batch at its limit, and refuses an empty one and one past the limit", () => {
    expect(call(Array(batchMax).fill(health))).toHaveLength(batchMax);
    expect(call(Array(batchMax + 1).fill(health))).toMatchObject(withCode(-32600));
    expect(call([])).toMatchObject(withCode(-32600));
  });

  it("answers a batch until its answers are too many characters, and refuses the rest unasked", () => {
    const asked: unknown[] = [];
    const batch = (length: number) =>
      answerBatch([{ id: 1 }, { id: 2 }, { id: "x" }, { method: "ping" }, 5], (request) => {
        asked.push(request);
        return `"${"a".repeat(length - 2)}"`;
      });
    expect(batch(answersTextMax / 5)).not.toContain("error");
    expect(asked.splice(0)).toHaveLength(5);
    const tail = batch(answersTextMax / 2 + 1)!.slice(answersTextMax + 5);
    expect(asked).toEqual([{ id: 1 }, { id: 2 }]);
    expect(parseJson(`[${tail}`)).toMatchObject({ ok: true, value: [withCode(-32603, "x")] });
  });

  it("refuses what is no request", () => {
    for (const body of [null, 1, "x", {}, { jsonrpc: "1.0", id: 1, method: "getHealth" }, { jsonrpc: "2.0", id: 1 }]) {
      expect(call(body)).toMatchObject({ error: { code: -32600 } });
    }
    expect(call({ ...health, id: {} })).toMatchObject(withCode(-32600));
    expect(call({ ...health, id: true })).toMatchObject(withCode(-32600));
  });

  it("knows no method that is not in its list", () => {
    for (const method of ["getTokenSupply", "__proto__", "constructor", "", "gethealth"]) {
      expect(call({ ...health, method })).toMatchObject(withCode(-32601, 1));
    }
  });

  it("takes params by position only", () => {
    expect(call({ ...health, params: {} })).toMatchObject(withCode(-32602, 1));
    expect(call({ ...health, params: "x" })).toMatchObject(withCode(-32602, 1));
  });

  it("says where a text stops being JSON, and refuses one that is too long or too deep", () => {
    expect(JSON.parse(rpc.callText("{") ?? "")).toMatchObject(withCode(-32700));
    expect(JSON.parse(rpc.callText("[".repeat(5000)) ?? "")).toMatchObject(withCode(-32700));
    expect(JSON.parse(rpc.callText(" ".repeat(requestTextMax + 1)) ?? "")).toMatchObject(withCode(-32600));
    const padded = JSON.stringify(health).padEnd(requestTextMax);
    expect(JSON.parse(rpc.callText(padded) ?? "")).toEqual(ok);
  });

  it("turns an exception into an internal error that tells nothing, and reports it", () => {
    const seen: unknown[] = [];
    const broken = {
      ...small.view,
      slotsBehind: () => {
        throw new Error("secret");
      },
    };
    const watched = createRpc(broken, { onException: (exception, method) => seen.push(exception, method) });
    const answer = call(health, watched);
    expect(answer).toEqual({ jsonrpc: "2.0", id: 1, error: { code: -32603, message: "Internal error" } });
    expect(seen).toEqual([new Error("secret"), "getHealth"]);
  });

  it("survives any params to any method without an exception", () => {
    const { signature } = small.transfer(small.faucet, small.faucet.address, 1n);
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
      fc.nat(40),
      fc.constantFrom<unknown>(
        small.faucet.address,
        signature,
        [signature],
        [small.faucet.address],
        2 ** 53 - 1,
        "AQ==",
      ),
      fc.record(
        {
          commitment: fc.constantFrom("processed", "confirmed", "finalized", "max"),
          encoding: fc.constantFrom("base58", "base64", "jsonParsed", "json", "base64+zstd"),
          transactionDetails: fc.constantFrom("full", "accounts", "signatures", "none"),
        },
        { requiredKeys: [] },
      ),
    );
    const failures: unknown[] = [];
    const watched = createRpc(small.view, { onException: (exception, method) => failures.push(method, exception) });
    fc.assert(
      fc.property(fc.constantFrom(...methods.keys()), fc.array(value, { maxLength: 3 }), (method, params) => {
        const answer = call({ ...health, method, params }, watched);
        expect(answer).toMatchObject({ jsonrpc: "2.0", id: 1 });
        expect(failures).toEqual([]);
      }),
      { seed: 1234, numRuns: 3000 },
    );
  });
});
