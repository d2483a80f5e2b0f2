/** Files that the user names: opened with one sentence for whatever can be wrong with them. */
import { readFileSync } from "node:fs";
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

export function readStakesFile(path: string): StakesFile {
  const parsed = parseStakesFile(readTextFile(path, "stakes file"));
  if (parsed.ok) return parsed.value;
  const { problem, at } = parsed.facts;
  const place = at === undefined ? "" : ` (at ${at})`;
  throw new UsageError(
    `the stakes file ${path} cannot be read${place}: ${problem}; give [{ "voteAccount", "identity", "stake": "lamports" }, …]`,
  );
}
