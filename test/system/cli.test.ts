/** The command: what it prints, where, and how it exits; once as a process of its own, else as cli-process.ts has it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCli, type Outcome } from "../support/cli-process.ts";
import { vectorsFolder, vectorsNote, vectorsPresent } from "../support/vectors.ts";

const command = fileURLToPath(new URL("../../bin/escapement.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "escapement-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function start(args: readonly string[]): ChildProcess {
  const env = { ...process.env, NO_COLOR: "1" };
  return spawn(process.execPath, [command, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
}

/** Gathers what a stream says; the result asks for it. */
function collect(stream: NodeJS.ReadableStream): () => string {
  const texts: string[] = [];
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => void texts.push(text));
  return () => texts.join("");
}

/** A process of its own. */
function spawned(...args: string[]): Promise<Outcome> {
  const child = start(args);
  const stdout = collect(child.stdout!);
  const stderr = collect(child.stderr!);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout: stdout(), stderr: stderr() })));
}

const escapement = createCli(folder).run;

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await escapement(...args, "--output", "json");
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe("wrong usage", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["devv", /unknown command 'devv' \(Did you mean dev\?\)/],
    ["delegate-stake x y", /unknown command 'delegate-stake' \(escapement says `stake delegate`\)/],
    ["stake dele", /unknown command 'dele' \(Did you mean delegate\?\)/],
    ["epoch-info --url hello", /Give where a devnet answers/],
    ["sim run --slots abc", /'abc' is invalid. Give a whole number from 1/],
    ["sim run --slots -1", /'-1' is invalid/],
    ["sim run --slots 1e99", /'1e99' is invalid/],
    ["sim run --slost 1", /unknown option '--slost' \(Did you mean --slots\?\)/],
    ["sim run --slots-per-epoch 5", /Give a whole number from 32 to 10000000/],
    ["sim run --stakes missing.json", /there is no stakes file missing.json/],
    ["sim run --stakes empty", /the stakes file empty is empty/],
    ["sim run --stakes .", /is a directory; give a file/],
    ["sim run --stakes broken", /cannot be read: not JSON/],
    ["sim run --stakes same.json", /gives 1{32} as identity and as vote account: .* give each its own address/],
    ["sim run --slots 1 --export missing/chain", /missing\/chain cannot be made: its folder does not exist/],
    ["sim run --slots 1 --offline 4", /the indices go from 0 to 3/],
    ["dev --rpc-port 65536", /Give a whole number from 0 to 65535/],
    ["dev --output xml", /Allowed choices are display, json/],
    ["leader-schedule --slots 4", /--slots is for computing without a devnet/],
    ["leader-schedule --stakes stakes.json --slots 8", /give --epoch/],
    ["explain leader 8 --stakes stakes.json --slots 8 --epoch 0", /slot 8 is not in epoch 0, which has slots 0 to 7/],
    ["verify", /give a chain file, or a running devnet/],
    ["verify empty", /empty is empty/],
    ["airdrop 1", /no account is given/],
    ["transfer 11111111111111111111111111111111 1e3 --from k", /at most 9 decimals/],
    ["transfer 11111111111111111111111111111111 1 --from broken", /it is not JSON/],
    ["keygen", /required option '-o, --outfile <file>' not specified/],
  ];

  beforeAll(() => {
    writeFileSync(join(folder, "empty"), "");
    writeFileSync(join(folder, "broken"), "{");
    const [voteAccount, identity] = ["Vote111111111111111111111111111111111111111", "1".repeat(32)];
    writeFileSync(join(folder, "stakes.json"), JSON.stringify([{ voteAccount, identity, stake: "5" }]));
    writeFileSync(join(folder, "same.json"), JSON.stringify([[identity, identity, "5"]]));
  });

  it("is told in one sentence, without a stack, with exit code 2 and nothing on stdout", async () => {
    // Two at a time: a process each.
    for (let i = 0; i < cases.length; i += 2) {
      const outcomes = cases.slice(i, i + 2).map(async ([words, message]) => {
        const { code, stdout, stderr } = await escapement(...words.split(" "));
        expect(stderr, words).toMatch(message);
        expect(stderr.trim().split("\n").length, stderr).toBe(1);
        expect([code, stdout], words).toEqual([2, ""]);
      });
      await Promise.all(outcomes);
    }
  });

  it("help and version go to stdout with exit code 0", async () => {
    const help = await escapement("--help");
    expect(help.code).toBe(0);
    expect(help.stdout).toContain("Exit codes:");
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect((await spawned("--version")).stdout).toBe(`${version}\n`);
    expect((await escapement("--version", "--verbose")).stdout).toContain(process.version);
    const none = await spawned();
    expect([none.code, none.stdout]).toEqual([2, ""]);
  });

  it("a missing devnet is a failure, not a usage error", async () => {
    const { code, stderr } = await escapement("epoch-info", "--url", "http://127.0.0.1:9");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^escapement: no devnet answers at http:\/\/127.0.0.1:9 .*escapement dev/);
  });

  it("a server that speaks something else is named as such", async () => {
    const server = createServer((_, response) => response.end("<html>hello</html>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await escapement("balance", "1".repeat(32), "--url", `http://127.0.0.1:${port}`);
    server.close();
    expect(code).toBe(1);
    expect(stderr).toContain("does not speak JSON-RPC");
  });
});

