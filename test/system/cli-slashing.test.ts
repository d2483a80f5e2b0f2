/** A conviction on a running devnet, explained at the command line. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, blockSignatureMessage, computeBlockId } from "../../src/chain/block.ts";
import { createTransaction } from "../../src/chain/create-transaction.ts";
import {
  createDuplicateBlockEvidence,
  createSubmitEvidenceInstruction,
} from "../../src/chain/slashing/create-evidence.ts";
import { createDevnet, type Devnet } from "../../src/host/devnet.ts";
import { nodeSignatures } from "../../src/host/node-crypto.ts";
import { createCli } from "../support/cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "escapement-slashing-"));
const cli = createCli(folder);
const sol = 10n ** 9n;
let devnet: Devnet;
let url: string;

beforeAll(async () => {
  const stakes = [40n, 500n, 460n].map((amount) => ({ stake: amount * sol }));
  // Without inflation stakes stay round numbers; in a long epoch the smallest validator surely leads.
  const still = { inflationInitialBps: 0, inflationTerminalBps: 0 };
  const params = { slotsPerEpoch: 512, ticksPerSlot: 1, hashesPerTick: 2, ...still };
  devnet = createDevnet({ validators: stakes, params });
  url = (await devnet.listen({ rpcPort: 0, wsPort: 0 })).rpcUrl;
});
afterAll(async () => {
  await devnet.close();
  rmSync(folder, { recursive: true });
});

/** Another block of the same slot, which the same leader signed. */
function otherBlock(block: Block): Block {
  const { chain, validators } = devnet;
  const content = { ...block, stateHash: block.parentId };
  const blockId = computeBlockId(content, chain.genesisHash);
  const leader = validators.find(({ identity }) => identity.address === block.leader)!.identity;
  return { ...content, blockId, signature: nodeSignatures.ed25519.sign(blockSignatureMessage(blockId), leader) };
}

async function convictSmallest(): Promise<void> {
  const { identity, voteAccount } = devnet.validators[0]!;
  const led = () => [...devnet.blocks()].find(({ leader }) => leader === identity.address);
  while (led() === undefined) await devnet.advanceSlots(1);
  const block = led()!;
  const evidence = createDuplicateBlockEvidence(block, otherBlock(block));
  const [reporter] = devnet.accounts;
  const transaction = createTransaction({
    scheme: nodeSignatures.ed25519,
    feePayer: reporter!,
    instructions: [createSubmitEvidenceInstruction({ reporter: reporter!.address, voteAccount, evidence })],
    recentBlockhash: devnet.view.bank("processed").blockhash,
  });
  expect(devnet.view.submit([transaction]).size).toBe(0);
  await devnet.advanceSlots(3);
}

describe("explain slash", () => {
  it("shows a conviction, and what it took when the next epoch began", async () => {
    await convictSmallest();
    const { voteAccount } = devnet.validators[0]!;
    const explain = (...flags: string[]) => cli.run("explain", "slash", voteAccount, "--url", url, ...flags);
    const pending = await explain();
    expect(pending.stderr).toBe("");
    expect(pending.stdout).toMatch(
      /tombstoned: never back[\s\S]*Base: +500 bps[\s\S]*Pending: +taken as epoch 1 begins/,
    );
    await devnet.advanceEpochs(1);
    await devnet.advanceSlots(3);
    // 40 of 1000 SOL convicted: 500 + 3 x 400 = 1700 bps of 40 SOL are 6.8 SOL, of them 0.34 for the reporter.
    const settled = await explain();
    for (const line of [
      /Correlation: +3 x 40000000000 x 10000 \/ 1000000000000 = 1200 bps\n/,
      /Share: +500 \+ 1200 = 1700 bps/,
      new RegExp(`${devnet.genesis.validators[0]!.stakeAccount}: +-6800000000 lamports, new balance \\d+`),
      /Taken: +6800000000 lamports from 1 stake account \(6.8 SOL\)/,
      /Reporter: +6800000000 x 500 \/ 10000 = 340000000 lamports\n/,
      /Burned: +6800000000 - 340000000 = 6460000000 lamports/,
    ])
      expect(settled.stdout).toMatch(line);
    const { convictions } = JSON.parse((await explain("--output", "json")).stdout);
    expect(convictions).toMatchObject([
      { kind: "duplicate-block", settlement: { epoch: 1, taken: "6800000000", burned: "6460000000" } },
    ]);
    const listed = await cli.run("validators", "--url", url);
    expect(listed.stdout).toMatch(/tombstoned/);
  });
});
