/**
 * JSON-RPC by POST, answered at Node's own server: thousands of requests a second leave no time for a framework, which
 * does all else of the port (web-app.ts).
 *
 *     POST / ──body, at most so many bytes──> rpc ──> answer        the Content-Type does not matter, as tools send all sorts
 *
 * An answer that takes long is preceded by a space now and then: clients give up on a silent server after some minutes,
 * and spaces before a JSON text mean nothing.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { corsHeaders, type TextRpc } from "./web-app.ts";

export type PostOptions = {
  readonly rpc: TextRpc;
  readonly bodyBytesMax: number;
  readonly onError: (error: unknown) => void;
};

export const stillHereMs = 10_000;

/** Unlike a Buffer it drops a byte order mark, which some clients write and JSON does not know. */
const utf8 = new TextDecoder();

const jsonHeaders = { ...corsHeaders, "content-type": "application/json; charset=utf-8" };

/** Whether a request is one for `answerPost`. */
export function isPost({ method, url = "" }: Pick<IncomingMessage, "method" | "url">): boolean {
  return method === "POST" && (url === "/" || url.startsWith("/?"));
}

export function answerPost(options: PostOptions, request: IncomingMessage, response: ServerResponse): void {
  const { bodyBytesMax } = options;
  const parts: Buffer[] = [];
  let bytes = 0;
  const refuseBody = (): void => {
    // The rest of the body is not read, so the connection cannot be used again.
    request.removeAllListeners("data").removeAllListeners("end");
    const body = errorBody(-32600, `Request body is larger than ${bodyBytesMax} bytes`);
    response.writeHead(413, { ...jsonHeaders, connection: "close", "content-length": body.length });
    response.end(body);
  };
  // A client that goes away while sending is no failure of ours.
  request.on("error", () => {});
  response.on("error", () => {});
  if (Number(request.headers["content-length"] ?? 0) > bodyBytesMax) {
    refuseBody();
    return;
  }
  request.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes > bodyBytesMax) refuseBody();
    else parts.push(part);
  });
  request.on("end", () => {
    const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    answerText(options, utf8.decode(body), response);
  });
}

function answerText({ rpc, onError }: PostOptions, text: string, response: ServerResponse): void {
  // Only what steers the clock asks for it, and one for each request would be dear.
  let leaving: AbortController | null = null;
  const whenGone = (): AbortSignal => {
    leaving ??= new AbortController();
    return leaving.signal;
  };
  const send = (answer: string | null): void => sendWhole(response, 200, answer ?? "");
  try {
    const answer = rpc.callText(text, whenGone);
    if (answer instanceof Promise) sendLater(answer, () => leaving?.abort(), response, send, onError);
    else send(answer);
  } catch (error) {
    onError(error);
    sendWhole(response, 500, errorBody(-32603, "Internal error"));
  }
}

function sendWhole(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-length": Buffer.byteLength(text), ...jsonHeaders });
  response.end(text);
}

function sendLater(
  answer: Promise<string | null>,
  onGone: () => void,
  response: ServerResponse,
  send: (answer: string | null) => void,
  onError: (error: unknown) => void,
): void {
  const stillHere = setInterval(() => {
    if (!response.headersSent) response.writeHead(200, jsonHeaders);
    response.write(" ");
  }, stillHereMs);
  let isAnswered = false;
  let isGone = false;
  response.on("close", () => {
    clearInterval(stillHere);
    if (isAnswered) return;
    isGone = true;
    onGone();
  });
  const finish = (write: () => void): void => {
    clearInterval(stillHere);
    isAnswered = true;
    if (!isGone) write();
  };
  answer.then(
    (text) => finish(() => (response.headersSent ? response.end(text ?? "") : send(text))),
    (error: unknown) => {
      onError(error);
      const body = errorBody(-32603, "Internal error");
      finish(() => (response.headersSent ? response.end(body) : sendWhole(response, 500, body)));
    },
  );
}

function errorBody(code: number, message: string): string {
  return `${JSON.stringify({ jsonrpc: "2.0", error: { code, message }, id: null })}\n`;
}
