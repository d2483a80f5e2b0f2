import { describe, expect, it } from "vitest";
import { createTestChain, extend, leaderKeyAt, produceAt, reseal, transfer } from "../../test/support/chain-builder.ts";
import { applyBlock } from "./apply-block.ts";
import { type Bank, executeInBank, freezeBank, openBank } from "./bank.ts";
import { type Block, type Entry, encodeBlock } from "./block.ts";
import type { Chain } from "./chain.ts";
import { hashBytes, hashOf, slotOf } from "./ids.ts";
import { computeMixin } from "./mixin.ts";
import type { ChainParams } from "./params.ts";
import { createPohRecorder } from "./poh.ts";
import type { Transaction, Verified } from "./transaction.ts";

const built = createTestChain({ params: { ticksPerSlot: 2, hashesPerTick: 8 } });
const { chain, genesisBank, network } = built;
const [alice, bob, carol] = network.accounts;
const parent = extend(built, genesisBank, [1, 2]);
const slot = 4;
const transactions = [1n, 2n, 3n].map((lamports) => transfer(alice!, bob!.address, lamports, parent));
const { block, bank } = produceAt(built, parent, slot, transactions);
/** Without the ticks of the slots it skipped. */
const countedBytes = encodeBlock(block).length - (block.slot - parent.slot - 1) * built.chain.params.ticksPerSlot * 48;
const leader = leaderKeyAt(built, parent, slot);
const otherKey = [...built.keys.values()].find(({ address }) => address !== leader.address)!;
const someHash = hashOf(new Uint8Array(32).fill(7));

const under = (params: Partial<ChainParams>): Chain => ({ ...chain, params: { ...chain.params, ...params } });
const resealed = (changes: Partial<Block>) => reseal(chain, block, changes, leader);

/** A block with these transactions, right in everything else: the state hash is what replay gives. */
function forged(included: readonly Transaction[]): Block {
  const recorder = createPohRecorder({
    startHash: hashBytes(parent.blockhash),
    hashesPerTick: 8,
    ticksTotal: 4,
    kernel: chain.crypto.poh,
  });
  const entries: Entry[] = [];
  const tick = () => entries.push({ ...recorder.tick(), transactions: [] });
  for (let i = 0; i < 2; i++) tick();
  const mixin = computeMixin(included.flatMap(({ signatures }) => signatures));
  entries.push({ ...recorder.record(mixin)!, transactions: included });
  for (let i = 0; i < 2; i++) tick();
  const working = openBank(chain, parent, slotOf(slot), leader.address);
  for (const transaction of included) executeInBank(working, transaction as Verified<Transaction>);
  const { stateHash } = freezeBank(working, hashOf(entries.at(-1)!.hash));
  return resealed({ entries, stateHash });
}

const tampered = (transaction: Transaction): Transaction => ({
  ...transaction,
  signatures: [transaction.signatures[0]!.map((byte, i) => (i === 0 ? byte ^ 1 : byte))],
});
const strange = transfer(carol!, bob!.address, 1n, { blockhash: someHash });
const last = block.entries.length - 1;

