import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashNamed } from "../../../test/support/votes.ts";
import { emptyTower, findLockout, lastVoteOf, recordVote, type Tower } from "../../consensus/tower.ts";
import { checkTower } from "../apply-tower-sync.ts";
import { type Hash, type Slot, slotOf } from "../ids.ts";
import { applyVoteToLockouts, type Lockout, lastLockedOutSlot } from "../lockouts.ts";
import { findLockoutViolation, lastSlotOfTower, type ShownTower } from "./lockout-violation.ts";

const isLockedOut = (...question: Parameters<typeof findLockout>) => findLockout(...question) !== null;

type Pairs = readonly (readonly [slot: number, confirmationCount: number])[];
const shown = (root: number | null, votes: Pairs, block = "a"): ShownTower => ({
  root: root === null ? null : slotOf(root),
  votes: votes.map(([slot, confirmationCount]) => ({ slot: slotOf(slot), confirmationCount })),
  blockId: hashNamed(block),
});
const last = (tower: ShownTower): Slot => lastSlotOfTower(tower);

describe("findLockoutViolation", () => {
  const earlier = shown(null, [
    [2, 4],
    [3, 3],
    [4, 2],
  ]);

  it("tells the module's example", () => {
    const broken = shown(null, [
      [2, 4],
      [3, 3],
      [8, 1],
    ]);
    const found = findLockoutViolation(earlier, broken);
    expect(found).toEqual({ type: "lockout-broken", vote: { slot: 4, confirmationCount: 2 }, until: 8, broken: 8 });
    const expired = shown(null, [
      [2, 4],
      [3, 3],
      [9, 1],
    ]);
    expect(findLockoutViolation(earlier, expired)).toBeNull();
    const rooted = shown(7, [
      [8, 2],
      [9, 1],
    ]);
    expect(findLockoutViolation(earlier, rooted)).toMatchObject({ type: "root-impossible", root: 7 });
  });

  it("does not care for the order in which the votes are given", () => {
    const later = shown(null, [[8, 1]]);
    expect(findLockoutViolation(earlier, later)).toEqual(findLockoutViolation(later, earlier));
    expect(findLockoutViolation(earlier, later)).not.toBeNull();
  });

  it("calls two blocks of one slot an offence, and the same vote signed again none", () => {
    const other = { ...earlier, blockId: hashNamed("b") };
    expect(findLockoutViolation(earlier, other)).toEqual({ type: "two-blocks", slot: 4 });
    expect(findLockoutViolation(earlier, { ...earlier })).toBeNull();
  });

  it("holds a vote to the last slot of its lockout, and no further", () => {
    const one = shown(null, [[10, 3]]);
    expect(findLockoutViolation(one, shown(null, [[18, 1]]))).toMatchObject({ type: "lockout-broken", until: 18 });
    expect(findLockoutViolation(one, shown(null, [[19, 1]]))).toBeNull();
  });

  it("lets no root be taken back", () => {
    const one = shown(5, [[10, 1]]);
    expect(findLockoutViolation(one, shown(5, [[100, 1]]))).toBeNull();
    expect(findLockoutViolation(one, shown(4, [[100, 1]]))).toEqual({ type: "root-taken-back", root: 5 });
    expect(findLockoutViolation(one, shown(null, [[100, 1]]))).toEqual({ type: "root-taken-back", root: 5 });
    const without = shown(0, [[10, 1]]);
    expect(findLockoutViolation(without, shown(null, [[100, 1]]))).toBeNull();
  });

  it("believes a root as soon as there were slots enough for the votes it takes", () => {
    // 2 lies under two votes: 29 more are needed until it is the oldest of 31 and the next roots it.
    const at = (slot: number) => findLockoutViolation(earlier, shown(2, [[slot, 1]]));
    const rootOnly = shown(null, [[2, 4]]);
    expect(findLockoutViolation(rootOnly, shown(2, [[2 + 30, 1]]))).toMatchObject({ votesMissing: 31 });
    expect(findLockoutViolation(rootOnly, shown(2, [[2 + 31, 1]]))).toBeNull();
    expect(at(4 + 28)).toMatchObject({ type: "root-impossible", votesMissing: 29 });
    // 3 and 4 expired long before; 2 can be rooted.
    expect(at(4 + 29)).toBeNull();
  });
});

/** A fork tree: block i + 1 has its parent's index and stands some slots after it. */
type TreeBlock = { readonly slot: number; readonly parent: number; readonly blockId: Hash };

const fcMostlyZero = (max: number) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max }) });

/** Blocks whose slots rise with their number, parents drawn from the newest few: forks that live on side by side. */
const fcTree = fc
  .array(fc.record({ gap: fc.nat({ max: 3 }), back: fcMostlyZero(4) }), { minLength: 20, maxLength: 100, size: "max" })
  .map((draws) => {
    const blocks: TreeBlock[] = [{ slot: 0, parent: -1, blockId: hashNamed("0") }];
    for (const { gap, back } of draws) {
      const number = blocks.length;
      const parent = Math.max(0, number - 1 - back);
      // Gap 0: a sibling in the slot of the block before, as a leader with two blocks makes it.
      const slot = Math.max(blocks[parent]!.slot + 1, blocks[number - 1]!.slot + gap);
      blocks.push({ slot, parent, blockId: hashNamed(`${number}`) });
    }
    return blocks;
  });

