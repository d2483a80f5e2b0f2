/**
 * A JSON-RPC client for benchmarks, the same for every server: keep-alive connections, each with one request at a time, and
 * nothing done while the clock runs that could be done before.
 *
 *     const client = createJsonRpcClient("http://127.0.0.1:8899", 8);
 *     await client.call("getSlot", []);                 one answer
 *     await client.post(bodyOf(requests));              what was made before, a request or a batch
 */
import { connect, type Socket } from "node:net";

export type JsonRpcRequest = { readonly method: string; readonly params: readonly unknown[] };

export type JsonRpcClient = {
  call<T>(method: string, params: readonly unknown[]): Promise<T>;
  /** Posts a body; gives the answer's text. */
  post(body: Buffer): Promise<string>;
  close(): void;
};

/**
 * HTTP/1.1 by hand: on two cores the client takes one of them from the server, and Node's own client would take more for a
 * request than a server does.
 */
export function createJsonRpcClient(url: string, connectionsMax: number): JsonRpcClient {
  const { hostname, port, host, pathname } = new URL(url);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: `;
  const free: Connection[] = [];
  const waiting: ((connection: Connection) => void)[] = [];
  const all: Connection[] = [];
  const take = (): Connection | Promise<Connection> => {
    const idle = free.pop();
    if (idle !== undefined) return idle;
    if (all.length === connectionsMax) return new Promise((resolve) => waiting.push(resolve));
    const created = createConnection(connect({ host: hostname, port: Number(port), noDelay: true }));
    all.push(created);
    return created;
  };
  const post = async (body: Buffer): Promise<string> => {
    const connection = await take();
    const text = await connection.exchange(Buffer.concat([Buffer.from(`${head}${body.length}\r\n\r\n`), body]));
    const next = waiting.shift();
    if (next === undefined) free.push(connection);
    else next(connection);
    return text;
  };
  return {
    async call<T>(method: string, params: readonly unknown[]): Promise<T> {
      const answer = JSON.parse(await post(bodyOf({ method, params }))) as { result?: T; error?: { message: string } };
      if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
      return answer.result as T;
    },
    post,
    close: () => {
      for (const { socket } of all) socket.destroy();
    },
  };
}

type Connection = {
  readonly socket: Socket;
  /** Sends a request; gives the text of its answer. */
  exchange(request: Buffer): Promise<string>;
};

function createConnection(socket: Socket): Connection {
  let parts: Buffer[] = [];
  let finish: { readonly resolve: (text: string) => void; readonly reject: (error: Error) => void } | null = null;
  socket.on("data", (part) => {
    parts.push(part);
    const text = textOfAnswer(parts.length === 1 ? part : Buffer.concat(parts));
    if (text === null) return;
    parts = [];
    finish?.resolve(text);
  });
  const fail = (error: Error) => finish?.reject(error);
  socket.on("error", fail);
  socket.on("close", () => fail(new Error("the server closed the connection")));
  return {
    socket,
    exchange: (request) =>
      new Promise((resolve, reject) => {
        finish = { resolve, reject };
        socket.write(request);
      }),
  };
}

/** The body of an answer that is there as a whole; null before. */
function textOfAnswer(bytes: Buffer): string | null {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return null;
  const head = bytes.toString("latin1", 0, headEnd).toLowerCase();
  const length = /content-length: *(\d+)/.exec(head)?.[1];
  const bodyAt = headEnd + 4;
  if (length !== undefined) {
    const end = bodyAt + Number(length);
    return bytes.length < end ? null : bytes.toString("utf8", bodyAt, end);
  }
  const chunks: Buffer[] = [];
  for (let at = bodyAt; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (bytes.length < end + 2) return null;
    if (size === 0) return Buffer.concat(chunks).toString("utf8");
    chunks.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}

/** One request, or a batch. */
export function bodyOf(asked: JsonRpcRequest | readonly JsonRpcRequest[]): Buffer {
  const envelope = ({ method, params }: JsonRpcRequest, id: number) => ({ jsonrpc: "2.0", id, method, params });
  return Buffer.from(JSON.stringify("method" in asked ? envelope(asked, 0) : asked.map(envelope)));
}

/** How many of an answer's parts are errors. */
export function countErrors(text: string): number {
  // No result holds this text where it is not an error's.
  return text.split('"error":{').length - 1;
}

/** Posts all bodies, so many at a time, `window()` permitting. */
export async function postAll(
  client: JsonRpcClient,
  bodies: readonly Buffer[],
  options: { readonly concurrency: number; readonly mayGoOn?: () => Promise<void> },
): Promise<{ readonly errors: number }> {
  let next = 0;
  let errors = 0;
  const run = async (): Promise<void> => {
    while (next < bodies.length) {
      const body = bodies[next++]!;
      await options.mayGoOn?.();
      errors += countErrors(await client.post(body));
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, run));
  return { errors };
}
