/**
 * A bank: the whole state after one block of one fork. It never changes; the next block makes a new one that shares
 * almost everything with it.
 *
 *     bank(slot 7) ──openBank(slot 8)──> working bank ──executeInBank(tx)…──> freezeBank(last PoH hash) ──> bank(slot 8)
 *
 * The leader and every replaying validator walk this same path, so they get the same bytes. Money is checked when a
 * bank freezes: what its accounts gained or lost must be exactly what was minted and burned.
 */
import { assert } from "../base/assert.ts";
import { ByteWriter, utf8Bytes } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import { type AccountsOverlay, createAccountsOverlay } from "./accounts-overlay.ts";
import {
  type AccountsTree,
  accountAt,
  accountsHash,
  applyAccountChanges,
  applySortedChanges,
  emptyAccounts,
} from "./accounts-tree.ts";
import { voteProgramAddress } from "./addresses.ts";
import type { BlockReward } from "./block-reward.ts";
import { type Chain, timeOf } from "./chain.ts";
import { type CommissionTable, commissionTableDigest } from "./commission-table.ts";
import { depositRevenue } from "./deposit.ts";
import { freezeGenesisStakes, processEpochBoundary } from "./epoch-boundary.ts";
import { epochRewardsDigest, isPaying, type RewardsProgress } from "./epoch-rewards.ts";
import { epochAt } from "./epoch-schedule.ts";
import { executeTransaction } from "./execute-transaction.ts";
import type { ExecutionEnv, TransactionError, TransactionResult } from "./execution.ts";
import { genesisSysvarAccounts } from "./genesis-sysvars.ts";
import {
  type Address,
  addressBytes,
  type Epoch,
  type Hash,
  hashBytes,
  knownHashOf,
  type Lamports,
  lamportsOf,
  type Slot,
} from "./ids.ts";
import { checkLanding } from "./landings.ts";
import { leaderAfter, leaderHashesAfter } from "./leaders.ts";
import { payRewards } from "./pay-rewards.ts";
import { createStakeHistory, type StakeHistory } from "./stake-activation.ts";
import { encodeStakeTable, type StakeTable } from "./stake-table.ts";
import { writeSysvarsAtFreeze, writeSysvarsAtOpen } from "./sysvars.ts";
import type { Transaction, Verified } from "./transaction.ts";
import { decodeVoteState } from "./vote-state.ts";

/** An ancestor that transactions may still name, and what landed in it. */
export type RecentBlock = {
  readonly slot: Slot;
  readonly height: number;
  readonly blockId: Hash;
  readonly blockhash: Hash;
  /** Message hashes of its transactions. */
  readonly landed: ReadonlySet<Hash>;
};

/** total = genesis + minted − burned, always. */
export type Supply = { readonly total: Lamports; readonly minted: Lamports; readonly burned: Lamports };

export type Bank = {
  readonly slot: Slot;
  readonly parentSlot: Slot;
  readonly epoch: Epoch;
  /** Number of ancestors; genesis has height 0. */
  readonly height: number;
  readonly blockId: Hash;
  readonly parentId: Hash;
  /** Last PoH hash: what transactions name as recent blockhash. */
  readonly blockhash: Hash;
  readonly stateHash: Hash;
  /** The identity that led the slot; null for genesis. */
  readonly leader: Address | null;
  readonly unixTimestamp: number;
  readonly accounts: AccountsTree;
  /** Oldest first, this block last. */
  readonly recentBlocks: readonly RecentBlock[];
  readonly supply: Supply;
  /** Frozen stakes by epoch: the last one's, this one's and the next one's. */
  readonly stakeTables: ReadonlyMap<Epoch, StakeTable>;
  /** The commissions frozen with them. */
  readonly commissionTables: ReadonlyMap<Epoch, CommissionTable>;
  /** How stake warmed up and cooled down, to the end of the last epoch. */
  readonly stakeHistory: StakeHistory;
  /** What the last epoch earned; null in the first epoch. */
  readonly rewardsProgress: RewardsProgress | null;
  /** The PoH hash that seeds an epoch's leaders, where this fork has fixed it. */
  readonly leaderHashes: ReadonlyMap<Epoch, Hash>;
  /** Since genesis. */
  readonly transactionCount: number;
  readonly voteCount: number;
  /** In the order of the block. */
  readonly results: readonly TransactionResult[];
  /** What this block paid or took beside its transactions, in that order; its leader's fees come last. */
  readonly rewards: readonly BlockReward[];
  readonly feesBurned: Lamports;
  readonly computeUnits: number;
};

