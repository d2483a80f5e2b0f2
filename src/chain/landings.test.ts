import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RecentBlock } from "./bank.ts";
import { type Hash, slotOf } from "./ids.ts";
import {
  blockhashHeight,
  checkLanding,
  createLandingMemory,
  hasLanded,
  scanBlockhash,
  scanLanded,
  scanLanding,
} from "./landings.ts";
import type { Transaction } from "./transaction.ts";

type TestBank = { readonly blockId: Hash; readonly height: number; readonly recentBlocks: readonly RecentBlock[] };

const hash = (name: string) => name as Hash;

function childOf(parent: TestBank | null, name: string, landed: readonly string[], kept: number): TestBank {
  const height = parent === null ? 0 : parent.height + 1;
  const block: RecentBlock = {
    slot: slotOf(height),
    height,
    blockId: hash(name),
    blockhash: hash(`hash ${name}`),
    landed: new Set(landed.map(hash)),
  };
  const older = parent?.recentBlocks ?? [];
  return { blockId: block.blockId, height, recentBlocks: [...older, block].slice(-kept) };
}

function naming(bank: TestBank, name: string): Transaction {
  return { recentBlockhash: bank.recentBlocks.at(-1)!.blockhash, messageHash: hash(name) } as Transaction;
}

/** A tree of banks of which each is some earlier one's child, and all transactions that were tried on it. */
function growTree(choices: readonly (readonly [number, number, number])[], ttl: number, kept: number) {
  const banks = [childOf(null, "genesis", [], kept)];
  const transactions: Transaction[] = [];
  for (const [index, [parentChoice, nameChoice, tries]] of choices.entries()) {
    // Mostly the newest: long forks, and now and then another.
    const parent = parentChoice < 70 ? banks.at(-1)! : banks[parentChoice % banks.length]!;
    const landing: string[] = [];
    for (let i = 0; i < tries; i++) {
      const named = banks[(nameChoice + i) % banks.length]!;
      const transaction =
        i === 2 && transactions.length > 0
          ? transactions[nameChoice % transactions.length]!
          : naming(named, `t ${index} ${i}`);
      transactions.push(transaction);
      const isFree = scanLanding(parent, transaction, ttl) === null && !landing.includes(transaction.messageHash);
      if (isFree) landing.push(transaction.messageHash);
    }
    banks.push(childOf(parent, `block ${index}`, landing, kept));
  }
  return { banks, transactions };
}

describe("landings", () => {
  it("are what a scan of the bank's recent blocks says, in whatever order banks of whatever forks are asked about", () => {
    const choice = fc.tuple(fc.nat(99), fc.nat(500), fc.integer({ min: 0, max: 4 }));
    fc.assert(
      fc.property(
        fc.array(choice, { minLength: 1, maxLength: 60 }),
        fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 12 }),
        (choices, questions, ttl) => {
          const { banks, transactions } = growTree(choices, ttl, Math.max(ttl, 8));
          const chain = { params: { blockhashTtl: ttl }, landings: createLandingMemory() };
          for (const [which, what] of questions) {
            const bank = banks[which % banks.length]!;
            const transaction = transactions[what % Math.max(1, transactions.length)] ?? naming(bank, "new");
            expect(checkLanding(chain, bank, transaction)).toBe(scanLanding(bank, transaction, ttl));
            const { recentBlockhash, messageHash } = transaction;
            expect(blockhashHeight(chain, bank, recentBlockhash)).toBe(scanBlockhash(bank, recentBlockhash, ttl));
            expect(hasLanded(chain, bank, messageHash)).toBe(scanLanded(bank, messageHash));
          }
        },
      ),
      { seed: 1234, numRuns: 200 },
    );
  });

  it("tell what landed in a recent block after its blockhash expired, but not what landed before them or above the bank", () => {
    const chain = { params: { blockhashTtl: 2 }, landings: createLandingMemory() };
    const fork = [childOf(null, "genesis", [], 4)];
    for (let i = 1; i <= 9; i++) fork.push(childOf(fork.at(-1)!, `block ${i}`, [`t ${i}`], 4));
    const told = (bank: TestBank) => fork.flatMap((_, i) => (hasLanded(chain, bank, hash(`t ${i}`)) ? [i] : []));
    // The memory goes along with the chain, and reaches further back than the last bank.
    expect(fork.map(told).slice(-3)).toEqual([
      [4, 5, 6, 7],
      [5, 6, 7, 8],
      [6, 7, 8, 9],
    ]);
    expect(told(fork[7]!)).toEqual([4, 5, 6, 7]);
  });

  it("forget blocks and what landed in them as the chain goes on", () => {
    const chain = { params: { blockhashTtl: 4 }, landings: createLandingMemory() };
    let bank = childOf(null, "genesis", [], 8);
    const old = bank;
    for (let i = 0; i < 1000; i++) {
      bank = childOf(bank, `block ${i}`, [`t ${i}`], 8);
      expect(checkLanding(chain, bank, naming(bank, `t ${i}`))).toBeNull();
    }
    const { blocks, heightOf, landedAt } = chain.landings;
    expect([blocks.length, heightOf.size, landedAt.size]).toEqual([136, 136, 136]);
    // Older than it remembers: the bank's own blocks say it, and the memory starts anew from there.
    expect(checkLanding(chain, old, naming(old, "t 3"))).toBeNull();
    expect(checkLanding(chain, bank, naming(bank, "t 999"))).toBeNull();
    expect(checkLanding(chain, bank, { ...naming(bank, "t 999"), recentBlockhash: hash("hash block 998") })).toBe(
      "AlreadyProcessed",
    );
    expect(checkLanding(chain, bank, { ...naming(bank, "t 990"), recentBlockhash: hash("hash block 995") })).toBe(
      "BlockhashNotFound",
    );
  });
});
