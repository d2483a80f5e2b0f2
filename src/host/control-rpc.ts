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
import type * as v from "valibot";
import type { Chain } from "../chain/chain.ts";
import { epochAt, firstSlotOf, slotsIn } from "../chain/epoch-schedule.ts";
import { epochOf, slotOf } from "../chain/ids.ts";
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
import { configSchema, countSchema, method, optional, type RpcMethod, required } from "../rpc/params.ts";
import type { Subscriptions } from "../rpc/subscriptions.ts";

/** Slots that one request may run. */
export const advanceSlotsMax = 1_000_000;

/** Bodies (requests or batches) over all clients that may run slots or wait for it at a time. */
export const advancesMax = 64;

type AdvanceOptions = { readonly signal: AbortSignal };

/** What is steered: a devnet. */
export interface SteeredClock {
  readonly slot: number;
  readonly epoch: number;
  readonly running: boolean;
  /** Each rejects with the signal's reason once it is aborted, after the present slot. */
  advanceSlots(count: number, options: AdvanceOptions): Promise<unknown>;
  advanceEpochs(count: number, options: AdvanceOptions): Promise<unknown>;
  /** Rejects with a RangeError when the slot is past once its turn has come. */
  advanceToSlot(slot: number, options: AdvanceOptions): Promise<unknown>;
  start(): void;
  pause(): void;
}

type Answer = string | null;

export type ControlRpc = {
  /** `gone`: aborted when nobody waits for the answer any more. */
  readonly callText: (text: string, gone?: AbortSignal) => Answer | Promise<Answer>;
  /** Whether a body holds a request whose answer takes time. */
  readonly isControl: (text: string) => boolean;
};

export type ControlOptions = {
  readonly clock: SteeredClock;
  readonly rpc: Rpc;
  readonly view: NodeView;
  /** Told of each exception, which is a bug of ours, with the method that threw. */
  readonly onException: (exception: unknown, method: string) => void;
};

/** What a request asks of the clock, once its params are checked. */
type Steering =
  | { readonly type: "slots"; readonly count: number }
  | { readonly type: "epochs"; readonly count: number }
  | { readonly type: "to-slot"; readonly slot: number }
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "look" };

type ControlMethod = {
  /** Answers with a Steering. */
  readonly check: (clock: SteeredClock) => RpcMethod;
  readonly reply: (clock: SteeredClock, view: NodeView) => unknown;
};

const steer = (steering: Steering): RpcOutcome => answered(steering);
const position = ({ slot, epoch }: SteeredClock) => ({ slot, epoch });
const positionAndState = (clock: SteeredClock) => ({ ...position(clock), running: clock.running });

const advanceSlots = method([required("n", countSchema("a number of slots", 1, advanceSlotsMax))], ([count]) =>
  steer({ type: "slots", count }),
);

const advanceEpochs = (clock: SteeredClock) =>
  method([required("n", countSchema("a number of epochs", 1, advanceSlotsMax))], ([count], { chain }) => {
    const target = firstSlotOf(chain.epochs, epochOf(clock.epoch + count));
    const refusal = checkTarget(clock, target, `${count} epochs on`);
    return refusal === null ? steer({ type: "epochs", count }) : failed(refusal);
  });

const whole = (noun: string) => countSchema(noun, 0, Number.MAX_SAFE_INTEGER);
const travelConfig = configSchema({
  absoluteSlot: whole("a slot"),
  absoluteEpoch: whole("an epoch"),
  absoluteTimestamp: whole("a Unix time in milliseconds"),
});
type TravelConfig = v.InferOutput<typeof travelConfig>;

const travelMsDefault = 3_600_000;

const timeTravel = (clock: SteeredClock) =>
  method([optional("config", travelConfig)], ([config], { chain }) => {
    if (config === undefined) {
      return steer({ type: "slots", count: Math.ceil(travelMsDefault / chain.params.slotDurationMs) });
    }
    const given = Object.values(config).filter((value) => value !== undefined);
    if (given.length !== 1) {
      const choices = "absoluteSlot, absoluteEpoch and absoluteTimestamp";
      return failed(invalidParams(`config has ${given.length} of ${choices}; expected one.`));
    }
    const slot = travelSlot(chain, config);
    const refusal = checkTarget(clock, slot, describeTravel(config));
    return refusal === null ? steer({ type: "to-slot", slot }) : failed(refusal);
  });

function describeTravel({ absoluteSlot, absoluteEpoch, absoluteTimestamp }: TravelConfig): string {
  if (absoluteSlot !== undefined) return `slot ${absoluteSlot}`;
  return absoluteEpoch === undefined ? `Unix time ${absoluteTimestamp} ms` : `epoch ${absoluteEpoch}`;
}

