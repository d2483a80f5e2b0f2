/** A chain that goes on for ever must fit into a memory that does not: beyond what is remembered on purpose nothing stays. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { bundleProgram } from "../support/bundle-program.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-memory-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("holds no more after 24,000 slots than after 12,000, when every memory with a limit has reached it", async () => {
  const program = join(folder, "memory.mjs");
  await bundleProgram("test/support/memory-program.ts", program);
  const done = spawnSync(process.execPath, ["--expose-gc", program, "4", "12000", "24000"], { encoding: "utf8" });
  expect(done.stderr).toBe("");
  const lines = done.stdout.trim().split("\n");
  const [half, whole] = lines.map((line) => (JSON.parse(line) as { heapMb: number }).heapMb);
  process.stderr.write(`heap after 12,000 and 24,000 slots: ${half?.toFixed(0)} and ${whole?.toFixed(0)} MB\n`);
  expect(whole!).toBeLessThan(half! * 1.25 + 8);
});
