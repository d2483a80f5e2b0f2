import { describe, expect, it } from "vitest";
import { hexHashChain } from "../../src/base/sha256.ts";
import { computeLeaderSchedule } from "../../src/chain/compute-leader-schedule.ts";
import { addressOf } from "../../src/chain/ids.ts";
import {
  advanceTutorialClock,
  computeTutorialLeaders,
  createTutorialClock,
  createTutorialSchedule,
  drawTutorialLeader,
} from "../../src/chain/tutorial-leaders.ts";
import { readVector, vectorsNote, vectorsPresent } from "../support/vectors.ts";

type TutorialVector = {
  readonly poh: { seed: string; iterations: number[]; hashes: string[] }[];
  readonly select: { stakes: number[]; poh_hash: string; leader: number }[];
  readonly sequence: { seed: string; stakes: number[]; slots: number; leaders: number[]; counts: number[] }[];
  readonly empty_chain: {
    stakes: Record<string, number>;
    blocks: { index: number; poh_hash: string; leader_id: string }[];
  };
};

describe.skipIf(!vectorsPresent)(`the tutorial's own program (${vectorsNote})`, () => {
  const read = () => readVector<TutorialVector>("tutorial/chain.json");

  it("has the same Proof of History", () => {
    for (const { seed, iterations, hashes } of read().poh) {
      let hash = seed;
      for (const [i, count] of iterations.entries()) {
        hash = hexHashChain(hash, count);
        expect(hash).toBe(hashes[i]);
      }
    }
  });

  it("selects the same leader from a hash", () => {
    const { select } = read();
    expect(select.length).toBe(60);
    for (const { stakes, poh_hash, leader } of select) {
      expect(drawTutorialLeader(poh_hash, stakes), poh_hash).toBe(leader);
      expect(drawTutorialLeader(poh_hash, stakes.map(BigInt)), poh_hash).toBe(leader);
    }
  });

  it("elects the same leaders, slot after slot, whole or in parts", () => {
    for (const { seed, stakes, slots, leaders, counts } of read().sequence) {
      const computed = computeTutorialLeaders({ seed, stakes, slots });
      expect(computed).toEqual(leaders);
      expect(stakes.map((_, index) => computed.filter((leader) => leader === index).length)).toEqual(counts);
      const half = Math.floor(slots / 2);
      const early = createTutorialSchedule({ seed, stakes, firstSlot: 1, slots: half });
      const late = createTutorialSchedule({ seed, stakes, firstSlot: 1 + half, slots: slots - half });
      expect([...early, ...late]).toEqual(leaders);
    }
  });

  it("is one of the library's policies", () => {
    const { seed, stakes, leaders } = read().sequence[0]!;
    const addresses = stakes.map((_, i) => addressOf(new Uint8Array(32).fill(i + 1)));
    for (const epoch of [0, 1, 3]) {
      const { rotations } = computeLeaderSchedule({
        policy: "tutorial",
        epoch,
        stakes: stakes.map((stake, i) => ({
          voteAccount: addresses[i]!,
          identity: addresses[i]!,
          stake: BigInt(stake),
        })),
        slotsPerEpoch: 5,
        slotsPerRotation: 1,
        seed,
      });
      expect(rotations).toEqual(leaders.slice(5 * epoch, 5 * epoch + 5).map((index) => addresses[index]));
    }
  });

  it("has the same clock and leaders in its chain of empty blocks", () => {
    const { stakes, blocks } = read().empty_chain;
    const names = Object.keys(stakes);
    expect(createTutorialClock("genesis")).toEqual({ slot: 0, hash: blocks[0]!.poh_hash });
    for (const { index, poh_hash, leader_id } of blocks.slice(1)) {
      expect(advanceTutorialClock(createTutorialClock("genesis"), index)).toEqual({ slot: index, hash: poh_hash });
      expect(names[drawTutorialLeader(poh_hash, Object.values(stakes))]).toBe(leader_id);
    }
  });
});
