/** Inflation and what it paid: to whom, when, how much, and why so much. */
import { describe, expect, it } from "vitest";
import { createCaller } from "../../../test/support/rpc-calls.ts";
import { createSmallChain } from "../../../test/support/small-chain.ts";
import { keypairOf } from "../../../test/support/transactions.ts";
import { accountAt } from "../../chain/accounts-tree.ts";
import type { Bank } from "../../chain/bank.ts";
import { slotOf } from "../../chain/ids.ts";
import type { Commitment } from "../node-view.ts";

const nobody = keypairOf("nobody").address;
/** Three stake accounts, so that three blocks pay. */
const oneABlock = { stakeRewardsPerBlock: 1 };

function grownTo(slot: number, skip: readonly number[] = []) {
  const grown = createSmallChain({ params: oneABlock });
  const banks = new Map<number, Bank>();
  for (let next = 1; next <= slot; next++) {
    // Credits come from votes of epochs 0 and 1; more of them only take time.
    if (!skip.includes(next)) banks.set(next, grown.produce({ slot: next, votes: next < 64 }).bank);
  }
  return { ...grown, banks };
}

/** What a node answers that has seen the chain up to these slots, and knows no block before `first`. */
function asOf(confirmed: number, finalized = confirmed, first = 1) {
  const { ledger } = small;
  const newestSlot = (commitment: Commitment) => slotOf(commitment === "finalized" ? finalized : confirmed);
  return createCaller({
    ...small.view,
    bank: (commitment) => small.banks.get(newestSlot(commitment))!,
    ledger: {
      ...ledger,
      newestSlot,
      firstAvailableSlot: () => slotOf(first),
      slotsBetween: (from, to, commitment) =>
        ledger.slotsBetween(from, slotOf(Math.min(to, newestSlot(commitment))), "processed"),
    },
  });
}

type Reward = { amount: number; postBalance: number; effectiveSlot: number; epoch: number; commission: number };

// Slots 64 (the boundary) to 67 pay for epoch 1, 68 is the first after; all is finalized up to 67, confirmed up to 69.
const small = grownTo(70);
const { call, get, value, refusal } = createCaller(small.view);
const stakes = small.validators.map(({ stakeAccount }) => stakeAccount);
const votes = small.validators.map(({ voteAccount }) => voteAccount);
const rewards: Reward[] = get("getInflationReward", [...stakes, ...votes], { epoch: 1 });

describe("inflation's parameters", () => {
  it("are fractions of one, as the chain chose them", () => {
    const lab = { initial: 0.08, terminal: 0.015, taper: 0.15, foundation: 0, foundationTerm: 0 };
    expect(get("getInflationGovernor")).toEqual(lab);
    expect(get("getInflationGovernor", { commitment: "confirmed" })).toEqual(lab);
  });

  it("give the rates of the epoch, a little lower each", () => {
    const { total, validator, foundation, epoch } = get("getInflationRate");
    expect([foundation, epoch]).toEqual([0, 2]);
    expect(total).toBe(validator);
    expect(total).toBeLessThan(0.08);
    expect(total).toBeGreaterThan(0.0799);
  });
});

