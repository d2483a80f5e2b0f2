/**
 * What the ledger of one chain tells of each validator, block after block: how soon its votes landed, what they and its
 * blocks earned, and what its stakers were paid.
 */
import { assertDefined } from "../base/assert.ts";
import { accountAt } from "../chain/accounts-tree.ts";
import { latencyMax } from "../chain/apply-tower-sync.ts";
import type { Bank } from "../chain/bank.ts";
import type { Block } from "../chain/block.ts";
import type { BlockReward } from "../chain/block-reward.ts";
import type { Genesis } from "../chain/genesis.ts";
import type { Address } from "../chain/ids.ts";
import { decodeDelegatedStake } from "../chain/stake-account.ts";
import { decodeVoteState, voteCreditsOf } from "../chain/vote-state.ts";
import { landedBeside } from "../consensus/landed-votes.ts";
import { createDistribution, type Distribution, type DistributionRecorder } from "./distribution.ts";

export type LedgerFigures = {
  /** Slots from a block to the block that holds the validator's vote for it; 255 stands for more, too. */
  readonly voteLatency: Distribution;
  /** Earned by its votes. */
  readonly credits: number;
  /** Lamports of fees and commissions, as a decimal string. */
  readonly earned: string;
  /** Lamports that its stakers were paid, as a decimal string. */
  readonly earnedByStakes: string;
};

export type LedgerTally = {
  /** The next block of the chain, and the state after it. */
  count(block: Block, bank: Bank): void;
  /** Of all validators together. */
  voteLatency(): Distribution;
  finish(voteAccount: Address, head: Bank): LedgerFigures;
};

type Tally = {
  readonly voteLatency: DistributionRecorder;
  /** The newest slot whose vote has landed. */
  lastVoted: number;
  earned: bigint;
  earnedByStakes: bigint;
};

export function createLedgerTally(validators: Genesis["validators"], begin: Bank): LedgerTally {
  const tallies = new Map<Address, Tally>();
  const voteAccountOf = new Map<Address, Address>();
  for (const { voteAccount, identity } of validators) {
    const lastVoted = voteStateAt(begin, voteAccount)?.votes.at(-1)?.slot ?? -1;
    tallies.set(voteAccount, { voteLatency: createDistribution(), lastVoted, earned: 0n, earnedByStakes: 0n });
    voteAccountOf.set(identity, voteAccount);
  }
  const all = createDistribution();
  let previous = begin;

  /** The ledger takes a vote's latency when it first lands; later blocks repeat it. */
  function countVotes(tally: Tally, voteAccount: Address, bank: Bank): void {
    for (const { slot, latency } of votesSince(previous, bank, voteAccount)) {
      if (slot <= tally.lastVoted) continue;
      tally.lastVoted = slot;
      tally.voteLatency.add(latency);
      all.add(latency);
    }
  }

  function countReward({ type, address, lamports }: BlockReward, leader: Address, bank: Bank): void {
    if (type === "staking") {
      const tally = tallies.get(voteAccountOfStake(bank, address) ?? address);
      if (tally !== undefined) tally.earnedByStakes += lamports;
    } else if (type === "fee" || type === "voting") {
      const tally = tallies.get(type === "voting" ? address : (voteAccountOf.get(leader) ?? address));
      if (tally !== undefined) tally.earned += lamports;
    }
  }

  return {
    count(block, bank) {
      for (const [voteAccount, tally] of tallies) countVotes(tally, voteAccount, bank);
      for (const reward of bank.rewards) countReward(reward, block.leader, bank);
      previous = bank;
    },
    voteLatency: () => all.finish(),
    finish(voteAccount, head) {
      const { voteLatency, earned, earnedByStakes } = assertDefined(tallies.get(voteAccount), "not a validator");
      return {
        voteLatency: voteLatency.finish(),
        credits: creditsAt(head, voteAccount) - creditsAt(begin, voteAccount),
        earned: String(earned),
        earnedByStakes: String(earnedByStakes),
      };
    },
  };
}

/** An account's votes where a block changed them. */
function votesSince(before: Bank, bank: Bank, voteAccount: Address): readonly { slot: number; latency: number }[] {
  const beside = landedBeside.get(bank)?.get(voteAccount);
  if (beside !== undefined) {
    if (beside === landedBeside.get(before)?.get(voteAccount)) return [];
    return beside.map(({ slot }) => ({ slot, latency: Math.min(bank.slot - slot, latencyMax) }));
  }
  if (accountAt(bank.accounts, voteAccount) === accountAt(before.accounts, voteAccount)) return [];
  return voteStateAt(bank, voteAccount)?.votes ?? [];
}

function voteStateAt(bank: Bank, voteAccount: Address) {
  const account = accountAt(bank.accounts, voteAccount);
  return account === null ? null : decodeVoteState(account.data, voteAccount);
}

function creditsAt(bank: Bank, voteAccount: Address): number {
  const state = voteStateAt(bank, voteAccount);
  return state === null ? 0 : voteCreditsOf(state);
}

/** Whose stake it is stands in the account, as it was paid. */
function voteAccountOfStake(bank: Bank, stakeAccount: Address): Address | null {
  const account = accountAt(bank.accounts, stakeAccount);
  return account === null ? null : (decodeDelegatedStake(account.data)?.delegation.voteAccount ?? null);
}