describe("keygen", () => {
  it("writes Solana's file form for its owner alone, and keeps what is there", async () => {
    const made = await escapement("keygen", "--outfile", "key.json", "--seed", "s");
    expect(made.code).toBe(0);
    const path = join(folder, "key.json");
    expect(JSON.parse(readFileSync(path, "utf8"))).toHaveLength(64);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = await escapement("keygen", "--outfile", "key.json");
    expect([again.code, again.stdout]).toEqual([1, ""]);
    expect((await escapement("keygen", "--outfile", "key.json", "--force", "--seed", "s")).stdout).toBe(made.stdout);
    const random = await escapement("keygen", "--outfile", "random.json");
    expect(random.stdout).not.toBe(made.stdout);
  });
});

describe("sim run", () => {
  const run = ["sim", "run", "--slots", "48", "--slots-per-epoch", "32", "--seed", "7", "--transfers-per-slot", "2"];
  const fast = ["--ticks-per-slot", "2", "--hashes-per-tick", "8"];

  it("is a function of its seed, with shared work or own", async () => {
    const [first, second, own, other] = await Promise.all([
      json(...run, ...fast),
      json(...run, ...fast),
      json(...run, ...fast, "--own-work"),
      json(...run, ...fast, "--seed", "8"),
    ]);
    for (const report of [first, second, own, other]) {
      expect(report.timings).toBeDefined();
      delete report.timings;
    }
    expect(second).toEqual(first);
    expect(own).toEqual(first);
    expect(other.stateHash).not.toBe(first.stateHash);
    expect(first).toMatchObject({ slot: 48, blockHeight: 48, epoch: 1, verification: { ok: true, blocks: 48 } });
  });

  it("shows skipped slots where a validator never came", async () => {
    const report = await json(...run, ...fast, "--validators", "1000,1000,1000,1000", "--offline", "1");
    const { skippedSlots } = (report.validators as { skippedSlots: number }[])[1]!;
    expect(skippedSlots).toBeGreaterThan(0);
    // The chain ends at its last block; slots skipped after it are not yet part of it.
    const after = 48 - (report.headSlot as number);
    expect(report).toMatchObject({ skippedSlots, verification: { ok: true, skippedSlots: skippedSlots - after } });
  });

  it("exports a chain that verifies, and no changed one does", async () => {
    const report = await json(...run, ...fast, "--export", "chain");
    const verified = await json("verify", "chain");
    expect(verified).toMatchObject({ blocks: 48, stateHash: report.stateHash, lastBlockId: report.blockId });
    const lines = readFileSync(join(folder, "chain"), "utf8").trimEnd().split("\n");
    expect(lines.length).toBe(49);

    const refused = async (changed: readonly string[], message: RegExp, ...flags: string[]) => {
      writeFileSync(join(folder, "changed"), changed.map((line) => `${line}\n`).join(""));
      const { code, stdout, stderr } = await escapement("verify", "changed", ...flags);
      expect(stderr).toMatch(message);
      expect([code, stdout]).toEqual([1, ""]);
    };
    const bytes = Buffer.from(lines[40]!, "base64");
    // After slot, parent slot, parent id and leader: a byte of the state hash.
    bytes[80]! ^= 1;
    await refused(lines.with(40, bytes.toString("base64")), /failed at block 40 \(slot 40\)/);
    await refused(lines.toSpliced(40, 1), /failed at block 40 \(slot 41\): block-parent-wrong/);
    await refused(lines.with(40, lines[39]!), /failed at block 40/);
    await refused(lines.with(40, "*"), /failed at block 40: block-malformed/);
    await refused(lines.with(0, lines[0]!.replace('"creationTime":1', '"creationTime":2')), /failed at block 1/);
    writeFileSync(join(folder, "picture"), Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10));
    const stranger = await escapement("verify", "picture");
    expect([stranger.code, stranger.stdout]).toEqual([2, ""]);
    expect(stranger.stderr).toMatch(/picture is no chain file/);
    await refused(lines.with(0, "{}"), /genesis of changed is refused/);
    await refused(lines.slice(0, 1), /chain-empty/);
    // A shortened chain is a valid chain: only the pinned end tells.
    const end = ["--last-block", String(report.blockId)];
    await refused(lines.slice(0, 48), /failed at block 47 .*shortened/, ...end);
    await refused(lines, /failed at genesis: genesis-hash-wrong/, "--genesis-hash", "1".repeat(32));
    expect((await escapement("verify", "chain", ...end, "--genesis-hash", String(report.genesisHash))).code).toBe(0);
  });

  it("rehearses the tutorial's chain too", async () => {
    const report = await json("sim", "run", "--slots", "5", "--profile", "tutorial", "--validators", "600,300,100");
    expect(report).toMatchObject({ policy: "tutorial", blockHeight: 5, verification: { ok: true } });
  });
});

