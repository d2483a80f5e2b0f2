/**
 * The library's staking rewards: how an epoch's pot is divided, from plain values.
 *
 *     computeRewards({
 *       pot: 1000n,
 *       rewardedEpoch: 5n,
 *       stakes: [{ address, voteAccount, delegation: { stake: 300n, activationEpoch: never, deactivationEpoch: never }, creditsObserved: 0n }],
 *       votes: { [voteAccount]: { commissionBps: 1000, epochCredits: [{ epoch: 5, credits: 100, previousCredits: 0 }] } },
 *       history: [],
 *       newRateActivationEpoch: null,
 *     })
 *     // { totalPoints: 30000n, paid: 1000n, voteRewards: [{ voteAccount, lamports: 100n, commissionBps: 1000 }],
 *     //   stakeRewards: [{ address, voteAccount, points: 30000n, reward: 900n, commission: 100n, commissionBps: 1000,
 *     //                    creditsObserved: 100n }] }
 */
import { type Address, parseAddress, u64Max } from "./ids.ts";
import {
  requireDelegation,
  requireHistory,
  requireList,
  requireObject,
  requireRateEpoch,
  requireU64,
} from "./require-stake-input.ts";
import {
  type CreditsOfEpoch,
  computeEpochRewards,
  type EffectiveStakeAt,
  type RewardedStake,
  type RewardedVote,
  type RewardsResult,
} from "./rewards.ts";
import {
  createStakeHistory,
  type Delegation,
  type StakeHistoryEntry,
  stakeActivationAt,
  stakeActivationInstant,
} from "./stake-activation.ts";

export type RewardsVoteInput = {
  /** Hundredths of a percent: 10000 takes everything, and so does more. */
  readonly commissionBps: number;
  /** Ascending by epoch; numbers or bigints. */
  readonly epochCredits: readonly CreditsOfEpoch[];
};

export type RewardsInput = {
  /** Lamports to divide. */
  readonly pot: bigint;
  /** The epoch that has just ended. */
  readonly rewardedEpoch: bigint;
  /** Base58 addresses, each stake once; lamports and epochs as bigints. */
  readonly stakes: readonly {
    readonly address: string;
    readonly voteAccount: string;
    readonly delegation: Delegation;
    readonly creditsObserved: bigint;
  }[];
  /** By vote account address. A stake whose vote account is missing earns nothing. */
  readonly votes: ReadonlyMap<string, RewardsVoteInput> | Readonly<Record<string, RewardsVoteInput>>;
  /** In any order. As on chain, the newest 512 entries count. Not used when `warmup` is "instant". */
  readonly history: readonly StakeHistoryEntry[];
  /** From this epoch on 9% of the cluster's stake may move in an epoch, before it 25%; null: 25% always. */
  readonly newRateActivationEpoch: bigint | null;
  /** `rates` (default): as on Solana. `instant`: stake counts from the epoch after its activation on. */
  readonly warmup?: "instant" | "rates";
};

/**
 * What each stake and each vote account gets of an epoch's pot, in lamports. All divisions round down, and what is left
 * is paid to nobody. Stakes come out in the order given, without those that get nothing; a stake that only observes
 * credits (no pot, activated in the rewarded epoch, or vote account made anew) comes out with 0 lamports and its new
 * `creditsObserved`. Vote accounts come out by address bytes, ascending.
 *
 * @throws TypeError, RangeError: a message that says what was wrong, what is expected, and what to do.
 */
export function computeRewards(input: RewardsInput): RewardsResult {
  requireObject(input, "the input", "{ pot, rewardedEpoch, stakes, votes, history, newRateActivationEpoch }");
  const { pot, rewardedEpoch } = input;
  requireU64(pot, "pot", "lamports");
  requireU64(rewardedEpoch, "rewardedEpoch", "epochs");
  const stakes = requireStakes(input.stakes);
  const votes = requireVotes(input.votes);
  return computeEpochRewards({ pot, rewardedEpoch, stakes, votes, effectiveAt: requireWarmup(input) });
}

