/**
 * JSON-RPC that steers the clock. Its answers come when the slots have run, so that they are promises, while all else
 * goes on to the RPC as it is and is answered at once.
 *
 *     escapement_advanceSlots   [n]                                   { slot, epoch }
 *     escapement_advanceEpochs  [n]    to the n-th next epoch's first slot
 *     escapement_pause, escapement_resume                             { slot, epoch, running }
 *     escapement_getClock              reads only                     { slot, epoch, running }
 *     surfnet_timeTravel        [{ absoluteSlot | absoluteEpoch | absoluteTimestamp: ms }]      as getEpochInfo
 *     surfnet_pauseClock, surfnet_resumeClock                                                   as getEpochInfo
 *
 * In a batch each request begins when the one before it is answered. Slots are never left out: an hour of time travel
 * is an hour's slots, with their blocks, votes and rewards. What was asked for here ends early when its client goes away,
 * or when anybody else pauses the clock. The surfnet names and shapes are surfpool's.
 */
import { answerBatch, answersTextMax, batchMax, type Rpc, requestTextMax } from "../rpc/dispatch.ts";
import {
  answered,
  failed,
  internalError,
  invalidParams,
  type RpcError,
  type RpcOutcome,
  refusedCode,
} from "../rpc/errors.ts";
import { formatJson, parseJson } from "../rpc/json.ts";
import type { NodeView } from "../rpc/node-view.ts";
import type { Subscriptions } from "../rpc/subscriptions.ts";
import { type ControlMethod, clockMethods, type Steering } from "./clock-methods.ts";
import { type SteeredDevnet, worldMethods } from "./world-methods.ts";

/** Bodies (requests or batches) over all clients that may run slots or wait for it at a time. */
export const advancesMax = 64;

type Answer = string | null;

export type ControlRpc = {
  /** `whenGone` gives what is aborted when nobody waits for the answer any more. */
  readonly callText: (text: string, whenGone?: () => AbortSignal) => Answer | Promise<Answer>;
  /** The same of a body that was parsed; `gone` is aborted then. */
  readonly callBody: (body: unknown, gone?: AbortSignal) => Answer | Promise<Answer>;
  /** Whether a body holds a request whose answer takes time. */
  readonly isControl: (text: string) => boolean;
  readonly isControlBody: (body: unknown) => boolean;
  /** Whoever waits for an advance hears that it ended early. */
  readonly close: () => void;
};

export type ControlOptions = {
  readonly clock: SteeredDevnet;
  readonly rpc: Rpc;
  readonly view: NodeView;
  /** Told of each exception, which is a bug of ours, with the method that threw. */
  readonly onException: (exception: unknown, method: string) => void;
};

export function createControlRpc(options: ControlOptions): ControlRpc {
  const { rpc } = options;
  const askers = new Set<AbortController>();

  async function answerBody(body: unknown, gone: AbortSignal | undefined): Promise<Answer> {
    const asker = new AbortController();
    const leave = (): void => asker.abort(new AdvanceEnded("its client has gone"));
    if (gone?.aborted) leave();
    gone?.addEventListener("abort", leave, { once: true });
    askers.add(asker);
    const answer = (request: unknown): Answer | Promise<Answer> => {
      const asked = controlRequest(request);
      return asked === null ? rpc.answer(request) : respond({ ...options, askers, asker }, asked);
    };
    try {
      return await (Array.isArray(body) ? answerInTurn(body, answer) : answer(body));
    } finally {
      askers.delete(asker);
      gone?.removeEventListener("abort", leave);
    }
  }

  const callBody: ControlRpc["callBody"] = (body, gone) =>
    isControlBody(body) ? answerBody(body, gone) : rpc.callBody(body);
  return {
    isControl(text) {
      const parsed = parseIfNaming(text);
      return parsed !== null && isControlBody(parsed.value);
    },
    isControlBody,
    callBody,
    callText(text, whenGone) {
      const parsed = parseIfNaming(text);
      return parsed === null ? rpc.callText(text) : callBody(parsed.value, whenGone?.());
    },
    close() {
      for (const asker of askers) asker.abort(new AdvanceEnded("the devnet was closed"));
    },
  };
}

/** One body's way to the clock, among all those that are under way. */
type Steerer = ControlOptions & { readonly askers: ReadonlySet<AbortController>; readonly asker: AbortController };

class AdvanceEnded extends Error {
  override readonly name = "AdvanceEnded";
}

/** Connections on which the clock can be steered too. What else stands in a batch with that is answered as over HTTP. */
export function controlSubscriptions(subscriptions: Subscriptions, control: ControlRpc): Subscriptions {
  return {
    ...subscriptions,
    open(send) {
      const connection = subscriptions.open(send);
      const gone = new AbortController();
      const onControl = async (text: string): Promise<void> => {
        const answer = await control.callText(text, () => gone.signal);
        if (!gone.signal.aborted && answer !== null) send(answer);
      };
      return {
        onText: (text) => {
          if (!gone.signal.aborted && control.isControl(text)) void onControl(text);
          else connection.onText(text);
        },
        close: () => {
          gone.abort();
          connection.close();
        },
      };
    },
  };
}

