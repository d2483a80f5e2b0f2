import { once } from "node:events";
import { request } from "node:http";
import { createConnection, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { openServer, type RpcServer, type ServerOptions } from "../../src/host/server.ts";
import { answerBatch, type Rpc } from "../../src/rpc/dispatch.ts";
import { formatJson, parseJson } from "../../src/rpc/json.ts";
import { createSubscriptions } from "../../src/rpc/subscriptions.ts";
import { createForkedNode } from "../support/forked-node.ts";

/** Answers every request with its method's name; enough to see that texts go in and out. */
function answerTo(body: unknown): unknown {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  if (typeof fields.method !== "string") return { jsonrpc: "2.0", error: { code: -32600, message: "no" }, id: null };
  if (fields.method === "explode") throw new Error("our own mistake");
  if (fields.method === "large") return { jsonrpc: "2.0", result: "x".repeat(65_536), id: fields.id };
  return fields.id === undefined ? null : { jsonrpc: "2.0", result: fields.method, id: fields.id };
}

const standIn: Pick<Rpc, "callText" | "answer"> = {
  answer(request) {
    const response = answerTo(request);
    return response === null ? null : formatJson(response);
  },
  callText(text) {
    const parsed = parseJson(text);
    if (!parsed.ok) return formatJson({ jsonrpc: "2.0", error: { code: -32700, message: "Parse error" }, id: null });
    return Array.isArray(parsed.value) ? answerBatch(parsed.value, standIn.answer) : standIn.answer(parsed.value);
  },
};

const servers: RpcServer[] = [];
const errors: unknown[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  errors.length = 0;
});

async function start(overrides: Partial<ServerOptions> = {}) {
  const node = createForkedNode();
  const subscriptions = createSubscriptions({ view: node.view, rpc: standIn });
  node.onReport(subscriptions.onReport);
  const server = await openServer({
    rpc: standIn,
    subscriptions,
    slotsBehind: () => null,
    rpcPort: 0,
    onError: (error) => errors.push(error),
    ...overrides,
  });
  servers.push(server);
  return { ...server, server, node, subscriptions };
}

function post(url: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  return fetch(url, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });
}

const getSlot = '{"jsonrpc":"2.0","id":1,"method":"getSlot"}';

async function expectServing(url: string): Promise<void> {
  expect(await (await post(url, getSlot)).json()).toEqual({ jsonrpc: "2.0", result: "getSlot", id: 1 });
}

async function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await once(socket, "open");
  return socket;
}

async function ask(socket: WebSocket, text: string): Promise<Record<string, unknown>> {
  const answer = once(socket, "message");
  socket.send(text);
  return JSON.parse(String((await answer)[0]));
}

async function closedBy(socket: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = await once(socket, "close");
  return { code, reason: String(reason) };
}

const portOf = (url: string): number => Number(new URL(url).port);

function rawConnection(url: string): Socket {
  return createConnection({ host: "127.0.0.1", port: portOf(url) });
}

