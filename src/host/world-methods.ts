/**
 * The methods that break a devnet's world and put it back.
 *
 *     escapement_kill [2, { "disk": "torn" }]               { slot, epoch, fault }
 *     escapement_partition [[[0, 1], [2, 3]]]
 *     escapement_link [0, 2, { "latencyMs": [50, 200] }]
 *     escapement_snapshot                                   { id: 1, slot, epoch }
 *     escapement_revert [1]                                 { id: 1, slot, epoch }
 *
 *     escapement_setCommission [2, 750]                     { signature }         hundredths of a percent
 *     escapement_delegate [2, 500000000000]                 { signature, stakeAccount }     the faucet's lamports
 *
 *     escapement_exportScenario                             the timeline as YAML, for `sim run`
 *
 * Validators are named by number, identity, vote account, or their name in a genesis file. evm_snapshot and evm_revert are
 * what users of anvil and hardhat type: there a revert uses its snapshot up, with all that came after it.
 */
import * as v from "valibot";
import { formatRefusal, type Outcome, type Refusal } from "../base/refusal.ts";
import { lamportsOf } from "../chain/ids.ts";
import { answered, failed, invalidParams, type RpcOutcome, refusedCode } from "../rpc/errors.ts";
import {
  booleanSchema,
  choiceSchema,
  configSchema,
  countSchema,
  listSchema,
  method,
  optional,
  type Param,
  type RpcMethod,
  required,
} from "../rpc/params.ts";
import { type Fault, type LinkConditions, strategyNames, type TimedFault } from "../sim/faults.ts";
import type { ScenarioFile } from "../sim/scenario.ts";
import { formatScenario } from "../sim/scenario-plan.ts";
import { type ControlMethod, type SteeredClock, steer } from "./clock-methods.ts";
import type { SnapshotSummary } from "./devnet-snapshots.ts";
import type { StakingActions } from "./staking-actions.ts";
import type { TowerView, WatchState } from "./watch-feed.ts";

/** What is steered, with its world. */
export interface SteeredDevnet extends SteeredClock {
  /** How often it was put back. */
  readonly reverts: number;
  readonly timeline: readonly TimedFault[];
  readonly snapshots: readonly SnapshotSummary[];
  exportScenario(): ScenarioFile;
  watch(): WatchState;
  readonly staking: StakingActions;
  towerOf(validator: number): TowerView;
  findValidator(named: string | number): Outcome<number>;
  inject(fault: Fault): Refusal | null;
  snapshot(): SnapshotSummary;
  /** Throws a RangeError when there is none. */
  revert(id: number): SnapshotSummary;
  dropSnapshot(id: number): boolean;
}

const validatorSchema = v.custom<string | number>(
  (input) => typeof input === "string" || (typeof input === "number" && Number.isSafeInteger(input)),
  "a validator (its number, identity, vote account or name)",
);
const validator = required("validator", validatorSchema);
const whole = (noun: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER) => countSchema(noun, minimum, maximum);
const bps = whole("so many of 10,000 messages", 0, 10_000);

/** A method that makes a fault, once its validators are found. */
function faultMethod<const P extends readonly Param<unknown>[]>(
  takes: P,
  faultOf: (
    values: { readonly [I in keyof P]: P[I] extends Param<infer T> ? T : never },
    find: (named: string | number) => number,
  ) => Fault,
): ControlMethod {
  const check = (devnet: SteeredClock): RpcMethod =>
    method(takes, (values) =>
      steer({ type: "act", act: () => makeFault(devnet as SteeredDevnet, (find) => faultOf(values, find)) }),
    );
  return { check, reply: () => null };
}

class Unknown extends Error {}

/** What the codes that people meet mean. */
const meanings: Readonly<Record<string, string>> = {
  "validator-unknown": "there is no such validator",
  "validator-down": "it is down already",
  "validator-running": "it runs already",
  "observer-untouchable": "the observer, which answers you, is no validator",
  "groups-overlap": "it stands in two groups",
  "link-to-itself": "a link is between two",
  "faucet-empty": "the faucet has no more",
};

