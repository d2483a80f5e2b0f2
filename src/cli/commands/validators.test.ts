import { describe, expect, it } from "vitest";
import { validatorSortKeys } from "../program/vote.ts";
import { sortValidators, type ValidatorView } from "./validators.ts";

function validator(name: string, changes: Partial<ValidatorView> = {}): ValidatorView {
  return {
    identityPubkey: `identity ${name}`,
    voteAccountPubkey: `vote ${name}`,
    commission: 5,
    inflationRewardsCommissionBps: 500,
    lastVote: 9,
    rootSlot: 8,
    credits: 100,
    epochCredits: 10,
    activatedStake: 1n,
    version: "1",
    delinquent: false,
    skipRate: 0,
    status: "active",
    jailedUntilEpoch: null,
    activatingStake: 0n,
    deactivatingStake: 0n,
    ...changes,
  };
}

const order = (list: readonly ValidatorView[], key: (typeof validatorSortKeys)[number], reverse = false) =>
  sortValidators(list, key, reverse)
    .map(({ voteAccountPubkey }) => voteAccountPubkey.slice(-1))
    .join("");

describe("validators", () => {
  const a = validator("a", { activatedStake: 2n ** 63n, skipRate: null, epochCredits: 3 });
  const b = validator("b", { activatedStake: 10n, skipRate: 50, lastVote: 1, identityPubkey: "identity z" });
  const c = validator("c", {
    activatedStake: 9n,
    delinquent: true,
    commission: 100,
    inflationRewardsCommissionBps: 10_000,
    rootSlot: 1,
  });

  it("are sorted by what is asked for, ascending", () => {
    const list = [b, c, a];
    expect(order(list, "stake")).toBe("cba");
    expect(order(list, "skip-rate")).toBe("acb");
    expect(order(list, "credits")).toBe("abc");
    expect(order(list, "last-vote")).toBe("bac");
    expect(order(list, "identity")).toBe("acb");
    expect(order(list, "root")).toBe("cab");
    expect([order(list, "delinquent"), order(list, "commission")]).toEqual(["abc", "abc"]);
    expect(order(list, "vote-account", true)).toBe("cba");
  });

  it("have one order for each key, whatever the order they came in", () => {
    for (const key of validatorSortKeys) expect(order([c, b, a], key), key).toBe(order([a, b, c], key));
    expect(order([b, a, c], "version")).toBe("abc");
  });
});
