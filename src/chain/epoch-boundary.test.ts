import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bankAfter,
  requireAccount,
  stakeIn,
  sumOfLamports,
  voteIn,
  withAccounts,
  withCredits,
  withDelegation,
  withVote,
} from "../../test/support/bank-steps.ts";
import { createTestChain, range, type TestChain, type TestChainPlan } from "../../test/support/chain-builder.ts";
import { encodeHex } from "../base/bytes.ts";
import { sha256 } from "../base/sha256.ts";
import { accountsEntries } from "./accounts-tree.ts";
import { systemProgramAddress, sysvarOwnerAddress } from "./addresses.ts";
import type { Bank } from "./bank.ts";
import { inflationRatesOf } from "./epoch-inflation.ts";
import { slotsIn } from "./epoch-schedule.ts";
import { type Address, epochOf, hashBytes, lamportsOf, lamportsPerSol, slotOf } from "./ids.ts";
import { epochLeadersFor, leaderAfter } from "./leaders.ts";
import { rewardPartitionOf } from "./reward-partitions.ts";
import { decodeStakeState, never } from "./stake-account.ts";
import {
  createStakeHistory,
  type StakeHistoryEntry,
  stakeActivationAt,
  stakeActivationInstant,
} from "./stake-activation.ts";
import { decodeVoteState } from "./vote-state.ts";

/** Slots of an hour, so that an epoch of 32 earns coins that one can see. */
const slow = { slotDurationMs: 3_600_000, slotsPerEpoch: 32, slashing: false };

/** Three validators at 0, 7.5 and 100 %, and stakes in every state beside theirs. */
const staked: TestChainPlan = {
  stakes: [600n, 300n, 100n],
  commissions: [0, 7.5, 100],
  stakeAccounts: [
    { validator: 0, stake: 500n * lamportsPerSol, state: "activating" },
    { validator: 1, stake: 40n * lamportsPerSol + 1n, state: "activating" },
    { validator: 1, stake: 50n * lamportsPerSol, state: "active" },
    { validator: 2, stake: 70n * lamportsPerSol, state: "deactivating" },
    { validator: 2, stake: 3n, state: "active" },
    { validator: 0, stake: 9n * lamportsPerSol, state: "inactive" },
    { validator: null, stake: 5n * lamportsPerSol, state: "initialized" },
  ],
};

const votesOf = ({ network }: TestChain) => network.validators.map(({ voteAccount }) => voteAccount);

/** All stake accounts that delegate: the validators' own first. */
const stakesOf = ({ network }: TestChain): Address[] => [
  ...network.genesis.validators.map(({ stakeAccount }) => stakeAccount),
  ...network.stakeAccounts.slice(0, 6),
];

