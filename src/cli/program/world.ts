/** Commands that break a running devnet and put it back: a part of `ctl`. */
import { Argument, type Command, Option } from "commander";
import { strategyNames } from "../../sim/faults.ts";
import { countBetween, parsePercentBps, parseRange, parseWhole } from "../arguments.ts";
import { count, outputOption, textArgument, urlOption } from "./options.ts";

const commands = () => import("../commands/ctl-world.ts");

const validatorArgument = () =>
  textArgument("<validator>", "its number, identity, vote account, or name in the genesis file");
const bps = (flags: string, description: string) => new Option(flags, description).argParser(parsePercentBps);

export function addWorld(ctl: Command): void {
  const add = (name: string, description: string): Command =>
    ctl.command(name).description(description).addOption(urlOption()).addOption(outputOption());

  add("kill", "stop a validator at once; its messages on their way are lost")
    .addArgument(validatorArgument())
    .addOption(
      new Option("--disk <fate>", "what the crash does to its disk").choices(["kept", "torn", "lost"]).default("kept"),
    )
    .action(async (validator, options) => (await commands()).runKill(validator, options));
  add("restart", "start a killed validator from what its disk holds")
    .addArgument(validatorArgument())
    .action(async (validator, options) => (await commands()).runRestart(validator, options));
  add("partition", "let messages pass within groups only, such as: ctl partition 0,1 2,3")
    .argument("<groups...>", "validators, joined by commas; who is in no group reaches everybody")
    .action(async (groups, options) => (await commands()).runPartition(groups, options));
  add("heal", "end partitions, and give every link its first conditions again").action(async (options) =>
    (await commands()).runHeal(options),
  );
  add("link", "change how messages travel between two validators, or from or to all")
    .addArgument(textArgument("<from>", "a validator, or all"))
    .addArgument(textArgument("<to>", "a validator, or all"))
    .addOption(new Option("--latency <ms>", "milliseconds, or a range such as 50:200").argParser(parseRange))
    .addOption(bps("--loss <percent>", "so many messages are lost"))
    .addOption(bps("--duplicate <percent>", "so many messages arrive twice"))
    .addOption(bps("--reorder <percent>", "so many messages are held back, and overtaken"))
    .addOption(count("--bandwidth <bytes per ms>", "messages wait for one another", 1, 1_000_000_000))
    .option("--cut", "nothing passes")
    .option("--one-way", "only from the first to the second")
    .action(async (from, to, options) => (await commands()).runLink(from, to, options));
  add("misbehave", "make a validator act by a Byzantine strategy; none: honest again")
    .addArgument(validatorArgument())
    .addArgument(new Argument("<strategy>", "what it does").choices([...strategyNames, "none"]))
    .action(async (validator, strategy, options) => (await commands()).runMisbehave(validator, strategy, options));
  add("equivocate", "make a validator sign two blocks for each of its slots: short for misbehave … equivocate")
    .addArgument(validatorArgument())
    .action(async (validator, options) => (await commands()).runMisbehave(validator, "equivocate", options));
  add("slow", "make a validator's work take longer; 0 ends it")
    .addArgument(validatorArgument())
    .addArgument(new Argument("<ms>", "milliseconds").argParser(countBetween(0, 86_400_000)))
    .action(async (validator, ms, options) => (await commands()).runSlow(validator, ms, options));
  add("clock", "put a validator's clock ahead (or behind), and let it drift")
    .addArgument(validatorArgument())
    .addOption(new Option("--offset <ms>", "milliseconds ahead").argParser(parseWhole))
    .addOption(new Option("--drift <ppm>", "gains so many milliseconds in a million").argParser(parseWhole))
    .action(async (validator, options) => (await commands()).runSetClock(validator, options));
  add("step", "pause the clock, and run one slot or more by hand")
    .addArgument(new Argument("[slots]", "how many").argParser(countBetween(1, 10_000)).default(1))
    .action(async (slots, options) => (await commands()).runStep(slots, options));
  add("snapshot", "keep everything as it is now, to revert to").action(async (options) =>
    (await commands()).runSnapshot(options),
  );
  add("revert", "put everything back to a snapshot, which is kept")
    .addArgument(new Argument("<snapshot>", "its number").argParser(countBetween(1, Number.MAX_SAFE_INTEGER)))
    .action(async (id, options) => (await commands()).runRevert(id, options));
  add("snapshots", "list the snapshots").action(async (options) => (await commands()).runSnapshots(options));
  add("timeline", "list what was done to the devnet, by slot").action(async (options) =>
    (await commands()).runTimeline(options),
  );
  add("export", "print what was done as a scenario: ctl export > mine.yaml, and sim run mine.yaml").action(
    async (options) => (await commands()).runExport(options),
  );
}
