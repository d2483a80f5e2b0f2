/**
 * One run of a cluster in virtual time, as fast as it goes, with its chain verified beside it.
 *
 *     cluster.advanceSlot() … ──> settled blocks, in order ──┬──> ChainVerifier (own cryptography, nothing remembered)
 *                                                            ├──> chain file
 *                                                            └──> statistics
 */
import { setImmediate } from "node:timers/promises";
import type { Bank } from "../chain/bank.ts";
import { type Block, encodeBlock } from "../chain/block.ts";
import type { Slot } from "../chain/ids.ts";
import { type ChainVerification, ChainVerifier } from "../chain/verify-chain.ts";
import { createNodeCrypto, nodeHashes, nodeSignatures } from "../host/node-crypto.ts";
import { Cluster } from "../sim/cluster.ts";
import type { Network } from "../sim/network.ts";
import { type RunStatistics, recordStatistics } from "../sim/run-statistics.ts";
import { createWorkload } from "../sim/workload.ts";

export type SimulationOptions = {
  readonly seed: string;
  readonly network: Network;
  readonly slots: number;
  readonly offline: readonly number[];
  readonly transfersPerSlot: number;
  /** Every validator replays and checks for itself. */
  readonly ownWork: boolean;
  /** Without a ledger: nothing to transfer, and nothing to verify. */
  readonly consensusOnly: boolean;
  readonly verify: boolean;
  /** Given each settled block, in order. */
  readonly onBlock?: (block: Block) => void;
  /** Given the cluster before its first slot: to watch it. */
  readonly onCluster?: (cluster: Cluster) => void;
  readonly onProgress?: (slots: number, finalized: Slot) => void;
};

export type Failure = {
  readonly index: number;
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;
};

export type Verification = ({ readonly ok: true } & ChainVerification) | ({ readonly ok: false } & Failure);

export type Simulation = {
  readonly head: Bank;
  readonly slot: Slot;
  readonly genesisHash: string;
  readonly traceHash: string;
  readonly confirmedSlot: Slot;
  readonly finalizedSlot: Slot;
  readonly statistics: RunStatistics;
  /** Settled blocks. */
  readonly blocks: number;
  readonly transfers: { readonly submitted: number; readonly refused: number };
  /** Null when it was not asked for. */
  readonly verification: Verification | null;
  readonly elapsedMs: number;
};

/** Lets the process hear signals and closed pipes this often. */
const breathEveryMs = 100;

export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const startedAt = performance.now();
  const { network, slots, ownWork, consensusOnly } = options;
  const { signatureScheme } = network.genesis.params;
  const shared = createNodeCrypto(signatureScheme);
  const crypto = ownWork ? { ...shared, signatures: nodeSignatures[signatureScheme] } : shared;
  const checker = options.verify && !consensusOnly ? createChecker(network) : null;
  const cluster = new Cluster({ network, crypto, sharedWork: !ownWork, consensusOnly });
  options.onCluster?.(cluster);
  let blocks = 0;
  const recorder = recordStatistics(cluster, {
    onSettled(block) {
      blocks++;
      options.onBlock?.(block);
      checker?.check(block);
    },
  });
  for (const index of options.offline) cluster.setOnline(index, false);
  const transfers = createTransfers(options, cluster);
  let breathedAt = startedAt;
  for (let done = 1; done <= slots; done++) {
    transfers.submit();
    cluster.advanceSlot();
    if (checker?.failure() != null) break;
    if (performance.now() - breathedAt < breathEveryMs) continue;
    options.onProgress?.(done, cluster.observing.consensus.finalized().slot);
    await setImmediate();
    breathedAt = performance.now();
  }
  const statistics = recorder.finish();
  const { consensus } = cluster.observing;
  return {
    head: consensus.head().bank,
    slot: cluster.slot,
    genesisHash: cluster.chain.genesisHash,
    traceHash: cluster.traceHash,
    confirmedSlot: consensus.confirmed().slot,
    finalizedSlot: consensus.finalized().slot,
    statistics,
    blocks,
    transfers: transfers.counts,
    verification: checker?.finish() ?? null,
    elapsedMs: performance.now() - startedAt,
  };
}

type Checker = { check(block: Block): void; failure(): Failure | null; finish(): Verification };

/** Verifies block after block from genesis; stops at the first failure. */
function createChecker(network: Network): Checker {
  const signatures = nodeSignatures[network.genesis.params.signatureScheme];
  const verifier = new ChainVerifier(network.genesis, { signatures, ...nodeHashes });
  let index = 0;
  let failure: Failure | null = null;
  return {
    check(block) {
      if (failure !== null) return;
      const applied = verifier.append(encodeBlock(block));
      if (!applied.ok) failure = { index, code: applied.code, facts: applied.facts };
      index++;
    },
    failure: () => failure,
    finish() {
      if (failure !== null) return { ok: false, ...failure };
      const finished = verifier.finish();
      if (!finished.ok) return { ok: false, index, code: finished.code, facts: finished.facts };
      return { ok: true, ...finished.value };
    },
  };
}

function createTransfers({ seed, network, transfersPerSlot }: SimulationOptions, cluster: Cluster) {
  const counts = { submitted: 0, refused: 0 };
  const workload = createWorkload(seed, network.accounts, cluster.chain.crypto.signatures);
  return {
    counts,
    submit() {
      if (transfersPerSlot === 0) return;
      const { blockhash } = cluster.observing.consensus.head().bank;
      const transactions = workload.draw(transfersPerSlot, blockhash);
      counts.submitted += transactions.length;
      counts.refused += cluster.submit(transactions).size;
    },
  };
}
