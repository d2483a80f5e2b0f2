/**
 * 1000 epochs of staking: five validators, 200 stake accounts, traffic, absences and penalties, all from one seed, and every
 * block judged from outside (test/support/staking-campaign.ts). `ESCAPEMENT_SEED` names another seed, `ESCAPEMENT_EPOCHS`
 * another number of epochs.
 */
import { describe, expect, it } from "vitest";
import { verifyChain } from "../../src/chain/verify-chain.ts";
import { testCrypto } from "../support/clusters.ts";
import { describeCampaign, runCampaign } from "../support/staking-campaign.ts";

const seed = process.env.ESCAPEMENT_SEED ?? "escapement";
const epochs = Number(process.env.ESCAPEMENT_EPOCHS ?? 1000);

describe(`${epochs} epochs of staking, seed "${seed}"`, () => {
  it("keep every lamport, and every stake table as reckoned from all accounts", { timeout: 3 * 3_600_000 }, () => {
    const started = Date.now();
    const campaign = runCampaign({ seed, epochs, keepBlocks: 640 });
    const seconds = (Date.now() - started) / 1000;
    const rate = Math.round((epochs * 32) / seconds);
    process.stderr.write(
      `${epochs} epochs in ${Math.round(seconds)} s, ${rate} slots a second; ${describeCampaign(campaign)}\n`,
    );
    expect(campaign.world.bank.epoch).toBeGreaterThanOrEqual(epochs - 3);
    campaign.expectAgreement();
    expect(campaign.monitor.boundaries).toBeGreaterThan(epochs * 0.95);
    if (epochs >= 1000) {
      // The campaign does what it is for.
      for (const [kind, { accepted, refused }] of campaign.counts) {
        if (kind.startsWith("evidence: ")) continue;
        if (kind !== "half-refused") expect(accepted, `${kind} accepted`).toBeGreaterThan(0);
        if (!mayAlwaysSucceed.has(kind)) expect(refused, `${kind} refused`).toBeGreaterThan(0);
      }
      expect(campaign.convictions.get("broken lockout")).toBeGreaterThan(10);
      expect(campaign.convictions.get("duplicate block")).toBeGreaterThan(3);
      expect(campaign.events.retired).toBeGreaterThan(3);
      expect(campaign.events.blackouts).toBeGreaterThan(0);
    }
    const { genesis } = campaign.network;
    const verified = verifyChain({ genesis, blocks: campaign.blocks, crypto: testCrypto });
    expect(verified).toMatchObject({ ok: true, lastBlockId: campaign.blocks.at(-1)!.blockId });
  });
});

describe("everybody convicted, again and again", () => {
  it("leaves tables that nobody is in, and the newest before them lead on", () => {
    const params = { slashJailEpochs: 1, slashTombstone: false };
    // Stake at a vote account that nobody runs is left alone by convictions, and a chain that it leads stands still.
    const without = ["create-vote-account"];
    const campaign = runCampaign({ seed: "hard", epochs: 30, misbehaviour: 200, params, without });
    campaign.expectAgreement();
    const told = describeCampaign(campaign);
    expect(campaign.monitor.emptyTables, told).toBeGreaterThan(0);
    expect(campaign.monitor.penalties, told).toBeGreaterThan(100);
    expect(campaign.world.bank.epoch, told).toBeGreaterThan(25);
  });
});

const mayAlwaysSucceed = new Set(["faucet", "create-vote-account", "replace-vote-account", "get-minimum-delegation"]);
