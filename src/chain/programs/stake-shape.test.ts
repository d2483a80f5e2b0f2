import { describe, expect, it } from "vitest";
import {
  activating,
  blank,
  call,
  cooled,
  custom,
  deactivating,
  delegated,
  delegationAt,
  halfWarm,
  idle,
  lockedMeta,
  meta,
  type Named,
  none,
  one,
  r,
  refuses,
  s,
  staker,
  stateOf,
  stopped,
  stranger,
  succeed,
  two,
  u64,
  w,
  ws,
} from "../../../test/support/stake-cases.ts";
import { type StakeWorld, sol, stakeAccountWith, stakeRent } from "../../../test/support/stake-program.ts";
import type { Account } from "../account.ts";
import { clockSysvarAddress, stakeHistorySysvarAddress } from "../addresses.ts";
import { u64Max } from "../ids.ts";

describe("Split", () => {
  const split = (lamports: bigint, by = s(staker)) => call(3, u64(lamports), w(one), w(two), by);
  const lamportsOf = (world: StakeWorld) => [one, two].map((address) => world.accounts.get(address)?.lamports ?? null);

  it("moves lamports and delegation alike, and leaves free lamports where they are", () => {
    const world = succeed({ one: delegated({}, meta, 7n), two: blank() }, split(2n * sol));
    expect([one, two].map((address) => delegationAt(world, address)?.stake)).toEqual([3n * sol, 2n * sol]);
    expect(lamportsOf(world)).toEqual([stakeRent + 3n * sol + 7n, stakeRent + 2n * sol]);
  });

  it("moves all of it to a destination that need not have its rent", () => {
    const world = succeed({ one: delegated(), two: blank(1n) }, split(stakeRent + 5n * sol));
    expect(lamportsOf(world)).toEqual([null, stakeRent + 5n * sol + 1n]);
    expect(delegationAt(world, two)?.stake).toBe(5n * sol);
  });

  it("asks only for both rents where nothing counts, and needs the account's own signature where nobody owns it", () => {
    expect(lamportsOf(succeed({ one: idle(), two: blank(1n) }, split(stakeRent)))).toEqual([5n * sol, stakeRent + 1n]);
    succeed({ one: delegated(cooled), two: blank(1n) }, split(stakeRent));
    succeed({ one: blank(stakeRent * 3n), two: blank(1n) }, call(3, u64(stakeRent), ws(one), w(two)));
  });

  refuses([
    ["nothing", { one: delegated(), two: blank() }, split(0n), "InsufficientFunds"],
    ["more than there is", { one: delegated(), two: blank() }, split(stakeRent + 5n * sol + 1n), "InsufficientFunds"],
    ["2^64 - 1", { one: delegated(), two: blank() }, split(u64Max), "InsufficientFunds"],
    [
      "more than is staked",
      { one: delegated({}, meta, sol), two: blank() },
      split(5n * sol + 1n),
      custom("InsufficientDelegation"),
    ],
    [
      "less than the minimum left",
      { one: delegated(), two: blank() },
      split(4n * sol + 1n),
      custom("InsufficientDelegation"),
    ],
    [
      "less than the minimum moved",
      { one: delegated(), two: blank() },
      split(sol - 1n),
      custom("InsufficientDelegation"),
    ],
    [
      "a destination without its rent",
      { one: delegated(), two: blank(stakeRent - 1n) },
      split(2n * sol),
      "InsufficientFunds",
    ],
    ["a destination in use", { one: delegated(), two: idle() }, split(2n * sol), "InvalidAccountData"],
    [
      "a destination of another length",
      { one: delegated(), two: stakeAccountWith(new Uint8Array(300), sol) },
      split(2n * sol),
      "InvalidAccountData",
    ],
    ["itself", { one: delegated() }, call(3, u64(sol), w(one), w(one), s(staker)), "InvalidArgument"],
    ["a stranger", { one: delegated(), two: blank() }, split(2n * sol, s(stranger)), "MissingRequiredSignature"],
    ["an idle source left without rent", { one: idle(), two: blank() }, split(5n * sol + 1n), "InsufficientFunds"],
  ]);
});

