import { describe, expect, it } from "vitest";
import type { Address, Lamports } from "../chain/ids.ts";
import { createDelegation, never, noLockup, type StakeMeta } from "../chain/stake-account.ts";
import { stakeActivationInstant } from "../chain/stake-activation.ts";
import type { StakeAccount } from "./account-reader.ts";
import { availableLamports } from "./stake-diagnosis.ts";
import type { StakeClock } from "./stake-reader.ts";
import { formatStake, formatTime, stateOf, viewStake } from "./stake-view.ts";

const address = "9B5XszUGdMaxCZ7uSQhPzdks5ZQSmWxrmzCSvtJ6Ns6g" as Address;
const voteAccount = "Vote111111111111111111111111111111111111111" as Address;
const reserve = 2_282_880n as Lamports;
const meta: StakeMeta = { rentReserve: reserve, staker: address, withdrawer: voteAccount, lockup: noLockup };

const clockAt = (epoch: bigint, unixTimestamp = 1000n): StakeClock => ({
  epoch,
  unixTimestamp,
  statusOf: (delegation) => stakeActivationInstant(delegation, epoch),
});

function delegated(activationEpoch: bigint, deactivationEpoch = never, changes: Partial<StakeMeta> = {}): StakeAccount {
  const delegation = createDelegation({ voteAccount, stake: 500n as Lamports, activationEpoch, creditsObserved: 7n });
  const state = {
    type: "delegated" as const,
    meta: { ...meta, ...changes },
    delegation: { ...delegation, deactivationEpoch },
  };
  return { address, lamports: reserve + 510n, state };
}

describe("a stake's view", () => {
  it("has the solana CLI's fields, without those that say nothing", () => {
    expect(viewStake(delegated(3n), clockAt(4n))).toEqual({
      stakePubkey: address,
      stakeType: "Stake",
      accountBalance: reserve + 510n,
      creditsObserved: 7n,
      delegatedStake: 500n,
      delegatedVoteAccountAddress: voteAccount,
      activationEpoch: 3n,
      staker: address,
      withdrawer: voteAccount,
      rentExemptReserve: reserve,
      activeStake: 500n,
    });
    const initialized = { address, lamports: reserve, state: { type: "initialized" as const, meta } };
    expect(viewStake(initialized, clockAt(4n))).toEqual({
      stakePubkey: address,
      stakeType: "Initialized",
      accountBalance: reserve,
      creditsObserved: 0n,
      staker: address,
      withdrawer: voteAccount,
      rentExemptReserve: reserve,
    });
  });

  it("names the state of its delegation", () => {
    const stateAt = (epoch: bigint, account: StakeAccount) => stateOf(viewStake(account, clockAt(epoch)));
    const account = delegated(3n, 6n);
    expect([3n, 4n, 5n, 6n, 7n].map((epoch) => stateAt(epoch, account))).toEqual([
      "activating",
      "active",
      "active",
      "deactivating",
      "inactive",
    ]);
    expect(stateAt(0n, delegated(never))).toBe("active");
    expect(viewStake(delegated(never), clockAt(0n)).activationEpoch).toBe(0n);
  });

  it("shows a lockup while it is in force, by epoch or by time", () => {
    const custodian = voteAccount;
    const locked = (epoch: bigint, unixTimestamp: bigint) =>
      viewStake(delegated(3n, never, { lockup: { epoch, unixTimestamp, custodian } }), clockAt(4n, 1000n)).custodian;
    expect([locked(5n, 0n), locked(4n, 0n), locked(0n, 1001n), locked(0n, 1000n)]).toEqual([
      custodian,
      undefined,
      custodian,
      undefined,
    ]);
  });

  it("reads as lines, each once", () => {
    const text = formatStake(viewStake(delegated(3n, 6n), clockAt(6n)));
    expect(text).toContain("Deactivating Stake:");
    expect(text).toContain("Stake deactivates from epoch: 6");
    expect(text).not.toContain("Lockup");
    expect(formatTime(1_798_761_600n)).toBe("2027-01-01T00:00:00Z (1798761600)");
    expect(formatTime(2n ** 62n)).toBe(String(2n ** 62n));
  });
});

describe("what can be withdrawn", () => {
  it("is what the program lets go: all but the reserve and what counts", () => {
    const available = (account: StakeAccount, epoch: bigint) => availableLamports(account, clockAt(epoch));
    // Activating stake counts whole, and cooling stake until it is gone.
    expect([3n, 4n, 6n, 7n].map((epoch) => available(delegated(3n, 6n), epoch))).toEqual([10n, 10n, 10n, 510n]);
    // Taken back in the epoch of its delegation, it never counted.
    expect(available(delegated(3n, 3n), 3n)).toBe(510n);
    expect(available({ address, lamports: 5n, state: { type: "initialized", meta } }, 1n)).toBe(0n);
    expect(available({ address, lamports: 5n, state: { type: "uninitialized" } }, 1n)).toBe(5n);
  });
});
