/**
 * PubSub connections over WebSocket: each has its own line to the subscriptions.
 *
 *     text frame ──> connection.onText ──> frames back, in order
 *     binary frame, huge frame, broken frame, unread answers ──> closed with a reason; the others notice nothing
 */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Subscriptions } from "../rpc/subscriptions.ts";

export type WebSocketOptions = {
  readonly servers: readonly Server[];
  readonly subscriptions: Subscriptions;
  readonly limits: {
    readonly frameBytesMax: number;
    readonly unreadBytesMax: number;
    readonly pingIntervalMs: number;
    readonly closeTimeoutMs: number;
  };
  readonly onError: (error: unknown) => void;
};

/** Close codes of RFC 6455. */
const goingAway = 1001;
const textOnly = 1003;
const policyViolation = 1008;
const internalError = 1011;

export function acceptWebSockets(options: WebSocketOptions): { readonly close: () => void } {
  const { servers, limits } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.frameBytesMax,
    perMessageDeflate: false,
    clientTracking: true,
  });
  const alive = new WeakSet<WebSocket>();
  let isClosing = false;

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on("error", () => socket.destroy());
    if (isClosing) {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      alive.add(webSocket);
      webSocket.on("pong", () => alive.add(webSocket));
      serve(webSocket, options);
    });
  };
  for (const server of servers) server.on("upgrade", onUpgrade);

  // Who neither reads nor says goodbye (a suspended laptop, a cut cable) is found by pings.
  const pinging = setInterval(() => {
    for (const webSocket of sockets.clients) {
      if (alive.delete(webSocket)) webSocket.ping();
      else webSocket.terminate();
    }
  }, limits.pingIntervalMs);
  pinging.unref();

  const close = (): void => {
    isClosing = true;
    clearInterval(pinging);
    for (const webSocket of sockets.clients)
      closeSoon(webSocket, goingAway, "the server closes", limits.closeTimeoutMs);
    sockets.close();
  };
  return { close };
}

function serve(webSocket: WebSocket, { subscriptions, limits, onError }: WebSocketOptions): void {
  let isOpen = true;
  const leave = (code: number, reason: string): void => {
    if (!isOpen) return;
    isOpen = false;
    connection.close();
    closeSoon(webSocket, code, reason, limits.closeTimeoutMs);
  };
  const send = (text: string): void => {
    if (!isOpen) return;
    if (webSocket.bufferedAmount > limits.unreadBytesMax) leave(policyViolation, "too much unread; read faster");
    else webSocket.send(text);
  };
  const connection = subscriptions.open(send);

  webSocket.on("message", (data: RawData, isBinary: boolean) => {
    if (!isOpen) return;
    if (isBinary) {
      leave(textOnly, "text frames only");
      return;
    }
    try {
      connection.onText(data.toString());
    } catch (error) {
      onError(error);
      leave(internalError, "internal error");
    }
  });
  webSocket.on("close", () => {
    isOpen = false;
    connection.close();
  });
  // Broken frames: ws has already answered with the right close code, and "close" follows.
  webSocket.on("error", () => {});
}

/** Says why, and does not wait long for a client that does not listen. */
function closeSoon(webSocket: WebSocket, code: number, reason: string, timeoutMs: number): void {
  webSocket.close(code, reason);
  const cut = setTimeout(() => webSocket.terminate(), timeoutMs);
  webSocket.once("close", () => clearTimeout(cut));
}
