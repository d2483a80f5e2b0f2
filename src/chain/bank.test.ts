import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withVote } from "../../test/support/bank-steps.ts";
import {
  createTestChain,
  leaderKeyAt,
  produceAt,
  range,
  reseal,
  type TestChainPlan,
  testCrypto,
  transfer,
} from "../../test/support/chain-builder.ts";
import { addressNamed, keypairOf } from "../../test/support/transactions.ts";
import { ByteWriter } from "../base/bytes.ts";
import { sha256 } from "../base/sha256.ts";
import { accountAt, accountsEntries } from "./accounts-tree.ts";
import { computeBudgetProgramAddress, voteProgramAddress } from "./addresses.ts";
import { applyBlock } from "./apply-block.ts";
import { type Bank, executeInBank, freezeBank, openBank, sealBank } from "./bank.ts";
import type { Block } from "./block.ts";
import { createTransaction } from "./create-transaction.ts";
import type { Keypair } from "./crypto.ts";
import { type Address, epochOf, hashBytes, hashOf, lamportsOf, slotOf } from "./ids.ts";
import { blockhashHeight, checkLanding } from "./landings.ts";
import { leaderAfter } from "./leaders.ts";
import { createStakeTable } from "./stake-table.ts";
import type { Transaction, Verified } from "./transaction.ts";

const seedHash = (n: number) => hashOf(sha256(Uint8Array.of(n)));

/** One transaction after another in a bank led by whom one likes. */
function bankOf(
  plan: TestChainPlan,
  leader: Address | null,
  transactionsFor: (alice: Keypair, bank: Bank) => Verified<Transaction>[],
) {
  const built = createTestChain(plan);
  const { chain, genesisBank } = built;
  const who = leader ?? leaderKeyAt(built, genesisBank, 1).address;
  const working = openBank(chain, genesisBank, slotOf(1), who);
  for (const transaction of transactionsFor(built.network.accounts[0]!, genesisBank))
    expect(executeInBank(working, transaction)).toBeNull();
  const frozen = freezeBank(working, seedHash(1));
  return { ...built, who, bank: sealBank(chain, genesisBank, frozen, seedHash(2)) };
}

/** Nothing but a fee: base fees of 1 signature, and a priority fee in lamports. */
function payFee(from: Keypair, bank: Bank, priority: bigint, nonce = 0): Verified<Transaction> {
  const ask = (data: Uint8Array) => ({ programAddress: computeBudgetProgramAddress, accounts: [], data });
  return createTransaction({
    scheme: testCrypto.signatures,
    feePayer: from,
    // 1000 + nonce units at a price that makes just this fee; the last takes no part in it.
    instructions: [
      ask(new ByteWriter().u8(2).u32(1000).finish()),
      ask(
        new ByteWriter()
          .u8(3)
          .u64(priority * 1000n)
          .finish(),
      ),
      ask(
        new ByteWriter()
          .u8(4)
          .u32(1_000_000 + nonce)
          .finish(),
      ),
    ],
    recentBlockhash: bank.blockhash,
  });
}

/** The fee reward of a block, as clients read it. */
const feeReward = (address: Address, lamports: bigint, postBalance: bigint) => ({
  address,
  lamports,
  postBalance,
  type: "fee",
  commissionBps: null,
});

const sumOf = (bank: Bank) => [...accountsEntries(bank.accounts)].reduce((sum, [, { lamports }]) => sum + lamports, 0n);
const balanceOf = (bank: Bank, address: Address) => accountAt(bank.accounts, address)?.lamports ?? 0n;

