/**
 * Group D, first part: what can be done to delegation (D1 to D4). Each id is a weakness of the tutorial's sketches, tried
 * here on a real chain. Slashing: staking-penalties.test.ts; rewards: staking-rewards.test.ts; bad input to each
 * instruction: staking-input.test.ts.
 */
import { describe, expect, it } from "vitest";
import { accountAt } from "../../src/chain/accounts-tree.ts";
import { systemProgramAddress, voteProgramAddress } from "../../src/chain/addresses.ts";
import { createWithdrawVoteInstruction } from "../../src/chain/create-vote-instructions.ts";
import type { Keypair } from "../../src/chain/crypto.ts";
import { type Address, epochOf } from "../../src/chain/ids.ts";
import { rentExemptMinimum } from "../../src/chain/rent.ts";
import { stakeOf } from "../../src/chain/stake-table.ts";
import { voteAccountBytes } from "../../src/chain/vote-state.ts";
import { chiSquareTest } from "../../src/sim/statistics.ts";
import { range, type TestChainPlan } from "../support/chain-builder.ts";
import {
  attempt,
  balanceIn,
  createAccount,
  createStakingChain,
  createVotingCluster,
  deactivate,
  delegate,
  delegationIn,
  expectBacked,
  expectRefused,
  extendToEpoch,
  fee,
  frozenIn,
  keypairNamed,
  lamportsIn,
  landed,
  openStake,
  reserveOf,
  type StakingChain,
  sol,
  split,
  stakeError,
  statusIn,
  still,
  u64Max,
  unsigned,
  withdraw,
} from "./stakers.ts";

describe("D1: delegated stake counts", () => {
  it("D1: 9000 delegated to a tenth of the network lead nine slots in ten, two epochs later and not before", () => {
    const { network, advanceTo, submit, seen, head, cluster } = createVotingCluster({
      params: { ...still, stakeWarmup: "instant" },
    });
    const [owner] = network.accounts as [Keypair];
    const stake = keypairNamed("delegated");
    const { voteAccount, identity } = network.validators[2]!;
    const built = { chain: { params: network.genesis.params } } as StakingChain;
    advanceTo(5);
    const opened = openStake(built, owner.address, stake.address, 9000n * sol);
    submit(owner, [...opened, delegate(stake.address, voteAccount, owner.address)], stake);
    advanceTo(127);
    const tables = range(0, 3).map((epoch) => {
      const { bank } = seen.findLast((each) => each.bank.epoch === epoch)!;
      return [epoch, frozenIn(bank, epoch, voteAccount), bank.stakeTables.get(epochOf(epoch))!.total];
    });
    expect(tables).toEqual([
      [0, 100n * sol, 1000n * sol],
      [1, 100n * sol, 1000n * sol],
      [2, 9100n * sol, 10_000n * sol],
      [3, 9100n * sol, 10_000n * sol],
    ]);
    const ledIn = (first: number, last: number) => {
      const blocks = seen.filter(({ bank }) => bank.slot >= first && bank.slot <= last);
      const led = blocks.filter(({ block }) => block.leader === identity.address).length;
      return [led, blocks.length - led];
    };
    const [before, after] = [ledIn(1, 63), ledIn(64, 127)];
    expect(chiSquareTest(before, [0.1, 0.9]).pValue).toBeGreaterThan(0.001);
    expect(chiSquareTest(after, [0.91, 0.09]).pValue).toBeGreaterThan(0.001);
    expect(chiSquareTest(after, [0.1, 0.9]).pValue).toBeLessThan(1e-9);
    // And it votes with it: without its 91 % nothing becomes final any more.
    const finalized = () => cluster.observing.tree.root.slot;
    cluster.setOnline(2, false);
    advanceTo(130);
    const last = finalized();
    advanceTo(159);
    expect(finalized()).toBe(last);
    expect(head().slot).toBeGreaterThan(last);
  });
});

