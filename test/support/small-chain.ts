/**
 * A real chain in memory, small enough for a unit test: a few validators that lead in turn and vote on every block, a
 * faucet, the ledger fed as an observer feeds it, and a NodeView over all of it.
 *
 *     const small = createSmallChain();
 *     small.produce();                                     the next slot's block, with every validator's vote for its parent
 *     small.produce({ slot: 5, transactions: [transfer] })  slots 2 to 4 are skipped
 *
 * Confirmed is one block behind the newest, finalized three, unless told otherwise.
 */

import { createNoopSigner } from "@solana/kit";
import { getTransferSolInstruction } from "@solana-program/system";
import { assert, assertDefined } from "../../src/base/assert.ts";
import { accept, formatRefusal, type Refusal, refuse } from "../../src/base/refusal.ts";
import { applyBlock } from "../../src/chain/apply-block.ts";
import { type Bank, createGenesisBank } from "../../src/chain/bank.ts";
import type { Block } from "../../src/chain/block.ts";
import { type Chain, createChain } from "../../src/chain/chain.ts";
import { createTransaction, type InstructionRequest } from "../../src/chain/create-transaction.ts";
import type { Keypair } from "../../src/chain/crypto.ts";
import { createGenesis } from "../../src/chain/genesis.ts";
import { type Address, lamportsOf, lamportsPerSol, slotOf } from "../../src/chain/ids.ts";
import { leaderAfter } from "../../src/chain/leaders.ts";
import { type ChainParams, createParams } from "../../src/chain/params.ts";
import { portablePohKernel } from "../../src/chain/poh-kernel.ts";
import { produceBlock } from "../../src/chain/produce-block.ts";
import { portableSignatures } from "../../src/chain/signature-schemes.ts";
import type { Transaction, Verified } from "../../src/chain/transaction.ts";
import { emptyTower, recordVote, type Tower } from "../../src/consensus/tower.ts";
import { createVote } from "../../src/consensus/vote.ts";
import { createLedger, type LedgerOptions } from "../../src/rpc/ledger.ts";
import type { Commitment, NodeView } from "../../src/rpc/node-view.ts";
import { keypairOf, requestOf } from "./transactions.ts";

export type SmallChainOptions = {
  readonly params?: Partial<ChainParams>;
  readonly validators?: number;
  readonly creationTime?: number;
  readonly firstSlot?: number;
  /** Blocks behind the newest. */
  readonly confirmedLag?: number;
  readonly finalizedLag?: number;
  readonly ledger?: Omit<LedgerOptions, "chain">;
};

export type ProduceOptions = {
  readonly slot?: number;
  /** Whatever was submitted and has not landed, when absent. */
  readonly transactions?: readonly Verified<Transaction>[];
  readonly votes?: boolean;
  /** The newest block, when absent; another one makes a fork, which becomes the newest. */
  readonly parent?: Bank;
};

export type SmallValidator = {
  readonly identity: Keypair;
  readonly voteAccount: Address;
  readonly stakeAccount: Address;
};

export type SmallChain = ReturnType<typeof createSmallChain>;

/** Short epochs, a cheap clock. */
const smallParams: Partial<ChainParams> = { slotsPerEpoch: 32, ticksPerSlot: 2, hashesPerTick: 8, blockhashTtl: 10 };

function validatorNamed(index: number): SmallValidator {
  return {
    identity: keypairOf(`identity ${index}`),
    voteAccount: keypairOf(`vote ${index}`).address,
    stakeAccount: keypairOf(`stake ${index}`).address,
  };
}

