/**
 * A scenario as text or value, checked, and as a plan with validators by number; and back again as text.
 *
 *     parseScenario(text)     ScenarioPlan, or scenario-malformed (at timeline.2.kill, problem …)
 *     formatScenario(file)    YAML, which parses to the same
 */
import * as v from "valibot";
import { stringify } from "yaml";
import { accept, type Outcome, type Refusal, refuse } from "../base/refusal.ts";
import { lamportsPerSol } from "../chain/ids.ts";
import { type ChainParams, createParams } from "../chain/params.ts";
import { checkFault } from "./check-fault.ts";
import type { Fault, LinkConditions, TimedFault } from "./faults.ts";
import { describeIssue, type GenesisFilePlan, planGenesisFile } from "./genesis-file.ts";
import { checkConditions } from "./links.ts";
import { standardAccountLamports, standardStakes } from "./network.ts";
import {
  type Expectation,
  expectationFields,
  faultFields,
  type LinkForm,
  type ScenarioFile,
  scenarioSchema,
  type TimelineEntry,
} from "./scenario.ts";
import { readYaml } from "./yaml-text.ts";

export type ScenarioRefusal = Refusal<string>;

export type ScenarioPlan = {
  readonly file: ScenarioFile;
  readonly name: string;
  readonly network: GenesisFilePlan;
  readonly params: ChainParams;
  readonly slots: number;
  readonly conditions: LinkConditions;
  /** By slot; of one slot in the order of the file. */
  readonly faults: readonly TimedFault[];
  readonly expectations: readonly PlannedExpectation[];
};

/** With validators by number. */
export type PlannedExpectation = Omit<Expectation, "convicted"> & { readonly convicted?: readonly number[] };

/** Few hashes and short rotations: what is tried here is consensus, not the machine. */
const fastParams = { hashesPerTick: 4, ticksPerSlot: 2, slotsPerRotation: 2 };

export function parseScenario(text: string): Outcome<ScenarioPlan, string> {
  const read = readYaml(text);
  return read.ok ? planScenario(read.value) : malformed(read.problem, "", read.facts);
}

export function formatScenario(file: ScenarioFile): string {
  return stringify(file, { lineWidth: 120, flowCollectionPadding: true });
}

/** A value of any type as a plan. */
export function planScenario(value: unknown): Outcome<ScenarioPlan, string> {
  const checked = v.safeParse(scenarioSchema, value);
  if (!checked.success) {
    const issue = deepest(checked.issues[0]);
    const at = (issue.path ?? []).map((item) => String(item.key)).join(".");
    return malformed(describeIssue(issue), at);
  }
  const file = checked.output;
  const network = planNetwork(file);
  if (!network.ok) return network;
  const { profile, overrides, validators } = network.value;
  const params = createParams(profile, { ...fastParams, ...overrides });
  if (!params.ok) return malformed(`${params.code}: ${JSON.stringify(params.facts)}`, "network.params");
  const conditions = conditionsOf(file.links ?? {});
  const wrongLinks = checkConditions(conditions);
  if (wrongLinks !== null) return malformed(describeRefusal(wrongLinks), "links");
  const names = new Map<string, number>(
    validators.flatMap(({ name }, index) => (name === undefined ? [] : [[name, index] as const])),
  );
  const find = finder(names, validators.length);
  const faults = planTimeline(file.timeline ?? [], file.slots, find, validators.length);
  if (!faults.ok) return faults;
  const expectations = planExpectations(file.expect ?? [], file.slots, find);
  if (!expectations.ok) return expectations;
  const { name, slots } = file;
  const plan = { file: file as ScenarioFile, name, network: network.value, params: params.value, slots, conditions };
  return accept({ ...plan, faults: faults.value, expectations: expectations.value });
}

/** Of a value that fits none of several forms the issue of the form that it came nearest to. */
function deepest(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const within = issue.issues?.findLast(({ path }) => path !== undefined);
  return within === undefined
    ? issue
    : deepest({ ...within, path: [...(issue.path ?? []), ...within.path!] } as v.BaseIssue<unknown>);
}

function malformed(problem: string, at: string, facts: object = {}): Refusal<"scenario-malformed"> {
  return refuse("scenario-malformed", { problem, ...(at === "" ? {} : { at }), ...facts });
}

function describeRefusal({ code, facts }: Refusal): string {
  return `${code} (${Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ")})`;
}

