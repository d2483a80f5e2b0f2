/**
 * The methods that steer a devnet's clock.
 *
 *     escapement_advanceSlots [40]        escapement_pause            surfnet_timeTravel [{ absoluteEpoch: 3 }]
 *
 * A method checks its params and says what is to be done; control-rpc.ts does it, and then the method tells where things stand.
 */
import type * as v from "valibot";
import type { Chain } from "../chain/chain.ts";
import { epochAt, firstSlotOf, slotsIn } from "../chain/epoch-schedule.ts";
import { epochOf, slotOf } from "../chain/ids.ts";
import { answered, failed, invalidParams, type RpcError, type RpcOutcome } from "../rpc/errors.ts";
import type { NodeView } from "../rpc/node-view.ts";
import { configSchema, countSchema, method, optional, type RpcMethod, required } from "../rpc/params.ts";

/** Slots that one request may run. */
export const advanceSlotsMax = 1_000_000;

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

/** What a request asks of the clock, once its params are checked. */
export type Steering =
  | { readonly type: "slots"; readonly count: number }
  /** The clock is held first. */
  | { readonly type: "step"; readonly count: number }
  | { readonly type: "epochs"; readonly count: number }
  | { readonly type: "to-slot"; readonly slot: number }
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "look" }
  /** Done between two slots, at once; what it answers is the method's answer. */
  | { readonly type: "act"; readonly act: () => RpcOutcome };

export type ControlMethod = {
  /** Answers with a Steering. */
  readonly check: (clock: SteeredClock) => RpcMethod;
  readonly reply: (clock: SteeredClock, view: NodeView) => unknown;
};

export const steer = (steering: Steering): RpcOutcome => answered(steering);
const position = ({ slot, epoch }: SteeredClock) => ({ slot, epoch });
export const positionAndState = (clock: SteeredClock) => ({ ...position(clock), running: clock.running });

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

const stepSlots = method([optional("n", countSchema("a number of slots", 1, advanceSlotsMax))], ([count = 1]) =>
  steer({ type: "step", count }),
);

const pause = method([], () => steer({ type: "pause" }));
const resume = method([], () => steer({ type: "resume" }));
const look = method([], () => steer({ type: "look" }));

export const clockMethods: ReadonlyMap<string, ControlMethod> = new Map<string, ControlMethod>([
  ["escapement_advanceSlots", { check: () => advanceSlots, reply: position }],
  ["escapement_advanceEpochs", { check: advanceEpochs, reply: position }],
  ["escapement_step", { check: () => stepSlots, reply: positionAndState }],
  ["escapement_pause", { check: () => pause, reply: positionAndState }],
  ["escapement_resume", { check: () => resume, reply: positionAndState }],
  ["escapement_getClock", { check: () => look, reply: positionAndState }],
  ["surfnet_timeTravel", { check: timeTravel, reply: epochInfo }],
  ["surfnet_pauseClock", { check: () => pause, reply: epochInfo }],
  ["surfnet_resumeClock", { check: () => resume, reply: epochInfo }],
]);
