/** Options that many commands share, so that one name means one thing everywhere. */
import { Argument, Option } from "commander";
import { countBetween, defaultUrl, parseText, parseUrl } from "../arguments.ts";

export const outputOption = () =>
  new Option("--output <format>", "for people, or as JSON").choices(["display", "json"]).default("display");

/** Where `verify` has no default, a file being the other way. */
export const urlFlag = (description: string) => new Option("-u, --url <url>", description).argParser(parseUrl);

export function urlOption(): Option {
  const option = urlFlag("where the devnet answers: URL, host:port, port, or localhost for the default one");
  // A variable that is set to nothing says nothing.
  return (process.env.ESCAPEMENT_URL === "" ? option : option.env("ESCAPEMENT_URL")).default(defaultUrl);
}

export const policyOption = () =>
  new Option("--policy <policy>", "where the leaders' randomness comes from").choices(["poh", "solana", "tutorial"]);

export function count(flags: string, description: string, minimum: number, maximum: number, standard?: number): Option {
  const option = new Option(flags, description).argParser(countBetween(minimum, maximum));
  return standard === undefined ? option : option.default(standard);
}

/** A text that is not empty: a path, a name, an address that the command reads itself. */
export const textOption = (flags: string, description: string) => new Option(flags, description).argParser(parseText);

export const textArgument = (name: string, description: string) => new Argument(name, description).argParser(parseText);

/** An address, which the command reads by `readAddress` so that the file of its key does as well. */
export const addressArgument = (name: string, whose: string) => textArgument(name, `${whose}: address or key file`);

/** For an argument of several texts. */
export function collectTexts(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), parseText(text)];
}