describe("Merge", () => {
  const merge = (...accounts: Named[]) => call(7, none, w(one), w(two), ...accounts);
  const both = (a: Account, b: Account) => ({ one: a, two: b });

  it("adds active to active, and makes the source's rent free", () => {
    const world = succeed(
      both(delegated({ creditsObserved: 100n }), delegated({ stake: 3n * sol, creditsObserved: 200n })),
      merge(s(staker)),
    );
    // (100 · 5 + 200 · 3) / 8 = 137.5, rounded up.
    expect(delegationAt(world, one)).toMatchObject({ stake: 8n * sol, creditsObserved: 138n });
    expect(world.accounts.get(one)?.lamports).toBe(2n * stakeRent + 8n * sol);
    expect(world.accounts.has(two)).toBe(false);
  });

  it("weighs the credits of its story: 100 with 3 SOL and 200 with 1 SOL are 125 with 4 SOL", () => {
    const [three, single] = [
      delegated({ stake: 3n * sol, creditsObserved: 100n }),
      delegated({ stake: sol, creditsObserved: 200n }),
    ];
    expect(delegationAt(succeed(both(three, single), merge(s(staker))), one)).toMatchObject({
      stake: 4n * sol,
      creditsObserved: 125n,
    });
  });

  it("adds all lamports of an idle source to stake that is activating", () => {
    const oldForm = [r(clockSysvarAddress), r(stakeHistorySysvarAddress), s(staker)];
    const world = succeed(both(delegated(activating), idle(stakeRent + sol)), merge(...oldForm));
    expect(delegationAt(world, one)?.stake).toBe(6n * sol + stakeRent);
  });

  it("ends an activation that merges into an idle account", () => {
    expect(stateOf(succeed(both(idle(), delegated(activating)), merge(s(staker))), one)?.type).toBe("initialized");
  });

  refuses([
    ["active into idle", both(idle(), delegated()), merge(s(staker)), custom("MergeMismatch")],
    ["idle into active", both(delegated(), idle()), merge(s(staker)), custom("MergeMismatch")],
    [
      "two vote accounts",
      both(delegated(), delegated({ voteAccount: stopped })),
      merge(s(staker)),
      custom("MergeMismatch"),
    ],
    [
      "two owners",
      both(idle(), idle(sol, { ...meta, withdrawer: stranger })),
      merge(s(staker)),
      custom("MergeMismatch"),
    ],
    ["a lockup in force beside none", both(idle(), idle(sol, lockedMeta)), merge(s(staker)), custom("MergeMismatch")],
    ["what cools down", both(delegated(deactivating), delegated()), merge(s(staker)), custom("MergeTransientStake")],
    [
      "what warms up",
      both(delegated({ activationEpoch: 9n }), delegated()),
      merge(s(staker)),
      custom("MergeTransientStake"),
      halfWarm,
    ],
    ["a stranger", both(idle(), idle()), merge(s(stranger)), "MissingRequiredSignature"],
    ["a blank source", both(idle(), blank()), merge(s(staker)), "InvalidAccountData"],
    ["itself", { one: idle() }, call(7, none, w(one), w(one), s(staker)), "InvalidArgument"],
  ]);
});

describe("MoveStake and MoveLamports", () => {
  const move = (amount: bigint, ...accounts: Named[]) => call(16, u64(amount), ...accounts);
  const pair = [w(one), w(two), s(staker)];
  const lamports = (amount: bigint) => call(17, u64(amount), ...pair);
  const both = (a: Account, b: Account) => ({ one: a, two: b });

  it("moves active stake to an idle account, which is active at once", () => {
    const world = succeed(both(delegated({ creditsObserved: 9n }), idle(stakeRent)), move(2n * sol, ...pair));
    expect(delegationAt(world, one)?.stake).toBe(3n * sol);
    expect(delegationAt(world, two)).toMatchObject({ stake: 2n * sol, activationEpoch: 0n, creditsObserved: 9n });
  });

  it("moves all of it, and leaves the source idle with the old delegation's bytes behind its state", () => {
    const world = succeed(both(delegated(), delegated()), move(5n * sol, ...pair));
    expect(stateOf(world, one)).toEqual({ type: "initialized", meta });
    expect(world.accounts.get(one)?.data.slice(124)).toEqual(delegated().data.slice(124));
    expect(delegationAt(world, two)?.stake).toBe(10n * sol);
  });

  it("moves lamports that are not delegated", () => {
    const world = succeed(both(delegated({}, meta, sol), delegated(activating)), lamports(sol));
    expect(world.accounts.get(two)?.lamports).toBe(stakeRent + 6n * sol);
    expect(delegationAt(world, two)?.stake).toBe(5n * sol);
  });

  refuses([
    ["no stake", both(delegated(), delegated()), move(0n, ...pair), "InvalidArgument"],
    [
      "more than is staked",
      both(delegated({}, meta, sol), delegated()),
      move(5n * sol + 1n, ...pair),
      "InvalidArgument",
    ],
    ["less than the minimum left", both(delegated(), delegated()), move(4n * sol + 1n, ...pair), "InvalidArgument"],
    ["less than the minimum to an idle account", both(delegated(), idle()), move(sol - 1n, ...pair), "InvalidArgument"],
    [
      "between two vote accounts",
      both(delegated(), delegated({ voteAccount: stopped })),
      move(sol, ...pair),
      custom("VoteAddressMismatch"),
    ],
    ["from an idle account", both(idle(), delegated()), move(sol, ...pair), "InvalidAccountData"],
    ["to one that is activating", both(delegated(), delegated(activating)), move(sol, ...pair), "InvalidAccountData"],
    ["to itself", { one: delegated() }, move(sol, w(one), w(one), s(staker)), "InvalidInstructionData"],
    [
      "to a read-only account",
      both(delegated(), idle()),
      move(sol, w(one), r(two), s(staker)),
      "InvalidInstructionData",
    ],
    ["unsigned", both(delegated(), idle()), move(sol, w(one), w(two), r(staker)), "MissingRequiredSignature"],
    ["for a stranger", both(delegated(), idle()), move(sol, w(one), w(two), s(stranger)), "MissingRequiredSignature"],
    ["what cools down", both(delegated(deactivating), idle()), move(sol, ...pair), custom("MergeTransientStake")],
    [
      "between two owners",
      both(delegated(), idle(sol, { ...meta, withdrawer: stranger })),
      move(sol, ...pair),
      custom("MergeMismatch"),
    ],
    ["a lamport that is delegated", both(delegated({}, meta, sol), idle()), lamports(sol + 1n), "InvalidArgument"],
    ["a lamport of the rent", both(idle(), idle()), lamports(5n * sol + 1n), "InvalidArgument"],
    [
      "lamports of what is activating",
      both(delegated(activating, meta, sol), idle()),
      lamports(1n),
      "InvalidAccountData",
    ],
  ]);
});
