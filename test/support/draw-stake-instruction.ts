/** Random stake accounts and stake instructions, right and wrong ones, for tests that play them to the program. */
import {
  getAuthorizeCheckedInstructionDataEncoder,
  getAuthorizeCheckedWithSeedInstructionDataEncoder,
  getAuthorizeInstructionDataEncoder,
  getAuthorizeWithSeedInstructionDataEncoder,
  getInitializeInstructionDataEncoder,
  getMoveLamportsInstructionDataEncoder,
  getMoveStakeInstructionDataEncoder,
  getSetLockupCheckedInstructionDataEncoder,
  getSetLockupInstructionDataEncoder,
  getSplitInstructionDataEncoder,
  getWithdrawInstructionDataEncoder,
} from "@solana-program/stake";
import { ByteWriter, utf8Bytes } from "../../src/base/bytes.ts";
import type { Random } from "../../src/base/random.ts";
import type { Account } from "../../src/chain/account.ts";
import {
  clockSysvarAddress,
  rentSysvarAddress,
  stakeHistorySysvarAddress,
  stakeProgramAddress,
} from "../../src/chain/addresses.ts";
import type { InstructionRequest } from "../../src/chain/create-transaction.ts";
import { computeAddressWithSeed } from "../../src/chain/derived-address.ts";
import type { ExecutionEnv } from "../../src/chain/execution.ts";
import { type Address, u64Max } from "../../src/chain/ids.ts";
import {
  decodeStakeState,
  encodeStakeState,
  type Lockup,
  never,
  noLockup,
  type StakeDelegation,
  type StakeState,
} from "../../src/chain/stake-account.ts";
import { stakeStatusAt } from "../../src/chain/stake-status.ts";
import {
  addressNamed,
  delegationOf,
  metaOf,
  type StakeWorld,
  sol,
  stakeAccountWith,
  stakeParams,
  stakeRent,
  voteAccountWith,
  voteStateWith,
} from "./stake-program.ts";
import { encodeVoteStateV3 } from "./vote-program.ts";

export type Draw = (below: number) => number;

export const drawFrom = (random: Random): Draw => random.below;

function pick<T>(draw: Draw, values: readonly T[]): T {
  return values[draw(values.length)]!;
}

export const stakes = [0, 1, 2, 3, 4].map((index) => addressNamed(`stake ${index}`));
export const people = ["alice", "bob"].map(addressNamed);
export const custodian = addressNamed("custodian");
export const votes = ["reference", "delinquent", "silent", "no vote account"].map(addressNamed);
const formerConfig = addressNamed("former config");
const seed = "seed";
const seedOwner = addressNamed("seed owner");
const derived = ((): Address => {
  const outcome = computeAddressWithSeed(people[0]!, utf8Bytes(seed), seedOwner);
  if (!outcome.ok) throw new Error(outcome.code);
  return outcome.value;
})();

/** Every account whose fate is compared. */
export const pool: readonly Address[] = [...stakes, ...people, custodian, ...votes];

/** The vote accounts as they stand in an epoch: one that votes, one that stopped long ago, one that never did. */
export function voteAccountsAt(draw: Draw, epoch: number): [Address, Account][] {
  const lastEpochs = (count: number, last: number) =>
    Array.from({ length: count }, (_, index) => last - count + 1 + index).filter((at) => at >= 0);
  const last = pick(draw, [epoch, epoch, epoch, epoch, epoch, epoch - 1]);
  const reference = voteStateWith(lastEpochs(pick(draw, [5, 5, 8, 64, 4]), last));
  const stopped = voteStateWith(lastEpochs(3, epoch - pick(draw, [4, 5, 5, 6, 12])));
  const data = encodeVoteStateV3(reference, 5);
  return [
    [votes[0]!, voteAccountWith(draw(2) === 0 ? data : reference)],
    [votes[1]!, voteAccountWith(stopped)],
    [votes[2]!, voteAccountWith(draw(8) === 0 ? new Uint8Array(3762) : voteStateWith([]))],
  ];
}

function drawLockup(draw: Draw, env: ExecutionEnv): Lockup {
  if (draw(3) > 0) return noLockup;
  const unixTimestamp = env.unixTimestamp + BigInt(draw(3) - 1);
  return { unixTimestamp, epoch: BigInt(env.epoch + draw(3) - 1), custodian: pick(draw, [custodian, people[0]!]) };
}

const authorities = [people[0]!, people[0]!, people[0]!, people[0]!, people[0]!, people[1]!, derived];

