/**
 * A small real chain to attack, and the tools of an attacker.
 *
 *     buildAttackChain()   three validators in virtual time, 12 slots, transfers and votes; blocks and banks kept
 *     forgeBlock(…)        a block that is right in all its hashes, by whatever key the attacker holds, obeying no rule
 *     resealBlock(…)       a changed block with its id computed anew, and signed again
 *
 * The attacker is strong: he recomputes Proof of History, state hashes and ids for nothing. What he lacks is keys.
 */
import { ByteWriter } from "../../src/base/bytes.ts";
import { sha256 } from "../../src/base/sha256.ts";
import { systemProgramAddress } from "../../src/chain/addresses.ts";
import { type Bank, createGenesisBank, executeInBank, freezeBank, openBank } from "../../src/chain/bank.ts";
import { type Block, blockSignatureMessage, computeBlockId, type Entry, lastHash } from "../../src/chain/block.ts";
import { type Chain, createChain } from "../../src/chain/chain.ts";
import { createTransaction, type InstructionRequest } from "../../src/chain/create-transaction.ts";
import type { Crypto, Keypair } from "../../src/chain/crypto.ts";
import { type Address, type Hash, hashBytes, type Slot, slotOf } from "../../src/chain/ids.ts";
import { leaderAfter } from "../../src/chain/leaders.ts";
import { computeMixin } from "../../src/chain/mixin.ts";
import { type ChainParams, createParams } from "../../src/chain/params.ts";
import { createPohRecorder } from "../../src/chain/poh.ts";
import { portablePohKernel } from "../../src/chain/poh-kernel.ts";
import { produceBlock } from "../../src/chain/produce-block.ts";
import type { Transaction, Verified } from "../../src/chain/transaction.ts";
import { nodeSignatures } from "../../src/host/node-crypto.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import { createNetwork, type Network } from "../../src/sim/network.ts";
import { createCheckedSignatures } from "../../src/validator/checked-signatures.ts";
import type { Report } from "../../src/validator/contract.ts";

export const crypto: Crypto = {
  signatures: createCheckedSignatures(nodeSignatures.ed25519),
  poh: portablePohKernel,
};

export const sol = 1_000_000_000n;

/** One-slot rotations and the shortest epochs, so that leaders and epochs change often. */
export function paramsOf(overrides: Partial<ChainParams> = {}): ChainParams {
  const params = createParams("lab", { slotsPerEpoch: 32, slotsPerRotation: 1, hashesPerTick: 8, ...overrides });
  if (!params.ok) throw new Error(JSON.stringify(params.facts));
  return params.value;
}

/** Stakes of 600, 300 and 100 SOL; six accounts of 1000 SOL. */
export function networkOf(overrides: Partial<ChainParams> = {}, seed = "attack"): Network {
  const plan = {
    seed,
    params: paramsOf(overrides),
    creationTime: 1_700_000_000,
    validators: [{ stake: 600n * sol }, { stake: 300n * sol }, { stake: 100n * sol }],
    accounts: 6,
    accountLamports: 1000n * sol,
  };
  const network = createNetwork(plan, crypto.signatures);
  if (!network.ok) throw new Error(network.code);
  return network.value;
}

/** Somebody without money, stake or a part in the network. */
export function strangerOf(name: string): Keypair {
  return crypto.signatures.createKeypair(sha256(new TextEncoder().encode(`stranger ${name}`)));
}

/** The System program's transfer, byte by byte: u32 2, then the amount's eight bytes, whatever they are. */
export function transferWith(from: Address, to: Address, amount: Uint8Array): InstructionRequest {
  return {
    programAddress: systemProgramAddress,
    accounts: [
      { address: from, isSigner: true, isWritable: true },
      { address: to, isSigner: false, isWritable: true },
    ],
    data: new ByteWriter().u32(2).bytes(amount).finish(),
  };
}

export function u64Bytes(value: bigint): Uint8Array {
  return new ByteWriter(8).u64(value).finish();
}

export function transfer(from: Keypair, to: Address, lamports: bigint, recentBlockhash: Hash): Verified<Transaction> {
  const instructions = [transferWith(from.address, to, u64Bytes(lamports))];
  return createTransaction({ scheme: crypto.signatures, feePayer: from, instructions, recentBlockhash });
}

/** Identity key pairs by address. */
export function keysOf(network: Network): ReadonlyMap<Address, Keypair> {
  return new Map(network.validators.map(({ identity }) => [identity.address, identity]));
}

export type AttackChain = {
  readonly network: Network;
  readonly chain: Chain;
  readonly blocks: readonly Block[];
  /** banks[i] is the parent of blocks[i]; the last is the head. */
  readonly banks: readonly Bank[];
  readonly keys: ReadonlyMap<Address, Keypair>;
  readonly cluster: Cluster;
  readonly reports: readonly Report[];
};

