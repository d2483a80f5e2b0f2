import { describe, expect, it } from "vitest";
import {
  bankAfter,
  requireAccount,
  stakeIn,
  sumOfLamports,
  voteIn,
  withAccounts,
  withCredits,
  withVote,
} from "../../test/support/bank-steps.ts";
import { createTestChain, range, type TestChain, type TestChainPlan } from "../../test/support/chain-builder.ts";
import { addressNamed } from "../../test/support/transactions.ts";
import type { Account } from "./account.ts";
import { systemProgramAddress } from "./addresses.ts";
import type { Bank } from "./bank.ts";
import type { EpochRewards } from "./epoch-rewards.ts";
import { type Address, compareAddresses, epochOf, lamportsOf, lamportsPerSol, u64Max } from "./ids.ts";
import {
  createSlashingRecord,
  createSlashingRecordAccount,
  type SlashingRecord,
  slashingRecordAddress,
} from "./slashing/record.ts";

const params = { slotDurationMs: 3_600_000, slotsPerEpoch: 32 };
const plan: TestChainPlan = { stakes: [500n, 500n], commissions: [5, 5], params };

const votesOf = ({ network }: TestChain) => network.validators.map(({ voteAccount }) => voteAccount);
const rewardsIn = (bank: Bank): EpochRewards => bank.rewardsProgress!.rewards;

/** All that an epoch's stakers and validators get, by vote account. */
function incomeOf(
  rewards: EpochRewards,
  voteAccount: Address,
): { readonly stakers: bigint; readonly validator: bigint } {
  const shares = rewards.partitions.flat().filter((share) => share.voteAccount === voteAccount);
  const validator = rewards.voteRewards.find((reward) => reward.voteAccount === voteAccount)?.lamports ?? 0n;
  return { stakers: shares.reduce((sum, { lamports }) => sum + lamports, 0n), validator };
}

/** The first blocks of epochs 1 to `last`; in each epoch the validators earn the credits given for it, then `change` is done. */
function runEpochs(
  built: TestChain,
  last: number,
  credits: (epoch: number) => readonly number[],
  change: (bank: Bank) => Bank = (bank) => bank,
): Bank[] {
  const banks = [built.genesisBank];
  for (const epoch of range(1, last)) {
    let bank = banks.at(-1)!;
    for (const [i, earned] of credits(epoch - 1).entries()) bank = withCredits(bank, votesOf(built)[i]!, earned);
    bank = change(bank);
    // A second block pays the shares.
    banks.push(bankAfter(built, bankAfter(built, bank, 32 * epoch), 32 * epoch + 1));
  }
  return banks;
}

