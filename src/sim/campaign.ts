/**
 * The campaign: runs drawn from seeds, each played in a cluster that all checkers watch.
 *
 *     runCampaignSeed("17", crypto)  ──>  draw (campaign-draw.ts), play, judge (checkers/)
 *                                         { seed: "17", verdict: { type: "pass" }, slots: 131, … }
 *
 * A run is over when every honest validator has rooted a block from after the heal, when something was wrong, or when the
 * chain should have come back and has not. One seed is one run, on every machine.
 */

import { assert } from "../base/assert.ts";
import { ByteWriter } from "../base/bytes.ts";
import { createRandom, type Random } from "../base/random.ts";
import { formatRefusal } from "../base/refusal.ts";
import { systemProgramAddress } from "../chain/addresses.ts";
import { createTransaction } from "../chain/create-transaction.ts";
import type { Crypto } from "../chain/crypto.ts";
import { type Hash, lamportsPerSol } from "../chain/ids.ts";
import { type ChainParams, createParams } from "../chain/params.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import { type CampaignRun, drawCampaignRun } from "./campaign-draw.ts";
import { type Checkers, createCheckers } from "./checkers/checkers.ts";
import { Cluster } from "./cluster.ts";
import { createNetwork, type Network } from "./network.ts";
import type { Verdict } from "./verdict.ts";

export type CampaignResult = {
  readonly seed: string;
  readonly verdict: Verdict;
  /** Played in all, and from the heal until everybody had a new root (null: not yet). */
  readonly slots: number;
  readonly recoverySlots: number | null;
  readonly traceHash: Hash;
  readonly stats: CampaignStats;
};

export type CampaignStats = {
  readonly validators: number;
  readonly faults: number;
  /** Blocks that some honest validator adopted, and those that were rooted. */
  readonly blocks: number;
  readonly rooted: number;
  readonly transactions: number;
};

/** Short epochs, so that a run crosses some; few hashes; blockhashes that grow old within a run. */
const campaignParams: Partial<ChainParams> = {
  slotsPerEpoch: 32,
  slotsPerRotation: 2,
  hashesPerTick: 4,
  ticksPerSlot: 2,
  blockhashTtl: 40,
};

export function runCampaignSeed(seed: string, crypto: Crypto): CampaignResult {
  return playCampaignRun(drawCampaignRun(seed), crypto);
}

/** @param watch is shown the cluster after every slot */
export function playCampaignRun(
  run: CampaignRun,
  crypto: Crypto,
  watch: (cluster: Cluster, slot: number) => void = () => {},
): CampaignResult {
  const network = createCampaignNetwork(run, crypto);
  const cluster = new Cluster({ network, crypto, seed: run.seed, conditions: run.conditions });
  const checkers = createCheckers(cluster);
  cluster.listen(checkers.listener);
  const workload = createWorkload(run, network, crypto);
  const end = run.healSlot + run.recoverWithin;
  let next = 0;
  let slot = 0;
  while (slot <= end && checkers.violations.length === 0 && checkers.recoveredAt() === null) {
    slot++;
    for (; next < run.faults.length && run.faults[next]!.slot <= slot; next++) {
      const refusal = cluster.inject(run.faults[next]!.fault);
      assert(refusal === null, `a fault cannot happen: ${refusal === null ? "" : formatRefusal(refusal)}`);
    }
    if (slot === run.healSlot) {
      checkers.expectRecovery({ from: cluster.slot, within: run.recoverWithin });
    }
    workload.submit(cluster, slot);
    cluster.advanceSlot();
    watch(cluster, slot);
  }
  return resultOf(run, cluster, checkers, slot, workload.count());
}

function resultOf(run: CampaignRun, cluster: Cluster, checkers: Checkers, slots: number, transactions: number) {
  const { blocks, rooted } = checkers.chronicle;
  const recovered = checkers.recoveredAt();
  return {
    seed: run.seed,
    verdict: checkers.verdict(),
    slots,
    recoverySlots: recovered === null ? null : slots - run.healSlot,
    traceHash: cluster.traceHash,
    stats: {
      validators: run.stakes.length,
      faults: run.faults.length,
      blocks: blocks.size,
      rooted: rooted.size,
      transactions,
    },
  };
}

function createCampaignNetwork(run: CampaignRun, crypto: Crypto): Network {
  const params = createParams("lab", campaignParams);
  assert(params.ok, "the campaign's parameters are valid");
  const network = createNetwork(
    {
      seed: `campaign ${run.seed}`,
      params: params.value,
      creationTime: 1_700_000_000,
      validators: run.stakes.map((stake) => ({ stake: BigInt(stake) * lamportsPerSol })),
      accounts: 2,
      accountLamports: 1000n * lamportsPerSol,
    },
    crypto.signatures,
  );
  assert(network.ok, `the campaign's network is valid: ${network.ok ? "" : network.code}`);
  return network.value;
}

/** Payments from one account to another; and some that were sent before, once more, until their blockhash is too old. */
function createWorkload(run: CampaignRun, network: Network, crypto: Crypto) {
  const random: Random = createRandom(run.seed, "campaign workload");
  const [from, to] = network.accounts as [Network["accounts"][number], Network["accounts"][number]];
  const sent: Verified<Transaction>[] = [];
  let count = 0;
  const transfer = (cluster: Cluster) =>
    createTransaction({
      scheme: crypto.signatures,
      feePayer: from,
      recentBlockhash: cluster.observing.consensus.head().bank.blockhash,
      instructions: [
        {
          programAddress: systemProgramAddress,
          accounts: [
            { address: from.address, isSigner: true, isWritable: true },
            { address: to.address, isSigner: false, isWritable: true },
          ],
          data: new ByteWriter()
            .u32(2)
            .u64(BigInt(1 + count))
            .finish(),
        },
      ],
    });
  return {
    count: () => count,
    submit(cluster: Cluster, _slot: number): void {
      if (!random.chance(run.transactionsPercent, 100)) return;
      const isAgain = random.chance(1, 3) && sent.length > 0;
      const transaction = isAgain ? random.pick(sent) : transfer(cluster);
      if (!isAgain) {
        count++;
        sent.push(transaction);
        if (sent.length > 32) sent.shift();
      }
      cluster.submit([transaction]);
    },
  };
}
