/**
 * A small JSON-RPC client for a running devnet. Answers are checked against a schema: what speaks at a URL is a stranger.
 *
 *     client.call("getBalance", [address], contextOf(lamports))  ──>  POST {"jsonrpc":"2.0","id":1,"method":…}  ──>  5n
 */
import * as v from "valibot";
import { formatJson, parseJson } from "../rpc/json.ts";
import { CommandFailure } from "./failure.ts";

export type RpcClient = {
  readonly url: string;
  /** Throws CommandFailure: nobody there, an error answer (with its logs), or an answer of another shape. */
  call<T>(method: string, params: readonly unknown[], schema: v.GenericSchema<unknown, T>): Promise<T>;
};

const standardTimeoutMs = 30_000;

/** A u64, as a bigint. */
export const amount = v.pipe(
  v.union([v.pipe(v.number(), v.safeInteger()), v.bigint()]),
  v.transform((value) => BigInt(value)),
);
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What an answer with `context` holds. */
export function contextOf<T>(schema: v.GenericSchema<unknown, T>) {
  return v.pipe(
    v.object({ value: schema }),
    v.transform(({ value }) => value as T),
  );
}

const answerSchema = v.union([
  v.object({ result: v.unknown() }),
  v.object({ error: v.object({ code: v.number(), message: v.string(), data: v.optional(v.unknown()) }) }),
]);

export type RpcClientOptions = {
  /** Milliseconds to wait for an answer; null: as long as it takes. */
  readonly timeoutMs?: number | null;
};

export function createRpcClient(url: string, { timeoutMs = standardTimeoutMs }: RpcClientOptions = {}): RpcClient {
  let id = 0;
  return {
    url,
    async call(method, params, schema) {
      id++;
      const text = await post(url, formatJson({ jsonrpc: "2.0", id, method, params }), timeoutMs);
      const parsed = parseJson(text);
      const answer = parsed.ok ? v.safeParse(answerSchema, parsed.value) : null;
      if (answer === null || !answer.success)
        throw new CommandFailure(`what answers at ${url} does not speak JSON-RPC; give the --url of a devnet`);
      if ("error" in answer.output) throw rpcFailure(method, answer.output.error);
      const checked = v.safeParse(schema, answer.output.result);
      if (checked.success) return checked.output;
      const [issue] = checked.issues;
      const at = v.getDotPath(issue);
      throw new CommandFailure(`${url} answered ${method} with another shape than Solana's${at ? ` (${at})` : ""}`);
    },
  };
}

async function post(url: string, body: string, timeoutMs: number | null): Promise<string> {
  try {
    const headers = { "content-type": "application/json" };
    const signal = timeoutMs === null ? null : AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { method: "POST", headers, body, signal });
    return await response.text();
  } catch (error) {
    const message = `no devnet answers at ${url} (${problemOf(error, timeoutMs)}); start one with \`escapement dev\`, or give its --url`;
    throw new CommandFailure(message, { cause: error });
  }
}

function problemOf(error: unknown, timeoutMs: number | null): string {
  const { name, message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  if (name === "TimeoutError" && timeoutMs !== null) return `no answer within ${timeoutMs / 1000} seconds`;
  return cause?.code === "ECONNREFUSED" ? "connection refused" : cause?.code || cause?.message || message;
}

const logsSchema = v.object({ logs: v.array(v.string()) });

function rpcFailure(method: string, error: { code: number; message: string; data?: unknown }): CommandFailure {
  const withLogs = v.safeParse(logsSchema, error.data);
  const details = withLogs.success ? withLogs.output.logs.map((line) => `  ${line}`) : [];
  return new CommandFailure(`${method} failed: ${error.message} (code ${error.code})`, { details, data: error.data });
}
