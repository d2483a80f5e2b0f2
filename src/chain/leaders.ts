/**
 * Who leads a slot, on the fork one stands on.
 *
 *     epoch E−2        epoch E−1                      epoch E
 *     ────────────────|──────────┬──────────────────|──────────
 *          stakes of E frozen ──┘ here, at the start │
 *                                └ last block of the first half: its PoH hash seeds E
 *
 * Stakes freeze before the seed can be known, so nobody can fit stakes to a seed; the second half of E−1 leaves time to
 * agree on it. Both are functions of a block's own ancestry: a leader is checked against the fork it built on.
 */
import { assertDefined } from "../base/assert.ts";
import type { Account } from "./account.ts";
import { type AccountsTree, accountsEntries } from "./accounts-tree.ts";
import { stakeProgramAddress, voteProgramAddress } from "./addresses.ts";
import type { Bank } from "./bank.ts";
import type { Chain } from "./chain.ts";
import { epochAt, firstSlotOf, slotsIn } from "./epoch-schedule.ts";
import { type Address, type Epoch, epochOf, type Hash, hashBytes, type Lamports, type Slot, u64Max } from "./ids.ts";
import { computeLeaderSeed, drawLeaders, solanaLeaderKey } from "./leader-schedule.ts";
import { decodeDelegatedStake } from "./stake-account.ts";
import { createStakeTable, type StakeEntry, type StakeTable } from "./stake-table.ts";
import { createTutorialSchedule } from "./tutorial-leaders.ts";
import { decodeVoteState } from "./vote-state.ts";

export type EpochLeaders = {
  readonly epoch: Epoch;
  readonly firstSlot: Slot;
  readonly slotsPerRotation: number;
  readonly table: StakeTable;
  /** One per rotation. */
  readonly rotations: readonly StakeEntry[];
  /** The 32-byte generator key the draws came from; null under the tutorial policy. */
  readonly key: Uint8Array | null;
};

/** Schedules by stake table and seed. Entries go when their table does. */
export type ScheduleMemory = WeakMap<StakeTable, Map<string, EpochLeaders>>;

/** Forks that part at the seed, and epochs that one table serves: more are drawn anew. */
const schedulesPerTableMax = 16;

export function createScheduleMemory(): ScheduleMemory {
  return new WeakMap();
}

const stakeTables = new WeakMap<AccountsTree, StakeTable>();

/** The stakes delegated in these accounts, by vote account. A scan: done once for each state. */
export function computeStakeTable(accounts: AccountsTree): StakeTable {
  let table = stakeTables.get(accounts);
  if (table === undefined) {
    table = createStakeTable(delegatedStakes(accountsEntries(accounts)));
    stakeTables.set(accounts, table);
  }
  return table;
}

/** One entry for each vote account that has stake, in no particular order. */
export function delegatedStakes(accounts: Iterable<readonly [Address, Account]>): StakeEntry[] {
  const stakes = new Map<Address, bigint>();
  const identities = new Map<Address, Address>();
  for (const [address, account] of accounts) {
    if (account.owner === stakeProgramAddress) {
      const delegated = decodeDelegatedStake(account.data);
      // Bootstrap stake counts always; other activations are the staking issue's.
      if (delegated === null || delegated.activationEpoch !== u64Max) continue;
      stakes.set(delegated.voteAccount, (stakes.get(delegated.voteAccount) ?? 0n) + delegated.stake);
    } else if (account.owner === voteProgramAddress) {
      const vote = decodeVoteState(account.data);
      if (vote !== null) identities.set(address, vote.node);
    }
  }
  const entries: StakeEntry[] = [];
  for (const [voteAccount, stake] of stakes) {
    const identity = identities.get(voteAccount);
    if (identity !== undefined) entries.push({ voteAccount, identity, stake: stake as Lamports });
  }
  return entries;
}

/** Frozen stakes after the first block of `epoch`: this epoch's and the next one's. */
export function stakeTablesAfter(
  parent: Bank | null,
  accounts: AccountsTree,
  epoch: Epoch,
): ReadonlyMap<Epoch, StakeTable> {
  if (parent !== null && parent.epoch === epoch) return parent.stakeTables;
  const next = epochOf(epoch + 1);
  const known = parent?.stakeTables.get(epoch);
  const frozenNow = computeStakeTable(accounts);
  return new Map([
    [epoch, known ?? frozenNow],
    [next, frozenNow],
  ]);
}

/** First slot of the second half of an epoch. */
export function halfwaySlot(chain: Chain, epoch: Epoch): number {
  return firstSlotOf(chain.epochs, epoch) + Math.ceil(slotsIn(chain.epochs, epoch) / 2);
}