describe("an epoch's pot", () => {
  it("is the year's rate of the supply for the epoch's part of a year, and tapers off", () => {
    const built = createTestChain(plan);
    const banks = runEpochs(built, 3, () => [100, 100]);
    const hoursPerYear = 365.242199 * 24;
    for (const epoch of [1, 2, 3]) {
      const { pot, capitalization, validatorRate, epoch: earnedIn } = rewardsIn(banks[epoch]!);
      expect(earnedIn).toBe(epoch - 1);
      expect(capitalization).toBe(banks[epoch - 1]!.supply.total);
      expect(validatorRate).toBeCloseTo(0.08 * 0.85 ** ((32 * epoch) / hoursPerYear), 15);
      expect(pot).toBe(BigInt(Math.floor(validatorRate * Number(capitalization) * (32 / hoursPerYear))));
    }
  });

  it("is for the slots of the epoch that earned, also where epochs are short at first", () => {
    const built = createTestChain({ ...plan, params: { ...params, slotsPerEpoch: 128, epochWarmup: true } });
    let bank = built.genesisBank;
    for (const [slot, slots] of [
      [32, 32],
      [96, 64],
      [224, 128],
      [352, 128],
    ] as const) {
      bank = bankAfter(built, withCredits(bank, votesOf(built)[0]!, 10), slot);
      const { pot, validatorRate, capitalization } = rewardsIn(bank);
      expect(pot).toBe(BigInt(Math.floor(validatorRate * Number(capitalization) * (slots / (365.242199 * 24)))));
    }
  });

  it("is of the last epoch that had a block, where epochs were skipped, and not of those skipped", () => {
    const built = createTestChain(plan);
    const bank = bankAfter(built, withCredits(built.genesisBank, votesOf(built)[0]!, 10), 32 * 7);
    const once = bankAfter(built, withCredits(built.genesisBank, votesOf(built)[0]!, 10), 32);
    expect(rewardsIn(bank).epoch).toBe(0);
    // A little less than at epoch 1: the rate has tapered off meanwhile.
    expect(rewardsIn(bank).pot).toBeLessThan(rewardsIn(once).pot);
    expect(rewardsIn(bank).pot).toBeGreaterThan((rewardsIn(once).pot * 99n) / 100n);
  });

  it("ends where a supply of 64 bits does", () => {
    const rich = createTestChain({
      ...plan,
      params: { ...params, inflationInitialBps: 1_000_000, slotDurationMs: 3_600_000 },
    });
    const { genesisBank } = rich;
    const rest = u64Max - genesisBank.supply.total - 1000n;
    const whale = {
      lamports: lamportsOf(rest),
      owner: systemProgramAddress,
      data: new Uint8Array(0),
      executable: false,
    };
    let bank: Bank = withAccounts(genesisBank, { [addressNamed("whale")]: whale });
    bank = { ...bank, supply: { ...bank.supply, total: lamportsOf(u64Max - 1000n) } };
    bank = bankAfter(rich, withCredits(bank, votesOf(rich)[0]!, 100), 32);
    expect(rewardsIn(bank).pot).toBe(1000n);
    bank = bankAfter(rich, bank, 33);
    expect(bank.supply.total).toBeGreaterThan(u64Max - 10n);
    expect(sumOfLamports(bank)).toBe(bank.supply.total);
  });
});

describe("credits", () => {
  it("that are missing cost their share: who votes half as often earns half as much", () => {
    const built = createTestChain(plan);
    const [busy, lazy] = votesOf(built);
    const rewards = rewardsIn(runEpochs(built, 1, () => [100, 50])[1]!);
    const [all, half] = [incomeOf(rewards, busy!), incomeOf(rewards, lazy!)];
    expect(all.stakers / 10n).toBe((2n * half.stakers) / 10n);
    expect(all.validator / 10n).toBe((2n * half.validator) / 10n);
    expect(rewards.totalPoints).toBe(150n * 500n * lamportsPerSol);
  });

  it("of a validator that votes not at all earn it nothing, and its stakers neither", () => {
    const built = createTestChain(plan);
    const [busy, silent] = votesOf(built);
    const bank = runEpochs(built, 1, () => [100, 0])[1]!;
    expect(incomeOf(rewardsIn(bank), silent!)).toEqual({ stakers: 0n, validator: 0n });
    const { stakers, validator } = incomeOf(rewardsIn(bank), busy!);
    expect(rewardsIn(bank).pot - stakers - validator).toBeLessThan(2n);
  });

  it("are paid for once", () => {
    const built = createTestChain(plan);
    const banks = runEpochs(built, 2, (epoch) => (epoch === 0 ? [100, 100] : []));
    expect(rewardsIn(banks[1]!).total).toBeGreaterThan(0n);
    expect(rewardsIn(banks[2]!)).toMatchObject({ totalPoints: 0n, total: 0n });
  });
});

