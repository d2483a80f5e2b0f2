/**
 * A cluster's parts: all that changes, as plain data in one place, and beside it what never does.
 *
 *     World ── state   slot, now, trace, events, nodes, links, random positions, timeline      snapshots take this
 *          └── chain, shared work, limits, members, listeners; the queue and the streams that live in the state
 *
 * A node's life begins with a start and ends with a crash; what belongs to an old life (waiting work, deeds put off) dies
 * with it. A validator's `chain`, `identity` and `work` are shared by all copies of it.
 */
import { assert } from "../base/assert.ts";
import { concatBytes, utf8Bytes, writeUtf8 } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import { createRandom, type Random, type RandomSnapshot } from "../base/random.ts";
import type { Bank } from "../chain/bank.ts";
import type { Chain } from "../chain/chain.ts";
import type { Keypair } from "../chain/crypto.ts";
import { type Address, type Slot, slotOf } from "../chain/ids.ts";
import type { Effect, Input, Report } from "../validator/contract.ts";
import type { SharedWork } from "../validator/shared-work.ts";
import { createValidator, type Validator, type ValidatorLimits } from "../validator/validator.ts";
import type { Deed } from "./byzantine/strategy.ts";
import { type Clock, clockTimeAt, isTrueClock, timeWhen, trueClock } from "./clock.ts";
import { createDisk, type Disk } from "./disk.ts";
import { createEventQueue, createEventQueueState, type EventQueue, type EventQueueState } from "./event-queue.ts";
import type { DiskFate, Fault, LinkConditions, StrategyName, TimedFault } from "./faults.ts";
import { createLinks, type LinksState } from "./links.ts";

/** One purpose each, so that a draw for one shifts no draw for another. */
export const streamNames = ["network", "crash", "byzantine"] as const;

export type StreamName = (typeof streamNames)[number];

export type ClusterEvent =
  | { readonly type: "delivery"; readonly to: readonly number[]; readonly input: Input }
  /** A clock of its own shows a new slot. It was set anew since, when its setting is another. */
  | { readonly type: "tick"; readonly node: number; readonly setting: number }
  /** A slow validator comes to the oldest of its waiting inputs. */
  | { readonly type: "work"; readonly node: number; readonly life: number }
  | { readonly type: "later"; readonly node: number; readonly life: number; readonly deeds: readonly Deed[] }
  /** Who was to die while writing, and wrote nothing, dies now. */
  | { readonly type: "death"; readonly node: number; readonly life: number };

export type ClusterNode = {
  validator: Validator;
  /** Runs, and is on the network. */
  online: boolean;
  readonly disk: Disk;
  /** By which it acts; null: honestly. */
  strategy: StrategyName | null;
  /** What its strategy remembers; plain data. */
  memory: unknown;
  /** Never misbehaved in this run. */
  honest: boolean;
  /** How often it was started. */
  lives: number;
  /** Why it stopped by itself; null when it did not. */
  crashed: string | null;
  /** It will die within the slot, in the midst of writing if it writes. */
  dying: DiskFate | null;
  /** It lost its disk: it neither leads nor votes until everything up to `until` is final. */
  resting: { readonly voteAccount: Address | null; readonly until: Slot } | null;
  clock: Clock;
  /** How often its clock was set. */
  clockSettings: number;
  /** So much later it comes to what it is told. */
  delayMs: number;
  /** When it will have come to the last of those that wait, and they, oldest first. */
  busyUntilMs: number;
  waiting: Input[];
};

/** All that changes in a cluster: plain data, but for the immutable values of the chain. */
export type ClusterState = {
  slot: Slot;
  nowMs: number;
  trace: Uint8Array;
  readonly events: EventQueueState<ClusterEvent>;
  readonly nodes: readonly ClusterNode[];
  readonly links: LinksState;
  randoms: Readonly<Record<StreamName, RandomSnapshot>>;
  readonly timeline: TimedFault[];
};

/** Hears what happens, as it happens. */
export type ClusterListener = {
  /** What a node asks for, before it is carried out. Of a Byzantine one: what it really does, as far as it is an effect. */
  onEffect?(node: number, effect: Effect, nowMs: number): void;
  onReport?(node: number, report: Report): void;
  onInput?(node: number, input: Input): void;
  /** A slot is over. */
  onSlot?(slot: Slot): void;
  onFault?(fault: Fault): void;
  /** A mistake of our own stopped it. */
  onCrash?(node: number, error: unknown): void;
};

export type Member = { readonly identity: Keypair; readonly voteAccount: Address | null };

export type World = {
  readonly chain: Chain;
  readonly work: SharedWork;
  readonly limits: ValidatorLimits | undefined;
  /** Without a ledger (consensus-only.ts). */
  readonly isConsensusOnly: boolean;
  /** The observer is the last. */
  readonly members: readonly Member[];
  readonly indexOf: ReadonlyMap<Address, number>;
  /** For each member, everybody else. */
  readonly others: readonly (readonly number[])[];
  readonly randoms: Readonly<Record<StreamName, Random>>;
  listeners: readonly ClusterListener[];
  state: ClusterState;
  /** Lives in the state. */
  queue: EventQueue<ClusterEvent>;
  /** In the midst of events. */
  isBusy: boolean;
};

