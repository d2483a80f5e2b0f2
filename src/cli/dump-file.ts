/** The file that a devnet's world is written to at its end, and goes on from. */
import { renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import type { Devnet } from "../host/devnet.ts";
import { CommandFailure, UsageError } from "./failure.ts";
import { makeFileError } from "./files.ts";
import { say } from "./output.ts";

/** Said before anybody has lived in the world, not at its end. */
export function checkDumpPath(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new UsageError(`the dump ${path} cannot be written: it is a directory; give a file`);
  try {
    writeFileSync(`${path}.part`, "");
    unlinkSync(`${path}.part`);
  } catch (error) {
    throw makeFileError(error, path, "dump");
  }
}

/** Beside the file first, so that whatever is there already is whole until the new one is. Gives what went wrong. */
export function writeDump(devnet: Devnet, path: string): CommandFailure | null {
  try {
    const bytes = devnet.dump();
    writeFileSync(`${path}.part`, bytes);
    renameSync(`${path}.part`, path);
    say(`the world at slot ${devnet.slot} is in ${path} (${bytes.length} bytes); go on with --load ${path}`);
    return null;
  } catch (error) {
    return new CommandFailure(`the dump ${path} could not be written: ${(error as Error).message}`, { cause: error });
  }
}
