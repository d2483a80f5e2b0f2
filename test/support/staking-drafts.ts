/** What the drafts of staking traffic share: who may sign, amounts that fit and amounts that cannot, wrong signers. */
import { createNoopSigner } from "@solana/kit";
import type { Random } from "../../src/base/random.ts";
import type { InstructionRequest } from "../../src/chain/create-transaction.ts";
import type { Keypair, SignatureScheme } from "../../src/chain/crypto.ts";
import { type Address, lamportsPerSol } from "../../src/chain/ids.ts";
import { keySeed } from "../../src/sim/network.ts";
import { requestOf } from "./transactions.ts";

export const sol = lamportsPerSol;
export const never = 2n ** 64n - 1n;
export const u64Max = 2n ** 64n - 1n;
export const stakeRent = 2_282_880n;
export const voteRent = 27_074_400n;

export type Traffic = {
  readonly random: Random;
  readonly scheme: SignatureScheme;
  /** Whoever may sign, by address. */
  readonly keys: Map<Address, Keypair>;
  readonly people: readonly Keypair[];
  /** Has money and never an authority. */
  readonly stranger: Keypair;
  readonly faucet: Keypair;
  readonly seed: string;
  /** How many accounts it made so far. */
  created: number;
  /** Where stake is wanted, in the order of preference; the rest of the vote accounts is left to chance. */
  wanted: readonly Address[];
  /** Vote accounts whose validators run: their identity and their voter stay. */
  running: ReadonlySet<Address>;
};

export type Draft = {
  readonly instructions: readonly InstructionRequest[];
  readonly isHopeless?: boolean;
  readonly payer?: Address;
};

export const signer = (address: Address) => createNoopSigner(address);
export const one = (instruction: Parameters<typeof requestOf>[0], isHopeless = false): Draft => ({
  instructions: [requestOf(instruction)],
  isHopeless,
});

export function pickFrom<T>({ random }: Traffic, list: readonly T[]): T | null {
  return list.length === 0 ? null : random.pick(list);
}

export const amountBelow = ({ random }: Traffic, limit: bigint): bigint =>
  limit <= 1n ? limit : random.belowBig(limit) + 1n;

/** Amounts of 0, one too many, all there can be; or `limit` itself, or something below it. */
export function drawAmount(traffic: Traffic, most: bigint): { readonly amount: bigint; readonly isHuge: boolean } {
  const { random } = traffic;
  const limit = most < 0n ? 0n : most;
  switch (random.below(12)) {
    case 0:
      return { amount: 0n, isHuge: false };
    case 1:
      return { amount: u64Max, isHuge: true };
    case 2:
      return { amount: limit + 1n, isHuge: false };
    case 3:
    case 4:
    case 5:
      return { amount: limit, isHuge: false };
    default:
      return { amount: amountBelow(traffic, limit < 1n ? 1n : limit), isHuge: false };
  }
}

/** The authority, or once in twelve times the stranger. */
export function authorityOr(
  traffic: Traffic,
  authority: Address,
): { readonly by: Address; readonly isForeign: boolean } {
  const isForeign = traffic.random.below(12) === 0 || !traffic.keys.has(authority);
  return { by: isForeign ? traffic.stranger.address : authority, isForeign };
}

export function newKey(traffic: Traffic, role: string): Keypair {
  const pair = traffic.scheme.createKeypair(keySeed(traffic.seed, `campaign ${role}`, traffic.created++));
  traffic.keys.set(pair.address, pair);
  return pair;
}