export function createWorld(options: {
  readonly chain: Chain;
  readonly work: SharedWork;
  readonly limits: ValidatorLimits | undefined;
  readonly members: readonly Member[];
  readonly genesisBank: Bank;
  readonly seed: string;
  readonly conditions: LinkConditions | undefined;
  readonly isConsensusOnly: boolean;
}): World {
  const { chain, work, limits, members, genesisBank, seed, conditions, isConsensusOnly } = options;
  const indexOf = new Map(members.map(({ identity }, index) => [identity.address, index]));
  assert(indexOf.size === members.length, "two members of the cluster share an identity");
  const streams = streamNames.map((name) => [name, createRandom(seed, name)] as const);
  const randoms = Object.fromEntries(streams) as Record<StreamName, Random>;
  const parts = { chain, work, limits };
  const state: ClusterState = {
    slot: genesisBank.slot,
    nowMs: 0,
    trace: new Uint8Array(32),
    events: createEventQueueState(),
    nodes: members.map((member) => createNode(startValidator(parts, member, genesisBank))),
    links: createLinks({ members: members.length, heldMsMax: 2 * chain.params.slotDurationMs, conditions }),
    randoms: snapshotRandoms(randoms),
    timeline: [],
  };
  const everybody = members.map((_, index) => index);
  const others = everybody.map((index) => Object.freeze(everybody.toSpliced(index, 1)));
  return {
    ...parts,
    isConsensusOnly,
    members,
    indexOf,
    others,
    randoms,
    listeners: [],
    state,
    queue: createEventQueue(state.events),
    isBusy: false,
  };
}

function createNode(validator: Validator): ClusterNode {
  return {
    validator,
    online: true,
    disk: createDisk(),
    strategy: null,
    memory: null,
    honest: true,
    lives: 1,
    crashed: null,
    dying: null,
    resting: null,
    clock: trueClock,
    clockSettings: 0,
    delayMs: 0,
    busyUntilMs: 0,
    waiting: [],
  };
}

export function startValidator(
  { chain, work, limits }: Pick<World, "chain" | "work" | "limits">,
  { identity, voteAccount }: Member,
  genesisBank: Bank,
): Validator {
  return createValidator({
    chain,
    identity,
    voteAccount,
    work,
    genesisBank,
    ...(limits === undefined ? {} : { limits }),
  });
}

export function snapshotRandoms(randoms: World["randoms"]): ClusterState["randoms"] {
  const snapshots = streamNames.map((name) => [name, randoms[name].snapshot()] as const);
  return Object.fromEntries(snapshots) as Record<StreamName, RandomSnapshot>;
}

/** Goes on from another state, which it takes for its own. */
export function restoreWorld(world: World, state: ClusterState): void {
  assert(state.nodes.length === world.members.length, "the state is another cluster's");
  world.state = state;
  world.queue = createEventQueue(state.events);
  for (const name of streamNames) world.randoms[name].restore(state.randoms[name]);
}

export function nodeOf({ state }: World, index: number): ClusterNode {
  const node = state.nodes[index];
  assert(node !== undefined, `there is no node ${index}`);
  return node;
}

export function observerOf({ state, members }: World): Validator {
  return state.nodes[members.length - 1]!.validator;
}

/** An event of a node's own, which dies with its life. */
export function isAlive(world: World, { node, life }: { readonly node: number; readonly life: number }): boolean {
  const { online, lives } = nodeOf(world, node);
  return online && lives === life;
}

/** When a slot begins, by the cluster's time. */
export function slotStartMs({ chain }: World, slot: number): number {
  return (slot - chain.genesis.firstSlot) * chain.params.slotDurationMs;
}

/** The slot that a node's own clock shows now. */
export function slotByClock({ chain, state }: World, { clock }: ClusterNode): Slot {
  if (isTrueClock(clock)) return state.slot;
  const slots = Math.floor(clockTimeAt(clock, state.nowMs) / chain.params.slotDurationMs);
  return slotOf(chain.genesis.firstSlot + Math.max(0, slots));
}

/** Its clock will tell it of the next slot, should it not go with the cluster's own. */
export function scheduleTick(world: World, index: number, node: ClusterNode): void {
  if (isTrueClock(node.clock)) return;
  const next = slotStartMs(world, slotByClock(world, node) + 1);
  const at = timeWhen(node.clock, next, world.state.nowMs);
  world.queue.schedule(at, { type: "tick", node: index, setting: node.clockSettings });
}

/** For one event at a time; of longer ones an array is made. */
const recordScratch = new Uint8Array(2048);

/** The trace commits to it: when, at which nodes, what. */
export function record({ state }: World, nodes: readonly number[], event: string): void {
  const text = `${state.nowMs} ${formatRuns(nodes)} ${event}`;
  recordScratch.set(state.trace);
  const written = writeUtf8(text, recordScratch, 32);
  const bytes = written === null ? concatBytes(state.trace, utf8Bytes(text)) : recordScratch.subarray(0, 32 + written);
  state.trace = sha256(bytes);
}

/** Most events are for everybody else: `World.others`. */
const knownRuns = new WeakMap<readonly number[], string>();

/** `0-2,4,7-9`: every number of an ascending list, shortly. */
function formatRuns(ascending: readonly number[]): string {
  let text = knownRuns.get(ascending);
  if (text === undefined) {
    text = describeRuns(ascending);
    if (Object.isFrozen(ascending)) knownRuns.set(ascending, text);
  }
  return text;
}

function describeRuns(ascending: readonly number[]): string {
  const runs: string[] = [];
  for (let start = 0, end = 0; start < ascending.length; start = ++end) {
    while (ascending[end + 1] === ascending[end]! + 1) end++;
    runs.push(start === end ? `${ascending[start]}` : `${ascending[start]}-${ascending[end]}`);
  }
  return runs.join(",");
}
