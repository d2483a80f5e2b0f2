import { describe, expect, it } from "vitest";
import { applyTowerSync, creditsFor, replaceTower } from "../../src/chain/apply-tower-sync.ts";
import { addressOf, epochOf, type Hash, hashOf, parseAddress, type Slot, slotOf } from "../../src/chain/ids.ts";
import { applyVoteToLockouts, isLockedOut, type Lockout, lastLockedOutSlot } from "../../src/chain/lockouts.ts";
import { decodeVoteInstruction, encodeTowerSync } from "../../src/chain/vote-instruction.ts";
import { createVoteState, decodeVoteState, encodeVoteState, type VoteState } from "../../src/chain/vote-state.ts";
import { emptyTower, findLockout, recordVote, type Tower } from "../../src/consensus/tower.ts";
import { readVector, vectorsNote, vectorsPresent } from "../support/vectors.ts";

type Pair = [slot: number, confirmations: number];

type UnitVectors = {
  lockout: [confirmations: number, slots: number][];
  locked_out_at: { slot: number; conf: number; last_locked_out: number; yes: number[]; no: number[] }[];
  sequences: {
    name: string;
    start?: Pair[];
    votes: number[];
    tower?: Pair[];
    slots?: number[];
    root?: number | null;
  }[];
  credits: { votes: number[]; credits: number }[];
  new_state: {
    name: string;
    old: Pair[];
    old_root: number | null;
    new: Pair[];
    new_root: number | null;
    error: string | null;
  }[];
  is_locked_out: {
    name: string;
    root: number | null;
    votes: number[];
    slot: number;
    ancestors: number[];
    locked: boolean;
  }[];
  is_recent: { votes: number[]; yes: number[]; no: number[] }[];
};

type TestnetVectors = {
  voters: {
    vote_account: string;
    node: string;
    states: {
      slot: number;
      root: number;
      votes: [slot: number, confirmations: number, latency: number][];
      credits: string;
      credits_epoch: number;
    }[];
  }[];
};

const lockouts = (pairs: readonly Pair[]): Lockout[] =>
  pairs.map(([slot, confirmationCount]) => ({ slot: slotOf(slot), confirmationCount }));
const rootOf = (root: number | null): Slot | null => (root === null ? null : slotOf(root));
const blockId: Hash = hashOf(new Uint8Array(32).fill(7));
const key = addressOf(new Uint8Array(32).fill(1));
const fresh = createVoteState({
  identity: key,
  authorizedVoter: key,
  withdrawer: key,
  commissionBps: 0,
  epoch: epochOf(0),
});
const snakeCase = (name: string): string => name.replace(/(?<!^)[A-Z]/g, "_$&").toLowerCase();

function towerAfter(votes: readonly number[], root: number | null = null): Tower {
  const start: Tower = { ...emptyTower, root: rootOf(root), rootBlockId: root === null ? null : blockId };
  return votes.reduce((tower, slot) => recordVote(tower, slotOf(slot), blockId), start);
}

