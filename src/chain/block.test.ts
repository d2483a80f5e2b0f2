import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTestChain, extend, produceAt, reseal, testParams, transfer } from "../../test/support/chain-builder.ts";
import { addressNamed } from "../../test/support/transactions.ts";
import { ByteWriter } from "../base/bytes.ts";
import { sha256 } from "../base/sha256.ts";
import {
  type Block,
  blockSignatureMessage,
  computeBlockId,
  decodeBlock,
  encodeBlock,
  encodeEntries,
  lastHash,
  transactionsOf,
} from "./block.ts";
import { emptyBlockBytes } from "./block-size.ts";
import { hashOf, slotOf } from "./ids.ts";

const built = createTestChain({ params: { ticksPerSlot: 2, hashesPerTick: 4 } });
const { chain, genesisBank, network } = built;
const [alice, bob] = network.accounts;
const parent = extend(built, genesisBank, [1]);
const transactions = [1n, 2n, 3n].map((lamports) => transfer(alice!, bob!.address, lamports, parent));
const { block } = produceAt(built, parent, 3, transactions);
const bytes = encodeBlock(block);
const decode = (given: Uint8Array, params = chain.params) => decodeBlock(given, params, chain.genesisHash);
const hash = (n: number) => sha256(Uint8Array.of(n));

const blocks = fc
  .record({
    slot: fc.maxSafeNat().map(slotOf),
    parentSlot: fc.maxSafeNat().map(slotOf),
    parentId: fc.nat(255).map((n) => hashOf(hash(n))),
    stateHash: fc.nat(255).map((n) => hashOf(hash(n))),
    leader: fc.constantFrom(...["a", "b"].map(addressNamed)),
    signature: fc.uint8Array({ minLength: 64, maxLength: 64 }).map((signature) => Uint8Array.from(signature)),
    entries: fc.array(
      fc.record({
        numHashes: fc.oneof(fc.nat(9), fc.constantFrom(2 ** 53 - 1, 2 ** 53 - 2)),
        hash: fc.nat(255).map(hash),
        transactions: fc.subarray(transactions),
      }),
      { maxLength: 6 },
    ),
  })
  .map((content): Block => {
    const blockId = computeBlockId(content, chain.genesisHash);
    return { ...content, blockId, blockhash: lastHash(content.entries, content.parentId) };
  });

