/** Commands of the simulator. */
import { Argument, type Command, Option } from "commander";
import { parseIndices, parseShard, parseText } from "../arguments.ts";
import { UsageError } from "../failure.ts";
import { networkOptionNames } from "../network-options.ts";
import { collectTexts, count, outputOption, textArgument } from "./options.ts";

const seedsMax = 10_000_000;
const scenarioArgument = () => textArgument("<scenario>", "a scenario's file, or the name of one of `sim list`");
const seedOption = () => new Option("--seed <text>", "the run's seed").argParser(parseText).makeOptionMandatory();

/** What only a run without a scenario takes, and only one with it. */
const plainOnly = [
  ...networkOptionNames,
  "slots",
  "transfersPerSlot",
  "offline",
  "export",
  "ownWork",
  "consensusOnly",
  "verify",
];
const scenarioOnly = ["seeds", "firstSeed", "shard", "jobs", "out"];

export function addSim(program: Command, addNetworkOptions: (command: Command) => Command): void {
  const sim = program.command("sim").description("run clusters in virtual time");
  const run = addNetworkOptions(
    sim.command("run").description("run a scenario over many seeds; or a plain cluster, as fast as it goes"),
  );
  run
    .addArgument(textArgument("[scenario]", "a scenario's file, or the name of one of `sim list`"))
    .addOption(count("--seeds <n>", "with a scenario: how many seeds", 1, seedsMax, 1))
    .addOption(count("--first-seed <n>", "with a scenario: the first of them", 0, Number.MAX_SAFE_INTEGER, 1))
    .addOption(
      new Option("--shard <i/n>", "with a scenario: only the i-th of n parts of the seeds").argParser(parseShard),
    )
    .addOption(count("--jobs <n>", "with a scenario: workers (default: one a core)", 1, 256))
    .addOption(new Option("--out <folder>", "with a scenario: write tables and a report there").argParser(parseText))
    .addOption(count("--slots <n>", "how many slots", 1, 1_000_000_000, 1000))
    .addOption(count("--accounts <n>", "funded accounts (default: 5)", 0, 1000))
    .addOption(count("--transfers-per-slot <n>", "seeded transfers between the funded accounts", 0, 20_000, 0))
    .addOption(
      new Option("--offline <indices>", "validators that never come online: 0 or 1,3; may be given again").argParser(
        parseIndices,
      ),
    )
    .addOption(
      count("--genesis-time <unix seconds>", "when the chain begins (default: a constant)", 0, 253_402_300_799),
    )
    .addOption(new Option("--export <file>", "write the chain, for `escapement verify`").argParser(parseText))
    .addOption(
      new Option("--record <file>", "record every slot, to look at with `escapement view`").argParser(parseText),
    )
    .option("--own-work", "every validator replays and checks for itself; slower, same results")
    .option(
      "--consensus-only",
      "without a ledger: no signatures, no accounts, stakes that stay; votes, forks and finality as ever, several times as fast",
    )
    .option("--no-verify", "do not verify the whole chain beside the run")
    .addOption(outputOption())
    .addHelpText("after", runHelp)
    .action(async (scenario: string | undefined, options) => {
      checkGiven(run, scenario);
      if (scenario === undefined) await (await import("../commands/sim-run.ts")).runSimRun(options);
      else await (await import("../commands/sim-scenario.ts")).runScenarioFile(scenario, options);
    });
  sim
    .command("replay")
    .description("play one seed of a scenario, and tell what happens")
    .addArgument(scenarioArgument())
    .addOption(seedOption())
    .addOption(
      new Option("--record <file>", "record every slot, to look at with `escapement view`").argParser(parseText),
    )
    .option("--details", "also forks, votes that were held and why, and each final block", false)
    .addOption(outputOption())
    .action(async (scenario, options) => (await import("../commands/sim-replay.ts")).runReplay(scenario, options));
  sim
    .command("shrink")
    .description("find the fewest faults of a failing seed that still fail")
    .addArgument(scenarioArgument())
    .addOption(seedOption())
    .addOption(count("--tries <n>", "runs at the most", 1, 100_000, 400))
    .addOption(new Option("--out <file>", "write the scenario there instead of to stdout").argParser(parseText))
    .addOption(outputOption())
    .action(async (scenario, options) => (await import("../commands/sim-shrink.ts")).runShrink(scenario, options));
  sim
    .command("list")
    .description("list the scenarios of the library")
    .addOption(outputOption())
    .action(async (options) => (await import("../commands/sim-scenario.ts")).runScenarioList(options));
  sim
    .command("report")
    .description("merge the runs.jsonl of shards, and judge them together")
    .addArgument(new Argument("<files...>", "runs.jsonl of `sim run --out`").argParser(collectTexts))
    .addOption(new Option("--out <folder>", "write tables and a report there").argParser(parseText))
    .addOption(outputOption())
    .action(async (files, options) => (await import("../commands/sim-scenario.ts")).runScenarioReport(files, options));
}

const runHelp = `
A scenario says its own network and slots: escapement sim run partition-and-heal --seeds 20 --out results
It exits with 1 when a promise of the scenario was broken, and says how to replay it.
In JSON, amounts are lamports as decimal strings. Only \`timings\` differs from run to run.`;

/** A flag that would do nothing is a mistake, and said. */
function checkGiven(command: Command, scenario: string | undefined): void {
  const wrong = (scenario === undefined ? scenarioOnly : plainOnly).find(
    (name) => command.getOptionValueSource(name) === "cli",
  );
  if (wrong === undefined) return;
  const flag = wrong.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (wrong === "seed")
    throw new UsageError("with a scenario a seed is a number: --first-seed 3, or `sim replay … --seed 3`");
  if (wrong === "consensusOnly")
    throw new UsageError("scenarios run with a ledger, which their checkers read: leave --consensus-only out");
  throw new UsageError(
    scenario === undefined
      ? `--${flag} goes with a scenario: give its file, or a name of \`escapement sim list\``
      : `--${wrong === "verify" ? "no-verify" : flag} does not go with a scenario: the scenario says it`,
  );
}
