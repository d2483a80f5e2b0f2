import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addCredits,
  applyTowerSync,
  creditsFor,
  replaceTower,
  type TowerSyncEnv,
  voteHistorySlots,
} from "./apply-tower-sync.ts";
import { addressOf, epochOf, type Hash, hashOf, type Slot, slotOf } from "./ids.ts";
import { applyVoteToLockouts, type Lockout } from "./lockouts.ts";
import type { VoteErrorName } from "./vote-errors.ts";
import type { TowerSync } from "./vote-instruction.ts";
import { createVoteState, type EpochCredits, epochCreditsMax, type VoteState, voteCreditsOf } from "./vote-state.ts";

const key = addressOf(new Uint8Array(32).fill(1));
const fresh = createVoteState({
  identity: key,
  authorizedVoter: key,
  withdrawer: key,
  commissionBps: 0,
  epoch: epochOf(0),
});

const blockId = (slot: number): Hash => {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setFloat64(0, slot);
  return hashOf(bytes);
};

type Pairs = readonly (readonly [slot: number, confirmations: number])[];
const lockouts = (pairs: Pairs): Lockout[] =>
  pairs.map(([slot, confirmationCount]) => ({ slot: slotOf(slot), confirmationCount }));

const stateOf = (root: number | null, pairs: Pairs, latency = 1): VoteState => ({
  ...fresh,
  rootSlot: root === null ? null : slotOf(root),
  votes: lockouts(pairs).map((vote) => ({ ...vote, latency })),
});

const syncOf = (root: number | null, pairs: Pairs, fields: Partial<TowerSync> = {}): TowerSync => {
  const id = blockId(pairs.at(-1)?.[0] ?? 0);
  const rootSlot = root === null ? null : slotOf(root);
  return { root: rootSlot, votes: lockouts(pairs), hash: id, blockId: id, timestamp: null, ...fields };
};

/** Every slot has a block but those skipped; the vote lands at `slot`. */
const envAt = (slot: number, skipped: readonly number[] = []): TowerSyncEnv => ({
  slot: slotOf(slot),
  epoch: epochOf(0),
  blockIdAt: (asked: Slot) => (asked >= slot || skipped.includes(asked) ? null : blockId(asked)),
});

function expectState(outcome: ReturnType<typeof applyTowerSync>): VoteState {
  if (!outcome.ok) throw new Error(`refused: ${outcome.name}`);
  return outcome.state;
}

const nameOf = (outcome: ReturnType<typeof applyTowerSync>): VoteErrorName | null => (outcome.ok ? null : outcome.name);