function planNetwork({ network = { validators: 4 } }: ScenarioFile): Outcome<GenesisFilePlan, string> {
  if (typeof network.validators === "number") {
    const { validators: count, ...others } = network;
    const base = planGenesisFile({ ...others, validators: [{ name: "placeholder", stake: 1000 }] });
    if (!base.ok) return placed(base);
    return accept({
      ...base.value,
      ...accountsOf(base.value),
      validators: standardStakes(count).map((stake) => ({ stake })),
    });
  }
  const plan = planGenesisFile(network);
  return plan.ok ? accept({ ...plan.value, ...accountsOf(plan.value) }) : placed(plan);
}

/** Two to pay one another, where the file names none. */
function accountsOf({ accounts }: GenesisFilePlan): Pick<GenesisFilePlan, "accounts" | "accountLamports"> {
  const none = typeof accounts === "number" || accounts.length === 0;
  return none
    ? { accounts: 2, accountLamports: 1000n * lamportsPerSol }
    : { accounts, accountLamports: standardAccountLamports };
}

function placed(refusal: Refusal): Refusal<string> {
  const { code, facts } = refusal;
  const at = facts.at === undefined ? "network" : `network.${facts.at}`;
  return refuse(code, { problem: describeRefusal(refusal), ...facts, at });
}

type Find = (named: string | number, at: string) => Outcome<number, string>;

function finder(names: ReadonlyMap<string, number>, count: number): Find {
  return (named, at) => {
    const index = typeof named === "number" ? named : (names.get(named) ?? (/^\d+$/.test(named) ? Number(named) : -1));
    if (Number.isSafeInteger(index) && index >= 0 && index < count) return accept(index);
    const known = names.size === 0 ? `0 to ${count - 1}` : [...names.keys()].join(", ");
    return malformed(`there is no validator ${named}; there are ${known}`, at);
  };
}

export function conditionsOf({ latencyMs, loss, duplicate, reorder, bandwidth, cut }: LinkForm): LinkConditions {
  const bps = (value: number) => Math.round(value * 100);
  return {
    ...(latencyMs === undefined
      ? {}
      : { latencyMs: typeof latencyMs === "number" ? [latencyMs, latencyMs] : latencyMs }),
    ...(loss === undefined ? {} : { lossBps: bps(loss) }),
    ...(duplicate === undefined ? {} : { duplicateBps: bps(duplicate) }),
    ...(reorder === undefined ? {} : { reorderBps: bps(reorder) }),
    ...(bandwidth === undefined ? {} : { bandwidth }),
    ...(cut === undefined ? {} : { cut }),
  };
}

function planTimeline(
  entries: readonly TimelineEntry[],
  slots: number,
  find: Find,
  validators: number,
): Outcome<readonly TimedFault[], string> {
  const faults: TimedFault[] = [];
  for (const [index, entry] of entries.entries()) {
    const at = `timeline.${index}`;
    const one = onlyOne(entry, Object.keys(faultFields), at, "does");
    if (!one.ok) return one;
    if (entry.at > slots) return malformed(`slot ${entry.at} never comes: the scenario has ${slots}`, `${at}.at`);
    const fault = planFault(entry, find, `${at}.${one.value}`);
    if (!fault.ok) return fault;
    const power = fault.value.type === "kill" || fault.value.type === "restart";
    // Who is down when is known only as it runs.
    const wrong = checkFault(fault.value, { validators, isDown: () => fault.value.type === "restart" });
    if (wrong !== null && !(power && wrong.code.startsWith("validator-")))
      return malformed(describeRefusal(wrong), `${at}.${one.value}`);
    faults.push({ slot: entry.at, fault: fault.value });
  }
  return accept(faults.toSorted((a, b) => a.slot - b.slot));
}

function onlyOne(entry: object, fields: readonly string[], at: string, verb: string): Outcome<string, string> {
  const given = fields.filter((field) => (entry as Readonly<Record<string, unknown>>)[field] !== undefined);
  const [field] = given;
  if (field !== undefined && given.length === 1) return accept(field);
  return malformed(
    `an entry ${verb} one thing, and this ${given.length === 0 ? "none" : given.join(" and ")}; give one of ${fields.join(", ")}`,
    at,
  );
}

