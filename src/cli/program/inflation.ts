/** Commands about the coins there are, and who gets the new ones. */
import { type Command, Option } from "commander";
import { parseCount } from "../arguments.ts";
import { collectTexts, outputOption, textArgument, urlOption } from "./options.ts";

export function addInflation(program: Command): void {
  const inflation = program.command("inflation").description("new coins: at which rates, and who got them");
  inflation
    .command("rates", { isDefault: true })
    .description("the rates a year, now and as they fall")
    .addOption(urlOption())
    .addOption(outputOption())
    .action(async (options) => (await import("../commands/inflation.ts")).runInflation(options));
  inflation
    .command("rewards")
    .description("what stake and vote accounts were paid for an epoch")
    .addArgument(
      textArgument("<accounts...>", "stake and vote accounts: addresses or key files").argParser(collectTexts),
    )
    .addOption(new Option("--rewards-epoch <epoch>", "which epoch (default: the last one)").argParser(parseCount))
    .addOption(urlOption())
    .addOption(outputOption())
    .action(async (addresses, options) =>
      (await import("../commands/inflation.ts")).runInflationRewards(addresses, options),
    );
  program
    .command("supply")
    .description("how many coins there are")
    .addOption(urlOption())
    .addOption(outputOption())
    .action(async (options) => (await import("../commands/supply.ts")).runSupply(options));
}

/** @param explain the command that groups explanations */
export function addExplainReward(explain: Command): void {
  explain
    .command("reward")
    .description("why a stake account was paid what it was: pot, points, share, commission")
    .addArgument(textArgument("<stake account>", "address or key file"))
    .addOption(new Option("--epoch <epoch>", "which epoch earned it (default: the last one)").argParser(parseCount))
    .addOption(urlOption())
    .addOption(outputOption())
    .action(async (address, options) =>
      (await import("../commands/explain-reward.ts")).runExplainReward(address, options),
    );
}