describe("fees", () => {
  it.each([
    // lamports a signature, percent burned, priority fee -> burned, the leader's
    [5000n, 50, 0n, 2500n, 2500n],
    [5001n, 50, 0n, 2500n, 2501n],
    [1n, 50, 0n, 0n, 1n],
    [3n, 33, 0n, 0n, 3n],
    [5000n, 0, 7n, 0n, 5007n],
    [5000n, 100, 7n, 5000n, 7n],
    [5000n, 50, 999n, 2500n, 3499n],
    [0n, 50, 3n, 0n, 3n],
  ])(
    "of %i at %i%% and %i of priority: %i burned, %i the leader's",
    (lamportsPerSignature, feeBurnPercent, priority, burned, earned) => {
      const { bank, genesisBank, who } = bankOf(
        { params: { lamportsPerSignature, feeBurnPercent } },
        null,
        (alice, parent) => [payFee(alice, parent, priority)],
      );
      const postBalance = balanceOf(genesisBank, who) + earned;
      expect(bank).toMatchObject({ feesBurned: burned, rewards: [feeReward(who, earned, postBalance)] });
      expect(balanceOf(bank, who)).toBe(postBalance);
      expect(bank.supply).toEqual({ total: genesisBank.supply.total - burned, minted: 0n, burned });
      expect(sumOf(bank)).toBe(bank.supply.total);
    },
  );

  it("go to whom the leader's vote account names, where it names somebody else", () => {
    const built = createTestChain({});
    const { chain, network } = built;
    const treasury = addressNamed("treasury");
    const before = network.validators.reduce(
      (bank, { voteAccount }) => withVote(bank, voteAccount, { blockRevenueCollector: treasury }),
      built.genesisBank,
    );
    const leader = leaderKeyAt(built, before, 1).address;
    const working = openBank(chain, before, slotOf(1), leader);
    expect(executeInBank(working, payFee(network.accounts[0]!, before, 1_000_000n))).toBeNull();
    const { rewards } = freezeBank(working, seedHash(1));
    expect(rewards).toEqual([feeReward(treasury, 1_002_500n, 1_002_500n)]);
  });

  it("go to the leader's vote account, where it names itself", () => {
    const built = createTestChain({});
    const { chain, network } = built;
    const before = network.validators.reduce(
      (bank, { voteAccount }) => withVote(bank, voteAccount, { blockRevenueCollector: voteAccount }),
      built.genesisBank,
    );
    const { identity, voteAccount } = leaderAfter(chain, before, slotOf(1));
    const working = openBank(chain, before, slotOf(1), identity);
    expect(executeInBank(working, payFee(network.accounts[0]!, before, 1_000_000n))).toBeNull();
    const frozen = freezeBank(working, seedHash(1));
    const postBalance = balanceOf(before, voteAccount) + 1_002_500n;
    expect(frozen).toMatchObject({ feesBurned: 2500n, rewards: [feeReward(voteAccount, 1_002_500n, postBalance)] });
    expect(accountAt(frozen.accounts, voteAccount)!.lamports).toBe(postBalance);
  });

  it("are summed before a share is burned, not rounded one by one", () => {
    const { bank } = bankOf({ params: { lamportsPerSignature: 1n } }, null, (alice, parent) =>
      [0, 1, 2].map((nonce) => payFee(alice, parent, 0n, nonce)),
    );
    expect(bank).toMatchObject({ feesBurned: 1n, rewards: [{ lamports: 2n }] });
  });

  it("of nothing are no reward", () => {
    const free = bankOf({ params: { lamportsPerSignature: 0n } }, null, (alice, parent) => [payFee(alice, parent, 0n)]);
    expect(free.bank).toMatchObject({ feesBurned: 0n, rewards: [] });
    expect(bankOf({}, null, () => []).bank).toMatchObject({ feesBurned: 0n, rewards: [], transactionCount: 0 });
    const burnt = bankOf({ params: { feeBurnPercent: 100 } }, null, (alice, parent) => [payFee(alice, parent, 0n)]);
    expect(burnt.bank).toMatchObject({ feesBurned: 5000n, rewards: [] });
  });

  it("are burned whole where the leader's account could not hold them, and kept from the lamport on where it can", () => {
    const nobody = addressNamed("leader without an account");
    const minimum = 128n * 6960n;
    const paid = (priority: bigint) => bankOf({}, nobody, (alice, parent) => [payFee(alice, parent, priority)]).bank;
    const short = paid(minimum - 2500n - 1n);
    expect(short).toMatchObject({ rewards: [], feesBurned: minimum + 2500n - 1n });
    expect(accountAt(short.accounts, nobody)).toBeNull();
    const enough = paid(minimum - 2500n);
    expect(enough).toMatchObject({ rewards: [feeReward(nobody, minimum, minimum)], feesBurned: 2500n });
    for (const bank of [short, enough]) expect(sumOf(bank)).toBe(bank.supply.total);
  });

  it("are burned whole where the leader's account belongs to a program", () => {
    const { network } = createTestChain();
    const vote = network.validators[0]!.voteAccount;
    const { bank, genesisBank } = bankOf({}, vote, (alice, parent) => [payFee(alice, parent, 9n)]);
    expect(bank).toMatchObject({ rewards: [], feesBurned: 5009n });
    expect(accountAt(bank.accounts, vote)).toEqual(accountAt(genesisBank.accounts, vote));
    expect(accountAt(bank.accounts, vote)?.owner).toBe(voteProgramAddress);
  });
});