/** Ancestors kept for votes, as many as Solana's SlotHashes. */
const slotHashesMax = 512;

export function createGenesisBank(chain: Chain): Bank {
  const { genesis, genesisHash, firstEpoch } = chain;
  const stakeHistory = createStakeHistory([]);
  const all = [...genesis.accounts, ...genesisSysvarAccounts(genesis, genesisHash, stakeHistory)];
  const accounts = applyAccountChanges(
    emptyAccounts,
    all.map(([address, account]) => ({ address, account })),
  );
  const total = all.reduce((sum, [, account]) => sum + account.lamports, 0n);
  const slot = genesis.firstSlot;
  const state = {
    slot,
    parentSlot: slot,
    epoch: firstEpoch,
    height: 0,
    parentId: genesisHash,
    blockhash: genesisHash,
    leader: null,
    unixTimestamp: timeOf(chain, slot),
    accounts,
    supply: { total: lamportsOf(total), minted: lamportsOf(0n), burned: lamportsOf(0n) },
    ...freezeGenesisStakes(chain.params, firstEpoch, genesis.accounts),
    stakeHistory,
    rewardsProgress: null,
    leaderHashes: new Map<Epoch, Hash>(),
    transactionCount: 0,
    voteCount: 0,
    results: [],
    rewards: [],
    feesBurned: lamportsOf(0n),
    computeUnits: 0,
  };
  const recent = { slot, height: 0, blockId: genesisHash, blockhash: genesisHash, landed: new Set<Hash>() };
  return Object.freeze({
    ...state,
    blockId: genesisHash,
    recentBlocks: [recent],
    stateHash: computeStateHash(state),
  });
}

/**
 * A block as it opens, before its transactions: where it stands, and what an epoch's boundary and the payment of rewards
 * change. The steps that run then take one of these and nothing else.
 */
export type OpeningBank = {
  readonly chain: Chain;
  readonly parent: Bank;
  readonly slot: Slot;
  readonly epoch: Epoch;
  readonly height: number;
  readonly leader: Address;
  readonly overlay: AccountsOverlay;
  readonly rewards: BlockReward[];
  stakeTables: Bank["stakeTables"];
  commissionTables: Bank["commissionTables"];
  stakeHistory: StakeHistory;
  rewardsProgress: RewardsProgress | null;
  /** Lamports that came into being and that went, in this block. */
  minted: bigint;
  burned: bigint;
};

/** A block under construction or replay; the only mutable thing here, and nobody keeps it. */
export type WorkingBank = OpeningBank & {
  readonly env: ExecutionEnv;
  readonly landed: Set<Hash>;
  readonly results: TransactionResult[];
  baseFees: bigint;
  priorityFees: bigint;
  computeUnits: number;
};

export function openBank(chain: Chain, parent: Bank, slot: Slot, leader: Address): WorkingBank {
  assert(slot > parent.slot, `slot ${slot} does not follow its parent's, ${parent.slot}`);
  const opening: OpeningBank = {
    chain,
    parent,
    slot,
    epoch: epochAt(chain.epochs, slot),
    height: parent.height + 1,
    leader,
    overlay: createAccountsOverlay({ get: (address) => accountAt(parent.accounts, address) }),
    rewards: [],
    stakeTables: parent.stakeTables,
    commissionTables: parent.commissionTables,
    stakeHistory: parent.stakeHistory,
    rewardsProgress: parent.rewardsProgress,
    minted: 0n,
    burned: 0n,
  };
  if (opening.epoch > parent.epoch) processEpochBoundary(opening);
  payRewards(opening);
  writeSysvarsAtOpen(opening);
  const { epoch, stakeTables, stakeHistory, rewardsProgress } = opening;
  const at = { slot, epoch, unixTimestamp: timeOf(chain, slot), stakeTables, stakeHistory, rewardsProgress };
  return Object.assign(opening, {
    env: createExecutionEnv(chain, parent, at),
    landed: new Set<Hash>(),
    results: [],
    baseFees: 0n,
    priorityFees: 0n,
    computeUnits: 0,
  });
}

