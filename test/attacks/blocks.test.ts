/** Group B: what can be done to blocks and chains, and what verification answers. Each attacker recomputes every hash he likes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalBytes } from "../../src/base/bytes.ts";
import { accountsHash } from "../../src/chain/accounts-tree.ts";
import { applyBlock } from "../../src/chain/apply-block.ts";
import {
  type Block,
  type BlockContent,
  blockSignatureMessage,
  computeBlockId,
  decodeBlock,
  type Entry,
  encodeBlock,
  transactionsOf,
} from "../../src/chain/block.ts";
import type { Chain } from "../../src/chain/chain.ts";
import { formatGenesis, parseGenesis } from "../../src/chain/genesis-text.ts";
import { addressBytes, type Hash, hashBytes, slotOf } from "../../src/chain/ids.ts";
import { type ChainParams, createParams } from "../../src/chain/params.ts";
import { produceBlock } from "../../src/chain/produce-block.ts";
import { verifyChain } from "../../src/chain/verify-chain.ts";
import { verifyEntries } from "../../src/chain/verify-entries.ts";
import { crypto, growChain, leaderOf, networkOf, resealBlock, transfer } from "../support/attack-chain.ts";
import {
  alice,
  at,
  banks,
  blocks,
  bob,
  chain,
  foreign,
  forged,
  genesis,
  head,
  leader,
  minted,
  onFalseState,
  otherValidator,
  overspending,
  parent,
  replaced,
  tamperings,
  target,
  twice,
  verify,
} from "./block-tamperings.ts";

/** Our chain but for a limit, which whoever holds it ignores: the same genesis hash, so the same signatures. */
const loose = (change: Partial<ChainParams>): Chain => ({ ...chain, params: { ...chain.params, ...change } });

describe("whole-chain verification finds every tampering in group B", () => {
  it("B1–B16: the untampered chain is accepted, as objects and as bytes, and so is every forgery tool used honestly", () => {
    expect(blocks.length).toBe(12);
    expect([...transactionsOf(target)].length).toBeGreaterThanOrEqual(4);
    const expected = { genesisHash: chain.genesisHash, lastBlockId: head.blockId };
    const verified = verify(blocks, expected);
    expect(verified).toMatchObject({ ok: true, blocks: 12, skippedSlots: 0, stateHash: head.stateHash });
    expect(verify(blocks.map(encodeBlock), expected)).toEqual(verified);
    expect(resealBlock(chain, target, {}, leader)).toEqual(target);
    expect(replaced(forged({}))).toEqual(verified);
    expect(verify([...blocks.slice(0, at), onFalseState((bank) => bank)])).toMatchObject({ ok: true, blocks: at + 1 });
    expect(verify([...blocks.slice(0, at), forged({ batches: [[twice], [overspending]] })])).toMatchObject({
      ok: true,
    });
  });

  for (const { id, claim, verdict, index = at, code, facts = {} } of tamperings) {
    it(`${id}: ${claim} (${code})`, () => {
      expect(verdict()).toMatchObject({ ok: false, index, code, facts });
    });
  }

  it("B1–B16: a refused block leaves the verifier where it was, so the true one still fits", () => {
    expect(verify(blocks.toSpliced(at, 0, target))).toMatchObject({
      ok: false,
      index: at + 1,
      code: "block-parent-wrong",
    });
    expect(verify(blocks)).toMatchObject({ ok: true });
  });
});

