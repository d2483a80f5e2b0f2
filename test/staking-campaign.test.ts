/**
 * A short slice of the staking campaign, in which validators are caught more often (test/long/staking.test.ts runs 1000
 * epochs of it). `ESCAPEMENT_SEED` names another seed.
 */
import { describe, expect, it } from "vitest";
import { verifyChain } from "../src/chain/verify-chain.ts";
import { testCrypto } from "./support/clusters.ts";
import { describeCampaign, runCampaign } from "./support/staking-campaign.ts";

const seed = process.env.ESCAPEMENT_SEED ?? "slice";
const misbehaviour = 8;

describe(`a staking campaign, seed "${seed}"`, () => {
  it("keeps every lamport and the twin's stake tables for eight epochs, and is verified from genesis", () => {
    const campaign = runCampaign({ seed, epochs: 8, keepBlocks: 128, misbehaviour });
    campaign.expectAgreement();
    const { monitor, network, blocks, counts } = campaign;
    const told = describeCampaign(campaign);
    expect(monitor.boundaries, told).toBeGreaterThan(5);
    expect(monitor.penalties, told).toBeGreaterThan(0);
    expect([...counts.values()].filter(({ accepted }) => accepted > 0).length, told).toBeGreaterThan(10);
    const verified = verifyChain({ genesis: network.genesis, blocks, crypto: testCrypto });
    expect(verified).toMatchObject({ ok: true, lastBlockId: blocks.at(-1)!.blockId });
  });

  it("comes out the same for the same seed, and otherwise for another", () => {
    const traceOf = (each: string) => runCampaign({ seed: each, epochs: 1, misbehaviour }).cluster.traceHash;
    const trace = traceOf(seed);
    expect(traceOf(seed)).toBe(trace);
    expect(traceOf(`${seed}, another`)).not.toBe(trace);
  });
});
