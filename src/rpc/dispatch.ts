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
  refusedCode,
} from "./errors.ts";
import { formatJson, parseJson } from "./json.ts";
import { methods } from "./methods/registry.ts";
import type { NodeView } from "./node-view.ts";

/** Requests in one batch. */
export const batchMax = 100;

/** Characters of one body; the host bounds bytes before. */
export const requestTextMax = 1_048_576;

/** Characters of a batch's answers, after which the rest of the batch is refused. */
export const answersTextMax = 67_108_864;

export type Rpc = {
  /** One body, a request or a batch. Null: nothing is to be answered. */
  readonly callText: (text: string) => string | null;
  /** The same of a body that was parsed. */
  readonly callBody: (body: unknown) => string | null;
  /** One request, as parsed JSON (integers beyond 2^53 as bigints). */
  readonly answer: (request: unknown) => string | null;
};

export type RpcOptions = {
  /** Told of each exception, which is a bug of ours, with the method that threw. */
  readonly onException?: (exception: unknown, method: string) => void;
};

type RequestId = string | number | bigint | null;

export function createRpc(view: NodeView, options: RpcOptions = {}): Rpc {
  const answer = (request: unknown): string | null => {
    const response = answerRequest(view, options, request);
    return response === null ? null : formatJson(response);
  };
  function callText(text: string): string | null {
    if (text.length > requestTextMax) {
      return formatError(null, invalidRequest(`the body is longer than ${requestTextMax} characters`));
    }
    const parsed = parseJson(text);
    if (!parsed.ok) return formatError(null, parseError(`${parsed.facts.problem} at ${parsed.facts.at}`));
    return callBody(parsed.value);
  }
  const callBody = (body: unknown): string | null => (Array.isArray(body) ? answerBatch(body, answer) : answer(body));
  return { callText, callBody, answer };
}

/** The answers to a batch's requests, in their order; what is not asked for is not answered. */
export function answerBatch(requests: readonly unknown[], answer: Rpc["answer"]): string | null {
  if (requests.length === 0) return formatError(null, invalidRequest("the batch is empty"));
  if (requests.length > batchMax) {
    const problem = `the batch has ${requests.length} requests; at most ${batchMax} are allowed`;
    return formatError(null, invalidRequest(problem));
  }
  const texts: string[] = [];
  let length = 0;
  for (const request of requests) {
    const text = length > answersTextMax ? refuseRest(request) : answer(request);
    if (text === null) continue;
    length += text.length;
    texts.push(text);
  }
  return texts.length === 0 ? null : `[${texts.join(",")}]`;
}

const batchTooLarge: RpcError = {
  code: refusedCode,
  message: `The batch's answers are larger than ${answersTextMax} characters; ask in smaller batches`,
};

function refuseRest(request: unknown): string | null {
  const id = typeof request === "object" && request !== null && "id" in request ? request.id : undefined;
  return isRequestId(id) ? formatError(id, batchTooLarge) : null;
}

/**
 * A request for a method that a host answers in its own time, when it is well formed: `answer` is for all others.
 * Undefined ids are those of notifications.
 */
export function requestFor(
  name: string,
  request: unknown,
): { readonly id: RequestId | undefined; readonly params: readonly unknown[] } | null {
  if (typeof request !== "object" || request === null || Array.isArray(request)) return null;
  const { jsonrpc, id, method, params } = request as Readonly<Record<string, unknown>>;
  if (method !== name || jsonrpc !== "2.0" || (id !== undefined && !isRequestId(id))) return null;
  return params === undefined || params === null || Array.isArray(params) ? { id, params: params ?? [] } : null;
}

/** The answer to a request of this id; null to a notification. */
export function formatAnswer(id: RequestId | undefined, outcome: RpcOutcome): string | null {
  if (id === undefined) return null;
  if (!outcome.ok) return formatError(id, outcome.error);
  return `{"jsonrpc":"2.0","id":${formatJson(id)},"result":${formatJson(outcome.value)}}`;
}

function formatError(id: RequestId, error: RpcError): string {
  return formatJson(errorResponse(id, error));
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
