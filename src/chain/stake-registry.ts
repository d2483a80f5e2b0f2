/**
 * Who registers as a validator, before a chain begins.
 *
 *     registry = createStakeRegistry({ F: 1000 SOL })            F's coins exist
 *     addValidator(…, { identity A, stake 600 SOL, source F })   locks 600 of them: F has 400 left
 *     addValidator(…, { identity B, stake 500 SOL, source F })   refused: stake-unbacked (available 400)
 *
 * A registration is refused, never corrected: a stake is a positive integer that exists, keys can sign, nobody
 * registers twice. Genesis turns the registry into accounts; the state then belongs to the stake program.
 */
import { accept, type Outcome, type Refusal, refuse } from "../base/refusal.ts";
import type { SignatureScheme } from "./crypto.ts";
import { type Address, addressBytes, type Lamports, parseAddress, u64Max } from "./ids.ts";
import { compareStakeEntries, createStakeTable, type StakeTable } from "./stake-table.ts";

export type Registration = {
  readonly identity: Address;
  readonly voteAccount: Address;
  readonly stakeAccount: Address;
  readonly stake: Lamports;
  /** Percent, 0 to 100, with two decimals at most: Solana's basis points. */
  readonly commission: number;
  /** The account whose coins are locked. */
  readonly source: Address;
};

export type StakeRegistry = {
  /** By identity, in order of registration. */
  readonly validators: ReadonlyMap<Address, Registration>;
  /** What each source can still lock. */
  readonly available: ReadonlyMap<Address, Lamports>;
};

export type RegistrationRefusal =
  | "stake-not-positive"
  | "stake-unbacked"
  | "commission-out-of-range"
  | "key-invalid"
  | "identity-registered"
  | "account-in-use"
  | "total-stake-too-large";

export function createStakeRegistry(available: ReadonlyMap<Address, Lamports>): StakeRegistry {
  return { validators: new Map(), available };
}

export function addValidator(
  registry: StakeRegistry,
  registration: Registration,
  scheme: SignatureScheme,
): Outcome<StakeRegistry, RegistrationRefusal> {
  return addValidators(registry, [registration], scheme);
}

/** All of them, one after the other, or the first refusal and no change. */
export function addValidators(
  registry: StakeRegistry,
  registrations: Iterable<Registration>,
  scheme: SignatureScheme,
): Outcome<StakeRegistry, RegistrationRefusal> {
  const draft: Draft = {
    validators: new Map(registry.validators),
    available: new Map(registry.available),
    inUse: addressesInUse(registry),
    total: totalStake(registry),
  };
  for (const registration of registrations) {
    const refused = checkRegistration(draft, registration, scheme);
    if (refused !== null) return refused;
    const { identity, voteAccount, stakeAccount, stake, source } = registration;
    draft.validators.set(identity, registration);
    draft.available.set(source, ((draft.available.get(source) ?? 0n) - stake) as Lamports);
    draft.inUse.add(identity).add(voteAccount).add(stakeAccount);
    draft.total += stake;
  }
  return accept({ validators: draft.validators, available: draft.available });
}

/** A registry that is being added to; thousands register at once, so nothing is copied or summed for each. */
type Draft = {
  readonly validators: Map<Address, Registration>;
  readonly available: Map<Address, Lamports>;
  readonly inUse: Set<Address>;
  total: bigint;
};

function checkRegistration(
  draft: Draft,
  registration: Registration,
  scheme: SignatureScheme,
): Refusal<RegistrationRefusal> | null {
  const { identity, voteAccount, stakeAccount, stake, commission, source } = registration;
  if (typeof stake !== "bigint" || stake <= 0n || stake > u64Max) {
    return refuse("stake-not-positive", { identity, stake: String(stake) });
  }
  if (!isCommission(commission)) {
    return refuse("commission-out-of-range", { identity, commission: String(commission), minimum: 0, maximum: 100 });
  }
  for (const [role, address] of Object.entries({ identity, voteAccount, stakeAccount })) {
    if (typeof address !== "string" || parseAddress(address) === null) {
      return refuse("key-invalid", { role, key: String(address).slice(0, 64) });
    }
  }
  if (!scheme.isPublicKey(addressBytes(identity))) return refuse("key-invalid", { role: "identity", key: identity });
  if (draft.validators.has(identity)) return refuse("identity-registered", { identity });
  const wanted = [identity, voteAccount, stakeAccount];
  for (const address of wanted) {
    if (draft.inUse.has(address) || wanted.filter((other) => other === address).length > 1) {
      return refuse("account-in-use", { address });
    }
  }
  const available = draft.available.get(source) ?? 0n;
  if (available < stake) return refuse("stake-unbacked", { identity, source, stake, available });
  if (draft.total + stake > u64Max) return refuse("total-stake-too-large", { identity, stake });
  return null;
}

function isCommission(percent: unknown): boolean {
  if (typeof percent !== "number" || !(percent >= 0 && percent <= 100)) return false;
  return Math.round(percent * 100) / 100 === percent;
}

function addressesInUse(registry: StakeRegistry): Set<Address> {
  const inUse = new Set<Address>();
  for (const entry of registry.validators.values()) {
    inUse.add(entry.identity).add(entry.voteAccount).add(entry.stakeAccount);
  }
  return inUse;
}

export function validatorAt(registry: StakeRegistry, identity: Address): Registration | null {
  return registry.validators.get(identity) ?? null;
}

export function totalStake(registry: StakeRegistry): bigint {
  let total = 0n;
  for (const { stake } of registry.validators.values()) total += stake;
  return total;
}

/** Largest stake first, ties by vote account: the order of the stake table. */
export function validatorsInOrder(registry: StakeRegistry): readonly Registration[] {
  return [...registry.validators.values()].sort(compareStakeEntries);
}

/** The registry as it counts in an epoch. */
export function freezeStakes(registry: StakeRegistry): StakeTable {
  return createStakeTable(
    [...registry.validators.values()].map(({ voteAccount, identity, stake }) => ({ voteAccount, identity, stake })),
  );
}
