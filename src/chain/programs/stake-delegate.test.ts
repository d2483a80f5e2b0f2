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
  idle,
  meta,
  type Named,
  none,
  notVote,
  one,
  r,
  refuses,
  s,
  staker,
  stopped,
  stranger,
  succeed,
  vote,
  w,
  withdrawer,
} from "../../../test/support/stake-cases.ts";
import { sol, stakeRent, voteAccountWith, voteStateWith } from "../../../test/support/stake-program.ts";
import { clockSysvarAddress, stakeHistorySysvarAddress } from "../addresses.ts";
import type { Address } from "../ids.ts";
import { never } from "../stake-account.ts";

describe("DelegateStake", () => {
  const delegate = (to: Address, ...accounts: Named[]) => call(2, none, w(one), r(to), ...accounts);
  const oldForm = [r(clockSysvarAddress), r(stakeHistorySysvarAddress), r(stranger)];

  it("delegates all but the rent reserve from this epoch on, in both forms", () => {
    for (const accounts of [[s(staker)], [...oldForm, s(staker)]]) {
      const { reserved: _reserved, ...delegation } = delegationAt(
        succeed({ one: idle() }, delegate(vote, ...accounts)),
        one,
      )!;
      expect(delegation).toEqual({
        voteAccount: vote,
        stake: 5n * sol,
        activationEpoch: 10n,
        deactivationEpoch: never,
        creditsObserved: 50n,
        flags: 0,
      });
    }
  });

  it("takes the mind's change while nothing counts, and delegates the new balance", () => {
    for (const state of [{ ...activating, voteAccount: stopped }, cooled]) {
      const world = succeed({ one: delegated(state, meta, sol) }, delegate(vote, s(staker)));
      expect(delegationAt(world, one)).toMatchObject({ voteAccount: vote, stake: 6n * sol, activationEpoch: 10n });
    }
  });

  it("rescinds a deactivation of this epoch, and changes nothing else", () => {
    const world = succeed({ one: delegated(deactivating, meta, sol) }, delegate(vote, s(staker)));
    expect(delegationAt(world, one)).toMatchObject({ stake: 5n * sol, activationEpoch: 0n, deactivationEpoch: never });
  });

  const underBacked = { ...delegated(deactivating), lamports: delegated({ stake: 4n * sol }).lamports };
  refuses([
    ["a stranger", { one: idle() }, delegate(vote, s(stranger)), "MissingRequiredSignature"],
    ["the withdrawer", { one: idle() }, delegate(vote, s(withdrawer)), "MissingRequiredSignature"],
    ["a staker that did not sign", { one: idle() }, delegate(vote, r(staker)), "MissingRequiredSignature"],
    ["an account that is no vote account", { one: idle() }, delegate(notVote, s(staker)), "IncorrectProgramId"],
    [
      "a vote account without a state",
      { one: idle(), stopped: voteAccountWith(new Uint8Array(3762)) },
      delegate(stopped, s(staker)),
      "InvalidAccountData",
    ],
    [
      "less than the minimum",
      { one: idle(stakeRent + sol - 1n) },
      delegate(vote, s(staker)),
      custom("InsufficientDelegation"),
    ],
    ["less than the rent", { one: idle(1n) }, delegate(vote, s(staker)), custom("InsufficientDelegation")],
    [
      "what counts already: no lamport is delegated twice",
      { one: delegated() },
      delegate(stopped, s(staker)),
      custom("TooSoonToRedelegate"),
    ],
    [
      "what still cools down, to another one",
      { one: delegated(deactivating) },
      delegate(stopped, s(staker)),
      custom("TooSoonToRedelegate"),
    ],
    [
      "a deactivation rescinded with less than it was",
      { one: underBacked },
      delegate(vote, s(staker)),
      custom("InsufficientDelegation"),
    ],
    [
      "an account too short for it",
      { one: { ...idle(), data: idle().data.slice(0, 196) } },
      delegate(vote, s(staker)),
      "AccountDataTooSmall",
    ],
    ["a blank account", { one: blank() }, delegate(vote, s(staker)), "InvalidAccountData"],
    ["no staker", { one: idle() }, delegate(vote), "NotEnoughAccountKeys"],
    ["half of the old form", { one: idle() }, delegate(vote, r(clockSysvarAddress), s(staker)), "NotEnoughAccountKeys"],
  ]);
});

describe("Deactivate", () => {
  const deactivate = (...accounts: Named[]) => call(5, none, w(one), ...accounts);

  it("ends the delegation in this epoch, in both forms", () => {
    for (const accounts of [[s(staker)], [r(clockSysvarAddress), s(staker)]]) {
      expect(delegationAt(succeed({ one: delegated() }, deactivate(...accounts)), one)?.deactivationEpoch).toBe(10n);
    }
  });

  refuses([
    ["twice", { one: delegated(deactivating) }, deactivate(s(staker)), custom("AlreadyDeactivated")],
    ["the withdrawer", { one: delegated() }, deactivate(s(withdrawer)), "MissingRequiredSignature"],
    ["what is not delegated", { one: idle() }, deactivate(s(staker)), "InvalidAccountData"],
    ["nobody", { one: delegated() }, deactivate(), "NotEnoughAccountKeys"],
  ]);
});

describe("DeactivateDelinquent", () => {
  const deactivate = (delinquent: Address, reference: Address) => call(14, none, w(one), r(delinquent), r(reference));
  const onStopped = delegated({ voteAccount: stopped });
  const at = (...epochs: number[]) => voteAccountWith(voteStateWith(epochs));

  it("lets anybody take stake from who has not voted for five epochs, or never", () => {
    for (const account of [at(4, 5), at()]) {
      const world = succeed({ one: onStopped, stopped: account }, deactivate(stopped, vote));
      expect(delegationAt(world, one)?.deactivationEpoch).toBe(10n);
    }
  });

  refuses([
    [
      "four epochs",
      { one: onStopped, stopped: at(5, 6) },
      deactivate(stopped, vote),
      custom("MinimumDelinquentEpochsForDeactivationNotMet"),
    ],
    [
      "a reference that missed an epoch",
      { one: delegated(), stopped: at(5, 6, 7, 9, 10) },
      deactivate(vote, stopped),
      custom("InsufficientReferenceVotes"),
    ],
    [
      "a reference that voted in four epochs",
      { one: delegated(), stopped: at(7, 8, 9, 10) },
      deactivate(vote, stopped),
      custom("InsufficientReferenceVotes"),
    ],
    ["another one's stake", { one: delegated() }, deactivate(stopped, vote), custom("VoteAddressMismatch")],
    [
      "a deactivated stake",
      { one: delegated({ voteAccount: stopped, ...deactivating }) },
      deactivate(stopped, vote),
      custom("AlreadyDeactivated"),
    ],
    ["no stake", { one: idle() }, deactivate(stopped, vote), "InvalidAccountData"],
    ["a reference that is no vote account", { one: onStopped }, deactivate(stopped, notVote), "IncorrectProgramId"],
  ]);
});
