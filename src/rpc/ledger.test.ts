import { describe, expect, it } from "vitest";
import { createSmallChain } from "../../test/support/small-chain.ts";
import { keypairOf } from "../../test/support/transactions.ts";
import { encodeBlock } from "../chain/block.ts";
import { epochOf, type Signature, slotOf } from "../chain/ids.ts";
import { packBlock, weightOfPacked } from "./packed-block.ts";

const alice = keypairOf("alice").address;

describe("the ledger", () => {
  it("starts after genesis, with nothing in it", () => {
    const { ledger } = createSmallChain();
    expect(ledger.firstAvailableSlot()).toBe(1);
    expect(ledger.newestSlot("processed")).toBe(0);
    expect(ledger.blockAt(slotOf(0))).toBeNull();
    expect(ledger.slotsBetween(slotOf(0), slotOf(9), "processed")).toEqual([]);
  });

  it("raises blocks from processed to finalized, and lists only slots with blocks", () => {
    const { ledger, produce } = createSmallChain();
    for (const slot of [1, 2, 4, 5, 7]) produce({ slot });
    expect(ledger.slotsBetween(slotOf(0), slotOf(99), "processed")).toEqual([1, 2, 4, 5, 7]);
    expect(ledger.slotsBetween(slotOf(2), slotOf(99), "confirmed")).toEqual([2, 4, 5]);
    expect(ledger.slotsBetween(slotOf(0), slotOf(99), "finalized")).toEqual([1, 2]);
    expect([2, 4, 5, 7].map((slot) => ledger.commitmentOf(slotOf(slot)))).toEqual([
      "finalized",
      "confirmed",
      "confirmed",
      "processed",
    ]);
    expect(ledger.blockAt(slotOf(3))).toBeNull();
  });

  it("switches forks: orphaned blocks and their signatures leave, and come back with their fork", () => {
    const small = createSmallChain();
    const { ledger, produce, transfer, faucet } = small;
    const first = produce().bank;
    const sent = transfer(faucet, alice, 1_000_000n);
    const left = produce({ slot: 2, transactions: [sent], votes: false }).bank;
    expect(ledger.transactionAt(sent.signature)).toMatchObject({ slot: 2, index: 0 });
    const right = produce({ slot: 3, parent: first, votes: false }).bank;
    expect(ledger.transactionAt(sent.signature)).toBeNull();
    expect(ledger.blockAt(slotOf(2))).toBeNull();
    expect(ledger.newestSlot("processed")).toBe(3);
    ledger.onReport({ type: "head-changed", bank: left, previous: right.blockId });
    expect(ledger.transactionAt(sent.signature)).toMatchObject({ slot: 2, index: 0 });
    expect(ledger.slotsBetween(slotOf(0), slotOf(9), "processed")).toEqual([1, 2]);
  });

  it("forgets a confirmation whose block is on the fork not taken", () => {
    const { ledger, produce } = createSmallChain({ confirmedLag: 9, finalizedLag: 9 });
    const first = produce().bank;
    const left = produce({ slot: 2, votes: false }).bank;
    ledger.onReport({ type: "block-confirmed", bank: left });
    expect(ledger.newestSlot("confirmed")).toBe(2);
    produce({ slot: 3, parent: first, votes: false });
    ledger.onReport({ type: "block-confirmed", bank: left });
    expect(ledger.newestSlot("confirmed")).toBe(0);
  });

  it("follows what is finalized, even against the head it was told of", () => {
    const { ledger, produce } = createSmallChain({ confirmedLag: 9, finalizedLag: 9 });
    const first = produce().bank;
    const left = produce({ slot: 2, votes: false }).bank;
    produce({ slot: 3, parent: first, votes: false });
    ledger.onReport({ type: "block-finalized", bank: left });
    expect(ledger.slotsBetween(slotOf(0), slotOf(9), "processed")).toEqual([1, 2]);
    expect(ledger.newestSlot("finalized")).toBe(2);
  });

  it("keeps so many finalized slots and not one more", () => {
    const small = createSmallChain({ ledger: { slotsMax: 5, unpackedMax: 2 } });
    const signatures: Signature[] = [];
    for (let i = 0; i < 12; i++) {
      const sent = small.transfer(small.faucet, alice, 1_000_000n + BigInt(i));
      signatures.push(sent.signature);
      small.produce({ transactions: [sent], votes: false });
    }
    const { ledger } = small;
    expect(ledger.newestSlot("finalized")).toBe(9);
    expect(ledger.firstAvailableSlot()).toBe(5);
    expect(ledger.slotsBetween(slotOf(0), slotOf(99), "finalized")).toEqual([5, 6, 7, 8, 9]);
    expect(ledger.blockAt(slotOf(4))).toBeNull();
    expect(signatures.map((signature) => ledger.transactionAt(signature)?.slot ?? null)).toEqual([
      ...[null, null, null, null],
      ...[5, 6, 7, 8, 9, 10, 11, 12],
    ]);
  });

  it("keeps so many bytes of packed blocks and not one more, and says from where on", () => {
    function fill(bytesMax: number) {
      const { ledger, produce } = createSmallChain({ ledger: { bytesMax, unpackedMax: 0 } });
      for (let slot = 1; slot <= 24; slot++) produce({ slot });
      return ledger;
    }
    const ledger = fill(12_000);
    const first = ledger.firstAvailableSlot();
    expect(first).toBeGreaterThan(1);
    expect(ledger.slotsBetween(slotOf(0), slotOf(99), "processed")[0]).toBe(first);
    expect(ledger.blockAt(slotOf(first - 1))).toBeNull();
    expect(ledger.blockAt(first)).not.toBeNull();
    const weights = ledger
      .slotsBetween(slotOf(0), slotOf(99), "finalized")
      .map((slot) => packBlock(ledger.blockAt(slot)!))
      .map(weightOfPacked);
    const kept = weights.reduce((sum, weight) => sum + weight, 0);
    expect(kept).toBeLessThanOrEqual(12_000);
    // Room for exactly these: one byte less, and the oldest of them goes, too.
    expect(fill(kept).firstAvailableSlot()).toBe(first);
    expect(fill(kept - 1).firstAvailableSlot()).toBe(first + 1);
    expect(fill(0).slotsBetween(slotOf(0), slotOf(99), "finalized")).toEqual([]);
  });

  it("counts what a block paid, and what its epoch earned, once", () => {
    const { ledger, produce } = createSmallChain();
    const packed = packBlock(ledger.blockAt(produce().bank.slot)!);
    const paying = (partitionsPaid: number, paid: number) => {
      const rewardsProgress = { partitionsPaid, rewards: { partitions: [Array(20), Array(30)] } };
      return weightOfPacked({
        ...packed,
        header: { ...packed.header, rewards: Array(paid), rewardsProgress } as never,
      });
    };
    const { header } = packed;
    const plain = weightOfPacked(packed) - weightOfPacked({ ...packed, header: { ...header, rewards: [] } });
    expect(plain).toBe(header.rewards.length * 192);
    expect(paying(1, 3) - paying(1, 0)).toBe(3 * 192);
    expect(paying(0, 3) - paying(1, 3)).toBe(50 * 512);
  });

  it("packs finalized blocks early when they hold many transactions, and gives the same", () => {
    const [early, late] = [3, 1000].map((unpackedTransactionsMax) => {
      const { ledger, produce } = createSmallChain({ ledger: { unpackedTransactionsMax } });
      for (let slot = 1; slot <= 9; slot++) produce({ slot });
      return ledger;
    });
    const at = slotOf(1);
    expect(early!.blockAt(at)).toEqual(late!.blockAt(at));
    // What is packed is encoded once, what is not each time.
    expect(early!.bytesAt(at)).toBe(early!.bytesAt(at));
    expect(late!.bytesAt(at)).not.toBe(late!.bytesAt(at));
  });

  it("gives the same of a packed block as of one that stands as it is", () => {
    const packed = createSmallChain({ ledger: { unpackedMax: 0 } });
    const plain = createSmallChain();
    for (const small of [packed, plain]) {
      for (let i = 0; i < 8; i++) {
        const amount = i === 3 ? 10n ** 18n : 1_000_000n + BigInt(i);
        small.produce({ transactions: [small.transfer(small.faucet, alice, amount)] });
      }
    }
    for (let slot = 1; slot <= 8; slot++) {
      const [a, b] = [packed, plain].map(({ ledger }) => ledger.blockAt(slotOf(slot))!) as [never, never];
      expect(a).toEqual(b);
      expect(packed.ledger.bytesAt(slotOf(slot))).toEqual(encodeBlock(plain.ledger.blockAt(slotOf(slot))!.block));
    }
    expect(plain.ledger.blockAt(slotOf(4))!.results.at(-1)?.error).not.toBeNull();
  });

  it("remembers who led the epochs that it holds", () => {
    const small = createSmallChain({ params: { slotsPerEpoch: 32 } });
    const leaders: string[] = [];
    for (let slot = 1; slot < 80; slot++) leaders.push(small.produce({ votes: false }).block.leader);
    const record = small.ledger.epochRecord(epochOf(0));
    expect(record?.leaders.rotations.slice(1).map(({ identity }) => identity)).toEqual(
      [7, 11, 15, 19, 23, 27, 31].map((slot) => leaders[slot - 1]),
    );
    expect(small.ledger.epochRecord(epochOf(9))).toBeNull();
  });

  it("goes back to a block given again as its seed", () => {
    const small = createSmallChain();
    const { ledger, produce } = small;
    const banks = [1, 2, 3, 4, 5, 6].map(() => produce({ votes: false }).bank);
    ledger.seed(banks[1]!);
    expect(ledger.slotsBetween(slotOf(0), slotOf(9), "processed")).toEqual([1, 2]);
    expect(ledger.newestSlot("confirmed")).toBe(2);
    produce({ slot: 7, parent: banks[1]!, votes: false });
    expect(ledger.slotsBetween(slotOf(0), slotOf(9), "processed")).toEqual([1, 2, 7]);
  });
});