describe("group B by construction", () => {
  it("B4: leaders are read from the chain: those drawn from genesis on are those who signed", () => {
    const drawn = blocks.map(({ slot }, index) => leaderOf(chain, banks[index]!, slot));
    expect(blocks.map((block) => block.leader)).toEqual(drawn);
    expect(new Set(drawn).size).toBeGreaterThan(1);
    expect(head.leader).toBe(drawn.at(-1));
  });

  it("B5: a block has no index to lie about: its height follows from its parent's bank", () => {
    expect(Object.keys(target)).not.toContain("index");
    const lying = { ...target, index: -77, height: 1_000_000 } as Block;
    expect(encodeBlock(lying)).toEqual(encodeBlock(target));
    const applied = applyBlock(chain, parent, lying);
    expect(applied.ok && applied.value.height).toBe(parent.height + 1);
  });

  it("B6: an overspending payment may land, and moves nothing but its fee", () => {
    const { bank } = produceBlock(chain, parent, target.slot, leader, [
      { transaction: overspending, computeUnitLimit: 3000 },
    ]);
    const [result] = bank.results;
    expect(result?.error).toEqual({ InstructionError: [0, { Custom: 1 }] });
    expect(result!.preBalances.map((before, i) => before - result!.postBalances[i]!)).toEqual([5000n, 0n, 0n]);
  });

  it("B7: the state is the chain's: two verifiers who share nothing compute the same state hash", () => {
    const alone = verifyChain({ genesis, blocks: blocks.map(encodeBlock) });
    expect(alone).toMatchObject({ ok: true, stateHash: head.stateHash, lastBlockId: head.blockId });
    const parsed = parseGenesis(formatGenesis(genesis));
    expect(parsed.ok && verifyChain({ genesis: parsed.value, blocks, crypto })).toEqual(alone);
  });

  it("B9: a block changed after it was sent is not the block that was decoded: bytes are copied at the border", () => {
    const bytes = encodeBlock(target);
    const decoded = decodeBlock(bytes, chain.params, chain.genesisHash);
    bytes.fill(0);
    expect(decoded.ok && decoded.value).toEqual(target);
    expect(decoded.ok && applyBlock(chain, parent, decoded.value).ok).toBe(true);
  });

  it("B10: whatever bit of a block is flipped on the wire, it is refused or another block, never the same id by other content", () => {
    const bytes = encodeBlock(target);
    const signatureAt = 8 + 8 + 32 + 32 + 32;
    const flips = fc.tuple(fc.nat(bytes.length - 1), fc.nat(7));
    fc.assert(
      fc.property(flips, ([position, bit]) => {
        const flipped = bytes.map((byte, i) => (i === position ? byte ^ (1 << bit) : byte));
        const decoded = decodeBlock(flipped, chain.params, chain.genesisHash);
        if (!decoded.ok) return;
        const isSignature = position >= signatureAt && position < signatureAt + 64;
        expect(decoded.value.blockId === target.blockId).toBe(isSignature);
        expect(equalBytes(encodeBlock(decoded.value), flipped)).toBe(true);
        expect(applyBlock(chain, parent, decoded.value).ok).toBe(false);
      }),
      { seed: 1234, numRuns: 150 },
    );
  });

  it("B10: digits cannot move between neighbouring fields, nor content between block and entry, and keep the id", () => {
    const content: BlockContent = { ...target, slot: slotOf(1), parentSlot: slotOf(11) };
    const hash = target.entries[0]!.hash;
    const tick = (numHashes: number): Entry => ({ numHashes, hash, transactions: [] });
    const twins: readonly (readonly [BlockContent, BlockContent])[] = [
      [content, { ...content, slot: slotOf(11), parentSlot: slotOf(1) }],
      [content, { ...content, slot: slotOf(111), parentSlot: slotOf(1) }],
      [content, { ...content, parentId: content.stateHash, stateHash: content.parentId }],
      [
        { ...content, entries: [tick(1), tick(11)] },
        { ...content, entries: [tick(11), tick(1)] },
      ],
      [
        { ...content, entries: [{ ...tick(1), transactions: [twice] }, tick(1)] },
        { ...content, entries: [tick(1), { ...tick(1), transactions: [twice] }] },
      ],
      [
        { ...content, entries: [{ ...tick(1), transactions: [twice, overspending] }] },
        {
          ...content,
          entries: [
            { ...tick(1), transactions: [twice] },
            { ...tick(1), transactions: [overspending] },
          ],
        },
      ],
      [
        { ...content, entries: [tick(1)] },
        { ...content, entries: [{ ...tick(1), transactions: [twice] }] },
      ],
    ];
    for (const [one, other] of twins) {
      expect(computeBlockId(one, chain.genesisHash)).toBe(computeBlockId({ ...one }, chain.genesisHash));
      expect(computeBlockId(one, chain.genesisHash)).not.toBe(computeBlockId(other, chain.genesisHash));
    }
    expect(computeBlockId(content, chain.genesisHash)).not.toBe(computeBlockId(content, foreign.chain.genesisHash));
  });

  it("B12: two blocks of one leader for one slot each name and prove their signer, and only one fits a chain", () => {
    const [one, other] = [forged({}), forged({ batches: [[twice]] })];
    expect(one.blockId).not.toBe(other.blockId);
    for (const block of [one, other]) {
      expect(block).toMatchObject({ slot: target.slot, leader: leader.address, parentId: parent.blockId });
      const message = blockSignatureMessage(block.blockId);
      expect(crypto.signatures.verify(block.signature, message, addressBytes(block.leader))).toBe(true);
      expect(crypto.signatures.verify(block.signature, message, otherValidator.publicKey)).toBe(false);
      expect(applyBlock(chain, parent, block).ok).toBe(true);
    }
    const before = blocks.slice(0, at);
    expect(verify([...before, one, other])).toMatchObject({ ok: false, index: at + 1, code: "block-parent-wrong" });
    const after = applyBlock(chain, parent, one);
    const stacked = resealBlock(chain, other, { parentId: one.blockId, parentSlot: one.slot }, leader);
    expect(after.ok && applyBlock(chain, after.value, stacked)).toMatchObject({ code: "block-slot-not-after-parent" });
    // An honest leader who is asked twice makes the same block: nobody equivocates by accident.
    expect(onFalseState((bank) => bank)).toEqual(onFalseState((bank) => bank));
  });

  it("B14: every entry is verified alone, from the hash before it, in any order", () => {
    const all = blocks.flatMap((block, index) => {
      const starts = [hashBytes(banks[index]!.blockhash), ...block.entries.map(({ hash }) => hash)];
      return block.entries.map((entry, i) => ({ startHash: starts[i]!, entry }));
    });
    const check = (startHash: Uint8Array, entry: Entry) => {
      const transactionSignatures = entry.transactions.map(({ signatures }) => signatures);
      return verifyEntries({ startHash, entries: [{ ...entry, transactionSignatures }] });
    };
    for (const { startHash, entry } of all.toReversed()) expect(check(startHash, entry)).toEqual({ ok: true });
    const { entry } = all[1]!;
    const wrong = { ok: false, index: 0, code: "hash-mismatch" };
    expect(check(all[0]!.startHash, entry)).toEqual(wrong);
    expect(check(all[1]!.startHash, { ...entry, numHashes: entry.numHashes + 1 })).toEqual(wrong);
  });

  it("B14: a block is verified from its parent's state alone, without the history before it", () => {
    const last = blocks.length - 1;
    expect(applyBlock(chain, banks[last]!, blocks[last]!)).toMatchObject({
      ok: true,
      value: { blockId: head.blockId },
    });
  });

  it("B15: fifty copies in the mempool's hands become one in the block", () => {
    const candidate = { transaction: twice, computeUnitLimit: 3000 };
    const { block, barred } = produceBlock(chain, parent, target.slot, leader, Array(50).fill(candidate));
    expect([...transactionsOf(block)]).toEqual([twice]);
    expect(barred.map(({ error }) => error)).toEqual(Array(49).fill("AlreadyProcessed"));
  });
});

