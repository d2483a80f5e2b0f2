import { describe, expect, it } from "vitest";
import { stakesOf, voteOf, voterNamed } from "../../test/support/votes.ts";
import { stakeIn } from "./stake-sum.ts";
import { VoterPlaces } from "./voter-places.ts";
import { WeighedVote } from "./weighed-vote.ts";

describe("a vote that is weighed", () => {
  const vote = voteOf({ by: "a", slot: 7, block: "7" });

  it("counts with the stake of the table asked for, not of the one before", () => {
    const weighed = new WeighedVote(vote, new VoterPlaces());
    const [now, next, without] = [stakesOf({ a: 5n, b: 6n }), stakesOf({ a: 2n ** 40n }), stakesOf({ b: 6n })];
    for (const [table, stake] of [
      [now, 5n],
      [next, 2n ** 40n],
      [now, 5n],
      [without, 0n],
    ] as const) {
      expect(weighed.countsIn(table)).toBe(stake > 0n);
      expect(stakeIn(weighed.stakeIn(table))).toBe(stake);
    }
    expect(new WeighedVote({ ...vote, identity: voterNamed("x") }, new VoterPlaces()).countsIn(now)).toBe(false);
  });

  it("is compared with the vote asked for, not with the one before", () => {
    const weighed = new WeighedVote(vote, new VoterPlaces());
    const [older, newer] = [voteOf({ by: "a", slot: 6, block: "6" }), voteOf({ by: "a", slot: 8, block: "8" })];
    const asked = [null, older, newer, older, null, newer, vote];
    const answers = [true, true, false, true, true, false, false];
    expect(asked.map((before) => weighed.isNewerThan(before))).toEqual(answers);
  });

  it("finds its place once its account has one", () => {
    const places = new VoterPlaces();
    const weighed = new WeighedVote(vote, places);
    expect(weighed.place).toBe(-1);
    places.assign(voterNamed("x"));
    places.assign(vote.voteAccount);
    expect(weighed.place).toBe(1);
  });
});
