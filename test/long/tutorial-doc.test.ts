/** The long commands of docs/tutorial.md print what it says. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { docCommands, findBrokenPromise, readDoc, runDocCommand, slotsOf } from "../support/doc-commands.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-doc-"));
afterAll(() => rmSync(folder, { recursive: true }));

const long = docCommands(readDoc("docs/tutorial.md")).filter((command) => slotsOf(command) >= 1000);

describe("docs/tutorial.md", () => {
  it.each(long)("$command", (command) => {
    expect(findBrokenPromise(command.lines, runDocCommand(command, folder, "").stdout)).toBeNull();
  });
});
