/**
 * A network to start: keys, stakes and funds, all derived from one seed, and the genesis made of them.
 *
 *     seed "escapement" ──> faucet, observer, validator 0…N−1 (identity, vote and stake account), funded accounts
 *
 * Such keys are for rehearsals: anybody who knows the seed has them.
 */
import { ByteWriter, utf8Bytes } from "../base/bytes.ts";
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import { sha256 } from "../base/sha256.ts";
import type { Keypair, SignatureScheme } from "../chain/crypto.ts";
import { createGenesis, type Genesis, type GenesisRefusal } from "../chain/genesis.ts";
import { type Address, type Lamports, lamportsOf, lamportsPerSol, u64Max } from "../chain/ids.ts";
import type { ChainParams } from "../chain/params.ts";
import type { Registration } from "../chain/stake-registry.ts";
import { createStandInKeypair, type StandIn } from "../chain/stand-ins.ts";

export type ValidatorPlan = {
  readonly stake: bigint;
  /** Percent; 5 when left out. */
  readonly commission?: number;
  /** Somebody else's validator, rehearsed with a stand-in key. */
  readonly existing?: { readonly identity: Address; readonly voteAccount: Address };
};

export type NetworkPlan = {
  readonly seed: string;
  readonly params: ChainParams;
  readonly creationTime: number;
  readonly firstSlot?: number;
  readonly validators: readonly ValidatorPlan[];
  /** Funded accounts for whoever uses the network. */
  readonly accounts: number;
  readonly accountLamports: bigint;
};

export type NetworkValidator = { readonly identity: Keypair; readonly voteAccount: Address };

export type Network = {
  readonly genesis: Genesis;
  readonly validators: readonly NetworkValidator[];
  readonly observer: Keypair;
  readonly faucet: Keypair;
  readonly accounts: readonly Keypair[];
};

/** What a network is like when nothing else is said. */
export const standardSeed = "escapement";

/** 2026-01-01T00:00:00Z: a constant, so that one seed gives one chain. */
export const standardCreationTime = 1_767_225_600;

export const standardAccounts = 5;
export const standardAccountLamports = 10_000n * lamportsPerSol;

/** Unequal, so that turns by stake can be seen: 4000, 3000, 2000 and 1000 SOL for four validators. */
export function standardStakes(count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => BigInt(count - index) * 1000n * lamportsPerSol);
}

export const validatorsMax = 5000;
const accountsMax = 1000;
const faucetLamports = 500_000_000n * lamportsPerSol;
/** For the fees of its votes: 5000 lamports a slot. */
const identityLamports = 1000n * lamportsPerSol;

const keyTag = utf8Bytes("escapement:key:v1");

/** The seed of one key: the network's seed, what the key is for, and its number. */
export function keySeed(seed: string, role: string, index: number): Uint8Array {
  const writer = new ByteWriter().bytes(keyTag).sized(utf8Bytes(seed)).sized(utf8Bytes(role));
  return sha256(writer.count(index).finish());
}

export type NetworkRefusal = GenesisRefusal | "validators-too-many" | "accounts-out-of-range";

export function createNetwork(plan: NetworkPlan, scheme: SignatureScheme): Outcome<Network, NetworkRefusal> {
  const { seed, params } = plan;
  if (plan.validators.length > validatorsMax) {
    return refuse("validators-too-many", { validators: plan.validators.length, maximum: validatorsMax });
  }
  if (!Number.isSafeInteger(plan.accounts) || plan.accounts < 0 || plan.accounts > accountsMax)
    return refuse("accounts-out-of-range", { accounts: String(plan.accounts), minimum: 0, maximum: accountsMax });
  const keypair = (role: string, index = 0) => scheme.createKeypair(keySeed(seed, role, index));
  const faucet = keypair("faucet");
  const treasury = keypair("stakes");
  const accounts = Array.from({ length: plan.accounts }, (_, index) => keypair("account", index));
  const validators: NetworkValidator[] = [];
  const registrations: Registration[] = [];
  const standIns: StandIn[] = [];
  for (const [index, { stake, commission = 5, existing }] of plan.validators.entries()) {
    const own = keypair("identity", index);
    const identity = existing === undefined ? own : createStandInKeypair(existing.identity, own.secretKey);
    const voteAccount = existing?.voteAccount ?? keypair("vote", index).address;
    if (existing !== undefined) standIns.push({ identity: identity.address, signer: own.address });
    validators.push({ identity, voteAccount });
    const stakeAccount = keypair("stake", index).address;
    registrations.push({
      identity: identity.address,
      voteAccount,
      stakeAccount,
      stake: stake as Lamports,
      commission,
      source: treasury.address,
    });
  }
  const staked = plan.validators.reduce((sum, { stake }) => sum + (stake > 0n ? stake : 0n), 0n);
  if (staked > u64Max) return refuse("total-stake-too-large", { stake: staked });
  const balances = new Map<Address, Lamports>([
    [faucet.address, lamportsOf(faucetLamports)],
    [treasury.address, lamportsOf(staked)],
  ]);
  for (const { address } of accounts) balances.set(address, plan.accountLamports as Lamports);
  for (const { identity } of validators) balances.set(identity.address, lamportsOf(identityLamports));
  const { creationTime, firstSlot = 0 } = plan;
  const genesis = createGenesis({ params, creationTime, firstSlot, balances, registrations, standIns }, scheme);
  if (!genesis.ok) return genesis;
  return accept({ genesis: genesis.value, validators, observer: keypair("observer"), faucet, accounts });
}