describe("an epoch's boundary, against a dumb twin", () => {
  type Share = { address: Address; lamports: bigint; creditsObserved: bigint };
  type Twin = {
    history: StakeHistoryEntry[];
    /** By epoch: stake by vote account. */
    tables: Map<number, Map<Address, bigint>>;
    commissions: Map<number, Map<Address, number>>;
    unpaid: Share[][];
    startHeight: number;
  };

  function allStakes(bank: Bank) {
    return [...accountsEntries(bank.accounts)].flatMap(([address, { data }]) => {
      const state = data.length === 200 ? decodeStakeState(data) : null;
      return state?.type === "delegated" ? [{ address, ...state.delegation }] : [];
    });
  }

  function allVotes(bank: Bank) {
    return [...accountsEntries(bank.accounts)].flatMap(([address, { data }]) => {
      const state = decodeVoteState(data, address);
      return state === null ? [] : [{ address, ...state }];
    });
  }

  function twinStatus(
    { chain }: TestChain,
    twin: Twin,
    delegation: Parameters<typeof stakeActivationAt>[0],
    at: number,
  ) {
    const { stakeWarmup, stakeReducedRateEpoch } = chain.params;
    if (stakeWarmup === "instant") return stakeActivationInstant(delegation, BigInt(at));
    return stakeActivationAt(delegation, BigInt(at), createStakeHistory(twin.history), BigInt(stakeReducedRateEpoch));
  }

  function twinTable(built: TestChain, twin: Twin, bank: Bank, epoch: number): Map<Address, bigint> {
    const table = new Map<Address, bigint>();
    for (const stake of allStakes(bank)) {
      const { effective } = twinStatus(built, twin, stake, epoch);
      if (effective > 0n && allVotes(bank).some(({ address }) => address === stake.voteAccount))
        table.set(stake.voteAccount, (table.get(stake.voteAccount) ?? 0n) + effective);
    }
    return table;
  }

  /** A line for each account that is no sysvar. */
  function accountsText(bank: Bank): string[] {
    const lines: string[] = [];
    for (const [address, { lamports, owner, data }] of accountsEntries(bank.accounts)) {
      if (owner === sysvarOwnerAddress) continue;
      const state = decodeStakeState(data);
      const delegation = state?.type === "delegated" ? Object.values(state.delegation) : [encodeHex(sha256(data))];
      lines.push(`${address} ${owner} ${lamports} ${delegation.join(" ")}`);
    }
    return lines;
  }

  const commissionsOf = (bank: Bank) =>
    new Map(allVotes(bank).map((vote) => [vote.address, vote.inflationRewardsCommissionBps]));

  function startTwin(built: TestChain): Twin {
    const { genesisBank } = built;
    const twin: Twin = { history: [], tables: new Map(), commissions: new Map(), unpaid: [], startHeight: 0 };
    for (const epoch of [genesisBank.epoch, genesisBank.epoch + 1]) {
      twin.tables.set(epoch, twinTable(built, twin, genesisBank, genesisBank.epoch));
      twin.commissions.set(epoch, commissionsOf(genesisBank));
    }
    return twin;
  }

  /** Pays a partition on the parent, as if by hand. */
  function pay(bank: Bank, shares: readonly Share[]): Bank {
    let paid = bank;
    for (const { address, lamports, creditsObserved } of shares) {
      if (!allStakes(paid).some((stake) => stake.address === address)) continue;
      const stake = lamportsOf(stakeIn(paid, address).delegation.stake + lamports);
      paid = withDelegation(paid, address, { stake, creditsObserved });
      const account = requireAccount(paid, address);
      paid = withAccounts(paid, { [address]: { ...account, lamports: lamportsOf(account.lamports + lamports) } });
    }
    return paid;
  }

  /** What the next block must make of the parent's accounts. Transactions there are none. */
  function twinStep(built: TestChain, twin: Twin, parent: Bank, epoch: number): Bank {
    let bank = parent;
    if (epoch > parent.epoch) bank = twinBoundary(built, twin, parent, epoch);
    if (parent.height + 1 >= twin.startHeight) bank = pay(bank, twin.unpaid.shift() ?? []);
    return bank;
  }

  function twinBoundary(built: TestChain, twin: Twin, parent: Bank, epoch: number): Bank {
    let bank = parent;
    for (const shares of twin.unpaid.splice(0)) bank = pay(bank, shares);
    for (let each = parent.epoch; each < epoch; each++) {
      const entry = { epoch: BigInt(each), effective: 0n, activating: 0n, deactivating: 0n };
      for (const stake of allStakes(bank)) {
        const status = twinStatus(built, twin, stake, each);
        entry.effective += status.effective;
        entry.activating += status.activating;
        entry.deactivating += status.deactivating;
      }
      twin.history.push(entry);
    }
    for (let each = parent.epoch + 2; each <= epoch; each++) {
      twin.tables.set(each, twin.tables.get(parent.epoch + 1)!);
      twin.commissions.set(each, twin.commissions.get(parent.epoch + 1)!);
    }
    const counted = twinTable(built, twin, bank, epoch);
    twin.tables.set(epoch + 1, counted.size > 0 ? counted : twin.tables.get(epoch)!);
    twin.commissions.set(epoch + 1, commissionsOf(bank));
    return twinRewards(built, twin, parent, bank, epoch);
  }

  function twinRewards(built: TestChain, twin: Twin, parent: Bank, bank: Bank, epoch: number): Bank {
    const { chain } = built;
    const { epochs, params } = chain;
    const yearMs = 365.242199 * 24 * 3600 * 1000;
    const { validator } = inflationRatesOf(chain, epochOf(epoch));
    const year = slotsIn(epochs, parent.epoch) / (yearMs / params.slotDurationMs);
    const pot = BigInt(Math.floor(validator * Number(parent.supply.total) * year));
    const votes = allVotes(bank);
    const earned = allStakes(bank).flatMap((stake) => {
      const vote = votes.find(({ address }) => address === stake.voteAccount);
      if (vote === undefined) return [];
      let points = 0n;
      for (const { epoch: at, credits, previousCredits } of vote.epochCredits) {
        const from = stake.creditsObserved > previousCredits ? stake.creditsObserved : BigInt(previousCredits);
        if (BigInt(credits) > from) points += (BigInt(credits) - from) * twinStatus(built, twin, stake, at).effective;
      }
      const creditsObserved = BigInt(vote.epochCredits.at(-1)?.credits ?? 0);
      return [{ ...stake, points, creditsObserved, isReset: creditsObserved < stake.creditsObserved }];
    });
    const totalPoints = earned.reduce((sum, { points }) => sum + points, 0n);
    const shares: Share[] = [];
    const commissions = new Map<Address, bigint>();
    for (const { address, voteAccount, points, creditsObserved, activationEpoch, isReset } of earned) {
      if (totalPoints === 0n) continue;
      if (isReset || pot === 0n || activationEpoch === BigInt(parent.epoch)) {
        shares.push({ address, lamports: 0n, creditsObserved });
        continue;
      }
      const whole = (points * pot) / totalPoints;
      const bps = BigInt(
        twin.commissions.get(parent.epoch)?.get(voteAccount) ??
          twin.commissions.get(parent.epoch + 1)?.get(voteAccount) ??
          voteIn(bank, voteAccount).inflationRewardsCommissionBps,
      );
      const commission = (whole * bps) / 10_000n;
      const lamports = (whole * (10_000n - bps)) / 10_000n;
      const isSplit = bps > 0n && bps < 10_000n;
      if (whole === 0n || (isSplit && (commission === 0n || lamports === 0n))) continue;
      shares.push({ address, lamports, creditsObserved });
      commissions.set(voteAccount, (commissions.get(voteAccount) ?? 0n) + commission);
    }
    const { stakeRewardsPerBlock, slotsPerEpoch } = params;
    const count = Math.min(Math.ceil(shares.length / stakeRewardsPerBlock), Math.floor(slotsPerEpoch / 10));
    twin.unpaid = range(0, count - 1).map((partition) =>
      shares.filter(({ address }) => rewardPartitionOf(address, hashBytes(parent.blockhash), count) === partition),
    );
    twin.startHeight = parent.height + 2;
    let paid = bank;
    for (const [address, commission] of commissions) {
      const account = requireAccount(paid, address);
      paid = withAccounts(paid, { [address]: { ...account, lamports: lamportsOf(account.lamports + commission) } });
    }
    return paid;
  }

  const anything = fc.record({
    gap: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 1, max: 9 }) },
      { weight: 3, arbitrary: fc.integer({ min: 10, max: 32 }) },
      { weight: 1, arbitrary: fc.integer({ min: 33, max: 130 }) },
    ),
    credits: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 500 })), { minLength: 3, maxLength: 3 }),
    commission: fc.option(fc.tuple(fc.nat(2), fc.constantFrom(0, 1, 750, 9999, 10_000)), { freq: 3 }),
    deactivated: fc.option(fc.nat(8), { freq: 3 }),
    delegated: fc.option(fc.tuple(fc.nat(8), fc.nat(2)), { freq: 3 }),
    undelegated: fc.option(fc.nat(8), { freq: 12 }),
    restarted: fc.option(fc.nat(2), { freq: 12 }),
  });

  type Step = typeof anything extends fc.Arbitrary<infer T> ? T : never;

  /** What transactions might have done to a bank, done by hand. */
  function meddled(built: TestChain, before: Bank, step: Step): Bank {
    let bank = before;
    const votes = votesOf(built);
    const stakes = stakesOf(built);
    const epoch = BigInt(bank.epoch);
    const isDelegated = (address: Address) =>
      decodeStakeState(requireAccount(bank, address).data)?.type === "delegated";
    if (step.restarted !== null) bank = withVote(bank, votes[step.restarted]!, { epochCredits: [] });
    for (const [i, credits] of step.credits.entries()) bank = withCredits(bank, votes[i]!, credits);
    if (step.commission !== null) {
      const [i, inflationRewardsCommissionBps] = step.commission;
      bank = withVote(bank, votes[i]!, { inflationRewardsCommissionBps });
    }
    const off = step.deactivated === null ? null : stakes[step.deactivated]!;
    if (off !== null && isDelegated(off) && stakeIn(bank, off).delegation.deactivationEpoch === never)
      bank = withDelegation(bank, off, { deactivationEpoch: epoch });
    if (step.delegated !== null && isDelegated(stakes[step.delegated[0]]!)) {
      const [i, vote] = step.delegated;
      const creditsObserved = BigInt(voteIn(bank, votes[vote]!).epochCredits.at(-1)?.credits ?? 0);
      const change = { voteAccount: votes[vote]!, activationEpoch: epoch, deactivationEpoch: never, creditsObserved };
      bank = withDelegation(bank, stakes[i]!, change);
    }
    if (step.undelegated !== null) {
      const address = stakes[step.undelegated]!;
      const account = requireAccount(bank, address);
      bank = withAccounts(bank, { [address]: { ...account, data: new Uint8Array(200) } });
    }
    return bank;
  }
  it.each([
    ["warm-up at both rates", { stakeReducedRateEpoch: 3, stakeRewardsPerBlock: 2 }],
    ["stake at once", { stakeWarmup: "instant", stakeRewardsPerBlock: 4 }],
    ["no inflation", { inflationInitialBps: 0, inflationTerminalBps: 0, stakeRewardsPerBlock: 100 }],
  ] as const)("freezes the same stakes and pays the same rewards (%s)", (_, params) => {
    const built = createTestChain({ ...staked, params: { ...slow, ...params } });
    fc.assert(
      fc.property(fc.array(anything, { minLength: 3, maxLength: 25 }), (steps) => {
        const twin = startTwin(built);
        let bank = built.genesisBank;
        for (const step of steps) {
          const parent = meddled(built, bank, step);
          bank = bankAfter(built, parent, parent.slot + step.gap);
          const expected = twinStep(built, twin, parent, bank.epoch);
          expect(accountsText(bank)).toEqual(accountsText(expected));
          expect(sumOfLamports(bank)).toBe(bank.supply.total);
          expect(bank.supply.total).toBe(built.genesisBank.supply.total + bank.supply.minted - bank.supply.burned);
          expect(bank.stakeHistory).toEqual(createStakeHistory(twin.history));
          for (const [epoch, table] of bank.stakeTables) {
            const stakes = new Map(table.entries.map(({ voteAccount, stake }) => [voteAccount, stake]));
            expect(stakes).toEqual(twin.tables.get(epoch));
          }
          for (const [epoch, table] of bank.commissionTables) expect(table).toEqual(twin.commissions.get(epoch));
          expect([...bank.stakeTables.keys()].slice(-2)).toEqual([bank.epoch, bank.epoch + 1]);
        }
      }),
      { seed: 1234, numRuns: 25 },
    );
  });
});