/** What programs may know of a block at `at` whose ancestors are `parent` and its own. */
export function createExecutionEnv(
  chain: Chain,
  parent: Bank,
  at: Pick<Bank, "slot" | "epoch" | "unixTimestamp" | "stakeTables" | "stakeHistory" | "rewardsProgress">,
): ExecutionEnv {
  const { signatures } = chain.crypto;
  return {
    params: chain.params,
    slot: at.slot,
    epoch: at.epoch,
    unixTimestamp: BigInt(at.unixTimestamp),
    blockIdAt: (slot) => recentBlockAt(parent, slot)?.blockId ?? null,
    epochs: chain.epochs,
    genesisHash: chain.genesisHash,
    stakeTableAt: (epoch) => at.stakeTables.get(epoch) ?? null,
    stakeHistory: at.stakeHistory,
    isEpochRewardsActive: at.rewardsProgress !== null && isPaying(at.rewardsProgress),
    verifySignature: (signature, message, signer) => signatures.verify(signature, message, addressBytes(signer)),
  };
}

/** The ancestor (or the bank itself) at a slot, while it is recent. Newest first: votes name young slots. */
function recentBlockAt(bank: Bank, slot: Slot): RecentBlock | null {
  for (let i = bank.recentBlocks.length - 1; i >= 0; i--) {
    const block = bank.recentBlocks[i]!;
    if (block.slot === slot) return block;
    if (block.slot < slot) return null;
  }
  return null;
}

/** Executes one transaction. It lands (also when it fails: then only its fee is taken), or leaves no trace and says why. */
export function executeInBank(working: WorkingBank, transaction: Verified<Transaction>): TransactionError | null {
  const { parent, chain } = working;
  const barred = working.landed.has(transaction.messageHash)
    ? "AlreadyProcessed"
    : checkLanding(chain, parent, transaction);
  if (barred !== null) return barred;
  const outcome = executeTransaction(transaction, working.overlay, working.env);
  if (outcome.type === "refused") return outcome.error;
  const { result } = outcome;
  working.landed.add(transaction.messageHash);
  working.results.push(result);
  working.baseFees += result.fee.base;
  working.priorityFees += result.fee.priority;
  working.computeUnits += result.computeUnitsConsumed;
  return null;
}

/** All of a bank but the name of its block, which is computed over the state hash. */
export type FrozenBank = Omit<Bank, "blockId" | "recentBlocks"> & { readonly landed: ReadonlySet<Hash> };

/** Settles fees, checks the supply and fixes the state. */
export function freezeBank(working: WorkingBank, blockhash: Hash): FrozenBank {
  const { chain, parent, slot } = working;
  const feesBurned = settleFees(working);
  writeSysvarsAtFreeze(working, blockhash);
  const supply = {
    total: lamportsOf(parent.supply.total + working.minted - working.burned),
    minted: lamportsOf(parent.supply.minted + working.minted),
    burned: lamportsOf(parent.supply.burned + working.burned),
  };
  const delta = working.overlay.lamportsDelta();
  assert(
    delta === supply.total - parent.supply.total,
    `supply not conserved in slot ${slot}: accounts changed by ${delta}, not ${supply.total - parent.supply.total}`,
  );
  const state = {
    slot,
    parentSlot: parent.slot,
    epoch: working.epoch,
    height: working.height,
    parentId: parent.blockId,
    blockhash,
    leader: working.leader,
    unixTimestamp: timeOf(chain, slot),
    accounts: applySortedChanges(parent.accounts, working.overlay.changes()),
    supply,
    stakeTables: working.stakeTables,
    commissionTables: working.commissionTables,
    stakeHistory: working.stakeHistory,
    rewardsProgress: working.rewardsProgress,
    leaderHashes: leaderHashesAfter(chain, parent, slot),
    transactionCount: parent.transactionCount + working.results.length,
    voteCount: parent.voteCount + working.results.filter((result) => result.isVote).length,
    results: working.results,
    rewards: working.rewards,
    feesBurned,
    computeUnits: working.computeUnits,
    landed: working.landed,
  };
  return Object.assign(state, { stateHash: computeStateHash(state) });
}

/** Written out: every look into a bank is as fast as banks are alike (docs/decisions/0023-objects-of-one-shape.md). */
export function sealBank(chain: Chain, parent: Bank, frozen: FrozenBank, blockId: Hash): Bank {
  const { slot, height, blockhash, landed } = frozen;
  const kept = Math.max(chain.params.blockhashTtl, slotHashesMax);
  return Object.freeze({
    slot,
    parentSlot: frozen.parentSlot,
    epoch: frozen.epoch,
    height,
    blockId,
    parentId: frozen.parentId,
    blockhash,
    stateHash: frozen.stateHash,
    leader: frozen.leader,
    unixTimestamp: frozen.unixTimestamp,
    accounts: frozen.accounts,
    recentBlocks: appendBlock(parent.recentBlocks, { slot, height, blockId, blockhash, landed }, kept),
    supply: frozen.supply,
    stakeTables: frozen.stakeTables,
    commissionTables: frozen.commissionTables,
    stakeHistory: frozen.stakeHistory,
    rewardsProgress: frozen.rewardsProgress,
    leaderHashes: frozen.leaderHashes,
    transactionCount: frozen.transactionCount,
    voteCount: frozen.voteCount,
    results: frozen.results,
    rewards: frozen.rewards,
    feesBurned: frozen.feesBurned,
    computeUnits: frozen.computeUnits,
  });
}

