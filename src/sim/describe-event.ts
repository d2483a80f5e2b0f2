/** A run's events as lines to read: what happened, slot by slot. */
import { formatRefusal } from "../base/refusal.ts";
import type { Fault, LinkConditions } from "./faults.ts";
import type { ScenarioEvent } from "./scenario-events.ts";

export type TraceOptions = {
  readonly nameOf: (validator: number) => string;
  /** Votes that were held, forks and each final block too. */
  readonly details: boolean;
};

/** Null for what only a details trace tells. */
export function describeEvent(event: ScenarioEvent, { nameOf, details }: TraceOptions): string | null {
  switch (event.type) {
    case "fault":
      return `fault        ${nameFault(event.fault, nameOf)}`;
    case "no-effect":
      return `no effect    ${nameFault(event.fault, nameOf)}: ${formatRefusal(event.refusal)}`;
    case "epoch":
      return `epoch        ${event.epoch} begins`;
    case "skipped":
      return `skipped      ${event.leader === null ? "" : `${nameOf(event.leader)} led`}`.trimEnd();
    case "fork":
      return details
        ? `fork         block ${event.blockId.slice(0, 8)} of slot ${event.slot} on slot ${event.parentSlot}`
        : null;
    case "reorg":
      return `reorg        the observer leaves ${event.depth} block${event.depth === 1 ? "" : "s"}: ${event.fromSlot} -> ${event.toSlot}`;
    case "held":
      return details ? `held         ${nameOf(event.validator)}: ${describeHold(event.decision)}` : null;
    case "finalized":
      return details ? `final        slot ${event.blockSlot}` : null;
    case "equivocation":
      return `equivocation ${event.validator === null ? "a stranger" : nameOf(event.validator)} signed two blocks for slot ${event.blockSlot}`;
    case "convicted":
      return `convicted    ${nameOf(event.validator)}`;
    case "crashed":
      return `crashed      ${nameOf(event.validator)}: ${event.message}`;
  }
}

type Hold = Extract<ScenarioEvent, { type: "held" }>["decision"];

function describeHold(decision: Hold): string {
  const { type: _type, slot, reason, ...facts } = decision;
  const told = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
  return `no vote for ${slot}: ${reason} (${told.join(", ")})`;
}

const nameFault = (fault: Fault, nameOf: TraceOptions["nameOf"]) =>
  tellFault(fault).replace(/#(\d+)/g, (_, index) => nameOf(Number(index)));

/** `latency 50 to 200 ms, loss 10 %` */
function tellConditions({ latencyMs, lossBps, duplicateBps, reorderBps, bandwidth, cut }: LinkConditions): string {
  const percent = (what: string, bps: number | undefined) => (bps === undefined ? "" : `${what} ${bps / 100} %`);
  const [low, high] = latencyMs ?? [0, 0];
  const told = [
    latencyMs === undefined ? "" : `latency ${low === high ? low : `${low} to ${high}`} ms`,
    percent("loss", lossBps),
    percent("duplicates", duplicateBps),
    percent("reordered", reorderBps),
    bandwidth === undefined ? "" : bandwidth === null ? "any bandwidth" : `${bandwidth} bytes a ms`,
    cut === undefined ? "" : cut ? "cut" : "not cut",
  ];
  return told.filter((text) => text !== "").join(", ");
}

/** A fault as people say it: `kill #2 (disk torn)`, `partition #0 #1 | #2 #3`. */
export function tellFault({ type, ...fields }: { readonly type: string }): string {
  const all = fields as Readonly<Record<string, unknown>>;
  const who = (validator: unknown) => (validator === null ? "all" : `#${validator}`);
  switch (type) {
    case "kill":
      return `kill ${who(all.validator)} (disk ${all.disk ?? "kept"})`;
    case "partition": {
      const groups = all.groups as readonly (readonly number[])[];
      return `partition ${groups.map((group) => group.map(who).join(" ")).join(" | ")}`;
    }
    case "link":
      return `link ${who(all.from)} ${all.both === false ? "->" : "<->"} ${who(all.to)} ${tellConditions(all.conditions as LinkConditions)}`;
    case "slow":
      return `slow ${who(all.validator)} by ${all.delayMs} ms`;
    case "clock":
      return `clock of ${who(all.validator)} ${all.offsetMs} ms off, drifting ${all.driftPpm} ppm`;
    case "misbehave":
      return `misbehave ${who(all.validator)} ${all.strategy ?? "no more"}`;
    default:
      return "validator" in all ? `${type} ${who(all.validator)}` : type;
  }
}
