/**
 * One validator's whole memory: plain parts, changed only by `step` (step.ts).
 *
 * An observer is a validator without a vote account: it follows the chain, never leads, never votes. The devnet's RPC
 * stands on one, so that no fault of a validator takes the door away.
 */
import type { Bank } from "../chain/bank.ts";
import { createGenesisBank } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import type { Chain } from "../chain/chain.ts";
import type { Keypair } from "../chain/crypto.ts";
import type { Address, Hash, Slot } from "../chain/ids.ts";
import { type BlockTree, createBlockTree } from "../consensus/block-tree.ts";
import type { Consensus } from "../consensus/consensus.ts";
import { emptyTower, type Tower } from "../consensus/tower.ts";
import { createTowerBft } from "../consensus/tower-bft.ts";
import { type CatchUp, createCatchUp } from "./catch-up.ts";
import { createMempool, type Mempool } from "./mempool.ts";
import type { SeenOffence } from "./offences.ts";
import type { SharedWork } from "./shared-work.ts";

export type ValidatorLimits = {
  readonly mempoolTransactionsMax: number;
  readonly mempoolTransactionsPerPayerMax: number;
  readonly mempoolBytesMax: number;
  /** What landed and is not final: an observer holds it aside. */
  readonly mempoolAsideMax: number;
  readonly mempoolAsideBytesMax: number;
  /** Blocks whose parent is missing. */
  readonly orphansMax: number;
  /** Of them, blocks of one leader. */
  readonly orphansPerLeaderMax: number;
  /** Blocks whose slot has not begun. */
  readonly earlyBlocksMax: number;
  /** How far ahead of the own clock a block may be to be held for its slot. */
  readonly slotsAheadMax: number;
  /** Blocks of one leader for one slot that join the tree by themselves. */
  readonly versionsMax: number;
  /** Blocks of the tree that lie on no fork this validator follows. */
  readonly strayBlocksMax: number;
  /** Rooted blocks kept for peers that are further behind. */
  readonly archiveBlocksMax: number;
};

export const standardLimits: ValidatorLimits = {
  mempoolTransactionsMax: 50_000,
  mempoolTransactionsPerPayerMax: 25_000,
  mempoolBytesMax: 64_000_000,
  // More than a minute of blocks at some thousand transfers a second.
  mempoolAsideMax: 500_000,
  mempoolAsideBytesMax: 128_000_000,
  orphansMax: 256,
  orphansPerLeaderMax: 96,
  earlyBlocksMax: 64,
  slotsAheadMax: 8,
  versionsMax: 3,
  strayBlocksMax: 1024,
  archiveBlocksMax: 512,
};

export type Validator = {
  readonly chain: Chain;
  readonly identity: Keypair;
  /** Null for an observer. */
  readonly voteAccount: Address | null;
  readonly work: SharedWork;
  readonly limits: ValidatorLimits;
  readonly tree: BlockTree;
  readonly consensus: Consensus;
  readonly mempool: Mempool;
  /** By the id of the missing parent, oldest first. */
  readonly orphans: Map<Hash, { readonly block: Block; readonly from: Address }[]>;
  /** Sound blocks that wait for their slot to begin, in order of arrival. */
  readonly early: { readonly block: Block; readonly from: Address }[];
  readonly catchUp: CatchUp;
  readonly offences: SeenOffence[];
  /** The slot its clock is in. */
  slot: Slot;
  tower: Tower;
  /** What was reported last. */
  head: Hash;
  confirmed: Hash;
  finalized: Hash;
  /** Reason and block of the vote that was held back last. */
  held: string | null;
};

export function createValidator(options: {
  readonly chain: Chain;
  readonly identity: Keypair;
  readonly voteAccount: Address | null;
  readonly work: SharedWork;
  readonly limits?: ValidatorLimits;
  readonly genesisBank?: Bank;
}): Validator {
  const { chain, limits = standardLimits } = options;
  const bank = options.genesisBank ?? createGenesisBank(chain);
  const tree = createBlockTree(bank);
  return {
    chain,
    identity: options.identity,
    voteAccount: options.voteAccount,
    work: options.work,
    limits,
    tree,
    consensus: createTowerBft(tree, options.work.places),
    mempool: createMempool({
      transactionsMax: limits.mempoolTransactionsMax,
      transactionsPerPayerMax: limits.mempoolTransactionsPerPayerMax,
      bytesMax: limits.mempoolBytesMax,
      asideMax: limits.mempoolAsideMax,
      asideBytesMax: limits.mempoolAsideBytesMax,
    }),
    orphans: new Map(),
    early: [],
    catchUp: createCatchUp(),
    offences: [],
    slot: bank.slot,
    tower: emptyTower,
    head: bank.blockId,
    confirmed: bank.blockId,
    finalized: bank.blockId,
    held: null,
  };
}
