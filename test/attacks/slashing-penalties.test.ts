/**
 * Attacks on the penalty: on the rule by shields, full records and exits (D7, D9), on what is taken and from whom (D8), and
 * on the chain by slashing all of it away (D5).
 */
import { createNoopSigner } from "@solana/kit";
import { getDeactivateInstruction, getWithdrawInstruction } from "@solana-program/stake";
import { describe, expect, it } from "vitest";
import { accountAt } from "../../src/chain/accounts-tree.ts";
import { stakeProgramAddress } from "../../src/chain/addresses.ts";
import { type Address, lamportsPerSol } from "../../src/chain/ids.ts";
import { strangerOf } from "../support/attack-chain.ts";
import { transferInstruction } from "../support/chain-builder.ts";
import {
  createOffences,
  createSlashingWorld,
  delegatedIn,
  delegatorOwner,
  duplicateBlocks,
  expectConvicted,
  expectRefused,
  extendTo,
  land,
  ownStakeOf,
  recordIn,
  stakeIn,
  submit,
  withAccount,
} from "../support/slashing-world.ts";
import { requestOf } from "../support/transactions.ts";

const sol = lamportsPerSol;

const { world, at10, duplicate, brokenLockout } = createOffences();

describe("a conviction is no shield (D7, D9)", () => {
  it("against a dearer kind: a cheap one, asked for by an accomplice, leaves two blocks punishable", () => {
    const bank = expectConvicted(submit(world, at10, brokenLockout, { validator: 1 }));
    const both = expectConvicted(submit(world, bank, duplicate, { validator: 1 }));
    expect(recordIn(world, both, 1)).toMatchObject({ tombstoned: true, convictionsTotal: 2 });
    // One after the other: 100 + 9000 bps, then 500 + 9000 of the rest.
    const afterFirst = 300n * sol - (300n * sol * 9100n) / 10_000n;
    const rest = afterFirst - (afterFirst * 9500n) / 10_000n;
    expect(delegatedIn(extendTo(world, both, 33), ownStakeOf(world, 1))).toBe(rest);
  });

  it("against a second offence, in the same epoch or a later one", () => {
    const mild = createSlashingWorld({ params: { slashCorrelationMultiplier: 0, slashTombstone: false } });
    const start = extendTo(mild, mild.genesisBank, 10);
    const first = expectConvicted(submit(mild, start, duplicateBlocks(mild, 1, 5), { validator: 1 }));
    const second = expectConvicted(
      submit(mild, extendTo(mild, first, 15), duplicateBlocks(mild, 1, 13), { validator: 1 }),
    );
    const epoch1 = extendTo(mild, second, 40);
    const at95 = (amount: bigint) => amount - (amount * 500n) / 10_000n;
    expect(delegatedIn(epoch1, ownStakeOf(mild, 1))).toBe(at95(at95(300n * sol)));
    const third = expectConvicted(submit(mild, epoch1, duplicateBlocks(mild, 1, 38), { validator: 1 }));
    const epoch2 = extendTo(mild, third, 70);
    expect(delegatedIn(epoch2, ownStakeOf(mild, 1))).toBe(at95(at95(at95(300n * sol))));
    expect(recordIn(mild, epoch2, 1)!.convictions.map(({ settlement }) => settlement?.epoch)).toEqual([1, 1, 2]);
  });

  it("by filling the record: pending convictions are never forgotten, and evidence beyond them waits for the next epoch", () => {
    const mild = createSlashingWorld({ params: { slashCorrelationMultiplier: 0, slashTombstone: false } });
    let bank = extendTo(mild, mild.genesisBank, 1);
    for (let count = 0; count < 8; count++) {
      bank = expectConvicted(submit(mild, bank, duplicateBlocks(mild, 1, bank.slot + 1), { validator: 1 }));
    }
    const ninth = duplicateBlocks(mild, 1, bank.slot + 1);
    expectRefused(mild, bank, ninth, "TooManyPending");
    const next = extendTo(mild, bank, 33);
    expect(recordIn(mild, next, 1)!.convictions.every(({ settlement }) => settlement !== null)).toBe(true);
    const last = expectConvicted(submit(mild, next, ninth, { validator: 1 }));
    expect(recordIn(mild, last, 1)).toMatchObject({ convictionsTotal: 9, convictions: { length: 8 } });
  });

  it("by an exit: a validator slashed to nothing and jailed leads no more, with fresh stake neither", () => {
    const hard = createSlashingWorld({ params: { slashDuplicateBlockBps: 10_000 } });
    const start = extendTo(hard, hard.genesisBank, 10);
    const bank = extendTo(
      hard,
      expectConvicted(submit(hard, start, duplicateBlocks(hard, 1, 5), { validator: 1 })),
      33,
    );
    expect(delegatedIn(bank, ownStakeOf(hard, 1))).toBe(0n);
    const stakes = bank.stakeTables.get(2 as never)!;
    expect(stakes.entries.map(({ voteAccount }) => voteAccount)).not.toContain(hard.validators[1]!.voteAccount);
    // Its delegators' stake may come, but the record stays: no table has it, at any later boundary.
    const later = extendTo(hard, extendTo(hard, bank, 65), 97);
    expect(later.stakeTables.get(4 as never)!.byVoteAccount.has(hard.validators[1]!.voteAccount)).toBe(false);
  });
});

