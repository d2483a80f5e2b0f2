/**
 * Consensus without a ledger: who only asks how validators come to agree need not wait for signatures, hashes and accounts.
 *
 *     the same                 clocks, links, faults, disks; leaders by stake; towers, fork choice, lockouts, thresholds, switch
 *                              checks, commitments, catching up: `step` with all that it does
 *     vote                     as signed, without bytes and signature
 *     block                    its place, its leader, the votes that land in it; an id over these
 *     bank                     its parent's, one block on, and what each account's last landed vote says
 *     not there                Proof of History, transactions, fees, rewards, slashing; stakes stay what genesis says
 *
 * A block is genuine if it is the very object that was made here, and a vote if its transaction is and it says the same, so
 * that nobody can forge one. Nor can anybody lie: the Byzantine strategies sign what they make up, and a cluster of this
 * kind takes none (inject.ts).
 */
import { assertDefined } from "../base/assert.ts";
import { ByteWriter, utf8Bytes } from "../base/bytes.ts";
import { sha256 } from "../base/hash.ts";
import { accept, refuse } from "../base/refusal.ts";
import { voteProgramAddress } from "../chain/addresses.ts";
import { type Bank, type FrozenBank, sealBank } from "../chain/bank.ts";
import { type Block, nameBlock, transactionsOf } from "../chain/block.ts";
import { type Chain, timeOf } from "../chain/chain.ts";
import type { Keypair } from "../chain/crypto.ts";
import { epochAt } from "../chain/epoch-schedule.ts";
import type { TransactionResult } from "../chain/execution.ts";
import {
  type Address,
  addressBytes,
  type Epoch,
  epochOf,
  type Hash,
  hashBytes,
  knownHashOf,
  lamportsOf,
  type Signature,
  type Slot,
} from "../chain/ids.ts";
import { leaderHashesAfter } from "../chain/leaders.ts";
import type { Candidate } from "../chain/produce-block.ts";
import { voteComputeUnits } from "../chain/programs/vote.ts";
import type { StakeTable } from "../chain/stake-table.ts";
import type { Transaction, Verified } from "../chain/transaction.ts";
import { landedBeside } from "../consensus/landed-votes.ts";
import type { Vote, VoteFields } from "../consensus/vote.ts";
import { createOwnWork, createSharedWork, type SharedWork } from "../validator/shared-work.ts";

export function createConsensusOnlyWork(chain: Chain): SharedWork {
  const made = new WeakSet<Block>();
  const checkIdentity = (block: Block) =>
    made.has(block) ? null : refuse("block-signature-invalid", { slot: block.slot, leader: block.leader } as const);
  // What is not said here and rests on signatures (`hear`, `votesIn`) is made anew of `voteIn` there.
  const own: SharedWork = {
    ...createOwnWork(chain),
    produce(parent, slot, leader, candidates) {
      const landed = selectVotes(chain, candidates);
      const block = buildBlock(parent, slot, leader.address, landed);
      made.add(block);
      return { block, bank: buildBank(chain, parent, block, landed), barred: [] };
    },
    replay(parent, block) {
      const { slot, parentId } = block;
      const forged = checkIdentity(block);
      if (forged !== null) return forged;
      if (parentId !== parent.blockId) return refuse("block-parent-wrong", { slot, parentId, parent: parent.blockId });
      const landed = [...transactionsOf(block)].map((transaction) => assertDefined(voteIn(transaction), "a vote"));
      return accept(buildBank(chain, parent, block, landed));
    },
    checkIdentity,
    voteIn,
    createVote: createUnsignedVote,
  };
  return createSharedWork(chain, own, { voteIn, noteOwn: () => {}, noteBlock: () => {} });
}

const noBytes = new Uint8Array(0);

/** What a vote's transaction takes on a wire, for links that are narrow: as long as most are. */
const voteBytes = new Uint8Array(350);

const noSignatures: readonly Uint8Array[] = [];
const writable = [true, true, false] as const;
const noInstructions: Transaction["instructions"] = [];

const keys = new WeakMap<Keypair, readonly Address[]>();

/** The same each time, as long as one votes for one account. */
function keysOf(identity: Keypair, voteAccount: Address): readonly Address[] {
  let known = keys.get(identity);
  if (known?.[1] !== voteAccount) {
    known = [identity.address, voteAccount, voteProgramAddress];
    keys.set(identity, known);
  }
  return known;
}

/** The last one that was asked for: nearly all votes of a slot mean the same. */
let lastMeant = { slot: -1, blockId: "", text: "" };

/** What a vote means, as text. */
function meaningOf(slot: Slot, blockId: Hash): string {
  if (lastMeant.slot !== slot || lastMeant.blockId !== blockId) {
    lastMeant = { slot, blockId, text: ` ${slot} ${blockId}` };
  }
  return lastMeant.text;
}

/**
 * Knows the vote that it carries, and nobody makes one but by voting. A class, though it holds data alone, for what nobody
 * else can write: an entry in a WeakMap for each vote would make the collector as slow as all the rest. It is frozen, so
 * that snapshots share it.
 */