describe.skipIf(!vectorsPresent)(`tower unit cases (${vectorsNote})`, () => {
  const vectors = vectorsPresent ? readVector<UnitVectors>("tower/unit.json") : ({} as UnitVectors);

  it("a lockout doubles with each confirmation", () => {
    for (const [confirmationCount, slots] of vectors.lockout) {
      expect(lastLockedOutSlot({ slot: slotOf(100), confirmationCount })).toBe(100 + slots);
    }
    expect(vectors.lockout).toHaveLength(4);
  });

  it("a vote stands up to its last locked-out slot", () => {
    for (const { slot, conf, last_locked_out, yes, no } of vectors.locked_out_at) {
      const vote = { slot: slotOf(slot), confirmationCount: conf };
      expect(lastLockedOutSlot(vote)).toBe(last_locked_out);
      for (const standing of yes) expect(isLockedOut(vote, slotOf(standing))).toBe(true);
      for (const expired of no) expect(isLockedOut(vote, slotOf(expired))).toBe(false);
    }
    expect(vectors.locked_out_at).toHaveLength(4);
  });

  it("sequences of votes leave the towers of Solana", () => {
    for (const { name, start, votes, tower, slots, root } of vectors.sequences) {
      let stack: readonly Lockout[] = lockouts(start ?? []);
      let rooted: number | null = null;
      for (const slot of votes) {
        const step = applyVoteToLockouts(stack, slotOf(slot));
        stack = step.votes;
        rooted = step.rooted.at(-1) ?? rooted;
      }
      if (tower !== undefined) expect(stack, name).toEqual(lockouts(tower));
      if (slots !== undefined)
        expect(
          stack.map((vote) => vote.slot),
          name,
        ).toEqual(slots);
      if (root !== undefined) expect(rooted, name).toBe(root);
    }
    expect(vectors.sequences).toHaveLength(15);
  });

  it("classic votes earn one credit each when rooted", () => {
    for (const { votes, credits } of vectors.credits) {
      let state: VoteState = fresh;
      let tower: { votes: readonly Lockout[]; root: Slot | null } = { votes: [], root: null };
      for (const slot of votes) {
        const step = applyVoteToLockouts(tower.votes, slotOf(slot));
        tower = { votes: step.votes, root: step.rooted.at(-1) ?? tower.root };
        // Landing in slot 0, so that every latency is 0: votes from before latencies were kept.
        const outcome = replaceTower(state, { ...tower, timestamp: null }, { slot: slotOf(0), epoch: epochOf(0) });
        if (!outcome.ok) throw new Error(outcome.name);
        state = outcome.state;
      }
      expect(state.epochCredits.at(-1)?.credits ?? 0).toBe(credits);
    }
    expect(vectors.credits).toHaveLength(2);
  });

  it("submitted towers are accepted or refused as on Solana", () => {
    for (const { name, old, old_root, new: submitted, new_root, error } of vectors.new_state) {
      const state: VoteState = {
        ...fresh,
        rootSlot: rootOf(old_root),
        votes: lockouts(old).map((vote) => ({ ...vote, latency: 1 })),
      };
      const tower = { root: rootOf(new_root), votes: lockouts(submitted), timestamp: null };
      const outcome = replaceTower(state, tower, { slot: slotOf(100), epoch: epochOf(0) });
      expect(outcome.ok ? null : snakeCase(outcome.name), name).toBe(error);
    }
    expect(vectors.new_state).toHaveLength(16);
  });

  it("a validator is locked out of forks its standing votes are not on", () => {
    for (const { name, root, votes, slot, ancestors, locked } of vectors.is_locked_out) {
      const isAncestor = (voted: Slot) => ancestors.includes(voted);
      expect(findLockout(towerAfter(votes, root), slotOf(slot), isAncestor) !== null, name).toBe(locked);
    }
    expect(vectors.is_locked_out).toHaveLength(7);
  });

  it("only slots above the last vote are recent", () => {
    for (const { votes, yes, no } of vectors.is_recent) {
      const tower = towerAfter(votes);
      for (const slot of yes) expect(findLockout(tower, slotOf(slot), () => true)).toBeNull();
      for (const slot of no) expect(findLockout(tower, slotOf(slot), () => true)).not.toBeNull();
    }
    expect(vectors.is_recent).toHaveLength(1);
  });
});

