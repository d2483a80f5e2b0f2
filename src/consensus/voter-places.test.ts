import { describe, expect, it } from "vitest";
import { addressOf } from "../chain/ids.ts";
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
});