describe("getInflationReward", () => {
  it("tells what each stake account was paid, by the block of its partition, and with which balance it ended", () => {
    for (const [index, stakeAccount] of stakes.entries()) {
      const { amount, postBalance, effectiveSlot, epoch, commission } = rewards[index]!;
      expect([epoch, commission]).toEqual([1, 5]);
      expect([65, 66, 67]).toContain(effectiveSlot);
      expect(BigInt(postBalance)).toBe(accountAt(small.head().accounts, stakeAccount)?.lamports);
      const paid = small.ledger.headerAt(slotOf(effectiveSlot))!.rewards.filter(({ type }) => type === "staking");
      expect(paid.find(({ address }) => address === stakeAccount)).toMatchObject({ lamports: BigInt(amount) });
    }
    // In proportion to 1000, 900 and 800 SOL, with equal credits.
    const [first, second, third] = rewards.map(({ amount }) => amount) as [number, number, number];
    expect(second / first).toBeCloseTo(0.9, 6);
    expect(third / first).toBeCloseTo(0.8, 6);
  });

  it("tells commissions of vote accounts, paid by the epoch's first block", () => {
    for (const [index, { amount, effectiveSlot }] of rewards.slice(3).entries()) {
      expect(effectiveSlot).toBe(64);
      expect(amount / rewards[index]!.amount).toBeCloseTo(5 / 95, 6);
    }
  });

  it("knows the last epoch by itself, and null for whoever got nothing", () => {
    expect(get("getInflationReward", [nobody, stakes[0]])).toEqual([null, rewards[0]]);
    expect(get("getInflationReward", [])).toEqual([]);
    // In the first epoch no vote was rooted yet.
    expect(get("getInflationReward", [stakes[0], votes[0]], { epoch: 0 })).toEqual([null, null]);
  });

  it("adds up to what was minted", () => {
    const sum = rewards.reduce((total, { amount }) => total + BigInt(amount), 0n);
    expect(sum).toBe(small.head().supply.minted);
  });

  it("waits for the payment in Solana's words: -32004 before the epoch, -32017 until the partition is paid", () => {
    expect(asOf(63).refusal("getInflationReward", stakes, { epoch: 1 })).toBe("-32004 Block not available for slot 64");
    const effective = rewards.slice(0, 3).map(({ effectiveSlot }) => effectiveSlot);
    for (let slot = 64; slot <= 68; slot++) {
      const ask = asOf(slot);
      expect(ask.get("getInflationReward", [votes[0]], { epoch: 1 })).toEqual([rewards[3]]);
      const isPaid = stakes.map((stake) => ask.call("getInflationReward", [stake]).error === undefined);
      expect(isPaid).toEqual(effective.map((paidAt) => paidAt <= slot));
      if (slot >= Math.max(...effective)) continue;
      expect(ask.call("getInflationReward", stakes, { epoch: 1 }).error).toEqual({
        code: -32017,
        message: `Epoch rewards period still active at slot ${slot}`,
        data: { slot, currentBlockHeight: slot, rewardsCompleteBlockHeight: 68 },
      });
    }
  });

  it("sees as far as the commitment", () => {
    const ask = asOf(68, 64);
    expect(ask.get("getInflationReward", stakes, { epoch: 1, commitment: "confirmed" })).toEqual(rewards.slice(0, 3));
    expect(ask.refusal("getInflationReward", stakes, { epoch: 1, commitment: "finalized" })).toMatch(/^-32017 /);
    expect(ask.refusal("getInflationReward", stakes, { commitment: "processed" })).toMatch(
      /-32602 .*below `confirmed`/,
    );
    expect(ask.refusal("getInflationReward", stakes, { minContextSlot: 65 })).toMatch(/^-32016 /);
  });

  it("finds the boundary where the epoch's first slots were skipped, and an epoch's rewards where the next was", () => {
    const late = createCaller(grownTo(76, [64, 65, 66, 68]).view);
    const paid: Reward[] = late.get("getInflationReward", [votes[0], ...stakes], { epoch: 1 });
    expect(paid.map(({ effectiveSlot }) => effectiveSlot).every((slot) => slot >= 67)).toBe(true);
    expect(paid[0]!.effectiveSlot).toBe(67);

    const gap = Array.from({ length: 32 }, (_, i) => 64 + i);
    const jumped = createCaller(grownTo(101, gap).view);
    expect(jumped.get("getInflationReward", [votes[0]], { epoch: 1 })).toMatchObject([{ effectiveSlot: 96 }]);
    expect(jumped.get("getInflationReward", [votes[0], stakes[0]], { epoch: 2 })).toEqual([null, null]);
    expect(jumped.refusal("escapement_explainReward", stakes[0], 2)).toMatch(/-32602 .*epoch is 2, which had no block/);
  });

  it("finds what the next boundary paid because there were too few blocks", () => {
    // Epoch 2 has its first block alone; epoch 3's first pays all partitions.
    const few = grownTo(
      100,
      Array.from({ length: 31 }, (_, i) => 65 + i),
    );
    const paid: Reward[] = createCaller(few.view).get("getInflationReward", [...stakes, votes[0]], { epoch: 1 });
    expect(paid.map(({ effectiveSlot }) => effectiveSlot)).toEqual([96, 96, 96, 64]);
  });

  it("says what was cleaned up", () => {
    expect(asOf(70, 70, 65).refusal("getInflationReward", stakes, { epoch: 1 })).toBe(
      "-32001 Block 64 cleaned up, does not exist on node. First available block: 65",
    );
    expect(asOf(70, 70, 64).get("getInflationReward", stakes, { epoch: 1 })).toEqual(rewards.slice(0, 3));
  });

  it("says when a gap hides the boundary", () => {
    const { slotsBetween } = small.ledger;
    const ledger = {
      ...small.ledger,
      slotsBetween: (...[first, last, commitment]: Parameters<typeof slotsBetween>) =>
        slotsBetween(first, last, commitment).filter((slot) => slot !== 64),
    };
    expect(createCaller({ ...small.view, ledger }).call("getInflationReward", stakes).error).toMatchObject({
      code: -32018,
      message: expect.stringContaining("Rewards cannot be found because slot 65 is not the epoch boundary."),
      data: { slot: 65 },
    });
  });

  it("refuses what is no list of addresses, and epochs beyond all slots", () => {
    expect(refusal("getInflationReward")).toMatch(/-32602 .*addresses is missing/);
    expect(refusal("getInflationReward", ["x"])).toMatch(/-32602 .*addresses.0 is "x"; expected an address/);
    expect(refusal("getInflationReward", Array(5001).fill(nobody))).toMatch(/-32602 .*at most 5000 addresses/);
    expect(refusal("getInflationReward", stakes, { epoch: -1 })).toMatch(/-32602 .*config.epoch is -1/);
    expect(refusal("getInflationReward", stakes, { epoch: 2 ** 53 - 1 })).toMatch(/^-32004 /);
    expect(refusal("getInflationReward", stakes, { epoch: 7 })).toBe("-32004 Block not available for slot 256");
  });
});