describe("a commission", () => {
  /** By epoch, the commission the first validator is paid at, when it asks for 100 % in the last slot of `epoch`. */
  function raisedIn(epoch: number): (number | undefined)[] {
    const built = createTestChain(plan);
    const [first] = votesOf(built);
    const raise = (bank: Bank) =>
      bank.epoch === epoch ? withVote(bank, first!, { inflationRewardsCommissionBps: 10_000 }) : bank;
    const banks = runEpochs(built, 5, () => [100, 100], raise).slice(1);
    return banks.map(
      (bank) => rewardsIn(bank).voteRewards.find(({ voteAccount }) => voteAccount === first)?.commissionBps,
    );
  }

  it("raised just before the boundary earns nothing extra, nor in the next epoch; from then on it holds", () => {
    // Raised in epoch 1, frozen as 2 begins, for 3.
    expect(raisedIn(1)).toEqual([500, 500, 500, 10_000, 10_000]);
  });

  it("is paid at once, to the vote accounts in the order of their addresses", () => {
    const built = createTestChain({ stakes: [400n, 300n, 200n, 100n], commissions: [5, 100, 0, 50], params });
    const before = withCredits(withCredits(built.genesisBank, votesOf(built)[0]!, 100), votesOf(built)[1]!, 100);
    const bank = bankAfter(
      built,
      withCredits(withCredits(before, votesOf(built)[2]!, 100), votesOf(built)[3]!, 100),
      32,
    );
    const voting = bank.rewards.filter(({ type }) => type === "voting");
    const paying = votesOf(built).filter((_, i) => i !== 2);
    expect(voting.map(({ address }) => address)).toEqual([...paying].sort(compareAddresses));
    for (const { address, lamports, postBalance, commissionBps } of voting) {
      const [was, is] = [built.genesisBank, bank].map((each) => requireAccount(each, address).lamports);
      expect([is! - was!, is]).toEqual([lamports, postBalance]);
      expect(commissionBps).toBe(voteIn(bank, address).inflationRewardsCommissionBps);
      expect(lamports).toBe(incomeOf(rewardsIn(bank), address).validator);
    }
    const allForValidator = votesOf(built)[1]!;
    expect(incomeOf(rewardsIn(bank), allForValidator).stakers).toBe(0n);
    expect(bank.supply.minted).toBe(voting.reduce((sum, { lamports }) => sum + lamports, 0n));
  });

  it("of a vote account made since the freeze is what it was an epoch later, or is now", () => {
    const built = createTestChain(plan);
    const [first] = votesOf(built);
    const tables = (bank: Bank, epochs: readonly number[]) => {
      const kept = new Map(
        [...bank.commissionTables].map(([epoch, table]) => {
          const without = new Map([...table].filter(([address]) => address !== first));
          return [epoch, epochs.includes(epoch) ? table : without];
        }),
      );
      return { ...bank, commissionTables: kept };
    };
    const raised = withVote(withCredits(built.genesisBank, first!, 10), first!, { inflationRewardsCommissionBps: 700 });
    const bpsOf = (bank: Bank) =>
      rewardsIn(bankAfter(built, bank, 32)).voteRewards.map(({ commissionBps }) => commissionBps);
    const later = new Map(raised.commissionTables).set(epochOf(1), new Map([[first!, 600]]));
    expect(bpsOf({ ...raised, commissionTables: later })).toEqual([500]);
    expect(bpsOf(tables({ ...raised, commissionTables: later }, [1]))).toEqual([600]);
    expect(bpsOf(tables(raised, []))).toEqual([700]);
  });

  it("is not paid to a vote account that is gone, nor are its stakers", () => {
    const built = createTestChain(plan);
    const [first, second] = votesOf(built);
    const credited = withCredits(withCredits(built.genesisBank, first!, 10), second!, 10);
    const closed = { ...requireAccount(credited, first!), owner: systemProgramAddress, data: new Uint8Array(0) };
    const bank = bankAfter(built, withAccounts(credited, { [first!]: closed }), 32);
    expect(rewardsIn(bank).voteRewards.map(({ voteAccount }) => voteAccount)).toEqual([second]);
    expect(incomeOf(rewardsIn(bank), first!)).toEqual({ stakers: 0n, validator: 0n });
    expect(requireAccount(bank, first!)).toEqual(closed);
  });
});

