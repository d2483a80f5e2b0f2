import { describe, expect, it } from "vitest";
import { addressOf, lamportsOf } from "../chain/ids.ts";
import { createStakeTable } from "../chain/stake-table.ts";
import { limbsOf } from "./stake-sum.ts";
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

  it("weigh an account by the table that is asked about, in turn too", () => {
    const places = new VoterPlaces();
    const table = (stake: bigint) =>
      createStakeTable([{ voteAccount: account(1), identity: account(2), stake: lamportsOf(stake) }]);
    const [light, heavy] = [table(5n), table(2n ** 40n)];
    for (let round = 0; round < 2; round++) {
      expect(places.weightIn(light, account(1))).toEqual({ identity: account(2), stake: limbsOf(5n) });
      expect(places.weightIn(light, account(3))).toBeNull();
      expect(places.weightIn(heavy, account(1))).toEqual({ identity: account(2), stake: limbsOf(2n ** 40n) });
      expect(places.supermajorityOf(heavy)).toEqual(limbsOf(heavy.supermajority));
    }
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
