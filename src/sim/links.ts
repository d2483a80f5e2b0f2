/**
 * The network between the members of a cluster: what happens to a message on its way.
 *
 *     from 0 to 2   latency 20–30 ms, loss 5 %, 100 bytes a millisecond
 *
 *     250 bytes at 0 ms   ──> 3 ms to be sent,               24 ms on the way   ──> arrives at 27
 *     100 bytes at 1 ms   ──> waits for the first: 3 ms,     21 ms on the way   ──> arrives at 25, and overtakes it
 *     100 bytes at 2 ms   ──> lost
 *
 * Every direction of a link has conditions of its own. What a link with a bandwidth has not sent yet waits; when too much
 * waits, what comes then is dropped, as by a real one. A cut or a partition loses what is sent while it lasts, and nothing
 * that is on its way already. Randomness is drawn only where conditions ask for it: a network that is the same for
 * everybody draws none, and `evenDelayMs` says so.
 */
import { assert } from "../base/assert.ts";
import type { Random } from "../base/random.ts";
import { type Refusal, refuse } from "../base/refusal.ts";
import type { LinkConditions } from "./faults.ts";

export type Conditions = Required<LinkConditions>;

/** Every message arrives, at once. */
export const instantConditions: Conditions = {
  latencyMs: [0, 0],
  lossBps: 0,
  duplicateBps: 0,
  reorderBps: 0,
  bandwidth: null,
  cut: false,
};

/** A day: beyond that a message is lost, not late. */
export const latencyMsMax = 86_400_000;
export const bandwidthMax = 1_000_000_000;
/** A link on which more bytes than this wait takes no more. A message of any size passes an idle one. */
export const backlogBytesMax = 4_000_000;
const wholeBps = 10_000;

/** Bytes that had not been sent yet at a time. */
type Backlog = { readonly bytes: number; readonly atMs: number };

/** Plain data. A link's key is `from * members + to`. */
export type LinksState = {
  readonly members: number;
  /** A message that is held back arrives later by up to so much. */
  readonly heldMsMax: number;
  readonly first: Conditions;
  /** Those whose conditions are not the first ones. */
  readonly changed: Map<number, Conditions>;
  /** Each member's group, or null for who is in none; null when the network is whole. */
  groups: readonly (number | null)[] | null;
  readonly backlogs: Map<number, Backlog>;
};

export function createLinks(options: {
  readonly members: number;
  readonly heldMsMax: number;
  readonly conditions?: LinkConditions | undefined;
}): LinksState {
  const { members, heldMsMax, conditions = {} } = options;
  const refusal = checkConditions(conditions);
  assert(refusal === null, `such links cannot be: ${JSON.stringify(refusal?.facts)}`);
  const first = mergeConditions(instantConditions, conditions);
  return { members, heldMsMax, first, changed: new Map(), groups: null, backlogs: new Map() };
}

/** Why such conditions cannot be, or null. */
export function checkConditions(conditions: LinkConditions): Refusal | null {
  const { latencyMs = [0, 0], bandwidth = null, cut = false } = conditions;
  const isLatency = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!Array.isArray(latencyMs) || latencyMs.length !== 2 || !latencyMs.every(isLatency)) {
    return refuse("conditions-invalid", {
      field: "latencyMs",
      value: String(latencyMs),
      expected: "two whole numbers",
    });
  }
  const [least, most] = latencyMs as readonly [number, number];
  if (least > most || most > latencyMsMax) {
    return refuse("conditions-invalid", { field: "latencyMs", least, most, maximum: latencyMsMax });
  }
  for (const field of ["lossBps", "duplicateBps", "reorderBps"] as const) {
    const value = conditions[field] ?? 0;
    if (!Number.isSafeInteger(value) || value < 0 || value > wholeBps) {
      return refuse("conditions-invalid", { field, value: String(value), minimum: 0, maximum: wholeBps });
    }
  }
  if (bandwidth !== null && (!Number.isSafeInteger(bandwidth) || bandwidth < 1 || bandwidth > bandwidthMax)) {
    const facts = { field: "bandwidth", value: String(bandwidth), minimum: 1, maximum: bandwidthMax };
    return refuse("conditions-invalid", facts);
  }
  if (typeof cut !== "boolean") return refuse("conditions-invalid", { field: "cut", value: String(cut) });
  return null;
}

