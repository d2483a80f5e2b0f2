import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, utf8Bytes } from "../base/bytes.ts";
import { createChaCha20 } from "../base/chacha20.ts";
import { sha256 } from "../base/sha256.ts";
import { addressOf, lamportsOf } from "./ids.ts";
import { computeLeaderSeed, drawLeaders, explainDraw, orderStakes, solanaLeaderKey } from "./leader-schedule.ts";
import type { StakeEntry } from "./stake-table.ts";

function entryOf(key: number, stake: bigint): StakeEntry {
  const address = addressOf(new Uint8Array(32).fill(key));
  return { voteAccount: address, identity: address, stake: lamportsOf(stake) };
}

const [a, b, c] = [entryOf(1, 20n), entryOf(2, 10n), entryOf(3, 10n)] as [StakeEntry, StakeEntry, StakeEntry];

const stakes = fc
  .uniqueArray(fc.tuple(fc.nat(255), fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(0n, 2n ** 57n))), {
    minLength: 1,
    maxLength: 30,
    selector: ([key]) => key,
  })
  .map((list) => list.map(([key, stake]) => entryOf(key, stake)))
  .filter((list) => list.some(({ stake }) => stake > 0n));
const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** The rule in its plainest form: whole integers, linear search. */
function drawLeadersTwin(entries: readonly StakeEntry[], key: Uint8Array, rotations: number): number[] {
  const source = createChaCha20(key);
  const total = entries.reduce((sum, { stake }) => sum + stake, 0n);
  const drawOne = (): number => {
    const product = source.nextU64() * total;
    if (product % 2n ** 64n > 2n ** 64n - 1n - (2n ** 64n % total)) return drawOne();
    let end = 0n;
    return entries.findIndex(({ stake }) => {
      end += stake;
      return end > product / 2n ** 64n;
    });
  };
  return Array.from({ length: rotations }, drawOne);
}

describe("leader schedule", () => {
  it("draws the drawn example", () => {
    const entries = orderStakes([a, b, c]);
    expect(entries).toEqual([a, c, b]);
    const key = solanaLeaderKey(1);
    expect([0, 1, 2].map((rotation) => explainDraw({ stakes: [a, b, c], key, rotation }).draw)).toEqual([
      22n,
      20n,
      13n,
    ]);
    expect([...drawLeaders(entries, key, 3)]).toEqual([1, 1, 0]);
  });

  it("orders by stake, then address, both descending; leaves out empty and doubled entries", () => {
    expect(orderStakes([b, a, entryOf(9, 0n), c, { ...b }])).toEqual([a, c, b]);
    expect(orderStakes([entryOf(2, 5n), b, a])).toEqual([a, b, entryOf(2, 5n)]);
  });

  it("draws as the plainest form of the rule does, in whatever order stakes are given", () => {
    fc.assert(
      fc.property(stakes, key32, fc.nat(40), (list, key, rotations) => {
        const entries = orderStakes(list);
        expect(orderStakes(list.toReversed())).toEqual(entries);
        expect([...drawLeaders(entries, key, rotations)]).toEqual(drawLeadersTwin(entries, key, rotations));
      }),
      { seed: 1234, numRuns: 150 },
    );
  });

  it("explains every rotation of a schedule by an interval that holds its draw", () => {
    fc.assert(
      fc.property(stakes, key32, (list, key) => {
        const entries = orderStakes(list);
        const drawn = drawLeaders(entries, key, 12);
        for (let rotation = 0; rotation < 12; rotation++) {
          const explained = explainDraw({ stakes: list, key, rotation });
          const before = entries.slice(0, explained.index).reduce((sum, { stake }) => sum + stake, 0n);
          expect(explained.index).toBe(drawn[rotation]);
          expect(explained.voteAccount).toBe(entries[explained.index]!.voteAccount);
          expect(explained.cumulativeBefore).toBe(before);
          expect(explained.cumulativeAfter).toBe(before + entries[explained.index]!.stake);
          expect(explained.cumulativeBefore <= explained.draw && explained.draw < explained.cumulativeAfter).toBe(true);
          expect(explained.total).toBe(entries.reduce((sum, { stake }) => sum + stake, 0n));
        }
      }),
      { seed: 1234, numRuns: 60 },
    );
  });

  it("keys Solana's draws by the epoch, and ours by hash and epoch under a tag of its own", () => {
    expect(solanaLeaderKey(0x0102)).toEqual(Uint8Array.of(2, 1, ...new Uint8Array(30)));
    expect(solanaLeaderKey(2n ** 64n - 1n)).toEqual(
      Uint8Array.of(...new Uint8Array(8).fill(255), ...new Uint8Array(24)),
    );
    const hash = new Uint8Array(32).fill(7);
    const epoch = Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0);
    expect(computeLeaderSeed(hash, 259)).toEqual(
      sha256(concatBytes(utf8Bytes("escapement:leader-seed:v1"), hash, epoch)),
    );
    expect(computeLeaderSeed(hash, 259n)).toEqual(computeLeaderSeed(hash, 259));
  });

  it("stops on stakes out of order, twice the same, or none", () => {
    const key = new Uint8Array(32);
    expect(() => drawLeaders([a, b, c], key, 1)).toThrow("stakes 1 and 2 are not in canonical order");
    expect(() => drawLeaders([a, a], key, 1)).toThrow("canonical order");
    expect(() => drawLeaders([], key, 1)).toThrow("no weight");
    expect(() => drawLeaders([a], key, 0.5)).toThrow("rotations");
    expect(() => drawLeaders([a], new Uint8Array(31), 1)).toThrow("32 bytes");
  });
});