describe("supply", () => {
  it("is the sum of all accounts after every block, whatever lands in it", () => {
    const plan = fc.array(
      fc.record({
        skip: fc.integer({ min: 1, max: 3 }),
        transfers: fc.array(
          fc.record({
            from: fc.nat(3),
            to: fc.oneof(fc.nat(3), fc.integer({ min: 4, max: 9 })),
            lamports: fc.oneof(fc.bigInt(0n, 10n ** 6n), fc.bigInt(890_000n, 900_000n), fc.bigInt(0n, 10n ** 12n)),
            priority: fc.bigInt(0n, 9n),
          }),
          { maxLength: 4 },
        ),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(plan, fc.constantFrom(0, 33, 50, 100), (steps, feeBurnPercent) => {
        const built = createTestChain({
          params: { feeBurnPercent, lamportsPerSignature: 4999n },
          accountLamports: 2_000_000n,
        });
        const people = [...built.network.accounts, ...range(4, 9).map((n) => keypairOf(`new ${n}`))];
        let bank = built.genesisBank;
        let burned = 0n;
        for (const { skip, transfers } of steps) {
          const transactions = transfers.flatMap(({ from, to, lamports, priority }) => [
            transfer(people[from]!, people[to]!.address, lamports, bank),
            payFee(people[from]!, bank, priority),
          ]);
          const produced = produceAt(built, bank, bank.slot + skip, transactions);
          bank = produced.bank;
          burned += bank.feesBurned;
          expect(sumOf(bank)).toBe(bank.supply.total);
          expect(bank.supply.total).toBe(built.genesisBank.supply.total - burned);
          expect(bank.supply.burned).toBe(burned);
          const fees = bank.results.reduce((sum, { fee }) => sum + fee.base + fee.priority, 0n);
          expect(fees).toBe(bank.feesBurned + (bank.rewards[0]?.lamports ?? 0n));
        }
      }),
      { seed: 1234, numRuns: 25 },
    );
  });
});

describe("a transaction's blockhash", () => {
  const built = createTestChain({ params: { blockhashTtl: 3 } });
  const { genesisBank, network } = built;
  const [alice, bob] = network.accounts;
  const banks = [genesisBank];
  // Ages are counted in blocks: skipped slots do not age a blockhash.
  for (const slot of [1, 5, 9, 13, 14]) banks.push(produceAt(built, banks.at(-1)!, slot).bank);

  it("may be as old as blockhashTtl blocks, and no older", () => {
    const errors = banks.map((named) => {
      const transaction = transfer(alice!, bob!.address, 5n, named);
      const { block, barred } = produceAt(built, banks[4]!, 20, [transaction]);
      return barred[0]?.error ?? block.entries.flatMap(({ transactions }) => transactions).length;
    });
    // The new block has height 5: of those before it, heights 2, 3 and 4 may be named; 5 is another fork's.
    expect(errors).toEqual(["BlockhashNotFound", "BlockhashNotFound", 1, 1, 1, "BlockhashNotFound"]);
    const heights = banks.map(({ blockhash }) => blockhashHeight(built.chain, banks[4]!, blockhash));
    expect(heights).toEqual([null, null, 2, 3, 4, null]);
  });

  it("lets a transaction land once, in whatever later block it is tried again, until it is too old to be named", () => {
    const transaction = transfer(alice!, bob!.address, 7n, banks[1]!);
    let { bank } = produceAt(built, banks[1]!, 2, [transaction, transaction]);
    expect(bank.results).toHaveLength(1);
    const errors: unknown[] = [];
    for (const slot of [3, 4, 5, 6]) {
      expect(checkLanding(built.chain, bank, transaction)).toBe(slot <= 4 ? "AlreadyProcessed" : "BlockhashNotFound");
      const produced = produceAt(built, bank, slot, [transaction]);
      errors.push(produced.barred[0]?.error);
      bank = produced.bank;
    }
    expect(errors).toEqual(["AlreadyProcessed", "AlreadyProcessed", "BlockhashNotFound", "BlockhashNotFound"]);
    expect(bank.transactionCount).toBe(1);
  });

  it("binds a transaction that failed as well", () => {
    const failing = transfer(alice!, bob!.address, 10n ** 18n, banks[0]!);
    const first = produceAt(built, banks[0]!, 1, [failing]);
    expect(first.bank.results[0]?.error).not.toBeNull();
    expect(produceAt(built, first.bank, 2, [failing]).barred[0]?.error).toBe("AlreadyProcessed");
  });

  it("lets a transaction land once on each of two forks", () => {
    const transaction = transfer(alice!, bob!.address, 8n, banks[0]!);
    for (const slot of [1, 2]) expect(produceAt(built, banks[0]!, slot, [transaction]).bank.results).toHaveLength(1);
  });

  it("never stands still, so that no second block makes an old transaction young again", () => {
    const idle = createTestChain({ params: { hashesPerTick: 0 } });
    const transaction = transfer(idle.network.accounts[0]!, bob!.address, 9n, idle.genesisBank);
    const first = produceAt(idle, idle.genesisBank, 1, [transaction]).bank;
    const second = produceAt(idle, first, 2);
    const key = leaderKeyAt(idle, first, 2);
    const entries = second.block.entries.map((entry) => ({ ...entry, numHashes: 0, hash: hashBytes(first.blockhash) }));
    const frozen = freezeBank(openBank(idle.chain, first, slotOf(2), key.address), first.blockhash);
    const still = reseal(idle.chain, second.block, { entries, stateHash: frozen.stateHash }, key);
    expect(still.blockhash).toBe(first.blockhash);
    expect(applyBlock(idle.chain, first, still)).toMatchObject({
      code: "poh-ticks-wrong",
      facts: { rule: "tick-without-hash", index: 0 },
    });
  });
});

describe("recent blocks", () => {
  it("are 512 at most, or as many as blockhashes may be old, newest last", () => {
    for (const [blockhashTtl, kept] of [
      [3, 512],
      [520, 520],
    ] as const) {
      const { chain, genesisBank } = createTestChain({ params: { blockhashTtl } });
      const leader = addressNamed("leader");
      let bank = genesisBank;
      for (const slot of range(1, 525)) {
        const hash = hashOf(sha256(Uint8Array.of(slot >> 8, slot)));
        bank = sealBank(chain, bank, freezeBank(openBank(chain, bank, slotOf(slot), leader), hash), hash);
        expect(bank.recentBlocks.length).toBe(Math.min(slot + 1, kept));
      }
      expect(bank.recentBlocks.map(({ slot }) => slot)).toEqual(range(526 - kept, 525));
      expect(bank.recentBlocks.at(-1)).toMatchObject({ height: 525, blockId: bank.blockId, blockhash: bank.blockhash });
      const env = openBank(chain, bank, slotOf(600), leader).env;
      expect([526 - kept, 525].map((slot) => env.blockIdAt(slotOf(slot)))).not.toContain(null);
      expect([525 - kept, 526, 599].map((slot) => env.blockIdAt(slotOf(slot)))).toEqual([null, null, null]);
    }
  });
});

describe("the state hash", () => {
  const built = createTestChain();
  const { chain, genesisBank, network } = built;
  const [alice] = network.accounts;
  const parent = produceAt(built, genesisBank, 1).bank;
  const leader = addressNamed("leader");
  const stateAfter = (
    from: Bank,
    slot = 2,
    blockhash = 1,
    change: (working: ReturnType<typeof openBank>) => void = () => {},
  ) => {
    const working = openBank(chain, from, slotOf(slot), leader);
    change(working);
    return freezeBank(working, seedHash(blockhash)).stateHash;
  };

  it("is the same for the same state, and another for any account, amount, table, seed, place or count that differs", () => {
    const account = accountAt(parent.accounts, alice!.address)!;
    const entry = { voteAccount: leader, identity: leader, stake: lamportsOf(1n) };
    const { supply } = parent;
    // Money moved from one account to another, so that the supply stays as it is.
    const moved = (change: Partial<typeof account>) =>
      stateAfter(parent, 2, 1, ({ overlay }) => overlay.set(alice!.address, { ...account, ...change }));
    const hashes = [
      stateAfter(parent),
      moved({ data: Uint8Array.of(1) }),
      moved({ owner: voteProgramAddress }),
      moved({ executable: true }),
      stateAfter(parent, 2, 1, ({ overlay }) => {
        overlay.set(alice!.address, { ...account, lamports: lamportsOf(account.lamports - 1n) });
        overlay.set(leader, { ...account, lamports: lamportsOf(1n) });
      }),
      stateAfter({ ...parent, supply: { ...supply, total: lamportsOf(supply.total + 1n) } }),
      stateAfter({ ...parent, supply: { ...supply, minted: lamportsOf(1n) } }),
      stateAfter({ ...parent, supply: { ...supply, burned: lamportsOf(supply.burned + 1n) } }),
      stateAfter({ ...parent, stakeTables: new Map(parent.stakeTables).set(epochOf(0), createStakeTable([entry])) }),
      stateAfter({ ...parent, stakeTables: new Map(parent.stakeTables).set(epochOf(1), createStakeTable([entry])) }),
      stateAfter({ ...parent, transactionCount: 1 }),
      stateAfter({ ...parent, height: 7 }),
      stateAfter({ ...parent, blockId: seedHash(9) }),
      stateAfter(parent, 3),
      stateAfter(parent, 2, 2),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(stateAfter(parent)).toBe(hashes[0]);
    // Seeds count from the third epoch on.
    const later = {
      ...parent,
      slot: slotOf(80),
      epoch: epochOf(2),
      stakeTables: new Map([[epochOf(2), createStakeTable([entry])]]),
    };
    const seeded = (n: number) => stateAfter({ ...later, leaderHashes: new Map([[epochOf(2), seedHash(n)]]) }, 81);
    expect(seeded(1)).not.toBe(seeded(2));
    expect(seeded(1)).toBe(seeded(1));
  });

  it("is asserted to hold all money: an account that gained what nobody lost stops the bank", () => {
    const account = accountAt(parent.accounts, alice!.address)!;
    expect(() =>
      stateAfter(parent, 2, 1, ({ overlay }) =>
        overlay.set(alice!.address, { ...account, lamports: lamportsOf(account.lamports + 1n) }),
      ),
    ).toThrow("supply not conserved in slot 2: accounts changed by 1");
  });
});

it("counts ancestors, transactions and time", () => {
  const built = createTestChain({ firstSlot: 100 });
  const [alice, bob] = built.network.accounts;
  const landed: Block[] = [];
  let bank = built.genesisBank;
  expect(bank).toMatchObject({ slot: 100, height: 0, epoch: 3, unixTimestamp: 1_700_000_000, leader: null });
  for (const slot of [101, 119, 120]) {
    const produced = produceAt(built, bank, slot, [transfer(alice!, bob!.address, BigInt(slot), bank)]);
    landed.push(produced.block);
    bank = produced.bank;
  }
  expect(bank).toMatchObject({ slot: 120, parentSlot: 119, height: 3, transactionCount: 3, voteCount: 0 });
  expect(bank.unixTimestamp).toBe(1_700_000_002);
  expect(bank.parentId).toBe(landed[1]!.blockId);
});