describe("stake on its way", () => {
  const firstOf = (epoch: number) => 32 * epoch;
  /** A validator's stake in the tables there are, by epoch. */
  const leading = (bank: Bank, voteAccount: Address) =>
    Object.fromEntries(
      [...bank.stakeTables].map(([epoch, table]) => [epoch, table.byVoteAccount.get(voteAccount)?.stake]),
    );
  const sol = (amount: bigint) => amount * lamportsPerSol;

  /** Delegated by hand in epoch 4, in a chain that has a block in every epoch. */
  function delegatedInEpoch4(params: TestChainPlan["params"]) {
    const built = createTestChain({
      stakes: [600n, 300n, 100n],
      params: { ...slow, ...params, inflationInitialBps: 0, inflationTerminalBps: 0 },
      stakeAccounts: [{ validator: 2, stake: sol(100n), state: "inactive" }],
    });
    const stake = built.network.stakeAccounts[0]!;
    const vote = votesOf(built)[2]!;
    let bank = built.genesisBank;
    for (const epoch of range(1, 4)) bank = bankAfter(built, bank, firstOf(epoch));
    bank = withDelegation(bank, stake, { activationEpoch: 4n, deactivationEpoch: never });
    const seen: Record<number, ReturnType<typeof leading>> = { 4: leading(bank, vote) };
    for (const epoch of range(5, 8)) {
      bank = bankAfter(built, bank, firstOf(epoch));
      seen[epoch] = leading(bank, vote);
    }
    return { built, bank, stake, vote, seen };
  }

  it("delegated in epoch 4 and let in at once, is frozen as 5 begins and leads from 6 on", () => {
    const { seen } = delegatedInEpoch4({ stakeWarmup: "instant" });
    expect(seen).toEqual({
      4: { 3: sol(100n), 4: sol(100n), 5: sol(100n) },
      5: { 4: sol(100n), 5: sol(100n), 6: sol(200n) },
      6: { 5: sol(100n), 6: sol(200n), 7: sol(200n) },
      7: { 6: sol(200n), 7: sol(200n), 8: sol(200n) },
      8: { 7: sol(200n), 8: sol(200n), 9: sol(200n) },
    });
  });

  it("comes in at 9 % of the cluster's effective stake an epoch", () => {
    const { seen, bank } = delegatedInEpoch4({});
    // 9 % of 1000 are 90; the 10 left are fewer than 9 % of 1090.
    expect(seen).toMatchObject({ 5: { 6: sol(190n) }, 6: { 6: sol(190n), 7: sol(200n) } });
    const history = bank.stakeHistory.entries
      .slice(0, 4)
      .map(({ epoch, ...sums }) => [Number(epoch), ...Object.values(sums)]);
    expect(history).toEqual([
      [7, sol(1100n), 0n, 0n],
      [6, sol(1100n), 0n, 0n],
      [5, sol(1090n), sol(10n), 0n],
      [4, sol(1000n), sol(100n), 0n],
    ]);
  });

  it("changes who leads no sooner than its table says", () => {
    const { built, bank: after, stake, seen } = delegatedInEpoch4({ stakeWarmup: "instant", leaderPolicy: "solana" });
    expect(seen[6]).toBeDefined();
    const leadersIn = (bank: Bank, epoch: number) =>
      epochLeadersFor(built.chain, bank, epochOf(epoch), bank.slot)?.table;
    let bank = built.genesisBank;
    const totals: Record<number, bigint | undefined> = {};
    for (const epoch of range(1, 7)) {
      bank = bankAfter(built, bank, firstOf(epoch));
      if (epoch === 4) bank = withDelegation(bank, stake, { activationEpoch: 4n, deactivationEpoch: never });
      totals[epoch] = leadersIn(bank, epoch)?.total;
    }
    expect(totals).toEqual({
      1: sol(1000n),
      2: sol(1000n),
      3: sol(1000n),
      4: sol(1000n),
      5: sol(1000n),
      6: sol(1100n),
      7: sol(1100n),
    });
    expect(after.epoch).toBe(8);
  });

  it("does not hang where epochs pass without a block: each of them has its entry", () => {
    const built = createTestChain({ ...staked, params: { ...slow, stakeReducedRateEpoch: 1000 } });
    const far = bankAfter(built, built.genesisBank, firstOf(40));
    expect(far.stakeHistory.entries.map(({ epoch }) => Number(epoch))).toEqual(range(0, 39).reverse());
    expect(far.stakeHistory.entries[0]).toMatchObject({ activating: 0n, deactivating: 0n });
    const first = built.genesisBank.stakeTables.get(epochOf(1))!;
    expect([...far.stakeTables.keys()]).toEqual([39, 40, 41]);
    expect([far.stakeTables.get(epochOf(39)), far.stakeTables.get(epochOf(40))]).toEqual([first, first]);
    expect(far.stakeTables.get(epochOf(41))!.total).toBe(first.total + sol(500n) + sol(40n) + 1n - sol(70n));
  });

  it("is remembered for 512 epochs, however many pass at once", () => {
    const built = createTestChain({ ...staked, params: slow });
    const some = bankAfter(built, built.genesisBank, firstOf(2));
    const far = bankAfter(built, some, firstOf(2000));
    expect(far.stakeHistory.entries.map(({ epoch }) => Number(epoch))).toEqual(range(1488, 1999).reverse());
    expect(bankAfter(built, far, firstOf(2001)).stakeHistory.entries.at(-1)?.epoch).toBe(1489n);
  });

  it("leads by the same tables whether one asks before an epoch's first block or after it, whatever was skipped", () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 32, max: 200 })), {
      maxLength: 6,
    });
    const built = createTestChain({ ...staked, params: { ...slow, leaderPolicy: "solana" } });
    const { chain } = built;
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 200 }), (steps, ahead) => {
        let parent = built.genesisBank;
        for (const gap of steps) {
          // So that no two tables are alike.
          const stake = lamportsOf(sol(700n) + BigInt(parent.slot));
          parent = bankAfter(built, withDelegation(parent, stakesOf(built)[0]!, { stake }), parent.slot + gap);
        }
        const child = bankAfter(built, parent, parent.slot + ahead);
        const { epoch } = child;
        for (const each of range(Math.max(parent.epoch, epoch - 1), epoch)) {
          const before = epochLeadersFor(chain, parent, epochOf(each), child.slot)!;
          expect(before.table).toBe(child.stakeTables.get(epochOf(each)));
        }
        expect(epochLeadersFor(chain, parent, epoch, child.slot)).toBe(
          epochLeadersFor(chain, child, epoch, child.slot),
        );
        if (epoch > parent.epoch) expect(epochLeadersFor(chain, parent, epochOf(epoch + 1), child.slot)).toBeNull();
        expect(epochLeadersFor(chain, child, epochOf(epoch + 1), child.slot)).not.toBeNull();
        expect(epochLeadersFor(chain, child, epochOf(epoch + 2), child.slot)).toBeNull();
      }),
      { seed: 1234, numRuns: 60 },
    );
  });

  it("may all go: then the last stakes there were lead on, until there are others", () => {
    const built = createTestChain({ stakes: [600n, 400n], params: { ...slow, stakeWarmup: "instant" } });
    const validators = stakesOf(built).slice(0, 2);
    let bank = bankAfter(built, built.genesisBank, firstOf(1));
    for (const stake of validators) bank = withDelegation(bank, stake, { deactivationEpoch: 1n });
    for (const epoch of range(2, 6)) {
      bank = bankAfter(built, bank, firstOf(epoch));
      expect(bank.stakeTables.get(epochOf(epoch + 1))).toEqual(built.genesisBank.stakeTables.get(epochOf(1)));
      expect(leaderAfter(built.chain, bank, slotOf(bank.slot + 1)).stake).toBeGreaterThan(0n);
    }
    expect(bank.stakeHistory.entries[0]).toMatchObject({ epoch: 5n, effective: 0n, activating: 0n, deactivating: 0n });
    bank = withDelegation(bank, validators[1]!, { activationEpoch: 6n, deactivationEpoch: never });
    bank = bankAfter(built, bank, firstOf(7));
    expect(bank.stakeTables.get(epochOf(8))!.entries.map(({ stake }) => stake)).toEqual([sol(400n)]);
  });

  it("counts only where there is a vote account to delegate to", () => {
    const built = createTestChain({ stakes: [600n, 300n, 100n], params: slow });
    const [, gone, blank] = votesOf(built);
    const empty = { ...requireAccount(built.genesisBank, blank!), data: new Uint8Array(3762) };
    const closed = { ...empty, owner: systemProgramAddress, data: new Uint8Array(0) };
    const bank = bankAfter(built, withAccounts(built.genesisBank, { [gone!]: closed, [blank!]: empty }), firstOf(1));
    expect(bank.stakeTables.get(epochOf(2))!.entries.map(({ stake }) => stake)).toEqual([sol(600n)]);
    expect([...bank.commissionTables.get(epochOf(2))!.keys()]).toEqual([votesOf(built)[0]]);
    expect(bank.stakeHistory.entries[0]!.effective).toBe(sol(1000n));
  });
});