describe("a tower on the ledger", () => {
  const before = stateOf(1, [
    [2, 4],
    [3, 3],
    [4, 2],
  ]);

  it("may drop a vote only once its lockout is over: the example of the module", () => {
    const kept: Pairs = [
      [2, 4],
      [3, 3],
    ];
    expect(expectState(applyTowerSync(before, syncOf(1, [...kept, [9, 1]]), envAt(10))).votes).toHaveLength(3);
    expect(applyTowerSync(before, syncOf(1, [...kept, [8, 1]]), envAt(10))).toEqual({
      ok: false,
      error: { Custom: 6 },
      name: "LockoutConflict",
    });
  });

  it("keeps the latency of a vote's first landing, and measures new votes by the block they land in", () => {
    const state = expectState(
      applyTowerSync(
        stateOf(null, [[2, 1]], 7),
        syncOf(null, [
          [2, 2],
          [3, 1],
        ]),
        envAt(8),
      ),
    );
    expect(state.votes.map((vote) => vote.latency)).toEqual([7, 5]);
    const late = expectState(applyTowerSync(fresh, syncOf(null, [[2, 1]]), envAt(300)));
    expect(late.votes[0]!.latency).toBe(255);
  });

  const refusals: readonly [VoteErrorName, string, VoteState, TowerSync, TowerSyncEnv][] = [
    ["EmptySlots", "no votes", before, syncOf(1, []), envAt(10)],
    [
      "VoteTooOld",
      "the vote already there",
      before,
      syncOf(1, [
        [2, 4],
        [3, 3],
        [4, 2],
      ]),
      envAt(10),
    ],
    ["VoteTooOld", "one slot past the history", fresh, syncOf(null, [[7, 1]]), envAt(8 + voteHistorySlots)],
    [
      "SlotsMismatch",
      "a slot without a block",
      fresh,
      syncOf(null, [
        [5, 2],
        [6, 1],
      ]),
      envAt(10, [5]),
    ],
    ["SlotsMismatch", "the slot it lands in", fresh, syncOf(null, [[10, 1]]), envAt(10)],
    [
      "RootOnDifferentFork",
      "a root without a block",
      fresh,
      syncOf(4, [
        [5, 2],
        [6, 1],
      ]),
      envAt(10, [4]),
    ],
    ["SlotHashMismatch", "another block", fresh, syncOf(null, [[6, 1]], { hash: blockId(5) }), envAt(10)],
    ["SlotHashMismatch", "two blocks at once", fresh, syncOf(null, [[6, 1]], { blockId: blockId(5) }), envAt(10)],
    [
      "RootRollBack",
      "a root behind",
      before,
      syncOf(0, [
        [2, 5],
        [3, 4],
        [4, 3],
        [5, 1],
      ]),
      envAt(10),
    ],
    [
      "RootRollBack",
      "no root any more",
      before,
      syncOf(null, [
        [2, 5],
        [3, 4],
        [4, 3],
        [5, 1],
      ]),
      envAt(10),
    ],
    [
      "ConfirmationRollBack",
      "fewer confirmations",
      before,
      syncOf(1, [
        [2, 4],
        [3, 2],
        [5, 1],
      ]),
      envAt(10),
    ],
  ];
  it.each(refusals)("answers %s to %s", (name, _why, state, sync, env) => {
    expect(nameOf(applyTowerSync(state, sync, env))).toBe(name);
  });

  it("accepts a vote at the history's edge", () => {
    expect(nameOf(applyTowerSync(fresh, syncOf(null, [[8, 1]]), envAt(8 + voteHistorySlots)))).toBeNull();
  });

  it("leaves out votes too old to be checked that it does not know, and keeps those it knows", () => {
    const known = stateOf(null, [[3, 20]]);
    const slot = 600;
    const sync = syncOf(null, [
      [3, 21],
      [5, 20],
      [599, 1],
    ]);
    expect(expectState(applyTowerSync(known, sync, envAt(slot))).votes.map((vote) => vote.slot)).toEqual([3, 599]);
  });

  it("takes its own newest slot for a root too old to be checked", () => {
    const known = stateOf(1, [
      [3, 20],
      [90, 19],
    ]);
    const sync = syncOf(50, [
      [90, 20],
      [700, 10],
    ]);
    expect(expectState(applyTowerSync(known, sync, envAt(701))).rootSlot).toBe(3);
  });

  it("does not let time go back", () => {
    const timed = { ...before, lastTimestamp: { slot: slotOf(4), timestamp: 100n } };
    const next: Pairs = [
      [2, 5],
      [3, 4],
      [4, 3],
      [5, 2],
    ];
    expect(nameOf(applyTowerSync(timed, syncOf(1, next, { timestamp: 99n }), envAt(6)))).toBe("TimestampTooOld");
    const same = expectState(applyTowerSync(timed, syncOf(1, next, { timestamp: 100n }), envAt(6)));
    expect(same.lastTimestamp).toEqual({ slot: 5, timestamp: 100n });
    expect(expectState(applyTowerSync(timed, syncOf(1, next), envAt(6))).lastTimestamp).toEqual(timed.lastTimestamp);
  });

  it("gives one slot one time", () => {
    const timed = { ...fresh, lastTimestamp: { slot: slotOf(5), timestamp: 100n } };
    const at = (timestamp: bigint) => applyTowerSync(timed, syncOf(null, [[5, 1]], { timestamp }), envAt(6));
    expect([99n, 100n, 101n].map((timestamp) => nameOf(at(timestamp)))).toEqual([
      "TimestampTooOld",
      null,
      "TimestampTooOld",
    ]);
  });

  it("lets root 0 stand below a vote for slot 0: voters without a root say 0", () => {
    const votes = lockouts([
      [0, 2],
      [1, 1],
    ]);
    const env = { slot: slotOf(2), epoch: epochOf(0) };
    expect(nameOf(replaceTower(fresh, { root: slotOf(0), votes, timestamp: null }, env))).toBeNull();
    expect(nameOf(replaceTower(fresh, { root: slotOf(1), votes, timestamp: null }, env))).toBe("SlotSmallerThanRoot");
  });

  it("checks slots from the history's edge on, and knows a root that it holds as a vote", () => {
    const atEdge = syncOf(null, [
      [88, 20],
      [599, 1],
    ]);
    const env = envAt(88 + voteHistorySlots);
    expect(expectState(applyTowerSync(fresh, atEdge, env)).votes.map((vote) => vote.slot)).toEqual([88, 599]);
    const known = stateOf(1, [
      [50, 20],
      [90, 19],
    ]);
    const rooting = syncOf(50, [
      [90, 20],
      [599, 10],
    ]);
    expect(expectState(applyTowerSync(known, rooting, env)).rootSlot).toBe(50);
  });

  it("allows at most 31 votes of 1 to 31 confirmations", () => {
    const many = Array.from({ length: 32 }, (_, i) => [i + 1, 32 - i] as const);
    const env = { slot: slotOf(50), epoch: epochOf(0) };
    const sync = (pairs: Pairs) => ({ root: null, votes: lockouts(pairs), timestamp: null });
    expect(nameOf(replaceTower(fresh, sync(many), env))).toBe("TooManyVotes");
    expect(nameOf(replaceTower(fresh, sync(many.slice(1)), env))).toBeNull();
  });
});

