/** The scenarios that ship with the project keep what they promise, over many seeds, by the real command. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { listLibrary } from "../../src/cli/scenario-file.ts";
import { createCli } from "../support/cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-scenarios-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = createCli(folder);

it.each(listLibrary().map(({ name }) => name))("%s keeps every promise for 20 seeds", async (name) => {
  const { code, stdout, stderr } = await cli.run("sim", "run", name, "--seeds", "20", "--first-seed", "2");
  expect([code, stdout, stderr]).toEqual([
    0,
    expect.stringMatching(/kept +20\/20 +the verdict is pass/),
    expect.anything(),
  ]);
});