function drawDelegation(draw: Draw, env: ExecutionEnv, stake: bigint): StakeDelegation {
  const epoch = BigInt(env.epoch);
  const voteAccount = pick(draw, [votes[0]!, votes[0]!, votes[0]!, votes[1]!, votes[1]!, votes[2]!]);
  const creditsObserved = pick(draw, [0n, 10n, 77n, 77n, u64Max]);
  // Half of them at rest and active.
  if (draw(2) === 0) {
    return delegationOf({ voteAccount, stake, activationEpoch: pick(draw, [never, 0n]), creditsObserved });
  }
  const back = (epochs: bigint) => (epochs > epoch ? 0n : epoch - epochs);
  const activationEpoch = pick(draw, [never, epoch, back(1n), back(2n), back(3n), back(3n), 0n, epoch + 1n]);
  const deactivationEpoch = pick(draw, [never, never, never, epoch, back(1n), back(2n), activationEpoch]);
  const flags = pick(draw, [0, 0, 0, 1, 255]);
  return { ...delegationOf({ voteAccount, stake, activationEpoch, deactivationEpoch, creditsObserved }), flags };
}

/** A stake account in any state, mostly sound. */
export function drawStakeAccount(draw: Draw, env: ExecutionEnv): Account {
  const stake = pick(draw, [sol, sol + 1n, 2n * sol, 3n * sol, 10n * sol, 123_456_789_012n]);
  const free = pick(draw, [0n, 0n, 1n, stakeRent, sol]);
  const meta = metaOf({
    staker: pick(draw, authorities),
    withdrawer: pick(draw, authorities),
    lockup: drawLockup(draw, env),
  });
  const odd = draw(25) === 0;
  const state: StakeState = pick(draw, [
    { type: "uninitialized" },
    { type: "uninitialized" },
    { type: "initialized", meta },
    ...Array.from({ length: 5 }, () => ({
      type: "delegated" as const,
      meta,
      delegation: drawDelegation(draw, env, odd ? pick(draw, [0n, 5n, sol - 1n, u64Max]) : stake),
    })),
  ]);
  const backing = state.type === "delegated" ? stake : draw(2) === 0 ? 0n : stake;
  const data = encodeStakeState(draw(60) === 0 ? { type: "rewards-pool" } : state);
  if (draw(12) > 0) return stakeAccountWith(data, stakeRent + backing + free - (draw(30) === 0 ? 1n : 0n));
  const length = pick(draw, [0, 3, 4, 123, 124, 196, 197, 199, 201, 4008]);
  const resized = new Uint8Array(length);
  resized.set(data.subarray(0, length));
  const account = stakeAccountWith(resized, 50_000_000n + backing + free);
  return draw(3) === 0 ? { ...account, owner: addressNamed("another program") } : account;
}

/** Amounts around the limits that matter, and the absurd. */
function drawAmount(draw: Draw, world: StakeWorld, address: Address): bigint {
  const account = world.accounts.get(address);
  const balance: bigint = account?.lamports ?? 0n;
  const state = account === undefined ? null : decodeStakeState(account.data);
  const delegation = state?.type === "delegated" ? state.delegation : null;
  const stake = delegation?.stake ?? 0n;
  const { effective } =
    delegation === null
      ? { effective: 0n }
      : stakeStatusAt(stakeParams, delegation, world.env.epoch, world.env.stakeHistory);
  const base = pick(draw, [
    sol,
    sol,
    sol + stakeRent,
    stake,
    stake - sol,
    balance,
    balance,
    balance - stakeRent,
    balance - stakeRent - stake,
    balance - stakeRent - effective,
    balance / 2n,
    stake / 2n,
    stakeRent,
    u64Max,
    0n,
  ]);
  const amount = base + BigInt(pick(draw, [0, 0, 0, 0, 1, -1]));
  return amount < 0n ? 1n : amount > u64Max ? u64Max : amount;
}

type AccountRequest = InstructionRequest["accounts"][number];

const written = (address: Address): AccountRequest => ({ address, isSigner: false, isWritable: true });
const read = (address: Address): AccountRequest => ({ address, isSigner: false, isWritable: false });
const signed = (address: Address): AccountRequest => ({ address, isSigner: true, isWritable: false });

const request = (
  data: { readonly length: number } & Iterable<number>,
  ...accounts: readonly AccountRequest[]
): InstructionRequest => ({ programAddress: stakeProgramAddress, accounts, data: Uint8Array.from(data) });
const tag = (value: number) => new ByteWriter(4).u32(value).finish();

