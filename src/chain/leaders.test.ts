import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createTestChain,
  extend,
  leaderKeyAt,
  produceAt,
  range,
  reseal,
  type TestChain,
} from "../../test/support/chain-builder.ts";
import { accountAt, applyAccountChanges } from "./accounts-tree.ts";
import { applyBlock } from "./apply-block.ts";
import type { Bank } from "./bank.ts";
import { epochAt, firstSlotOf, slotsIn } from "./epoch-schedule.ts";
import { type Epoch, epochOf, hashBytes, lamportsOf, type Slot, slotOf } from "./ids.ts";
import { computeLeaderSeed, drawLeaders, solanaLeaderKey } from "./leader-schedule.ts";
import { epochLeadersFor, epochLeadersOf, halfwaySlot, leaderAfter, leaderIn } from "./leaders.ts";
import { decodeDelegatedStake, encodeStakeState } from "./stake-account.ts";
import { createStakeTable, type StakeTable } from "./stake-table.ts";

const built = createTestChain();
const { chain, genesisBank } = built;

/** The bank with the first validator's stake changed by hand: a stake that tells in which slot it was frozen. */
function withStake(chained: TestChain, bank: Bank, stake: bigint): Bank {
  const address = chained.network.genesis.validators[0]!.stakeAccount;
  const account = accountAt(bank.accounts, address)!;
  const state = decodeDelegatedStake(account.data)!;
  const data = encodeStakeState({ ...state, delegation: { ...state.delegation, stake: lamportsOf(stake) } });
  return { ...bank, accounts: applyAccountChanges(bank.accounts, [{ address, account: { ...account, data } }]) };
}

/** Banks after blocks at these slots; after each, the stake of the first validator is a billion and the slot. */
function grow(chained: TestChain, slots: readonly number[]): Bank[] {
  const banks = [chained.genesisBank];
  for (const slot of slots)
    banks.push(withStake(chained, produceAt(chained, banks.at(-1)!, slot).bank, 10n ** 9n + BigInt(slot)));
  return banks;
}

/** All stake of these tests counts from genesis on; each validator has one stake account. */
function twinTable({ network }: TestChain, bank: Bank): StakeTable {
  return createStakeTable(
    network.genesis.validators.map(({ identity, voteAccount, stakeAccount }) => ({
      identity,
      voteAccount,
      stake: decodeDelegatedStake(accountAt(bank.accounts, stakeAccount)!.data)!.delegation.stake,
    })),
  );
}

/** The dumb twin: looks through all blocks of the fork for what the rule names. */
function twinLeader(chained: TestChain, fork: readonly Bank[], slot: number) {
  const { epochs, firstEpoch, genesisHash } = chained.chain;
  const epoch = epochAt(epochs, slotOf(slot));
  const lastBefore = (limit: number) => fork.findLast((bank) => bank.slot < limit) ?? fork[0]!;
  const begins = epoch === firstEpoch ? 0 : firstSlotOf(epochs, epochOf(epoch - 1));
  // Frozen at a boundary into the epoch before; the newest such boundary where that epoch had no block.
  const frozen = fork.findLastIndex((bank, i) => bank.epoch < epoch && bank.epoch > (fork[i - 1]?.epoch ?? bank.epoch));
  const table = twinTable(chained, fork[Math.max(0, frozen - 1)]!);
  const half = epoch > firstEpoch + 1 ? begins + slotsIn(epochs, epochOf(epoch - 1)) / 2 : 0;
  const hash = epoch <= firstEpoch + 1 ? genesisHash : lastBefore(half).blockhash;
  const key = computeLeaderSeed(hashBytes(hash), BigInt(epoch));
  const first = firstSlotOf(epochs, epoch);
  const rotation = Math.floor((slot - first) / chained.chain.params.slotsPerRotation);
  return { entry: table.entries[drawLeaders(table.entries, key, rotation + 1)[rotation]!]!, key, table };
}

function expectRule(chained: TestChain, fork: readonly Bank[], slots: readonly number[]): void {
  for (const slot of slots) {
    const expected = twinLeader(chained, fork, slot);
    const leaders = epochLeadersFor(chained.chain, fork.at(-1)!, epochAt(chained.chain.epochs, slotOf(slot)), slot)!;
    expect(leaders.key).toEqual(expected.key);
    expect(leaders.table.entries).toEqual(expected.table.entries);
    expect(leaderAfter(chained.chain, fork.at(-1)!, slotOf(slot))).toEqual(expected.entry);
  }
}

