/** What a frame's table says of every validator, of the lottery, of the network: read from the observer's head, all at once. */
import { accountAt, accountsEntries } from "../chain/accounts-tree.ts";
import type { Bank } from "../chain/bank.ts";
import type { Address, Epoch } from "../chain/ids.ts";
import { isJailedAt } from "../chain/slashing/record.ts";
import { type ScannedStake, type StakeScan, scanStakes } from "../chain/stake-scan.ts";
import { stakeStatusAt } from "../chain/stake-status.ts";
import { stakeOf } from "../chain/stake-table.ts";
import { type VoteState, voteCreditsOf } from "../chain/vote-state.ts";
import type { Cluster } from "./cluster.ts";
import { computeFairness, type Fairness } from "./fairness.ts";
import { type LeaderRecord, weightsOf } from "./leader-record.ts";
import { wilsonInterval } from "./statistics.ts";
import type { WatchHeader, WatchLinks, WatchRewards, WatchTable, WatchValidator } from "./watch-frame.ts";

export function createTable(
  cluster: Cluster,
  { leaders, rewards }: { readonly leaders: LeaderRecord; readonly rewards: readonly WatchRewards[] },
): WatchTable {
  const { bank } = cluster.observing.consensus.head();
  const scan = scanStakes(accountsEntries(bank.accounts));
  const stakes = stakesByVoteAccount(cluster, bank, scan);
  const fairness = judge(cluster, leaders);
  const { total, minted, burned } = bank.supply;
  const { chiSquare, rotations, verdict } = fairness;
  return {
    validators: cluster.chain.genesis.validators.map(({ voteAccount, identity }, index) => ({
      ...describeStake(bank, voteAccount, stakes),
      ...describeVotes(cluster, bank, scan.votes.get(voteAccount)),
      balance: String(accountAt(bank.accounts, identity)?.lamports ?? 0n),
      ...describeLeadership(leaders, fairness, index),
      ...describeNode(cluster, index),
      ...describePunishment(bank, scan, voteAccount),
    })),
    fairness: { rotations, pValue: chiSquare.pValue, verdict },
    supply: { total: String(total), minted: String(minted), burned: String(burned) },
    rewards,
    links: describeLinks(cluster),
  };
}

type StakeParts = { activating: bigint; deactivating: bigint };

function stakesByVoteAccount({ chain }: Cluster, bank: Bank, scan: StakeScan): ReadonlyMap<Address, StakeParts> {
  const parts = new Map<Address, StakeParts>();
  for (const { state } of scan.stakes as readonly ScannedStake[]) {
    const { delegation } = state;
    const status = stakeStatusAt(chain.params, delegation, bank.epoch, bank.stakeHistory);
    const sum = parts.get(delegation.voteAccount) ?? { activating: 0n, deactivating: 0n };
    sum.activating += status.activating;
    sum.deactivating += status.deactivating;
    parts.set(delegation.voteAccount, sum);
  }
  return parts;
}

function describeStake({ stakeTables, epoch }: Bank, voteAccount: Address, stakes: ReadonlyMap<Address, StakeParts>) {
  const table = stakeTables.get(epoch);
  const parts = stakes.get(voteAccount);
  return {
    stake: String(table === undefined ? 0n : stakeOf(table, voteAccount)),
    activating: String(parts?.activating ?? 0n),
    deactivating: String(parts?.deactivating ?? 0n),
  };
}

function describeVotes({ chain }: Cluster, bank: Bank, state: VoteState | undefined) {
  const lastVote = state?.votes.at(-1)?.slot ?? null;
  const distance = chain.params.delinquentSlotDistance;
  const credits = state === undefined ? 0 : voteCreditsOf(state);
  const ofEpoch = state?.epochCredits.at(-1);
  return {
    commissionBps: state?.inflationRewardsCommissionBps ?? 0,
    credits,
    epochCredits: ofEpoch?.epoch === bank.epoch ? ofEpoch.credits - ofEpoch.previousCredits : 0,
    lastVote,
    delinquent: bank.slot >= distance && (lastVote ?? 0) <= bank.slot - distance,
  };
}