describe.skipIf(!vectorsPresent)(`25 testnet validators over 32 slots (${vectorsNote})`, () => {
  const voters = vectorsPresent ? readVector<TestnetVectors>("tower/testnet-398915634.json").voters : [];
  type Recorded = (typeof voters)[number]["states"][number];

  const landedVotes = (state: Recorded) =>
    state.votes.map(([slot, confirmationCount, latency]) => ({ slot: slotOf(slot), confirmationCount, latency }));

  const stateOf = (voteAccount: string, node: string, state: Recorded): VoteState => {
    const epoch = epochOf(state.credits_epoch);
    const address = parseAddress(voteAccount)!;
    return {
      ...createVoteState({
        voteAccount: address,
        identity: parseAddress(node)!,
        authorizedVoter: address,
        withdrawer: address,
        commissionBps: 0,
        epoch,
      }),
      votes: landedVotes(state),
      rootSlot: slotOf(state.root),
      epochCredits: [{ epoch, credits: Number(state.credits), previousCredits: 0 }],
    };
  };

  it("each state follows from the one before by the lockout rules alone", () => {
    const counts = { states: 0, votes: 0 };
    for (const { states } of voters) {
      for (const [index, after] of states.entries()) {
        const before = states[index - 1];
        if (before === undefined) continue;
        const last = before.votes.at(-1)![0];
        let stack: readonly Lockout[] = lockouts(before.votes.map(([slot, count]): Pair => [slot, count]));
        let root = before.root;
        for (const [slot] of after.votes.filter(([voted]) => voted > last)) {
          const step = applyVoteToLockouts(stack, slotOf(slot));
          stack = step.votes;
          root = step.rooted.at(-1) ?? root;
          counts.votes += 1;
        }
        expect(stack).toEqual(lockouts(after.votes.map(([slot, count]): Pair => [slot, count])));
        expect(root).toBe(after.root);
        counts.states += 1;
      }
    }
    console.info(`towers: ${counts.states} state changes of ${voters.length} voters, ${counts.votes} votes`);
    expect(counts.states).toBeGreaterThan(500);
  });

  it("each state is what the vote program makes of its tower: stack, root, latencies and credits, through the wire and the account", () => {
    const counts = { states: 0, latencies: 0, credits: 0, latenciesAboveOne: 0 };
    for (const { vote_account, node, states } of voters) {
      let account = encodeVoteState(stateOf(vote_account, node, states[0]!));
      for (const after of states.slice(1)) {
        const before = decodeVoteState(account)!;
        const data = encodeTowerSync({
          root: slotOf(after.root),
          votes: landedVotes(after),
          hash: blockId,
          blockId,
          timestamp: null,
        });
        const instruction = decodeVoteInstruction(data);
        if (instruction?.type !== "TowerSync") throw new Error("not a TowerSync");
        const outcome = applyTowerSync(before, instruction.tower, {
          slot: slotOf(after.slot),
          epoch: epochOf(after.credits_epoch),
          blockIdAt: () => blockId,
        });
        if (!outcome.ok) throw new Error(`${vote_account} at ${after.slot}: ${outcome.name}`);
        account = encodeVoteState(outcome.state);
        const state = decodeVoteState(account)!;
        expect(state.votes).toEqual(landedVotes(after));
        expect(state.rootSlot).toBe(after.root);
        expect(String(state.epochCredits.at(-1)!.credits)).toBe(after.credits);
        const added = state.votes.filter((vote) => vote.slot > before.votes.at(-1)!.slot);
        counts.states += 1;
        counts.latencies += added.length;
        counts.latenciesAboveOne += added.filter((vote) => vote.latency > 1).length;
        if (before.rootSlot !== state.rootSlot) counts.credits += 1;
      }
    }
    console.info(`vote program: ${JSON.stringify(counts)}`);
    expect(counts.states).toBeGreaterThan(500);
  });

  it("credits grow by the timely credits of the votes that leave the bottom", () => {
    let checks = 0;
    for (const { states } of voters) {
      for (const [index, after] of states.entries()) {
        const before = states[index - 1];
        if (before === undefined || before.root === after.root) continue;
        const rooted = before.votes.filter(([slot]) => slot <= after.root);
        const earned = rooted.reduce((sum, [, , latency]) => sum + creditsFor(latency), 0);
        expect(Number(after.credits) - Number(before.credits)).toBe(earned);
        checks += 1;
      }
    }
    expect(checks).toBeGreaterThan(500);
  });
});
