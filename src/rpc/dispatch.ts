/**
 * JSON-RPC 2.0: a request in, a response out.
 *
 *     {"jsonrpc":"2.0","id":1,"method":"getSlot","params":[]}     {"jsonrpc":"2.0","id":1,"result":7}
 *     [request, request]                                          [response, response], in the same order
 *     {"jsonrpc":"2.0","method":"ping"}                           nothing: without an id it is a notification
 *
 * Nothing a stranger sends makes it throw. What throws in a method is our mistake: the client learns only that there was
 * one, the host may log it.
 *
 * Source: jsonrpc.org/specification.
 */
import {
  internalError,
  invalidParams,
  invalidRequest,
  methodNotFound,
  parseError,
  type RpcError,
  type RpcOutcome,
} from "./errors.ts";
import { formatJson, parseJson } from "./json.ts";
import { methods } from "./methods/registry.ts";
import type { NodeView } from "./node-view.ts";

/** Requests in one batch. */
export const batchMax = 100;

/** Characters of one body; the host bounds bytes before. */
export const requestTextMax = 1_048_576;

export type Rpc = {
  /** Takes parsed JSON (integers beyond 2^53 as bigints). Null: nothing is to be answered. */
  readonly call: (body: unknown) => unknown;
  /** The same from text to text. */
  readonly callText: (text: string) => string | null;
};

export type RpcOptions = {
  /** Told of each exception, which is a bug of ours, with the method that threw. */
  readonly onException?: (exception: unknown, method: string) => void;
};

type RequestId = string | number | bigint | null;

export function createRpc(view: NodeView, options: RpcOptions = {}): Rpc {
  function call(body: unknown): unknown {
    if (!Array.isArray(body)) return answerRequest(view, options, body);
    if (body.length === 0) return errorResponse(null, invalidRequest("the batch is empty"));
    if (body.length > batchMax) {
      return errorResponse(
        null,
        invalidRequest(`the batch has ${body.length} requests; at most ${batchMax} are allowed`),
      );
    }
    const responses = body
      .map((request) => answerRequest(view, options, request))
      .filter((response) => response !== null);
    return responses.length === 0 ? null : responses;
  }
  function callText(text: string): string | null {
    if (text.length > requestTextMax) {
      return formatJson(errorResponse(null, invalidRequest(`the body is longer than ${requestTextMax} characters`)));
    }
    const parsed = parseJson(text);
    const problem = parsed.ok ? "" : `${parsed.facts.problem} at ${parsed.facts.at}`;
    const response = parsed.ok ? call(parsed.value) : errorResponse(null, parseError(problem));
    return response === null ? null : formatJson(response);
  }
  return { call, callText };
}

function errorResponse(id: RequestId, error: RpcError) {
  return { jsonrpc: "2.0", id, error };
}

function answerRequest(view: NodeView, options: RpcOptions, request: unknown): object | null {
  if (typeof request !== "object" || request === null || Array.isArray(request)) {
    return errorResponse(null, invalidRequest("expected an object"));
  }
  const { jsonrpc, id, method, params } = request as Readonly<Record<string, unknown>>;
  if (id !== undefined && !isRequestId(id)) {
    return errorResponse(null, invalidRequest("id must be a string, a number or null"));
  }
  if (jsonrpc !== "2.0") return errorResponse(id ?? null, invalidRequest('jsonrpc must be "2.0"'));
  if (typeof method !== "string") return errorResponse(id ?? null, invalidRequest("method must be a string"));
  const outcome = callMethod(view, options, method, params);
  if (id === undefined) return null;
  return outcome.ok ? { jsonrpc: "2.0", id, result: outcome.value } : errorResponse(id, outcome.error);
}

function isRequestId(id: unknown): id is RequestId {
  return id === null || typeof id === "string" || typeof id === "number" || typeof id === "bigint";
}

function callMethod(view: NodeView, options: RpcOptions, name: string, params: unknown): RpcOutcome {
  const method = methods.get(name);
  if (method === undefined) return { ok: false, error: methodNotFound(name) };
  if (params !== undefined && params !== null && !Array.isArray(params)) {
    return { ok: false, error: invalidParams("params must be an array, by position.") };
  }
  try {
    return method(params ?? [], view);
  } catch (exception) {
    options.onException?.(exception, name);
    return { ok: false, error: internalError };
  }
}
