/**
 * Small clusters for tests: real signatures, few hashes, one seed.
 *
 *     const { cluster, network, seen } = createTestCluster({ stakes: [3n, 2n, 2n] });
 *     advance(cluster, 10); canonicalChain(cluster, seen)      the blocks under the observer's head, oldest first
 */

import { ByteWriter } from "../../src/base/bytes.ts";
import { systemProgramAddress } from "../../src/chain/addresses.ts";
import type { Block } from "../../src/chain/block.ts";
import { createTransaction } from "../../src/chain/create-transaction.ts";
import type { Crypto, Keypair, SignatureScheme } from "../../src/chain/crypto.ts";
import { type Address, type Hash, lamportsPerSol } from "../../src/chain/ids.ts";
import { type ChainParams, createParams, type ProfileName } from "../../src/chain/params.ts";
import type { Transaction, Verified } from "../../src/chain/transaction.ts";
import { createNodeCrypto } from "../../src/host/node-crypto.ts";
import { Cluster, type ClusterOptions } from "../../src/sim/cluster.ts";
import { createNetwork, type Network } from "../../src/sim/network.ts";
import type { Report } from "../../src/validator/contract.ts";

export const testCrypto: Crypto = createNodeCrypto();

export type TestNetworkOptions = {
  /** Whole coins. */
  readonly stakes: readonly bigint[];
  readonly seed?: string;
  readonly accounts?: number;
  readonly profile?: ProfileName;
  readonly params?: Partial<ChainParams>;
  /** Ed25519's scheme when left out. */
  readonly signatures?: SignatureScheme;
};

/** Two ticks of four hashes a slot; rotations of two slots, so that leaders change often. */
export function createTestNetwork(options: TestNetworkOptions): Network {
  const { profile = "lab", signatures = testCrypto.signatures } = options;
  const rotation = profile === "lab" ? { slotsPerRotation: 2 } : {};
  const params = createParams(profile, { hashesPerTick: 4, ticksPerSlot: 2, ...rotation, ...options.params });
  if (!params.ok) throw new Error(JSON.stringify(params.facts));
  const network = createNetwork(
    {
      seed: options.seed ?? "cluster test",
      params: params.value,
      creationTime: 1_700_000_000,
      validators: options.stakes.map((stake) => ({ stake: stake * lamportsPerSol })),
      accounts: options.accounts ?? 2,
      accountLamports: 1000n * lamportsPerSol,
    },
    signatures,
  );
  if (!network.ok) throw new Error(network.code);
  return network.value;
}

/** What the nodes of a cluster reported. */
export type Seen = {
  /** By the observer, with every fork. */
  readonly blocks: Map<Hash, Block>;
  readonly reports: { readonly node: number; readonly report: Report }[];
};

export type TestCluster = { readonly cluster: Cluster; readonly network: Network; readonly seen: Seen };

export function createTestCluster(
  options: TestNetworkOptions &
    Pick<ClusterOptions, "conditions" | "limits" | "sharedWork"> & {
      crypto?: Crypto;
      /** The cluster's own; `seed` is the network's. */
      worldSeed?: string;
    },
): TestCluster {
  const network = createTestNetwork(options);
  const seen: Seen = { blocks: new Map(), reports: [] };
  const { conditions, limits, sharedWork, worldSeed, crypto = testCrypto } = options;
  const cluster: Cluster = new Cluster({
    network,
    crypto,
    ...(conditions === undefined ? {} : { conditions }),
    ...(limits === undefined ? {} : { limits }),
    ...(worldSeed === undefined ? {} : { seed: worldSeed }),
    ...(sharedWork === undefined ? {} : { sharedWork }),
    onReport(node, report) {
      seen.reports.push({ node, report });
      if (node === network.validators.length && report.type === "block-added") {
        seen.blocks.set(report.block.blockId, report.block);
      }
    },
  });
  return { cluster, network, seen };
}

export function advance(cluster: Cluster, slots: number): void {
  for (let i = 0; i < slots; i++) cluster.advanceSlot();
}

/** The blocks from genesis (excluded) to `head`, by default the observer's. */
export function canonicalChain({ cluster, seen }: TestCluster, head?: Hash): Block[] {
  const chain: Block[] = [];
  let at = seen.blocks.get(head ?? cluster.observing.consensus.head().blockId);
  for (; at !== undefined; at = seen.blocks.get(at.parentId)) chain.push(at);
  return chain.reverse();
}

export function transferOf(
  from: Keypair,
  to: Address,
  lamports: bigint,
  recentBlockhash: Hash,
  scheme: SignatureScheme = testCrypto.signatures,
): Verified<Transaction> {
  return createTransaction({
    scheme,
    feePayer: from,
    recentBlockhash,
    instructions: [
      {
        programAddress: systemProgramAddress,
        accounts: [
          { address: from.address, isSigner: true, isWritable: true },
          { address: to, isSigner: false, isWritable: true },
        ],
        data: new ByteWriter().u32(2).u64(lamports).finish(),
      },
    ],
  });
}

/** Twelve slots of three validators, one of them asleep for some. */
export function createChainWithSleeper() {
  const test = createTestCluster({ stakes: [3n, 2n, 2n], accounts: 3 });
  for (let slot = 1; slot <= 12; slot++) {
    if (slot === 4) test.cluster.setOnline(1, false);
    if (slot === 9) test.cluster.setOnline(1, true);
    test.cluster.advanceSlot();
  }
  return { ...test, blocks: canonicalChain(test) };
}