describe.skipIf(!vectorsPresent)(`leaders of a real network (${vectorsNote})`, () => {
  const path = join(vectorsFolder(), "leader", "testnet-epoch-980.json");

  it("leader-schedule and explain leader name who led two real slots", async () => {
    const vector = JSON.parse(readFileSync(path, "utf8"));
    const flags = ["--policy", "solana", "--epoch", "980", "--slots", "432000"];
    const schedule = await json("leader-schedule", "--stakes", path, ...flags);
    expect(Object.keys(schedule)).toEqual(["policy", "epoch", "slotsPerRotation", "rotations"]);
    const rotations = schedule.rotations as string[];
    expect(rotations.length).toBe(108_000);
    const { slot, node } = vector.facts.find((fact: { node?: string }) => fact.node !== undefined);
    const rotation = Math.floor((Number(slot) - Number(vector.first_slot)) / 4);
    const [, identity] = vector.stakes.find(([vote]: string[]) => vote === rotations[rotation]);
    expect(identity).toBe(node);
    const explained = await json("explain", "leader", slot, "--stakes", path);
    expect(explained).toMatchObject({ rotation, voteAccount: rotations[rotation], identity: node, rejected: 0 });
    const { draw, cumulativeBefore, cumulativeAfter } = explained as Record<string, string>;
    expect(BigInt(cumulativeBefore!) <= BigInt(draw!) && BigInt(draw!) < BigInt(cumulativeAfter!)).toBe(true);
  });

  it("a chain of all 456 validators, started within that epoch, is led by whom testnet's ledger names", async () => {
    const vector = JSON.parse(readFileSync(path, "utf8"));
    const { slot, node } = vector.facts.find((fact: { node?: string }) => fact.node !== undefined);
    // The four slots of the rotation that the fact stands in.
    const rotation = Number(slot) - ((Number(slot) - Number(vector.first_slot)) % 4);
    const flags = ["--first-slot", String(rotation - 1), "--slots", "4", "--no-verify"];
    const report = await json("sim", "run", "--stakes", path, ...flags);
    expect(report).toMatchObject({ epoch: 980, policy: "solana", slot: rotation + 3, skippedSlots: 0 });
    const led = (report.validators as { identityPubkey: string; blocksProduced: number }[])
      .filter(({ blocksProduced }) => blocksProduced > 0)
      .map(({ identityPubkey, blocksProduced }) => [identityPubkey, blocksProduced]);
    expect(led).toEqual([[node, 4]]);
  });
});

