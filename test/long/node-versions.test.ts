/** The pinned runs (test/trace-hash.test.ts) are the same under every Node there is, and where nothing is compiled. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleProgram, root } from "../support/bundle-program.ts";
import { installNode } from "../support/node-version.ts";
import { readPinnedTraces } from "../support/pinned-traces.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-node-versions-"));
const program = join(folder, "pinned-runs.cjs");

beforeAll(async () => {
  await bundleProgram("test/support/pinned-runs-program.ts", program, {
    format: "cjs",
    define: { "import.meta.url": "__importMetaUrl" },
    banner: { js: 'const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Name and hash of each run, under this Node. */
function play(node: string, ...flags: string[]): Record<string, string> {
  const done = spawnSync(node, [...flags, program], { cwd: root, encoding: "utf8", maxBuffer: 1 << 24 });
  if (done.status !== 0) throw new Error(done.stderr.slice(-4000));
  const lines = done.stdout.trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => {
      const { name, traceHash } = JSON.parse(line) as { name: string; traceHash: string };
      return [name, traceHash];
    }),
  );
}

describe("the pinned runs", () => {
  it.each(["22", "24", "latest"])("are the same under Node %s", (version) => {
    expect(play(installNode(version))).toEqual(readPinnedTraces());
  });

  it("are the same where V8 interprets only", () => {
    expect(play(process.execPath, "--jitless")).toEqual(readPinnedTraces());
  });
});
