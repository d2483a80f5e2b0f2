/**
 * A scenario: a network, what goes wrong in it and when, and what is promised all the same. Written in YAML or JSON:
 *
 *     name: partition-and-heal
 *     network: { validators: [{ name: north, stake: 1000 }, { name: south, stake: 1000 }, …] }
 *     slots: 420
 *     links: { latencyMs: [10, 40] }
 *     timeline:
 *       - { at: 40, partition: [[north, east], [south, west]] }
 *       - { at: 70, heal: true }
 *     expect:
 *       - finalized: { atMost: 40, by: 69 }       while each side has half, nothing becomes final
 *       - recovers: { from: 70, within: 350 }
 *
 * Slots count from the chain's first. Validators go by name or number. What a seed changes: keys, leaders, links, and the
 * faults that `random` asks for. The JSON schema is published with the package (schemas/scenario.schema.json).
 */
import * as v from "valibot";
import { strategyNames } from "./faults.ts";
import { genesisFileSchema } from "./genesis-file.ts";

const wholeNumber = (what: string, minimum: number, maximum: number) =>
  v.pipe(
    v.number(`expected ${what}: a whole number from ${minimum} to ${maximum}`),
    v.integer(`expected ${what}: a whole number from ${minimum} to ${maximum}`),
    v.minValue(minimum, `expected ${what}: a whole number from ${minimum} to ${maximum}`),
    v.maxValue(maximum, `expected ${what}: a whole number from ${minimum} to ${maximum}`),
  );

export const scenarioSlotsMax = 1_000_000;
export const scenarioFaultsMax = 10_000;

const slot = wholeNumber("a slot", 1, scenarioSlotsMax);
const milliseconds = wholeNumber("milliseconds", 0, 86_400_000);
const percentForm = "expected a percentage from 0 to 100, with two decimals at most";
const percent = v.pipe(
  v.number(percentForm),
  v.minValue(0, percentForm),
  v.maxValue(100, percentForm),
  v.check((value) => Number.isInteger(Math.round(value * 1e6) / 1e4), percentForm),
);
const validator = v.pipe(
  v.union([v.string(), v.number()], "expected a validator: its name, or its number"),
  v.description("a validator's name, or its number"),
);

const linkFields = {
  latencyMs: v.optional(
    v.union([milliseconds, v.tuple([milliseconds, milliseconds])], "expected milliseconds, or [least, most]"),
  ),
  loss: v.optional(v.pipe(percent, v.description("percent of the messages that are lost"))),
  duplicate: v.optional(v.pipe(percent, v.description("percent that arrive twice"))),
  reorder: v.optional(v.pipe(percent, v.description("percent that are held back, so that later ones overtake them"))),
  bandwidth: v.optional(v.nullable(wholeNumber("bytes a millisecond", 1, 1_000_000_000))),
  cut: v.optional(v.boolean("expected true or false")),
};
const disk = v.picklist(["kept", "torn", "lost"], "expected kept, torn or lost");

/** What one entry of the timeline does; each has one of them. */
export const faultFields = {
  kill: v.optional(v.union([validator, v.strictObject({ validator, disk: v.optional(disk) })])),
  restart: v.optional(validator),
  partition: v.optional(v.pipe(v.array(v.array(validator)), v.minLength(2, "a partition has two groups or more"))),
  heal: v.optional(v.literal(true, "expected true")),
  link: v.optional(
    v.strictObject({
      from: v.optional(v.nullable(validator)),
      to: v.optional(v.nullable(validator)),
      both: v.optional(v.boolean("expected true or false")),
      ...linkFields,
    }),
  ),
  slow: v.optional(v.strictObject({ validator, delayMs: milliseconds })),
  clock: v.optional(
    v.strictObject({
      validator,
      offsetMs: v.optional(wholeNumber("milliseconds", -86_400_000, 86_400_000)),
      driftPpm: v.optional(wholeNumber("parts in a million", -500_000, 500_000)),
    }),
  ),
  misbehave: v.optional(
    v.strictObject({
      validator,
      strategy: v.nullable(v.picklist(strategyNames, `expected null, or one of ${strategyNames.join(", ")}`)),
    }),
  ),
};
const timelineEntry = v.strictObject({ at: slot, ...faultFields });

export const randomFaultKinds = ["crash", "partition", "link", "slow", "clock"] as const;

const byForm = { by: v.optional(slot) };
const bounds = (what: string) => ({
  atLeast: v.optional(wholeNumber(what, 0, scenarioSlotsMax)),
  atMost: v.optional(wholeNumber(what, 0, scenarioSlotsMax)),
});

/** What is promised; each entry has one of them. */
export const expectationFields = {
  verdict: v.optional(v.picklist(["pass", "stalled", "diverged", "crashed"], "expected a verdict")),
  recovers: v.optional(v.strictObject({ from: slot, within: wholeNumber("slots", 1, scenarioSlotsMax) })),
  finalized: v.optional(
    v.pipe(
      v.strictObject({ ...bounds("a slot"), ...byForm }),
      v.description("the newest final slot, by a slot or at the end"),
    ),
  ),
  convicted: v.optional(v.array(validator)),
  skippedPercent: v.optional(v.strictObject(bounds("percent"))),
  finalityLag: v.optional(
    v.pipe(v.strictObject(bounds("slots")), v.description("slots from a block to its finality, the longest")),
  ),
  orphanedBlocks: v.optional(v.strictObject(bounds("blocks"))),
  reorgDepth: v.optional(
    v.pipe(v.strictObject(bounds("blocks")), v.description("blocks that the observer left at once, the most")),
  ),
};
const expectation = v.strictObject(expectationFields);

const { $schema: _schema, seed: _seed, validators, ...networkFields } = genesisFileSchema.entries;

export const scenarioSchema = v.strictObject({
  $schema: v.optional(v.string()),
  name: v.pipe(
    v.string("a name is a text"),
    v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "a name has up to 64 small letters, digits and dashes"),
  ),
  description: v.optional(v.string("a description is a text")),
  network: v.optional(
    v.strictObject({
      ...networkFields,
      validators: v.union(
        [v.pipe(wholeNumber("validators", 1, 1000), v.description("so many, of standard stakes")), validators],
        "expected a number of validators, or a list of them",
      ),
    }),
  ),
  slots: v.pipe(slot, v.description("how long it runs")),
  links: v.optional(v.strictObject(linkFields)),
  timeline: v.optional(
    v.pipe(v.array(timelineEntry), v.maxLength(scenarioFaultsMax, `at most ${scenarioFaultsMax} entries`)),
  ),
  random: v.optional(
    v.strictObject({
      faults: v.pipe(
        v.array(v.picklist(randomFaultKinds, `expected some of ${randomFaultKinds.join(", ")}`)),
        v.minLength(1),
      ),
      count: wholeNumber("faults", 1, 1000),
      until: slot,
    }),
  ),
  workload: v.optional(v.strictObject({ transfersPerSlot: wholeNumber("transfers", 0, 10_000) })),
  expect: v.optional(v.array(expectation)),
});

/** A scenario as it is written. */
export type ScenarioFile = v.InferInput<typeof scenarioSchema>;

export type TimelineEntry = v.InferOutput<typeof timelineEntry>;
export type Expectation = v.InferOutput<typeof expectation>;
export type LinkForm = Omit<NonNullable<TimelineEntry["link"]>, "from" | "to" | "both">;