/** One instruction, mostly one that might succeed. */
export function drawStakeInstruction(draw: Draw, world: StakeWorld): InstructionRequest {
  const which = draw(24);
  const pairs = which >= 18 && which <= 22 && draw(4) > 0 ? findPairs(world) : [];
  const pair = pairs.length === 0 ? null : pick(draw, pairs);
  const blanks = which < 3 && draw(4) > 0 ? stakes.filter((address) => isUninitialized(world, address)) : [];
  const stake = pair?.[0] ?? pick(draw, blanks.length > 0 ? blanks : stakes);
  const other =
    draw(15) === 0
      ? stake
      : pick(
          draw,
          stakes.filter((address) => address !== stake),
        );
  const state = decodeStakeState(world.accounts.get(stake)?.data ?? new Uint8Array());
  const meta = state !== null && "meta" in state ? state.meta : null;
  const signable = (address: Address | undefined) =>
    draw(12) === 0 || address === undefined || address === derived ? pick(draw, people) : address;
  const staker = signable(meta?.staker);
  const withdrawer = signable(meta?.withdrawer);
  const who = pick(draw, authorities);
  const kind = draw(2);
  const authority = kind === 0 ? pick(draw, [staker, withdrawer]) : withdrawer;
  const isOldForm = draw(2) === 0;
  const old = (...addresses: readonly Address[]) => (isOldForm ? addresses.map(read) : []);
  const keeper = draw(3) === 0 ? [signed(signable(meta?.lockup.custodian))] : [];
  const clock = clockSysvarAddress;
  const history = stakeHistorySysvarAddress;
  const lockup = {
    unixTimestamp: draw(2) === 0 ? null : world.env.unixTimestamp + BigInt(draw(3) - 1),
    epoch: draw(2) === 0 ? null : BigInt(world.env.epoch + draw(3) - 1),
  };
  const derivation = {
    authoritySeed: pick(draw, [seed, seed, seed, seed, "other", "s".repeat(33)]),
    authorityOwner: seedOwner,
  };
  const amount = () => ({ args: drawAmount(draw, world, stake) });
  switch (which) {
    case 0:
    case 1: {
      const arg1 = drawLockup(draw, world.env);
      return request(
        getInitializeInstructionDataEncoder().encode({
          arg0: { staker: who, withdrawer: pick(draw, authorities) },
          arg1,
        }),
        written(stake),
        ...old(rentSysvarAddress),
      );
    }
    case 2:
      return request(tag(9), written(stake), ...old(rentSysvarAddress), read(who), signed(pick(draw, people)));
    case 3:
      return request(
        getAuthorizeInstructionDataEncoder().encode({ arg0: who, arg1: kind }),
        written(stake),
        ...old(clock),
        signed(authority),
        ...keeper,
      );
    case 4:
      return request(
        getAuthorizeCheckedInstructionDataEncoder().encode({ stakeAuthorize: kind }),
        written(stake),
        ...old(clock),
        signed(authority),
        signed(pick(draw, people)),
        ...keeper,
      );
    case 5:
      return request(
        getAuthorizeWithSeedInstructionDataEncoder().encode({
          newAuthorizedPubkey: who,
          stakeAuthorize: kind,
          ...derivation,
        }),
        written(stake),
        signed(people[0]!),
        ...old(clock),
        ...keeper,
      );
    case 6:
      return request(
        getAuthorizeCheckedWithSeedInstructionDataEncoder().encode({ stakeAuthorize: kind, ...derivation }),
        written(stake),
        signed(people[0]!),
        ...old(clock),
        signed(pick(draw, people)),
        ...keeper,
      );
    case 7:
    case 8:
    case 9: {
      const before =
        state?.type === "delegated" && draw(2) === 0
          ? state.delegation.voteAccount
          : pick(draw, [...votes.slice(0, 3), ...votes]);
      return request(tag(2), written(stake), read(before), ...old(clock, history, formerConfig), signed(staker));
    }
    case 10:
    case 11: {
      const target = stakes.find((address) => address !== stake && isUninitialized(world, address));
      const destination = draw(6) === 0 ? other : (target ?? other);
      const encoded = getSplitInstructionDataEncoder().encode(amount());
      return request(
        encoded,
        written(stake),
        written(destination),
        signed(state?.type === "uninitialized" ? stake : staker),
      );
    }
    case 12:
    case 13:
    case 14: {
      const recipient = draw(10) === 0 ? pick(draw, pool) : pick(draw, [...people, other]);
      const by = state?.type === "uninitialized" || state === null ? stake : withdrawer;
      const encoded = getWithdrawInstructionDataEncoder().encode(amount());
      return request(encoded, written(stake), written(recipient), ...old(clock, history), signed(by), ...keeper);
    }
    case 15:
      return request(tag(5), written(stake), ...old(clock), signed(staker));
    case 16: {
      const newCustodian = draw(2) === 0 ? null : pick(draw, [custodian, people[0]!]);
      const data = getSetLockupInstructionDataEncoder().encode({ ...lockup, custodian: newCustodian });
      return request(data, written(stake), signed(signable(draw(2) === 0 ? withdrawer : meta?.lockup.custodian)));
    }
    case 17:
      return request(
        getSetLockupCheckedInstructionDataEncoder().encode(lockup),
        written(stake),
        signed(signable(draw(2) === 0 ? withdrawer : meta?.lockup.custodian)),
        ...(draw(2) === 0 ? [signed(pick(draw, [custodian, ...people]))] : []),
      );
    case 18: {
      const source = pair?.[1] ?? other;
      return request(tag(7), written(stake), written(source), ...old(clock, history), signed(staker));
    }
    case 19: {
      const voteAccount = state?.type === "delegated" && draw(3) > 0 ? state.delegation.voteAccount : pick(draw, votes);
      return request(tag(14), written(stake), read(voteAccount), read(draw(8) === 0 ? pick(draw, votes) : votes[0]!));
    }
    case 20:
    case 21:
    case 22: {
      const destination = pair?.[1] ?? other;
      const encoder = pick(draw, [getMoveStakeInstructionDataEncoder(), getMoveLamportsInstructionDataEncoder()]);
      return request(encoder.encode(amount()), written(stake), written(destination), signed(staker));
    }
    default:
      return request(tag(pick(draw, [13, 13, 15, 18])));
  }
}