function mergeConditions(before: Conditions, change: LinkConditions): Conditions {
  const { latencyMs, lossBps, duplicateBps, reorderBps, bandwidth, cut } = change;
  return {
    latencyMs: latencyMs ?? before.latencyMs,
    lossBps: lossBps ?? before.lossBps,
    duplicateBps: duplicateBps ?? before.duplicateBps,
    reorderBps: reorderBps ?? before.reorderBps,
    bandwidth: bandwidth === undefined ? before.bandwidth : bandwidth,
    cut: cut ?? before.cut,
  };
}

/** The conditions from one member to another. */
export function conditionsOf(links: LinksState, from: number, to: number): Conditions {
  return links.changed.get(from * links.members + to) ?? links.first;
}

/** Changes one direction of a link. */
export function changeConditions(links: LinksState, from: number, to: number, change: LinkConditions): void {
  const key = from * links.members + to;
  links.changed.set(key, mergeConditions(conditionsOf(links, from, to), change));
}

/** Messages pass within a group only; it replaces the partition there was. */
export function partitionLinks(links: LinksState, groups: readonly (readonly number[])[]): void {
  const groupOf: (number | null)[] = Array.from({ length: links.members }, () => null);
  for (const [group, members] of groups.entries()) for (const member of members) groupOf[member] = group;
  links.groups = groupOf;
}

/** Ends partitions, and gives every link its first conditions again. */
export function healLinks(links: LinksState): void {
  links.groups = null;
  links.changed.clear();
  if (links.first.bandwidth === null) links.backlogs.clear();
}

/** What every message between any two takes, when that is the same for all and nothing is left to chance; else null. */
export function evenDelayMs({ first, changed, groups }: LinksState): number | null {
  const { latencyMs, lossBps, duplicateBps, reorderBps, bandwidth, cut } = first;
  const isEven = latencyMs[0] === latencyMs[1] && bandwidth === null && !cut;
  const isSure = lossBps === 0 && duplicateBps === 0 && reorderBps === 0;
  return isEven && isSure && changed.size === 0 && groups === null ? latencyMs[0] : null;
}

export type Parcel = {
  readonly from: number;
  readonly to: number;
  /** How long it is, should its link ask. */
  readonly bytes: () => number;
};

/** When a message that is sent now arrives: never, once or twice. */
export function arrivalsOf(links: LinksState, random: Random, parcel: Parcel, nowMs: number): readonly number[] {
  const { from, to } = parcel;
  const conditions = conditionsOf(links, from, to);
  if (conditions.cut || isParted(links, from, to)) return [];
  const sentAt = send(links, conditions, parcel, nowMs);
  if (sentAt === null || happens(random, conditions.lossBps)) return [];
  const arrivals = [sentAt + drawTransitMs(links, conditions, random)];
  if (happens(random, conditions.duplicateBps)) arrivals.push(sentAt + drawTransitMs(links, conditions, random));
  return arrivals;
}

function isParted({ groups }: LinksState, from: number, to: number): boolean {
  if (groups === null) return false;
  const [sender, receiver] = [groups[from] ?? null, groups[to] ?? null];
  return sender !== null && receiver !== null && sender !== receiver;
}

/** When its last byte has left, or null when too much waits before it. */
function send(links: LinksState, { bandwidth }: Conditions, parcel: Parcel, nowMs: number): number | null {
  if (bandwidth === null) return nowMs;
  const key = parcel.from * links.members + parcel.to;
  const last = links.backlogs.get(key);
  const waiting = last === undefined ? 0 : Math.max(0, last.bytes - (nowMs - last.atMs) * bandwidth);
  if (waiting > backlogBytesMax) return null;
  const bytes = waiting + parcel.bytes();
  links.backlogs.set(key, { bytes, atMs: nowMs });
  return nowMs + Math.ceil(bytes / bandwidth);
}

function happens(random: Random, bps: number): boolean {
  return bps > 0 && random.chance(bps, wholeBps);
}

function drawTransitMs(links: LinksState, { latencyMs, reorderBps }: Conditions, random: Random): number {
  const [least, most] = latencyMs;
  const latency = least === most ? least : least + random.below(most - least + 1);
  return happens(random, reorderBps) ? latency + 1 + random.below(links.heldMsMax) : latency;
}