/** Code and facts, and what they mean. */
function explain(refusal: Refusal): string {
  const meaning = meanings[refusal.code];
  return `${formatRefusal(refusal)}${meaning === undefined ? "" : `: ${meaning}`}`;
}

function makeFault(devnet: SteeredDevnet, faultOf: (find: (named: string | number) => number) => Fault): RpcOutcome {
  const find = (named: string | number): number => {
    const found = devnet.findValidator(named);
    if (!found.ok) throw new Unknown(explain(found));
    return found.value;
  };
  let fault: Fault;
  try {
    fault = faultOf(find);
  } catch (error) {
    if (error instanceof Unknown) return failed(invalidParams(`${error.message}.`));
    throw error;
  }
  const refusal = devnet.inject(fault);
  if (refusal !== null) return failed({ code: refusedCode, message: `Refused: ${explain(refusal)}`, data: refusal });
  return answered({ slot: devnet.slot, epoch: devnet.epoch, fault });
}

const kill = faultMethod(
  [validator, optional("config", configSchema({ disk: choiceSchema(["kept", "torn", "lost"]) }))],
  ([named, config], find) => ({ type: "kill", validator: find(named), disk: config?.disk ?? "kept" }),
);
const restart = faultMethod([validator], ([named], find) => ({ type: "restart", validator: find(named) }));

const groups = listSchema(listSchema(validatorSchema, "validators", 10_000), "groups", 10_000);
const partition = faultMethod([required("groups", groups)], ([given], find) => ({
  type: "partition",
  groups: given.map((group) => group.map(find)),
}));
const heal = faultMethod([], () => ({ type: "heal" }));

const conditions = configSchema({
  latencyMs: listSchema(whole("milliseconds", 0), "milliseconds, the least and the most", 2),
  lossBps: bps,
  duplicateBps: bps,
  reorderBps: bps,
  bandwidth: whole("bytes a millisecond", 1),
  cut: booleanSchema,
  both: booleanSchema,
});
const end = (name: string) => optional(name, validatorSchema);
const link = faultMethod([end("from"), end("to"), required("conditions", conditions)], ([from, to, given], find) => {
  const { both = true, latencyMs, ...others } = given;
  const stated = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  const latency = latencyMs === undefined ? {} : { latencyMs: [latencyMs[0], latencyMs.at(-1)] };
  const ends = { from: from === undefined ? null : find(from), to: to === undefined ? null : find(to) };
  return { type: "link", ...ends, both, conditions: { ...latency, ...stated } as LinkConditions };
});

const strategy = v.nullish(choiceSchema(strategyNames), null);
const misbehave = faultMethod([validator, { name: "strategy", schema: strategy }], ([named, name], find) => ({
  type: "misbehave",
  validator: find(named),
  strategy: name,
}));
const slow = faultMethod([validator, required("delayMs", whole("milliseconds", 0))], ([named, delayMs], find) => ({
  type: "slow",
  validator: find(named),
  delayMs,
}));
const signed = v.custom<number>((input) => Number.isSafeInteger(input), "a whole number, below zero too");
const setClock = faultMethod(
  [validator, required("offsetMs", signed), { name: "driftPpm", schema: v.nullish(signed, 0) }],
  ([named, offsetMs, driftPpm], find) => ({ type: "clock", validator: find(named), offsetMs, driftPpm }),
);

/** A method that does something else with the world. */
function worldMethod<const P extends readonly Param<unknown>[]>(
  takes: P,
  act: (
    devnet: SteeredDevnet,
    values: { readonly [I in keyof P]: P[I] extends Param<infer T> ? T : never },
  ) => RpcOutcome,
): ControlMethod {
  const check = (devnet: SteeredClock): RpcMethod =>
    method(takes, (values) => steer({ type: "act", act: () => act(devnet as SteeredDevnet, values) }));
  return { check, reply: () => null };
}