/** The PoH hash behind `epoch`'s leaders for a child of `parent` at `slot`; null while the fork has not fixed it. */
function leaderHashFor(chain: Chain, parent: Bank, epoch: Epoch, slot: number): Hash | null {
  if (epoch <= chain.firstEpoch + 1) return chain.genesisHash;
  const fixed = parent.leaderHashes.get(epoch);
  if (fixed !== undefined) return fixed;
  return halfwaySlot(chain, epochOf(epoch - 1)) <= slot ? parent.blockhash : null;
}

/** The seeds known after a block at `slot`: for its epoch, and from the second half on for the next. */
export function leaderHashesAfter(chain: Chain, parent: Bank, slot: Slot): ReadonlyMap<Epoch, Hash> {
  const epoch = epochAt(chain.epochs, slot);
  const hashes = new Map<Epoch, Hash>();
  for (const wanted of [epoch, epochOf(epoch + 1)]) {
    const hash = wanted > chain.firstEpoch + 1 ? leaderHashFor(chain, parent, wanted, slot) : null;
    if (hash !== null) hashes.set(wanted, hash);
  }
  return hashes;
}

/**
 * The leaders of `epoch` for children of `parent` at `slot`.
 *
 * @returns null while the fork has not yet fixed that epoch's stakes or seed, and for epochs before the parent's, whose
 * stakes and seeds a bank no longer knows
 */
export function epochLeadersFor(chain: Chain, parent: Bank, epoch: Epoch, slot: number): EpochLeaders | null {
  if (epoch < parent.epoch) return null;
  const table =
    parent.stakeTables.get(epoch) ??
    (epochAt(chain.epochs, slot as Slot) >= epoch ? computeStakeTable(parent.accounts) : null);
  if (table === null) return null;
  const { leaderPolicy } = chain.params;
  const hash = leaderPolicy === "poh" ? leaderHashFor(chain, parent, epoch, slot) : chain.genesisHash;
  if (hash === null) return null;
  let byseed = chain.schedules.get(table);
  if (byseed === undefined) {
    byseed = new Map();
    chain.schedules.set(table, byseed);
  }
  const name = `${epoch}:${hash}`;
  let leaders = byseed.get(name);
  if (leaders === undefined) {
    leaders = drawEpochLeaders(chain, table, epoch, hash);
    const oldest = byseed.keys().next().value;
    if (byseed.size === schedulesPerTableMax && oldest !== undefined) byseed.delete(oldest);
    byseed.set(name, leaders);
  }
  return leaders;
}

function drawEpochLeaders(chain: Chain, table: StakeTable, epoch: Epoch, hash: Hash): EpochLeaders {
  const { leaderPolicy, slotsPerRotation, tutorialSeed } = chain.params;
  const slots = slotsIn(chain.epochs, epoch);
  const firstSlot = firstSlotOf(chain.epochs, epoch);
  const base = { epoch, firstSlot, slotsPerRotation, table };
  if (leaderPolicy === "tutorial") {
    const entries = inRegistrationOrder(chain, table);
    const stakes = entries.map((entry) => entry.stake);
    const drawn = createTutorialSchedule({ seed: tutorialSeed, stakes, firstSlot, slots });
    return { ...base, key: null, rotations: drawn.map((index) => entries[index]!) };
  }
  const key =
    leaderPolicy === "poh" ? computeLeaderSeed(hashBytes(hash), BigInt(epoch)) : solanaLeaderKey(BigInt(epoch));
  const drawn = drawLeaders(table.entries, key, Math.ceil(slots / slotsPerRotation));
  return { ...base, key, rotations: Array.from(drawn, (index) => table.entries[index]!) };
}

/** The tutorial draws over validators in the order they registered. */
function inRegistrationOrder(chain: Chain, table: StakeTable): readonly StakeEntry[] {
  const place = new Map(chain.genesis.validators.map(({ voteAccount }, index) => [voteAccount, index]));
  const last = place.size;
  return table.entries
    .map((entry, index) => ({ entry, rank: place.get(entry.voteAccount) ?? last + index }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry);
}

export function leaderIn(leaders: EpochLeaders, slot: Slot): StakeEntry {
  const rotation = Math.floor((slot - leaders.firstSlot) / leaders.slotsPerRotation);
  return assertDefined(leaders.rotations[rotation], `slot ${slot} is not in epoch ${leaders.epoch}`);
}

/** Who must sign a block at `slot` whose parent is `parent`. */
export function leaderAfter(chain: Chain, parent: Bank, slot: Slot): StakeEntry {
  const leaders = epochLeadersFor(chain, parent, epochAt(chain.epochs, slot), slot);
  return leaderIn(assertDefined(leaders, `no leaders for slot ${slot} after ${parent.slot}`), slot);
}

/** The leaders of an epoch as `bank` knows them today; null when it cannot know them (too old, or not yet drawn). */
export function epochLeadersOf(chain: Chain, bank: Bank, epoch: Epoch): EpochLeaders | null {
  return epochLeadersFor(chain, bank, epoch, bank.slot);
}
