import { describe, expect, it } from "vitest";
import { createTestChain, produceAt, testCrypto, transfer } from "../../test/support/chain-builder.ts";
import { type Block, encodeBlock } from "./block.ts";
import { slotOf } from "./ids.ts";
import { ChainVerifier, verifyChain } from "./verify-chain.ts";

const built = createTestChain();
const { genesis } = built.network;
const [alice, bob] = built.network.accounts;
const blocks: Block[] = [];
let head = built.genesisBank;
for (const slot of [1, 2, 5, 40]) {
  const produced = produceAt(built, head, slot, [transfer(alice!, bob!.address, BigInt(slot), head)]);
  blocks.push(produced.block);
  head = produced.bank;
}
const verify = (given: Iterable<Block | Uint8Array>, expected?: Parameters<typeof verifyChain>[0]["expected"]) =>
  verifyChain({ genesis, blocks: given, crypto: testCrypto, ...(expected === undefined ? {} : { expected }) });

describe("whole-chain verification", () => {
  it("tells what a chain amounts to, from objects or from bytes, with the portable cryptography or another", () => {
    const told = {
      ok: true,
      genesisHash: built.chain.genesisHash,
      blocks: 4,
      skippedSlots: 36,
      lastSlot: 40,
      lastBlockId: head.blockId,
      stateHash: head.stateHash,
      transactions: 4,
      votes: 0,
      supply: head.supply,
    };
    expect(verify(blocks)).toEqual(told);
    expect(
      verify(blocks.map(encodeBlock), { genesisHash: built.chain.genesisHash, lastBlockId: head.blockId }),
    ).toEqual(told);
    expect(verifyChain({ genesis, blocks })).toEqual(told);
  });

  it("names the first bad block by its index", () => {
    const bad = { ...blocks[2]!, slot: slotOf(6) };
    expect(verify(blocks.with(2, bad))).toMatchObject({ ok: false, index: 2, code: "block-id-wrong" });
    expect(verify(blocks.toSpliced(1, 1))).toMatchObject({ ok: false, index: 1, code: "block-parent-wrong" });
    expect(verify([blocks[0]!, encodeBlock(blocks[1]!).slice(1)])).toMatchObject({ ok: false, index: 1 });
    expect(verify([new Uint8Array(0)])).toMatchObject({ index: 0, code: "block-malformed" });
  });

  it("finds another genesis, another end, and nothing at all", () => {
    const other = head.blockId;
    expect(verify(blocks, { genesisHash: other })).toMatchObject({ index: -1, code: "genesis-hash-wrong" });
    expect(verify(blocks.slice(0, 3), { lastBlockId: head.blockId })).toMatchObject({
      index: 3,
      code: "block-id-wrong",
    });
    expect(verify([])).toMatchObject({ index: 0, code: "chain-empty" });
    const stranger = createTestChain({ seed: "another" }).network.genesis;
    expect(verifyChain({ genesis: stranger, blocks, crypto: testCrypto })).toMatchObject({ ok: false, index: 0 });
  });

  it("stands where it was after a refusal", () => {
    const verifier = new ChainVerifier(genesis, testCrypto);
    expect(verifier.append(blocks[1]!)).toMatchObject({ code: "block-parent-wrong" });
    expect(verifier.bank.height).toBe(0);
    for (const block of blocks) expect(verifier.append(block).ok).toBe(true);
    expect(verifier.append(blocks[3]!).ok).toBe(false);
    expect(verifier.finish()).toMatchObject({ ok: true, value: { blocks: 4, lastBlockId: head.blockId } });
  });
});
