/** Calls RPC methods as a client does, through text, so that what is checked is what goes over the wire. */
import { createRpc } from "../../src/rpc/dispatch.ts";
import { formatJson, parseJson } from "../../src/rpc/json.ts";
import type { NodeView } from "../../src/rpc/node-view.ts";

export type RpcAnswer = {
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into answers of every shape
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
};

export function createCaller(view: NodeView) {
  const rpc = createRpc(view, {
    onException(exception) {
      throw exception;
    },
  });
  function call(method: string, ...params: unknown[]): RpcAnswer {
    const text = rpc.callText(formatJson({ jsonrpc: "2.0", id: 1, method, params }));
    const parsed = parseJson(text ?? "");
    if (!parsed.ok) throw new Error(`not JSON: ${text}`);
    return parsed.value as RpcAnswer;
  }
  /** The result; an error fails the test. */
  function get(method: string, ...params: unknown[]) {
    const { result, error } = call(method, ...params);
    if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message}`);
    return result;
  }
  /** The value of a result in context. */
  const value = (method: string, ...params: unknown[]) => get(method, ...params).value;
  /** The error's code and message, as one text. */
  function refusal(method: string, ...params: unknown[]): string {
    const { error } = call(method, ...params);
    return error === undefined ? "none" : `${error.code} ${error.message}`;
  }
  return { call, get, value, refusal };
}