describe("dev", () => {
  let child: ChildProcess;
  let ready: Record<string, unknown>;
  let url: readonly string[];
  const slots: Record<string, unknown>[] = [];

  beforeAll(async () => {
    child = start(["dev", "--rpc-port", "0", "--slot-ms", "50", "--slots-per-epoch", "32", "--output", "json"]);
    const lines = createInterface({ input: child.stdout! });
    ready = await new Promise((resolve, reject) => {
      child.on("exit", (code) => reject(new Error(`dev ended with ${code}`)));
      lines.once("line", (line) => resolve(JSON.parse(line)));
    });
    lines.on("line", (line) => void slots.push(JSON.parse(line)));
    url = ["--url", String(ready.rpcUrl)];
  });
  afterAll(() => void child?.kill("SIGKILL"));

  it("says where it is, with keys that keygen makes again", async () => {
    expect(ready).toMatchObject({
      type: "ready",
      seed: "escapement",
      reproduce: expect.stringContaining("--genesis-time"),
    });
    const made = await escapement("keygen", "--outfile", "first.json", "--seed", "escapement", "--index", "0");
    expect((ready.accounts as { address: string }[])[0]!.address).toBe(made.stdout.trim());
  });

  it("gives airdrops, moves coins and tells balances", async () => {
    const to = (await escapement("keygen", "--outfile", "to.json")).stdout.trim();
    expect((await json("airdrop", "2.5", to, ...url)).signature).toMatch(/^\w{80,90}$/);
    const sent = await escapement("transfer", to, "0.1", "--from", "first.json", ...url);
    expect(sent.stderr).toMatch(/^0.1 SOL from .* confirmed in slot \d+/);
    expect(sent.code).toBe(0);
    expect(await json("balance", "--keypair", "to.json", ...url)).toEqual({ lamports: 2_600_000_000 });
    expect((await escapement("balance", to, ...url)).stdout).toBe("2.6 SOL\n");
    expect((await escapement("balance", "to.json", "--url", new URL(String(ready.rpcUrl)).port)).stdout).toBe(
      "2.6 SOL\n",
    );
    expect((await escapement("airdrop", "600000000", "to.json", ...url)).stderr).toMatch(
      /^escapement: 600000000 SOL are asked for, and the faucet has \d+(\.\d+)? SOL\n$/,
    );
  });

  it("shows why a transfer failed, with its logs", async () => {
    const { code, stdout, stderr } = await escapement(
      "transfer",
      "1".repeat(32),
      "999999",
      "--from",
      "first.json",
      ...url,
    );
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/sendTransaction failed: .*custom program error: 0x1 .*\n.*\n.*insufficient lamports/);
  });

  it("tells the chain's state in the solana CLI's words", async () => {
    const epoch = await json("epoch-info", ...url);
    expect(epoch).toMatchObject({ slotsInEpoch: 32, epochCompletedPercent: expect.any(Number) });
    const { validators } = (await json("validators", ...url)) as { validators: Record<string, unknown>[] };
    // What they began with, and what they have earned since.
    const earned = validators.map(({ activatedStake }, i) => Number(activatedStake) / ((4 - i) * 1e12) - 1);
    expect(validators).toHaveLength(4);
    for (const share of earned) expect(Math.abs(share - 0.05)).toBeLessThanOrEqual(0.05);
    expect(validators[0]).toMatchObject({ delinquent: false, commission: 5 });
    const production = await json("block-production", ...url);
    expect(production).toMatchObject({ totalSlotsSkipped: 0, leaders: expect.any(Array) });
    for (const name of ["epoch-info", "validators", "block-production", "leader-schedule"]) {
      const { code, stdout, stderr } = await escapement(name, ...url);
      expect([code, stderr], name).toEqual([0, ""]);
      expect(stdout.length).toBeGreaterThan(100);
    }
  });

  it("the schedule, its explanation, and the slots that passed agree", async () => {
    const { leaderScheduleEntries } = (await json("leader-schedule", "--epoch", "0", ...url)) as {
      leaderScheduleEntries: { slot: number; leader: string }[];
    };
    expect(leaderScheduleEntries.map(({ slot }) => slot)).toEqual([...Array(32).keys()]);
    const { leader } = leaderScheduleEntries[9]!;
    expect(await json("explain", "leader", "9", ...url)).toMatchObject({ slot: 9, policy: "poh", identity: leader });
    await expect
      .poll(() => slots.find(({ slot }) => slot === 9), { timeout: 30_000 })
      .toMatchObject({ type: "slot", leader, produced: true });
  });

  it("lets its whole chain be verified from outside", async () => {
    const verified = await json("verify", "--genesis-hash", String(ready.genesisHash), ...url);
    expect(verified).toMatchObject({ ok: true, skippedSlots: 0 });
  });

  it("a second one on the same port says so and exits with 1", async () => {
    const { port } = new URL(String(ready.rpcUrl));
    const { code, stderr } = await spawned("dev", "--rpc-port", port);
    expect([code, stderr]).toEqual([1, `escapement: port ${port} is in use; choose another with --rpc-port\n`]);
  });

  it("closes on SIGTERM, with exit code 0", async () => {
    const exited = new Promise((resolve) => child.once("close", (code) => resolve(code)));
    child.kill("SIGTERM");
    expect(await exited).toBe(0);
  });

  it("ends quietly when nobody reads on", async () => {
    const reader = start(["dev", "--rpc-port", "0", "--slot-ms", "20"]);
    const stderr = collect(reader.stderr!);
    reader.stdout!.once("data", () => reader.stdout!.destroy());
    expect(await new Promise((resolve) => reader.on("close", resolve))).toBe(0);
    expect(stderr()).toBe("");
  });
});
