/** The real command breaks a real devnet, puts it back, writes its world to a file and goes on from there; clients live through it. */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  airdropFactory,
  createSolanaRpc,
  createSolanaRpcSubscriptions,
  generateKeyPairSigner,
  lamports,
} from "@solana/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCli } from "../support/cli-process.ts";
import { closeConnection, openConnection } from "../support/web3-connection.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-ctl-"));
const cli = createCli(folder);
const dumpFile = join(folder, "world.dump");
const shape = ["--slots-per-epoch", "64", "--slot-ms", "50", "--ticks-per-slot", "2", "--hashes-per-tick", "8"];

let dev: ChildProcess;
let rpcUrl: string;
let wsUrl: string;
const shown = (...args: string[]) => cli.run("ctl", ...args, "--url", rpcUrl);
const json = (...args: string[]) => cli.json("ctl", ...args, "--url", rpcUrl);

beforeAll(async () => {
  const { child, ready } = await cli.startDev("--validators", "4", ...shape, "--dump", dumpFile);
  dev = child;
  ({ rpcUrl, wsUrl } = ready);
});
afterAll(() => {
  dev?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

describe("ctl", () => {
  it("breaks the world, tells what was done, and puts it back", async () => {
    await json("pause");
    const { id, slot } = await json("snapshot");
    expect(id).toBe(1);
    expect((await shown("kill", "3", "--disk", "torn")).stdout).toMatch(/Fault: +kill #3 \(disk torn\)/);
    expect((await shown("partition", "0,1", "2,3")).stdout).toMatch(/partition #0 #1 \| #2 #3/);
    const link = await json("link", "0", "all", "--latency", "20:80", "--loss", "2.5%", "--one-way");
    expect(link.fault).toEqual({
      type: "link",
      from: 0,
      to: null,
      both: false,
      conditions: { latencyMs: [20, 80], lossBps: 250 },
    });
    await json("equivocate", "2");
    await json("slow", "1", "30");
    await json("clock", "0", "--offset", "-40", "--drift", "100");
    expect(await json("step", "4")).toMatchObject({ slot: slot + 4, running: false });
    const timeline = (await shown("timeline")).stdout.split("\n");
    expect(timeline[0]).toMatch(/Slot +Fault/);
    expect(timeline.slice(1, 7).map((line) => line.trim().replace(/^\d+ +/, ""))).toEqual([
      "kill #3 (disk torn)",
      "partition #0 #1 | #2 #3",
      "link #0 -> all latency 20 to 80 ms, loss 2.5 %",
      "misbehave #2 equivocate",
      "slow #1 by 30 ms",
      "clock of #0 -40 ms off, drifting 100 ppm",
    ]);
    expect(await json("revert", "1")).toEqual({ id: 1, slot, epoch: expect.any(Number) });
    expect((await shown("timeline")).stdout).toBe("nothing was done to this devnet\n");
    expect(await json("snapshots")).toHaveLength(1);
    await json("resume");
  });

  it("says what was wrong and what would be right", async () => {
    const wrong: readonly (readonly [string[], number, RegExp])[] = [
      [["kill", "9"], 1, /validator-unknown \(validator 9, known 0 to 3/],
      [["kill"], 2, /missing required argument 'validator'/],
      [["kill", "0", "--disk", "wet"], 2, /Allowed choices are kept, torn, lost/],
      [["restart", "0"], 1, /validator-running/],
      [["partition", "0,1"], 2, /give two groups or more/],
      [["link", "0", "1"], 2, /say what the link is like/],
      [["link", "0", "1", "--loss", "101"], 2, /percentage from 0 to 100/],
      [["link", "0", "1", "--latency", "9:3"], 2, /a range such as 50:200/],
      [["misbehave", "0", "sing"], 2, /Allowed choices are equivocate/],
      [["revert", "77"], 1, /there is no snapshot 77/],
      [["step", "0"], 2, /whole number from 1/],
    ];
    for (const [args, code, message] of wrong) {
      const { code: exit, stderr, stdout } = await shown(...args);
      expect([exit, stdout], args.join(" ")).toEqual([code, ""]);
      expect(stderr).toMatch(message);
    }
  });

  it("leaves clients their connections: subscriptions hear of the blocks after a revert, and transfers confirm", async () => {
    const rpc = createSolanaRpc(rpcUrl);
    const rpcSubscriptions = createSolanaRpcSubscriptions(wsUrl);
    const signer = await generateKeyPairSigner();
    const airdrop = () =>
      airdropFactory({ rpc, rpcSubscriptions })({
        recipientAddress: signer.address,
        lamports: lamports(1_000_000_000n),
        commitment: "confirmed",
      });
    const connection = openConnection({ rpcUrl, wsUrl }, "confirmed");
    const slots: number[] = [];
    const subscription = connection.onSlotChange(({ slot }) => slots.push(slot));
    // The subscription must be heard before the revert: what it never heard of cannot come back.
    await expect.poll(() => slots).not.toEqual([]);
    const { id } = await json("snapshot");
    await airdrop();
    const isBack = () => slots.some((slot, index) => index > 0 && slot < slots[index - 1]!);
    await json("revert", String(id));
    expect((await rpc.getBalance(signer.address).send()).value).toBe(0n);
    await airdrop();
    expect((await rpc.getBalance(signer.address, { commitment: "confirmed" }).send()).value).toBe(1_000_000_000n);
    await expect.poll(isBack).toBe(true);
    expect(await connection.getSlot()).toBeGreaterThan(0);
    await connection.removeSlotChangeListener(subscription);
    closeConnection(connection);
  });
});

describe("dev --dump and --load", () => {
  it("write the world at the end and go on from it; a torn file is refused", async () => {
    const { slot } = await json("pause");
    const { id } = await json("snapshot");
    const ended = new Promise((resolve) => dev.once("exit", resolve));
    dev.kill("SIGINT");
    expect(await ended).toBe(0);
    const { child, ready } = await cli.startDev("--load", dumpFile, "--paused");
    dev = child;
    rpcUrl = ready.rpcUrl;
    expect(ready.running).toBe(false);
    expect(await json("step")).toMatchObject({ slot: slot + 1 });
    // Snapshots are the process's, not the world's.
    expect((await shown("revert", String(id))).code).toBe(1);

    writeFileSync(dumpFile, "not a dump");
    const torn = await cli.run("dev", "--load", dumpFile, "--rpc-port", "0");
    expect([torn.code, torn.stdout]).toEqual([2, ""]);
    expect(torn.stderr).toMatch(/cannot be used: dump-unknown/);
    const missing = await cli.run("dev", "--load", join(folder, "none"), "--rpc-port", "0");
    expect(missing.stderr).toMatch(/there is no dump .*none; check the path/);
    const both = await cli.run("dev", "--load", dumpFile, "--validators", "3");
    expect(both.stderr).toMatch(/--load brings its own network: leave --validators away/);
  });
});