/** The chain of a cluster: two transfers in each slot, votes of all three validators, some slots skipped on demand. */
export function buildAttackChain(
  options: {
    readonly slots?: number;
    readonly params?: Partial<ChainParams>;
    readonly seed?: string;
    readonly beforeSlot?: (cluster: Cluster, slot: number) => void;
  } = {},
): AttackChain {
  const network = networkOf(options.params, options.seed);
  const blocks: Block[] = [];
  const banks: Bank[] = [];
  const reports: Report[] = [];
  const cluster: Cluster = new Cluster({
    network,
    crypto,
    onReport(node, report) {
      reports.push(report);
      if (node !== network.validators.length || report.type !== "block-added") return;
      blocks.push(report.block);
      banks.push(report.bank);
    },
  });
  banks.push(createGenesisBank(cluster.chain));
  const [alice, bob, carol] = network.accounts as [Keypair, Keypair, Keypair];
  for (let slot = 1; slot <= (options.slots ?? 12); slot++) {
    options.beforeSlot?.(cluster, slot);
    const { blockhash } = cluster.observing.consensus.head().bank;
    cluster.submit([
      transfer(alice, bob.address, 1_000_000n + BigInt(slot), blockhash),
      transfer(bob, carol.address, 2_000_000n + BigInt(slot), blockhash),
    ]);
    cluster.advanceSlot();
  }
  return { network, chain: cluster.chain, blocks, banks, keys: keysOf(network), cluster, reports };
}

/** Honest blocks without a cluster: each slot's leader includes what it is given. */
export function growChain(
  network: Network,
  slots: readonly number[],
  transactionsAt: (slot: number, parent: Bank) => readonly Verified<Transaction>[] = () => [],
): { chain: Chain; blocks: Block[]; banks: Bank[] } {
  const chain = createChain(network.genesis, crypto);
  const keys = keysOf(network);
  const blocks: Block[] = [];
  const banks = [createGenesisBank(chain)];
  for (const slot of slots) {
    const parent = banks.at(-1)!;
    const leader = keys.get(leaderAfter(chain, parent, slotOf(slot)).identity)!;
    const candidates = transactionsAt(slot, parent).map((transaction) => ({ transaction, computeUnitLimit: 3000 }));
    const { block, bank } = produceBlock(chain, parent, slotOf(slot), leader, candidates);
    blocks.push(block);
    banks.push(bank);
  }
  return { chain, blocks, banks };
}

export function leaderOf(chain: Chain, parent: Bank, slot: number): Address {
  return leaderAfter(chain, parent, slotOf(slot)).identity;
}

/** 64 bytes in the place of a signature that the attacker cannot make. */
export const noSignature = new Uint8Array(64);

export type ForgedPlan = {
  readonly slot: number;
  /** In whose name. */
  readonly leader: Address;
  /** Who signs; null: nobody. */
  readonly signer: Keypair | null;
  /** One entry each. */
  readonly batches: readonly (readonly Transaction[])[];
  /** The replayed state's, unless told. */
  readonly stateHash?: Hash;
};

/** A block with a true Proof of History, id and state hash, but bound by no other rule. */
export function forgeBlock(chain: Chain, parent: Bank, plan: ForgedPlan): Block {
  const slot = slotOf(plan.slot);
  const { ticksPerSlot, hashesPerTick } = chain.params;
  const recorder = createPohRecorder({
    startHash: hashBytes(parent.blockhash),
    hashesPerTick,
    ticksTotal: (slot - parent.slot) * ticksPerSlot,
    kernel: crypto.poh,
  });
  const entries: Entry[] = [];
  const tick = () => entries.push({ ...recorder.tick(), transactions: [] });
  while (recorder.ticksDone < (slot - parent.slot - 1) * ticksPerSlot) tick();
  const working = openBank(chain, parent, slot, plan.leader);
  for (const transactions of plan.batches) {
    const mixin = computeMixin(transactions.flatMap(({ signatures }) => signatures));
    if (recorder.hashesLeftInTick === 1) tick();
    entries.push({ ...recorder.record(mixin)!, transactions });
    for (const transaction of transactions) executeInBank(working, transaction as Verified<Transaction>);
  }
  while (recorder.ticksDone < (slot - parent.slot) * ticksPerSlot) tick();
  const blockhash = lastHash(entries, parent.blockhash);
  const content = {
    slot,
    parentSlot: parent.slot,
    parentId: parent.blockId,
    leader: plan.leader,
    entries,
    stateHash: plan.stateHash ?? freezeBank(working, blockhash).stateHash,
  };
  return sealContent(chain, content, plan.signer);
}

function sealContent(
  chain: Chain,
  content: Omit<Block, "blockId" | "blockhash" | "signature">,
  signer: Keypair | null,
) {
  const blockId = computeBlockId(content, chain.genesisHash);
  const message = blockSignatureMessage(blockId);
  return {
    ...content,
    blockId,
    blockhash: lastHash(content.entries, content.parentId),
    signature: signer === null ? noSignature : crypto.signatures.sign(message, signer),
  };
}

/** The block with changes, its id computed anew, signed by `signer` (null: not at all). */
export function resealBlock(chain: Chain, block: Block, changes: Partial<Block>, signer: Keypair | null): Block {
  const { slot, parentSlot, parentId, leader, entries, stateHash } = { ...block, ...changes };
  return sealContent(chain, { slot, parentSlot, parentId, leader, entries, stateHash }, signer);
}

export function firstSlotAfter(bank: Bank): Slot {
  return slotOf(bank.slot + 1);
}