/** The slot, the epoch's first, or the first that begins at the time or after; it may be too large to be one. */
function travelSlot({ epochs, genesis }: Chain, { absoluteSlot, absoluteEpoch, absoluteTimestamp }: TravelConfig) {
  if (absoluteSlot !== undefined) return absoluteSlot;
  if (absoluteEpoch !== undefined) {
    // Beyond the short epochs of a warm-up all are as long; before, this is more than the first slot and never less.
    const bound = absoluteEpoch * epochs.slotsPerEpoch;
    return Number.isSafeInteger(bound) ? firstSlotOf(epochs, epochOf(absoluteEpoch)) : Number.POSITIVE_INFINITY;
  }
  const { creationTime, firstSlot, params } = genesis;
  return firstSlot + Math.ceil(((absoluteTimestamp ?? 0) - creationTime * 1000) / params.slotDurationMs);
}

/** Why the clock cannot be brought to `slot`, or null. */
function checkTarget(clock: SteeredClock, slot: number, target: string): RpcError | null {
  const distance = slot - clock.slot;
  if (distance < 0) {
    return invalidParams(`${target} is past: the clock stands at slot ${clock.slot}, epoch ${clock.epoch}.`);
  }
  if (distance <= advanceSlotsMax) return null;
  const far = Number.isSafeInteger(slot) ? `${distance} slots away` : "beyond all slots";
  return invalidParams(`${target} is ${far}; at most ${advanceSlotsMax} slots are run at once.`);
}

/** Where the clock stands, in the shape of getEpochInfo; the newest block may be some slots older. */
function epochInfo(clock: SteeredClock, view: NodeView) {
  const { epochs } = view.chain;
  const { height, transactionCount } = view.bank("processed");
  const slot = slotOf(clock.slot);
  const epoch = epochAt(epochs, slot);
  const slotIndex = slot - firstSlotOf(epochs, epoch);
  const slotsInEpoch = slotsIn(epochs, epoch);
  return { absoluteSlot: slot, blockHeight: height, epoch, slotIndex, slotsInEpoch, transactionCount };
}

const pause = method([], () => steer({ type: "pause" }));
const resume = method([], () => steer({ type: "resume" }));
const look = method([], () => steer({ type: "look" }));

const controlMethods: ReadonlyMap<string, ControlMethod> = new Map<string, ControlMethod>([
  ["escapement_advanceSlots", { check: () => advanceSlots, reply: position }],
  ["escapement_advanceEpochs", { check: advanceEpochs, reply: position }],
  ["escapement_pause", { check: () => pause, reply: positionAndState }],
  ["escapement_resume", { check: () => resume, reply: positionAndState }],
  ["escapement_getClock", { check: () => look, reply: positionAndState }],
  ["surfnet_timeTravel", { check: timeTravel, reply: epochInfo }],
  ["surfnet_pauseClock", { check: () => pause, reply: epochInfo }],
  ["surfnet_resumeClock", { check: () => resume, reply: epochInfo }],
]);

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

  return {
    isControl: (text) => controlBody(text) !== null,
    callText(text, gone) {
      const body = controlBody(text);
      return body === null ? rpc.callText(text) : answerBody(body, gone);
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
        const answer = await control.callText(text, gone.signal);
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

/** The parsed body, when some request in it steers the clock. */
function controlBody(text: string): unknown {
  // Most bodies need not be parsed for this: a name stands there as it is, or with an escape.
  const mayName = text.includes("surfnet_") || text.includes("escapement_") || text.includes("\\u");
  if (!mayName || text.length > requestTextMax) return null;
  const parsed = parseJson(text);
  if (!parsed.ok) return null;
  const body = parsed.value;
  if (!Array.isArray(body)) return controlRequest(body) === null ? null : body;
  return body.length <= batchMax && body.some((request) => controlRequest(request) !== null) ? body : null;
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
  const found = controlMethods.get(name);
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

function advanceEnded({ message }: AdvanceEnded, { slot, epoch }: SteeredClock): RpcError {
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
  const refusal = await steerClock(steerer, checked.value as Steering);
  return refusal === null ? answered(asked.reply(clock, view)) : failed(refusal);
}

/** Done, or why not. */
async function steerClock({ clock, askers, asker }: Steerer, steering: Steering): Promise<RpcError | null> {
  if (steering.type === "pause") {
    clock.pause();
    // Whoever pauses and advances in one batch means both.
    for (const other of askers) if (other !== asker) other.abort(new AdvanceEnded("the clock was paused"));
    return null;
  }
  if (steering.type === "resume") {
    clock.start();
    return null;
  }
  if (steering.type === "look") return null;
  if (askers.size > advancesMax) return tooManyAdvances;
  const options = { signal: asker.signal };
  if (steering.type === "to-slot") return clock.advanceToSlot(steering.slot, options).then(() => null, refusalOf);
  if (steering.type === "slots") await clock.advanceSlots(steering.count, options);
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