describe("D2–D4: delegation", () => {
  const plan: TestChainPlan = {
    stakeAccounts: [
      { validator: null, stake: 40n * sol, state: "initialized" },
      { validator: 0, stake: 60n * sol, state: "active" },
    ],
    accountLamports: 2000n * sol,
  };
  const built = createStakingChain(plan);
  const { start, owner, thief, votes } = built;
  const [idle, active] = built.stakes as [Address, Address];

  it("D2: a delegation to nobody, a wallet, a stake account or an empty vote account is refused, and asking for it gives nothing", () => {
    const ghost = keypairNamed("ghost");
    for (const voter of [ghost.address, thief.address, active, systemProgramAddress]) {
      expectRefused(built, start, owner, [delegate(idle, voter, owner.address)], "IncorrectProgramId");
    }
    const rent = rentExemptMinimum(voteAccountBytes, built.chain.params);
    const create = createAccount(owner.address, ghost.address, rent, voteAccountBytes, voteProgramAddress);
    const created = landed(built, start, owner, [create], { signers: [ghost] });
    expectRefused(built, created, owner, [delegate(idle, ghost.address, owner.address)], "InvalidAccountData");
    for (const table of created.stakeTables.values()) {
      expect(stakeOf(table, ghost.address)).toBe(0n);
      expect(table.byVoteAccount.has(ghost.address)).toBe(false);
    }
    expect(delegationIn(landed(built, start, owner, [delegate(idle, votes[1]!, owner.address)]), idle)).toMatchObject({
      voteAccount: votes[1],
      stake: 40n * sol,
    });
  });

  it("D2: who delegated to a validator that closed its vote account counts for nobody, gets all back, and stops nothing", () => {
    // In this chain nobody votes, so that nothing keeps a vote account open.
    const left = createStakingChain({
      ...plan,
      params: { stakeWarmup: "instant" },
      stakeAccounts: [{ validator: 2, stake: 60n * sol, state: "active" }],
    });
    const [stake] = left.stakes as [Address];
    const { identity, voteAccount } = left.network.validators[2]!;
    const close = createWithdrawVoteInstruction({
      voteAccount,
      withdrawer: identity.address,
      recipient: identity.address,
      lamports: balanceIn(left.start, voteAccount),
    });
    expect(frozenIn(left.start, 2, voteAccount)).toBe(160n * sol);
    const closed = landed(left, left.start, identity, [close]);
    expect(accountAt(closed.accounts, voteAccount)).toBeNull();
    const later = extendToEpoch(left, closed, 3);
    expect([frozenIn(later, 3, voteAccount), frozenIn(later, 4, voteAccount)]).toEqual([0n, 0n]);
    expect(frozenIn(later, 4, left.votes[0]!)).toBe(600n * sol);
    const cooling = landed(left, later, left.owner, [deactivate(stake, left.owner.address)]);
    const cold = extendToEpoch(left, cooling, 4);
    const all = balanceIn(cold, stake);
    expect(all).toBe(60n * sol + reserveOf(left));
    const out = landed(left, cold, left.owner, [withdraw(stake, all, left.owner.address)]);
    expect(balanceIn(out, left.owner.address) - balanceIn(cold, left.owner.address)).toBe(all - fee);
  });

  it("D3: a delegation has no amount to lie about: it is what its account holds above the rent reserve", () => {
    const [instruction] = [delegate(idle, votes[0]!, owner.address)];
    expect(instruction!.data).toEqual(Uint8Array.of(2, 0, 0, 0));
    // Whatever stands behind the tag (minus one, NaN, 2^64 − 1) is read by nobody.
    const lies = [Array<number>(8).fill(255), [0, 0, 0, 0, 0, 0, 248, 127], [1, 0, 0, 0, 0, 0, 0, 0]];
    for (const lie of lies) {
      const data = Uint8Array.of(...instruction!.data, ...lie);
      const bank = landed(built, start, owner, [{ ...instruction!, data }]);
      expect(delegationIn(bank, idle).stake).toBe(40n * sol);
      expect(balanceIn(bank, idle)).toBe(balanceIn(start, idle));
    }
    for (const amount of [-1n, -(10n ** 9n), 2n ** 64n, Number.NaN, 0.5]) {
      expect(() => split(active, idle, amount as bigint, owner.address)).toThrow();
    }
  });

  it("D3: stake that nobody has cannot be staked: an account is opened with coins, and delegates from the minimum on", () => {
    const poor = keypairNamed("poor");
    const stake = keypairNamed("unbacked");
    const give = landed(
      built,
      start,
      owner,
      [createAccount(owner.address, poor.address, sol, 0, systemProgramAddress)],
      {
        signers: [poor],
      },
    );
    const insufficient = { Custom: 1 };
    for (const amount of [sol, 10n ** 18n, u64Max - reserveOf(built)]) {
      const open = openStake(built, poor.address, stake.address, amount);
      expectRefused(built, give, poor, open, insufficient, { signers: [stake] });
    }
    const opened = (amount: bigint) => [
      ...openStake(built, owner.address, stake.address, amount),
      delegate(stake.address, votes[0]!, owner.address),
    ];
    const signers = { signers: [stake] };
    for (const amount of [0n, 1n, sol - 1n]) {
      expectRefused(built, start, owner, opened(amount), stakeError(12), { ...signers, index: 2 });
    }
    expect(delegationIn(landed(built, start, owner, opened(sol), signers), stake.address).stake).toBe(sol);
  });

  it("D3: the same coins delegated ten times are delegated once, to whom they went last; once they count, no more", () => {
    const turns = range(0, 9).map((turn) => delegate(idle, votes[turn % 3]!, owner.address));
    const bank = landed(built, start, owner, turns);
    expect(delegationIn(bank, idle)).toMatchObject({ voteAccount: votes[0], stake: 40n * sol });
    // Frozen at the end of the epoch: 40 more, at one validator, however often they were promised.
    const instant = createStakingChain({ ...plan, params: { ...still, stakeWarmup: "instant" } });
    const next = extendToEpoch(instant, landed(instant, instant.start, instant.owner, turns), 2);
    expect(instant.votes.map((vote) => frozenIn(next, 3, vote))).toEqual([700n * sol, 300n * sol, 100n * sol]);
    expectBacked(instant, next);
    for (const vote of votes) {
      const again = [delegate(idle, vote, owner.address)];
      expectRefused(instant, next, instant.owner, again, stakeError(3));
      expectRefused(built, start, owner, [delegate(active, vote, owner.address)], stakeError(3));
    }
    // Nor can the coins leave and be staked elsewhere while they count here.
    const all = balanceIn(next, idle);
    for (const amount of [1n, 40n * sol, all]) {
      expectRefused(instant, next, instant.owner, [withdraw(idle, amount, owner.address)], "InsufficientFunds");
    }
  });

  it("D4: nobody delegates, undelegates or withdraws in another's name: the owner stands there and has not signed, or the thief signs", () => {
    const attacks = (by: Address) => [
      delegate(idle, votes[2]!, by),
      deactivate(active, by),
      withdraw(idle, sol, by, thief.address),
      withdraw(idle, balanceIn(start, idle), by, thief.address),
    ];
    for (const attack of attacks(thief.address))
      expectRefused(built, start, thief, [attack], "MissingRequiredSignature");
    for (const attack of attacks(owner.address)) {
      expectRefused(built, start, thief, [unsigned(attack, owner.address)], "MissingRequiredSignature");
    }
    expect(attempt(built, start, owner, [deactivate(active, owner.address)]).error).toBeNull();
  });

  it("D4: there is a way in and a way back, and both take their time: 9 % of the network's stake an epoch", () => {
    const slow = createStakingChain({
      params: still,
      accountLamports: 2000n * sol,
      stakeAccounts: [{ validator: null, stake: 200n * sol, state: "initialized" }],
    });
    const [stake] = slow.stakes as [Address];
    const by = slow.owner.address;
    let bank = landed(slow, slow.start, slow.owner, [delegate(stake, slow.votes[2]!, by)]);
    expect(statusIn(slow, bank, stake)).toEqual({ effective: 0n, activating: 200n * sol, deactivating: 0n });
    const next = () => {
      bank = extendToEpoch(slow, bank, bank.epoch + 1);
      const { effective } = statusIn(slow, bank, stake);
      expect(frozenIn(bank, bank.epoch + 1, slow.votes[2]!)).toBe(100n * sol + effective);
      return effective;
    };
    // 9 % of 1000; then the rest, since 9 % of 1090 are 98.1; then all.
    expect([next(), next(), next()]).toEqual([90n * sol, 188_100_000_000n, 200n * sol]);
    bank = landed(slow, bank, slow.owner, [deactivate(stake, by)]);
    expectRefused(slow, bank, slow.owner, [deactivate(stake, by)], stakeError(2));
    expect(statusIn(slow, bank, stake)).toEqual({ effective: 200n * sol, activating: 0n, deactivating: 200n * sol });
    const all = balanceIn(bank, stake);
    expectRefused(slow, bank, slow.owner, [withdraw(stake, 1n, by)], "InsufficientFunds");
    // 9 % of 1200 leave, and 9 % of 1092 are more than what is left.
    expect(next()).toBe(92n * sol);
    expectRefused(slow, bank, slow.owner, [withdraw(stake, all, by)], "InsufficientFunds");
    expectRefused(slow, bank, slow.owner, [withdraw(stake, 108n * sol + 1n, by)], "InsufficientFunds");
    bank = landed(slow, bank, slow.owner, [withdraw(stake, 108n * sol, by)]);
    expect(next()).toBe(0n);
    bank = landed(slow, bank, slow.owner, [withdraw(stake, all - 108n * sol, by)]);
    expect(accountAt(bank.accounts, stake)).toBeNull();
    expect(lamportsIn(bank)).toBe(bank.supply.total);
  });
});
