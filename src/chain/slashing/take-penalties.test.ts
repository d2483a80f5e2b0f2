import { createNoopSigner } from "@solana/kit";
import {
  getMergeInstruction,
  getMoveStakeInstruction,
  getWithdrawInstruction,
  STAKE_ERROR__MERGE_TRANSIENT_STAKE,
} from "@solana-program/stake";
import { describe, expect, it } from "vitest";
import {
  createSlashingWorld,
  delegatorOwner,
  duplicateBlocks,
  extendTo,
  land,
  ownStakeOf,
  recordIn,
  stakeIn,
  submit,
} from "../../../test/support/slashing-world.ts";
import { requestOf } from "../../../test/support/transactions.ts";
import { accountAt, applyAccountChanges } from "../accounts-tree.ts";
import type { Bank } from "../bank.ts";
import { type Address, type Lamports, lamportsPerSol } from "../ids.ts";
import { writtenRentReserve } from "../programs/stake-state.ts";
import { rentExemptMinimum } from "../rent.ts";
import { decodeDelegatedStake, encodeStakeState, stakeAccountBytes } from "../stake-account.ts";
import { stakeStatusAt } from "../stake-status.ts";
import { slashingRecordAddress } from "./record.ts";

it("leaves no stake that counts without the coins, where some were withdrawn while it cooled", () => {
  const params = { slashDuplicateBlockBps: 1000, slashCorrelationMultiplier: 0 };
  // 400 of 1400 SOL leave from epoch 0 on: 126 of them cool down by epoch 1, when 274 still count.
  const delegators = [{ validator: 1, stake: 400n, deactivationEpoch: 0n }];
  const world = createSlashingWorld({ params, delegators });
  const [stake] = world.delegators;
  const inEpoch1 = extendTo(world, world.genesisBank, 40);
  const withdraw = getWithdrawInstruction({
    stake: stake!,
    recipient: delegatorOwner.address,
    withdrawAuthority: createNoopSigner(delegatorOwner.address),
    args: 126n * lamportsPerSol,
  });
  const withdrawn = land(world, inEpoch1, [requestOf(withdraw)], world.reporter);
  expect(withdrawn.error, withdrawn.logs.join("\n")).toBeNull();
  // It offended in epoch 0, when all 400 counted: 40 are due, of the 274 that are there.
  const { bank, error } = submit(world, withdrawn.bank, duplicateBlocks(world, 1, 10), { validator: 1 });
  expect(error).toBeNull();
  const next = extendTo(world, bank, 64);
  expect(recordIn(world, next, 1)!.convictions[0]!.settlement).toMatchObject({ shareBps: 1000, stakeAccounts: 2 });
  const { lamports, delegation } = stakeIn(next, stake!);
  const held = lamports - rentExemptMinimum(stakeAccountBytes, world.chain.params);
  expect(held).toBe(234n * lamportsPerSol);
  expect(delegation.stake).toBe(held);
  for (const epoch of [1, 2, 3]) {
    const { effective } = stakeStatusAt(world.chain.params, delegation, epoch, next.stakeHistory);
    expect(effective).toBeLessThanOrEqual(held);
  }
  // Without the cut 360 would be delegated, and 246.6 of them still count in epoch 1.
  const uncut = { ...delegation, stake: 360n * lamportsPerSol };
  expect(stakeStatusAt(world.chain.params, uncut, 1, next.stakeHistory).effective).toBeGreaterThan(held);
});

