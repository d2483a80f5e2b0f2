import { describe, expect, it } from "vitest";
import {
  activating,
  blank,
  call,
  cooled,
  createWorld,
  custodian,
  custom,
  deactivating,
  delegated,
  idle,
  lockedMeta,
  meta,
  type Named,
  one,
  r,
  refuses,
  s,
  staker,
  stranger,
  succeed,
  two,
  u64,
  w,
  withdrawer,
  ws,
} from "../../../test/support/stake-cases.ts";
import { type StakeWorld, sol, stakeAccountWith, stakeRent } from "../../../test/support/stake-program.ts";
import { clockSysvarAddress, stakeHistorySysvarAddress } from "../addresses.ts";
import type { Lamports } from "../ids.ts";
import { u64Max } from "../ids.ts";
import type { StakeDelegation } from "../stake-account.ts";
import { createStakeHistory } from "../stake-activation.ts";

describe("Withdraw", () => {
  const withdraw = (lamports: bigint, ...accounts: Named[]) => call(4, u64(lamports), w(one), w(stranger), ...accounts);
  const take = (lamports: bigint) => withdraw(lamports, s(withdrawer));
  const gained = (world: StakeWorld) => (world.accounts.get(stranger)?.lamports ?? 0n) - sol;

  it("gives what is not delegated, and all when nothing counts any more", () => {
    expect(gained(succeed({ one: delegated({}, meta, sol) }, take(sol)))).toBe(sol);
    const world = succeed({ one: delegated(cooled) }, take(stakeRent + 5n * sol));
    expect(world.accounts.has(one)).toBe(false);
    const oldForm = [r(clockSysvarAddress), r(stakeHistorySysvarAddress), s(withdrawer)];
    expect(gained(succeed({ one: idle() }, withdraw(5n * sol, ...oldForm)))).toBe(5n * sol);
  });

  it("gives as much as its story says: 1.99771712 of 5 SOL with 3 delegated, and all 5 once they have cooled down", () => {
    const of = (change: Partial<StakeDelegation>) => ({
      ...delegated({ ...change, stake: 3n * sol }),
      lamports: (5n * sol) as Lamports,
    });
    expect(gained(succeed({ one: of({}) }, take(1_997_717_120n)))).toBe(1_997_717_120n);
    expect(createWorld({ one: of({}) }).run(take(1_997_717_121n)).error).toBe("InsufficientFunds");
    // 1.2 of the 3 remain: 9 % of 100 let go 9 of the 15 that were on their way.
    const stakeHistory = createStakeHistory([
      { epoch: 9n, effective: 100n * sol, activating: 0n, deactivating: 15n * sol },
    ]);
    const cooling = of({ deactivationEpoch: 9n });
    expect(gained(succeed({ one: cooling }, take(3_797_717_120n), { stakeHistory }))).toBe(3_797_717_120n);
    expect(createWorld({ one: cooling }, { stakeHistory }).run(take(3_797_717_121n)).error).toBe("InsufficientFunds");
    expect(gained(succeed({ one: of(cooled) }, take(5n * sol)))).toBe(5n * sol);
  });

  it("holds back what still cools down, to the lamport", () => {
    const history = createStakeHistory([{ epoch: 9n, effective: 100n * sol, activating: 0n, deactivating: 18n * sol }]);
    const account = delegated({ deactivationEpoch: 9n });
    // Half of all that cools down may go in an epoch: 9 % of 100 of 18.
    expect(gained(succeed({ one: account }, take((5n * sol) / 2n), { stakeHistory: history }))).toBe((5n * sol) / 2n);
    const world = createWorld({ one: account }, { stakeHistory: history });
    expect(world.run(take((5n * sol) / 2n + 1n)).error).toBe("InsufficientFunds");
  });

  it("gives the custodian's signature the last word over a lockup", () => {
    succeed({ one: idle(stakeRent + sol, lockedMeta) }, withdraw(sol, s(withdrawer), s(custodian)));
  });

  it("lets an account that is not initialized sign for itself, whatever its length", () => {
    for (const length of [0, 4, 200, 4008]) {
      const account = stakeAccountWith(new Uint8Array(length), sol);
      const world = succeed({ one: account }, call(4, u64(sol), ws(one), w(stranger), s(one)));
      expect(world.accounts.has(one)).toBe(false);
    }
  });

  refuses([
    ["early: the stake counts", { one: delegated() }, take(stakeRent + 5n * sol), "InsufficientFunds"],
    [
      "the stake in the epoch it was deactivated",
      { one: delegated(deactivating) },
      take(stakeRent + 5n * sol),
      "InsufficientFunds",
    ],
    ["stake that has not warmed up yet", { one: delegated(activating) }, take(1n), "InsufficientFunds"],
    ["a lamport of the rent", { one: delegated({}, meta, sol) }, take(sol + 1n), "InsufficientFunds"],
    ["a lamport of an idle account's rent", { one: idle() }, take(5n * sol + 1n), "InsufficientFunds"],
    ["2^64 - 1", { one: idle() }, take(u64Max), "InsufficientFunds"],
    ["the staker", { one: idle() }, withdraw(1n, s(staker)), "MissingRequiredSignature"],
    ["a lockup in force", { one: idle(stakeRent + sol, lockedMeta) }, take(1n), custom("LockupInForce")],
    [
      "a stranger as custodian",
      { one: idle(stakeRent + sol, lockedMeta) },
      withdraw(1n, s(withdrawer), s(stranger)),
      custom("LockupInForce"),
    ],
    [
      "a custodian that did not sign",
      { one: idle(stakeRent + sol, lockedMeta) },
      withdraw(1n, s(withdrawer), r(custodian)),
      "MissingRequiredSignature",
    ],
    ["into itself", { one: idle() }, call(4, u64(1n), w(one), w(one), s(withdrawer)), "InvalidArgument"],
    ["from a blank account, for somebody else", { one: blank(sol) }, take(1n), "MissingRequiredSignature"],
    [
      "to a recipient left below its rent",
      { one: idle() },
      call(4, u64(1n), w(one), w(two), s(withdrawer)),
      '{"InsufficientFundsForRent":{"account_index":2}}',
    ],
  ]);
});