describe("replay", () => {
  it("accepts what the leader built, and gets the leader's own bank", () => {
    expect(applyBlock(chain, parent, block)).toEqual({ ok: true, value: bank });
    expect(applyBlock(chain, parent, forged(transactions)).ok).toBe(true);
  });

  it("is a pure function: the same answer twice, and nothing it was given is changed", () => {
    const before = [encodeBlock(block).join(), parent.stateHash, parent.recentBlocks.length, chain.genesisHash];
    expect(applyBlock(chain, parent, block)).toEqual(applyBlock(chain, parent, block));
    expect([encodeBlock(block).join(), parent.stateHash, parent.recentBlocks.length, chain.genesisHash]).toEqual(
      before,
    );
  });

  const cases: [string, Record<string, unknown>, Block, (Bank | null)?, Chain?][] = [
    ["block-parent-wrong", { expected: genesisBank.blockId }, block, genesisBank],
    ["block-parent-wrong", { parentId: someHash }, resealed({ parentId: someHash })],
    ["block-parent-wrong", { parentSlot: 1, expectedSlot: 2 }, resealed({ parentSlot: slotOf(1) })],
    ["block-slot-not-after-parent", { slot: 2, parentSlot: 2 }, resealed({ slot: slotOf(2) })],
    ["block-slot-not-after-parent", { slot: 0 }, resealed({ slot: slotOf(0) })],
    [
      "slot-leader-wrong",
      { leader: otherKey.address, expected: leader.address },
      reseal(chain, block, { leader: otherKey.address }, otherKey),
    ],
    ["block-id-wrong", { blockId: someHash, computed: block.blockId }, { ...block, blockId: someHash }],
    ["block-id-wrong", { blockhash: someHash }, { ...block, blockhash: someHash }],
    ["block-id-wrong", {}, { ...block, stateHash: someHash }],
    ["block-signature-invalid", { leader: leader.address }, reseal(chain, block, {}, otherKey)],
    ["block-signature-invalid", {}, { ...block, signature: new Uint8Array(0) }],
    ["poh-ticks-wrong", { rule: "too-few-ticks", ticks: 4, ticksExpected: 6 }, resealed({ slot: slotOf(5) })],
    ["poh-ticks-wrong", { rule: "too-many-ticks", ticks: 4, ticksExpected: 2 }, resealed({ slot: slotOf(3) })],
    ["poh-ticks-wrong", { rule: "too-few-ticks", ticks: 3 }, resealed({ entries: block.entries.slice(1) })],
    ["poh-ticks-wrong", { rule: "too-few-ticks", ticks: 0 }, resealed({ entries: [] })],
    ["poh-ticks-wrong", { rule: "trailing-entry" }, resealed({ entries: [...block.entries, block.entries[2]!] })],
    [
      "poh-ticks-wrong",
      { rule: "invalid-tick-hash-count", index: 0 },
      resealed({ entries: block.entries.with(0, { ...block.entries[0]!, numHashes: 7 }) }),
    ],
    [
      "poh-hash-wrong",
      { entry: 1 },
      resealed({ entries: block.entries.with(1, { ...block.entries[1]!, hash: new Uint8Array(32) }) }),
    ],
    [
      "poh-hash-wrong",
      { entry: last },
      resealed({ entries: block.entries.with(last, { ...block.entries[last]!, hash: new Uint8Array(32) }) }),
    ],
    [
      "poh-hash-wrong",
      { entry: 2 },
      resealed({ entries: block.entries.with(2, { ...block.entries[2]!, transactions: transactions.toReversed() }) }),
    ],
    ["transaction-signature-invalid", { signature: transactions[0]!.signature }, forged([tampered(transactions[0]!)])],
    [
      "transaction-barred",
      { error: '"AlreadyProcessed"', signature: transactions[0]!.signature },
      forged([transactions[0]!, transactions[0]!]),
    ],
    ["transaction-barred", { error: '"BlockhashNotFound"' }, forged([strange])],
    ["state-hash-wrong", { claimed: someHash, replayed: block.stateHash }, resealed({ stateHash: someHash })],
    ["block-too-large", {}, block, null, under({ blockBytesMax: countedBytes - 1 })],
    [
      "block-transactions-too-many",
      { count: 3, blockTransactionsMax: 2 },
      block,
      null,
      under({ blockTransactionsMax: 2 }),
    ],
    [
      "block-compute-units-exceeded",
      { unitsMax: bank.computeUnits - 1 },
      block,
      null,
      under({ blockComputeUnitsMax: bank.computeUnits - 1 }),
    ],
  ];

  it.each(cases)("refuses as %s: %o", (code, facts, bad, on = null, rules = chain) => {
    expect(applyBlock(rules, on ?? parent, bad)).toMatchObject({ ok: false, code, facts });
  });

  it("accepts a block that is just at its limits", () => {
    const limits = {
      blockTransactionsMax: 3,
      blockComputeUnitsMax: bank.computeUnits,
      blockBytesMax: countedBytes,
    };
    expect(applyBlock(under(limits), parent, block).ok).toBe(true);
  });

  it("counts transactions before it checks their signatures", () => {
    const many = forged([tampered(transactions[0]!), transactions[1]!, transactions[2]!]);
    expect(applyBlock(under({ blockTransactionsMax: 2 }), parent, many)).toMatchObject({
      code: "block-transactions-too-many",
    });
  });

  it("where hashes are not counted, hashes no more than there are entries", () => {
    const idle = createTestChain({ params: { hashesPerTick: 0, ticksPerSlot: 2 } });
    const produced = produceAt(idle, idle.genesisBank, 1);
    expect(applyBlock(idle.chain, idle.genesisBank, produced.block).ok).toBe(true);
    const [first, ...rest] = produced.block.entries;
    const key = leaderKeyAt(idle, idle.genesisBank, 1);
    const costly = reseal(
      idle.chain,
      produced.block,
      { entries: [{ ...first!, numHashes: 2 ** 53 - 2 }, ...rest] },
      key,
    );
    expect(applyBlock(idle.chain, idle.genesisBank, costly)).toMatchObject({
      code: "poh-hash-wrong",
      facts: { rule: "too-many-hashes" },
    });
  });
});