function isUninitialized(world: StakeWorld, address: Address): boolean {
  const account = world.accounts.get(address);
  return account !== undefined && decodeStakeState(account.data)?.type === "uninitialized";
}

/** Pairs of accounts that are alike enough to merge or to move between, perhaps. */
function findPairs(world: StakeWorld): (readonly [Address, Address])[] {
  const pairs: (readonly [Address, Address])[] = [];
  for (const one of stakes) {
    for (const other of stakes) {
      if (one !== other && areAlike(world, stateOf(world, one), stateOf(world, other))) pairs.push([one, other]);
    }
  }
  return pairs;
}

function stateOf(world: StakeWorld, address: Address): StakeState | null {
  const account = world.accounts.get(address);
  return account === undefined ? null : decodeStakeState(account.data);
}

function areAlike(world: StakeWorld, one: StakeState | null, other: StakeState | null): boolean {
  if (one === null || other === null || !("meta" in one) || !("meta" in other)) return false;
  if (one.meta.staker !== other.meta.staker || one.meta.withdrawer !== other.meta.withdrawer) return false;
  if (one.meta.lockup.custodian !== other.meta.lockup.custodian) return false;
  const [a, b] = [one, other].map((state) => restOf(world, state));
  if (a === "moving" || b === "moving") return false;
  const votes = [one, other].map((state) => (state.type === "delegated" ? state.delegation.voteAccount : null));
  return a === "idle" || b === "idle" || votes[0] === votes[1];
}

function restOf(world: StakeWorld, state: StakeState): "idle" | "full" | "moving" {
  if (state.type !== "delegated") return "idle";
  const { epoch, stakeHistory } = world.env;
  const { effective, activating, deactivating } = stakeStatusAt(stakeParams, state.delegation, epoch, stakeHistory);
  if (effective === 0n) return "idle";
  return activating === 0n && deactivating === 0n ? "full" : "moving";
}

/** Breaks the instruction in one place, sometimes. */
export function spoilInstruction(draw: Draw, instruction: InstructionRequest): InstructionRequest {
  const { accounts, data } = instruction;
  const at = draw(Math.max(1, accounts.length));
  const change = (part: Partial<AccountRequest>) => ({
    ...instruction,
    accounts: accounts.map((entry, index) => (index === at ? { ...entry, ...part } : entry)),
  });
  switch (draw(24)) {
    case 0:
      return { ...instruction, accounts: accounts.slice(0, at) };
    case 1:
      return change({ isSigner: false });
    case 2:
      return change({ isWritable: false });
    case 3:
      return change({ address: pick(draw, [...pool, clockSysvarAddress, rentSysvarAddress]) });
    case 4:
      return { ...instruction, data: data.slice(0, draw(data.length + 1)) };
    case 5: {
      const longer = new Uint8Array(data.length + 1 + draw(3)).fill(1);
      longer.set(data);
      return { ...instruction, data: longer };
    }
    case 6: {
      const broken = data.slice();
      broken[draw(data.length)] = pick(draw, [0, 1, 2, 128, 255]);
      return { ...instruction, data: broken };
    }
    case 7:
      return { ...instruction, accounts: [...accounts, signed(pick(draw, [...people, custodian]))] };
    default:
      return instruction;
  }
}
