/** What a genesis file calls its members, and a devnet that stands at its genesis until told to go on. */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createCli } from "../support/cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-genesis-"));
const cli = createCli(folder);
const coldAddress = "9B5XszUGdMaxCZ7uSQhPzdks5ZQSmWxrmzCSvtJ6Ns6g";

const genesis = `
seed: rehearsal
params: { slotsPerEpoch: 64, ticksPerSlot: 1, hashesPerTick: 2 }
accounts:
  - { name: cold, sol: 3, address: ${coldAddress} }
  - { name: alice, sol: 500 }
validators:
  - { name: north, stake: 4000 }
  - { name: asleep, stake: 10, status: delinquent }
  - { name: bad, stake: 10, status: jailed, jailedUntilEpoch: 900 }
stakeAccounts:
  - { name: savings, validator: north, stake: 20, state: active, staker: alice, withdrawer: cold, lockup: { epoch: 7 } }
  - { stake: 5, state: initialized, staker: alice }
`;

let dev: ChildProcess;
// biome-ignore lint/suspicious/noExplicitAny: the line that says the devnet is ready
let ready: any;

const url = () => ["--url", ready.rpcUrl];

beforeAll(async () => {
  writeFileSync(join(folder, "genesis.yaml"), genesis);
  const flags = ["--genesis", "genesis.yaml", "--paused", "--stake-warmup", "instant", "--ledger-slots", "40"];
  const started = await cli.startDev(...flags);
  dev = started.child;
  ready = started.ready;
}, 60_000);

afterAll(() => {
  dev?.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

describe("genesis inspect", () => {
  it("tells the names of a file, their addresses, and how to have their keys", async () => {
    const view = await cli.json("genesis", "inspect", "genesis.yaml");
    const [cold, alice] = view.accounts;
    expect(cold).toEqual({ name: "cold", address: coldAddress, lamports: 3_000_000_000, keygen: null });
    expect(alice).toMatchObject({ name: "alice", lamports: 500_000_000_000 });
    // The command gives the key: as it stands there.
    const made = await cli.run(...alice.keygen.split(" ").slice(1));
    expect([made.code, made.stdout.trim()]).toEqual([0, alice.address]);
    expect(view.validators.map(({ name }: { name: string }) => name)).toEqual(["north", "asleep", "bad"]);
    const own = view.stakeAccounts.slice(0, 3).map(({ validator }: { validator: string }) => validator);
    expect(own).toEqual(["north", "asleep", "bad"]);
    expect(view.stakeAccounts.slice(3)).toMatchObject([
      {
        name: "savings",
        validator: "north",
        state: "active",
        stake: 20_000_000_000,
        staker: alice.address,
        stakerName: "alice",
        withdrawerName: "cold",
        lockup: { epoch: 7, custodianName: "alice" },
      },
      {
        name: null,
        validator: null,
        voteAccountPubkey: null,
        state: "initialized",
        stake: 5_000_000_000,
        lockup: null,
      },
    ]);
    const { stdout } = await cli.run("genesis", "inspect", "genesis.yaml");
    expect(stdout).toMatch(/\nnorth +\w{32,44} +\w{32,44} +active/);
    expect(stdout).toMatch(
      /\nalice +\w{32,44} +500 +escapement keygen --seed rehearsal --index 1 --outfile alice.json/,
    );
    expect(stdout).toMatch(/\nsavings +\w{32,44} +north +active +20 +alice +cold +until epoch 7, custodian alice/);
  });

  it("does not call a devnet's validator active that does not run", async () => {
    const view = await cli.json("genesis", "inspect", ...url());
    const statuses = view.validators.map(({ name, status }: Record<string, string>) => [name, status]);
    expect(statuses).toEqual([
      [null, "active"],
      [null, "delinquent"],
      [null, "jailed"],
    ]);
    expect(view.stakeAccounts).toHaveLength(5);
    vi.stubEnv("ESCAPEMENT_URL", ready.rpcUrl);
    const sources = [await cli.json("genesis", "inspect"), await cli.json("genesis", "inspect", "genesis.yaml")];
    vi.unstubAllEnvs();
    expect(sources.map(({ source }) => source.kind)).toEqual(["devnet", "genesis file"]);
  });

  it("says by the file's places, names and SOL why no chain can begin", async () => {
    const small = "stakeAccounts: [{ name: tiny, validator: n, stake: 0.5, state: active }]";
    writeFileSync(join(folder, "small.yaml"), `validators: [{ name: n, stake: 4 }]\n${small}`);
    for (const words of ["genesis inspect small.yaml", "dev --genesis small.yaml", "sim run --genesis small.yaml"]) {
      const { code, stderr } = await cli.run(...words.split(" "));
      expect(stderr, words).toContain("(at stakeAccounts.0.stake): tiny: 0.5 SOL, and a delegation has at least 1 SOL");
      expect(code, words).toBe(2);
    }
  });
});

describe("dev with a genesis file", () => {
  it("says who counts at genesis, and by which name", () => {
    const validators = ready.validators.map(({ name, status, activatedStake }: Record<string, string>) => {
      return [name, status, activatedStake];
    });
    expect(validators).toEqual([
      ["north", "active", "4020000000000"],
      ["asleep", "delinquent", "10000000000"],
      ["bad", "jailed", "0"],
    ]);
    expect(ready.accounts).toMatchObject([{ name: "alice", index: 1 }]);
    expect(ready.stakeAccounts).toMatchObject([{ name: "savings", validator: "north" }, { state: "initialized" }]);
  });

  it("stands at genesis when paused, until it is told to go on", async () => {
    expect(ready.running).toBe(false);
    expect(await cli.json("epoch-info", ...url())).toMatchObject({ absoluteSlot: 0, epoch: 0 });
    expect(await cli.json("ctl", "warp", "--slots", "1", ...url())).toMatchObject({ slot: 1 });
    expect(await cli.json("ctl", "resume", ...url())).toMatchObject({ running: true });
  });
});

it("flags say their true ranges, and a commission may have two decimals", async () => {
  const fails = async (words: string, message: RegExp) =>
    expect((await cli.run(...words.split(" "))).stderr, words).toMatch(message);
  for (const slots of ["0", "1", "31"])
    await fails(`sim run --slots-per-epoch ${slots}`, /Give a whole number from 32 to 10000000/);
  await fails("dev --commission 7.255", /at most two decimals/);
  await fails("dev --stake-warmup slow", /Allowed choices are rates, instant/);
  const fast = ["--slots", "4", "--ticks-per-slot", "1", "--hashes-per-tick", "2"];
  const run = ["sim", "run", ...fast, "--commission", "7.25", "--stake-warmup", "instant", "--export", "chain"];
  expect(await cli.json(...run)).toMatchObject({ slot: 4 });
  const chain = await cli.json("genesis", "inspect", "chain");
  expect(chain).toMatchObject({ validators: [{ commission: 7.25 }, {}, {}, {}], params: { stakeWarmup: "instant" } });
});