describe("vote credits", () => {
  it("fall with the latency from 16 to 1", () => {
    expect([1, 2, 3, 4, 16, 17, 18, 255].map(creditsFor)).toEqual([16, 16, 15, 14, 2, 1, 1, 1]);
    expect(creditsFor(0)).toBe(1);
  });

  it("are earned when a vote is rooted, by its latency", () => {
    const votes: Pairs = [
      [2, 31],
      [3, 30],
      [4, 29],
    ];
    const before = {
      ...stateOf(null, votes),
      votes: stateOf(null, votes).votes.map((v, i) => ({ ...v, latency: 2 + i })),
    };
    const state = expectState(
      applyTowerSync(
        before,
        syncOf(3, [
          [4, 30],
          [5, 1],
        ]),
        envAt(6),
      ),
    );
    expect(voteCreditsOf(state)).toBe(16 + 15);
    expect(state.epochCredits).toEqual([{ epoch: 0, credits: 31, previousCredits: 0 }]);
  });

  it("open an entry for a new epoch, unless the last one earned nothing", () => {
    const entry = (epoch: number, credits: number, previousCredits: number): EpochCredits => ({
      epoch: epochOf(epoch),
      credits,
      previousCredits,
    });
    expect(addCredits([], epochOf(3), 16)).toEqual([entry(3, 16, 0)]);
    expect(addCredits([entry(3, 16, 0)], epochOf(3), 1)).toEqual([entry(3, 17, 0)]);
    expect(addCredits([entry(3, 16, 0)], epochOf(5), 1)).toEqual([entry(3, 16, 0), entry(5, 17, 16)]);
    expect(addCredits([entry(3, 16, 16)], epochOf(5), 1)).toEqual([entry(5, 17, 16)]);
  });

  it("are remembered for 64 epochs", () => {
    let entries: readonly EpochCredits[] = [];
    for (let epoch = 0; epoch < epochCreditsMax; epoch++) entries = addCredits(entries, epochOf(epoch), 2);
    expect([entries.length, entries[0]!.epoch]).toEqual([epochCreditsMax, 0]);
    entries = addCredits(entries, epochOf(epochCreditsMax), 2);
    expect([entries.length, entries[0]!.epoch, entries.at(-1)!.credits]).toEqual([epochCreditsMax, 1, 130]);
  });
});

describe("a voter who follows the lockout rules", () => {
  it("is always accepted, and the ledger holds its tower, whatever slots are skipped and votes get lost", () => {
    const step = fc.record({ distance: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.nat(60)), lands: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), (steps) => {
        let votes: readonly Lockout[] = [];
        let root: Slot | null = null;
        let state = fresh;
        let rootedCredits = 0;
        let slot = 0;
        for (const { distance, lands } of steps) {
          slot += distance + 1;
          const next = applyVoteToLockouts(votes, slotOf(slot));
          votes = next.votes;
          root = next.rooted.at(-1) ?? root;
          if (!lands) continue;
          const sync = syncOf(
            root,
            votes.map((vote) => [vote.slot, vote.confirmationCount] as const),
          );
          for (const vote of state.votes)
            if (root !== null && vote.slot <= root) rootedCredits += creditsFor(vote.latency);
          // An account that first hears of a tower now may not know its oldest votes: start it with a fresh enough one.
          if (slot + 1 - votes[0]!.slot > voteHistorySlots) return;
          state = expectState(applyTowerSync(state, sync, envAt(slot + 1)));
          expect(state.votes.map(({ slot: voted, confirmationCount }) => ({ slot: voted, confirmationCount }))).toEqual(
            votes,
          );
          expect(state.rootSlot).toBe(root);
          expect(voteCreditsOf(state)).toBe(rootedCredits);
        }
      }),
      { seed: 1234, numRuns: 150 },
    );
  });
});