/** The parsed body, when it may name a method that steers the clock; null also when it is broken, or too long. */
function parseIfNaming(text: string): { readonly value: unknown } | null {
  // Most bodies need not be parsed for this: a name stands there as it is, or with an escape.
  const mayName = ["surfnet_", "escapement_", "evm_", "\\u"].some((part) => text.includes(part));
  if (!mayName || text.length > requestTextMax) return null;
  const parsed = parseJson(text);
  return parsed.ok ? parsed : null;
}

/** Whether some request in it steers the clock. */
function isControlBody(body: unknown): boolean {
  if (!Array.isArray(body)) return controlRequest(body) !== null;
  return body.length <= batchMax && body.some((request) => controlRequest(request) !== null);
}

type ControlRequest = {
  readonly id: unknown;
  readonly name: string;
  readonly method: ControlMethod;
  readonly params: unknown;
};

/** A request to steer the clock that is well formed; all else is the RPC's to answer or refuse. */
function controlRequest(request: unknown): ControlRequest | null {
  if (typeof request !== "object" || request === null || Array.isArray(request)) return null;
  const { jsonrpc, id, method: name, params } = request as Readonly<Record<string, unknown>>;
  if (jsonrpc !== "2.0" || typeof name !== "string") return null;
  const found = clockMethods.get(name) ?? worldMethods.get(name);
  const isId = id === undefined || id === null || ["string", "number", "bigint"].includes(typeof id);
  return found === undefined || !isId ? null : { id, name, method: found, params };
}

async function respond(steerer: Steerer, { id, name, method: asked, params }: ControlRequest): Promise<Answer> {
  let outcome: RpcOutcome;
  try {
    outcome = await carryOut(steerer, asked, params);
  } catch (exception) {
    if (!(exception instanceof AdvanceEnded)) steerer.onException(exception, name);
    outcome = failed(exception instanceof AdvanceEnded ? advanceEnded(exception, steerer.clock) : internalError);
  }
  if (id === undefined) return null;
  return formatJson(outcome.ok ? { jsonrpc: "2.0", id, result: outcome.value } : errorResponse(id, outcome.error));
}

function errorResponse(id: unknown, error: RpcError) {
  return { jsonrpc: "2.0", id, error };
}

function advanceEnded({ message }: AdvanceEnded, { slot, epoch }: SteeredDevnet): RpcError {
  return { code: refusedCode, message: `The advance ended early, at slot ${slot}, epoch ${epoch}: ${message}` };
}

const tooManyAdvances: RpcError = {
  code: refusedCode,
  message: `${advancesMax} advances are under way or waiting; wait for them, or end them with escapement_pause`,
};

async function carryOut(steerer: Steerer, asked: ControlMethod, params: unknown): Promise<RpcOutcome> {
  const { clock, view } = steerer;
  if (params !== undefined && params !== null && !Array.isArray(params)) {
    return failed(invalidParams("params must be an array, by position."));
  }
  const checked = asked.check(clock)(params ?? [], view);
  if (!checked.ok) return checked;
  const steering = checked.value as Steering;
  if (steering.type === "act") return act(steerer, steering);
  const refusal = await steerClock(steerer, steering);
  return refusal === null ? answered(asked.reply(clock, view)) : failed(refusal);
}

/** Whatever advances goes on afterwards, but for a world that was put back: there it would run on to nobody knows where. */
function act({ clock, askers, asker }: Steerer, steering: Extract<Steering, { type: "act" }>): RpcOutcome {
  const before = clock.reverts;
  const outcome = steering.act();
  if (clock.reverts === before) return outcome;
  for (const other of askers)
    if (other !== asker) other.abort(new AdvanceEnded("the devnet was put back to a snapshot"));
  return outcome;
}

/** Done, or why not. */
async function steerClock(
  { clock, askers, asker }: Steerer,
  steering: Exclude<Steering, { type: "act" }>,
): Promise<RpcError | null> {
  if (steering.type === "pause" || steering.type === "step") {
    clock.pause();
    // Whoever pauses and advances in one batch means both.
    for (const other of askers) if (other !== asker) other.abort(new AdvanceEnded("the clock was paused"));
    if (steering.type === "pause") return null;
  }
  if (steering.type === "resume") {
    clock.start();
    return null;
  }
  if (steering.type === "look") return null;
  if (askers.size > advancesMax) return tooManyAdvances;
  const options = { signal: asker.signal };
  if (steering.type === "to-slot") return clock.advanceToSlot(steering.slot, options).then(() => null, refusalOf);
  if (steering.type === "slots" || steering.type === "step") await clock.advanceSlots(steering.count, options);
  else await clock.advanceEpochs(steering.count, options);
  return null;
}

/** The slot was ahead when it was asked for, but others were before. */
function refusalOf(error: unknown): RpcError {
  if (error instanceof RangeError) return invalidParams(error.message);
  throw error;
}

/** A batch's answers, each asked for when the one before is there. */
async function answerInTurn(
  requests: readonly unknown[],
  answer: (request: unknown) => Answer | Promise<Answer>,
): Promise<Answer> {
  const answers: Answer[] = [];
  let length = 0;
  for (const request of requests) {
    // The rest is refused.
    if (length > answersTextMax) break;
    const text = await answer(request);
    length += text?.length ?? 0;
    answers.push(text);
  }
  let next = 0;
  return answerBatch(requests, () => answers[next++] ?? null);
}
