/**
 * What takes long: many validators, many slots, and memory that stays where it is.
 *
 *     64 validators × 10,000 slots        every block replayed once, memory at most 20 MB above that of the first half
 *     testnet's 456 × 40 slots           its leaders under --policy solana, from slot 417955300 on
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { decodeHex } from "../../src/base/bytes.ts";
import type { Bank } from "../../src/chain/bank.ts";
import { type Address, addressBytes } from "../../src/chain/ids.ts";
import { createParams } from "../../src/chain/params.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import { createNetwork, type Network, type ValidatorPlan } from "../../src/sim/network.ts";
import { parseStakesFile } from "../../src/sim/stakes-file.ts";
import { createTestNetwork, testCrypto } from "../support/clusters.ts";
import { readVector, vectorsNote, vectorsPresent } from "../support/vectors.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes in use, on the heap and in buffers, once garbage is gone. */
function bytesInUse(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Runs so many slots; the bytes in use at the end of each tenth. */
function run(network: Network, slots: number, onHead: (bank: Bank) => void = () => {}) {
  const cluster = new Cluster({ network, crypto: testCrypto });
  const bytes: number[] = [];
  for (let slot = 1; slot <= slots; slot++) {
    cluster.advanceSlot();
    onHead(cluster.observing.consensus.head().bank);
    if (slot % (slots / 10) === 0) bytes.push(bytesInUse());
  }
  return { cluster, bytes };
}

const megabyte = 1_000_000;

describe("64 validators", () => {
  it("keep 10,000 slots of one chain, and the second half of them needs no more memory than the first", () => {
    const network = createTestNetwork({ stakes: Array.from({ length: 64 }, (_, index) => BigInt(index + 1)) });
    const { cluster, bytes } = run(network, 10_000);
    const { consensus, tree } = cluster.observing;
    const { bank } = consensus.head();
    expect(bank).toMatchObject({ slot: 10_000, height: 10_000 });
    expect(tree.root.slot).toBeGreaterThan(9_950);
    expect(new Set(cluster.nodes.map(({ validator }) => validator.consensus.head().bank))).toEqual(new Set([bank]));
    process.stderr.write(`64 validators, bytes in use (MB): ${bytes.map((b) => Math.round(b / megabyte)).join(" ")}\n`);
    // Caches fill and empty in turn; what they need at most does not grow. All votes kept would be hundreds of megabytes.
    const [firstPeak, secondPeak] = [Math.max(...bytes.slice(0, 5)), Math.max(...bytes.slice(5))];
    expect(secondPeak - firstPeak).toBeLessThan(20 * megabyte);
  });
});

type Signature = { readonly merkle_root: string; readonly signature: string };
type Vector = {
  readonly facts: readonly { readonly slot: string; readonly node?: string; readonly signed?: readonly Signature[] }[];
};

describe.skipIf(!vectorsPresent)(`testnet's 456 validators (${vectorsNote})`, () => {
  const firstSlot = 417_955_300;
  const slots = 40;

  it(`keep ${slots} slots led by whom testnet's schedule names`, () => {
    const vector = readVector<Vector>("leader/testnet-epoch-980.json");
    const file = parseStakesFile(JSON.stringify(vector));
    if (!file.ok) throw new Error(JSON.stringify(file.facts));
    const params = createParams("lab", {
      leaderPolicy: "solana",
      slotsPerEpoch: file.value.slots!,
      epochWarmup: true,
      hashesPerTick: 4,
      ticksPerSlot: 2,
    });
    if (!params.ok) throw new Error(JSON.stringify(params.facts));
    const validators: ValidatorPlan[] = file.value.stakes
      .filter(({ stake }) => stake > 0n)
      .map(({ stake, identity, voteAccount }) => ({ stake, existing: { identity, voteAccount } }));
    const plan = { seed: "scale", params: params.value, creationTime: 1_700_000_000, firstSlot, validators };
    const network = createNetwork({ ...plan, accounts: 1, accountLamports: 1_000_000_000n }, testCrypto.signatures);
    if (!network.ok) throw new Error(JSON.stringify(network.facts));
    const leaders = new Map<number, Address>();
    const { cluster, bytes } = run(network.value, slots, (bank) => leaders.set(bank.slot, bank.leader!));
    const { bank } = cluster.observing.consensus.head();
    expect(bank).toMatchObject({ slot: firstSlot + slots, height: slots });
    // Who built the blocks of the slots whose leaders testnet's own ledger shows.
    expect(vector.facts.length).toBe(2);
    for (const { slot, node, signed = [] } of vector.facts) {
      const leader = leaders.get(Number(slot))!;
      if (node !== undefined) expect(leader).toBe(node);
      for (const { merkle_root, signature } of signed) {
        const [signatureBytes, root] = [decodeHex(signature)!, decodeHex(merkle_root)!];
        expect(testCrypto.signatures.verify(signatureBytes, root, addressBytes(leader))).toBe(true);
      }
    }
    process.stderr.write(
      `456 validators, bytes in use (MB): ${bytes.map((b) => Math.round(b / megabyte)).join(" ")}\n`,
    );
  });
});
