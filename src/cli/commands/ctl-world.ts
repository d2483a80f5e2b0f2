/**
 * `escapement ctl`: breaks a running devnet's world, and puts it back.
 *
 *     ctl kill 2 --disk torn       escapement_kill [2, {"disk":"torn"}]      Slot: 41   Fault: kill #2 (disk torn)
 *     ctl snapshot                 escapement_snapshot                       Snapshot: 1 …
 */
import * as v from "valibot";
import { tellFault } from "../../sim/describe-event.ts";
import type { OutputFormat } from "../arguments.ts";
import { UsageError } from "../failure.ts";
import { formatFields, formatTable } from "../format.ts";
import { print, printJson } from "../output.ts";
import { count, createRpcClient } from "../rpc-client.ts";

export type WorldOptions = { readonly url: string; readonly output: OutputFormat };

const faultSchema = v.looseObject({ type: v.string() });
const madeSchema = v.object({ slot: count, epoch: count, fault: faultSchema });
const snapshotSchema = v.object({ id: count, slot: count, epoch: count });
const timedSchema = v.object({ slot: count, fault: faultSchema });

async function makeFault({ url, output }: WorldOptions, method: string, params: readonly unknown[]): Promise<void> {
  const made = await createRpcClient(url).call(`escapement_${method}`, params, madeSchema);
  if (output === "json") printJson(made);
  // It happened between slots: the next one is the first that knows of it.
  else print(formatFields([["From slot", made.slot + 1] as const, ["Fault", tellFault(made.fault)] as const]));
}

/** Its number, or whatever else names it. */
const named = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text);
const namedOrAll = (text: string): string | number | null => (text === "all" ? null : named(text));

export const runKill = (validator: string, options: WorldOptions & { readonly disk: string }) =>
  makeFault(options, "kill", [named(validator), { disk: options.disk }]);

export const runRestart = (validator: string, options: WorldOptions) =>
  makeFault(options, "restart", [named(validator)]);

export function runPartition(groups: readonly string[], options: WorldOptions): Promise<void> {
  const lists = groups.map((group) => group.split(",").filter((part) => part !== ""));
  if (lists.length < 2) throw new UsageError("give two groups or more, such as: ctl partition 0,1 2,3");
  return makeFault(options, "partition", [lists.map((list) => list.map(named))]);
}

export const runHeal = (options: WorldOptions) => makeFault(options, "heal", []);

export type LinkOptions = WorldOptions & {
  readonly latency?: readonly [number, number];
  readonly loss?: number;
  readonly duplicate?: number;
  readonly reorder?: number;
  readonly bandwidth?: number;
  readonly cut?: boolean;
  readonly oneWay?: boolean;
};

export function runLink(from: string, to: string, options: LinkOptions): Promise<void> {
  const { latency, loss, duplicate, reorder, bandwidth, cut, oneWay = false } = options;
  const given = {
    latencyMs: latency,
    lossBps: loss,
    duplicateBps: duplicate,
    reorderBps: reorder,
    bandwidth,
    cut,
  };
  const conditions = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (Object.keys(conditions).length === 0) {
    throw new UsageError("say what the link is like: --latency, --loss, --duplicate, --reorder, --bandwidth or --cut");
  }
  return makeFault(options, "link", [namedOrAll(from), namedOrAll(to), { ...conditions, both: !oneWay }]);
}

export const runMisbehave = (validator: string, strategy: string, options: WorldOptions) =>
  makeFault(options, "misbehave", [named(validator), strategy === "none" ? null : strategy]);

export const runSlow = (validator: string, delayMs: number, options: WorldOptions) =>
  makeFault(options, "slow", [named(validator), delayMs]);

export type ClockOptions = WorldOptions & { readonly offset?: number; readonly drift?: number };

export function runSetClock(validator: string, options: ClockOptions): Promise<void> {
  const { offset, drift } = options;
  if (offset === undefined && drift === undefined)
    throw new UsageError("say how it goes: --offset, --drift, or --offset 0 to set it right");
  return makeFault(options, "setClock", [named(validator), offset ?? 0, drift ?? 0]);
}

const stepSchema = v.object({ slot: count, epoch: count, running: v.boolean() });

export async function runStep(slots: number, { url, output }: WorldOptions): Promise<void> {
  const clock = await createRpcClient(url, { timeoutMs: null }).call("escapement_step", [slots], stepSchema);
  if (output === "json") printJson(clock);
  else
    print(formatFields([["Slot", clock.slot] as const, ["Epoch", clock.epoch] as const, ["Clock", "paused"] as const]));
}

export async function runSnapshot({ url, output }: WorldOptions): Promise<void> {
  tellSnapshot("Snapshot", await createRpcClient(url).call("escapement_snapshot", [], snapshotSchema), output);
}

export async function runRevert(id: number, { url, output }: WorldOptions): Promise<void> {
  tellSnapshot("Reverted to", await createRpcClient(url).call("escapement_revert", [id], snapshotSchema), output);
}

function tellSnapshot(title: string, snapshot: v.InferOutput<typeof snapshotSchema>, output: OutputFormat): void {
  if (output === "json") printJson(snapshot);
  else
    print(
      formatFields([
        [title, snapshot.id] as const,
        ["Slot", snapshot.slot] as const,
        ["Epoch", snapshot.epoch] as const,
      ]),
    );
}

export async function runSnapshots({ url, output }: WorldOptions): Promise<void> {
  const list = await createRpcClient(url).call("escapement_listSnapshots", [], v.array(snapshotSchema));
  if (output === "json") printJson(list);
  else if (list.length === 0) print("no snapshots; take one with `escapement ctl snapshot`");
  else {
    const columns = ["Snapshot", "Slot", "Epoch"].map((title) => ({ title, align: "right" as const }));
    print(
      formatTable(
        columns,
        list.map(({ id, slot, epoch }) => [id, slot, epoch]),
      ),
    );
  }
}

export async function runTimeline({ url, output }: WorldOptions): Promise<void> {
  const timeline = await createRpcClient(url).call("escapement_getTimeline", [], v.array(timedSchema));
  if (output === "json") printJson(timeline);
  else if (timeline.length === 0) print("nothing was done to this devnet");
  else {
    const columns = [
      { title: "Slot", align: "right" as const },
      { title: "Fault", align: "left" as const },
    ];
    print(
      formatTable(
        columns,
        timeline.map(({ slot, fault }) => [slot, tellFault(fault)]),
      ),
    );
  }
}

/** The devnet's timeline as a scenario's file. */
export async function runExport({ url, output }: WorldOptions): Promise<void> {
  const text = await createRpcClient(url).call("escapement_exportScenario", [], v.string());
  if (output === "json") printJson({ scenario: text });
  else print(text.trimEnd());
}