const noSnapshot = (id: number) =>
  failed(invalidParams(`there is no snapshot ${id}; escapement_listSnapshots (ctl snapshots) tells which there are.`));
const snapshotId = required("id", whole("the number of a snapshot", 1));
const exists = (devnet: SteeredDevnet, id: number) => devnet.snapshots.some((snapshot) => snapshot.id === id);

const snapshot = worldMethod([], (devnet) => answered(devnet.snapshot()));
const revert = worldMethod([snapshotId], (devnet, [id]) =>
  exists(devnet, id) ? answered(devnet.revert(id)) : noSnapshot(id),
);
const listSnapshots = worldMethod([], (devnet) => answered(devnet.snapshots));
const dropSnapshot = worldMethod([snapshotId], (devnet, [id]) => answered(devnet.dropSnapshot(id)));
const getTimeline = worldMethod([], (devnet) => answered(devnet.timeline));

const exportScenario = worldMethod([], (devnet) => answered(formatScenario(devnet.exportScenario())));

/** A transaction that the devnet signs itself; it lands as any. */
function actionMethod<const P extends readonly [Param<string | number>, Param<number>]>(
  takes: P,
  act: (devnet: SteeredDevnet, validator: number, amount: number) => Outcome<object>,
): ControlMethod {
  return worldMethod(takes, (devnet, values) => {
    const [named, amount] = values as readonly [string | number, number];
    const found = devnet.findValidator(named);
    if (!found.ok) return failed(invalidParams(`${explain(found)}.`));
    const sent = act(devnet, found.value, amount);
    if (sent.ok) return answered(sent.value);
    return failed({ code: refusedCode, message: `Refused: ${explain(sent)}`, data: sent });
  });
}
const setCommission = actionMethod(
  [validator, required("commissionBps", whole("hundredths of a percent", 0, 10_000))],
  (devnet, index, commissionBps) => devnet.staking.setCommission(index, commissionBps),
);
const delegate = actionMethod([validator, required("lamports", whole("lamports", 1))], (devnet, index, lamports) =>
  devnet.staking.delegate(index, lamportsOf(BigInt(lamports))),
);

const getTower = worldMethod([validator], (devnet, [named]) => {
  const found = devnet.findValidator(named);
  return found.ok ? answered(devnet.towerOf(found.value)) : failed(invalidParams(`${explain(found)}.`));
});
const getWatch = worldMethod([], (devnet) => answered(devnet.watch()));

const hexSchema = v.pipe(
  v.custom<string>(
    (input) => typeof input === "string" && /^0x[0-9a-f]{1,12}$/i.test(input),
    "a snapshot's id such as 0x1",
  ),
  v.transform((text) => Number.parseInt(text, 16)),
);
const evmSnapshot = worldMethod([], (devnet) => answered(`0x${devnet.snapshot().id.toString(16)}`));
const evmRevert = worldMethod([required("id", hexSchema)], (devnet, [id]) => {
  if (!exists(devnet, id)) return answered(false);
  devnet.revert(id);
  for (const later of devnet.snapshots) if (later.id >= id) devnet.dropSnapshot(later.id);
  return answered(true);
});

export const worldMethods: ReadonlyMap<string, ControlMethod> = new Map([
  ["escapement_kill", kill],
  ["escapement_restart", restart],
  ["escapement_partition", partition],
  ["escapement_heal", heal],
  ["escapement_link", link],
  ["escapement_misbehave", misbehave],
  ["escapement_slow", slow],
  ["escapement_setClock", setClock],
  ["escapement_getTimeline", getTimeline],
  ["escapement_exportScenario", exportScenario],
  ["escapement_snapshot", snapshot],
  ["escapement_revert", revert],
  ["escapement_listSnapshots", listSnapshots],
  ["escapement_dropSnapshot", dropSnapshot],
  ["escapement_setCommission", setCommission],
  ["escapement_delegate", delegate],
  ["escapement_getTower", getTower],
  ["escapement_getWatch", getWatch],
  ["evm_snapshot", evmSnapshot],
  ["evm_revert", evmRevert],
]);