describe("B16: block limits are rules of validity, at the limit and one past it", () => {
  const many = (count: number, blockhash: Hash) =>
    Array.from({ length: count }, (_, i) => transfer(alice, bob.address, BigInt(i + 1), blockhash));

  /** Our chain with limits; its next leader, who keeps to `theirs` instead. */
  function blockUnder(limits: Partial<ChainParams>, count: number, theirs: Partial<ChainParams> = {}) {
    const own = growChain(networkOf(limits), [1]);
    const bank = own.banks[1]!;
    const lax: Chain = { ...own.chain, params: { ...own.chain.params, ...theirs } };
    const identity = leaderOf(own.chain, bank, 2);
    const key = networkOf(limits).validators.find((validator) => validator.identity.address === identity)!.identity;
    const candidates = many(count, bank.blockhash).map((transaction) => ({ transaction, computeUnitLimit: 150 }));
    const { block } = produceBlock(lax, bank, slotOf(2), key, candidates);
    const verdict = verifyChain({ genesis: own.chain.genesis, blocks: [...own.blocks, block], crypto });
    return { block, verdict, landed: [...transactionsOf(block)].length };
  }

  it("B16: as many transactions as the limit are accepted, one more is refused, and honest leaders stop at the limit", () => {
    const limits = { blockTransactionsMax: 7 };
    const lax = { blockTransactionsMax: 100 };
    expect(blockUnder(limits, 7, lax)).toMatchObject({ landed: 7, verdict: { ok: true } });
    expect(blockUnder(limits, 8, lax)).toMatchObject({
      landed: 8,
      verdict: { index: 1, code: "block-transactions-too-many", facts: { blockTransactionsMax: 7 } },
    });
    expect(blockUnder(limits, 8)).toMatchObject({ landed: 7, verdict: { ok: true } });
  });

  it("B16: as many compute units as the limit are accepted, one more is refused", () => {
    // A transfer consumes 150.
    const lax = { blockComputeUnitsMax: 1_000_000 };
    expect(blockUnder({ blockComputeUnitsMax: 600 }, 4, lax)).toMatchObject({ landed: 4, verdict: { ok: true } });
    expect(blockUnder({ blockComputeUnitsMax: 599 }, 4, lax)).toMatchObject({
      landed: 4,
      verdict: { index: 1, code: "block-compute-units-exceeded", facts: { unitsMax: 599 } },
    });
    expect(blockUnder({ blockComputeUnitsMax: 599 }, 4)).toMatchObject({ landed: 3, verdict: { ok: true } });
  });

  it("B16: as many bytes as the limit are accepted, one more is refused", () => {
    const lax = { blockBytesMax: 1_000_000 };
    const roomy = blockUnder({}, 5);
    const bytes = encodeBlock(roomy.block).length;
    expect(blockUnder({ blockBytesMax: bytes }, 5, lax)).toMatchObject({ landed: 5, verdict: { ok: true } });
    expect(blockUnder({ blockBytesMax: bytes - 1 }, 5, lax)).toMatchObject({
      landed: 5,
      verdict: { index: 1, code: "block-too-large", facts: { bytes, bytesMax: bytes - 1 } },
    });
  });

  it("B16: replay itself refuses a block above the limit of bytes, for whoever decoded the block elsewhere", () => {
    const bytes = encodeBlock(target).length;
    expect(applyBlock(loose({ blockBytesMax: bytes }), parent, target).ok).toBe(true);
    expect(applyBlock(loose({ blockBytesMax: bytes - 1 }), parent, target)).toMatchObject({ code: "block-too-large" });
  });

  it("B16: limits are part of genesis: they must make sense, and another limit is another chain", () => {
    expect(createParams("lab", { blockTransactionsMax: 0 })).toMatchObject({ ok: false, code: "params-invalid" });
    expect(createParams("lab", { blockTransactionsMax: 1 }).ok).toBe(true);
    const hashes = [{}, { blockTransactionsMax: 7 }, { blockBytesMax: 70_000 }].map(
      (limits) => growChain(networkOf(limits), []).chain.genesisHash,
    );
    expect(new Set(hashes).size).toBe(3);
  });
});

it("B7: nothing but a block makes a bank: replay leaves its parent's state as it was", () => {
  const before = [accountsHash(parent.accounts), parent.supply, parent.recentBlocks.length];
  expect(applyBlock(chain, parent, target)).toMatchObject({ ok: true, value: { stateHash: target.stateHash } });
  expect([accountsHash(parent.accounts), parent.supply, parent.recentBlocks.length]).toEqual(before);
  expect(accountsHash(minted(parent).accounts)).not.toEqual(before[0]);
});