/** The real tower's vote for block `number`, as others see it; null where its lockouts forbid it. */
function voteHonestly(tower: Tower, blocks: readonly TreeBlock[], number: number): Tower | null {
  const { slot, blockId: id } = blocks[number]!;
  const isAncestor = (votedSlot: Slot, blockId: Hash) => {
    let at = number;
    while (at >= 0 && blocks[at]!.slot > votedSlot) at = blocks[at]!.parent;
    return at >= 0 && blocks[at]!.slot === votedSlot && blocks[at]!.blockId === blockId;
  };
  return isLockedOut(tower, slotOf(slot), isAncestor) ? null : recordVote(tower, slotOf(slot), id);
}

describe("honest behaviour", () => {
  const runHonest = (blocks: readonly TreeBlock[], choices: readonly number[]): ShownTower[] => {
    let tower = emptyTower;
    const cast: ShownTower[] = [];
    for (let number = 1; number < blocks.length; number++) {
      // Not every block is voted on, and not in order: sometimes an older one, as whoever lags or switches would.
      const chosen = Math.max(1, number - (choices[number % choices.length] ?? 0));
      const voted = voteHonestly(tower, blocks, chosen);
      if (voted === null) continue;
      tower = voted;
      cast.push({ root: tower.root, votes: tower.votes, blockId: lastVoteOf(tower)!.blockId });
    }
    return cast;
  };

  it("never produces evidence: towers on random fork trees, every pair of votes", () => {
    let pairs = 0;
    let switches = 0;
    let roots = 0;
    fc.assert(
      fc.property(fcTree, fc.array(fcMostlyZero(8), { minLength: 1, maxLength: 20 }), (blocks, choices) => {
        const cast = runHonest(blocks, choices);
        const violations: unknown[] = [];
        for (const [at, a] of cast.entries()) {
          expect(checkTower(a.votes, a.root, null)).toBeNull();
          const previous = cast[at - 1];
          if (previous !== undefined && !a.votes.some(({ slot }) => slot === last(previous))) switches++;
          if (a.root !== null) roots++;
          for (const b of cast.slice(0, at + 1)) {
            pairs++;
            if (findLockoutViolation(a, b) !== null) violations.push([a, b]);
          }
        }
        expect(violations).toEqual([]);
      }),
      { seed: 1234, numRuns: 50 },
    );
    // The towers really switched forks and rooted, or the claim would be empty.
    expect(pairs).toBeGreaterThan(20_000);
    expect(switches).toBeGreaterThan(500);
    expect(roots).toBeGreaterThan(100);
  });

  it("is not needed for a vote sequence without forks either: any rising slots, rooted or not", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 60 }), (gaps) => {
        let slot = 0;
        let root: Slot | null = null;
        let votes: readonly Lockout[] = [];
        const cast: ShownTower[] = [];
        for (const gap of gaps) {
          slot += gap;
          const step = applyVoteToLockouts(votes, slotOf(slot));
          votes = step.votes;
          root = step.rooted.at(-1) ?? root;
          cast.push({ root, votes, blockId: hashNamed(`${slot}`) });
        }
        const pairs = cast.flatMap((a) => cast.map((b) => [a, b] as const));
        expect(pairs.filter(([a, b]) => findLockoutViolation(a, b) !== null)).toEqual([]);
      }),
      { seed: 1234, numRuns: 100 },
    );
  });
});

describe("a tower that forgets", () => {
  /** An honest tower's votes until `at`, after which it drops its newest votes and goes on, `gap` slots later. */
  function forgetful(count: number, forgotten: number, gap: number, claimedRoot: boolean): [ShownTower, ShownTower] {
    let votes: readonly Lockout[] = [];
    for (let slot = 1; slot <= count; slot++) votes = applyVoteToLockouts(votes, slotOf(slot)).votes;
    const before: ShownTower = { root: null, votes, blockId: hashNamed("before") };
    const kept = claimedRoot ? [] : votes.slice(0, -forgotten);
    const next = applyVoteToLockouts(kept, slotOf(count + gap)).votes;
    const after = { root: claimedRoot ? slotOf(count) : null, votes: next, blockId: hashNamed("after") };
    return [before, after];
  }

  it("is caught whenever a vote that it dropped still stood", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 31 }), fc.nat(), fc.integer({ min: 1, max: 64 }), (count, draw, gap) => {
        const forgotten = 1 + (draw % count);
        const [before, after] = forgetful(count, forgotten, gap, false);
        const oldestDropped = before.votes[count - forgotten]!;
        const found = findLockoutViolation(before, after);
        if (lastLockedOutSlot(oldestDropped) >= count + gap) expect(found).toMatchObject({ type: "lockout-broken" });
        else expect(found).toBeNull();
      }),
      { seed: 1234, numRuns: 300 },
    );
  });

  it("is caught when it claims to have rooted what it dropped", () => {
    for (const count of [1, 5, 20, 31]) {
      const [before, after] = forgetful(count, count, 1, true);
      // At 31 votes the oldest is rooted by the next: only the newer ones cannot be.
      expect(findLockoutViolation(before, after)).toMatchObject({ type: "root-impossible" });
    }
  });
});