describe("stake that counted when the validator offended", () => {
  const delegators = [
    { validator: 1, stake: 400n },
    { validator: 1, stake: 2n, activationEpoch: 0n },
    { validator: 1, stake: 10n, activationEpoch: 0n },
  ];
  const params = { slashDuplicateBlockBps: 1000, slashCorrelationMultiplier: 0 };
  const stakeAuthority = createNoopSigner(delegatorOwner.address);
  const mergeInto = (destinationStake: Address, sourceStake: Address) =>
    requestOf(getMergeInstruction({ destinationStake, sourceStake, stakeAuthority }));
  const moveInto = (destinationStake: Address, sourceStake: Address) =>
    requestOf(getMoveStakeInstruction({ destinationStake, sourceStake, stakeAuthority, args: 300n * lamportsPerSol }));

  it("cannot hide, before the penalty is taken, in a delegation that did not count yet", () => {
    const world = createSlashingWorld({ params, delegators });
    const [old, young, asYoung] = world.delegators as [Address, Address, Address];
    // The offence is of epoch 0, its evidence lands in epoch 1, in which the young stakes are active.
    const convicted = submit(world, extendTo(world, world.genesisBank, 33), duplicateBlocks(world, 1, 31), {
      validator: 1,
    });
    for (const hide of [mergeInto(young, old), moveInto(young, old)]) {
      const { error } = land(world, convicted.bank, [hide], world.reporter);
      expect(error).toEqual({ InstructionError: [0, { Custom: STAKE_ERROR__MERGE_TRANSIENT_STAKE }] });
    }
    // Equally young ones may merge, and a younger one into an older.
    for (const [into, from] of [[young, asYoung] as const, [old, young] as const])
      expect(land(world, convicted.bank, [mergeInto(into, from)], world.reporter).error).toBeNull();
    const settled = extendTo(world, convicted.bank, 64);
    expect(stakeIn(settled, old).delegation.stake).toBe(360n * lamportsPerSol);
    // An epoch later no evidence reaches back to when the young stake did not count.
    expect(land(world, settled, [mergeInto(young, old)], world.reporter).error).toBeNull();
  });

  it("merges as on Solana where nothing is slashed", () => {
    const world = createSlashingWorld({ params: { slashing: false }, delegators });
    const [old, young] = world.delegators as [Address, Address];
    const bank = extendTo(world, world.genesisBank, 33);
    expect(land(world, bank, [mergeInto(young, old)], world.reporter).error).toBeNull();
  });
});

it("takes all of a stake and goes on where space is free: an account and a record stay, with a lamport each", () => {
  const params = { rentLamportsPerByte: 0n, slashDuplicateBlockBps: 10_000, slashTombstone: false };
  const world = createSlashingWorld({ params });
  for (const { voteAccount } of world.validators)
    expect(accountAt(world.genesisBank.accounts, voteAccount)?.lamports).toBe(1n);
  const once = submit(world, extendTo(world, world.genesisBank, 10), duplicateBlocks(world, 1, 5), { validator: 1 });
  const twice = submit(world, extendTo(world, once.bank, 20), duplicateBlocks(world, 1, 20), { validator: 1 });
  expect([once.error, twice.error]).toEqual([null, null]);
  expect(accountAt(twice.bank.accounts, slashingRecordAddress(world.validators[1]!.voteAccount))?.lamports).toBe(1n);
  const { stake } = stakeIn(world.genesisBank, ownStakeOf(world, 1)).delegation;
  const next = extendTo(world, twice.bank, 40);
  const settlements = recordIn(world, next, 1)!.convictions.map(({ settlement }) => settlement?.taken);
  expect(settlements).toEqual([stake - 1n, 0n]);
  expect(stakeIn(next, ownStakeOf(world, 1))).toMatchObject({ lamports: 1n, delegation: { stake: 0n } });
});

it("leaves an account its rent whatever the price of space, and takes no more of a delegation than of its coins", () => {
  for (const rentLamportsPerByte of [1n, 6960n, 1_000_000n]) {
    const params = { rentLamportsPerByte, slashDuplicateBlockBps: 1000, slashCorrelationMultiplier: 0 };
    const world = createSlashingWorld({ params, delegators: [{ validator: 1, stake: 100n }] });
    const [stake] = world.delegators;
    // As the stake program writes it, at whatever price.
    const bank = withRentReserve(world.genesisBank, stake!, writtenRentReserve);
    const convicted = submit(world, extendTo(world, bank, 10), duplicateBlocks(world, 1, 5), { validator: 1 });
    const { lamports, delegation } = stakeIn(extendTo(world, convicted.bank, 40), stake!);
    expect(delegation.stake).toBe(90n * lamportsPerSol);
    expect(lamports - delegation.stake).toBe(rentExemptMinimum(stakeAccountBytes, world.chain.params));
  }
});

function withRentReserve(bank: Bank, address: Address, rentReserve: Lamports): Bank {
  const account = accountAt(bank.accounts, address)!;
  const state = decodeDelegatedStake(account.data)!;
  const data = encodeStakeState({ ...state, meta: { ...state.meta, rentReserve } });
  return { ...bank, accounts: applyAccountChanges(bank.accounts, [{ address, account: { ...account, data } }]) };
}