describe("a block's bytes", () => {
  it("lead back to the block", () => {
    expect(decode(bytes)).toEqual({ ok: true, value: block });
    expect([...transactionsOf(block)]).toEqual(transactions);
  });

  it("lead back to any block, one encoding for one block", () => {
    fc.assert(
      fc.property(blocks, (any) => {
        const encoded = encodeBlock(any);
        const decoded = decode(encoded);
        expect(decoded).toEqual({ ok: true, value: any });
        const sizes = [...transactionsOf(any)].reduce((sum, transaction) => sum + 2 + transaction.bytes.length, 0);
        expect(encoded).toHaveLength(emptyBlockBytes(any.entries.length) + sizes);
      }),
      { seed: 1234, numRuns: 50 },
    );
  });

  it("are refused, never thrown at, when they end early or late", () => {
    for (let length = 0; length < bytes.length; length++)
      expect(decode(bytes.slice(0, length))).toMatchObject({ ok: false });
    expect(decode(new ByteWriter().bytes(bytes).u8(0).finish())).toEqual({
      ok: false,
      code: "block-malformed",
      facts: { problem: "1 bytes too many" },
    });
  });

  it("are refused, or are another block, with any one byte changed; whatever is accepted encodes to the very same bytes", () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const mutated = bytes.slice();
        mutated[at]! ^= change;
        const decoded = decode(mutated);
        if (!decoded.ok) return;
        expect(encodeBlock(decoded.value)).toEqual(mutated);
        // Only the leader's own signature is outside the id.
        const isSignature = at >= 112 && at < 176;
        expect(decoded.value.blockId === block.blockId).toBe(isSignature);
      }),
      { seed: 1234, numRuns: 250 },
    );
  });

  it("are refused, never thrown at, when they are noise", () => {
    const noise = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(noise, fc.boolean(), (tail, withHeader) => {
        const given = withHeader ? new ByteWriter().bytes(bytes.slice(0, 176)).bytes(tail).finish() : tail;
        const decoded = decode(given);
        if (decoded.ok) expect(encodeBlock(decoded.value)).toEqual(Uint8Array.from(given));
        else expect(["block-malformed", "transaction-malformed"]).toContain(decoded.code);
      }),
      { seed: 1234, numRuns: 500 },
    );
  });

  it("may claim counts near 2^53 and above: refused at once", () => {
    const header = bytes.slice(0, 176);
    for (const count of [2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n]) {
      const entries = new ByteWriter().bytes(header).u64(count).finish();
      const inEntry = new ByteWriter().bytes(header).count(1).u64(1n).bytes(hash(1)).u64(count).finish();
      expect(decode(entries)).toMatchObject({ code: "block-malformed" });
      expect(decode(inEntry)).toMatchObject({ code: "block-malformed" });
    }
    for (const at of [0, 8]) {
      const slot = bytes.slice();
      new DataView(slot.buffer).setBigUint64(at, 2n ** 53n, true);
      expect(decode(slot)).toMatchObject({
        code: "block-malformed",
        facts: { problem: `count too large: ${2n ** 53n}` },
      });
    }
  });

  it("hold transactions, or are refused by the transaction's own code and the entry's number", () => {
    const empty = new ByteWriter().bytes(bytes.slice(0, 176)).count(1).count(1).bytes(hash(1)).count(1).u16(0).finish();
    expect(decode(empty)).toMatchObject({ code: "transaction-malformed", facts: { entry: 0 } });
  });

  it("are as many as the limit, and not one more", () => {
    // The ticks of slots skipped before it do not count.
    const skipped = (block.slot - block.parentSlot - 1) * testParams().ticksPerSlot * 48;
    expect(decode(bytes, { ...testParams(), blockBytesMax: bytes.length - skipped }).ok).toBe(true);
    expect(decode(bytes, { ...testParams(), blockBytesMax: bytes.length - skipped - 1 })).toEqual({
      ok: false,
      code: "block-too-large",
      facts: { slot: block.slot, bytes: bytes.length, bytesMax: bytes.length - 1 },
    });
  });
});

describe("a block's id", () => {
  it("differs for any field that differs, and for another genesis", () => {
    const [first, ...rest] = block.entries;
    const key = network.validators[0]!.identity;
    const other = hashOf(hash(1));
    const variants = [
      block,
      reseal(chain, block, { slot: slotOf(4) }, key),
      reseal(chain, block, { parentSlot: slotOf(2) }, key),
      reseal(chain, block, { parentId: other }, key),
      reseal(chain, block, { leader: addressNamed("x") }, key),
      reseal(chain, block, { stateHash: other }, key),
      reseal(chain, block, { entries: rest }, key),
      reseal(chain, block, { entries: [] }, key),
      reseal(chain, block, { entries: [...block.entries, first!] }, key),
      reseal(chain, block, { entries: [{ ...first!, numHashes: first!.numHashes + 1 }, ...rest] }, key),
      reseal(chain, block, { entries: [{ ...first!, hash: hash(1) }, ...rest] }, key),
      reseal(chain, block, { entries: [{ ...first!, transactions: [transactions[0]!] }, ...rest] }, key),
      reseal(
        chain,
        block,
        { entries: block.entries.map((e) => ({ ...e, transactions: e.transactions.toReversed() })) },
        key,
      ),
    ].map(({ blockId }) => blockId);
    expect(new Set([...variants, computeBlockId(block, other)]).size).toBe(variants.length + 1);
  });

  it("is signed under a tag, so that no vote or transaction is the same bytes", () => {
    const message = blockSignatureMessage(block.blockId);
    expect(new TextDecoder().decode(message.slice(0, -32))).toBe("escapement:block-signature:v1");
    expect(hashOf(message.slice(-32))).toBe(block.blockId);
  });

  it("names the last entry's hash as the blockhash, or the hash before a block without entries", () => {
    expect(lastHash(block.entries, block.parentId)).toBe(hashOf(block.entries.at(-1)!.hash));
    expect(lastHash([], block.parentId)).toBe(block.parentId);
    expect(encodeEntries([])).toEqual(new Uint8Array(8));
  });
});
