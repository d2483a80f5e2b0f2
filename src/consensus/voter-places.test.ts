import { describe, expect, it } from "vitest";
import { addressOf, lamportsOf } from "../chain/ids.ts";
import { createStakeTable } from "../chain/stake-table.ts";
import type { Vote } from "./vote.ts";
import { VoterPlaces } from "./voter-places.ts";

const account = (byte: number) => addressOf(new Uint8Array(32).fill(byte));
const voteOf = (byte: number) => ({ voteAccount: account(byte) }) as Vote;

describe("places of voters", () => {
  it("are given once, in the order asked for, to those who get one", () => {
    const places = new VoterPlaces();
    expect(places.find(account(1))).toBe(-1);
    expect(places.assign(account(1))).toBe(0);
    expect(places.find(account(2))).toBe(-1);
    expect(places.assign(account(2))).toBe(1);
    expect(places.assign(account(1))).toBe(0);
    expect([account(1), account(2), account(3)].map((each) => places.find(each))).toEqual([0, 1, -1]);
    expect(places.accounts).toEqual([account(1), account(2)]);
  });

  it("of a list of votes are found again, and anew where one had none", () => {
    const places = new VoterPlaces();
    places.assign(account(1));
    const votes = [voteOf(2), voteOf(1)];
    expect([...places.ofAll(votes)]).toEqual([-1, 0]);
    places.assign(account(2));
    expect([...places.ofAll(votes)]).toEqual([1, 0]);
    expect(places.ofAll(votes)).toBe(places.ofAll(votes));
  });

  it("come with the entry of the table asked for, not of the one before", () => {
    const places = new VoterPlaces();
    const entry = (byte: number, stake: bigint) => ({
      voteAccount: account(byte),
      identity: account(100 + byte),
      stake: lamportsOf(stake),
    });
    const [now, next] = [createStakeTable([entry(1, 5n), entry(2, 6n)]), createStakeTable([entry(1, 7n)])];
    expect(places.entryIn(now, account(1))?.stake).toBe(5n);
    expect(places.entryIn(next, account(1))?.stake).toBe(7n);
    expect(places.entryIn(next, account(2))).toBeUndefined();
    expect(places.entryIn(now, account(2))?.stake).toBe(6n);
  });
});
