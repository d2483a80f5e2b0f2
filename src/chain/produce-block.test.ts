import { describe, expect, it } from "vitest";
import {
  createTestChain,
  extend,
  leaderKeyAt,
  produceAt,
  range,
  type TestChain,
  transfer,
} from "../../test/support/chain-builder.ts";
import { applyBlock } from "./apply-block.ts";
import { type Block, decodeBlock, encodeBlock, transactionsOf } from "./block.ts";
import { hashOf, slotOf } from "./ids.ts";
import type { ChainParams } from "./params.ts";
import { produceBlock } from "./produce-block.ts";

function build(params: Partial<ChainParams>) {
  return createTestChain({ params, accounts: 2 });
}

function transfers(built: TestChain, count: number) {
  const [alice, bob] = built.network.accounts;
  return range(1, count).map((n) => transfer(alice!, bob!.address, BigInt(n), built.genesisBank));
}

const shapeOf = (block: Block) => block.entries.map(({ transactions }) => transactions.length);

function expectAccepted(built: TestChain, block: Block): void {
  const { chain, genesisBank } = built;
  const decoded = decodeBlock(encodeBlock(block), chain.params, chain.genesisHash);
  expect(decoded.ok && applyBlock(chain, genesisBank, decoded.value)).toMatchObject({ ok: true });
}

describe("a leader's block", () => {
  it("begins with the skipped slots' ticks, and ends with its own", () => {
    const built = build({ ticksPerSlot: 3, hashesPerTick: 4 });
    const { block } = produceAt(built, built.genesisBank, 3, transfers(built, 2));
    expect(shapeOf(block)).toEqual([0, 0, 0, 0, 0, 0, 2, 0, 0, 0]);
    expect(block.entries.map(({ numHashes }) => numHashes)).toEqual([4, 4, 4, 4, 4, 4, 1, 3, 4, 4]);
    expect(block.blockhash).toBe(hashOf(block.entries.at(-1)!.hash));
    expectAccepted(built, block);
  });

  it("mixes 64 transactions in with one hash, ticking when only the tick's hash is left", () => {
    const built = build({ ticksPerSlot: 3, hashesPerTick: 3 });
    const { block } = produceAt(built, built.genesisBank, 1, transfers(built, 64 * 3 + 1));
    expect(shapeOf(block)).toEqual([64, 64, 0, 64, 1, 0, 0]);
    expectAccepted(built, block);
  });

  it("has as much room as its hashes: one record of 64 where a slot has two hashes", () => {
    const built = build({ ticksPerSlot: 1, hashesPerTick: 2 });
    const { block, barred } = produceAt(built, built.genesisBank, 2, transfers(built, 70));
    expect(shapeOf(block)).toEqual([0, 64, 0]);
    expect(barred).toEqual([]);
    expectAccepted(built, block);
  });

  it("needs no counted hashes", () => {
    const built = build({ ticksPerSlot: 2, hashesPerTick: 0 });
    const { block } = produceAt(built, built.genesisBank, 2, transfers(built, 130));
    expect(shapeOf(block)).toEqual([0, 0, 64, 64, 2, 0, 0]);
    expect(block.entries.every(({ numHashes }) => numHashes === 1)).toBe(true);
    expectAccepted(built, block);
  });

  it("takes no more transactions than a block may hold", () => {
    const built = build({ ticksPerSlot: 2, hashesPerTick: 8, blockTransactionsMax: 3 });
    const { block, barred } = produceAt(built, built.genesisBank, 1, transfers(built, 5));
    expect([shapeOf(block), barred]).toEqual([[3, 0, 0], []]);
    expectAccepted(built, block);
  });

  it("leaves out what might consume too many units, and goes on with what may not", () => {
    const built = build({ ticksPerSlot: 2, hashesPerTick: 8, blockComputeUnitsMax: 1000 });
    const given = transfers(built, 4);
    const { chain, genesisBank } = built;
    // A transfer consumes 150 units, whatever it was allowed to.
    const limits = [1000, 851, 850, 700];
    const candidates = given.map((transaction, i) => ({ transaction, computeUnitLimit: limits[i]! }));
    const { block, barred, bank } = produceBlock(
      chain,
      genesisBank,
      slotOf(1),
      leaderKeyAt(built, genesisBank, 1),
      candidates,
    );
    expect([...transactionsOf(block)]).toEqual([given[0], given[2], given[3]]);
    expect([bank.computeUnits, barred]).toEqual([450, []]);
    expectAccepted(built, block);
  });

  it("fills its bytes to the last transaction that fits, with as many skipped slots as there were", () => {
    // The 65th transaction needs an entry of its own.
    for (const [slot, count] of [
      [1, 66],
      [2, 65],
      [30, 65],
    ] as const) {
      const roomy = build({ ticksPerSlot: 2, hashesPerTick: 8 });
      const whole = encodeBlock(produceAt(roomy, roomy.genesisBank, slot, transfers(roomy, count)).block).length;
      // Two ticks of 48 bytes for each skipped slot: they do not count.
      const bytes = whole - (slot - 1) * 2 * 48;
      for (const [less, landed] of [
        [0, count],
        [1, count - 1],
      ] as const) {
        const tight = build({ ticksPerSlot: 2, hashesPerTick: 8, blockBytesMax: bytes - less });
        const { block, barred } = produceAt(tight, tight.genesisBank, slot, transfers(tight, count));
        expect([[...transactionsOf(block)].length, barred.length]).toEqual([landed, 0]);
        expectAccepted(tight, block);
      }
    }
  });

  it("lists what can never land on its fork, and only that", () => {
    const built = build({ ticksPerSlot: 2, hashesPerTick: 8 });
    const [good, again] = transfers(built, 2);
    const first = produceAt(built, built.genesisBank, 1, [again!]).bank;
    const [alice, bob] = built.network.accounts;
    const unknown = transfer(alice!, bob!.address, 5n, { blockhash: hashOf(new Uint8Array(32).fill(9)) });
    const failing = transfer(alice!, bob!.address, 10n ** 18n, first);
    const { block, barred } = produceAt(built, first, 2, [again!, good!, unknown, good!, failing]);
    expect([...transactionsOf(block)]).toEqual([good, failing]);
    expect(barred).toEqual([
      { transaction: again, error: "AlreadyProcessed" },
      { transaction: unknown, error: "BlockhashNotFound" },
      { transaction: good, error: "AlreadyProcessed" },
    ]);
  });

  it("is the same block when it is asked for twice", () => {
    const built = build({});
    const twice = [0, 1].map(() => produceAt(built, built.genesisBank, 1, transfers(built, 3)));
    expect(twice[0]).toEqual(twice[1]);
  });

  it("follows its parent: an earlier slot is our own mistake", () => {
    const built = build({});
    const bank = extend(built, built.genesisBank, [3]);
    expect(() => produceAt(built, bank, 3)).toThrow("slot 3 does not follow its parent's, 3");
  });
});
