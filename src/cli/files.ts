/** Files that the user names: opened with one sentence for whatever can be wrong with them. */
import { readFileSync } from "node:fs";
import { type GenesisFilePlan, parseGenesisDocument, planGenesisFile } from "../sim/genesis-file.ts";
import { parseStakesFile, type StakesFile } from "../sim/stakes-file.ts";
import { CommandFailure, UsageError } from "./failure.ts";

const textBytesMax = 256 * 1024 * 1024;

/** `what` names the file's role, such as "stakes file". */
export function readTextFile(path: string, what: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw fileError(error, path, what);
  }
  if (bytes.length > textBytesMax)
    throw new UsageError(`the ${what} ${path} has ${bytes.length} bytes; at most ${textBytesMax} are read`);
  const text = bytes.toString("utf8");
  if (text.trim() === "") throw new UsageError(`the ${what} ${path} is empty`);
  return text;
}

/** The system's error about a file to read, as a sentence. */
export function fileError(error: unknown, path: string, what: string): Error {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return new UsageError(`there is no ${what} ${path}; check the path`);
    case "EISDIR":
      return new UsageError(`the ${what} ${path} is a directory; give a file`);
    case "EACCES":
    case "EPERM":
      return new UsageError(`the ${what} ${path} may not be opened; check its permissions`);
    default:
      return new CommandFailure(`the ${what} ${path} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

/** The same about a file to make. */
export function makeFileError(error: unknown, path: string, what: string): Error {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") return fileError(error, path, what);
  return new UsageError(`the ${what} ${path} cannot be made: its folder does not exist`);
}

/** As it is. */
export function readBytesFile(path: string, what: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw fileError(error, path, what);
  }
}

export function readStakesFile(path: string): StakesFile {
  const parsed = parseStakesFile(readTextFile(path, "stakes file"));
  if (parsed.ok) return parsed.value;
  const { problem, at } = parsed.facts;
  const place = at === undefined ? "" : ` (at ${at})`;
  throw new UsageError(
    `the stakes file ${path} cannot be read${place}: ${problem}; give [{ "voteAccount", "identity", "stake": "lamports" }, …]`,
  );
}

/** What a genesis file says, and the plan made of it. */
export function readGenesisFile(path: string): { readonly document: unknown; readonly plan: GenesisFilePlan } {
  const document = parseGenesisDocument(readTextFile(path, "genesis file"));
  const plan = document.ok ? planGenesisFile(document.value) : document;
  if (document.ok && plan.ok) return { document: document.value, plan: plan.value };
  const { problem, at, field, ...rest } = plan.ok ? {} : plan.facts;
  const place = at ?? (field === undefined ? undefined : `params.${field}`);
  const more = Object.entries(rest).map(([name, value]) => `${name}: ${value}`);
  const what = [problem, ...more].filter((part) => part !== undefined).join("; ");
  throw new UsageError(
    `the genesis file ${path} cannot be used${place === undefined ? "" : ` (at ${place})`}: ${what}; schemas/genesis.schema.json says what goes`,
  );
}
