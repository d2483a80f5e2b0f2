import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createDevnet } from "../host/devnet.ts";
import type { GenesisFile } from "../sim/genesis-file.ts";
import { describeReady, formatBanner } from "./dev-banner.ts";
import { planNetwork } from "./network-options.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-banner-"));
afterAll(() => rmSync(folder, { recursive: true }));

const genesis: GenesisFile = {
  seed: "the seed",
  accounts: [
    { name: "cold", sol: 1, address: "9B5XszUGdMaxCZ7uSQhPzdks5ZQSmWxrmzCSvtJ6Ns6g" },
    { name: "alice", sol: 2 },
  ],
  validators: [
    { name: "north", stake: 30 },
    { name: "bad", stake: 70, status: "tombstoned" },
    { name: "south", stake: 5, status: "delinquent" },
  ],
  stakeAccounts: [{ name: "savings", validator: "south", stake: 5, state: "active" }],
};

function bannerOf(given: GenesisFile | null, running = true): string {
  const path = join(folder, "genesis.json");
  if (given !== null) writeFileSync(path, JSON.stringify(given));
  const plan = planNetwork(given === null ? { validators: 2 } : { genesis: path });
  const devnet = given === null ? createDevnet({ validators: 2 }) : createDevnet({ genesis: given });
  const urls = { rpcUrl: "http://127.0.0.1:8899", wsUrl: "ws://127.0.0.1:8900" };
  return formatBanner(describeReady({ devnet, plan, ...urls, genesisTime: 7, running }));
}

describe("the banner of dev", () => {
  it("shows of a genesis file what counts, with names and who is not active", () => {
    const banner = bannerOf(genesis);
    expect(banner).toMatch(/\n#0 +north +\w+ +\w+ +active +30 +75.00%\n/);
    expect(banner).toMatch(/\n#1 +bad +\w+ +\w+ +tombstoned +0 +0.00%\n/);
    expect(banner).toMatch(/\n#2 +south +\w+ +\w+ +delinquent +10 +25.00%\n/);
    expect(banner).toMatch(/\nsavings +\w+ +south +active +5 /);
    expect(banner).toMatch(/#1 alice \w+ {2}2 SOL/);
    expect(banner).toContain("- cold 9B5XszUGdMaxCZ7uSQhPzdks5ZQSmWxrmzCSvtJ6Ns6g  1 SOL");
    expect(banner).toContain("escapement keygen --seed 'the seed' --index 1 --outfile alice.json");
    expect(banner).not.toContain("The clock stands");
  });

  it("says how to go on where the clock stands", () => {
    expect(bannerOf(genesis, false)).toMatch(/The clock stands[\s\S]*at slot 0, in epoch 0[\s\S]*ctl warp --slots 1\n/);
  });

  it("without a file has neither names nor states that say nothing", () => {
    const banner = bannerOf(null);
    expect(banner).toMatch(
      /\n +Identity +Vote account +Stake \(SOL\) +Share\n#0 +\w{32,44} +\w{32,44} +2000 +66.67%\n/,
    );
    expect(banner).toMatch(/#0 \w{32,44} {2}10000 SOL/);
    expect(banner).not.toContain("Stake accounts");
  });
});
