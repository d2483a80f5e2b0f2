/**
 * Small real chains for tests of the chain's modules, built block by block without a cluster.
 *
 *     const built = createTestChain({ stakes: [600n, 400n], params: { slotsPerEpoch: 32 } });
 *     const { block, bank } = produceAt(built, built.genesisBank, 1, [transfer(alice, bob.address, 5n, built.genesisBank)]);
 */
import { ByteWriter } from "../../src/base/bytes.ts";
import type { Outcome } from "../../src/base/refusal.ts";
import { systemProgramAddress } from "../../src/chain/addresses.ts";
import { type Bank, createGenesisBank } from "../../src/chain/bank.ts";
import {
  type Block,
  type BlockContent,
  blockSignatureMessage,
  computeBlockId,
  lastHash,
} from "../../src/chain/block.ts";
import { type Chain, createChain } from "../../src/chain/chain.ts";
import { createTransaction, type InstructionRequest } from "../../src/chain/create-transaction.ts";
import type { Crypto, Keypair } from "../../src/chain/crypto.ts";
import { type Address, type Hash, lamportsPerSol, slotOf } from "../../src/chain/ids.ts";
import { leaderAfter } from "../../src/chain/leaders.ts";
import { type ChainParams, createParams } from "../../src/chain/params.ts";
import { portablePohKernel } from "../../src/chain/poh-kernel.ts";
import { type ProducedBlock, produceBlock } from "../../src/chain/produce-block.ts";
import type { Transaction, Verified } from "../../src/chain/transaction.ts";
import { nodeSignatures } from "../../src/host/node-crypto.ts";
import { createNetwork, type Network, type StakePlan } from "../../src/sim/network.ts";
import { createCheckedSignatures } from "../../src/validator/checked-signatures.ts";

export const testCrypto: Crypto = {
  signatures: createCheckedSignatures(nodeSignatures.ed25519),
  poh: portablePohKernel,
};

export function must<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.code} ${Object.values(outcome.facts).join(", ")}`);
  return outcome.value;
}

/** The smallest clock there is (two hashes a slot), the shortest epochs, and one slot a rotation. */
export function testParams(overrides: Partial<ChainParams> = {}): ChainParams {
  const small = {
    stakeMinimumDelegation: 1n,
    slotsPerEpoch: 32,
    slotsPerRotation: 1,
    ticksPerSlot: 1,
    hashesPerTick: 2,
  };
  return must(createParams("lab", { ...small, ...overrides }));
}

export type TestChainPlan = {
  readonly seed?: string;
  readonly params?: Partial<ChainParams>;
  /** In whole SOL. */
  readonly stakes?: readonly bigint[];
  /** Percent, of the validators in order; 5 where there is none. */
  readonly commissions?: readonly number[];
  /** Stake accounts beside the validators' own. */
  readonly stakeAccounts?: readonly StakePlan[];
  readonly accounts?: number;
  readonly accountLamports?: bigint;
  readonly firstSlot?: number;
};

export type TestChain = {
  readonly network: Network;
  readonly chain: Chain;
  readonly genesisBank: Bank;
  readonly keys: ReadonlyMap<Address, Keypair>;
};

export function createTestNetwork(plan: TestChainPlan = {}): Network {
  const { seed = "test", stakes = [600n, 300n, 100n], accounts = 4, accountLamports = 1000n * lamportsPerSol } = plan;
  return must(
    createNetwork(
      {
        seed,
        params: testParams(plan.params),
        creationTime: 1_700_000_000,
        firstSlot: plan.firstSlot ?? 0,
        validators: stakes.map((stake, i) => ({
          stake: stake * lamportsPerSol,
          commission: plan.commissions?.[i] ?? 5,
        })),
        accounts,
        accountLamports,
        stakes: plan.stakeAccounts ?? [],
      },
      testCrypto.signatures,
    ),
  );
}

export function createTestChain(plan: TestChainPlan = {}): TestChain {
  const network = createTestNetwork(plan);
  const chain = createChain(network.genesis, testCrypto);
  const keys = new Map(network.validators.map(({ identity }) => [identity.address, identity]));
  return { network, chain, genesisBank: createGenesisBank(chain), keys };
}

export function leaderKeyAt({ chain, keys }: TestChain, parent: Bank, slot: number): Keypair {
  return keys.get(leaderAfter(chain, parent, slotOf(slot)).identity)!;
}

/** The block of the slot's leader; candidates may consume 5000 compute units each. */
export function produceAt(
  built: TestChain,
  parent: Bank,
  slot: number,
  transactions: readonly Verified<Transaction>[] = [],
): ProducedBlock {
  const candidates = transactions.map((transaction) => ({ transaction, computeUnitLimit: 5000 }));
  return produceBlock(built.chain, parent, slotOf(slot), leaderKeyAt(built, parent, slot), candidates);
}

/** The bank after empty blocks at these slots. */
export function extend(built: TestChain, parent: Bank, slots: readonly number[]): Bank {
  return slots.reduce((bank, slot) => produceAt(built, bank, slot).bank, parent);
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

export function transferInstruction(from: Address, to: Address, lamports: bigint): InstructionRequest {
  return {
    programAddress: systemProgramAddress,
    accounts: [
      { address: from, isSigner: true, isWritable: true },
      { address: to, isSigner: false, isWritable: true },
    ],
    data: new ByteWriter().u32(2).u64(lamports).finish(),
  };
}

export function transfer(
  from: Keypair,
  to: Address,
  lamports: bigint,
  recent: { readonly blockhash: Hash },
): Verified<Transaction> {
  return createTransaction({
    scheme: testCrypto.signatures,
    feePayer: from,
    instructions: [transferInstruction(from.address, to, lamports)],
    recentBlockhash: recent.blockhash,
  });
}

/** The block with changes, its id computed anew and signed by `signer`. */
export function reseal(chain: Chain, block: Block, changes: Partial<BlockContent>, signer: Keypair): Block {
  const { slot, parentSlot, parentId, leader, entries, stateHash } = { ...block, ...changes };
  const content = { slot, parentSlot, parentId, leader, entries, stateHash };
  const blockId = computeBlockId(content, chain.genesisHash);
  const signature = chain.crypto.signatures.sign(blockSignatureMessage(blockId), signer);
  return { ...content, blockId, blockhash: lastHash(entries, parentId), signature };
}