describe("what is taken (D8)", () => {
  it("is taken from own and delegated stake alike, cooling and inactive included; not from stake that came later", () => {
    const plan = {
      params: { slashCorrelationMultiplier: 0, stakeWarmup: "instant" as const },
      delegators: [
        { validator: 1, stake: 50n },
        { validator: 1, stake: 40n, deactivationEpoch: 1n }, // cooling when it offends
        { validator: 1, stake: 30n, deactivationEpoch: 0n }, // counted until epoch 0 ended: inactive when it offends
        { validator: 1, stake: 20n, activationEpoch: 1n }, // warming up: does not count yet
        { validator: 0, stake: 10n }, // another's
      ],
    };
    const delegated = createSlashingWorld(plan);
    const start = extendTo(delegated, delegated.genesisBank, 40);
    const evidence = duplicateBlocks(delegated, 1, 38);
    const bank = expectConvicted(submit(delegated, start, evidence, { validator: 1 }));
    const next = extendTo(delegated, bank, 64);
    const left = delegated.delegators.map((address) => delegatedIn(next, address));
    const at95 = (amount: bigint) => amount - (amount * 500n) / 10_000n;
    expect(left).toEqual([at95(50n * sol), at95(40n * sol), at95(30n * sol), 20n * sol, 10n * sol]);
    expect(delegatedIn(next, ownStakeOf(delegated, 1))).toBe(at95(300n * sol));
    const settlement = recordIn(delegated, next, 1)!.convictions[0]!.settlement!;
    expect(settlement).toMatchObject({ stakeAccounts: 4, taken: 21n * sol, reporterReward: (21n * sol) / 20n });
    // Balances shrink by what the delegations did: nothing is taken from what was not at stake.
    for (const address of [...delegated.delegators, ownStakeOf(delegated, 1)]) {
      const [before, after] = [stakeIn(bank, address), stakeIn(next, address)];
      expect(before.lamports - after.lamports).toBe(before.delegation.stake - after.delegation.stake);
    }
  });

  it("is not taken from stake that left and was withdrawn before, and is from stake that only left", () => {
    // An epoch is the whole way out here; on a chain with rates it takes as many as the cluster needs.
    const plan = { validator: 1, stake: 50n };
    const exits = createSlashingWorld({ params: { stakeWarmup: "instant" }, delegators: [plan, plan] });
    const [stays, leaves] = exits.delegators as [Address, Address];
    const authority = createNoopSigner(delegatorOwner.address);
    const deactivate = exits.delegators.map((stake) =>
      requestOf(getDeactivateInstruction({ stake, stakeAuthority: authority })),
    );
    const at11 = land(exits, extendTo(exits, exits.genesisBank, 10), deactivate, exits.reporter);
    expect(at11.error, at11.logs.join("\n")).toBeNull();
    const inEpoch1 = extendTo(exits, at11.bank, 40);
    const { lamports } = stakeIn(inEpoch1, leaves);
    const withdraw = getWithdrawInstruction({
      stake: leaves,
      recipient: delegatorOwner.address,
      withdrawAuthority: authority,
      args: lamports,
    });
    const withdrawn = land(exits, inEpoch1, [requestOf(withdraw)], exits.reporter);
    expect(withdrawn.error, withdrawn.logs.join("\n")).toBeNull();
    // Both stakes were frozen for epoch 1, so it leads with them when it offends.
    const bank = expectConvicted(submit(exits, withdrawn.bank, duplicateBlocks(exits, 1, 39), { validator: 1 }));
    expect(recordIn(exits, bank, 1)!.convictions[0]!.stakeAtRisk).toBe(400n * sol);
    const next = extendTo(exits, bank, 64);
    expect(recordIn(exits, next, 1)!.convictions[0]!.settlement!.stakeAccounts).toBe(2);
    expect(delegatedIn(next, stays)).toBe(0n);
    expect(accountAt(next.accounts, leaves)).toBeNull();
    expect(accountAt(next.accounts, delegatorOwner.address)!.lamports).toBe(lamports);
  });

  it("grows with the stake convicted around the same time, and each validator counts once", () => {
    const stakes = [500n, 100n, 100n, 100n, 100n, 100n];
    const shareOf = (offenders: readonly number[], epochsApart = 0) => {
      const many = createSlashingWorld({ stakes, params: { slashCorrelationEpochs: 2, slashTombstone: false } });
      let bank = extendTo(many, many.genesisBank, 10);
      for (const [index, validator] of offenders.entries()) {
        if (index === offenders.length - 1 && epochsApart > 0) {
          for (let epoch = 1; epoch <= epochsApart; epoch++) bank = extendTo(many, bank, 32 * epoch + 10);
        }
        const evidence = duplicateBlocks(many, validator, bank.slot + 1);
        bank = expectConvicted(submit(many, bank, evidence, { validator }));
      }
      const next = extendTo(many, bank, 32 * (epochsApart + 1) + 1);
      return recordIn(many, next, offenders.at(-1)!)!.convictions.at(-1)!.settlement!.shareBps;
    };
    // 10 % each: 500 + 3 × 1000 bps for one.
    expect(shareOf([1])).toBe(3500);
    expect(shareOf([1, 2])).toBe(6500);
    expect(shareOf([1, 2, 3])).toBe(9500);
    expect(shareOf([1, 2, 3, 4])).toBe(10_000);
    expect(shareOf([1, 1, 1])).toBe(3500);
    // A window of two epochs: the one before counts, the one before that does not.
    expect(shareOf([1, 2], 1)).toBeGreaterThan(6000);
    expect(shareOf([1, 2], 2)).toBeLessThan(4000);
  });

  it("is burned to the last lamport where the reporter cannot be paid", () => {
    const poor = strangerOf("reporter");
    const rentFree = createSlashingWorld({ params: { slashReporterBps: 10_000 } });
    const start = land(
      rentFree,
      extendTo(rentFree, rentFree.genesisBank, 9),
      [transferInstruction(rentFree.reporter.address, poor.address, sol)],
      rentFree.reporter,
    ).bank;
    const bank = expectConvicted(
      submit(rentFree, start, duplicateBlocks(rentFree, 1, 5), { validator: 1, reporter: poor }),
    );
    const program = { ...accountAt(bank.accounts, poor.address)!, owner: stakeProgramAddress };
    const next = extendTo(rentFree, { ...bank, accounts: withAccount(bank, poor.address, program) }, 33);
    const settlement = recordIn(rentFree, next, 1)!.convictions[0]!.settlement!;
    expect(settlement.reporterReward).toBe(0n);
    expect(next.supply.burned - bank.supply.burned).toBe(settlement.taken);
    const paid = recordIn(rentFree, extendTo(rentFree, bank, 33), 1)!.convictions[0]!.settlement!;
    expect(paid.reporterReward).toBe(paid.taken);
  });

  it("is never more than the supply loses: every lamport is accounted for, block by block", () => {
    const many = createSlashingWorld({ stakes: [400n, 300n, 200n, 100n], delegators: [{ validator: 2, stake: 7n }] });
    let bank = extendTo(many, many.genesisBank, 10);
    for (const validator of [1, 2]) {
      bank = expectConvicted(submit(many, bank, duplicateBlocks(many, validator, 5), { validator }));
    }
    const next = extendTo(many, bank, 33);
    const slashed = next.rewards
      .filter(({ type }) => type === "slashing")
      .reduce((sum, { lamports }) => sum + lamports, 0n);
    expect(bank.supply.total - next.supply.total).toBe(-slashed);
    expect(next.supply.total).toBe(
      bank.supply.total + next.supply.minted - bank.supply.minted - (next.supply.burned - bank.supply.burned),
    );
  });

  it("can be everything, of everybody, and the chain goes on (D5)", () => {
    const doomed = createSlashingWorld({ params: { slashDuplicateBlockBps: 10_000 } });
    let bank = extendTo(doomed, doomed.genesisBank, 10);
    for (const validator of [0, 1, 2]) {
      bank = expectConvicted(submit(doomed, bank, duplicateBlocks(doomed, validator, 5), { validator }));
    }
    for (const slot of [32, 33, 64, 65, 96, 97, 130, 170]) bank = extendTo(doomed, bank, slot);
    for (const validator of [0, 1, 2]) expect(delegatedIn(bank, ownStakeOf(doomed, validator))).toBe(0n);
    const { reporter, validators } = doomed;
    const transfer = transferInstruction(reporter.address, validators[0]!.identity.address, sol);
    expect(land(doomed, bank, [transfer], reporter).error).toBeNull();
  });
});
