import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "../base/sha256.ts";
import { hashOf, slotOf } from "../chain/ids.ts";
import { emptyTower, recordVote, type Tower } from "./tower.ts";
import { decodeTower, encodeTower } from "./tower-codec.ts";

const idOf = (slot: number) => hashOf(sha256(Uint8Array.of(slot & 255, slot >> 8)));

function towerOf(gaps: readonly number[], root: number | null = null): Tower {
  let slot = root ?? 0;
  const start = root === null ? emptyTower : { root: slotOf(root), rootBlockId: idOf(root), votes: [] };
  return gaps.reduce((tower, gap) => {
    slot += gap;
    return recordVote(tower, slotOf(slot), idOf(slot));
  }, start);
}

describe("a tower's bytes", () => {
  it("are as many as the story says", () => {
    expect(encodeTower(towerOf([2, 1])).length).toBe(86);
    expect(encodeTower(emptyTower).length).toBe(4);
  });

  it("give back every tower that votes can make, rooted or not", () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 80 });
    fc.assert(
      fc.property(gaps, fc.option(fc.nat(100)), (each, root) => {
        const tower = towerOf(each, root);
        expect(decodeTower(encodeTower(tower))).toEqual({ ok: true, value: tower });
      }),
    );
  });

  it("cut anywhere, longer, or of another version are no tower", () => {
    const bytes = encodeTower(towerOf(Array.from({ length: 40 }, () => 1)));
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeTower(bytes.slice(0, length))).toMatchObject({ ok: false, code: "tower-malformed" });
    }
    expect(decodeTower(Uint8Array.of(...bytes, 0))).toMatchObject({ ok: false });
    expect(decodeTower(Uint8Array.of(2, ...bytes.slice(1)))).toMatchObject({ facts: { version: 2 } });
    expect(decodeTower(Uint8Array.of(1, 2, ...bytes.slice(2)))).toMatchObject({ facts: { hasRoot: 2 } });
  });

  it("never throw, and what they say is never a tower that nobody can have", () => {
    const tower = towerOf([3, 1], 7);
    const [first, second] = tower.votes;
    const impossible: Tower[] = [
      { ...tower, votes: [second!, first!] },
      { ...tower, votes: [first!, { ...second!, slot: first!.slot }] },
      { ...tower, votes: [{ ...first!, slot: slotOf(7) }] },
      { ...tower, votes: [first!, { ...second!, confirmationCount: 2 }] },
      { ...tower, votes: [{ ...first!, confirmationCount: 0 }] },
      { ...tower, votes: [{ ...first!, confirmationCount: 32 }] },
      { ...tower, votes: Array.from({ length: 32 }, (_, index) => ({ ...first!, slot: slotOf(10 + index) })) },
    ];
    for (const each of impossible) expect(decodeTower(encodeTower(each))).toMatchObject({ code: "tower-impossible" });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => typeof decodeTower(bytes).ok === "boolean"));
  });
});
