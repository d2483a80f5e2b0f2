/**
 * I5: money. All balances together are what genesis had, plus what was minted, less what was burned; and both are reckoned
 * here from what each block says it paid and took.
 *
 *     genesis 1000    block: staking +6, voting +1, slashing −40 and +2 to the reporter, fees burned 5
 *                     minted 7, burned 38 + 5      all accounts: 1000 + 7 − 43 = 964
 *
 * Nor does an epoch pay more than its pot, which is its rate's share of the supply; and every share is rounded down:
 *
 *     pot 1000, 1 of 3 points, commission 5 %      333: the staker 316 (of 316.35), the validator 16 (of 16.65)
 */
import { accountsEntries } from "../../chain/accounts-tree.ts";
import type { Bank } from "../../chain/bank.ts";
import { inflationRatesOf } from "../../chain/epoch-inflation.ts";
import type { StakeReward } from "../../chain/epoch-rewards.ts";
import { slotsIn } from "../../chain/epoch-schedule.ts";
import { type Epoch, epochOf } from "../../chain/ids.ts";
import { computeSlotsPerYear } from "../../chain/inflation.ts";
import type { Checker, CheckerContext } from "./checker.ts";
import { parentOf, type SeenBlock } from "./chronicle.ts";

const checker = "supply";

export function createSupplyChecker({ cluster, chronicle, accuse }: CheckerContext): Checker {
  const { chain } = cluster;

  function sumOf(bank: Bank): bigint {
    let sum = 0n;
    for (const [, { lamports }] of accountsEntries(bank.accounts)) sum += lamports;
    return sum;
  }

  function problemOf({ bank }: SeenBlock, parent: Bank): string | null {
    const { minted, burned } = movedBy(bank, chain.params.feeBurnPercent);
    const supply = {
      minted: parent.supply.minted + minted,
      burned: parent.supply.burned + burned,
      total: parent.supply.total + minted - burned,
    };
    for (const name of ["minted", "burned", "total"] as const) {
      if (bank.supply[name] !== supply[name]) return `${name} is ${bank.supply[name]}, and must be ${supply[name]}`;
    }
    const sum = sumOf(bank);
    return sum === supply.total ? null : `all accounts hold ${sum}, and must hold ${supply.total}`;
  }

  /** What the first block of an epoch promises must fit the pot. */
  function potProblemOf({ bank }: SeenBlock, parent: Bank): string | null {
    if (bank.epoch === parent.epoch || bank.rewardsProgress === null) return null;
    const { voteRewards, partitions, pot, totalPoints } = bank.rewardsProgress.rewards;
    const most = potFor(bank.epoch, parent);
    if (pot > most + 1n || pot < most - 1n) return `the pot is ${pot}, and must be ${most}`;
    let promised = voteRewards.reduce((sum, { lamports }) => sum + lamports, 0n);
    for (const reward of partitions.flat()) {
      promised += reward.lamports;
      const wrong = shareProblemOf(reward, pot, totalPoints);
      if (wrong !== null) return wrong;
    }
    return promised <= pot ? null : `${promised} lamports are promised from a pot of ${pot}`;
  }

  function potFor(epoch: Epoch, { supply }: Bank): bigint {
    const { validator } = inflationRatesOf(chain, epoch);
    const years = slotsIn(chain.epochs, epochOf(epoch - 1)) / computeSlotsPerYear(chain.params.slotDurationMs);
    return BigInt(Math.floor(validator * Number(supply.total) * years));
  }

  return {
    name: checker,
    onBlock(seen) {
      const parent = parentOf(chronicle, seen);
      if (parent === null) return;
      const problem = problemOf(seen, parent.bank) ?? potProblemOf(seen, parent.bank);
      if (problem === null) return;
      const { slot, blockId } = seen;
      accuse({ checker, slot, validator: null, message: "money is not conserved", facts: { slot, blockId, problem } });
    },
  };
}

/** A share is the pot's part by points, and both sides of its commission are rounded down. */
export function shareProblemOf(reward: StakeReward, pot: bigint, totalPoints: bigint): string | null {
  const { points, lamports, commission, commissionBps, stakeAccount } = reward;
  if (points === 0n) return lamports === 0n ? null : `${stakeAccount} has no points, and gets ${lamports}`;
  if (lamports === 0n && commission === 0n) return null;
  const whole = (points * pot) / totalPoints;
  const bps = BigInt(commissionBps);
  const [staker, validator] = [(whole * (10_000n - bps)) / 10_000n, (whole * bps) / 10_000n];
  return lamports === staker && commission === validator
    ? null
    : `${stakeAccount} gets ${lamports} and pays ${commission}, of ${whole}: ${staker} and ${validator}`;
}

/** What a block brought into the world and took out of it, from its own list of payments and its transactions' fees. */
function movedBy(bank: Bank, feeBurnPercent: number): { minted: bigint; burned: bigint } {
  let [minted, burned, feesPaid] = [0n, 0n, 0n];
  for (const { type, lamports } of bank.rewards) {
    if (type === "staking" || type === "voting") minted += lamports;
    else if (type === "slashing") burned -= lamports;
    else feesPaid += lamports;
  }
  let [base, priority] = [0n, 0n];
  for (const { fee } of bank.results) {
    base += fee.base;
    priority += fee.priority;
  }
  const share = (base * BigInt(feeBurnPercent)) / 100n;
  burned += feesPaid === 0n ? base + priority : share;
  // What the leader got beyond its part came from nowhere.
  if (feesPaid > 0n) minted += feesPaid - (base + priority - share);
  return { minted, burned };
}
