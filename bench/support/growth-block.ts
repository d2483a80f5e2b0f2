/** Costs that grow with the transactions of a block: to make it, and to check and replay it. */
import { createGenesisBank } from "../../src/chain/bank.ts";
import { createChain } from "../../src/chain/chain.ts";
import { nodeHashes, nodeSignatures } from "../../src/host/node-crypto.ts";
import { createNetwork } from "../../src/sim/network.ts";
import { type Costs, planOf } from "./growth-validators.ts";
import { makeRecipients } from "./signed-transfers.ts";
import { medianOf, timeRounds } from "./timing.ts";
import { createTransferBlocks } from "./transfer-blocks.ts";

const rounds = 9;

export function measureBlock(transactions: number): Costs {
  // Without the memory of signatures that a process of many validators has: each replay checks all.
  const crypto = { signatures: nodeSignatures.ed25519, ...nodeHashes };
  const network = createNetwork(planOf({ accounts: 1000 }), crypto.signatures);
  if (!network.ok) throw new Error(network.code);
  const chain = createChain(network.value.genesis, crypto);
  const bank = createGenesisBank(chain);
  const recipients = makeRecipients(20_000);
  const blocks = createTransferBlocks({ chain, network: network.value, recipients });
  const candidates = Array.from({ length: rounds }, (_, round) => blocks.candidates(bank, transactions, round));
  const produceMs: number[] = [];
  const replayMs: number[] = [];
  for (const chosen of candidates) {
    const startedAt = performance.now();
    const block = blocks.produce(bank, chosen);
    produceMs.push(performance.now() - startedAt);
    replayMs.push(...timeRounds(1, () => blocks.replay(bank, block)));
  }
  return { produceMs: medianOf(produceMs), replayMs: medianOf(replayMs), rssMb: process.memoryUsage().rss / 2 ** 20 };
}
