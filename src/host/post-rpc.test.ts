import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { answerPost, isPost } from "./post-rpc.ts";
import type { TextRpc } from "./web-app.ts";

const servers: Server[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(rpc: TextRpc) {
  const onError = vi.fn();
  const server = createServer((request, response) =>
    answerPost({ rpc, bodyBytesMax: 1000, onError }, request, response),
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, onError };
}

function later<T>() {
  let finish: (value: T) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const promise = new Promise<T>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  return { promise, finish, fail };
}

const post = { method: "POST", body: "{}" };

describe("a request by POST", () => {
  it("is one to the root, with or without a query", () => {
    const is = (method: string, url: string) => isPost({ method, url });
    expect([is("POST", "/"), is("POST", "/?api-key=1"), is("POST", "/health"), is("GET", "/")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("is read whole, in pieces and in any characters, and answered with its length", async () => {
    const { url } = await serve({ callText: (text) => `<${text}>` });
    const body = `${"é".repeat(100)}😀`;
    const response = await fetch(url, { method: "POST", body });
    expect(await response.text()).toBe(`<${body}>`);
    expect(response.headers.get("content-length")).toBe(String(Buffer.byteLength(body) + 2));
    const bytes = Buffer.from(body);
    const pieces = await new Promise<string>((resolve, reject) => {
      const sent = httpRequest(url, { method: "POST" }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part) => {
          text += part;
        });
        answer.on("end", () => resolve(text));
      });
      sent.on("error", reject);
      sent.write(bytes.subarray(0, 101));
      setTimeout(() => sent.end(bytes.subarray(101)), 20);
    });
    expect(pieces).toBe(`<${body}>`);
  });

  it("may begin with a byte order mark, and be no UTF-8 at all", async () => {
    const { url } = await serve({ callText: (text) => JSON.stringify([...text]) });
    const read = async (...bytes: number[]) =>
      (await fetch(url, { method: "POST", body: Uint8Array.from(bytes) })).json();
    expect(await read(0xef, 0xbb, 0xbf, 0x7b, 0x7d)).toEqual(["{", "}"]);
    expect(await read(0x7b, 0xff, 0xef, 0xbb, 0xbf)).toEqual(["{", "\ufffd", "\ufeff"]);
    expect(await read()).toEqual([]);
  });

  it("is answered when its answer is there, or with nothing for notifications", async () => {
    const { promise, finish } = later<string | null>();
    const { url } = await serve({ callText: (text) => (text === "note" ? Promise.resolve(null) : promise) });
    expect(await (await fetch(url, { method: "POST", body: "note" })).text()).toBe("");
    const answer = fetch(url, post);
    finish('{"result":1}');
    expect(await (await answer).json()).toEqual({ result: 1 });
  });

  it("that takes its time is answered with spaces meanwhile, and is JSON as a whole", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { promise, finish } = later<string>();
    const { url } = await serve({ callText: () => promise });
    const answer = fetch(url, post);
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    vi.advanceTimersByTime(35_000);
    const response = await answer;
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    finish('{"result":1}');
    expect(await response.text()).toBe('   {"result":1}');
    expect(vi.getTimerCount()).toBe(0);
  });

  it("whose client has gone is told so, and its answer thrown away", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { promise, finish } = later<string>();
    let gone: AbortSignal | undefined;
    const { url, onError } = await serve({
      callText: (_, whenGone) => {
        gone = whenGone?.();
        return promise;
      },
    });
    const leaving = new AbortController();
    const answer = fetch(url, { ...post, signal: leaving.signal }).catch(() => "left");
    await vi.waitFor(() => expect(gone).toBeDefined());
    leaving.abort();
    expect(await answer).toBe("left");
    await vi.waitFor(() => expect(gone?.aborted).toBe(true));
    expect(vi.getTimerCount()).toBe(0);
    finish("{}");
    await promise;
    expect(onError).not.toHaveBeenCalled();
  });

  it("whose client has gone unasked for is not answered either", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { promise, finish } = later<string>();
    const { url, onError } = await serve({ callText: () => promise });
    const leaving = new AbortController();
    const answer = fetch(url, { ...post, signal: leaving.signal }).catch(() => "left");
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
    leaving.abort();
    expect(await answer).toBe("left");
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(0));
    finish("{}");
    await promise;
    expect(onError).not.toHaveBeenCalled();
  });

  it("meets our own mistakes as an internal error, which the host hears of", async () => {
    const mistake = new Error("ours");
    const { url, onError } = await serve({
      callText: (text) => {
        if (text === "now") throw mistake;
        return Promise.reject(mistake);
      },
    });
    for (const body of ["now", "later"]) {
      const response = await fetch(url, { method: "POST", body });
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ error: { code: -32603 } });
      expect(onError).toHaveBeenLastCalledWith(mistake);
    }
  });
});
