import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatScenario, parseScenario, planScenario, timelineEntryOf } from "./scenario-plan.ts";

const folder = new URL("../../scenarios/", import.meta.url);
const shipped = readdirSync(folder).map((file) => [file, readFileSync(new URL(file, folder), "utf8")] as const);

const four = {
  validators: [
    { name: "north", stake: 1000 },
    { name: "south", stake: 1000 },
    { name: "east", stake: 500 },
  ],
};
const base = { name: "x", network: four, slots: 100 };
const faultsOf = (timeline: unknown[]) => {
  const plan = planScenario({ ...base, timeline });
  if (!plan.ok) throw new Error(JSON.stringify(plan));
  return plan.value.faults;
};
const problemOf = (file: unknown) => {
  const plan = typeof file === "string" ? parseScenario(file) : planScenario(file);
  return plan.ok ? null : `${plan.facts.at ?? ""}: ${plan.facts.problem}`;
};

describe("a scenario", () => {
  it("of the library parses, and comes out of its own text the same", () => {
    expect(shipped.length).toBeGreaterThanOrEqual(10);
    for (const [file, text] of shipped) {
      const plan = parseScenario(text);
      if (!plan.ok) throw new Error(`${file}: ${JSON.stringify(plan)}`);
      expect(plan.value.name).toBe(file.replace(".yaml", ""));
      expect(parseScenario(formatScenario(plan.value.file))).toEqual(plan);
    }
  });

  it("names validators by name or number, in every kind of fault", () => {
    const faults = faultsOf([
      { at: 9, kill: "south" },
      { at: 3, kill: { validator: 1, disk: "torn" } },
      { at: 4, restart: "1" },
      { at: 5, partition: [["north"], ["south", 2]] },
      { at: 6, heal: true },
      { at: 7, link: { from: "north", to: "east", latencyMs: 50, loss: 2.5, both: false } },
      { at: 7, link: { latencyMs: [1, 9], cut: true } },
      { at: 8, slow: { validator: "east", delayMs: 7 } },
      { at: 8, clock: { validator: 0, driftPpm: -5 } },
      { at: 8, misbehave: { validator: 2, strategy: "censor" } },
    ]);
    expect(faults).toEqual([
      { slot: 3, fault: { type: "kill", validator: 1, disk: "torn" } },
      { slot: 4, fault: { type: "restart", validator: 1 } },
      { slot: 5, fault: { type: "partition", groups: [[0], [1, 2]] } },
      { slot: 6, fault: { type: "heal" } },
      {
        slot: 7,
        fault: { type: "link", from: 0, to: 2, both: false, conditions: { latencyMs: [50, 50], lossBps: 250 } },
      },
      {
        slot: 7,
        fault: { type: "link", from: null, to: null, both: true, conditions: { latencyMs: [1, 9], cut: true } },
      },
      { slot: 8, fault: { type: "slow", validator: 2, delayMs: 7 } },
      { slot: 8, fault: { type: "clock", validator: 0, offsetMs: 0, driftPpm: -5 } },
      { slot: 8, fault: { type: "misbehave", validator: 2, strategy: "censor" } },
      { slot: 9, fault: { type: "kill", validator: 1, disk: "kept" } },
    ]);
    // And back: a running devnet's timeline is written down so.
    const names = ["north", "south", "east"];
    expect(faultsOf(faults.map((fault) => timelineEntryOf(fault, (index) => names[index]!)))).toEqual(faults);
  });

  it("is refused with the place, what was found and what was expected", () => {
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [{ ...base, slots: 0 }, /^slots: expected a slot: a whole number from 1/],
      [{ ...base, name: "No Spaces" }, /^name: a name has up to 64/],
      [{ name: "x" }, /slots is missing/],
      [{ ...base, colour: 1 }, /there is no such field: colour/],
      [{ ...base, network: { validators: 0 } }, /^network.validators/],
      [{ ...base, network: { validators: [{ name: "a", stake: -1 }] } }, /^network.validators/],
      [{ ...base, network: { ...four, params: { slotsPerEpoch: 1 } } }, /^network.*slotsPerEpoch/],
      [{ ...base, timeline: [{ at: 5 }] }, /^timeline.0: an entry does one thing, and this none/],
      [
        { ...base, timeline: [{ at: 5, heal: true, kill: 0 }] },
        /^timeline.0: an entry does one thing, and this kill and heal/,
      ],
      [{ ...base, timeline: [{ at: 500, heal: true }] }, /^timeline.0.at: slot 500 never comes/],
      [
        { ...base, timeline: [{ at: 5, kill: "nobody" }] },
        /^timeline.0.kill: there is no validator nobody; there are north, south, east/,
      ],
      [{ ...base, timeline: [{ at: 5, kill: 3 }] }, /there is no validator 3/],
      [{ ...base, timeline: [{ at: 5, partition: [[0], [0]] }] }, /^timeline.0.partition: groups-overlap/],
      [{ ...base, timeline: [{ at: 5, link: { latencyMs: [9, 3] } }] }, /^timeline.0.link: conditions-invalid/],
      [
        { ...base, timeline: [{ at: 5, misbehave: { validator: 0, strategy: "sing" } }] },
        /expected null, or one of equivocate/,
      ],
      [{ ...base, links: { loss: 101 } }, /^links.loss: expected a percentage/],
      [{ ...base, expect: [{}] }, /^expect.0: an entry promises one thing, and this none/],
      [{ ...base, expect: [{ recovers: { from: 90, within: 20 } }] }, /^expect.0.recovers: slot 110 never comes/],
      [{ ...base, expect: [{ convicted: ["nobody"] }] }, /^expect.0.convicted: there is no validator nobody/],
      ["{", /Flow map|expected|must/i],
      ["- 1", /the field name is missing/],
      ["", /expected an object/],
    ];
    for (const [file, problem] of wrong) expect(problemOf(file), JSON.stringify(file)).toMatch(problem);
  });

  it("has standard stakes where it only says how many, and accounts that can pay", () => {
    const plan = planScenario({ name: "x", slots: 10, network: { validators: 5 } });
    expect(plan.ok && [plan.value.network.validators.length, plan.value.network.accounts]).toEqual([5, 2]);
  });
});