export function createSmallChain(options: SmallChainOptions = {}) {
  const { confirmedLag = 1, finalizedLag = 3 } = options;
  const faucet = keypairOf("faucet");
  const validators = Array.from({ length: options.validators ?? 3 }, (_, index) => validatorNamed(index));
  const chain = createSmallGenesis(options, faucet, validators);
  const ledger = createLedger({ chain, ...options.ledger });
  const towers = new Map<SmallValidator, Tower>();
  const pending: Verified<Transaction>[] = [];
  /** Of the newest block's fork, genesis first. */
  let branch: Bank[] = [createGenesisBank(chain)];
  let behind: number | null = null;
  ledger.seed(branch[0]!);

  const bankAt = (lag: number) => branch[Math.max(0, branch.length - 1 - lag)]!;
  const bankOf = (commitment: Commitment) =>
    bankAt({ processed: 0, confirmed: confirmedLag, finalized: finalizedLag }[commitment]);

  function voteOf(validator: SmallValidator, bank: Bank): Verified<Transaction> {
    const tower = recordVote(towers.get(validator) ?? emptyTower, bank.slot, bank.blockId);
    towers.set(validator, tower);
    const { identity, voteAccount } = validator;
    const { blockId, blockhash: recentBlockhash } = bank;
    const timestamp = BigInt(bank.unixTimestamp);
    const scheme = chain.crypto.signatures;
    return createVote({ scheme, identity, voteAccount, tower, blockId, recentBlockhash, timestamp }).transaction;
  }

  function produce(wanted: ProduceOptions = {}): { readonly block: Block; readonly bank: Bank } {
    const parent = wanted.parent ?? bankAt(0);
    const slot = slotOf(wanted.slot ?? parent.slot + 1);
    const leader = leaderAfter(chain, parent, slot).identity;
    const { identity } = assertDefined(
      validators.find((validator) => validator.identity.address === leader),
      "a leader that is a validator",
    );
    const canVote = wanted.votes !== false && parent.height > 0;
    const votes = canVote ? validators.map((validator) => voteOf(validator, parent)) : [];
    const transactions = [...votes, ...(wanted.transactions ?? pending.splice(0))];
    const candidates = transactions.map((transaction) => ({ transaction, computeUnitLimit: 10_000 }));
    const produced = produceBlock(chain, parent, slot, identity, candidates);
    assert(produced.barred.length === 0, `barred: ${JSON.stringify(produced.barred.map(({ error }) => error))}`);
    const applied = applyBlock(chain, parent, produced.block);
    assert(applied.ok, applied.ok ? "" : formatRefusal(applied));
    adopt(parent, produced.block, applied.value);
    return { block: produced.block, bank: applied.value };
  }

  function adopt(parent: Bank, block: Block, bank: Bank): void {
    const previous = bankAt(0).blockId;
    const finalized = bankOf("finalized").height;
    branch = [...branch.slice(0, branch.indexOf(parent) + 1), bank];
    ledger.onReport({ type: "block-added", block, bank });
    ledger.onReport({ type: "head-changed", bank, previous });
    ledger.onReport({ type: "block-confirmed", bank: bankOf("confirmed") });
    for (let height = finalized + 1; height <= bankOf("finalized").height; height++) {
      ledger.onReport({ type: "block-finalized", bank: branch[height]! });
    }
  }

  function createSigned(
    feePayer: Keypair,
    instructions: readonly InstructionRequest[],
    version: "legacy" | 0 = "legacy",
  ): Verified<Transaction> {
    const scheme = chain.crypto.signatures;
    return createTransaction({ scheme, feePayer, instructions, recentBlockhash: bankAt(0).blockhash, version });
  }

  function transfer(
    from: Keypair,
    to: Address,
    lamports: bigint,
    version: "legacy" | 0 = "legacy",
  ): Verified<Transaction> {
    const source = createNoopSigner(from.address);
    const instruction = getTransferSolInstruction({ source, destination: to, amount: lamports });
    return createSigned(from, [requestOf(instruction)], version);
  }

  function submit(transaction: Verified<Transaction>): Refusal | null {
    if (pending.some(({ messageHash }) => messageHash === transaction.messageHash)) return refuse("mempool-duplicate");
    if (pending.length >= 10) return refuse("mempool-full", { transactionsMax: 10 });
    pending.push(transaction);
    return null;
  }

  const view: NodeView = {
    chain,
    identity: keypairOf("observer").address,
    version: "0.1.0",
    ledger,
    bank: bankOf,
    peers: () =>
      validators.map(({ identity, voteAccount }) => ({ identity: identity.address, voteAccount, online: true })),
    rpcAddress: () => "127.0.0.1:8899",
    submit: (transactions) =>
      new Map(
        transactions.flatMap((transaction) => {
          const refusal = submit(transaction);
          return refusal === null ? [] : [[transaction.signature, refusal]];
        }),
      ),
    airdrop(to, lamports) {
      if (lamports === 0n) return refuse("airdrop-amount-invalid", { lamports });
      const transaction = transfer(faucet, to, lamports);
      return submit(transaction) ?? accept(transaction.signature);
    },
    slotsBehind: () => behind,
  };

  return {
    chain,
    view,
    ledger,
    faucet,
    validators,
    pending,
    produce,
    transfer,
    createSigned,
    head: () => bankAt(0),
    setSlotsBehind(slots: number | null) {
      behind = slots;
    },
  };
}

function createSmallGenesis(options: SmallChainOptions, faucet: Keypair, validators: readonly SmallValidator[]): Chain {
  const params = createParams("lab", { ...smallParams, ...options.params });
  assert(params.ok, params.ok ? "" : formatRefusal(params));
  const scheme = portableSignatures[params.value.signatureScheme];
  const genesis = createGenesis(
    {
      params: params.value,
      creationTime: options.creationTime ?? 1_700_000_000,
      firstSlot: options.firstSlot ?? 0,
      balances: new Map([
        [faucet.address, lamportsOf(1_000_000n * lamportsPerSol)],
        ...validators.map(({ identity }) => [identity.address, lamportsOf(10n * lamportsPerSol)] as const),
      ]),
      registrations: validators.map(({ identity, voteAccount, stakeAccount }, index) => ({
        identity: identity.address,
        voteAccount,
        stakeAccount,
        stake: lamportsOf(BigInt(1000 - 100 * index) * lamportsPerSol),
        commission: 5,
        source: faucet.address,
      })),
    },
    scheme,
  );
  assert(genesis.ok, genesis.ok ? "" : formatRefusal(genesis));
  return createChain(genesis.value, { signatures: scheme, poh: portablePohKernel });
}
