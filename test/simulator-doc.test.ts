/** docs/simulator.md says what is so: its commands are run, and its lists are all there is. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { listLibrary, readScenario } from "../src/cli/scenario-file.ts";
import { drawCampaignRun } from "../src/sim/campaign-draw.ts";
import { strategyNames } from "../src/sim/faults.ts";
import { expectationFields, faultFields, randomFaultKinds } from "../src/sim/scenario.ts";
import { parseScenario } from "../src/sim/scenario-plan.ts";
import { docCommands, fencedBlocks, findBrokenPromise, readDoc, runDocCommand } from "./support/doc-commands.ts";

const doc = readDoc("docs/simulator.md");
const words = doc.replace(/\s+/g, " ");
const says = (text: string) => expect([text, words.includes(text)]).toEqual([text, true]);
const scenario = fencedBlocks(doc, "yaml")[0] ?? "";

const checkers = fileURLToPath(new URL("../src/sim/checkers", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "escapement-simulator-doc-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "steady.yaml"), scenario);

describe("docs/simulator.md", () => {
  // Runs and replays of a broken promise fail; what shrinks one has done its work.
  it.each(docCommands(doc))("$command prints what it says", { timeout: 60_000 }, (command) => {
    const exit = / sim (run|replay) steady/.test(command.command) ? 1 : 0;
    const { stdout, stderr } = runDocCommand(command, folder, fencedBlocks(doc, "js")[0] ?? "", exit);
    expect(findBrokenPromise(command.lines, `${stdout}${stderr}`)).toBeNull();
    if (!command.command.includes(" sim shrink ")) return;
    const small = parseScenario(readFileSync(join(folder, "small.yaml"), "utf8"));
    expect(small.ok && small.value.file.timeline).toEqual([{ at: 21, kill: { validator: "d", disk: "torn" } }]);
    says("d stop at slot 21");
  });

  it("runs the five of them", () => {
    expect(docCommands(doc).map(({ command }) => command.split(" ").slice(0, 4).join(" "))).toEqual([
      "npx escapement sim run",
      "npx escapement sim replay",
      "npx escapement sim shrink",
      "npx escapement sim run",
      "node replay.js",
    ]);
  });

  it("lists every scenario, fault, promise, strategy and checker there is", () => {
    for (const { name } of listLibrary()) expect(doc).toContain(`| \`${name}\` |`);
    for (const name of Object.keys(faultFields)) expect(doc).toMatch(new RegExp(`^\\| .*\`${name}: .* \\|$`, "m"));
    for (const name of [...Object.keys(expectationFields), ...strategyNames, ...randomFaultKinds]) says(`\`${name}\``);
    const sources = readdirSync(checkers).map((file) => readFileSync(join(checkers, file), "utf8"));
    const names = sources.flatMap((source) => /^const checker = "(.+)";$/m.exec(source)?.[1] ?? []);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(doc).toMatch(new RegExp(`^\\| .*\`${name}\`.* \\|$`, "m"));
  });

  it("has the right numbers", () => {
    const recovers = readScenario("partition-and-heal").plan.expectations.find((each) => each.recovers !== undefined);
    says(`all have a new root within ${recovers?.recovers?.within} slots`);
    says(`within ${drawCampaignRun("0").recoverWithin} slots: 2^8`);
  });
});
