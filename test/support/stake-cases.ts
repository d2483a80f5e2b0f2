/**
 * Accounts and instructions for tests of the stake program, in short: staker, withdrawer and custodian; stake accounts one
 * and two; a vote account that votes and one that stopped; the epoch is the tenth.
 *
 *     succeed({ one: idle() }, call(2, none, w(one), r(vote), s(staker)))       the world afterwards
 *     refuses([["a stranger", { one: idle() }, call(…), "MissingRequiredSignature"]])     nothing has changed
 */
import { expect, it } from "vitest";
import { ByteWriter, concatBytes } from "../../src/base/bytes.ts";
import type { Account } from "../../src/chain/account.ts";
import { stakeProgramAddress } from "../../src/chain/addresses.ts";
import type { InstructionRequest } from "../../src/chain/create-transaction.ts";
import type { ExecutionEnv } from "../../src/chain/execution.ts";
import { type Address, epochOf } from "../../src/chain/ids.ts";
import type { InstructionError } from "../../src/chain/programs/instruction-context.ts";
import { type StakeErrorName, stakeErrors } from "../../src/chain/programs/stake-errors.ts";
import { decodeStakeState, type Lockup, type StakeDelegation, type StakeMeta } from "../../src/chain/stake-account.ts";
import { createStakeHistory } from "../../src/chain/stake-activation.ts";
import {
  addressNamed,
  createStakeEnv,
  createStakeWorld,
  delegationOf,
  metaOf,
  type StakeWorld,
  sol,
  stakeAccountWith,
  stakeFeePayer,
  stakeRent,
  voteAccountWith,
  voteStateWith,
  walletWith,
} from "./stake-program.ts";

export const [staker, withdrawer, custodian, stranger] = ["staker", "withdrawer", "custodian", "stranger"].map(
  addressNamed,
) as [Address, Address, Address, Address];
export const [one, two] = [addressNamed("one"), addressNamed("two")];
export const [vote, stopped, notVote] = [
  addressNamed("vote"),
  addressNamed("stopped"),
  addressNamed("not a vote account"),
];
export const now = 10;

export const w = (address: Address) => ({ address, isSigner: false, isWritable: true });
export const ws = (address: Address) => ({ address, isSigner: true, isWritable: true });
export const r = (address: Address) => ({ address, isSigner: false, isWritable: false });
export const s = (address: Address) => ({ address, isSigner: true, isWritable: false });
export type Named = ReturnType<typeof w>;

/** An instruction from its tag, its fields and its accounts. */
export const call = (tag: number, fields: Uint8Array, ...accounts: Named[]): InstructionRequest => ({
  programAddress: stakeProgramAddress,
  accounts,
  data: concatBytes(new ByteWriter().u32(tag).finish(), fields),
});
export const none = new Uint8Array();
export const u64 = (value: bigint) => new ByteWriter().u64(value).finish();
export const custom = (name: StakeErrorName): InstructionError => ({ Custom: stakeErrors[name] });

export const meta = metaOf({ staker, withdrawer });
export const locked: Lockup = { unixTimestamp: 0n, epoch: 11n, custodian };
export const lockedMeta: StakeMeta = { ...meta, lockup: locked };
export const blank = (lamports = stakeRent) => stakeAccountWith({ type: "uninitialized" }, lamports);
export const idle = (lamports = stakeRent + 5n * sol, of = meta) =>
  stakeAccountWith({ type: "initialized", meta: of }, lamports);
export const delegated = (
  change: Partial<Omit<StakeDelegation, "stake">> & { stake?: bigint } = {},
  of = meta,
  free = 0n,
) => {
  const delegation = delegationOf({ voteAccount: vote, stake: 5n * sol, ...change });
  return stakeAccountWith({ type: "delegated", meta: of, delegation }, stakeRent + (change.stake ?? 5n * sol) + free);
};
export const activating = { activationEpoch: BigInt(now) };
export const deactivating = { deactivationEpoch: BigInt(now) };
export const cooled = { deactivationEpoch: 3n };

/** Half of `one`'s five SOL has warmed up by now. */
export const halfWarm: Partial<ExecutionEnv> = {
  stakeHistory: createStakeHistory([{ epoch: 9n, effective: 250n * sol, activating: 45n * sol, deactivating: 0n }]),
};

export type Accounts = Partial<Record<"one" | "two" | "stopped", Account>>;

export function createWorld(accounts: Accounts, env: Partial<ExecutionEnv> = {}): StakeWorld {
  const last = [6, 7, 8, 9, 10];
  const world = createStakeWorld(
    createStakeEnv({ epoch: epochOf(now), ...env }),
    [vote, voteAccountWith(voteStateWith(last))],
    [stopped, accounts.stopped ?? voteAccountWith(voteStateWith([4, 5]))],
    [notVote, walletWith(sol)],
    [stranger, walletWith(sol)],
  );
  if (accounts.one !== undefined) world.accounts.set(one, accounts.one);
  if (accounts.two !== undefined) world.accounts.set(two, accounts.two);
  return world;
}

/** [what is wrong, the accounts, the instruction, the error, what is special about the block] */
export type Refusal = [string, Accounts, InstructionRequest, InstructionError | string, Partial<ExecutionEnv>?];

export function refuses(refusals: readonly Refusal[]): void {
  it.each(refusals)("refuses: %s", (_what, accounts, instruction, error, env) => {
    const world = createWorld(accounts, env);
    const before = [...world.accounts].filter(([address]) => address !== stakeFeePayer);
    expect(world.run(instruction).error).toEqual(error);
    expect([...world.accounts].filter(([address]) => address !== stakeFeePayer)).toEqual(before);
  });
}

export const stateOf = (world: StakeWorld, address: Address) => decodeStakeState(world.accounts.get(address)!.data);
export const delegationAt = (world: StakeWorld, address: Address) => {
  const state = stateOf(world, address);
  return state?.type === "delegated" ? state.delegation : null;
};

export function succeed(accounts: Accounts, instruction: InstructionRequest, env?: Partial<ExecutionEnv>): StakeWorld {
  const world = createWorld(accounts, env);
  expect(world.run(instruction).error).toBe(null);
  return world;
}
