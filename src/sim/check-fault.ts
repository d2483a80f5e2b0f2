/** Whether a fault can happen to a cluster, and how a trace names it. */
import { assertNever } from "../base/assert.ts";
import { type Refusal, refuse } from "../base/refusal.ts";
import { clockDriftPpmMax, clockOffsetMsMax } from "./clock.ts";
import { type DiskFate, type Fault, type LinkConditions, strategyNames } from "./faults.ts";
import { checkConditions } from "./links.ts";

/** A day. */
export const slowMsMax = 86_400_000;

const diskFates: readonly DiskFate[] = ["kept", "torn", "lost"];

export type FaultSurroundings = {
  /** The observer comes after them. */
  readonly validators: number;
  readonly isDown: (validator: number) => boolean;
};

/** Why the fault cannot be, or null. */
export function checkFault(fault: Fault, around: FaultSurroundings): Refusal | null {
  switch (fault.type) {
    case "kill":
    case "restart":
      return checkPower(fault, around);
    case "partition":
      return checkGroups(fault.groups, around);
    case "heal":
      return null;
    case "link":
      return (
        checkEnd(fault.from, around) ??
        checkEnd(fault.to, around) ??
        (fault.from !== null && fault.from === fault.to ? refuse("link-to-itself", { validator: fault.from }) : null) ??
        checkConditions(fault.conditions)
      );
    case "slow":
      return checkValidator(fault.validator, around) ?? checkRange(fault.type, "delayMs", fault.delayMs, 0, slowMsMax);
    case "clock":
      return (
        checkValidator(fault.validator, around) ??
        checkRange(fault.type, "offsetMs", fault.offsetMs, -clockOffsetMsMax, clockOffsetMsMax) ??
        checkRange(fault.type, "driftPpm", fault.driftPpm, -clockDriftPpmMax, clockDriftPpmMax)
      );
    case "misbehave": {
      const { strategy } = fault;
      if (strategy !== null && !strategyNames.includes(strategy)) {
        return refuse("strategy-unknown", { strategy: String(strategy), known: strategyNames.join(", ") });
      }
      return checkValidator(fault.validator, around);
    }
    default:
      // Strangers may send what no type allows.
      return refuse("fault-unknown", { type: String((fault as { readonly type?: unknown }).type) });
  }
}

function checkPower(fault: Extract<Fault, { type: "kill" | "restart" }>, around: FaultSurroundings): Refusal | null {
  const { type, validator } = fault;
  const unknown = checkValidator(validator, around);
  if (unknown !== null) return unknown;
  if (type === "restart") return around.isDown(validator) ? null : refuse("validator-running", { validator });
  const { disk = "kept" } = fault;
  if (!diskFates.includes(disk)) {
    return refuse("disk-fate-unknown", { disk: String(disk), known: diskFates.join(", ") });
  }
  return around.isDown(validator) ? refuse("validator-down", { validator }) : null;
}

function checkValidator(validator: number, { validators }: FaultSurroundings): Refusal | null {
  if (validator === validators) return refuse("observer-untouchable", { validator });
  const isKnown = Number.isSafeInteger(validator) && validator >= 0 && validator < validators;
  return isKnown ? null : refuse("validator-unknown", { validator: String(validator), validators });
}

/** One end of a link: a validator, the observer, or everybody. */
function checkEnd(end: number | null, { validators }: FaultSurroundings): Refusal | null {
  const isKnown = end === null || (Number.isSafeInteger(end) && end >= 0 && end <= validators);
  return isKnown ? null : refuse("validator-unknown", { validator: String(end), validators });
}

function checkGroups(groups: readonly (readonly number[])[], around: FaultSurroundings): Refusal | null {
  const seen = new Set<number>();
  for (const member of groups.flat()) {
    const unknown = checkEnd(member, around);
    if (unknown !== null) return unknown;
    if (seen.has(member)) return refuse("groups-overlap", { validator: member });
    seen.add(member);
  }
  return null;
}

function checkRange(type: string, field: string, value: number, minimum: number, maximum: number): Refusal | null {
  if (Number.isSafeInteger(value) && value >= minimum && value <= maximum) return null;
  return refuse("fault-out-of-range", { type, field, value: String(value), minimum, maximum });
}

/** The fault in a line that says all of it, in one way only. */
export function describeFault(fault: Fault): string {
  switch (fault.type) {
    case "kill":
      return `kill ${fault.validator} disk ${fault.disk ?? "kept"}`;
    case "restart":
      return `restart ${fault.validator}`;
    case "partition":
      return `partition ${fault.groups.map((group) => group.join(",")).join(" | ")}`;
    case "heal":
      return "heal";
    case "link": {
      const direction = (fault.both ?? true) ? "and back" : "one way";
      return `link ${fault.from ?? "all"} to ${fault.to ?? "all"} ${direction} ${describeConditions(fault.conditions)}`;
    }
    case "slow":
      return `slow ${fault.validator} ${fault.delayMs}`;
    case "clock":
      return `clock ${fault.validator} ${fault.offsetMs} ${fault.driftPpm}`;
    case "misbehave":
      return `misbehave ${fault.validator} ${fault.strategy ?? "no more"}`;
    default:
      return assertNever(fault);
  }
}

function describeConditions(conditions: LinkConditions): string {
  const fields = ["latencyMs", "lossBps", "duplicateBps", "reorderBps", "bandwidth", "cut"] as const;
  const said = fields.filter((field) => conditions[field] !== undefined);
  return said.map((field) => `${field} ${String(conditions[field])}`).join(" ");
}
