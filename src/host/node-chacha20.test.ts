import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { createChaCha20, handInKeystream, type Keystream } from "../base/chacha20.ts";
import { computeLeaderSchedule } from "../chain/compute-leader-schedule.ts";
import { addressOf } from "../chain/ids.ts";
import { nodeKeystream } from "./node-chacha20.ts";

const wordsPerBlock = 16;

/** How many words came from what was handed in. */
function counting(keystream: Keystream) {
  const counted = { words: 0 };
  handInKeystream((key, firstBlock, words) => {
    const isDone = keystream(key, firstBlock, words);
    if (isDone) counted.words += words.length;
    return isDone;
  });
  return counted;
}

function draw(key: Uint8Array, position: number, counts: readonly number[]): Uint32Array[] {
  const stream = createChaCha20(key);
  stream.seek(position);
  return counts.map((count) => {
    const words = new Uint32Array(count);
    stream.fill(words);
    expect(stream.position()).toBe(position + count);
    position += count;
    return words;
  });
}

describe("ChaCha20 by node:crypto", () => {
  afterEach(() => handInKeystream(nodeKeystream));

  it("gives the words that the portable code gives, wherever it stands, and stops where blocks are 2^32", () => {
    const position = fc.oneof(
      fc.nat(3000),
      fc.integer({ min: -3000, max: 100 }).map((to) => wordsPerBlock * 2 ** 32 + to),
    );
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const property = fc.property(key, position, fc.array(fc.nat(4000), { maxLength: 4 }), (bytes, at, counts) => {
      handInKeystream(nodeKeystream);
      const ours = draw(bytes, at, counts);
      handInKeystream(null);
      expect(ours).toEqual(draw(bytes, at, counts));
    });
    fc.assert(property, { seed: 5, numRuns: 100 });
  });

  it("is asked for many blocks, and for no few", () => {
    const counted = counting(nodeKeystream);
    draw(new Uint8Array(32), 5, [1000]);
    expect(counted.words).toBe(0);
    draw(new Uint8Array(32), 5, [2000]);
    expect(counted.words).toBe(wordsPerBlock * Math.floor((2000 - 11) / wordsPerBlock));
  });

  it("draws the leaders that the portable code draws, and leaves it to that code where it cannot", () => {
    const stakes = Array.from({ length: 50 }, (_, index) => ({
      voteAccount: addressOf(new Uint8Array(32).fill(index + 1)),
      identity: addressOf(new Uint8Array(32).fill(index + 101)),
      stake: BigInt(1 + index) * 1_000_000_007n,
    }));
    const schedule = () =>
      computeLeaderSchedule({ policy: "solana", epoch: 7, stakes, slotsPerEpoch: 40_000, slotsPerRotation: 4 });
    const counted = counting(nodeKeystream);
    const drawn = schedule();
    expect(counted.words).toBeGreaterThan(10_000);
    for (const keystream of [null, () => false]) {
      handInKeystream(keystream);
      expect(schedule()).toEqual(drawn);
    }
  });
});
