/**
 * The doors of a node: JSON-RPC over HTTP and PubSub over WebSocket, on the two ports that Solana's clients expect.
 *
 *     :8899  POST /         JSON-RPC, batches too          (post-rpc.ts)
 *            GET /health    ok | behind | unknown          (web-app.ts)
 *            upgrade        PubSub                         (websockets.ts)
 *     :8900  upgrade        PubSub: web3.js adds one to the RPC port; kit uses the same port or this one
 *
 * It trusts nobody: bodies, frames, connections, time and unread answers are all bounded, and whatever one client does,
 * the others are served. It listens on loopback unless told otherwise. The Host header is not checked and CORS is
 * open, since wallets and explorers on any page must reach a local node: whoever can open a page in the user's browser
 * can use this node too. It holds play money only.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Subscriptions } from "../rpc/subscriptions.ts";
import { answerPost, isPost } from "./post-rpc.ts";
import { createWebApp, type TextRpc } from "./web-app.ts";
import { acceptWebSockets } from "./websockets.ts";

export type ServerLimits = {
  readonly bodyBytesMax: number;
  /** Per port, WebSockets included. */
  readonly connectionsMax: number;
  /** To send a request's headers, and the whole of a request. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly frameBytesMax: number;
  /** Answers and notifications that a WebSocket client has not read; past it, the client is cut off. */
  readonly unreadBytesMax: number;
  /** A WebSocket that does not answer a ping within this time is gone. */
  readonly pingIntervalMs: number;
  /** How long closing waits for the clients' goodbyes. */
  readonly closeTimeoutMs: number;
};

export const standardServerLimits: ServerLimits = {
  bodyBytesMax: 1_048_576,
  connectionsMax: 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  frameBytesMax: 1_048_576,
  unreadBytesMax: 16_777_216,
  pingIntervalMs: 30_000,
  closeTimeoutMs: 500,
};

export type ServerOptions = {
  readonly rpc: TextRpc;
  readonly subscriptions: Subscriptions;
  /** Null when healthy, otherwise slots behind (unknown: -1), as in NodeView. */
  readonly slotsBehind: () => number | null;
  readonly host?: string;
  /** 0: any free port, and then any for the WebSockets. */
  readonly rpcPort?: number;
  /** Default: the RPC port and one. */
  readonly wsPort?: number;
  readonly limits?: Partial<ServerLimits>;
  /** Told of our own failures (a throw while answering); the client gets an internal error and the server goes on. */
  readonly onError: (error: unknown) => void;
};

export type RpcServer = {
  readonly rpcUrl: string;
  readonly wsUrl: string;
  /** Says goodbye to WebSockets, waits a bounded time, then cuts what is left. May be called again. */
  readonly close: () => Promise<void>;
};

/** For `createSubscriptions`: time enough for a client to read its subscription's id before it is told something. */
export function deferBriefly(work: () => void): void {
  setTimeout(work, 20).unref();
}

/** Throws an Error with one clear sentence, and its cause, when a port cannot be had. */
export async function openServer(options: ServerOptions): Promise<RpcServer> {
  const { host = "127.0.0.1", rpcPort = 8899 } = options;
  const limits = { ...standardServerLimits, ...options.limits };
  const wsPort = options.wsPort ?? (rpcPort === 0 ? 0 : rpcPort + 1);
  checkPort("--rpc-port", rpcPort);
  checkPort(options.wsPort === undefined ? "the WebSocket port, --rpc-port + 1," : "--ws-port", wsPort);

  const app = createWebApp(options);
  const post = { ...options, bodyBytesMax: limits.bodyBytesMax };
  // Leave the embedding program's own Request and Response alone.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const rpcServer = createBoundedServer(limits, (request, response) => {
    if (isPost(request)) answerPost(post, request, response);
    else void listener(request, response);
  });
  const wsServer = createBoundedServer(limits, (_request, response) => {
    response.writeHead(426, { "content-type": "text/plain; charset=utf-8", upgrade: "websocket", connection: "close" });
    response.end("This port speaks WebSocket only.\n");
  });
  const sockets = acceptWebSockets({ ...options, servers: [rpcServer, wsServer], limits });

  try {
    await listen(rpcServer, host, rpcPort, "--rpc-port");
    await listen(wsServer, host, wsPort, options.wsPort === undefined ? "--rpc-port" : "--ws-port");
  } catch (error) {
    sockets.close();
    await stop(rpcServer, 0);
    throw error;
  }
  // No more files to open, for instance: a connection is lost, the server goes on.
  for (const server of [rpcServer, wsServer]) server.on("error", options.onError);
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    const stopped = [stop(rpcServer, limits.closeTimeoutMs), stop(wsServer, limits.closeTimeoutMs)];
    sockets.close();
    await Promise.all(stopped);
  };
  return {
    rpcUrl: `http://${reachableAt(host, rpcServer)}`,
    wsUrl: `ws://${reachableAt(host, wsServer)}`,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function checkPort(name: string, port: number): void {
  if (Number.isSafeInteger(port) && port >= 0 && port <= 65_535) return;
  throw new Error(`${name} is ${port}; ports go from 0 to 65535`);
}

function createBoundedServer(limits: ServerLimits, listener: Parameters<typeof createServer>[1]): Server {
  const { headersTimeoutMs, requestTimeoutMs } = limits;
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // How often the two times above are checked.
      connectionsCheckingInterval: Math.min(headersTimeoutMs, 5_000),
      // Longer than clients keep idle connections, so that they never write to one that has just closed.
      keepAliveTimeout: 65_000,
    },
    listener,
  );
  server.maxConnections = limits.connectionsMax;
  return server;
}

function listen(server: Server, host: string, port: number, flag: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => reject(listenError(cause, host, port, flag));
    server.once("error", onError);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", onError);
      resolve();
    });
  });
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number, flag: string): Error {
  switch (cause.code) {
    case "EADDRINUSE":
      return new Error(`port ${port} is in use; choose another with ${flag}`, { cause });
    case "EACCES":
      return new Error(`port ${port} needs more rights than this process has; choose another with ${flag}`, { cause });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new Error(`this machine has no address ${host} to listen on; choose another with --host`, { cause });
    default:
      return new Error(`cannot listen on ${host}:${port}: ${cause.message}`, { cause });
  }
}

/** Stops listening; ends once the connections are closed, which happens by force after the timeout. */
function stop(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** "host:port" for clients on this machine: who listens everywhere is reached at loopback. */
function reachableAt(host: string, server: Server): string {
  const { port, family } = server.address() as AddressInfo;
  if (host === "0.0.0.0") return `127.0.0.1:${port}`;
  if (host === "::") return `[::1]:${port}`;
  return family === "IPv6" && host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