function requireWarmup({ warmup = "rates", history, newRateActivationEpoch }: RewardsInput): EffectiveStakeAt {
  if (warmup !== "rates" && warmup !== "instant")
    throw new TypeError(`warmup is ${String(warmup)}; give "rates" or "instant"`);
  requireHistory(history, "history");
  requireRateEpoch(newRateActivationEpoch, "newRateActivationEpoch");
  if (warmup === "instant") return (delegation, epoch) => stakeActivationInstant(delegation, epoch).effective;
  const known = createStakeHistory(history);
  return (delegation, epoch) => stakeActivationAt(delegation, epoch, known, newRateActivationEpoch).effective;
}

function requireStakes(stakes: RewardsInput["stakes"]): RewardedStake[] {
  requireList(stakes, "stakes", "{ address, voteAccount, delegation, creditsObserved }");
  const seen = new Set<string>();
  return stakes.map((stake, index) => {
    const name = `stakes[${index}]`;
    requireObject(stake, name, "{ address, voteAccount, delegation, creditsObserved }");
    const address = requireAddress(stake.address, `${name}.address`);
    if (seen.has(address)) throw new RangeError(`${name}.address is ${address} again; give each stake account once`);
    seen.add(address);
    requireDelegation(stake.delegation, `${name}.delegation`);
    requireU64(stake.creditsObserved, `${name}.creditsObserved`, "credits");
    const voteAccount = requireAddress(stake.voteAccount, `${name}.voteAccount`);
    return { address, voteAccount, delegation: stake.delegation, creditsObserved: stake.creditsObserved };
  });
}

function requireVotes(votes: RewardsInput["votes"]): Map<Address, RewardedVote> {
  requireObject(votes, "votes", "a Map or an object from vote account to { commissionBps, epochCredits }");
  const entries = votes instanceof Map ? [...votes] : Object.entries(votes);
  const parsed = new Map<Address, RewardedVote>();
  for (const [key, vote] of entries as [string, RewardsVoteInput][]) {
    const voteAccount = requireAddress(key, "a key of votes");
    const name = `votes[${voteAccount}]`;
    requireObject(vote, name, "{ commissionBps, epochCredits }");
    const { commissionBps, epochCredits } = vote;
    if (!Number.isInteger(commissionBps))
      throw new TypeError(`${name}.commissionBps is ${String(commissionBps)}; give a whole number, such as 500 for 5%`);
    if (commissionBps < 0 || commissionBps > 0xffff)
      throw new RangeError(`${name}.commissionBps is ${commissionBps}; give 0 to 10000 (100%)`);
    requireList(epochCredits, `${name}.epochCredits`, "{ epoch, credits, previousCredits }");
    for (const [index, entry] of epochCredits.entries()) requireCredits(entry, `${name}.epochCredits[${index}]`);
    for (let i = 1; i < epochCredits.length; i++)
      if (epochCredits[i]!.credits < epochCredits[i - 1]!.credits)
        throw new RangeError(`${name}.epochCredits[${i}].credits is less than the epoch's before; give them ascending`);
    parsed.set(voteAccount, { commissionBps, epochCredits });
  }
  return parsed;
}

function requireCredits(entry: CreditsOfEpoch, name: string): void {
  requireObject(entry, name, "{ epoch, credits, previousCredits }");
  requireCount(entry.epoch, `${name}.epoch`);
  requireCount(entry.credits, `${name}.credits`);
  requireCount(entry.previousCredits, `${name}.previousCredits`);
  if (entry.previousCredits > entry.credits)
    throw new RangeError(
      `${name}.previousCredits is more than credits; give both as counted from the account's beginning`,
    );
}

function requireCount(value: unknown, name: string): void {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value))
    throw new TypeError(`${name} is ${String(value)}; give a whole number, above 2^53 - 1 as a bigint`);
  if ((value as number | bigint) < 0 || (value as number | bigint) > u64Max)
    throw new RangeError(`${name} is ${value}; give 0 to 2^64 - 1`);
}

function requireAddress(text: unknown, name: string): Address {
  const address = typeof text === "string" ? parseAddress(text) : null;
  if (address === null) throw new TypeError(`${name} is ${String(text)}; give an address: base58 of 32 bytes`);
  return address;
}
