/** `escapement genesis …` and `explain slash`. */
import { type Command, Option } from "commander";
import { parseUrl } from "../arguments.ts";
import { outputOption, textArgument, urlOption } from "./options.ts";

export function addGenesis(program: Command): void {
  const url = new Option("-u, --url <url>", "a running devnet (default: localhost)").argParser(parseUrl);
  program
    .command("genesis")
    .description("what chains begin with")
    .command("inspect")
    .description("parameters, supply, validators and stakes of a genesis")
    .addArgument(
      textArgument(
        "[file]",
        "a genesis file (YAML or JSON), or a chain file of `sim run --export`; default: a running devnet's",
      ),
    )
    .addOption(process.env.ESCAPEMENT_URL === "" ? url : url.env("ESCAPEMENT_URL"))
    .addOption(outputOption())
    .addHelpText("after", "\nExample:\n  escapement genesis inspect genesis.yaml --output json")
    .action(async (file, { url, ...options }, command: Command) => {
      // The default of whoever works with a devnet does not contradict a file.
      const isMeant = file === undefined || command.getOptionValueSource("url") !== "env";
      const source = isMeant && url !== undefined ? { url } : {};
      await (await import("../commands/genesis-inspect.ts")).runGenesisInspect(file, { ...options, ...source });
    });
}

/** @param explain the command that groups explanations */
export function addExplainSlash(explain: Command): void {
  explain
    .command("slash")
    .description("what a validator was convicted of, and what it cost: base, correlation, share, reporter, burn")
    .addArgument(textArgument("<validator>", "its vote account, or its identity"))
    .addOption(urlOption())
    .addOption(outputOption())
    .addHelpText("after", "\nExample:\n  escapement explain slash <vote account>")
    .action(async (validator, options) =>
      (await import("../commands/explain-slash.ts")).runExplainSlash(validator, options),
    );
}