function judge({ chain }: Cluster, leaders: LeaderRecord): Fairness {
  const weights = weightsOf(leaders);
  // Before the first rotation nothing is weighed: then by equal shares of nothing.
  const isEmpty = weights.size === 0;
  const stakes = chain.genesis.validators.map(({ voteAccount, identity }) => ({
    voteAccount,
    identity,
    stake: isEmpty ? 1n : (weights.get(voteAccount) ?? 0n),
  }));
  return computeFairness({ stakes, rotations: leaders.rotations });
}

function describeLeadership(
  { slots, blocks }: LeaderRecord,
  { validators }: Fairness,
  index: number,
): Pick<WatchValidator, "leaderSlots" | "blocks" | "skipRate" | "rotations" | "expectedRotations" | "rotationsRange"> {
  const { voteAccount, observedRotations, expectedRotations, interval } = validators[index]!;
  const leaderSlots = slots.get(voteAccount) ?? 0;
  const built = blocks.get(voteAccount) ?? 0;
  return {
    leaderSlots,
    blocks: built,
    skipRate: wilsonInterval(leaderSlots - built, leaderSlots, 0.95, validators.length),
    rotations: observedRotations,
    expectedRotations,
    rotationsRange: interval,
  };
}

function describeNode({ nodes, state: { links } }: Cluster, index: number) {
  const { online, crashed, resting, strategy } = nodes[index]!;
  const state = crashed !== null ? "crashed" : !online ? "down" : resting !== null ? "resting" : "running";
  return { state, strategy, group: links.groups?.[index] ?? null } as const;
}

function describePunishment({ epoch }: Bank, { records }: StakeScan, voteAccount: Address) {
  const record = records.find((each) => each.voteAccount === voteAccount);
  const isJailed = record !== undefined && isJailedAt(record, epoch);
  return {
    jailedUntil: !isJailed ? null : record.tombstoned ? -1 : Number(record.jailedUntilEpoch),
    slashed: String(record?.takenTotal ?? 0n),
  };
}

function describeLinks({ state: { links } }: Cluster): WatchLinks {
  const { first, changed, members } = links;
  return {
    latencyMs: first.latencyMs,
    lossBps: first.lossBps,
    changed: [...changed].map(([key, { latencyMs, lossBps, cut }]) => ({
      from: Math.floor(key / members),
      to: key % members,
      latencyMs,
      lossBps,
      cut,
    })),
  };
}

/** What an epoch's blocks have moved so far, in lamports. Plain data. */
export type Takings = { fees: bigint; burned: bigint; slashed: bigint };

export const noTakings: Readonly<Takings> = Object.freeze({ fees: 0n, burned: 0n, slashed: 0n });

export function addTakings({ fees, burned, slashed }: Takings, { rewards, feesBurned }: Bank): Takings {
  let [paid, taken] = [fees, slashed];
  for (const { type, lamports } of rewards) {
    if (type === "fee") paid += lamports;
    // Who reported the offence is paid out of what is taken.
    else if (type === "slashing" && lamports < 0n) taken -= lamports;
  }
  return { fees: paid, burned: burned + feesBurned, slashed: taken };
}

/** What an epoch earned, as the first final block of the next reckons it, and what its blocks moved. */
export function rewardsOf(epoch: Epoch, first: Bank, takings: Takings, { validators }: WatchHeader): WatchRewards {
  const earned = first.rewardsProgress?.rewards.epoch === epoch ? first.rewardsProgress.rewards : null;
  const shares = new Map<string, bigint>();
  for (const { voteAccount, lamports } of [...(earned?.voteRewards ?? []), ...(earned?.partitions ?? []).flat()])
    shares.set(voteAccount, (shares.get(voteAccount) ?? 0n) + lamports);
  const stakes = first.stakeTables.get(epoch);
  return {
    epoch,
    paid: String(earned?.total ?? 0n),
    fees: String(takings.fees),
    burned: String(takings.burned),
    slashed: String(takings.slashed),
    shares: validators.map(({ voteAccount }) => String(shares.get(voteAccount) ?? 0n)),
    stakes: validators.map(({ voteAccount }) =>
      String(stakes === undefined ? 0n : stakeOf(stakes, voteAccount as Address)),
    ),
  };
}