describe("escapement_explainReward", () => {
  it("gives numbers that anybody can compute again, and that end in what was paid", () => {
    for (const [index, stakeAccount] of stakes.entries()) {
      const e = get("escapement_explainReward", stakeAccount, 1);
      const [pot, totalPoints, points] = [BigInt(e.pot), BigInt(e.totalPoints), BigInt(e.points)];
      const lines: { epoch: number; effectiveStake: string; credits: string; points: string }[] = e.earned;
      expect(lines.map(({ epoch }) => epoch)).toEqual([1]);
      for (const line of lines) expect(BigInt(line.points)).toBe(BigInt(line.effectiveStake) * BigInt(line.credits));
      expect(lines.reduce((sum, line) => sum + BigInt(line.points), 0n)).toBe(points);
      expect(pot).toBe(
        BigInt(Math.trunc(e.validatorRate * Number(e.capitalization) * (e.slotsInEpoch / e.slotsPerYear))),
      );
      const share = (points * pot) / totalPoints;
      expect(e).toMatchObject({
        stakeAccount,
        epoch: 1,
        voteAccount: votes[index],
        totalRate: get("getInflationRate").total,
        share: String(share),
        commissionBps: 500,
        voter: String((share * 500n) / 10_000n),
        staker: String((share * 9500n) / 10_000n),
        boundarySlot: 64,
        partitions: 3,
        verdict: "paid",
      });
      const { amount, effectiveSlot, postBalance } = rewards[index]!;
      expect([e.staker, e.effectiveSlot, e.postBalance]).toEqual([String(amount), effectiveSlot, String(postBalance)]);
      expect(e.voter).toBe(String(rewards[3 + index]!.amount));
    }
    const all = stakes.map((stake) => get("escapement_explainReward", stake));
    expect(all.reduce((sum, { points }) => sum + BigInt(points), 0n)).toBe(BigInt(all[0].totalPoints));
    const paidToAll = rewards.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    expect(all[0].paidToAll).toBe(String(paidToAll));
  });

  it("says why there is nothing", () => {
    expect(get("escapement_explainReward", nobody)).toMatchObject({
      voteAccount: null,
      points: "0",
      staker: "0",
      earned: [],
      verdict: expect.stringMatching(/^earned nothing/),
    });
    expect(refusal("escapement_explainReward", stakes[0], 2)).toBe("-32004 Block not available for slot 96");
    for (const stake of stakes) {
      const waiting = asOf(64).get("escapement_explainReward", stake, 1);
      expect(waiting).toMatchObject({ verdict: "waits for its partition to be paid", effectiveSlot: null });
      expect(waiting.staker).toBe(get("escapement_explainReward", stake, 1).staker);
    }
  });
});

describe("blocks", () => {
  it("say at an epoch's first how many others pay, and what each paid", () => {
    const withoutTransactions = { transactionDetails: "none" };
    const boundary = get("getBlock", 64, withoutTransactions);
    expect(boundary.numRewardPartitions).toBe(3);
    const voting = boundary.rewards.filter(({ rewardType }: { rewardType: string }) => rewardType === "Voting");
    expect(voting).toHaveLength(3);
    expect(voting[0]).toMatchObject({ commission: 5, postBalance: expect.any(Number) });
    const staking = [65, 66, 67].flatMap((slot) => {
      const block = get("getBlock", slot, withoutTransactions);
      expect(block).not.toHaveProperty("numRewardPartitions");
      return block.rewards.filter(({ rewardType }: { rewardType: string }) => rewardType === "Staking");
    });
    expect(staking.map(({ pubkey }) => pubkey).sort()).toEqual([...stakes].sort());
    expect(get("getBlock", 64, { ...withoutTransactions, rewards: false })).not.toHaveProperty("rewards");
  });
});

describe("getSupply", () => {
  it("grows by what was minted; all of it circulates", () => {
    const processed = { commitment: "processed" };
    const { total, circulating, nonCirculating, nonCirculatingAccounts } = value("getSupply", processed);
    expect([circulating, nonCirculating, nonCirculatingAccounts]).toEqual([total, 0, []]);
    const { supply } = small.head();
    expect(BigInt(total)).toBe(supply.total);
    expect(call("getSupply", { ...processed, excludeNonCirculatingAccountsList: true }).error).toBeUndefined();
  });
});

describe("getEpochInfo", () => {
  it("says so where stake moves at once, and has Solana's fields alone where it does not", () => {
    expect(get("getEpochInfo")).not.toHaveProperty("stakeWarmup");
    const instant = createCaller(createSmallChain({ params: { stakeWarmup: "instant" } }).view);
    expect(instant.get("getEpochInfo")).toMatchObject({ epoch: 0, stakeWarmup: "instant" });
  });
});