describe("the leaders' seed and stakes", () => {
  it.each([
    ["no slot is skipped around the halfway point", [...range(1, 20), ...range(44, 52)]],
    ["the last slot of the first half is skipped", [5, 40, 46, 48, 49]],
    ["the first slot of the second half is skipped", [5, 40, 47, 49]],
    ["both sides of the halfway point are skipped", [5, 33, 60]],
    ["the first half is skipped", [5, 48, 50]],
    ["the second half is skipped", [5, 40, 47]],
    ["a whole epoch is skipped", [5, 30]],
    ["two whole epochs are skipped", [5, 50, 170]],
    ["nothing was built since genesis", []],
    ["epochs begin with their first slots", [32, 64, 96, 128]],
    ["epochs end with their last slots", [31, 63, 95, 127]],
  ])("are those that the rule names when %s", (_, slots) => {
    const fork = grow(built, slots);
    const last = fork.at(-1)!.slot;
    expectRule(
      built,
      fork,
      [1, 2, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 96, 130].map((ahead) => last + ahead),
    );
  });

  it("are those that the rule names on any fork, with any slots skipped, rotations of any length, or warm-up", () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 80 })), {
      maxLength: 9,
    });
    const chains = [
      built,
      createTestChain({ params: { slotsPerRotation: 5 } }),
      createTestChain({ firstSlot: 75, params: { slotsPerEpoch: 34 } }),
      createTestChain({ params: { slotsPerEpoch: 64, epochWarmup: true, slotsPerRotation: 4 } }),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...chains),
        gaps,
        fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 4 }),
        (chained, steps, ahead) => {
          const slots: number[] = [];
          for (const gap of steps) slots.push((slots.at(-1) ?? chained.chain.genesis.firstSlot) + gap);
          const fork = grow(chained, slots);
          expectRule(
            chained,
            fork,
            ahead.map((distance) => fork.at(-1)!.slot + distance),
          );
        },
      ),
      { seed: 1234, numRuns: 60 },
    );
  });

  it("are of genesis for the first two epochs, wherever the chain begins", () => {
    for (const chained of [built, createTestChain({ firstSlot: 70 })]) {
      const { firstEpoch, genesisHash } = chained.chain;
      for (const epoch of [firstEpoch, firstEpoch + 1]) {
        const leaders = epochLeadersOf(chained.chain, chained.genesisBank, epochOf(epoch))!;
        expect(leaders.key).toEqual(computeLeaderSeed(hashBytes(genesisHash), epoch));
        expect(leaders.table.total).toBe(1000n * 10n ** 9n);
      }
      expect(epochLeadersOf(chained.chain, chained.genesisBank, epochOf(firstEpoch + 2))).toBeNull();
    }
  });

  it("are known from the first block of the second half on, and not before", () => {
    const known = (slots: number[]) => epochLeadersOf(chain, grow(built, slots).at(-1)!, epochOf(2)) !== null;
    expect(halfwaySlot(chain, epochOf(1))).toBe(48);
    expect([known([40]), known([40, 47]), known([40, 48]), known([63])]).toEqual([false, false, true, true]);
  });

  it("of an epoch that is over are not made up from today's stakes", () => {
    const bank = grow(built, [5, 40, 50, 70, 85, 100]).at(-1)!;
    expect(bank.epoch).toBe(3);
    const known = [0, 1, 2, 3, 4, 5].map((epoch) => epochLeadersOf(chain, bank, epochOf(epoch)) !== null);
    expect(known).toEqual([false, false, false, true, false, false]);
    expect(epochLeadersFor(chain, bank, epochOf(2), bank.slot)).toBeNull();
  });

  it("do not change any more once they are known", () => {
    const fork = grow(built, [5, 40, 50]);
    const before = epochLeadersOf(chain, fork.at(-1)!, epochOf(2))!;
    const after = epochLeadersOf(chain, extend(built, fork.at(-1)!, [51, 60, 64, 70]), epochOf(2))!;
    expect([after.key, after.rotations]).toEqual([before.key, before.rotations]);
    expect(after).toBe(before);
  });
});

