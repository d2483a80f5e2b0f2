/** What the attacks on transactions share: one network at its genesis, payments on it, and one slot's block of them. */
import { expect } from "vitest";
import { ByteWriter } from "../../src/base/bytes.ts";
import { accountAt } from "../../src/chain/accounts-tree.ts";
import { applyBlock } from "../../src/chain/apply-block.ts";
import { type Bank, createGenesisBank } from "../../src/chain/bank.ts";
import { type Chain, createChain } from "../../src/chain/chain.ts";
import { createTransaction, type InstructionRequest } from "../../src/chain/create-transaction.ts";
import type { Keypair, SignatureScheme } from "../../src/chain/crypto.ts";
import type { Address } from "../../src/chain/ids.ts";
import type { ChainParams } from "../../src/chain/params.ts";
import { parseTransaction, verifyTransactionSignatures } from "../../src/chain/parse-transaction.ts";
import { produceBlock } from "../../src/chain/produce-block.ts";
import type { Transaction, Verified } from "../../src/chain/transaction.ts";
import { verifyChain } from "../../src/chain/verify-chain.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import type { Report } from "../../src/validator/contract.ts";
import { standardLimits, type ValidatorLimits } from "../../src/validator/validator.ts";
import {
  crypto,
  firstSlotAfter,
  keysOf,
  leaderOf,
  networkOf,
  transfer,
  transferWith,
  u64Bytes,
} from "../support/attack-chain.ts";

export const { signatures } = crypto;
export const network = networkOf();
export const [alice, bob, carol, dave] = network.accounts as [Keypair, Keypair, Keypair, Keypair];
export const chain = createChain(network.genesis, crypto);
export const genesisBank = createGenesisBank(chain);
export const fee = 5000n;
export const balanceIn = (bank: Bank, { address }: { address: Address }) =>
  accountAt(bank.accounts, address)?.lamports ?? 0n;

/** What slot 1's leader makes of these transactions, verified by everybody else. */
export function land(transactions: readonly Verified<Transaction>[], parent = genesisBank, on: Chain = chain) {
  const slot = firstSlotAfter(parent);
  const leader = keysOf(network).get(leaderOf(on, parent, slot))!;
  const candidates = transactions.map((transaction) => ({ transaction, computeUnitLimit: 3000 }));
  const produced = produceBlock(on, parent, slot, leader, candidates);
  const applied = applyBlock(on, parent, produced.block);
  if (!applied.ok) throw new Error(applied.code);
  expect(applied.value.stateHash).toBe(produced.bank.stateHash);
  const { bank, barred, block } = produced;
  return { bank, block, errors: bank.results.map(({ error }) => error), barred: barred.map(({ error }) => error) };
}

export function transactionOf(
  from: Keypair,
  instructions: readonly InstructionRequest[],
  recentBlockhash = genesisBank.blockhash,
) {
  return createTransaction({ scheme: signatures, feePayer: from, instructions, recentBlockhash });
}

export const pay = (from: Keypair, to: Keypair, lamports: bigint, at: Bank = genesisBank) =>
  transfer(from, to.address, lamports, at.blockhash);

export const border = (bytes: Uint8Array, scheme: SignatureScheme = signatures, params: ChainParams = chain.params) => {
  const parsed = parseTransaction(bytes, params);
  return parsed.ok ? verifyTransactionSignatures(parsed.value, scheme) : parsed;
};

export function startCluster(limits: Partial<ValidatorLimits> = {}) {
  const reports: Report[] = [];
  const blocks: Parameters<typeof applyBlock>[2][] = [];
  const cluster: Cluster = new Cluster({
    network,
    crypto,
    limits: { ...standardLimits, ...limits },
    onReport(node, report) {
      if (report.type === "block-added" && node === network.validators.length) blocks.push(report.block);
      else reports.push(report);
    },
  });
  const head = () => cluster.observing.consensus.head().bank;
  const verified = () => verifyChain({ genesis: network.genesis, blocks, crypto });
  return { cluster, reports, head, verified };
}

/** The amount's eight bytes as a careless client would write a float. */
export function floatBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

/** Asks for a compute unit price, in micro-lamports. */
export const budget = (price: bigint): InstructionRequest => ({
  programAddress: "ComputeBudget111111111111111111111111111111" as Address,
  accounts: [],
  data: new ByteWriter().u8(3).u64(price).finish(),
});
export const priced = (from: Keypair, price: bigint, to: Keypair = bob) =>
  transactionOf(from, [budget(price), transferWith(from.address, to.address, u64Bytes(price + 1n))]);