class UnsignedTransaction implements Transaction {
  readonly bytes = voteBytes;
  readonly messageBytes = noBytes;
  readonly version = "legacy";
  readonly signatures = noSignatures;
  readonly signature: Signature;
  readonly messageHash: Hash;
  readonly accountKeys: readonly Address[];
  readonly signerCount = 1;
  readonly isWritable = writable;
  readonly recentBlockhash: Hash;
  readonly instructions = noInstructions;
  readonly #vote: Vote;

  constructor({ identity, voteAccount, tower, blockId, recentBlockhash }: VoteFields) {
    const { slot } = tower.votes.at(-1)!;
    const { address } = identity;
    // Who votes, and for what. Votes do not expire here, so that the same one under a newer blockhash is the same.
    const name = `${voteAccount}${meaningOf(slot, blockId)}`;
    this.signature = name as Signature;
    this.messageHash = name as Hash;
    this.accountKeys = keysOf(identity, voteAccount);
    this.recentBlockhash = recentBlockhash;
    const transaction = this as Transaction as Verified<Transaction>;
    const vote = { voteAccount, identity: address, authorizedVoter: address, slot, blockId, tower, transaction };
    this.#vote = Object.freeze(vote);
    Object.freeze(this);
  }

  static voteIn(transaction: Transaction): Vote | null {
    return #vote in transaction ? transaction.#vote : null;
  }
}

const voteIn = UnsignedTransaction.voteIn;

function createUnsignedVote(fields: VoteFields): Vote {
  return voteIn(new UnsignedTransaction(fields))!;
}

/** All that are votes, as many as may be. (A ledger's blocks also have a length, and hashes to mix votes into.) */
function selectVotes({ params }: Chain, candidates: Iterable<Candidate>): Vote[] {
  const selected: Vote[] = [];
  const room = Math.min(params.blockTransactionsMax, Math.floor(params.blockComputeUnitsMax / voteComputeUnits));
  for (const { transaction } of candidates) {
    if (selected.length >= room) break;
    const vote = voteIn(transaction);
    if (vote !== null) selected.push(vote);
  }
  return selected;
}

const idTag = utf8Bytes("escapement:consensus-only-block:v1");

/** Its one entry holds the votes. A leader builds on one parent once in a slot, so that no two blocks have one id. */
function buildBlock(parent: Bank, slot: Slot, leader: Address, landed: readonly Vote[]): Block {
  const writer = new ByteWriter(128 + 64 * landed.length).bytes(idTag).bytes(hashBytes(parent.blockId)).count(slot);
  for (const { voteAccount, blockId } of landed) writer.bytes(addressBytes(voteAccount)).bytes(hashBytes(blockId));
  const blockId = knownHashOf(writer.read(sha256));
  const { slot: parentSlot, blockId: parentId, stateHash } = parent;
  const entries = [{ numHashes: 0, hash: noBytes, transactions: landed.map(({ transaction }) => transaction) }];
  return nameBlock({ slot, parentSlot, parentId, leader, entries, stateHash }, blockId, blockId, noBytes);
}

/** One block on: nothing moves but time and votes. */
function buildBank(chain: Chain, parent: Bank, { slot, leader, blockId }: Block, landed: readonly Vote[]): Bank {
  const epoch = epochAt(chain.epochs, slot);
  const frozen: FrozenBank = {
    slot,
    parentSlot: parent.slot,
    epoch,
    height: parent.height + 1,
    parentId: parent.blockId,
    blockhash: blockId,
    stateHash: parent.stateHash,
    leader,
    unixTimestamp: timeOf(chain, slot),
    accounts: parent.accounts,
    supply: parent.supply,
    stakeTables: epoch === parent.epoch ? parent.stakeTables : sameStakes(parent, epoch),
    commissionTables: parent.commissionTables,
    stakeHistory: parent.stakeHistory,
    rewardsProgress: parent.rewardsProgress,
    leaderHashes: leaderHashesAfter(chain, parent, slot),
    transactionCount: parent.transactionCount + landed.length,
    voteCount: parent.voteCount + landed.length,
    results: landed.map(landedResult),
    rewards: [],
    feesBurned: parent.feesBurned,
    computeUnits: landed.length * voteComputeUnits,
    landed: noTransactions,
  };
  const bank = sealBank(chain, parent, frozen, blockId);
  const votes = new Map(landedBeside.get(parent));
  for (const { voteAccount, tower } of landed) votes.set(voteAccount, tower.votes);
  landedBeside.set(bank, votes);
  return bank;
}

function sameStakes({ stakeTables, epoch: before }: Bank, epoch: Epoch): ReadonlyMap<Epoch, StakeTable> {
  const table = assertDefined(stakeTables.get(before), `no stakes for epoch ${before}`);
  return new Map([epoch - 1, epoch, epoch + 1].map((each) => [epochOf(each), table]));
}

/** That might land a second time. */
const noTransactions: ReadonlySet<Hash> = new Set();

const nothing = lamportsOf(0n);
const noFee = { base: nothing, priority: nothing };
const noBalances = [nothing, nothing, nothing];
const noLogs: readonly string[] = [];

/** It costs nobody anything. Written out: to spread a constant takes ten times as long. */
const landedResult = ({ transaction }: Vote): TransactionResult => ({
  transaction,
  error: null,
  fee: noFee,
  logs: noLogs,
  computeUnitsConsumed: voteComputeUnits,
  loadedAccountsBytes: 0,
  preBalances: noBalances,
  postBalances: noBalances,
  isVote: true,
  returnData: null,
});
