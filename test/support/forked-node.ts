/**
 * A node whose every step a test decides: which block on which parent, what the head is, what is confirmed or final.
 *
 *     const node = createForkedNode();
 *     const b1 = node.block({ slot: 1, transactions: [node.transfer(0, 1, 5n)] });     // a child of genesis
 *     node.add(b1); node.head(b1); node.confirm(b1); node.finalize(b1);               // each one report
 *
 * Banks, blocks and the ledger are real; there is no consensus.
 */
import type { Bank } from "../../src/chain/bank.ts";
import { createGenesisBank } from "../../src/chain/bank.ts";
import type { Block } from "../../src/chain/block.ts";
import { type Chain, createChain } from "../../src/chain/chain.ts";
import { createTransaction } from "../../src/chain/create-transaction.ts";
import { type Address, type Signature, slotOf } from "../../src/chain/ids.ts";
import { produceBlock } from "../../src/chain/produce-block.ts";
import type { Transaction, Verified } from "../../src/chain/transaction.ts";
import { createVoteInstruction } from "../../src/chain/vote-instruction.ts";
import { createLedger } from "../../src/rpc/ledger.ts";
import type { Commitment, NodeView } from "../../src/rpc/node-view.ts";
import type { Report } from "../../src/validator/contract.ts";
import { crypto, networkOf, transfer } from "./attack-chain.ts";

export type ForkedNode = {
  readonly chain: Chain;
  readonly view: NodeView;
  readonly genesisBank: Bank;
  readonly address: (account: number) => Address;
  /** Names genesis as its blockhash, so that it can land on any fork. */
  readonly transfer: (from: number, to: number, lamports: bigint) => Verified<Transaction>;
  /** The first validator's vote for a block, as a transaction that names that block's hash. */
  readonly vote: (bank: Bank) => Verified<Transaction>;
  /** The address of the account that `vote` votes with. */
  readonly voteAccount: Address;
  /** A child of `parent` (default: genesis), known to nobody yet. */
  readonly block: (plan: {
    readonly slot: number;
    readonly parent?: Bank;
    readonly transactions?: readonly Verified<Transaction>[];
  }) => Bank;
  readonly add: (bank: Bank) => void;
  readonly head: (bank: Bank) => void;
  readonly confirm: (bank: Bank) => void;
  readonly finalize: (bank: Bank) => void;
  /** Called with each report, after the ledger. */
  readonly onReport: (listener: (report: Report) => void) => void;
  /** Signatures handed to `view.submit`. */
  readonly submitted: readonly Signature[];
};

export function createForkedNode(): ForkedNode {
  const network = networkOf({ hashesPerTick: 2, ticksPerSlot: 2, slotsPerEpoch: 8192 }, "forked");
  const chain = createChain(network.genesis, crypto);
  const genesisBank = createGenesisBank(chain);
  const ledger = createLedger({ chain });
  const blocks = new Map<string, Block>();
  const banks: Record<Commitment, Bank> = { processed: genesisBank, confirmed: genesisBank, finalized: genesisBank };
  const submitted: Signature[] = [];
  let listener: (report: Report) => void = () => {};
  const report = (told: Report): void => {
    ledger.onReport(told);
    listener(told);
  };
  const account = (index: number) => network.accounts[index]!;
  const { identity: leader, voteAccount } = network.validators[0]!;
  return {
    chain,
    genesisBank,
    submitted,
    view: {
      chain,
      identity: leader.address,
      version: "0.0.0",
      ledger,
      bank: (commitment) => banks[commitment],
      peers: () => [],
      rpcAddress: () => null,
      submit: (transactions) => {
        submitted.push(...transactions.map(({ signature }) => signature));
        return new Map();
      },
      airdrop: () => ({ ok: false, code: "faucet-empty", facts: {} }),
      slotsBehind: () => null,
    },
    address: (index) => account(index).address,
    transfer: (from, to, lamports) => transfer(account(from), account(to).address, lamports, chain.genesisHash),
    voteAccount,
    vote({ slot, blockId, blockhash, unixTimestamp }) {
      const votes = [{ slot, confirmationCount: 1 }];
      const tower = { root: null, votes, hash: blockId, blockId, timestamp: BigInt(unixTimestamp) };
      return createTransaction({
        scheme: crypto.signatures,
        feePayer: leader,
        instructions: [createVoteInstruction({ voteAccount, authorizedVoter: leader.address, tower })],
        recentBlockhash: blockhash,
      });
    },
    block({ slot, parent = genesisBank, transactions = [] }) {
      const candidates = transactions.map((transaction) => ({ transaction, computeUnitLimit: 1000 }));
      const { block, bank, barred } = produceBlock(chain, parent, slotOf(slot), leader, candidates);
      if (barred.length > 0) throw new Error(`barred: ${JSON.stringify(barred.map(({ error }) => error))}`);
      blocks.set(bank.blockId, block);
      return bank;
    },
    add: (bank) => report({ type: "block-added", block: blocks.get(bank.blockId)!, bank }),
    head(bank) {
      const previous = banks.processed.blockId;
      banks.processed = bank;
      report({ type: "head-changed", bank, previous });
    },
    confirm(bank) {
      banks.confirmed = bank;
      report({ type: "block-confirmed", bank });
    },
    finalize(bank) {
      banks.finalized = bank;
      report({ type: "block-finalized", bank });
    },
    onReport(next) {
      listener = next;
    },
  };
}