describe("forks", () => {
  const left = extend(built, genesisBank, [5, 40, 47, 50]);
  const right = extend(built, genesisBank, [5, 40, 46, 50]);

  it("have different leaders where different blocks seeded them", () => {
    const [l, r] = [left, right].map((bank) => epochLeadersOf(chain, bank, epochOf(2))!);
    expect(l!.key).not.toEqual(r!.key);
    expect(l!.rotations).not.toEqual(r!.rotations);
  });

  it("have one seed where they part in the second half", () => {
    const [l, r] = [[50], [51]].map(
      (slots) => epochLeadersOf(chain, extend(built, genesisBank, [5, 40, 47, ...slots]), epochOf(2))!,
    );
    expect(l!.key).toEqual(r!.key);
    expect(l!.rotations).toEqual(r!.rotations);
  });

  it("check a leader against the fork the block was built on", () => {
    const slot = range(64, 95).find((at) => leaderKeyAt(built, left, at) !== leaderKeyAt(built, right, at))!;
    for (const [own, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const { block } = produceAt(built, own, slot);
      expect(applyBlock(chain, own, block).ok).toBe(true);
      const otherLeader = leaderKeyAt(built, other, slot);
      const stolen = reseal(chain, block, { leader: otherLeader.address }, otherLeader);
      expect(applyBlock(chain, own, stolen)).toMatchObject({
        code: "slot-leader-wrong",
        facts: { slot, leader: otherLeader.address, expected: block.leader },
      });
    }
  });
});

describe("far slots", () => {
  it("have leaders without a throw, however far ahead", () => {
    const bank = extend(built, genesisBank, [5, 40]);
    for (const ahead of [1, 32, 100, 1000, 2 ** 40, 2 ** 53 - 42])
      expect(chain.genesis.validators.map(({ identity }) => identity)).toContain(
        leaderAfter(chain, bank, slotOf(bank.slot + ahead)).identity,
      );
  });

  it.each(["poh", "solana", "tutorial"] as const)(
    "claimed by a block without their ticks are refused before anybody draws leaders (%s)",
    (leaderPolicy) => {
      const chained = createTestChain({ params: { leaderPolicy } });
      const { block } = produceAt(chained, chained.genesisBank, 1);
      const key = chained.network.validators[0]!.identity;
      for (const slot of [2, 10 ** 12, 2 ** 52, Number.MAX_SAFE_INTEGER]) {
        const far = reseal(chained.chain, block, { slot: slotOf(slot), leader: key.address }, key);
        expect(applyBlock(chained.chain, chained.genesisBank, far)).toMatchObject({
          code: "poh-ticks-wrong",
          facts: { slot, rule: "too-few-ticks", ticks: 1 },
        });
      }
    },
  );

  it("are remembered a few at a time, and drawn anew alike", () => {
    const epochs = range(5, 40).map((epoch) => epochOf(epoch));
    const keys = () =>
      epochs.map(
        (epoch) => epochLeadersFor(chain, genesisBank, epoch as Epoch, firstSlotOf(chain.epochs, epoch))!.rotations,
      );
    expect(keys()).toEqual(keys());
    expect(chain.schedules.get(genesisBank.stakeTables.get(epochOf(1))!)?.length).toBe(16);
  });
});

describe("other policies", () => {
  it("solana: the epoch is the key, known from the stakes alone", () => {
    const chained = createTestChain({ params: { leaderPolicy: "solana" } });
    for (const epoch of [0, 1]) {
      expect(epochLeadersOf(chained.chain, chained.genesisBank, epochOf(epoch))?.key).toEqual(solanaLeaderKey(epoch));
    }
    const bank = extend(chained, chained.genesisBank, [40]);
    expect(epochLeadersOf(chained.chain, bank, epochOf(2))?.key).toEqual(solanaLeaderKey(2));
  });

  it("tutorial: no key, and one leader for every slot", () => {
    const chained = createTestChain({ params: { leaderPolicy: "tutorial" } });
    const leaders = epochLeadersOf(chained.chain, chained.genesisBank, epochOf(1))!;
    expect([leaders.key, leaders.rotations.length, leaders.firstSlot]).toEqual([null, 32, 32]);
    expect(leaderIn(leaders, 40 as Slot)).toBe(leaders.rotations[8]);
  });

  it("asserts that a slot belongs to the epoch it is looked up in", () => {
    const leaders = epochLeadersOf(chain, genesisBank, epochOf(0))!;
    expect(() => leaderIn(leaders, slotOf(32))).toThrow("slot 32 is not in epoch 0");
  });
});
