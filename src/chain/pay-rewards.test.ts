import { describe, expect, it } from "vitest";
import {
  bankAfter,
  requireAccount,
  stakeIn,
  sumOfLamports,
  withAccounts,
  withCredits,
  withDelegation,
} from "../../test/support/bank-steps.ts";
import { createTestChain, range, type TestChainPlan } from "../../test/support/chain-builder.ts";
import { systemProgramAddress } from "./addresses.ts";
import { type Bank, createExecutionEnv } from "./bank.ts";
import { type Address, compareAddresses, lamportsOf, lamportsPerSol } from "./ids.ts";

/** One validator at 10 %, its own stake and nine others, two accounts to a block: three blocks, as 32 slots allow no more. */
const plan: TestChainPlan = {
  stakes: [1000n],
  commissions: [10],
  params: { slotDurationMs: 3_600_000, slotsPerEpoch: 32, stakeRewardsPerBlock: 2, slashing: false },
  stakeAccounts: range(1, 9).map((n) => ({
    validator: 0,
    stake: BigInt(n) * lamportsPerSol,
    state: "active" as const,
  })),
};
const built = createTestChain(plan);
const vote = built.network.validators[0]!.voteAccount;
const stakes: readonly Address[] = [...built.network.stakeAccounts, built.network.genesis.validators[0]!.stakeAccount];

/** The boundary's bank and those after blocks at these slots. */
function blocksAt(slots: readonly number[]): Bank[] {
  const banks = [boundary];
  for (const slot of slots) banks.push(bankAfter(built, banks.at(-1)!, slot));
  return banks;
}

const earned = withCredits(built.genesisBank, vote, 100);
const boundary = bankAfter(built, earned, 32);
const rewards = boundary.rewardsProgress!.rewards;
const blocks = blocksAt(range(33, 38));
const isActive = (bank: Bank) => createExecutionEnv(built.chain, bank, bank).isEpochRewardsActive;

