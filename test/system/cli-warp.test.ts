/** The real command against a real devnet: time is steered, and what it pays is told and explained. */
import type { ChildProcess } from "node:child_process";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCli } from "../support/cli-process.ts";

const cli = createCli(tmpdir());

let dev: ChildProcess;
let rpcUrl: string;

const shown = (...args: string[]) => cli.run(...args, "--url", rpcUrl);
const json = (...args: string[]) => cli.json(...args, "--url", rpcUrl);

beforeAll(async () => {
  const shape = ["--slots-per-epoch", "64", "--slot-ms", "50", "--ticks-per-slot", "2", "--hashes-per-tick", "8"];
  const { child, ready } = await cli.startDev("--validators", "2", ...shape);
  dev = child;
  rpcUrl = ready.rpcUrl;
});
afterAll(() => void dev?.kill("SIGKILL"));

describe("ctl", () => {
  it("pauses, warps and resumes a running devnet", async () => {
    const paused = await json("ctl", "pause");
    expect(paused).toEqual({ slot: expect.any(Number), epoch: 0, running: false });
    expect(await json("ctl", "warp", "--slots", "5")).toEqual({ slot: paused.slot + 5, epoch: 0 });
    expect(await json("ctl", "warp", "--epochs", "2")).toEqual({ slot: 128, epoch: 2 });
    expect(await json("ctl", "warp", "--to-slot", "150")).toEqual({ slot: 150, epoch: 2 });
    expect((await shown("ctl", "warp", "--to-epoch", "3")).stdout).toBe("Slot:  192\nEpoch: 3\n");
    expect((await shown("ctl", "pause")).stdout).toBe("Slot:  192\nEpoch: 3\nClock: paused\n");
    expect(await json("ctl", "warp", "--slots", "50")).toMatchObject({ slot: 242 });
  });

  it("says why not", async () => {
    const none = await shown("ctl", "warp");
    expect([none.code, none.stdout]).toEqual([2, ""]);
    expect(none.stderr).toMatch(/give one of --slots, --epochs, --to-slot, --to-epoch and --to-timestamp/);
    expect((await shown("ctl", "warp", "--slots", "1", "--epochs", "1")).code).toBe(2);
    expect((await shown("ctl", "warp", "--slots", "0")).stderr).toMatch(/'0' is invalid. Give a whole number from 1/);
    const past = await shown("ctl", "warp", "--to-timestamp", "1000");
    expect([past.code, past.stdout]).toEqual([1, ""]);
    expect(past.stderr).toMatch(
      /surfnet_timeTravel failed: .*Unix time 1000000 ms is past: the clock stands at slot 242/,
    );
    expect(past.stderr.trim().split("\n")).toHaveLength(1);
    const nobody = await cli.run("ctl", "pause", "--url", "http://127.0.0.1:9");
    expect([nobody.code, nobody.stderr.startsWith("escapement: no devnet answers")]).toEqual([1, true]);
  });
});

describe("what was paid", () => {
  let stakes: string[];

  beforeAll(async () => {
    // The block after the boundary pays the stake accounts.
    const body = { jsonrpc: "2.0", id: 1, method: "getBlock", params: [193, { maxSupportedTransactionVersion: 0 }] };
    const response = await fetch(rpcUrl, { method: "POST", body: JSON.stringify(body) });
    const { result } = (await response.json()) as { result: { rewards: { pubkey: string; rewardType: string }[] } };
    stakes = result.rewards.filter(({ rewardType }) => rewardType === "Staking").map(({ pubkey }) => pubkey);
    expect(stakes).toHaveLength(2);
  });

  it("is told with the solana CLI's fields, and explained to the lamport", async () => {
    const { epoch, effectiveSlot, blockTime, rewards } = await json("inflation", "rewards", ...stakes);
    expect([epoch, effectiveSlot, blockTime]).toEqual([2, 193, expect.any(Number)]);
    for (const [index, { address, reward }] of rewards.entries()) {
      expect(address).toBe(stakes[index]);
      expect(Object.keys(reward)).toEqual(
        expect.arrayContaining([
          "epoch",
          "effectiveSlot",
          "amount",
          "postBalance",
          "percentChange",
          "apr",
          "commission",
        ]),
      );
      const explained = await json("explain", "reward", address, "--epoch", "2");
      expect(explained).toMatchObject({ staker: String(reward.amount), effectiveSlot: 193, verdict: "paid" });
    }
    const lines = (await shown("explain", "reward", stakes[0]!)).stdout;
    for (const name of [
      "Capitalization",
      "Pot",
      "Points of epoch 2",
      "Share",
      "Commission",
      "Reward",
      "Paid in slot",
    ]) {
      expect(lines).toMatch(new RegExp(`^${name}: `, "m"));
    }
    expect((await shown("inflation", "rewards", stakes[0]!)).stdout).toMatch(/^Epoch: 2\n\nAddress .*\n.* 193 .* SOL/);
    const future = await shown("inflation", "rewards", stakes[0]!, "--rewards-epoch", "9");
    expect([future.code, future.stderr]).toEqual([1, expect.stringContaining("there are no such rewards yet")]);
  });

  it("is told as far as it is known while no block comes to pay it", async () => {
    await json("ctl", "warp", "--to-slot", "256");
    const note = /the rewards of epoch 3 are being paid; .*ctl warp --slots 2/;
    const account = await shown("stake-account", stakes[0]!, "--with-rewards");
    expect([account.code, account.stderr]).toEqual([0, expect.stringMatching(note)]);
    expect(account.stdout).toMatch(/State: +active\n[\s\S]*Epoch Rewards: none yet\n$/);
    const waiting = await json("inflation", "rewards", ...stakes);
    expect(waiting.rewards.map(({ pending }: { pending?: boolean }) => pending)).toEqual([true, true]);
    await json("ctl", "warp", "--slots", "2");
    expect((await json("stake-account", stakes[0]!, "--with-rewards")).epochRewards).toMatchObject([{ epoch: 3 }]);
  });

  it("a transaction does not wait for a clock that is paused", async () => {
    const begun = performance.now();
    const sent = await shown("airdrop", "1", stakes[0]!);
    expect([sent.code, sent.stderr]).toEqual([1, expect.stringMatching(/clock is paused: `escapement ctl resume`/)]);
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect((await shown("epoch-info")).stdout).toMatch(/^Clock: +paused$/m);
    expect(await json("epoch-info")).toMatchObject({ clockRunning: false });
  });

  it("stands in the supply, by the governor's rates", async () => {
    const { governor, currentRate } = await json("inflation");
    expect(governor).toEqual({ initial: 0.08, terminal: 0.015, taper: 0.15, foundation: 0, foundationTerm: 0 });
    expect(currentRate).toMatchObject({ validator: currentRate.total, foundation: 0 });
    const supply = await json("supply");
    expect(supply).toMatchObject({ circulating: supply.total, nonCirculating: 0, nonCirculatingAccounts: [] });
    expect((await shown("supply")).stdout).toMatch(/^Total: +[\d.]+ SOL\nCirculating: /);
    expect((await shown("inflation")).stdout).toMatch(/^Inflation Governor\nInitial rate: +8.00%\n/);
  });

  it("goes on when the clock is resumed", async () => {
    const { slot, running } = await json("ctl", "resume");
    expect(running).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await json("ctl", "pause")).slot).toBeGreaterThan(slot);
  });
});