/** Copied once: there are some hundred of them, and a new list for every block. */
function appendBlock(recent: readonly RecentBlock[], block: RecentBlock, kept: number): RecentBlock[] {
  const dropped = recent.length < kept ? 0 : 1;
  const appended = new Array<RecentBlock>(recent.length - dropped + 1);
  for (let i = dropped; i < recent.length; i++) appended[i - dropped] = recent[i]!;
  appended[recent.length - dropped] = block;
  return appended;
}

/** A share of the base fees is burned; the rest, and all priority fees, is the leader's. Gives what was burned. */
function settleFees(working: WorkingBank): Lamports {
  const { chain, overlay } = working;
  const fees = working.baseFees + working.priorityFees;
  if (fees === 0n) return lamportsOf(0n);
  const burnedShare = (working.baseFees * BigInt(chain.params.feeBurnPercent)) / 100n;
  const into = revenueCollectorOf(working);
  const postBalance = depositRevenue(overlay, into, fees - burnedShare, chain.params);
  // As on Solana, a reward that its account may not hold is burned rather than lost track of.
  const burned = postBalance === null ? fees : burnedShare;
  working.burned += burned;
  if (postBalance !== null) {
    const lamports = fees - burnedShare;
    working.rewards.push({ address: into.collector, lamports, postBalance, type: "fee", commissionBps: null });
  }
  return lamportsOf(burned);
}

/** Whom the leader's vote account names (SIMD-0232): its identity, where nobody changed that. */
function revenueCollectorOf({ chain, parent, slot, leader, overlay }: WorkingBank) {
  const { identity, voteAccount } = leaderAfter(chain, parent, slot);
  const account = identity === leader ? overlay.get(voteAccount) : null;
  const state = account?.owner === voteProgramAddress ? decodeVoteState(account.data, voteAccount) : null;
  return { voteAccount, collector: state?.blockRevenueCollector ?? leader };
}

const stateTag = utf8Bytes("escapement:state:v2");
const tableDigests = new WeakMap<StakeTable, Uint8Array>();

function stakeTableDigest(table: StakeTable): Uint8Array {
  let digest = tableDigests.get(table);
  if (digest === undefined) {
    digest = sha256(encodeStakeTable(table));
    tableDigests.set(table, digest);
  }
  return digest;
}

type HashedState = Pick<
  Bank,
  | "slot"
  | "height"
  | "parentId"
  | "blockhash"
  | "accounts"
  | "supply"
  | "stakeTables"
  | "commissionTables"
  | "rewardsProgress"
  | "leaderHashes"
  | "transactionCount"
>;

/**
 * What two validators must agree on after the same block: accounts, supply, frozen stakes, rewards to come, seeds, counts.
 * The stake history is among the accounts.
 */
export function computeStateHash(state: HashedState): Hash {
  const { supply, rewardsProgress } = state;
  const writer = new ByteWriter(512).bytes(stateTag).count(state.slot).count(state.height);
  writer.bytes(hashBytes(state.parentId)).bytes(hashBytes(state.blockhash)).bytes(accountsHash(state.accounts));
  writer.u64(supply.total).u64(supply.minted).u64(supply.burned).count(state.transactionCount);
  writeByEpoch(writer, state.stakeTables, stakeTableDigest);
  writeByEpoch(writer, state.commissionTables, commissionTableDigest);
  writeByEpoch(writer, state.leaderHashes, hashBytes);
  writer.count(rewardsProgress === null ? 0 : 1);
  if (rewardsProgress !== null) {
    writer.bytes(epochRewardsDigest(rewardsProgress.rewards)).count(rewardsProgress.partitionsPaid);
  }
  return knownHashOf(writer.read(sha256));
}

function writeByEpoch<T>(writer: ByteWriter, values: ReadonlyMap<Epoch, T>, digest: (value: T) => Uint8Array): void {
  writer.count(values.size);
  for (const [epoch, value] of [...values].sort(([a], [b]) => a - b)) writer.count(epoch).bytes(digest(value));
}
