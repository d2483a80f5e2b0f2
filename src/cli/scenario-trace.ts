/** A run's events as lines to read: what happened, slot by slot. */
import type { ScenarioEvent } from "../sim/scenario-events.ts";
import { describeFault } from "./commands/ctl-world.ts";

export type TraceOptions = {
  readonly nameOf: (validator: number) => string;
  /** Votes that were held, forks and each final block too. */
  readonly details: boolean;
};

/** Null for what only a details trace tells. */
export function describeEvent(event: ScenarioEvent, { nameOf, details }: TraceOptions): string | null {
  switch (event.type) {
    case "fault":
      return `fault        ${describeFault(event.fault).replace(/#(\d+)/g, (_, index) => nameOf(Number(index)))}`;
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
