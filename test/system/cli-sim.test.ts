/** The real command plays scenarios: over seeds and shards, replayed, shrunk, merged; and refuses what is wrong. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createCli } from "../support/cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-sim-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const cli = createCli(folder);
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const network =
  "network: { params: { slotsPerEpoch: 32 }, validators: [{ name: a, stake: 10 }, { name: b, stake: 10 }, { name: c, stake: 10 }] }";
const good = file(
  "good.yaml",
  `name: good\n${network}\nslots: 45\nlinks: { latencyMs: [1, 30] }\nexpect: [{ finalized: { atLeast: 1 } }]\n`,
);
const bad = file(
  "bad.yaml",
  `name: bad\n${network}\nslots: 60\ntimeline:\n  - { at: 4, slow: { validator: a, delayMs: 3 } }\n  - { at: 6, kill: b }\n  - { at: 7, heal: true }\nexpect: [{ finalized: { atLeast: 20 } }]\n`,
);

describe("sim run with a scenario", () => {
  it("plays its seeds, and shards of them come out the same; reports merge them", async () => {
    const whole = join(folder, "whole");
    const { stdout, code } = await cli.run("sim", "run", good, "--seeds", "4", "--first-seed", "7", "--out", whole);
    expect(code).toBe(0);
    expect(stdout).toMatch(/kept +4\/4 +the verdict is pass/);
    expect(readdirSync(whole).sort()).toEqual([
      "distributions.csv",
      "report.html",
      "runs.csv",
      "runs.jsonl",
      "slots.csv",
      "validators.csv",
    ]);
    const shards = [join(folder, "s1"), join(folder, "s2")];
    for (const [index, out] of shards.entries()) {
      await cli.json(
        "sim",
        "run",
        good,
        "--seeds",
        "4",
        "--first-seed",
        "7",
        "--shard",
        `${index + 1}/2`,
        "--jobs",
        "1",
        "--out",
        out,
      );
    }
    const merged = join(folder, "merged");
    const report = await cli.json("sim", "report", ...shards.map((out) => join(out, "runs.jsonl")), "--out", merged);
    expect(report).toMatchObject({ scenario: "good", seeds: 4, ok: true });
    const read = (out: string) => readFileSync(join(out, "runs.jsonl"), "utf8");
    expect(read(merged)).toBe(read(whole));
    expect(
      read(whole)
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line).seed),
    ).toEqual(["7", "8", "9", "10"]);
    expect(readFileSync(join(whole, "runs.csv"), "utf8").split("\n")).toHaveLength(6);
    expect(readFileSync(join(whole, "slots.csv"), "utf8").split("\n")).toHaveLength(4 * 45 + 2);
  });

  it("ends with 1 and the command that replays it when a promise was broken; replay and shrink tell what happened", async () => {
    const run = await cli.run("sim", "run", bad, "--seeds", "2");
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/2 of 2 seeds broke a promise/);
    expect(run.stderr).toContain(`escapement sim replay ${bad} --seed 1`);
    const replay = await cli.run("sim", "replay", bad, "--seed", "1");
    expect(replay.code).toBe(1);
    expect(replay.stdout).toMatch(/^ +4 {2}fault +slow a by 3 ms\n +6 {2}fault +kill b \(disk kept\)/);
    expect(replay.stdout).toMatch(/broken {2}the newest final slot: at least 20 \(0\)/);
    const details = await cli.run("sim", "replay", bad, "--seed", "1", "--details");
    expect(details.stdout).toMatch(/held +a: no vote for \d+: threshold \(lastVoted \d+, depth 8, /);
    const hash = /Trace hash: +(\w+)/.exec(replay.stdout)![1];
    const again = (await cli.run("sim", "replay", bad, "--seed", "1", "--output", "json")).stdout.trim().split("\n");
    expect(JSON.parse(again.at(-1)!)).toMatchObject({ type: "result", traceHash: hash, ok: false });

    const least = join(folder, "least.yaml");
    const shrink = await cli.run("sim", "shrink", bad, "--seed", "1", "--out", least);
    expect([shrink.code, shrink.stdout]).toEqual([0, ""]);
    expect(shrink.stderr).toMatch(/3 faults before, 1 after, in \d+ tries; it still fails: the newest final slot/);
    expect(readFileSync(least, "utf8")).toMatch(/timeline:\n +- at: 6\n +kill: b\n/);
    expect((await cli.run("sim", "replay", least, "--seed", "1")).code).toBe(1);
    const nothing = await cli.run("sim", "shrink", good, "--seed", "1");
    expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining("keeps every promise")]);
  });

  it("knows its library by name", async () => {
    const list = await cli.json("sim", "list");
    expect(list.length).toBeGreaterThanOrEqual(10);
    expect(list[0]).toEqual({ name: "clock-drift", description: expect.any(String) });
    expect((await cli.run("sim", "run", "third-offline")).code).toBe(0);
  });

  it("says what is wrong with what it was given", async () => {
    const broken = file("broken.yaml", "name: x\nslots: 10\ntimeline: [{ at: 3, kill: nobody }]\n");
    const wrong: readonly (readonly [string[], RegExp])[] = [
      [["run", "nowhere.yaml"], /there is no scenario nowhere.yaml; check the path/],
      [["run", "no-such-name"], /there is no scenario no-such-name: give a file, or one of `escapement sim list`/],
      [["run", broken], /cannot be used \(at timeline.0.kill\): there is no validator nobody; there are 0 to 3/],
      [["run", good, "--seeds", "0"], /whole number from 1/],
      [["run", good, "--shard", "3/2"], /a part of the whole such as 2\/4/],
      [["run", good, "--seeds", "1", "--shard", "1/2"], /shard 1\/2 of 1 seeds is empty/],
      [["run", good, "--validators", "3"], /--validators does not go with a scenario/],
      [["run", good, "--no-verify"], /--no-verify does not go with a scenario/],
      [["run", good, "--consensus-only"], /scenarios run with a ledger, which their checkers read/],
      [
        ["run", "--consensus-only", "--transfers-per-slot", "1"],
        /--transfers-per-slot does not go .*: there are no coins/,
      ],
      [
        ["run", "--consensus-only", "--export", "x"],
        /--export does not go with --consensus-only: its blocks hold nothing/,
      ],
      [["run", "--consensus-only", "--record", "x"], /--record does not go with --consensus-only: the page shows/],
      [["run", "--consensus-only", "--own-work"], /--own-work does not go with --consensus-only: there is nothing to/],
      [["run", "--seeds", "3"], /--seeds goes with a scenario/],
      [["replay", good], /required option '--seed <text>' not specified/],
      [["report", good], /line 1 of .* is no run/],
    ];
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await cli.run("sim", ...args);
      expect([code, stdout], args.join(" ")).toEqual([2, ""]);
      expect(stderr).toMatch(message);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
  });
});