describe("commissions and fees", () => {
  const built = createTestChain(plan);
  const [first, second] = votesOf(built);
  const treasury = addressNamed("treasury");

  it("go to the plain account that a vote account names", () => {
    const named = withVote(built.genesisBank, first!, { inflationRewardsCollector: treasury });
    const [, bank] = runEpochs({ ...built, genesisBank: named }, 1, () => [100, 100]);
    const { validator } = incomeOf(rewardsIn(bank!), first!);
    expect(requireAccount(bank!, treasury).lamports).toBe(validator);
    expect(requireAccount(bank!, first!).lamports).toBe(requireAccount(named, first!).lamports);
    const paid = bankAfter(built, withCredits(named, first!, 100), 32).rewards;
    expect(paid).toMatchObject([{ address: treasury, type: "voting", commissionBps: 500 }]);
  });

  it("are not minted for an account that may not hold them", () => {
    const named = withVote(built.genesisBank, first!, { inflationRewardsCollector: second! });
    const bank = bankAfter(built, withCredits(named, first!, 100), 32);
    expect(incomeOf(rewardsIn(bank), first!).validator).toBeGreaterThan(0n);
    expect(requireAccount(bank, second!).lamports).toBe(requireAccount(named, second!).lamports);
    expect(bank.supply.minted).toBe(0n);
  });
});

describe("a jailed validator", () => {
  const built = createTestChain(plan);
  const [first, second] = votesOf(built);
  const own = built.network.genesis.validators[0]!.stakeAccount;

  /** The chain whose first validator has such a record from genesis on; its coins are taken from a rich account. */
  function withRecord(change: Partial<SlashingRecord>): TestChain {
    const { genesisBank, network } = built;
    const record = { ...createSlashingRecord(first!, network.validators[0]!.identity.address), ...change };
    const account = createSlashingRecordAccount(record, built.chain.params);
    const rich = network.accounts[0]!.address;
    const payer = requireAccount(genesisBank, rich);
    const poorer: Account = { ...payer, lamports: lamportsOf(payer.lamports - account.lamports) };
    const bank = withAccounts(genesisBank, { [slashingRecordAddress(first!)]: account, [rich]: poorer });
    return { ...built, genesisBank: bank };
  }

  it("is left out of what is frozen in its jail, earns nothing for its epochs, and comes back after it", () => {
    const banks = runEpochs(withRecord({ jailedUntilEpoch: 3n }), 6, () => [100, 100]);
    const isFrozen = banks.map(({ stakeTables, epoch }) =>
      stakeTables.get(epochOf(epoch + 1))!.byVoteAccount.has(first!),
    );
    expect(isFrozen).toEqual([true, false, false, true, true, true, true]);
    const earns = banks.slice(1).map((bank) => incomeOf(rewardsIn(bank), first!).stakers > 0n);
    expect(earns).toEqual([false, false, false, true, true, true]);
    expect(banks.slice(1).every((bank) => incomeOf(rewardsIn(bank), second!).stakers > 0n)).toBe(true);
  });

  it("is not paid later for what it voted in jail: its stakes observe their credits all the same", () => {
    const banks = runEpochs(withRecord({ jailedUntilEpoch: 3n }), 4, () => [100, 100]);
    expect(banks.map((bank) => stakeIn(bank, own).delegation.creditsObserved)).toEqual([0n, 100n, 200n, 300n, 400n]);
    const share = rewardsIn(banks[4]!)
      .partitions.flat()
      .find(({ stakeAccount }) => stakeAccount === own)!;
    expect(share.points).toBe(100n * stakeIn(banks[3]!, own).delegation.stake);
    expect(banks[2]!.rewards.map(({ address }) => address)).not.toContain(own);
  });

  it("for ever, once it is tombstoned", () => {
    const banks = runEpochs(withRecord({ tombstoned: true }), 4, () => [100, 100]);
    expect(
      banks.slice(1).some(({ stakeTables, epoch }) => stakeTables.get(epochOf(epoch + 1))!.byVoteAccount.has(first!)),
    ).toBe(false);
  });

  it("leads on when there is nobody else", () => {
    const chained = withRecord({ tombstoned: true });
    const other = requireAccount(chained.genesisBank, second!);
    const closed = { ...other, owner: systemProgramAddress, data: new Uint8Array(0) };
    const alone = { ...chained, genesisBank: withAccounts(chained.genesisBank, { [second!]: closed }) };
    const bank = bankAfter(alone, bankAfter(alone, alone.genesisBank, 32), 64);
    expect(bank.stakeTables.get(epochOf(3))).toEqual(built.genesisBank.stakeTables.get(epochOf(1)));
  });
});