describe("HTTP", () => {
  it("answers JSON-RPC, whatever the content type says", async () => {
    const { rpcUrl } = await start();
    await expectServing(rpcUrl);
    for (const type of ["text/plain", "application/json; charset=utf-8", "application/x-www-form-urlencoded", "odd"]) {
      const response = await post(rpcUrl, getSlot, { "content-type": type });
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
      expect(await response.json()).toMatchObject({ result: "getSlot" });
    }
  });

  it("answers broken JSON with 200 and a JSON-RPC error, and nothing to notifications", async () => {
    const { rpcUrl } = await start();
    for (const text of ["", "{", "nonsense", "\u0000", '{"jsonrpc":"2.0"', "[".repeat(10_000)]) {
      const response = await post(rpcUrl, text);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ error: { code: -32700 }, id: null });
    }
    const invalidUtf8 = await post(rpcUrl, Uint8Array.of(0xff, 0xfe, 0x80));
    expect(await invalidUtf8.json()).toMatchObject({ error: { code: -32700 } });
    const notification = await post(rpcUrl, '{"jsonrpc":"2.0","method":"ping"}');
    expect([notification.status, await notification.text()]).toEqual([200, ""]);
    await expectServing(rpcUrl);
  });

  it("takes a body at the limit and refuses one past it, told or untold its length", async () => {
    const { rpcUrl } = await start({ limits: { bodyBytesMax: 100 } });
    const at = getSlot + " ".repeat(100 - getSlot.length);
    expect((await post(rpcUrl, at)).status).toBe(200);
    const past = await post(rpcUrl, `${at} `);
    expect([past.status, await past.json()]).toMatchObject([
      413,
      { jsonrpc: "2.0", error: { code: -32600 }, id: null },
    ]);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const chunked = request(rpcUrl, { method: "POST" }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      chunked.on("error", reject);
      chunked.write(at);
      chunked.end(" ");
    });
    expect(status).toBe(413);
    await expectServing(rpcUrl);
  });

  it("survives a flood far past the body limit", async () => {
    const { rpcUrl } = await start({ limits: { bodyBytesMax: 1000 } });
    // The server may answer or cut the line while the client still writes; it must only not fall over.
    await post(rpcUrl, "x".repeat(20_000_000)).then(
      (response) => expect(response.status).toBe(413),
      () => {},
    );
    await expectServing(rpcUrl);
  });

  it("says how it is, and what it is", async () => {
    let behind: number | null = null;
    const { rpcUrl } = await start({ slotsBehind: () => behind });
    const health = async () => (await fetch(`${rpcUrl}/health`)).text();
    expect(await health()).toBe("ok");
    behind = 7;
    expect(await health()).toBe("behind");
    behind = -1;
    expect(await health()).toBe("unknown");
    expect(await (await fetch(rpcUrl)).text()).toContain("Escapement");
    expect((await fetch(`${rpcUrl}/nowhere`)).status).toBe(404);
  });

  it("refuses other methods with 405, and says which it takes", async () => {
    const { rpcUrl } = await start();
    for (const [path, method] of [
      ["/", "PUT"],
      ["/", "DELETE"],
      ["/", "PATCH"],
      ["/health", "POST"],
    ] as const) {
      const response = await fetch(rpcUrl + path, { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, expect.stringContaining("GET")]);
    }
  });

  it("lets pages of any origin in, also from a public network into a private one", async () => {
    const { rpcUrl } = await start();
    const preflight = await fetch(rpcUrl, {
      method: "OPTIONS",
      headers: {
        origin: "https://explorer.solana.com",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,solana-client",
        "access-control-request-private-network": "true",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-private-network")).toBe("true");
    expect(preflight.headers.get("access-control-allow-methods")).toContain("POST");
    expect(preflight.headers.get("access-control-allow-headers")).toBe("content-type,solana-client");
    const answer = await post(rpcUrl, getSlot, { origin: "https://explorer.solana.com" });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  });

  it("answers our own failure with an internal error, tells the host, and goes on", async () => {
    const { rpcUrl } = await start();
    const response = await post(rpcUrl, '{"jsonrpc":"2.0","id":1,"method":"explode"}');
    expect([response.status, await response.json()]).toMatchObject([500, { error: { code: -32603 } }]);
    expect(errors).toEqual([new Error("our own mistake")]);
    await expectServing(rpcUrl);
  });

  it.each([
    ["headers", "POST / HTTP/1.1\r\nHost: x\r\n", { headersTimeoutMs: 100 }],
    ["a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", { requestTimeoutMs: 200 }],
  ])("cuts off who sends %s too slowly", { timeout: 9_000 }, async (_what, beginning, limits) => {
    // Each by its own time: the others are far off, but how often they are looked at follows from the shorter one.
    const { rpcUrl } = await start({ limits: { headersTimeoutMs: 150, requestTimeoutMs: 30_000, ...limits } });
    const socket = rawConnection(rpcUrl);
    socket.on("error", () => {});
    socket.resume();
    socket.write(beginning);
    await once(socket, "close");
    await expectServing(rpcUrl);
  });

  it("answers bytes that are not HTTP with 400", async () => {
    const { rpcUrl } = await start();
    const socket = rawConnection(rpcUrl);
    socket.write("\u0016\u0003\u0001 this is not HTTP\r\n\r\n");
    const [reply] = await once(socket, "data");
    expect(String(reply)).toMatch(/^HTTP\/1\.1 400 /);
    await expectServing(rpcUrl);
  });

  it("goes on when a client leaves in the middle of its body", async () => {
    const { rpcUrl } = await start();
    const socket = rawConnection(rpcUrl);
    await once(socket, "connect");
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{");
    socket.destroy();
    await once(socket, "close");
    await expectServing(rpcUrl);
    expect(errors).toEqual([]);
  });

  it("holds at most so many connections", async () => {
    const { rpcUrl } = await start({ limits: { connectionsMax: 2 } });
    const held = [rawConnection(rpcUrl), rawConnection(rpcUrl)];
    await Promise.all(held.map((socket) => once(socket, "connect")));
    // A whole exchange on each shows that the server has taken both.
    for (const socket of held) {
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${getSlot.length}\r\n\r\n${getSlot}`);
      await once(socket, "data");
    }
    const third = rawConnection(rpcUrl);
    third.on("error", () => {});
    third.resume();
    await once(third, "close");
    const freed = once(held[0]!, "close");
    held[0]!.destroy();
    await freed;
    held[1]!.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${getSlot.length}\r\n\r\n${getSlot}`);
    expect(String((await once(held[1]!, "data"))[0])).toContain("getSlot");
    held[1]!.destroy();
  });
});

describe("WebSockets", () => {
  it("are taken on both ports, for subscriptions and for ordinary methods", async () => {
    const { rpcUrl, wsUrl, node } = await start();
    expect(portOf(wsUrl)).not.toBe(portOf(rpcUrl));
    for (const [index, url] of [wsUrl, rpcUrl.replace("http", "ws"), `${wsUrl}/any/path`].entries()) {
      const socket = await openSocket(url);
      expect(await ask(socket, getSlot)).toEqual({ jsonrpc: "2.0", result: "getSlot", id: 1 });
      const { result: subscription } = await ask(socket, '{"jsonrpc":"2.0","id":2,"method":"slotSubscribe"}');
      const told = once(socket, "message");
      const bank = node.block({ slot: index + 1 });
      node.add(bank);
      node.head(bank);
      expect(JSON.parse(String((await told)[0]))).toEqual({
        jsonrpc: "2.0",
        method: "slotNotification",
        params: { result: { slot: index + 1, parent: 0, root: 0 }, subscription },
      });
      socket.close();
      await once(socket, "close");
    }
  });

  it("forget the subscriptions of who leaves, politely or not", async () => {
    const { wsUrl, subscriptions } = await start();
    for (const leave of ["close", "terminate"] as const) {
      const socket = await openSocket(wsUrl);
      await ask(socket, '{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}');
      expect(subscriptions.count()).toBe(1);
      socket[leave]();
      await once(socket, "close");
      const other = await openSocket(wsUrl); // by now the server has seen the other go
      await ask(other, getSlot);
      await expect.poll(subscriptions.count).toBe(0);
      other.terminate();
    }
  });

  it("never answer a ping of kit's or web3.js's", async () => {
    const { wsUrl } = await start();
    const socket = await openSocket(wsUrl);
    socket.send('{"jsonrpc":"2.0","method":"ping"}');
    socket.send('{"jsonrpc":"2.0","method":"ping","params":null}');
    expect(await ask(socket, getSlot)).toMatchObject({ id: 1, result: "getSlot" });
    const pong = once(socket, "pong");
    socket.ping();
    await pong;
  });

  it("answer broken and mixed texts in order", async () => {
    const { wsUrl } = await start();
    const socket = await openSocket(wsUrl);
    for (const text of ["", "{", "5", "null", "\u0000", "[1"]) {
      expect(await ask(socket, text)).toMatchObject({ error: {}, id: null });
    }
    const batch = `[${getSlot},{"jsonrpc":"2.0","id":2,"method":"slotSubscribe"}]`;
    expect(await ask(socket, batch)).toMatchObject([
      { id: 1, result: "getSlot" },
      { id: 2, result: 1 },
    ]);
  });

  it("close on binary frames, with a reason", async () => {
    const { wsUrl, rpcUrl } = await start();
    const socket = await openSocket(wsUrl);
    socket.send(Buffer.from(getSlot));
    expect(await closedBy(socket)).toEqual({ code: 1003, reason: "text frames only" });
    await expectServing(rpcUrl);
  });

  it("take a frame at the limit and close on one past it", async () => {
    const { wsUrl, rpcUrl } = await start({ limits: { frameBytesMax: 100 } });
    const socket = await openSocket(wsUrl);
    expect(await ask(socket, getSlot + " ".repeat(100 - getSlot.length))).toMatchObject({ id: 1 });
    socket.send(getSlot + " ".repeat(101 - getSlot.length));
    expect((await closedBy(socket)).code).toBe(1009);
    await expectServing(rpcUrl);
  });

  it("close on frames that break the protocol", async () => {
    const { wsUrl, rpcUrl } = await start();
    const hello =
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    const frames = {
      "not masked": [0x81, 0x02, 0x68, 0x69],
      "reserved bits": [0xf1, 0x80, 0, 0, 0, 0],
      "unknown opcode": [0x83, 0x80, 0, 0, 0, 0],
      "not UTF-8": [0x81, 0x81, 0, 0, 0, 0, 0xff],
      "length of 2^63": [0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
    };
    for (const frame of Object.values(frames)) {
      const socket = rawConnection(wsUrl);
      socket.write(hello);
      const [reply] = await once(socket, "data");
      expect(String(reply)).toMatch(/^HTTP\/1\.1 101 /);
      socket.on("error", () => {});
      socket.resume();
      socket.write(Buffer.from(frame));
      await once(socket, "close");
    }
    const notWebSocket = rawConnection(wsUrl);
    notWebSocket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    expect(String((await once(notWebSocket, "data"))[0])).toMatch(/^HTTP\/1\.1 400 /);
    expect((await fetch(wsUrl.replace("ws", "http"))).status).toBe(426);
    await expectServing(rpcUrl);
    expect(errors).toEqual([]);
  });

  it("cut off a client that asks and does not read, and serve the others", async () => {
    const { wsUrl, rpcUrl, subscriptions } = await start({ limits: { unreadBytesMax: 1_000_000, closeTimeoutMs: 50 } });
    const other = await openSocket(wsUrl);
    const deaf = await openSocket(wsUrl);
    await ask(deaf, '{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}');
    expect(subscriptions.count()).toBe(1);
    deaf.on("error", () => {});
    deaf.pause();
    for (let i = 0; i < 2000; i++) deaf.send('{"jsonrpc":"2.0","id":1,"method":"large"}');
    await expect.poll(subscriptions.count, { timeout: 20_000 }).toBe(0);
    expect(await ask(other, getSlot)).toMatchObject({ id: 1 });
    deaf.resume();
    await once(deaf, "close");
    await expectServing(rpcUrl);
  });

  it("notice by pings who is gone without a word", async () => {
    const { wsUrl, subscriptions } = await start({ limits: { pingIntervalMs: 50 } });
    const listening = await openSocket(wsUrl);
    const mute = new WebSocket(wsUrl, { autoPong: false });
    await once(mute, "open");
    await ask(listening, '{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}');
    await ask(mute, '{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}');
    expect(subscriptions.count()).toBe(2);
    expect((await closedBy(mute)).code).toBe(1006);
    expect(await ask(listening, getSlot)).toMatchObject({ id: 1 });
    expect(subscriptions.count()).toBe(1);
  });

  it("close on our own failure, tell the host, and let the others go on", async () => {
    const { wsUrl, rpcUrl } = await start();
    const socket = await openSocket(wsUrl);
    socket.send('{"jsonrpc":"2.0","id":1,"method":"explode"}');
    expect((await closedBy(socket)).code).toBe(1011);
    expect(errors).toEqual([new Error("our own mistake")]);
    await expectServing(rpcUrl);
  });
});

describe("ports", () => {
  it("in use are named, with the way out", async () => {
    const first = await start();
    const [rpcPort, wsPort] = [portOf(first.rpcUrl), portOf(first.wsUrl)];
    const taken = start({ rpcPort, wsPort: 0 });
    await expect(taken).rejects.toThrow(`port ${rpcPort} is in use; choose another with --rpc-port`);
    await expect(taken).rejects.toMatchObject({ cause: { code: "EADDRINUSE" } });
    await expect(start({ rpcPort: 0, wsPort })).rejects.toThrow(
      `port ${wsPort} is in use; choose another with --ws-port`,
    );
    await expectServing(first.rpcUrl);
  });

  it("are free again after the WebSocket's was in use", async () => {
    const first = await start();
    const probe = await start();
    const rpcPort = portOf(probe.rpcUrl);
    await probe.close();
    await expect(start({ rpcPort, wsPort: portOf(first.wsUrl) })).rejects.toThrow("is in use");
    await expectServing((await start({ rpcPort, wsPort: 0 })).rpcUrl);
  });

  it("that do not exist are refused in a sentence", async () => {
    await expect(start({ rpcPort: 65_535 })).rejects.toThrow(
      "the WebSocket port, --rpc-port + 1, is 65536; ports go from 0 to 65535",
    );
    for (const rpcPort of [-1, 65_536, 1.5, Number.NaN]) {
      await expect(start({ rpcPort })).rejects.toThrow("--rpc-port is");
    }
    await expect(start({ host: "192.0.2.1" })).rejects.toThrow("this machine has no address 192.0.2.1");
  });

  it("are free again as soon as the server is closed", async () => {
    const first = await start();
    const [rpcPort, wsPort] = [portOf(first.rpcUrl), portOf(first.wsUrl)];
    await first.close();
    await expectServing((await start({ rpcPort, wsPort })).rpcUrl);
  });
});

describe("closing", () => {
  it("says goodbye to WebSockets, cuts what hangs, ends soon, and may be asked twice", async () => {
    const { rpcUrl, wsUrl, close, subscriptions } = await start({ limits: { closeTimeoutMs: 200 } });
    const polite = await openSocket(wsUrl);
    const deaf = await openSocket(rpcUrl.replace("http", "ws"));
    await ask(polite, '{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}');
    deaf.on("error", () => {});
    deaf.pause();
    const hanging = rawConnection(rpcUrl);
    await once(hanging, "connect");
    hanging.on("error", () => {});
    hanging.resume();
    hanging.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{");
    const goodbye = closedBy(polite);
    const cut = once(hanging, "close");
    await Promise.all([close(), close()]);
    expect(await goodbye).toEqual({ code: 1001, reason: "the server closes" });
    await cut;
    expect(subscriptions.count()).toBe(0);
    deaf.terminate();
    await close();
    await expect(fetch(rpcUrl)).rejects.toThrow();
  });
});
