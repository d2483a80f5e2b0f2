import { describe, expect, it } from "vitest";
import { addressNamed } from "../../test/support/transactions.ts";
import type { Account } from "./account.ts";
import { addGenesisStakes, type GenesisStake } from "./genesis-stakes.ts";
import { type Address, epochOf, type Lamports, lamportsOf, u64Max } from "./ids.ts";
import { profiles } from "./params.ts";
import { decodeStakeState, noLockup } from "./stake-account.ts";

const [source, vote, owner] = ["source", "vote", "owner"].map(addressNamed) as [Address, Address, Address];

const sound: GenesisStake = {
  address: addressNamed("stake"),
  source,
  stake: lamportsOf(100n),
  state: "active",
  voteAccount: vote,
  staker: owner,
  withdrawer: owner,
};

function add(stakes: readonly GenesisStake[]) {
  const accounts = new Map<Address, Account>();
  const available = new Map<Address, Lamports>([[source, lamportsOf(150n)]]);
  const context = {
    params: { ...profiles.lab, stakeMinimumDelegation: 1n },
    epoch: epochOf(7),
    voteAccounts: new Set([vote]),
  };
  return { outcome: addGenesisStakes(accounts, available, stakes, context), accounts, available };
}

describe("stakes of a genesis", () => {
  it("are taken from their source, coin by coin", () => {
    const { outcome, accounts, available } = add([sound]);
    expect(outcome.ok).toBe(true);
    expect(available.get(source)).toBe(50n);
    expect(accounts.get(sound.address)!.lamports).toBe(100n + 2_282_880n);
  });

  it("say the epoch of genesis where one is meant", () => {
    const { accounts } = add([{ ...sound, state: "activating" }]);
    const state = decodeStakeState(accounts.get(sound.address)!.data);
    expect(state).toMatchObject({ delegation: { activationEpoch: 7n, deactivationEpoch: u64Max } });
  });

  it("cannot be staked twice over", () => {
    const { outcome } = add([sound, { ...sound, address: addressNamed("another") }]);
    expect(outcome).toMatchObject({ ok: false, code: "stake-unbacked", facts: { stake: 100n, available: 50n } });
  });

  const wrong: readonly (readonly [code: string, change: object])[] = [
    ["stake-not-positive", { stake: 0n }],
    ["stake-not-positive", { stake: -1n }],
    ["stake-not-positive", { stake: 100 }],
    ["stake-not-positive", { stake: u64Max + 1n }],
    ["stake-unbacked", { stake: 151n }],
    ["stake-unbacked", { source: addressNamed("nobody") }],
    ["stake-state-invalid", { state: "warm" }],
    ["stake-state-invalid", { voteAccount: null }],
    ["stake-state-invalid", { state: "initialized" }],
    ["vote-account-unknown", { voteAccount: owner }],
    ["key-invalid", { staker: "me" }],
    ["key-invalid", { withdrawer: 7 }],
    ["key-invalid", { lockup: { ...noLockup, custodian: "" } }],
    ["lockup-invalid", { lockup: { ...noLockup, epoch: -1n } }],
    ["lockup-invalid", { lockup: { ...noLockup, unixTimestamp: 2n ** 63n } }],
  ];

  it.each(wrong)("are refused as %s: %o", (code, change) => {
    expect(add([{ ...sound, ...change } as GenesisStake]).outcome).toMatchObject({ ok: false, code });
  });
});