function planFault(entry: TimelineEntry, find: Find, at: string): Outcome<Fault, string> {
  const { kill, restart, partition, link, slow, clock, misbehave } = entry;
  const withValidator = (named: string | number, faultOf: (validator: number) => Fault): Outcome<Fault, string> => {
    const found = find(named, at);
    return found.ok ? accept(faultOf(found.value)) : found;
  };
  if (kill !== undefined) {
    const { validator, disk = "kept" } = typeof kill === "object" ? kill : { validator: kill };
    return withValidator(validator, (index) => ({ type: "kill", validator: index, disk }));
  }
  if (restart !== undefined) return withValidator(restart, (index) => ({ type: "restart", validator: index }));
  if (slow !== undefined) {
    return withValidator(slow.validator, (index) => ({ type: "slow", validator: index, delayMs: slow.delayMs }));
  }
  if (clock !== undefined) {
    const { validator, offsetMs = 0, driftPpm = 0 } = clock;
    return withValidator(validator, (index) => ({ type: "clock", validator: index, offsetMs, driftPpm }));
  }
  if (misbehave !== undefined) {
    const { validator, strategy } = misbehave;
    return withValidator(validator, (index) => ({ type: "misbehave", validator: index, strategy }));
  }
  if (partition !== undefined) return planPartition(partition, find, at);
  if (link !== undefined) return planLink(link, find, at);
  return accept({ type: "heal" });
}

function planPartition(
  partition: readonly (readonly (string | number)[])[],
  find: Find,
  at: string,
): Outcome<Fault, string> {
  const groups: number[][] = [];
  for (const [index, members] of partition.entries()) {
    const group: number[] = [];
    for (const named of members) {
      const found = find(named, `${at}.${index}`);
      if (!found.ok) return found;
      group.push(found.value);
    }
    groups.push(group);
  }
  return accept({ type: "partition", groups });
}

function planLink(link: NonNullable<TimelineEntry["link"]>, find: Find, at: string): Outcome<Fault, string> {
  const { from = null, to = null, both = true, ...form } = link;
  const ends: (number | null)[] = [];
  for (const end of [from, to]) {
    const found = end === null ? accept(null) : find(end, at);
    if (!found.ok) return found;
    ends.push(found.value);
  }
  return accept({ type: "link", from: ends[0]!, to: ends[1]!, both, conditions: conditionsOf(form) });
}

function planExpectations(
  entries: readonly Expectation[],
  slots: number,
  find: Find,
): Outcome<readonly PlannedExpectation[], string> {
  const planned: PlannedExpectation[] = [];
  for (const [index, entry] of entries.entries()) {
    const at = `expect.${index}`;
    const one = onlyOne(entry, Object.keys(expectationFields), at, "promises");
    if (!one.ok) return one;
    const { convicted, ...others } = entry;
    const by =
      others.finalized?.by ?? (others.recovers === undefined ? 1 : others.recovers.from + others.recovers.within);
    if (by > slots) return malformed(`slot ${by} never comes: the scenario has ${slots}`, `${at}.${one.value}`);
    const indices: number[] = [];
    for (const named of convicted ?? []) {
      const found = find(named, `${at}.convicted`);
      if (!found.ok) return found;
      indices.push(found.value);
    }
    planned.push(convicted === undefined ? others : { ...others, convicted: indices });
  }
  return accept(planned);
}

/** A fault as a timeline says it; what formatScenario of a running devnet's timeline is made of. */
export function timelineEntryOf(
  { slot, fault }: TimedFault,
  nameOf: (validator: number) => string | number,
): TimelineEntry {
  const at = slot;
  switch (fault.type) {
    case "kill": {
      const { disk = "kept" } = fault;
      const validator = nameOf(fault.validator);
      return { at, kill: disk === "kept" ? validator : { validator, disk } };
    }
    case "restart":
      return { at, restart: nameOf(fault.validator) };
    case "partition":
      return { at, partition: fault.groups.map((group) => group.map(nameOf)) };
    case "heal":
      return { at, heal: true };
    case "link":
      return { at, link: linkFormOf(fault, nameOf) };
    case "slow":
      return { at, slow: { validator: nameOf(fault.validator), delayMs: fault.delayMs } };
    case "clock":
      return { at, clock: { validator: nameOf(fault.validator), offsetMs: fault.offsetMs, driftPpm: fault.driftPpm } };
    case "misbehave":
      return { at, misbehave: { validator: nameOf(fault.validator), strategy: fault.strategy } };
  }
}

function linkFormOf(fault: Extract<Fault, { type: "link" }>, nameOf: (validator: number) => string | number) {
  const { latencyMs, lossBps, duplicateBps, reorderBps, bandwidth, cut } = fault.conditions;
  const end = (validator: number | null) => (validator === null ? null : nameOf(validator));
  const form = {
    latencyMs: latencyMs === undefined ? undefined : ([...latencyMs] as [number, number]),
    loss: lossBps === undefined ? undefined : lossBps / 100,
    duplicate: duplicateBps === undefined ? undefined : duplicateBps / 100,
    reorder: reorderBps === undefined ? undefined : reorderBps / 100,
    bandwidth,
    cut,
    both: fault.both,
  };
  const stated = Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined));
  return { from: end(fault.from), to: end(fault.to), ...stated };
}