describe("rewards are paid", () => {
  it("not in the boundary's own block, then one partition a block, in order", () => {
    expect(rewards.partitions).toHaveLength(3);
    expect(rewards.startHeight).toBe(2);
    expect(blocks.map(({ rewardsProgress }) => rewardsProgress?.partitionsPaid)).toEqual([0, 1, 2, 3, 3, 3, 3]);
    const paid = blocks.map((bank) =>
      bank.rewards.filter(({ type }) => type === "staking").map(({ address }) => address),
    );
    expect(paid).toEqual([
      [],
      ...rewards.partitions.map((partition) => partition.map(({ stakeAccount }) => stakeAccount)),
      [],
      [],
      [],
    ]);
    expect(paid.flat().sort(compareAddresses)).toEqual([...stakes].sort(compareAddresses));
    for (const partition of rewards.partitions)
      expect(partition.map(({ stakeAccount }) => stakeAccount)).toEqual(
        partition.map(({ stakeAccount }) => stakeAccount).sort(compareAddresses),
      );
  });

  it("by height, however many slots lie between the blocks", () => {
    expect(blocksAt([40, 47, 58]).map(({ rewardsProgress }) => rewardsProgress?.partitionsPaid)).toEqual([0, 1, 2, 3]);
  });

  it("to balance and delegation alike, with the credits observed, and told in the block", () => {
    for (const reward of rewards.partitions.flat()) {
      const [before, after] = [boundary, blocks.at(-1)!].map((bank) => requireAccount(bank, reward.stakeAccount));
      const [was, is] = [boundary, blocks.at(-1)!].map((bank) => stakeIn(bank, reward.stakeAccount).delegation);
      expect(after!.lamports - before!.lamports).toBe(reward.lamports);
      expect(is!.stake - was!.stake).toBe(reward.lamports);
      expect([was!.creditsObserved, is!.creditsObserved]).toEqual([0n, 100n]);
      const told = blocks.flatMap((bank) => bank.rewards).find(({ address }) => address === reward.stakeAccount);
      expect(told).toEqual({
        address: reward.stakeAccount,
        lamports: reward.lamports,
        postBalance: after!.lamports,
        type: "staking",
        commissionBps: 1000,
      });
    }
  });

  it("as lamports that come into being block by block: the commission at the boundary, then each partition", () => {
    const commission = rewards.voteRewards[0]!.lamports;
    const sums = rewards.partitions.map((partition) => partition.reduce((sum, { lamports }) => sum + lamports, 0n));
    let minted = 0n;
    for (const [i, lamports] of [commission, ...sums, 0n, 0n, 0n].entries()) {
      minted += lamports;
      expect(blocks[i]!.supply.minted).toBe(minted);
      expect(sumOfLamports(blocks[i]!)).toBe(blocks[i]!.supply.total);
    }
    expect(minted).toBe(rewards.total);
    expect(minted).toBeGreaterThan(lamportsPerSol / 10n);
    expect(rewards.pot - minted).toBeLessThan(20n);
    expect(rewards.pot - minted).toBeGreaterThanOrEqual(0n);
  });

  it("while stake accounts stand still: from the boundary's block until the last partition is paid", () => {
    expect([built.genesisBank, ...blocks].map(isActive)).toEqual([false, true, true, true, false, false, false, false]);
  });

  it("to nobody whose account is gone, or delegates no more; such a share never comes into being", () => {
    const [gone, idle, moved] = stakes;
    const empty = { ...requireAccount(boundary, gone!), owner: systemProgramAddress, data: new Uint8Array(0) };
    let bank = withAccounts(boundary, {
      [gone!]: empty,
      [idle!]: { ...requireAccount(boundary, idle!), data: new Uint8Array(200) },
    });
    bank = withDelegation(bank, moved!, { stake: lamportsOf(1n) });
    for (const slot of [33, 34, 35]) bank = bankAfter(built, bank, slot);
    const unpaid = rewards.partitions.flat().filter(({ stakeAccount }) => [gone, idle].includes(stakeAccount));
    expect(unpaid).toHaveLength(2);
    expect(bank.supply.minted).toBe(rewards.total - unpaid.reduce((sum, { lamports }) => sum + lamports, 0n));
    expect(requireAccount(bank, gone!)).toEqual(empty);
    const share = rewards.partitions.flat().find(({ stakeAccount }) => stakeAccount === moved)!;
    expect(stakeIn(bank, moved!).delegation.stake).toBe(1n + share.lamports);
  });

  it("all at once at the next boundary, where blocks were too few; before anything new is reckoned", () => {
    const one = bankAfter(built, boundary, 40);
    const next = bankAfter(built, withCredits(one, vote, 50), 64);
    const late = next.rewards.filter(({ type }) => type === "staking").map(({ address }) => address);
    expect(late).toEqual(rewards.partitions.slice(1).flatMap((p) => p.map(({ stakeAccount }) => stakeAccount)));
    expect(next.rewards.at(-1)).toMatchObject({ type: "voting", address: vote });
    const { rewards: newer, partitionsPaid } = next.rewardsProgress!;
    expect([newer.epoch, partitionsPaid, newer.startHeight]).toEqual([1, 0, next.height + 1]);
    // What was paid late counts for the new shares, and is not counted twice.
    expect(next.supply.minted).toBe(rewards.total + newer.voteRewards[0]!.lamports);
    const points = stakes.reduce((sum, stake) => sum + 50n * stakeIn(next, stake).delegation.stake, 0n);
    expect(newer.totalPoints).toBe(points);
  });
});

describe("without a reward", () => {
  it("only credits are observed, and the block tells of none", () => {
    const idle = createTestChain({
      ...plan,
      params: { ...plan.params, inflationInitialBps: 0, inflationTerminalBps: 0 },
    });
    let bank = bankAfter(idle, withCredits(idle.genesisBank, vote, 7), 32);
    expect(bank.rewardsProgress!.rewards).toMatchObject({ pot: 0n, total: 0n });
    const before = bank;
    for (const slot of [33, 34, 35]) {
      bank = bankAfter(idle, bank, slot);
      expect(bank.rewards).toEqual([]);
    }
    for (const stake of stakes) {
      expect(stakeIn(bank, stake).delegation).toEqual({ ...stakeIn(before, stake).delegation, creditsObserved: 7n });
      expect(requireAccount(bank, stake).lamports).toBe(requireAccount(before, stake).lamports);
    }
    expect(bank.supply).toEqual(idle.genesisBank.supply);
  });

  it("and without credits nothing is due: no partition, and stake accounts move", () => {
    const bank = bankAfter(built, built.genesisBank, 32);
    expect(bank.rewardsProgress).toMatchObject({
      rewards: { epoch: 0, totalPoints: 0n, total: 0n, partitions: [], voteRewards: [] },
      partitionsPaid: 0,
    });
    expect(bank.rewardsProgress!.rewards.pot).toBeGreaterThan(0n);
    expect(isActive(bank)).toBe(false);
    expect(bankAfter(built, bank, 33).rewardsProgress).toBe(bank.rewardsProgress);
  });
});
