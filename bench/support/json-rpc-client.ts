/**
 * A JSON-RPC client for benchmarks, the same for every server: keep-alive connections, each with one request at a time, and
 * nothing done while the clock runs that could be done before.
 *
 *     const client = createJsonRpcClient("http://127.0.0.1:8899", 8);
 *     await client.call("getSlot", []);                 one answer
 *     await client.post(bodyOf(requests));              what was made before, a request or a batch
 */
import { Agent, request } from "node:http";

export type JsonRpcRequest = { readonly method: string; readonly params: readonly unknown[] };

export type JsonRpcClient = {
  call<T>(method: string, params: readonly unknown[]): Promise<T>;
  /** Posts a body; gives the answer's text. */
  post(body: Buffer): Promise<string>;
  close(): void;
};

export function createJsonRpcClient(url: string, connectionsMax: number): JsonRpcClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax, noDelay: true });
  const { hostname, port, pathname: path } = new URL(url);
  const fixed = { agent, hostname, port, path, method: "POST" };
  const post = (body: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": body.length };
      const sent = request({ ...fixed, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () => resolve(Buffer.concat(parts).toString()));
        response.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
  return {
    async call<T>(method: string, params: readonly unknown[]): Promise<T> {
      const answer = JSON.parse(await post(bodyOf({ method, params }))) as { result?: T; error?: { message: string } };
      if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
      return answer.result as T;
    },
    post,
    close: () => agent.destroy(),
  };
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
